"""Text that can do nothing where it lands: no control codes, no bidirectional overrides, no markup of its own."""

from __future__ import annotations

import re

# Controls but for tab and newline, zero-width and bidirectional marks, tags, interlinear marks, lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_MARKUP = re.compile(r"([\\`*_\[\]<>|~])")
_LINE_START = re.compile(r"^(\s*)([#>+-]|\d+(?=[.)]\s)|=+$)")


def one_line(text: str) -> str:
    """Return text without hidden characters, on one line."""
    return " ".join(_HIDDEN.sub("", text.replace("\r", " ")).split())


def escape_markdown(text: str) -> str:
    """Return text on one line that Markdown shows as it stands."""
    return _LINE_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", one_line(text)))
