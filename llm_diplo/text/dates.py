"""Dates in words to EDTF (ISO 8601-2), counted from the article's date. None if a date is not certain; never a guess.

The words of all languages are first replaced by symbols (`data/dates.toml`, `data/calendar.toml`), so that one grammar
reads “next Thursday”, “jeudi prochain” and «в следующий четверг»: `next w4`. A month is `m3`, a weekday `w4`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache

from llm_diplo.text.folding import fold
from llm_diplo.text.languages import CJK, EAST_ASIAN
from llm_diplo.text.number_words import find_term, months, weekdays
from llm_diplo.text.tables import read_table, spellings

_LONGEST = 60  # characters of a date in words

_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})(?!\d)")
_DOTTED = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_HALF_DAY = r"(?:[ap]m\b|[ap]\.m\.|gmt\b|utc\b|uhr\b)"
_CLOCK = re.compile(
    r",?\s*(?:\b(?:at|à|um|a las|в)\s+)?"
    rf"(?:\b\d{{1,2}}[:h.]\d{{2}}(?![\d.])\s*{_HALF_DAY}?|\b\d{{1,2}}\s*{_HALF_DAY}|(?<=\bat )\d{{1,2}}$)"
)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|re|º|-го|-е|-й)(?!\w)|(?<=\d)\.(?=\s)")
_CHINESE_MONTH = re.compile(r"(\d{1,2})月")
_CHINESE_DAY = re.compile(r"(?<=\d)[日号]|(?<=\d{4})年")
_WORD = rf"\d+|[{CJK}]|[^\W\d_{CJK}]+|[^\w\s,.;:()]"
_EDGE = r"(?:(?<!\w)|(?!\w))"  # not between two letters of a word
_YEAR = re.compile(r"\d{4}")
_TRAILING = re.compile(r"\b(w\d|week|weekend|month|year|m\d+|\d{4}) (next|last|this|part|end)\b")
_YEAR_WORD = re.compile(r"\b(\d{4}) year\b")

_DAY = (
    r"(?P<day>\d{1,2}) m(?P<month>\d{1,2})(?: (?P<year>\d{4}))?",
    r"m(?P<month>\d{1,2}) (?P<day>\d{1,2})(?: (?P<year>\d{4}))?",
    r"(?P<year>\d{4}) m(?P<month>\d{1,2}) (?P<day>\d{1,2})",
)
_WHOLE = tuple(re.compile(rf"(?<!\S){pattern}(?!\S)") for pattern in _DAY)
_RANGE = re.compile(r"(?:(?:from|start) )?(?P<first>\S.*?) (?:to|until) (?P<last>.+)")
_MARKED = re.compile(r"(?P<mark>until|before|from) (?P<rest>.+)")


def iso_day(name: str, given: str | date | None) -> str | None:
    """Return a day that a user gave as `name` in ISO 8601 (YYYY-MM-DD).

    Raises `ValueError` for text that is not a date, `TypeError` for anything but text or a date.
    """
    if given is None:
        return None
    if isinstance(given, date):
        return (given.date() if isinstance(given, datetime) else given).isoformat()
    wrong = f"{name} is {given!r}, which is not a date: write it as YYYY-MM-DD."
    if not isinstance(given, str):
        raise TypeError(wrong)
    try:
        return date.fromisoformat(given).isoformat()
    except ValueError:
        raise ValueError(wrong) from None


def resolve_date(date_text: str, published: str | None) -> str | None:
    """Return the day or interval that `date_text` names, as EDTF, or None where it is not certain.

    Reads as news is written: a bare weekday lies between the day before publication and five days after it; a day and
    month without a year is the nearest of its name; a month alone is this one or the next of its name; “later this
    month” and “by …” run from publication on; “early in 2016” is that year. Seasons, “soon” and “in the coming days” are
    not certain. Without `published` (ISO 8601) only complete dates resolve. Linear in the length of the text, which is short.
    """
    today = _parsed(published)
    if not (today or _YEAR.search(date_text)):
        return None
    text = _symbols(date_text)
    is_short = len(date_text) <= _LONGEST
    if is_short and (match := _RANGE.fullmatch(text)) and (span := _span(match["first"], match["last"], today)):
        return span
    if whole := _complete(text):
        return _bounded(text, whole, today)
    return _resolve(text, today) if today and is_short else None


def _symbols(date_text: str) -> str:
    """Replace the words of a date by the symbols of the grammar; unknown words stay and match nothing."""
    text = _ORDINAL.sub(" ", _CLOCK.sub(" ", fold(date_text)))
    text = _DOTTED.sub(r" \1 m\2 \3 ", _ISO.sub(r" \1 m\2 \3 ", text))
    text = _CHINESE_DAY.sub(" ", _CHINESE_MONTH.sub(r" m\1 ", text))
    pattern, symbols = _phrases()
    found = (symbols.get(match[0]) or _number(match[0]) for match in pattern.finditer(text))
    text = " ".join(symbol for symbol in found if symbol != "drop")
    return _YEAR_WORD.sub(r"\1", _TRAILING.sub(r"\2 \1", text))


def _number(word: str) -> str:
    """Digits without leading zeros, a number word as digits, any other word as it is."""
    if word.isdecimal():
        return str(int(word))
    term = find_term(word)
    return str(term.value) if term and term.kind in {"units", "tens", "han_digits"} else word


@cache
def _phrases() -> tuple[re.Pattern[str], dict[str, str]]:
    """A regular expression for a phrase, a month symbol or a word, and the symbol of each phrase."""
    symbols = {
        fold(form): symbol for symbol, written in read_table("dates").items() for entry in written for form in spellings(entry)
    }
    symbols |= {name: f"m{number}" for name, number in months().items()}
    symbols |= {name: f"w{number}" for name, number in weekdays().items()}
    longest_first = sorted(symbols, key=len, reverse=True)
    spaced, unspaced = (
        "|".join(re.escape(phrase) for phrase in longest_first if bool(EAST_ASIAN.match(phrase)) is east)
        for east in (False, True)
    )
    return re.compile(rf"m\d+(?!\w)|{_EDGE}(?:{spaced}){_EDGE}|{unspaced}|{_WORD}"), symbols


def _parsed(published: str | None) -> date | None:
    try:
        return date.fromisoformat(published) if published else None
    except ValueError:
        return None


def _complete(text: str) -> date | None:
    """The first day with its year anywhere in a text."""
    found = (match for pattern in _WHOLE for match in pattern.finditer(text) if match["year"])
    match = next(found, None)
    return _date(int(match["year"]), int(match["month"]), int(match["day"])) if match else None


def _bounded(text: str, day: date, today: date | None) -> str | None:
    """A whole date, read with the words before it: a day, or an interval that begins or ends with it."""
    marked = _MARKED.match(text)
    if not marked:
        return day.isoformat()
    if marked["mark"] == "from":
        return f"{day.isoformat()}/.."
    return _ending(day.isoformat(), today, is_before=marked["mark"] == "before") if today else None


def _resolve(text: str, today: date) -> str | None:
    for pattern, resolve in _PHRASES:
        if match := re.fullmatch(pattern, text):
            return resolve(today, match)
    marked = _MARKED.fullmatch(text)
    if not marked:
        return _simple(text, today)
    found = _simple(marked["rest"], today)
    if marked["mark"] == "from":
        return f"{found}/.." if found and "/" not in found else None
    return _ending(found, today, is_before=marked["mark"] == "before")


def _simple(text: str, today: date) -> str | None:
    """A day, month or year by its name."""
    text = text.removeprefix("ahead ")
    for pattern, resolve in _NAMES:
        if match := re.fullmatch(pattern, text):
            return resolve(today, match)
    return None


def _ending(end: str | None, today: date, *, is_before: bool) -> str | None:
    """The interval from publication to a day, month or year, or to the day before it."""
    if end is None or "/" in end:
        return None
    if is_before:
        end = (date.fromisoformat(f"{end}-01-01"[:10]) - timedelta(days=1)).isoformat()
    return f"{today.isoformat()}/{end}" if today.isoformat()[: len(end)] <= end else None


def _span(first: str, last: str, today: date | None) -> str | None:
    """The interval between two days, months or years; each supplies what the other leaves out."""
    if first.isdecimal() and (match := re.fullmatch(r"\d{1,2} (m\d{1,2}(?: \d{4})?)", last)):
        first = f"{first} {match[1]}"
    elif (match := re.fullmatch(r"((?:\d{4} )?m\d{1,2}) \d{1,2}", first)) and re.fullmatch(r"\d{1,2}(?: \d{4})?", last):
        last = f"{match[1]} {last}"
    end = _point(last, today)
    year = re.search(r"\b\d{4}$", last)
    if end and year and not re.search(r"\b\d{4}\b", first):
        starts = (_point(f"{first} {int(year[0]) - before}", today) for before in (0, 1))
        start = next((start for start in starts if start and start < end), None)
    else:
        start = _point(first, today)
        end = _point(last, _parsed(start) or today)
    return f"{start}/{end}" if start and end and len(start) == len(end) and start < end else None


def _point(text: str, today: date | None) -> str | None:
    """One end of an interval: a day, month or year."""
    if any(match and match["year"] for match in (pattern.fullmatch(text) for pattern in _WHOLE)):
        whole = _complete(text)
        return whole.isoformat() if whole else None
    found = _simple(text, today) if today else None
    return found if found and "/" not in found else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(today: date, month: int, day: int) -> date | None:
    """The day of that name that is nearest to publication."""
    found = filter(None, (_date(today.year + shift, month, day) for shift in (-1, 0, 1)))
    return min(found, key=lambda day_: abs(day_ - today), default=None)


_Resolver = Callable[[date, re.Match[str]], str | None]


def _weekday(today: date, match: re.Match[str]) -> str:
    ahead = (int(match["weekday"]) - today.isoweekday()) % 7
    which = match["which"]
    if which == "last":
        ahead -= 7
    elif which == "next" and ahead == 0:
        ahead = 7
    elif not which and ahead == 6:
        ahead = -1
    return (today + timedelta(days=ahead)).isoformat()


def _day_of_month(today: date, match: re.Match[str]) -> str | None:
    month, day, year = int(match["month"]), int(match["day"]), match["year"]
    found = _date(int(year), month, day) if year else _nearest(today, month, day)
    weekday = match["weekday"]
    return found.isoformat() if found and (not weekday or found.isoweekday() == int(weekday)) else None


def _month(today: date, match: re.Match[str]) -> str:
    month = int(match["month"])
    year = int(match["year"]) if match["year"] else today.year + (month < today.month)
    return f"{year:04}-{month:02}"


def _day_by_number(today: date, match: re.Match[str]) -> str | None:
    """“on the 20th”: of this month, if it is still to come."""
    found = _date(today.year, today.month, int(match["day"]))
    return found.isoformat() if found and found >= today else None


def _distance(which: str | None) -> int:
    return {"next": 1, "last": -1}.get(which or "", 0)


def _month_from(today: date, months_ahead: int) -> date:
    """The first day of the month that is `months_ahead` from today's."""
    number = today.year * 12 + today.month - 1 + months_ahead
    return date(number // 12, number % 12 + 1, 1)


def _period(today: date, match: re.Match[str]) -> str:
    """“this week” (Monday to Sunday, ISO 8601), “next month”, “last year”."""
    ahead = _distance(match["which"])
    if match["period"] == "week":
        monday = today + timedelta(days=7 * ahead + 1 - today.isoweekday())
        return f"{monday.isoformat()}/{(monday + timedelta(days=6)).isoformat()}"
    if match["period"] == "month":
        return _month_from(today, ahead).strftime("%Y-%m")
    return f"{today.year + ahead:04}"


def _last_day(today: date, match: re.Match[str]) -> date:
    """The last day of “this week”, “next month”, “last year”."""
    ahead = _distance(match["which"])
    if match["period"] == "week":
        return today + timedelta(days=7 + 7 * ahead - today.isoweekday())
    return _month_from(today, ahead + 1) - timedelta(days=1) if match["period"] == "month" else date(today.year + ahead, 12, 31)


def _until_end(today: date, match: re.Match[str]) -> str | None:
    end = _last_day(today, match)
    return f"{today.isoformat()}/{end.isoformat()}" if today <= end else None


def _until_end_of_month(today: date, match: re.Match[str]) -> str | None:
    first = date.fromisoformat(f"{_month(today, match)}-01")
    end = first.replace(day=monthrange(first.year, first.month)[1])
    return f"{today.isoformat()}/{end.isoformat()}" if today <= end else None


def _weekend(today: date, match: re.Match[str]) -> str:
    saturday = today + timedelta(days=6 - today.isoweekday() if today.isoweekday() < 7 else -1)
    saturday += timedelta(days=7 * _distance(match["which"]))
    return f"{saturday.isoformat()}/{(saturday + timedelta(days=1)).isoformat()}"


def _shift(days: int) -> _Resolver:
    return lambda today, _: (today + timedelta(days=days)).isoformat()


def _in_days(today: date, match: re.Match[str]) -> str:
    return (today + timedelta(days=int(match["count"]))).isoformat()


def _within(today: date, match: re.Match[str]) -> str:
    count, unit = int(match["count"]), match["unit"]
    days = -(-count // 24) if unit == "hour" else count * (7 if unit == "week" else 1)
    return f"{today.isoformat()}/{(today + timedelta(days=days)).isoformat()}"


_WHICH, _PERIOD, _COUNT = r"(?P<which>this|next|last)", r"(?P<period>week|month|year)", r"(?P<count>\d{1,3})"
_MONTH = r"m(?P<month>\d{1,2})(?: (?P<year>\d{4}))?"
# Whole expressions, tried first.
_PHRASES: tuple[tuple[str, _Resolver], ...] = (
    (rf"later {_WHICH} {_PERIOD}", _until_end),
    (rf"(?:until|before) end (?:{_WHICH} )?{_PERIOD}", _until_end),
    (rf"end (?:(?P<which>this|next) )?{_PERIOD}", _until_end),
    (rf"until end {_MONTH}", _until_end_of_month),
    (rf"ahead {_COUNT} day", _in_days),
    (rf"{_COUNT} day after", _in_days),
    (rf"(?:within|ahead) (?:next )?{_COUNT} (?P<unit>hour)", _within),
    (rf"within (?:next )?{_COUNT} (?P<unit>day|week)", _within),
)
# A day, month or year by its name.
_NAMES: tuple[tuple[str, _Resolver], ...] = (
    ("today", _shift(0)),
    ("tomorrow", _shift(1)),
    ("overmorrow", _shift(2)),
    ("yesterday", _shift(-1)),
    (rf"(?:(?:part|end) )?{_WHICH} {_PERIOD}", _period),
    (rf"{_WHICH} weekend", _weekend),
    (r"(?:(?:part|end) )?(?P<year>(?:19|20)\d\d)", lambda _, match: match["year"]),
    (rf"(?:{_WHICH} )?w(?P<weekday>\d)", _weekday),
    *((rf"(?:w(?P<weekday>\d) )?{pattern}", _day_of_month) for pattern in _DAY),
    (rf"(?:(?:part|end) )?{_MONTH}", _month),
    (r"(?P<year>\d{4}) m(?P<month>\d{1,2})", _month),
    (r"(?P<day>\d{1,2})", _day_by_number),
)
