"""Hostile text: orders to the model are reported, hidden characters and markup are made inert.

The article itself is kept whole; control codes, bidirectional overrides and markup are removed when it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from llm_diplo.text.tables import read_table

if TYPE_CHECKING:  # the command line makes its messages inert, and starts without the reader of articles
    from llm_diplo.text.article import Article

# What hides words: zero-width and bidirectional characters, tags, escapes. A joiner inside Arabic or Indic words is spelling.
_HIDING = re.compile("[\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Controls but for tab and newline, zero-width and bidirectional marks, tags, interlinear marks, lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
# “&” only where a character reference follows: it would be read as the character.
_MARKUP = re.compile(r"([\\`*_\[\]<>|~]|&(?=#?\w+;))")
_LINE_START = re.compile(r"^(\s*)([#>+-]|\d+(?=[.)]\s)|=+$)")


def find_injections(article: Article) -> Iterator[tuple[int, str]]:
    """Yield (unit, reason) for each unit that gives orders to a model or has hidden characters; linear in the text."""
    for unit in article.units:
        words = f"{unit.label}: {article.unit_text(unit.number)}" if unit.label else article.unit_text(unit.number)
        if _pattern().search(words.lower()):
            yield unit.number, "possible prompt injection"
        if _HIDING.search(words):
            yield unit.number, "the article has hidden characters"


@cache
def _pattern() -> re.Pattern[str]:
    phrases = [phrase for phrases in read_table("injection").values() for phrase in phrases]
    # One word boundary for all alternatives that begin with one is three times as fast as one in each.
    words = "|".join(phrase.removeprefix(r"\b") for phrase in phrases if phrase.startswith(r"\b"))
    others = "|".join(phrase for phrase in phrases if not phrase.startswith(r"\b"))
    return re.compile(rf"\b(?:{words})|{others}", re.MULTILINE)


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
    """Return text on one line that Markdown shows as it is written."""
    return _LINE_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", one_line(text)))


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
