"""The article: its text, metadata and numbered units."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from llm_diplo.errors import SourceError
from llm_diplo.schema import ArticleMetadata
from llm_diplo.text.decoding import decode, has_halves, without_halves
from llm_diplo.text.languages import detect_language
from llm_diplo.text.masthead import read_masthead
from llm_diplo.text.units import Unit, number_units


@dataclass(frozen=True)
class Article:
    """A text with its metadata and numbered units; made by `from_text` or `from_bytes`."""

    text: str
    metadata: ArticleMetadata
    units: tuple[Unit, ...]
    source: str = ""
    """Where it came from: a path, URL or fragment."""
    warnings: tuple[str, ...] = ()
    """Problems in reading it, one sentence each."""
    pages: tuple[int, ...] = ()
    """Offset at which each page begins, where the source has pages."""

    @classmethod
    def from_text(
        cls, text: str, *, source: str = "", warnings: tuple[str, ...] = (), pages: tuple[int, ...] = (), **metadata: Any
    ) -> Self:
        """Number `text`; keyword arguments are fields of `ArticleMetadata` and override what the text shows.

        The language is the one given, else it is detected; a short text is read as English.
        Raises `SourceError` when the text is empty or only white space.
        """
        if not text.strip():
            raise SourceError(f"{source or 'The text'} is empty: there is nothing to read.")
        if has_halves(text):
            text = without_halves(text)
            warnings = (*warnings, f"{source or 'The text'} has broken characters (lone surrogates); they were replaced.")
        known = {name: value for name, value in metadata.items() if value}
        known["language"] = known.get("language") or detect_language(text)
        shown = asdict(read_masthead(text))
        units = number_units(text, known["language"] or "en")
        digest = hashlib.sha256(text.encode()).hexdigest()
        facts = {
            **shown,
            **known,
            "id": digest[:16],
            "text_sha256": digest,
            "characters": len(text),
            "units": len(units),
        }
        return cls(text, ArticleMetadata(**facts), units, source, warnings, pages)

    @classmethod
    def from_bytes(cls, data: bytes, *, source: str = "", **metadata: Any) -> Self:
        """Decode and number `data`; raises `SourceError` for binary data."""
        text, warnings = decode(data, source or "The data")
        return cls.from_text(text, source=source, warnings=warnings, **metadata)

    def with_metadata(self, **metadata: Any) -> Self:
        """Return a copy with some metadata replaced; empty values change nothing."""
        known = {name: value for name, value in metadata.items() if value}
        return replace(self, metadata=self.metadata.model_copy(update=known))

    def unit(self, number: int) -> Unit:
        """Return the unit of that number; raises `IndexError` when there is none."""
        if not 1 <= number <= len(self.units):
            raise IndexError(number)
        return self.units[number - 1]

    def unit_at(self, offset: int) -> Unit | None:
        """Return the unit that holds an offset, or None between units; logarithmic in their number."""
        place = bisect_right(self.units, offset, key=lambda unit: unit.start)
        unit = self.units[place - 1] if place else None
        return unit if unit and offset < unit.end else None

    def page_at(self, offset: int) -> int | None:
        """Return the number of the page that holds an offset, from 1; None for a source without pages."""
        return bisect_right(self.pages, offset) or None if self.pages else None

    def unit_text(self, number: int) -> str:
        """Return the text of a unit; raises `IndexError` when there is none."""
        unit = self.unit(number)
        return self.text[unit.start : unit.end]
