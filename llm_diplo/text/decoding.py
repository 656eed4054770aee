"""From bytes to text: byte order marks, declared encodings, then a guess."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from llm_diplo.errors import SourceError

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

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
