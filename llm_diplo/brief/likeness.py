"""Whether two sentences of a model's own mean the same: propositions, actions, statements. If in doubt, no."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import takewhile

from llm_diplo.text.folding import fold_name
from llm_diplo.text.names import articles
from llm_diplo.text.numbers import Value, find_numbers
from llm_diplo.text.tables import read_table

SHORTEST_WORD = 4
"""Shorter words count when they are capitalized (“EU”) or critical (“not”)."""
LONGEST_ENDING = 3
"""Letters in which two forms of a word may differ after the first four: sanction, sanctions; lower, lowered."""
LEAST_SHARED = 2
LEAST_SHARE = 0.7
"""The share of the longer sentence's words that the shorter one must have."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def mean_the_same(one: str, other: str) -> bool:
    """Return True if two sentences say the same in nearly the same words.

    Every content word of the shorter one is in the longer one, but for endings; names and numbers are the same; negations
    and conditions are in both or in neither. So opposites never match (lowered, raised), nor Sudan and South Sudan.
    Sentences in scripts without spaces have to be equal.
    """
    if fold_name(one) == fold_name(other):
        return True
    a, b = _content(one), _content(other)
    if a.values != b.values or a.critical != b.critical:
        return False
    shorter, longer = sorted((a.words, b.words), key=len)
    left = list(longer)
    for word in shorter:
        match = next((near for near in left if _are_forms(word, near)), None)
        if match is None:
            return False
        left.remove(match)
    shared = len(shorter)
    return shared >= LEAST_SHARED and shared >= LEAST_SHARE * len(longer) and not any(word.is_name for word in left)


class _Word:
    """A content word, folded; `is_name` if it is capitalized in the sentence."""

    __slots__ = ("folded", "is_name")

    def __init__(self, folded: str, is_name: bool) -> None:
        self.folded = folded
        self.is_name = is_name


class _Content:
    """The parts of a sentence that are compared."""

    __slots__ = ("critical", "values", "words")

    def __init__(self, sentence: str) -> None:
        found = list(_words(sentence))
        self.critical = frozenset(word.folded for word in found) & _critical()
        self.values: frozenset[frozenset[Value]] = frozenset(number.values for number in find_numbers(sentence))
        self.words = [word for word in found if _counts(word)]


@lru_cache(maxsize=1 << 12)
def _content(sentence: str) -> _Content:
    return _Content(sentence)


def _words(sentence: str) -> Iterator[_Word]:
    for match in _WORD.finditer(sentence):
        yield _Word(fold_name(match[0]), match[0][0].isupper())


def _counts(word: _Word) -> bool:
    is_long = len(word.folded) >= SHORTEST_WORD or (word.is_name and len(word.folded) > 1)
    return is_long and word.folded not in _idle() and not word.folded.isdigit()


def _are_forms(one: _Word, other: _Word) -> bool:
    if one.folded == other.folded:
        return True
    if one.is_name and other.is_name:
        return False
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one.folded, other.folded, strict=False)))
    return shared >= SHORTEST_WORD and max(len(one.folded), len(other.folded)) - shared <= LONGEST_ENDING


@cache
def _critical() -> frozenset[str]:
    """Words that negate a sentence or make it conditional."""
    table = read_table("critical")
    conditions = (group.get("if", ()) for group in table["modals"].values())
    return frozenset(fold_name(word) for words in (*table["negation"].values(), *conditions) for word in words)


@cache
def _idle() -> frozenset[str]:
    """Words that are not compared as content: articles, critical words, “should” and “must” in every language."""
    groups = read_table("critical")["modals"].values()
    modals = (fold_name(word) for group in groups for name in ("should", "must") for word in group.get(name, ()))
    return frozenset((*modals, *_critical(), *articles()))
