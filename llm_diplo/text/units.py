"""Units: the sentences, bullets, table rows and turns that evidence points at.

Blocks come first (blank line, list marker, speaker label, table row; hard-wrapped lines stay joined), then sentences
inside a block. Everything is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from llm_diplo.text.languages import UPPER
from llm_diplo.text.marks import CLOSERS
from llm_diplo.text.tables import read_table

LONGEST_UNIT = 600
UNITS_BEFORE = 3
"""How many units back to look for the name that a pronoun or a description means."""
LONGEST_SLICE = 5_000  # sentencex is quadratic in one unbroken text: 45 s for a megabyte of Chinese, 0.3 s in slices
WIDEST_WRAP = 120
LONGEST_LABEL = 40

_LIST_MARKER = re.compile(r"\s*(?:[•‣◦▪●·]\s*|[*–—-]\s+|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]\s+)(?=\S)")
_LABEL = re.compile(rf"\s*((?:[{UPPER}][\w.'’-]*|Q|A)(?:[ ,]+(?:[{UPPER}(][\w.'’)-]*|of|de|the|for)){{0,6}})\s?[:：]\s+(?=\S)")
_SENTENCE_END = re.compile(rf"[.!?…。！？؟۔][{CLOSERS})]*\s|[。！？]")
# sentencex 1.0.30 panics at “M .” if the space takes several bytes; replaced one for one, offsets stay.
_HARD_SPACE = re.compile(r"[^\S\x00-\x7f]")
TITLES = read_table("abbreviations")["titles"].split()
# sentencex knows the titles of the text's language only; an English text may name M. Roy.
_TITLE = re.compile(rf"(?<![^\W_])(?:{'|'.join(TITLES)})\.\s*\Z")
NOT_AFTER_TITLE = "".join(rf"(?<!\b{title}\.)" for title in TITLES)
"""For regular expressions, after a full stop: the stop is not that of a title."""
_CLAUSE_MARK = re.compile(r"[;:；：]\s?|—\s?|[,،]\s|[，、]")


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; `text[start:end]` are its words, trimmed."""

    number: int
    start: int
    end: int
    paragraph: int
    """Number of the block it is in, from 1."""
    label: str | None = None
    """The speaker of a transcript's turn, as its label gives it."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, bullet, table row or turn."""

    start: int
    end: int
    label: str | None = None


def number_units(text: str, language: str = "en") -> tuple[Unit, ...]:
    """Split `text` into units numbered from 1, in order, each within one block and at most `LONGEST_UNIT` long.

    `language` is a BCP 47 code that tells sentencex which abbreviations do not end a sentence.
    """
    units: list[Unit] = []
    primary = language.split("-", maxsplit=1)[0].casefold()
    for paragraph, block in enumerate(find_blocks(text), start=1):
        for start, end in _sentences(text, block, primary):
            for piece in _pieces(text, start, end):
                units.append(Unit(len(units) + 1, *piece, paragraph, block.label))
    return tuple(units)


def find_blocks(text: str) -> list[Block]:
    """Return the blocks of `text` in order, trimmed, none of them blank."""
    lines = list(_lines(text))
    labels = _labels(text, lines)
    width = _wrap_width(text, lines)
    blocks: list[Block] = []
    speaker: str | None = None
    start = -1
    for line, following in pairwise([*lines, None]):
        assert line is not None
        if start < 0:
            start = line[0]
        if line[0] in labels:
            speaker = labels[line[0]]
        if following is None or _breaks(text, line, following, width, labels):
            trimmed = _trim(text, start, line[1])
            if trimmed[0] < trimmed[1]:
                blocks.append(Block(*trimmed, speaker))
            start = -1
    return blocks


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, start + len(line)
        start += len(line)


def _labels(text: str, lines: list[tuple[int, int]]) -> dict[int, str]:
    """The labels by offset of their lines. A transcript has at least two labelled lines, two of them with the same label."""
    found: dict[int, str] = {}
    for start, end in lines:
        match = _LABEL.match(text, start, min(end, start + LONGEST_LABEL + 8))
        if match and len(match[1]) <= LONGEST_LABEL:
            found[start] = match[1]
    names = list(found.values())
    return found if len(names) >= 2 and len(set(names)) < len(names) else {}


def _wrap_width(text: str, lines: list[tuple[int, int]]) -> int:
    """The column at which the text is hard-wrapped; 0 if it is not, so that each line is a block of its own."""
    width = max((len(text[start:end].rstrip()) for start, end in lines), default=0)
    return width if width <= WIDEST_WRAP else 0


def _breaks(text: str, line: tuple[int, int], following: tuple[int, int], width: int, labels: dict[int, str]) -> bool:
    """Whether a block ends between two lines."""
    this, after = text[line[0] : line[1]].strip(), text[following[0] : following[1]].strip()
    if not this or not after or following[0] in labels or "\t" in this or "\t" in after:
        return True
    if _LIST_MARKER.match(after) and (this[-1] in ".:;!?" or _LIST_MARKER.match(this) or after[0] in "•‣◦▪●"):
        return True
    if after[0].islower() and this[-1] not in ".!?:;":
        return False
    first_word = after.split(maxsplit=1)[0]
    return not (width and len(this) + 1 + len(first_word) > width)


def _sentences(text: str, block: Block, language: str) -> Iterator[tuple[int, int]]:
    from sentencex import get_sentence_boundaries

    marker = _LIST_MARKER.match(text, block.start, block.end)
    opening, position = block.start, marker.end() if marker else block.start
    while position < block.end:
        stop = min(position + LONGEST_SLICE, block.end)
        spans = _joined_at_titles(text, position, get_sentence_boundaries(language, _HARD_SPACE.sub(" ", text[position:stop])))
        if stop < block.end:
            # The last sentence of a slice may continue after it: read it again with the next slice.
            whole = [span for span in spans[:-1] if span[1] > position]
            stop = whole[-1][1] if whole else _cut(text, position, stop)
            spans = whole or [(position, stop)]
        for found_start, found_end in spans:
            start, end = _trim(text, found_start, min(found_end, stop))
            if start < end:
                yield (opening, end) if opening >= 0 else (start, end)
                opening = -1
        position = stop


def _joined_at_titles(text: str, offset: int, boundaries: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Spans of sentences, shifted by `offset`; a title does not end one."""
    spans: list[tuple[int, int]] = []
    for found in boundaries:
        start, end = offset + found["start_index"], offset + found["end_index"]
        if spans and spans[-1][1] == start and _TITLE.search(text, max(spans[-1][0], start - 10), start):
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST_UNIT:
        cut = _cut(text, start, start + LONGEST_UNIT)
        yield _trim(text, start, cut)
        start = _trim(text, cut, end)[0]
    if start < end:
        yield start, end


def _cut(text: str, start: int, stop: int) -> int:
    """Where to cut a stretch that is too long: after its last sentence end, else clause mark, else space."""
    for mark in (_SENTENCE_END, _CLAUSE_MARK, re.compile(r"\s")):
        ends = [match.end() for match in mark.finditer(text, start + LONGEST_UNIT // 4, stop)]
        if ends:
            return ends[-1]
    return stop


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
