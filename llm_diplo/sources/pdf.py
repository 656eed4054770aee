"""PDF files as text: running heads left out, hyphens mended, lines joined to paragraphs, pages kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

from llm_diplo.errors import SourceError
from llm_diplo.sources.document import Document, clean, letters, need
from llm_diplo.text.marks import CLOSERS

if TYPE_CHECKING:
    from pypdf import PageObject

FIRST_PAGE = 3_000  # characters
MOST_PAGES = 500
MOST_CHARACTERS = 20_000_000
MOST_OPERATORS = 50_000  # of drawing on one page, which takes about a second; a page of small print has some 5,000
LARGEST_CONTENT = 5_000_000  # bytes of drawing on one page, decompressed
SHARE_OF_WIDTH = 0.75  # a line that is shorter and ends a sentence ends its paragraph
SHARE_OF_LEADING = 1.35  # lines further apart than this many times the usual distance are of two paragraphs
SHARE_OF_SIZE = 1.1  # and so are lines of which one is set as much larger
WIDEST_INDENT = 4  # times the size of the letters
EDGE = 3  # lines at the top and at the bottom of a page in which running heads are looked for

_GIVE_TEXT = "copy the article's text into a file and give that."
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-‐\xad]\n(?=[^\W\d_A-ZÀ-Þ])")
_BROKEN_WORD = re.compile(r"[^\W\d_][-‐\xad]\Z")
_SENTENCE_END = re.compile(rf"[.!?:][{CLOSERS})]*$")
# What browsers print around a page: time and title, URL and page number.
_PRINTED = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4},? \d{1,2}[:.]\d{2}\b.*|(?:https?|file)://\S+(?: \d+/\d+)?|\d+/\d+")


@dataclass
class _Line:
    """One line of a page, with its distances from the left and the bottom and the size of its letters, in points."""

    text: str
    x: float
    y: float
    size: float


@dataclass
class _Lines:
    """Lines in the order of the page's content, gathered from the pieces that pypdf reports."""

    done: list[_Line] = field(default_factory=list)
    _current: _Line | None = None

    def take(self, text: str, user: Sequence[float], matrix: Sequence[float], _font: Any, size: float) -> None:
        """Add a piece of text; `user` and `matrix` are the transformations in force (PDF 32000-1, 9.4.4)."""
        x = matrix[4] * user[0] + matrix[5] * user[2] + user[4]
        y = matrix[4] * user[1] + matrix[5] * user[3] + user[5]
        scale = abs(matrix[3] * user[3]) or abs(matrix[1] * user[2]) or 1
        for number, piece in enumerate(text.split("\n")):
            if number:
                self._current = None
            if self._current is None and piece.strip():
                self._current = _Line("", x, y, size * scale)
                self.done.append(self._current)
            if self._current:
                self._current.text += piece


def is_pdf(data: bytes) -> bool:
    """Return True if bytes are a PDF file."""
    return b"%PDF-" in data[:1024]


def read_pdf(data: bytes, source: str) -> Document:
    """Return the text of a PDF: running heads left out, hyphens at line ends mended, lines joined to paragraphs.

    Raises `SourceError` for an encrypted or broken file, one of more than `MOST_PAGES` pages, and a scan without text.
    """
    need("pypdf", source, "PDF files")
    pages, properties = _pdf_pages(data, source)
    text, starts = "", []
    for body in map(_paragraphs, _without_running_heads(pages)):
        text, start = _joined(text, body)
        starts.append(start)
    if len(text.strip()) < 20:
        raise SourceError(
            f"{source} has {len(pages)} page{'s' * (len(pages) != 1)} without any text: it is a scan. Run it through OCR first."
        )
    return Document(text, _shown(properties, text[:FIRST_PAGE]), tuple(starts))


def _joined(text: str, body: str) -> tuple[str, int]:
    """Add the next page to a text, and return where that page begins; a paragraph that runs over the page stays whole."""
    if not text or not body:
        return text + body, len(text)
    if _BROKEN_WORD.search(text) and body[0].islower():
        return text[:-1] + body, len(text) - 1
    going_on = body[0].islower() and not _SENTENCE_END.search(text)
    text += " " if going_on else "\n\n"
    return text + body, len(text)


def _shown(properties: dict[str, str], opening: str) -> dict[str, str]:
    """Keep the properties that the PDF's opening shows: others are often left over from a template, or name a typist."""
    shown = letters(opening)
    return {name: value for name, value in properties.items() if (known := letters(value)) and known in shown}


def _pdf_pages(data: bytes, source: str) -> tuple[list[list[_Line]], dict[str, str]]:
    """Lines of each page, and the file's title and author."""
    import logging

    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceError(f"{source} is encrypted: save a copy without a password and give that.")
        pages_in_file = len(reader.pages)
        if pages_in_file > MOST_PAGES:
            raise SourceError(
                f"{source} has {pages_in_file:,} pages, more than {MOST_PAGES}: give the pages that hold the article."
            )
        pages = [_lines(page, f"Page {number} of {source}") for number, page in enumerate(reader.pages, start=1)]
        stated = {"headline": reader.metadata and reader.metadata.title, "author": reader.metadata and reader.metadata.author}
    except (FileNotDecryptedError, DependencyError):
        raise SourceError(f"{source} is encrypted: save a copy without a password and give that.") from None
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise SourceError(f"{source} is a broken PDF ({type(error).__name__}): save it anew and give that.") from None
    if sum(len(line.text) for lines in pages for line in lines) > MOST_CHARACTERS:
        raise SourceError(f"{source} holds more than {MOST_CHARACTERS:,} characters: give only the article.")
    return pages, {name: " ".join(clean(str(value)).split()) for name, value in stated.items() if value}


def _lines(page: PageObject, name: str) -> list[_Line]:
    lines = _Lines()
    contents = page.get_contents()
    if contents and len(contents.get_data()) > LARGEST_CONTENT:
        raise SourceError(f"{name} holds more than {LARGEST_CONTENT // 1_000_000} MB of drawing: {_GIVE_TEXT}")
    drawn = count(1)

    def bound(*_: Any) -> None:
        if next(drawn) > MOST_OPERATORS:
            raise SourceError(f"{name} is drawn in more than {MOST_OPERATORS:,} steps: {_GIVE_TEXT}")

    page.extract_text(visitor_operand_before=bound, visitor_text=lines.take)
    for line in lines.done:
        line.text = clean(line.text).strip()
    return [line for line in lines.done if line.text]


def _without_running_heads(pages: Sequence[list[_Line]]) -> list[list[_Line]]:
    """Leave out lines at the edges of pages that recur there on other pages, whatever their numbers.

    The first of a head without a number stays: it may be the title.
    """
    edges = Counter(edge for lines in pages for edge in {_edge(line.text) for line in (*lines[:EDGE], *lines[-EDGE:])})
    heads = {edge for edge, seen in edges.items() if seen >= (3 if _SENTENCE_END.search(edge) else 2)} | {"#"}
    kept: set[str] = set()
    return [_strip_edges(lines, heads, kept) for lines in pages]


def _strip_edges(lines: list[_Line], heads: set[str], kept: set[str]) -> list[_Line]:
    start, stop = 0, len(lines)
    while start < min(stop, EDGE) and _is_head(lines[start].text, heads, kept):
        start += 1
    while stop > max(start, len(lines) - EDGE) and _is_head(lines[stop - 1].text, heads, kept):
        stop -= 1
    return lines[start:stop]


def _is_head(text: str, heads: set[str], kept: set[str]) -> bool:
    """Return True if a line at an edge is left out."""
    edge = _edge(text)
    if _PRINTED.fullmatch(text) or (edge in heads and ("#" in edge or edge in kept)):
        return True
    if edge in heads:
        kept.add(edge)
    return False


def _edge(text: str) -> str:
    return re.sub(r"\d+", "#", text.casefold()).strip(" -–—|·")


def _paragraphs(lines: Sequence[_Line]) -> str:
    """Join lines. A paragraph ends at a larger distance, at other letters, and at a sentence's end before an indent."""
    widths = sorted(len(line.text) for line in lines)
    full = widths[int(len(widths) * 0.8)] if widths else 0
    leading = _leading(lines)
    size = sorted(line.size for line in lines)[len(lines) // 2] if lines else 0
    text = ""
    for line, following in zip(lines, [*lines[1:], None], strict=False):
        indented = following is not None and 0.5 * line.size < following.x - line.x < WIDEST_INDENT * line.size
        ends = (indented or len(line.text) < SHARE_OF_WIDTH * full) and _SENTENCE_END.search(line.text)
        apart = following is not None and _apart(line, following, leading, size)
        text += line.text + ("\n\n" if ends or apart else "\n")
    return re.sub(r"(?<!\n)\n(?!\n)", " ", _HYPHEN.sub("", text.strip()))


def _apart(line: _Line, following: _Line, leading: float, size: float) -> bool:
    """Whether two lines belong to different paragraphs; lines of larger letters may be further apart."""
    larger, smaller = sorted((line.size, following.size), reverse=True)
    usual = leading * max(1, smaller / size if size else 1)
    return line.y - following.y > SHARE_OF_LEADING * usual > 0 or larger > SHARE_OF_SIZE * smaller > 0


def _leading(lines: Sequence[_Line]) -> float:
    """The usual distance between lines: the lower quartile; 0 if positions say nothing."""
    gaps = sorted(_gaps(lines))
    return gaps[len(gaps) // 4] if gaps else 0


def _gaps(lines: Sequence[_Line]) -> Iterator[float]:
    for line, following in pairwise(lines):
        if line.y - following.y >= 0.9 * line.size > 0:
            yield line.y - following.y
