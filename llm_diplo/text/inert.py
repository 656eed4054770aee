"""Text that can do nothing where it lands: no control codes, no bidirectional overrides, no markup of its own."""

from __future__ import annotations

import re

# Controls but for tab and newline, zero-width and bidirectional marks, tags, interlinear marks, lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
# “&” only where a character reference follows: it would be read as the character.
_MARKUP = re.compile(r"([\\`*_\[\]<>|~]|&(?=#?\w+;))")
_LINE_START = re.compile(r"^(\s*)([#>+-]|\d+(?=[.)]\s)|=+$)")


def inert(text: str) -> str:
    """Return text without hidden characters; lines and tabs stay."""
    return _HIDDEN.sub("", text)


def inert_json(text: str) -> str:
    """Return JSON in which hidden characters are escaped: the same data."""
    return _HIDDEN.sub(lambda match: _escaped(match[0]), text)


def one_line(text: str) -> str:
    """Return text without hidden characters, on one line."""
    return " ".join(inert(text.replace("\r", " ")).split())


def escape_markdown(text: str) -> str:
    """Return text on one line that Markdown shows as it stands."""
    return _LINE_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", one_line(text)))


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
