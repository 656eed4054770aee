"""Do two texts name the same speaker? Names are compared as people and states are called: by surname, by capital."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.mentions import contains_name

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_INFLECTED = re.compile(r"[\u0370-\u052f]")  # Greek and Cyrillic: surnames have case endings
_SHORTEST_STEM = 4
_LONGEST_ENDING = 3


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker as a text writes it, taken apart."""

    written: str
    persons: tuple[str, ...]
    """Folded words of a personal name, in order, titles left out."""
    parties: frozenset[str]
    """States (alpha-3 codes) and bodies (names) that it names or stands for."""

    @property
    def is_named(self) -> bool:
        """False for pronouns and mere descriptions ("he", "the minister")."""
        return bool(self.persons or self.parties)


@lru_cache(maxsize=1 << 10)
def read_speaker(written: str) -> Speaker:
    """Take a speaker apart; capitals or a script without them tell names from descriptions."""
    if whole := _party(written):
        return Speaker(written, (), frozenset({whole}))
    pronouns = gazetteer.words("pronouns_third", None)
    persons, parties = [], set()
    for word in _WORD.findall(re.sub(r"['’]s\b", "", written)):
        folded = fold_name(word)
        if word.islower() or folded in pronouns or gazetteer.is_title(word, None):
            continue
        if party := _party(word):
            parties.add(party)
        elif folded:
            persons.append(folded)
    return Speaker(written, tuple(persons), frozenset(parties))


def _party(name: str) -> str | None:
    entry = gazetteer.lookup(name) or gazetteer.lookup_demonym(name) or gazetteer.lookup_metonym(name)
    return (entry.country or entry.name) if entry else None


def are_same(one: Speaker, other: Speaker) -> bool:
    """Tell whether two speakers are surely one: the same surname with no other first name, or the same party."""
    if one.persons and other.persons:
        if not _is_form_of(one.persons[-1], other.persons[-1]):
            return set(one.persons) <= set(other.persons) or set(other.persons) <= set(one.persons)
        alone = len(one.persons) == 1 or len(other.persons) == 1
        return alone or one.persons[0][0] == other.persons[0][0]
    return not one.persons and not other.persons and not one.parties.isdisjoint(other.parties)


def are_different(one: Speaker, other: Speaker) -> bool:
    """Tell whether two speakers are surely two: two people, or two parties; a person may speak for a party."""
    comparable = bool(one.persons) == bool(other.persons) and one.is_named and other.is_named
    return comparable and not are_same(one, other)


def is_mentioned(speaker: Speaker, text: str) -> bool:
    """Tell whether a text names a speaker by surname, or a party by any of its names."""
    if speaker.persons:
        surname = speaker.persons[-1]
        if not _INFLECTED.match(surname):
            return contains_name(fold_name(text), surname)
        return bool(re.search(rf"\b{re.escape(_stem(surname))}\w{{0,{2 * _LONGEST_ENDING}}}\b", fold_name(text)))
    forms = gazetteer.surface_forms(speaker.written) or {
        form for party in speaker.parties for form in gazetteer.surface_forms(gazetteer.country_name(party) or party)
    }
    return any(contains_name(text, form) for form in forms)


def _is_form_of(one: str, other: str) -> bool:
    """Tell whether two surnames are one, in Greek and Cyrillic whatever the case ending."""
    if one == other:
        return True
    return (
        bool(_INFLECTED.match(one)) and one[: len(_stem(one))] == other[: len(_stem(one))] and abs(len(one) - len(other)) <= 3
    )


def _stem(surname: str) -> str:
    """Return a surname without what its longest case ending replaces."""
    return surname[: max(_SHORTEST_STEM, len(surname) - 2)]
