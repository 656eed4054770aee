"""A text with the words that items cite marked in place."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from llm_diplo.text.article import Article

Stretch = tuple[int, int, str, bool]
"""Start, end, the item that cites the words, and whether it quotes them."""


@dataclass(frozen=True)
class Piece:
    """A part of a unit with the items that cite it."""

    text: str
    items: tuple[str, ...] = ()
    """Ids of items, in the order in which they were given."""
    quoted: bool = False
    """Whether an item quotes these words, and does not just cite their unit."""


@dataclass(frozen=True)
class MarkedUnit:
    """A unit in pieces; `before` is the text between it and the previous unit."""

    number: int
    before: str
    pieces: tuple[Piece, ...]
    items: tuple[str, ...]


def marked_paragraphs(article: Article, stretches: Iterable[Stretch]) -> Iterator[list[MarkedUnit]]:
    """Yield the paragraphs of an article, cut wherever marked words begin or end."""
    spans = _by_unit(article, stretches)
    ends = [0, *(unit.end for unit in article.units)]
    for _, units in groupby(article.units, key=lambda unit: unit.paragraph):
        marked = []
        for unit in units:
            before = " ".join(article.text[ends[unit.number - 1] : unit.start].split())
            found = spans.get(unit.number, [])
            items = tuple(dict.fromkeys(item for _, _, item, _ in found))
            pieces = tuple(_pieces(article.text, unit.start, unit.end, found))
            marked.append(MarkedUnit(unit.number, before, pieces, items))
        yield marked


def _by_unit(article: Article, stretches: Iterable[Stretch]) -> dict[int, list[Stretch]]:
    """Cut marked spans at the ends of the units that they overlap."""
    found: dict[int, list[Stretch]] = defaultdict(list)
    starts = [unit.start for unit in article.units]
    for start, end, item, quoted in stretches:
        for unit in article.units[max(0, bisect_right(starts, start) - 1) :]:
            if unit.start >= end:
                break
            if unit.end > start:
                found[unit.number].append((max(start, unit.start), min(end, unit.end), item, quoted))
    return found


def _pieces(text: str, start: int, end: int, spans: list[Stretch]) -> Iterator[Piece]:
    """Cut a unit wherever a span begins or ends; quadratic in the spans of one unit only."""
    cuts = sorted({start, end, *(span[0] for span in spans), *(span[1] for span in spans)})
    for first, last in pairwise(cuts):
        over = [span for span in spans if span[0] <= first and last <= span[1]]
        items = tuple(dict.fromkeys(item for _, _, item, _ in over))
        yield Piece(text[first:last], items, any(quoted for *_, quoted in over))
