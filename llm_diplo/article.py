"""The article: its text, what is known of it, and its numbered units."""

from __future__ import annotations

import codecs
import hashlib
import re
from bisect import bisect_right
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from llm_diplo.errors import SourceError
from llm_diplo.languages import detect_language
from llm_diplo.masthead import read_masthead
from llm_diplo.schema import ArticleMetadata
from llm_diplo.units import Unit, number_units

_MARKS = (  # the longer first: UTF-32's mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Article:
    """A text with its metadata and numbered units; made by `from_text` or `from_bytes`."""

    text: str
    metadata: ArticleMetadata
    units: tuple[Unit, ...]
    source: str = ""
    """What the user called it: a path, URL or fragment."""
    warnings: tuple[str, ...] = ()
    """What was doubtful in reading it, one sentence each."""
    pages: tuple[int, ...] = ()
    """Offset at which each page begins, where the source has pages."""

    @classmethod
    def from_text(
        cls, text: str, *, source: str = "", warnings: tuple[str, ...] = (), pages: tuple[int, ...] = (), **metadata: Any
    ) -> Self:
        """Number `text`; keyword arguments are fields of `ArticleMetadata` and win over what the text shows.

        The language is the one given, else the one that the text is found to be in; English is assumed for a short text.
        Raises `SourceError` when the text is empty or only white space.
        """
        if not text.strip():
            raise SourceError(f"{source or 'The text'} is empty: there is nothing to read.")
        if _SURROGATE.search(text):
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            warnings = (*warnings, f"{source or 'The text'} holds halves of characters; they were replaced.")
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
        """Decode and number `data`; raises `SourceError` when it is no text."""
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
        """Return the words of a unit; raises `IndexError` when there is none."""
        unit = self.unit(number)
        return self.text[unit.start : unit.end]


def decode(data: bytes, source: str = "The data") -> tuple[str, tuple[str, ...]]:
    """Turn bytes into text: a byte-order mark first, then UTF-8, UTF-16, and last a guess with a warning.

    Newlines stay as they are. Raises `SourceError` for binary data.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), ()
    if b"\0" in data[:4096]:
        return _decode_utf16(data, source)
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        return _guess(data, source)


def _decode_utf16(data: bytes, source: str) -> tuple[str, tuple[str, ...]]:
    """UTF-16 without a mark shows as NULs in every other byte; other NULs mean binary data."""
    head = data[:4096]
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if zeros.count(0) * 2 > len(zeros) and head.count(0) == zeros.count(0) and len(data) % 2 == 0:
            return data.decode(encoding, "replace"), (f"{source} has no byte-order mark; it was read as {encoding}.",)
    raise SourceError(f"{source} is binary data, not text: give a text file, or convert it first.")


def _guess(data: bytes, source: str) -> tuple[str, tuple[str, ...]]:
    from charset_normalizer import from_bytes

    found = list(from_bytes(data))
    # Among guesses that are equally good, the web's default for unmarked text wins (WHATWG: windows-1252).
    found.sort(key=lambda guess: (guess.chaos, -guess.coherence, guess.encoding != "cp1252"))
    best = found[0] if found else None
    if best is None or _controls(str(best)) > 0.01:
        raise SourceError(f"{source} is binary data, or text in an encoding that could not be told: convert it to UTF-8.")
    return str(best), (f"{source} is not UTF-8; its encoding was guessed as {best.encoding}: look at accented letters.",)


def _controls(text: str) -> float:
    """Share of control characters among the first 4,096."""
    head = text[:4096]
    return sum(ord(character) < 32 and character not in "\t\n\r\f" for character in head) / max(1, len(head))
