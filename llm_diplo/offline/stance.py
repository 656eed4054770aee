"""Stance by cue words: support or opposition, turned round by a negation shortly before."""

from __future__ import annotations

import re

from llm_diplo.schema import Stance
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name

NEGATION_REACH = 3  # words

SHORTEST_STEM = 4

_WORD = re.compile(r"[\w’'-]+")
_CALL_FOR = re.compile(r"\bcall(s|ed|ing)? (?:\w+ ){0,2}?for\b", re.IGNORECASE)
# Sign: what it shows, and what it shows after a negation: “does not reject” is no support, “does not support” opposes.
_SIGNS = (("support", Stance.SUPPORT, Stance.OPPOSE), ("oppose", Stance.OPPOSE, Stance.UNCLEAR))


def read_stance(words: str) -> Stance:
    """Return the stance that words show; unclear without a sign. English; linear in their length."""
    tokens = [fold_name(word) for word in _WORD.findall(_CALL_FOR.sub("support", words))]
    negations = gazetteer.words("negations", "en")
    shown = set()
    for place, token in enumerate(tokens):
        for table, stance, turned in _SIGNS:
            if token in gazetteer.words(table, "en"):
                before = tokens[max(0, place - NEGATION_REACH) : place]
                negated = any(word in negations or word.endswith("n't") for word in before)
                shown.add(turned if negated else stance)
    shown.discard(Stance.UNCLEAR)
    if len(shown) == 2:
        return Stance.MIXED
    return shown.pop() if shown else Stance.UNCLEAR


def blames(words: str) -> bool:
    """Say whether words judge somebody's deeds: a word begins as one that blames. For first-person speeches."""
    stems = gazetteer.words("negative", "en")
    tokens = [fold_name(word) for word in _WORD.findall(words)]
    return sum(any(token[:size] in stems for size in range(SHORTEST_STEM, len(token) + 1)) for token in tokens) > 0
