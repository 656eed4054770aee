"""`date_text` and the article's date to EDTF (ISO 8601-2). Null wherever nothing is certain; never a guess."""

from __future__ import annotations

import re
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
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_MONTH = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s+(?:of\s+|de\s+)?({_MONTH})\b\.?(?:,?\s+(?:de\s+)?(\d{{4}})\b)?"
)
_MONTH_DAY = re.compile(rf"\b({_MONTH})\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}})\b)?")
_MONTH_ONLY = re.compile(
    rf"(?:in|en|im|au mois de|en el mes de)?\s*(?:the month of\s+)?({_MONTH})\.?(?:,?\s+(?:de\s+)?(\d{{4}}))?"
)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_WEEKDAY = re.compile(rf"(?:\b(next|last)\s+)?\b({'|'.join(_WEEKDAYS)})\b")


def resolve_date(date_text: str, published: str | None) -> str | None:
    """Return the day or interval that `date_text` names, as EDTF, or None where it is not certain.

    A weekday is the first on or after publication (“last Friday”: before it; “next Tuesday”: after it). A day and month
    without a year are the first on or after publication, a month alone is this one or the next of its name. “later this
    month” runs from publication to the month's end.
    Without `published` (ISO 8601) only complete dates resolve.
    """
    text = " ".join(date_text.casefold().split())
    if whole := _complete(text):
        return whole.isoformat()
    if not published:
        return None
    try:
        today = date.fromisoformat(published)
    except ValueError:
        return None
    for pattern, resolve in _RELATIVE:
        if re.fullmatch(pattern, text):
            return resolve(today)
    return _partial(text, today) or _month(text, today) or _weekday(text, today)


def _complete(text: str) -> date | None:
    if match := _ISO.search(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    for pattern, (day, month) in ((_DAY_MONTH, (1, 2)), (_MONTH_DAY, (2, 1))):
        match = pattern.search(text)
        if match and match[3]:
            return _date(int(match[3]), _MONTHS[match[month]], int(match[day]))
    return None


def _partial(text: str, today: date) -> str | None:
    for pattern, (day, month) in ((_DAY_MONTH, (1, 2)), (_MONTH_DAY, (2, 1))):
        if match := pattern.search(text):
            years = (_date(year, _MONTHS[match[month]], int(match[day])) for year in (today.year, today.year + 1))
            found = next((day_ for day_ in years if day_ and day_ >= today), None)
            return found.isoformat() if found else None
    return None


def _month(text: str, today: date) -> str | None:
    """A month by name alone: that of the year given, else this month or the next of its name."""
    match = _MONTH_ONLY.fullmatch(text)
    if not match:
        return None
    month = _MONTHS[match[1]]
    year = int(match[2]) if match[2] else today.year + (month < today.month)
    return f"{year:04}-{month:02}"


def _weekday(text: str, today: date) -> str | None:
    match = _WEEKDAY.search(text)
    if not match or len(text.split()) > 5:
        return None
    ahead = (_WEEKDAYS[match[2]] - today.weekday()) % 7
    if match[1] == "last":
        ahead -= 7
    elif match[1] == "next" and ahead == 0:
        ahead = 7
    return (today + timedelta(days=ahead)).isoformat()


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_end(today: date) -> date:
    return (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _until(end: Callable[[date], date]) -> Callable[[date], str]:
    return lambda today: f"{today.isoformat()}/{end(today).isoformat()}"


_RELATIVE: tuple[tuple[str, Callable[[date], str]], ...] = (
    (r"today|tonight|aujourd['’]hui|heute|hoy", lambda today: today.isoformat()),
    (r"tomorrow|demain|morgen|mañana", lambda today: (today + timedelta(days=1)).isoformat()),
    (r"yesterday|hier|gestern|ayer", lambda today: (today - timedelta(days=1)).isoformat()),
    (r"(?:later|by the end of|before the end of) (?:this|the) month", _until(_month_end)),
    (r"(?:later|by the end of|before the end of) (?:this|the) year", _until(lambda today: date(today.year, 12, 31))),
    (
        r"(?:later this|by the end of the|by the end of this) week",
        _until(lambda today: today + timedelta(days=6 - today.weekday())),
    ),
    (r"next month", lambda today: (_month_end(today) + timedelta(days=1)).strftime("%Y-%m")),
    (r"next year", lambda today: str(today.year + 1)),
    (r"this year", lambda today: str(today.year)),
)
