"""Quote marks, and which parts of a text are between them.

Pairs are matched paragraph by paragraph, in one pass: “ ” „ “ « » » « " '' `` 「 」 『 』 ‹ › and, outside these,
single marks around three words or more. A quotation opened with “ may close with ". One that runs on has an opening
mark at each new paragraph. A mark that never closes ends with its paragraph.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llm_diplo.text.tables import read_table

LONGEST_UNCLOSED = 1_500
LONGEST_SINGLE = 600
SHORTEST_SINGLE = 3  # words

_TABLE = read_table("marks")
DOUBLE: str = _TABLE["double"]
"""Double quote marks, and the brackets that serve as quote marks."""
SINGLE: str = _TABLE["single"]
"""Single quote marks, among them the apostrophe and the backtick."""
QUOTE_MARKS = DOUBLE + SINGLE
"""Every mark that encloses a quotation."""
LOOKALIKES: str = _TABLE["alike"]
"""Characters that stand for a quote mark or apostrophe in some texts: primes, modifier letters, ornaments."""
PAIRED = r"''|``|‘‘|’’"
"""Two single marks that make a double one; alternatives of a regular expression."""
OPENERS = '"' + "".join(mark for mark in _TABLE["opening"] if len(mark) == 1)
"""Double marks that can open a quotation, to be put inside the brackets of a regular expression."""
CLOSERS = "\"'" + "".join(mark for mark in _TABLE["closing"] if len(mark) == 1)
"""Marks that can close a quotation, to be put inside the brackets of a regular expression."""

_MARK = re.compile(f"[{DOUBLE}]|{PAIRED}")
# Double marks of any kind; single marks only around three words or more, and never an apostrophe.
_FRAGMENT = re.compile(
    rf"[{DOUBLE}]\s*(?P<double>[^{DOUBLE}]+?)\s*[{DOUBLE}]"
    r"|(?<!\w)[‘'](?P<single>[^‘’'\s]+(?:\s+[^‘’'\s]+(?:[’'](?=\w)[^‘’'\s]*)?){2,})[’'](?!\w)"
)
_OPENING = frozenset(_TABLE["opening"])
_CLOSING = frozenset(_TABLE["closing"])
_TURNED = {opened: frozenset(closing) for opened, closing in _TABLE["turned"].items()}
_SINGLE_OPEN = re.compile(r"(?<![\w’'‘])[‘'‚](?=[^\s‘’'])")
_SINGLE_CLOSE = re.compile(r"(?<=[^\s‘'])[’'](?!\w)")
_GERMAN_CLOSE = re.compile(r"(?<=\S)[‘’](?!\w)")  # of ‚…‘


@dataclass(frozen=True, slots=True)
class Stretch:
    """Text between quote marks, the marks included."""

    start: int
    end: int
    closed: bool = True
    continues: bool = False
    """Whether it continues the stretch before it, which ran to the end of its paragraph."""


def marked_words(prose: str) -> Iterator[str]:
    """Yield the words in quote marks of a short text, such as a summary; for articles there is `find_stretches`."""
    for match in _FRAGMENT.finditer(prose):
        yield match["double"] or match["single"]


def find_stretches(text: str, paragraphs: Sequence[tuple[int, int]]) -> list[Stretch]:
    """Return the quoted stretches of `text` in order, none inside another; linear in its length."""
    found: list[Stretch] = []
    running = False
    for number, (start, end) in enumerate(paragraphs):
        following = paragraphs[number + 1][0] if number + 1 < len(paragraphs) else None
        inside = list(_double(text, start, end, running, following))
        running = bool(inside) and not inside[-1].closed and inside[-1].end == end and _opens(text, following)
        found.extend(sorted((*inside, *_single(text, start, end, inside)), key=lambda stretch: stretch.start))
    return found


def _opens(text: str, position: int | None) -> bool:
    """Whether a paragraph begins with a mark that can open."""
    mark = _MARK.match(text, position) if position is not None else None
    return mark is not None and mark[0] not in _CLOSING


def _double(text: str, start: int, end: int, running: bool, following: int | None) -> Iterator[Stretch]:
    opened: re.Match[str] | None = None
    continues = False
    for mark in _MARK.finditer(text, start, end):
        if opened is None:
            if _can_open(text, mark, start):
                opened, continues = mark, running and mark.start() == start
        elif _closes(text, opened, mark):
            yield Stretch(opened.start(), mark.end(), True, continues)
            opened = None
        elif mark[0] == opened[0] and mark.start() - opened.end() > 1:
            # Opened again without a close: the first one was never closed.
            yield Stretch(opened.start(), _trimmed(text, mark.start()), False, continues)
            opened, continues = mark, False
    if opened and (end - opened.start() <= LONGEST_UNCLOSED or _opens(text, following)):
        yield Stretch(opened.start(), end, False, continues)


def _can_open(text: str, mark: re.Match[str], start: int) -> bool:
    before = text[mark.start() - 1] if mark.start() > start else " "
    after = text[mark.end()] if mark.end() < len(text) else " "
    if mark[0] in _OPENING:
        return True
    if mark[0] in {"»", "›", "”"}:  # marks turned round, or Swedish ”so”
        return not before.isalnum() and before not in ".,!?" and after.isalnum()
    return mark[0] not in _CLOSING and not after.isspace() and (not before.isalnum() or mark.start() == start)


def _closes(text: str, opened: re.Match[str], mark: re.Match[str]) -> bool:
    if opened[0] in _TURNED:
        return mark[0] in _TURNED[opened[0]] or mark[0] in _CLOSING - {opened[0]} or mark[0] in {'"', "''"}
    if mark[0] in _CLOSING:
        return (opened[0] in "«‹") == (mark[0] in "»›") or opened[0] in {'"', "''", "``"}
    if mark[0] not in {'"', "＂", "''"}:
        return False
    before, after = text[mark.start() - 1], text[mark.end() : mark.end() + 1]
    reopens = opened[0] == mark[0] and before.isspace() and after.isalnum()
    return not reopens


def _trimmed(text: str, end: int) -> int:
    while end > 0 and text[end - 1].isspace():
        end -= 1
    return end


def _single(text: str, start: int, end: int, doubles: list[Stretch]) -> Iterator[Stretch]:
    """Single marks outside double ones; an apostrophe never opens, and closes only where nothing better does."""
    position = start
    starts = [double.start for double in doubles]
    while mark := _SINGLE_OPEN.search(text, position, end):
        position = mark.end()
        after = bisect_right(starts, mark.start())
        if after and doubles[after - 1].end > mark.start():
            position = doubles[after - 1].end
            continue
        limit = min(end, mark.start() + LONGEST_SINGLE, starts[after] if after < len(starts) else end)
        close = _GERMAN_CLOSE if mark[0] == "‚" else _SINGLE_CLOSE
        closes = list(close.finditer(text, mark.end(), limit))
        best = next((c for c in closes if text[c.start() - 1] in ",.!?…"), None)
        best = best or next((c for c in closes if text[c.start() - 1] != "s"), None) or next(iter(closes), None)
        if best and len(text[mark.end() : best.start()].split()) >= SHORTEST_SINGLE:
            yield Stretch(mark.start(), best.end())
            position = best.end()
