"""The model's own prose held against the article: quoted fragments must be verbatim, numbers must occur."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from llm_diplo.brief.wording import Wording
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold
from llm_diplo.text.marks import marked_words
from llm_diplo.text.numbers import Value, find_numbers

_FRACTION = re.compile(r"half|quarter|third", re.IGNORECASE)
_JOINED = re.compile(r"-[^\W\d]")
MOST_PLACES = 50
_EDGES = " .,;:!?…-"
_ELLIPSIS = re.compile(r"\s*(?:\[?(?:…|\.\.\.)\]?)\s*")


def invented_quotes(prose: str, wording: Wording) -> list[str]:
    """Return the quoted fragments in `prose` that are not verbatim in the article, after folding and trimming the edges.

    Words that stand there only right after a negation are not verbatim without it: “reached” for “not reached”.
    """
    return [fragment for fragment in marked_words(prose) if not _verbatim(fragment, wording.folded)]


def distant_quotes(prose: str, units: Sequence[int], wording: Wording) -> list[str]:
    """Return the quoted fragments in `prose` that are in the article, but neither in the units nor in a quotation that
    begins in one of them."""
    fragments = [fragment for fragment in marked_words(prose) if _verbatim(fragment, wording.folded)]
    if not fragments:
        return []
    quotations = (quotation for quotation in wording.numbered.quotations if quotation.unit in units)
    spans = (wording.article.text[span.start : span.end] for quotation in quotations for span in quotation.spans)
    near = fold(" ".join((*map(wording.article.unit_text, units), *spans)))
    return [fragment for fragment in fragments if not _verbatim(fragment, near)]


def _verbatim(fragment: str, text: str) -> bool:
    pieces = [fold(piece).strip(_EDGES + "'\"") for piece in _ELLIPSIS.split(fragment)]
    return all(_stands(piece, text) for piece in pieces)


def _stands(piece: str, text: str) -> bool:
    place = text.find(piece)
    for _ in range(MOST_PLACES):
        if place < 0:
            return False
        before = text[max(0, place - 20) : place].split()
        if not before or before[-1].strip(_EDGES + "'\"()[]") not in gazetteer.words("negations", None):
            return True
        place = text.find(piece, place + 1)
    return False


def invented_numbers(prose: str, wording: Wording) -> list[str]:
    """Return the numbers in `prose`, as written there, whose value is nowhere in the article."""
    return [written for written, values in _figures(prose) if values.isdisjoint(wording.numbers)]


def distant_numbers(prose: str, units: list[int], wording: Wording) -> list[str]:
    """Return the numbers in `prose` that are in the article, but in none of the units given."""
    figures = [(written, values) for written, values in _figures(prose) if not values.isdisjoint(wording.numbers)]
    near = wording.numbers_in(units) if figures else frozenset()
    return [written for written, values in figures if values.isdisjoint(near)]


def _figures(prose: str) -> Iterator[tuple[str, frozenset[Value]]]:
    for number in find_numbers(prose):
        # “half-hearted” counts nothing; the number in “half-million” does not end at its hyphen
        if number.is_figure and not (_FRACTION.fullmatch(prose, number.start, number.end) and _JOINED.match(prose, number.end)):
            yield prose[number.start : number.end], number.values


def bare_condition(condition: str) -> str:
    """Return a condition without its “if”."""
    return condition.removeprefix("if ").removeprefix("If ")
