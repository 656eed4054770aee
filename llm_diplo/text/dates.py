"""`date_text` and the article's date to EDTF (ISO 8601-2). Null wherever nothing is certain; never a guess."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier enero januar",
            "february feb février fevrier febrero februar",
            "march mar mars marzo märz",
            "april apr avril abril",
            "may mai mayo",
            "june jun juin junio juni",
            "july jul juillet julio juli",
            "august aug août aout agosto",
            "september sept sep septembre septiembre",
            "october oct octobre octubre oktober",
            "november nov novembre noviembre",
            "december dec décembre decembre diciembre dezember",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday lundi lunes montag",
            "tuesday mardi martes dienstag",
            "wednesday mercredi miércoles mittwoch",
            "thursday jeudi jueves donnerstag",
            "friday vendredi viernes freitag",
            "saturday samedi sábado samstag",
            "sunday dimanche domingo sonntag",
        )
    )
    for name in names.split()
}
_COUNTS = {
    word: number for number, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
} | {"a": 1, "an": 1}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = "|".join(_WEEKDAYS)
_COUNT = "|".join(sorted(_COUNTS, key=len, reverse=True))
_ORDINAL = r"(?:st|nd|rd|th|er|\.)?"

_DAY_MONTH = rf"(?P<day>\d{{1,2}}){_ORDINAL}\s+(?:of\s+|de\s+)?(?P<month>{_MONTH})\b\.?(?:,?\s+(?:de\s+)?(?P<year>\d{{4}})\b)?"
_MONTH_DAY = rf"(?P<month>{_MONTH})\b\.?\s+(?P<day>\d{{1,2}}){_ORDINAL}(?!\w)(?:,?\s+(?P<year>\d{{4}})\b)?"
_WRITTEN = tuple(re.compile(rf"\b{pattern}") for pattern in (_DAY_MONTH, _MONTH_DAY))
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_LONGEST = 60  # characters of a date in words

# What may stand before and after a date without changing it.
_LEAD = re.compile(r"^(?:(?:on|at|for|in|le|am|im|el|en|au mois de|scheduled for|set for|as early as|the)\s+)+")
_CLOCK = r"\d{1,2}(?:[:.]\d{2})?"
_TAIL = re.compile(
    r",?\s+(?:(?:(?:at|in)\s+(?:the\s+)?)?(?:morning|afternoon|evening|night|noon|midnight)"
    rf"|at {_CLOCK}(?:\s*(?:am|pm|a\.m\.|p\.m\.|gmt))?|{_CLOCK}\s*(?:am|pm|a\.m\.|p\.m\.|gmt))$"
)
# The end of a span of time that begins with the day of publication.
_UNTIL = re.compile(r"^(?:(?:no later than|not later than|by|until|till|through|up to|bis|jusqu['’]au|hasta el)\s+)")
_BEFORE = re.compile(r"^(?:before|ahead of|prior to|avant le|vor dem|antes del)\s+")
_FROM = re.compile(r"^(?:from|starting|beginning|as of|starting on|à partir du|ab dem)\s+")
_TO = r"\s*(?:to|and|until|[-–])\s*"
_RANGE = re.compile(rf"(?:between|from)?\s*(\d{{1,2}}){_TO}(\d{{1,2}})\s+(?:of\s+)?({_MONTH})\b(?:,?\s+(\d{{4}}))?")
_RANGE_MONTH_FIRST = re.compile(rf"(?:between\s+|from\s+)?({_MONTH})\s+(\d{{1,2}}){_TO}(\d{{1,2}})(?:,?\s+(\d{{4}}))?")


def resolve_date(date_text: str, published: str | None) -> str | None:
    """Return the day or interval that `date_text` names, as EDTF, or None where it is not certain.

    Reads as news is written: a bare weekday lies between the day before publication and five days after it; a day and
    month without a year is the nearest of its name; a month alone is this one or the next of its name; “later this
    month” and “by …” run from publication on. Seasons, “soon” and “in the coming days” are not certain.
    Without `published` (ISO 8601) only complete dates resolve. Linear in the length of the text, which is short.
    """
    text = " ".join(date_text.casefold().split())
    if whole := _complete(text):
        today = _parsed(published)
        return _bounded(text, whole, today)
    today = _parsed(published)
    return _resolve(text, today) if today and len(text) <= _LONGEST else None


def _parsed(published: str | None) -> date | None:
    try:
        return date.fromisoformat(published) if published else None
    except ValueError:
        return None


def _complete(text: str) -> date | None:
    if match := _ISO.search(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    for pattern in _WRITTEN:
        match = pattern.search(text)
        if match and match["year"] and not _RANGE.search(text) and not _RANGE_MONTH_FIRST.search(text):
            return _date(int(match["year"]), _MONTHS[match["month"]], int(match["day"]))
    return None


def _bounded(text: str, day: date, today: date | None) -> str | None:
    """A whole date as what stands before it says: a day, or an interval that it ends or begins."""
    if _FROM.match(text):
        return f"{day.isoformat()}/.."
    for pattern, last in ((_UNTIL, day), (_BEFORE, day - timedelta(days=1))):
        if pattern.match(text):
            return f"{today.isoformat()}/{last.isoformat()}" if today and today <= last else None
    return day.isoformat()


def _resolve(text: str, today: date) -> str | None:
    if match := _RANGE.fullmatch(text):
        return _days(today, match[3], match[1], match[2], match[4])
    if match := _RANGE_MONTH_FIRST.fullmatch(text):
        return _days(today, match[1], match[2], match[3], match[4])
    for pattern, resolve in _PHRASES:
        if match := re.fullmatch(pattern, text):
            return resolve(today, match)
    if marked := _UNTIL.match(text):
        return _ending(_simple(text[marked.end() :], today), today, 0)
    if marked := _BEFORE.match(text):
        return _ending(_simple(text[marked.end() :], today), today, 1)
    if marked := _FROM.match(text):
        start = _simple(text[marked.end() :], today)
        return f"{start}/.." if start and "/" not in start else None
    return _simple(text, today)


def _simple(text: str, today: date) -> str | None:
    """A day, month or year by its name."""
    bare = _LEAD.sub("", _TAIL.sub("", text))
    for pattern, resolve in _NAMES:
        if match := re.fullmatch(pattern, bare):
            return resolve(today, match)
    return None


def _ending(end: str | None, today: date, days: int) -> str | None:
    """The interval from publication to a day, month or year; `days` before it."""
    if end is None or "/" in end:
        return None
    if len(end) == 10:
        last = date.fromisoformat(end) - timedelta(days=days)
        return f"{today.isoformat()}/{last.isoformat()}" if today <= last else None
    if days:
        first = date.fromisoformat(f"{end}-01-01"[:10]) - timedelta(days=1)
        return f"{today.isoformat()}/{first.isoformat()}" if today <= first else None
    return f"{today.isoformat()}/{end}"


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(today: date, month: int, day: int) -> date | None:
    """The day of that name that is nearest to publication."""
    found = filter(None, (_date(today.year + shift, month, day) for shift in (-1, 0, 1)))
    return min(found, key=lambda day_: abs(day_ - today), default=None)


def _days(today: date, month: str, first: str, last: str, year: str | None) -> str | None:
    start = _date(int(year), _MONTHS[month], int(first)) if year else _nearest(today, _MONTHS[month], int(first))
    end = _date(start.year, start.month, int(last)) if start else None
    return f"{start.isoformat()}/{end.isoformat()}" if start and end and start < end else None


def _weekday(today: date, match: re.Match[str]) -> str:
    ahead = (_WEEKDAYS[match["weekday"]] - today.weekday()) % 7
    which = match["which"] or ""
    if which in {"last", "past"}:
        ahead -= 7
    elif which == "next" and ahead == 0:
        ahead = 7
    elif not which and ahead == 6:
        ahead = -1
    return (today + timedelta(days=ahead)).isoformat()


def _day_of_month(today: date, match: re.Match[str]) -> str | None:
    found = _nearest(today, _MONTHS[match["month"]], int(match["day"]))
    weekday = match.groupdict().get("weekday")
    return found.isoformat() if found and (not weekday or found.weekday() == _WEEKDAYS[weekday]) else None


def _month(today: date, match: re.Match[str]) -> str:
    month = _MONTHS[match["month"]]
    year = int(match["year"]) if match["year"] else today.year + (month < today.month)
    return f"{year:04}-{month:02}"


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _to(end: Callable[[date], date]) -> Callable[[date, re.Match[str]], str]:
    return lambda today, _: f"{today.isoformat()}/{end(today).isoformat()}"


def _shift(days: int) -> Callable[[date, re.Match[str]], str]:
    return lambda today, _: (today + timedelta(days=days)).isoformat()


def _week(ahead: int) -> Callable[[date, re.Match[str]], str]:
    """Monday to Sunday (ISO 8601)."""

    def resolve(today: date, _: re.Match[str]) -> str:
        monday = today + timedelta(days=7 * ahead - today.weekday())
        return f"{monday.isoformat()}/{(monday + timedelta(days=6)).isoformat()}"

    return resolve


def _weekend(today: date, _: re.Match[str]) -> str:
    saturday = today + timedelta(days=(5 - min(today.weekday(), 5)) if today.weekday() < 6 else -1)
    return f"{saturday.isoformat()}/{(saturday + timedelta(days=1)).isoformat()}"


def _count(match: re.Match[str]) -> int:
    return int(match["count"]) if match["count"].isdigit() else _COUNTS[match["count"]]


def _in_days(today: date, match: re.Match[str]) -> str:
    return (today + timedelta(days=_count(match))).isoformat()


def _within(today: date, match: re.Match[str]) -> str:
    days = _count(match) * {"day": 1, "week": 7}[match["unit"]]
    return f"{today.isoformat()}/{(today + timedelta(days=days)).isoformat()}"


def _within_hours(today: date, match: re.Match[str]) -> str:
    return f"{today.isoformat()}/{(today + timedelta(days=-(-_count(match) // 24))).isoformat()}"


def _end_of(today: date, match: re.Match[str]) -> str | None:
    end = _month(today, match)
    last = _end_of_month(date.fromisoformat(f"{end}-01"))
    return f"{today.isoformat()}/{last.isoformat()}" if today <= last else None


def _next_month(today: date) -> date:
    return _end_of_month(today) + timedelta(days=1)


def _ordinal_day(today: date, match: re.Match[str]) -> str | None:
    """“on the 20th”: of this month, if it is still to come."""
    found = _date(today.year, today.month, int(match["day"]))
    return found.isoformat() if found and found >= today else None


_END = r"(?:by|before|at|until) the end of"
_Resolver = Callable[[date, re.Match[str]], str | None]
# Whole expressions, tried first.
_PHRASES: tuple[tuple[str, _Resolver], ...] = (
    (rf"(?:later this|{_END} (?:this|the)) week", _to(lambda today: today + timedelta(days=6 - today.weekday()))),
    (rf"(?:later this|{_END} (?:this|the)) month", _to(_end_of_month)),
    (rf"(?:later this|{_END} (?:this|the)) year", _to(lambda today: date(today.year, 12, 31))),
    (rf"{_END} next week", _to(lambda today: today + timedelta(days=13 - today.weekday()))),
    (rf"{_END} next month", _to(lambda today: _end_of_month(_next_month(today)))),
    (rf"{_END} next year", _to(lambda today: date(today.year + 1, 12, 31))),
    (rf"(?:by|until) the end of (?P<month>{_MONTH})(?:,?\s+(?P<year>\d{{4}}))?", _end_of),
    (rf"in (?P<count>\d{{1,3}}|{_COUNT}) days?(?:[’'] time)?", _in_days),
    (rf"(?:within|in) (?:the (?:next|coming) )?(?P<count>\d{{1,3}}|{_COUNT}) hours", _within_hours),
    (rf"(?:within|in the (?:next|coming)) (?P<count>\d{{1,3}}|{_COUNT}) (?P<unit>day|week)s?", _within),
)
# A day, month or year by name, words like “on” left out.
_NAMES: tuple[tuple[str, _Resolver], ...] = (
    (r"today|tonight|this (?:morning|afternoon|evening)|aujourd['’]hui|heute|hoy", _shift(0)),
    (r"tomorrow|demain|morgen|mañana", _shift(1)),
    (r"(?:the )?day after tomorrow|après-demain|übermorgen|pasado mañana", _shift(2)),
    (r"yesterday|hier|gestern|ayer", _shift(-1)),
    (r"this week|diese woche|cette semaine|esta semana", _week(0)),
    (r"next week|nächste woche|la semaine prochaine|la próxima semana", _week(1)),
    (r"last week", _week(-1)),
    (r"this weekend", _weekend),
    (r"this month", lambda today, _: today.strftime("%Y-%m")),
    (r"next month|nächsten monat|le mois prochain|el próximo mes", lambda today, _: _next_month(today).strftime("%Y-%m")),
    (r"last month", lambda today, _: (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")),
    (r"this year", lambda today, _: str(today.year)),
    (r"next year", lambda today, _: str(today.year + 1)),
    (r"last year", lambda today, _: str(today.year - 1)),
    (r"(?P<year>(?:19|20)\d\d)", lambda _, match: match["year"]),
    (rf"(?:(?P<which>next|last|past|this|coming)\s+)?(?P<weekday>{_DAY})", _weekday),
    (rf"(?:(?P<weekday>{_DAY}),?\s+(?:the\s+)?)?{_DAY_MONTH}", _day_of_month),
    (rf"(?:(?P<weekday>{_DAY}),?\s+)?{_MONTH_DAY}", _day_of_month),
    (rf"(?:the month of\s+)?(?P<month>{_MONTH})\.?(?:,?\s+(?:de\s+)?(?P<year>\d{{4}}))?", _month),
    (r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)", _ordinal_day),
)
