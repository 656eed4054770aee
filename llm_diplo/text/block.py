"""The article block: the numbered article as a model reads it.

Units stand one to a line, paragraphs apart; the quotations are listed under them. The lines around it carry a marker
from the SHA-256 of the text: fixed for an article, so that the block is stored and cached once, and nobody can write it
into the text that it depends on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from llm_diplo.text.article import Article
from llm_diplo.text.quotations import NumberedArticle, Quotation, number_article
from llm_diplo.text.units import Unit

MARKER_DIGITS = 8
LONGEST_QUOTATION = 240

_BLOCK = re.compile(r"<<article ([0-9a-f]{8})>>\n(.*)\n<<end \1>>", re.DOTALL)
_WINDOW = re.compile(r"<<article [0-9a-f]{8}, window")
_VOICE = "In the voice of: "
_UNIT_LINE = re.compile(r"\[(\d+)\] (.*)")
_QUOTATION_LINE = re.compile(r"^q\d+ \[(\d+)\] ", re.MULTILINE)


def article_block(numbered: NumberedArticle) -> str:
    """Return the block of a numbered article or window; the same one always gives the same block."""
    marker = numbered.article.metadata.text_sha256[:MARKER_DIGITS]
    part = f", {numbered.part}" if numbered.part else ""
    return "\n".join(
        [
            f"<<article {marker}{part}>>",
            *_opening_lines(numbered),
            *_unit_lines(numbered),
            *_quotation_lines(numbered),
            f"<<end {marker}>>",
        ]
    )


def _opening_lines(numbered: NumberedArticle) -> Iterator[str]:
    """The lines before the units: the speaker of a first-person text, if known, and which part of the article follows."""
    speaker = numbered.article.metadata.speaker
    if lines := [*([f"{_VOICE}{speaker}"] if speaker else []), *numbered.opening]:
        yield "\n".join(map(_one_line, lines)) + "\n"


def _unit_lines(numbered: NumberedArticle) -> Iterator[str]:
    before: Unit | None = None
    for number in numbered.shown:
        unit = numbered.article.unit(number)
        if before and unit.paragraph != before.paragraph:
            yield ""
        before = unit
        yield unit_line(numbered.article, unit)


def unit_line(article: Article, unit: Unit) -> str:
    """Return a unit as the block shows it."""
    return f"[{unit.number}] {_one_line(article.text[unit.start : unit.end])}"


def _quotation_lines(numbered: NumberedArticle) -> Iterator[str]:
    lines = [quotation_line(numbered.article, quotation) for quotation in numbered.quotations_shown]
    if lines:
        yield "\nQuotations"
    yield from lines


def quotation_line(article: Article, quotation: Quotation) -> str:
    """Return a quotation as the block lists it."""
    return f"{quotation.label} [{quotation.unit}] {quotation_text(article, quotation)}"


def quotation_text(article: Article, quotation: Quotation) -> str:
    """Return a quotation's words on one line, its parts joined by “…”; the middle of a long one is left out."""
    words = " … ".join(_one_line(article.text[span.start : span.end]) for span in quotation.spans)
    if len(words) <= LONGEST_QUOTATION:
        return words
    half = LONGEST_QUOTATION // 2
    return f"{words[:half].rsplit(' ', 1)[0]} […] {words[-half:].split(' ', 1)[-1]}"


def holds_window(text: str) -> bool:
    """Return True if `text` holds the block of a window, which cannot be read back: its numbers are those of the whole."""
    return bool(_WINDOW.search(text))


def read_block(text: str) -> NumberedArticle | None:
    """Read an article block back, numbers kept; None where `text` holds none.

    Offsets are those of the text as the block shows it (single spaces, one blank line between paragraphs).
    """
    found = _BLOCK.search(text)
    if not found:
        return None
    body = found[2].rsplit("\n\nQuotations\nq1 ", 1)[0]
    voice = body.split("\n", 1)[0].removeprefix(_VOICE) if body.startswith(_VOICE) else None
    article = _article_of((body.split("\n", 2)[2] if voice else body).split("\n"))
    numbered = number_article(article.with_metadata(speaker=voice))
    listed = [int(unit) for unit in _QUOTATION_LINE.findall(found[2][len(body) :])]
    return replace(numbered, quotations=tuple(_as_listed(numbered.quotations, listed)))


def _as_listed(quotations: Sequence[Quotation], units: Sequence[int]) -> Iterator[Quotation]:
    """Join the parts of each listed quotation: the blank lines that the block puts between paragraphs may split it."""
    group: list[Quotation] = []
    count = 0
    for quotation in quotations:
        if count < len(units) and quotation.unit == units[count]:
            if group:
                yield _joined(group, count)
            group, count = [], count + 1
        group.append(quotation)
    if group:
        yield _joined(group, max(count, 1))


def _joined(group: Sequence[Quotation], number: int) -> Quotation:
    spans = tuple(span for quotation in group for span in quotation.spans)
    return replace(group[0], number=number, spans=spans, closed=group[-1].closed)


def _article_of(lines: list[str]) -> Article:
    units: list[Unit] = []
    parts: list[str] = []
    length, paragraph = 0, 1
    for line in lines:
        match = _UNIT_LINE.fullmatch(line)
        if match:
            parts.append(" " if parts and not parts[-1].endswith("\n") else "")
            start = length + len(parts[-1])
            units.append(Unit(len(units) + 1, start, start + len(match[2]), paragraph))
            parts.append(match[2])
            length = units[-1].end
        else:
            parts.append("\n\n")
            length, paragraph = length + 2, paragraph + 1
    return replace(Article.from_text("".join(parts)), units=tuple(units))


def _one_line(text: str) -> str:
    return " ".join(text.split())
