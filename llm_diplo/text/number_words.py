"""Words that stand for numbers: the number words of `data/numbers.toml`, months and weekdays of `data/calendar.toml`.

All languages are looked up at once, because a text quotes in more than one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple

from llm_diplo.text.folding import fold
from llm_diplo.text.tables import read_table, spellings

_KINDS = "units tens scales in_words plurals money groups ordinals parts shares han_digits han_scales".split()
_SHORTEST_COMPOUND = 6


class Term(NamedTuple):
    """A number word: its kind, which is a key of the table, and its value."""

    kind: str
    value: Decimal


@lru_cache(maxsize=1 << 14)
def find_term(word: str) -> Term | None:
    """Return the number that a folded word stands for: as listed, after an Arabic “and”, or within a compound."""
    if found := _terms().get(word):
        return found
    if word[0] == "و":
        return _terms().get(word[1:])
    if len(word) < _SHORTEST_COMPOUND:
        return None
    return _written_together(word) or _written_onto(word)


@cache
def phrases(kind: str) -> frozenset[str]:
    """Return the folded words or phrases of a kind without values (`articles`, `percent` …)."""
    listed = (table.get(kind, "") for table in _languages())
    return frozenset(fold(word) for words in listed for word in (words.split() if isinstance(words, str) else words))


@cache
def idle_words() -> frozenset[str]:
    """Return the folded number words that often state no figure: they mean something else, too, or “a” or “both”."""
    return frozenset(map(fold, read_table("numbers")["idle"].split()))


@cache
def _languages() -> tuple[dict[str, Any], ...]:
    return tuple(table for table in read_table("numbers").values() if isinstance(table, dict))


@cache
def _terms() -> dict[str, Term]:
    """Every listed word; where languages share a spelling, the first one counts."""
    found: dict[str, Term] = {}
    for table in _languages():
        for kind in _KINDS:
            for word, value in _entries(table.get(kind, "")):
                found.setdefault(word, Term(kind, value))
    return found


def _entries(listed: str) -> Iterator[tuple[str, Decimal]]:
    for entry in listed.split():
        written, value = entry.split("=")
        for word in spellings(written):
            yield fold(word), Decimal(value)


@cache
def _german_parts() -> tuple[dict[str, Decimal], re.Pattern[str], re.Pattern[str]]:
    """The parts of German compound numbers, and regular expressions for one part and for a whole compound."""
    table = read_table("numbers")["de"]
    values = {word: value for kind in ("units", "tens", "scales") for word, value in _entries(table[kind])}
    one = _any_of(values)
    return values, re.compile(one), re.compile(f"(?:(?:{one})(?:und)?)+(?<!und)")


def _written_together(word: str) -> Term | None:
    """Read “zweihundertfünfzig” part by part."""
    values, one, whole = _german_parts()
    if not whole.fullmatch(word):
        return None
    total = current = Decimal(0)
    for value in (values[part] for part in one.findall(word)):
        if value >= 1000:
            total, current = total + max(current, Decimal(1)) * value, Decimal(0)
        else:
            current = max(current, Decimal(1)) * value if value == 100 else current + value
    return Term("units" if total + current < 100 else "tens", total + current)


@cache
def _compounds() -> list[tuple[re.Pattern[str], dict[str, Decimal]]]:
    made = []
    for table in _languages():
        if "compounds" in table:
            values = dict(_entries(table["prefixes"]))
            made.append((re.compile(f"({_any_of(values)})(?:{_any_of(map(fold, table['compounds'].split()))})"), values))
    return made


def _written_onto(word: str) -> Term | None:
    """Read the number that a noun or adjective begins with: «пятилетний», “fünfjährig”."""
    for pattern, values in _compounds():
        if found := pattern.match(word):
            return Term("units", values[found[1]])
    return None


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


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
