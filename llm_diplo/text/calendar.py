"""The names of months and weekdays, from `data/calendar.toml`."""

from __future__ import annotations

from functools import cache

from llm_diplo.text.folding import fold
from llm_diplo.text.tables import read_table, spellings


@cache
def months() -> dict[str, int]:
    """Return the folded names of the months in every language, with their numbers from 1."""
    return _names("months")


@cache
def weekdays() -> dict[str, int]:
    """Return the folded names of the weekdays in every language, with their numbers; Monday is 1 (ISO 8601)."""
    return _names("weekdays")


@cache
def english_months() -> tuple[str, ...]:
    """Return the English names of the months, capitalized, January first."""
    return tuple(names[0].capitalize() for names in read_table("calendar")["months"].values())


def is_month(word: str) -> bool:
    """Return True if a folded word can name a month."""
    return word in months()


def _names(kind: str) -> dict[str, int]:
    numbered = read_table("calendar")[kind].items()
    return {fold(name): int(number) for number, written in numbered for entry in written for name in spellings(entry)}
