"""Words of names as a text inflects them: articles and clitics split off, endings compared.

A table of endings per language (`data/inflection.toml`) and not a stemmer: Snowball has none for Polish or Ukrainian,
cuts proper names short (“Paris”: “pari”), and cannot say where a suffix after an apostrophe begins.
Words are folded as `fold_name` folds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import Any

from llm_diplo.text.folding import fold_name
from llm_diplo.text.languages import HANGUL, UNSPACED
from llm_diplo.text.tables import read_table

SHORTEST_STEM = 3
_ARABIC_ARTICLE = "ال"
_OWN_SCRIPTS = ("ru", "uk", "el", "ar")  # whose endings no word of another script can have
_JOINED = UNSPACED + HANGUL
_LETTERS = rf"[^\W_{_JOINED}]+"
_LETTER = rf"[^\W\d_{_JOINED}]"
_WORD = re.compile(rf"(?<!\w){_LETTER}(?:\.{_LETTER})+(?!\w)\.?|{_LETTERS}(?:'{_LETTERS})*")


class Kind(Enum):
    """What kind of thing a name stands for, which decides the endings that its words may have."""

    PERSON = "person"
    GROUP = "group"
    """A body, an office, a party: common nouns and adjectives are among its words."""
    COUNTRY = "country"
    """A state; adjectives and peoples derived from its name count, too."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a language adds to words: articles, clitics and endings."""

    elided: frozenset[str]
    after_apostrophe: frozenset[str]
    clitics: tuple[str, ...]
    endings: dict[Kind, frozenset[str]]
    mutations: tuple[tuple[str, str], ...]
    longest: int


def find_words(folded: str, language: str | None = None) -> Iterator[tuple[int, str, int]]:
    """Yield the start, core and end of every word of a folded text, scripts without spaces left out.

    An initialism is one word without its dots (“c.i.a.”).
    """
    for match in _WORD.finditer(folded):
        word = match[0]
        start, end = match.span()
        if word.isascii() and word.isalnum():
            yield start, word, end
        else:
            dropped, core, after = split_word(word, language) if "'" in word else (0, _plain(word), 0)
            if core:
                yield start + dropped, core, end - after


@lru_cache(maxsize=1 << 16)
def split_word(word: str, language: str | None = None) -> tuple[int, str, int]:
    """Return how many characters of elided article come before the core of a word, the core, and how many follow it.

    `word` is folded and may hold apostrophes: “dell'iran” is (5, “iran”, 0), “ankara'nin” in Turkish (0, “ankara”, 4).
    """
    before, mark, rest = word.partition("'")
    if not mark:
        return 0, _plain(word), 0
    rules = _rules(language)
    if _plain(before) in rules.elided and rest:
        dropped, core, after = split_word(rest, language)
        return len(before) + 1 + dropped, core, after
    head, _, suffix = word.rpartition("'")
    if not suffix or _is_suffix(_plain(suffix), language):
        return 0, _plain(head.replace("'", "")), len(suffix) + 1
    return 0, _plain(word.replace("'", "")), 0


def _is_suffix(suffix: str, language: str | None) -> bool:
    """Whether letters after an apostrophe are an ending; single vowels only where the language is known to have them."""
    return suffix in _rules(language).after_apostrophe or (len(suffix) > 1 and suffix in _rules("tr").after_apostrophe)


@lru_cache(maxsize=1 << 16)
def _plain(word: str) -> str:
    """Return a word without accents and dots."""
    return word.replace(".", "") if word.isascii() else fold_name(word)


def without_clitics(core: str) -> Iterator[tuple[int, str]]:
    """Yield a word without Arabic “and”, “to”, “in”, “as” before it, and the length of what was left out."""
    if not "\u0600" <= core[:1] <= "\u06ff":
        return
    for clitic in _rules("ar").clitics:
        rest = core[len(clitic) :]
        if core.startswith(clitic) and len(rest) >= SHORTEST_STEM:
            yield len(clitic), rest
            if clitic.endswith("ل") and rest.startswith("ل"):  # ل and ال are written لل
                yield len(clitic), "ا" + rest


def without_article(core: str) -> str:
    """Return a word without the Arabic article, which is written on."""
    long = core.startswith(_ARABIC_ARTICLE) and len(core) >= SHORTEST_STEM + len(_ARABIC_ARTICLE)
    return core[len(_ARABIC_ARTICLE) :] if long else core


@lru_cache(maxsize=1 << 16)
def stems(core: str, kind: Kind, language: str | None = None) -> frozenset[str]:
    """Return what may be the stem of a word; two words that share one are forms of one word.

    The word itself is always among them. A stem has three letters or more, four under a common noun's ending.
    """
    rules = _rules(language)
    found = {core}
    endings = rules.endings[kind]
    for length in range(1, min(rules.longest, len(core) - SHORTEST_STEM) + 1):
        if core[-length:] in endings:
            found.add(core[:-length])
    found |= {without_article(stem) for stem in found}
    if rules.mutations and kind is not Kind.COUNTRY:
        found |= {changed for stem in tuple(found) for changed in _mutated(stem, rules)}
    return frozenset(found)


def _mutated(stem: str, rules: _Rules) -> Iterator[str]:
    """Yield the forms that a stem takes before an ending: “павел” gives “павл”, “киів” “києв”."""
    for old, new in rules.mutations:
        if len(stem) > SHORTEST_STEM and stem[-1 - len(old) : -1] == old:
            yield stem[: -1 - len(old)] + new + stem[-1]
        if new and stem.endswith(old) and len(stem) > SHORTEST_STEM:
            yield stem[: -len(old)] + new


def are_forms(one: str, other: str, kind: Kind = Kind.PERSON, language: str | None = None) -> bool:
    """Return True if two folded words are forms of one word."""
    return one == other or not stems(one, kind, language).isdisjoint(stems(other, kind, language))


@cache
def _rules(language: str | None) -> _Rules:
    """The rules of a language (English if None) and of those that a word's script alone tells apart."""
    tables = read_table("inflection")
    code = (language or "en").split("-")[0].casefold()
    own = tables.get(code, {})
    known = [own, *(tables[script] for script in _OWN_SCRIPTS if script != code)]

    def words(name: str, chosen: list[dict[str, Any]]) -> frozenset[str]:
        return frozenset(fold_name(word) for table in chosen for word in table.get(name, "").split())

    names, nouns, peoples = (words(name, known) for name in ("names", "nouns", "peoples"))
    vowels = frozenset("a e i o u y ia ie ja а я ия ія и".split()) | words("ends", known)
    endings = {Kind.PERSON: names, Kind.GROUP: names | nouns, Kind.COUNTRY: names | peoples | vowels}
    return _Rules(
        elided=words("elided", [*tables.values()] if language is None else [own]),
        after_apostrophe=words("after_apostrophe", [tables["all"], own]),
        clitics=tuple(sorted(words("clitics", known), key=len)),
        endings=endings,
        mutations=tuple(
            (fold_name(old), fold_name(new))
            for table in known
            for pair in table.get("mutations", ())
            for old, _, new in (pair.partition(":"),)
        ),
        longest=max(map(len, frozenset().union(*endings.values()))),
    )
