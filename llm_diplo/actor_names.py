"""When do two names mean one actor? The rules of scoring against gold: normalised name or alias, unique last word, acronym."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

from llm_diplo.folding import fold_name

Names = frozenset[str]
"""The name and aliases of one actor, as written."""

_POSSESSIVE = re.compile(r"['’]s?$")
_LEADING = frozenset("the a an mr mrs ms dr sir lord le la les el los der die das".split())


@lru_cache(maxsize=1 << 14)
def normal_name(name: str) -> str:
    """Fold a name; articles, honorifics and a possessive ending left out."""
    words = re.sub(r"[^\w ]+", " ", fold_name(_POSSESSIVE.sub("", name.strip())).replace(".", "")).split()
    while len(words) > 1 and words[0] in _LEADING:
        words.pop(0)
    return " ".join(words)


def acronym_of(name: str) -> str:
    """Return the initials of a name's capitalized words, folded; empty for fewer than two."""
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", name) if word[0].isupper())
    return initials.casefold() if len(initials) > 1 else ""


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
