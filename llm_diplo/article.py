"""The article: its text, what is known of it, and its numbered units."""

from __future__ import annotations

from dataclasses import dataclass

from llm_diplo.schema import ArticleMetadata


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, bullet, table row or piece of a transcript's turn: what evidence points at."""

    number: int
    start: int
    end: int
    label: str | None = None  # the speaker's label, in a transcript ("WALLACE")


@dataclass(frozen=True)
class Article:
    """A text with its metadata and units; made by `Article.from_text` or `Article.from_bytes`."""

    text: str
    metadata: ArticleMetadata
    units: tuple[Unit, ...]
    source: str = ""
    warnings: tuple[str, ...] = ()
