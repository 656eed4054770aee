"""Is a name one that the article writes? (DESIGN: an actor must be in text, headline, byline, speaker or publisher.)"""

from __future__ import annotations

from enum import Enum

from llm_diplo import gazetteer
from llm_diplo.folding import fold_name
from llm_diplo.wording import Wording, holds

SHORTEST_STEM = 4
LONGEST_ENDING = {True: 2, False: 3}  # by whether the word is ASCII: case endings are longer outside Latin script


class Written(Enum):
    """How an article bears a name out."""

    WHOLE = "whole"
    STEM = "stem"
    ABSENT = "absent"


def check_name(name: str, wording: Wording, *, person: bool = False) -> Written:
    """Say how the article bears a name out.

    Every word must occur, folded, in the text or its masthead; a shared stem of four letters or more with a short
    ending is `STEM`. The words of a person's name must stand in one unit, so that no given name meets another's surname.
    """
    if wording.named(name):
        return Written.WHOLE
    words = fold_name(name).split()
    if not words or (not name[0].isalnum() and not words):
        return Written.ABSENT
    stems = [word for word in words if word not in wording.tokens]
    matches = {word: _with_stem(word, wording.tokens) for word in stems}
    if not all(matches.values()):
        return Written.ABSENT
    if person and not _together([word for word in words if not gazetteer.is_title(word)], matches, wording):
        return Written.ABSENT
    return Written.STEM if stems else Written.WHOLE


def _with_stem(word: str, tokens: frozenset[str]) -> frozenset[str]:
    """The words of the text that share a stem with `word`: the same but for a short ending."""
    if len(word) < SHORTEST_STEM:
        return frozenset()
    return frozenset(token for token in tokens if token[:SHORTEST_STEM] == word[:SHORTEST_STEM] and _same_stem(word, token))


def _same_stem(one: str, other: str) -> bool:
    shared = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    latin = one.isascii() and other.isascii()
    endings = sorted((len(one) - shared, len(other) - shared))
    return endings[1] <= LONGEST_ENDING[latin] and (not latin or endings[0] == 0)


def _together(words: list[str], matches: dict[str, frozenset[str]], wording: Wording) -> bool:
    return any(
        all(any(holds(unit, form) for form in matches.get(word) or (word,)) for word in words)
        for unit in (*wording.units, wording.masthead)
    )
