"""Line and column of passages in the file that a text was read from: Markdown and HTML hold more than their text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+")
_BETWEEN = r"[\W_]{1,40}?"  # blanks and markup
_FEWER_WORDS = (100, 3)  # by which a passage is looked for, one after the other
_MOST_BEHIND = 5  # characters between the last word and the closing mark


class Place(NamedTuple):
    """Where a passage is in a file: lines and columns from 1, in code points; the end is one past the last."""

    line: int
    column: int
    end_line: int
    end_column: int


def find_places(text: str, spans: Sequence[tuple[int, int]], written: str) -> list[Place]:
    """Return where the file `written` has each passage of the text that was read from it.

    The same words may occur several times: the third time in the text is the third time in the file. A passage that is not
    in the file word for word gets its place in the text.
    """
    places = []
    for span in spans:
        found = span if written == text else _find(text, span, written)
        places.append(_place(text, span) if found is None else _place(written, found))
    return places


def _find(text: str, span: tuple[int, int], written: str) -> tuple[int, int] | None:
    words = list(_WORD.finditer(text, *span))
    for most in _FEWER_WORDS:
        pattern = _pattern([word[0] for word in words[:most]])
        found = list(pattern.finditer(written)) if words else []
        if found:
            earlier = [match.start() for match in pattern.finditer(text, 0, span[1])]
            match = found[min(len(earlier), len(found)) - 1]
            return _with_marks(text[span[0] : words[0].start()], match, text[words[-1].end() : span[1]][-1:])
    return None


def _pattern(words: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){_BETWEEN.join(map(re.escape, words))}(?![^\W_])")


def _with_marks(opening: str, match: re.Match[str], closing: str) -> tuple[int, int]:
    """Return where a match is, with the quote marks around it if the file has them."""
    start, end = match.span()
    start -= len(opening) if match.string.endswith(opening, 0, start) else 0
    behind = match.string.find(closing, end, end + _MOST_BEHIND) if closing else -1
    return start, behind + 1 if behind >= 0 else end


def _place(text: str, span: tuple[int, int]) -> Place:
    return Place(*_line_and_column(text, span[0]), *_line_and_column(text, span[1]))


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
