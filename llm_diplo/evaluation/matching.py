"""Which actors, spans and events are the gold ones.

Events: CAMEO codes and older PLOVER names as PLOVER types (PLOVER manual, “Converting CAMEO to PLOVER”).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence

from llm_diplo.codes import Event
from llm_diplo.offline.speech import common, length
from llm_diplo.schema import Span
from llm_diplo.text.names import normal_name, same

Names = frozenset[str]
"""The name and aliases of one actor, as written."""

# The root of a CAMEO code is its first two digits. 01, a mere statement, has no PLOVER type; 087 is a retreat.
_ROOTS = {
    "02": Event.REQUEST,
    "03": Event.AGREE,
    "04": Event.CONSULT,
    "05": Event.SUPPORT,
    "06": Event.COOPERATE,
    "07": Event.AID,
    "08": Event.CONCEDE,
    "09": Event.ACCUSE,
    "10": Event.REQUEST,
    "11": Event.ACCUSE,
    "12": Event.REJECT,
    "13": Event.THREATEN,
    "14": Event.PROTEST,
    "15": Event.MOBILIZE,
    "16": Event.SANCTION,
    "17": Event.COERCE,
    "18": Event.ASSAULT,
    "19": Event.ASSAULT,
    "20": Event.ASSAULT,
}
_OLDER = {
    "DEMAND": Event.REQUEST,
    "INVESTIGATE": Event.ACCUSE,
    "DISAPPROVE": Event.ACCUSE,
    "FIGHT": Event.ASSAULT,
    "YIELD": Event.CONCEDE,
}


def match_actors(gold: Sequence[Collection[str]], found: Sequence[Collection[str]]) -> list[tuple[int, int]]:
    """Match two lists of actors, each a collection of names, one to one; return pairs of indexes.

    The strictest rule comes first; within a rule the order of the lists decides. Cost: the product of the lists' lengths.
    """
    one, other = [_forms(names) for names in gold], [_forms(names) for names in found]
    lasts = [_unique_lasts(one), _unique_lasts(other)]
    rules: tuple[Callable[[int, int], bool], ...] = (
        lambda g, f: not one[g].isdisjoint(other[f]),
        lambda g, f: not lasts[0][g].isdisjoint(lasts[1][f]),
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
    return pairs + _only_pairs([(g, f) for g in sorted(left) for f in sorted(right) if _are_same(gold[g], found[f])])


def _are_same(names: Collection[str], others: Collection[str]) -> bool:
    return any(same(name, other) for name in names for other in others)


def _only_pairs(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs whose members are in no other pair, so that the match is unambiguous."""
    counts = [Counter(side) for side in zip(*pairs, strict=True)]
    return [(g, f) for g, f in pairs if counts[0][g] == counts[1][f] == 1]


def _forms(names: Collection[str]) -> Names:
    return frozenset(map(normal_name, names)) - {""}


def _unique_lasts(actors: Sequence[Names]) -> list[set[str]]:
    """For each actor, the last words that no other actor in its list has."""
    lasts = [{form.split()[-1] for form in forms} for forms in actors]
    counts = Counter(last for words in lasts for last in words)
    return [{last for last in words if counts[last] == 1} for words in lasts]


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


def plover_event(code: str | None) -> Event | None:
    """Return the PLOVER type of a CAMEO code (`"0871"`) or a PLOVER name of any version; None for anything else."""
    if not code:
        return None
    if code in Event.__members__:
        return Event(code)
    if code.startswith("087"):
        return Event.RETREAT
    return _OLDER.get(code) or (_ROOTS.get(code[:2]) if code.isdigit() else None)
