"""Which found actors and spans are which gold ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

from llm_diplo.offline.speech import common, length
from llm_diplo.schema import Span
from llm_diplo.text.names import acronym_of, normal_name

Names = frozenset[str]
"""The name and aliases of one actor, as written."""


def match_actors(gold: Sequence[Collection[str]], found: Sequence[Collection[str]]) -> list[tuple[int, int]]:
    """Match two lists of actors, each a collection of names, one to one; return pairs of indexes.

    The surest rule first; within a rule the order of the lists. Cost: the product of the lists' lengths.
    """
    one, other = [_forms(names) for names in gold], [_forms(names) for names in found]
    lasts = [_unique_lasts(one), _unique_lasts(other)]
    rules: tuple[Callable[[int, int], bool], ...] = (
        lambda g, f: not one[g].isdisjoint(other[f]),
        lambda g, f: not lasts[0][g].isdisjoint(lasts[1][f]),
        lambda g, f: _are_acronyms(gold[g], found[f]) or _are_acronyms(found[f], gold[g]),
    )
    pairs: list[tuple[int, int]] = []
    left, right = set(range(len(gold))), set(range(len(found)))
    for rule in rules:
        for g in sorted(left):
            chosen = next((f for f in sorted(right) if rule(g, f)), None)
            if chosen is not None:
                pairs.append((g, chosen))
                left.discard(g)
                right.discard(chosen)
    return pairs


def _forms(names: Collection[str]) -> Names:
    return frozenset(map(normal_name, names)) - {""}


def _unique_lasts(actors: Sequence[Names]) -> list[set[str]]:
    """Of each actor the last words that no other actor of its list has."""
    lasts = [{form.split()[-1] for form in forms} for forms in actors]
    counts = Counter(last for words in lasts for last in words)
    return [{last for last in words if counts[last] == 1} for words in lasts]


def _are_acronyms(names: Iterable[str], full: Iterable[str]) -> bool:
    short = {normal_name(name) for name in names}
    return any(acronym_of(name) in short for name in full if acronym_of(name))


def match_spans(gold: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]], threshold: float) -> list[tuple[int, int]]:
    """Match two lists of spans one to one by their overlap, the greatest first (ties: the order of the lists).

    The overlap is intersection over union in code points, discontinuous spans taken together. Cost: quadratic.
    """
    overlaps = sorted(
        (
            (-overlap, g, f)
            for g, one in enumerate(gold)
            for f, other in enumerate(found)
            if (overlap := intersection_over_union(one, other)) >= threshold and overlap > 0
        )
    )
    pairs: list[tuple[int, int]] = []
    used: tuple[set[int], set[int]] = (set(), set())
    for _, g, f in overlaps:
        if g not in used[0] and f not in used[1]:
            used[0].add(g)
            used[1].add(f)
            pairs.append((g, f))
    return pairs


def intersection_over_union(one: Sequence[Span], other: Sequence[Span]) -> float:
    """Return the overlap of two lists of spans, 0 to 1."""
    shared = common(one, other)
    together = length(one) + length(other) - shared
    return shared / together if together else 0.0
