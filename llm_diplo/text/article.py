"""The article: its text, decoded, its numbered units, and its metadata, some of it read from the masthead."""

from __future__ import annotations

import codecs
import hashlib
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from llm_diplo.errors import SourceError
from llm_diplo.schema import ArticleMetadata
from llm_diplo.text import gazetteer
from llm_diplo.text.dates import resolve_date
from llm_diplo.text.folding import fold_name
from llm_diplo.text.languages import UPPER, detect_language
from llm_diplo.text.number_words import weekdays
from llm_diplo.text.units import Unit, find_blocks, number_units

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

LONGEST_HEADLINE = 200
LONGEST_SENTENCE = 120  # of a headline with a full stop
BLOCKS_READ = 8
LONGEST_DATE_LINE = 60

_BYLINE = re.compile(
    rf"(?:[Bb]y|BY|[Pp]ar|PAR|[Vv]on|VON|[Pp]or|POR)\s+((?:[{UPPER}][\w.'’-]*|and|et|und|y|de|van|von|,)(?:\s|$))+"
)
_PLACE = rf"[{UPPER}][{UPPER}'’. -]+(?:,\s[{UPPER}][^\W\d]+(?:\s[{UPPER}][^\W\d]+)*(?!\s?\d|\w))?"
_CITY = rf"(?P<place>{_PLACE}|[{UPPER}][\w’'-]+(?:[ -][{UPPER}][\w’'-]+){{0,2}})"
_DATELINES = (
    # PARIS, March 12 (AFP) — …
    re.compile(rf"{_CITY}(?:,\s(?P<date>[^()–—\n]{{3,30}}?))?\s*(?:\((?P<publisher>[^)\n]{{2,40}})\))?\s*(?:[–—]|--|\s-)\s+"),
    # МОСКВА, 12 марта. /ТАСС/. …  Москва. 12 марта. ИНТЕРФАКС - …
    re.compile(
        rf"{_CITY}[,.]\s(?P<date>\d{{1,2}}\s[^\W\d_]+(?:\s\d{{4}})?(?:\sгода)?)\.\s"
        r"/?(?P<publisher>[^/\n–—-]{2,40}?)(?:/\.?|\s[–—-])\s+"
    ),
)
_PLACE_ONLY = re.compile(_PLACE + r"\Z")


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

        The language is detected unless it is given; a short text is read as English.
        Raises `SourceError` when the text is empty or only white space.
        """
        if not text.strip():
            raise SourceError(f"{source or 'The text'} is empty: there is nothing to read.")
        if has_surrogates(text):
            text = without_surrogates(text)
            warnings = (*warnings, f"{source or 'The text'} has broken characters (lone surrogates); they were replaced.")
        known = {name: value for name, value in metadata.items() if value}
        known["language"] = known.get("language") or detect_language(text)
        units = number_units(text, known["language"] or "en")
        digest = hashlib.sha256(text.encode()).hexdigest()
        facts = {
            **_read_masthead(text),
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


# The masthead: the headline, byline, dateline, publisher and date that the text itself shows


def _read_masthead(text: str) -> dict[str, str | None]:
    """Read the masthead from the first blocks of `text`, as fields of `ArticleMetadata`."""
    head = text[:20_000]
    blocks = [head[block.start : block.end] for block in find_blocks(head)[:BLOCKS_READ]]
    headline = _headline(blocks)
    rest = blocks[1:] if headline else blocks
    place, publisher, dated = next(filter(None, map(_dateline, rest)), (None, None, None))
    return {
        "headline": headline,
        "author": next(filter(None, map(_byline, rest)), None),
        "dateline": place,
        "publisher": publisher,
        "date_published": next(filter(None, map(_date, rest)), None) or dated,
    }


def dateline_end(text: str, start: int) -> int:
    """Return where the dateline that begins at `start` ends, else `start`: “KARSTAD (Courier) – ”."""
    block = text[start : start + LONGEST_HEADLINE]
    match = _dateline_match(block)
    return start + match.end() if match and _dateline(block) else start


def _headline(blocks: list[str]) -> str | None:
    """The first block, if it is short and text follows, without its full stop or semicolon."""
    if len(blocks) < 2 or len(blocks[0]) > LONGEST_HEADLINE or "\t" in blocks[0]:
        return None
    first = " ".join(blocks[0].split())
    if first.endswith((":", ",")) or _dateline_match(first):
        return None
    if _is_initialism(first) or not first.endswith((".", ";")):
        return first
    return first[:-1].rstrip() if first.endswith(";") or _may_be_headline(first, blocks[1:]) else None


def _is_initialism(line: str) -> bool:
    return bool(re.search(r"(?:\b[A-Z]\.){2,}\Z", line))


def _may_be_headline(sentence: str, rest: list[str]) -> bool:
    """Whether a sentence with a full stop before the text is its headline: alone, short, without a “we” or a weekday."""
    words = frozenset(fold_name(word) for word in sentence.split() if word == "I" or not word.isupper())  # “us” is not U.S.
    in_a_voice = words & gazetteer.words("pronouns_first", None) or "you" in words
    alone = len(number_units(sentence)) == 1 and len(sentence) <= LONGEST_SENTENCE < sum(map(len, rest))
    return alone and not in_a_voice and words.isdisjoint(weekdays())


def _byline(block: str) -> str | None:
    if len(block) > LONGEST_HEADLINE or not (match := _BYLINE.match(block)):
        return None
    return re.sub(r"^\w+\s+", "", match[0]).strip(" ,") or None


def _dateline_match(block: str) -> re.Match[str] | None:
    return next(filter(None, (pattern.match(block) for pattern in _DATELINES)), None)


def _dateline(block: str) -> tuple[str, str | None, str | None] | None:
    match = _dateline_match(block)
    if not match or not (match["publisher"] or _PLACE_ONLY.match(match["place"]) or match["date"]):
        return None
    return match["place"].strip(" ,."), match["publisher"], resolve_date(match["date"] or "", None)


def _date(block: str) -> str | None:
    return resolve_date(block, None) if len(block) <= LONGEST_DATE_LINE else None


# Decoding: byte order marks, UTF-8, then a guess

NEAR_CHAOS = 0.02
NEAR_COHERENCE = 0.1

BYTE_ORDER_MARKS = (  # the longer first: UTF-32's mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SURROGATES = re.compile("[\ud800-\udfff]")


def has_surrogates(text: str) -> bool:
    """Return True if a text has surrogates: halves of characters, which cannot be encoded."""
    return bool(_SURROGATES.search(text))


def without_surrogates(text: str) -> str:
    """Return a text with pairs of surrogates joined into characters, and lone ones replaced (U+FFFD)."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if has_surrogates(text) else text


def decode(data: bytes, source: str = "The data") -> tuple[str, tuple[str, ...]]:
    """Turn bytes into text: a byte-order mark first, then UTF-8, UTF-16, and last a guess with a warning.

    Newlines stay as they are. Raises `SourceError` for binary data.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
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
    encoding = guess_encoding(data, source)
    return str(data, encoding), (guess_warning("the text", encoding),)


def guess_warning(source: str, encoding: str) -> str:
    """Return the warning that an encoding was guessed."""
    return f"{source} is not UTF-8; its encoding was guessed as {encoding}: check accented letters."


def guess_encoding(data: bytes, source: str) -> str:
    """Return the encoding that a text which is not UTF-8 is probably in. Raises `SourceError` for binary data."""
    from charset_normalizer import from_bytes

    found = sorted(from_bytes(data), key=lambda guess: (guess.chaos, -guess.coherence))
    # Among guesses of about the same quality, prefer the web's default for unmarked text (WHATWG: windows-1252).
    usual = (guess for guess in found if guess.encoding == "cp1252" and _is_about_as_good(guess, found[0]))
    best = next(usual, found[0] if found else None)
    if best is None or _controls(str(best)) > 0.01:
        raise SourceError(f"{source} is binary data, or text in an unknown encoding: convert it to UTF-8.")
    return best.encoding


def _is_about_as_good(guess: CharsetMatch, best: CharsetMatch) -> bool:
    """Whether a guess is nearly as good as the best one: about as little noise, and letters about as usual for a language."""
    return guess.chaos - best.chaos <= NEAR_CHAOS and best.coherence - guess.coherence <= NEAR_COHERENCE


def _controls(text: str) -> float:
    """Share of control characters among the first 4,096."""
    head = text[:4096]
    return sum(ord(character) < 32 and character not in "\t\n\r\f" for character in head) / max(1, len(head))
