"""The gazetteer: states, bodies, titles and cue words, read from the tables in `data/` when they are first needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from llm_diplo.codes import ActorType
from llm_diplo.text.folding import fold_name
from llm_diplo.text.tables import read_rows, read_table

_ARTICLES = re.compile(r"(?:the|la|le|les|el|los|der|die|das)\s+|l['’]", re.IGNORECASE)
# Acronyms that are also words: their case tells them apart.
_CASED = frozenset({"us", "who", "is", "un", "car", "eac", "ip", "ap", "ria", "ue", "au", "pmu", "fars", "sana"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A state or body that is known by name."""

    name: str
    type: ActorType
    country: str | None
    """ISO 3166-1 alpha-3 code; None for bodies above states."""
    forms: tuple[str, ...]
    """Name, acronyms and other names."""
    demonyms: tuple[str, ...] = ()
    metonyms: tuple[str, ...] = ()
    """Capital and seats of power, which stand for a state."""


def lookup(form: str) -> Entry | None:
    """Return the entry that has `form` as a name, acronym or other name; a leading article is ignored."""
    return _find(form, "forms")


def lookup_demonym(word: str) -> Entry | None:
    """Return the state whose people or adjective `word` is."""
    return _find(word, "demonyms")


def lookup_metonym(word: str) -> Entry | None:
    """Return the state that a capital or seat of power stands for."""
    return _find(word, "metonyms")


def surface_forms(name: str) -> frozenset[str]:
    """Return every form under which a text may name the party that `name` is a form of; empty if it is unknown.

    A state's forms are its names, demonyms, capital and seats; a seat or capital has those of its state.
    """
    entry = lookup(name) or lookup_metonym(name) or lookup_demonym(name)
    if entry is None:
        return frozenset()
    forms = {*entry.forms, *entry.demonyms, *entry.metonyms}
    if (state := lookup_metonym(name)) and state is not entry:
        forms |= {*state.forms, *state.demonyms, *state.metonyms}
    return frozenset(forms)


def is_country_code(code: str) -> bool:
    """Return True if `code` is an alpha-3 code of the table."""
    return code in _states_by_code()


def country_name(code: str) -> str | None:
    """Return the short English name of a state."""
    entry = _states_by_code().get(code)
    return entry.name if entry else None


def country_code(form: str) -> str | None:
    """Return the alpha-3 code that a name, demonym or metonym stands for."""
    entry = lookup(form) or lookup_demonym(form) or lookup_metonym(form)
    return entry.country if entry else None


def entries() -> tuple[Entry, ...]:
    """Return all entries, states first."""
    return (*_states(), *_bodies())


@cache
def words(table: str, language: str | None) -> frozenset[str]:
    """Return the cue words of a table (`speech_verbs`, `negations` …) in a language, folded.

    All languages' words for None, and for a language without a table.
    """
    cues = read_table("cues")
    own = cues.get(language.split("-")[0].casefold()) if language else None
    chosen = cues.values() if own is None else [own]
    return frozenset(fold_name(word) for tables in chosen for word in _items(tables.get(table, ""))) - {""}


def is_title(word: str, language: str | None = "en") -> bool:
    """Return True if a word is an honorific or an office (“Mr”, “minister”), folded; in any language for None."""
    return fold_name(word) in titles(language)


def offices(language: str) -> frozenset[str]:
    """Return the words for offices in a language, folded, without honorifics."""
    return titles(language, ("offices",))


def is_office(word: str) -> bool:
    """Return True if a word is one for an office, folded, in any language."""
    return fold_name(word) in titles(None, ("offices",))


def honorifics(language: str) -> frozenset[str]:
    """Return the honorifics of a language, folded."""
    return titles(language, ("honorifics",))


@cache
def titles(language: str | None, kinds: tuple[str, ...] = ("offices", "honorifics")) -> frozenset[str]:
    """Return the honorifics and words of offices of a language, folded; of all languages for None."""
    table = read_table("titles")
    chosen = table.values() if language is None else [table.get(language, {})]
    return frozenset(fold_name(item) for listed in chosen for kind in kinds for item in _items(listed.get(kind, "")))


def _items(value: str | list[str]) -> list[str]:
    return value.split() if isinstance(value, str) else value


def _find(form: str, kind: str) -> Entry | None:
    bare = _ARTICLES.sub("", form.strip(), count=1) if _ARTICLES.match(form.strip()) else form.strip()
    folded = fold_name(bare)
    if folded in _CASED and not bare.replace(".", "").isupper() and bare != bare.title():
        return None
    if folded in _CASED and bare == bare.title() and len(bare) > 1 and not bare.isupper() and folded != "fars":
        return None
    return _index(kind).get(folded)


@cache
def _index(kind: str) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in entries():
        for form in getattr(entry, kind):
            found.setdefault(fold_name(form), entry)
    return found


@cache
def _states() -> tuple[Entry, ...]:
    return tuple(
        Entry(
            row["name"],
            ActorType.STATE,
            row["code"],
            (row["name"], *_split(row["other"])),
            _split(row["demonyms"]),
            (*_split(row["capital"]), *_split(row["seats"])),
        )
        for row in read_rows("states")
    )


@cache
def _bodies() -> tuple[Entry, ...]:
    return tuple(
        Entry(row["name"], ActorType(row["type"]), row["country"] or None, (row["name"], *_split(row["other"])))
        for row in read_rows("bodies")
    )


@cache
def _states_by_code() -> dict[str, Entry]:
    return {entry.country: entry for entry in _states() if entry.country}


def _split(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, cell.split("|")))
