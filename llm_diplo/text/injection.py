"""Prompt injection: units that give orders to the model, or hide characters. They are only reported; nothing is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llm_diplo.text.article import Article
from llm_diplo.text.tables import read_table

# Zero-width and bidirectional characters, tags, escapes. A joiner inside Arabic or Indic words is spelling, not hiding.
_HIDDEN = re.compile("[\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def find_injections(article: Article) -> Iterator[tuple[int, str]]:
    """Yield (unit, reason) for each unit that gives orders to a model or has hidden characters; linear in the text."""
    for unit in article.units:
        words = f"{unit.label}: {article.unit_text(unit.number)}" if unit.label else article.unit_text(unit.number)
        if _pattern().search(words):
            yield unit.number, "possible prompt injection"
        if _HIDDEN.search(words):
            yield unit.number, "the article has hidden characters"


@cache
def _pattern() -> re.Pattern[str]:
    table = read_table("injection")
    phrases = "|".join(f"(?:{phrase})" for phrases in table.values() for phrase in phrases)
    return re.compile(phrases, re.IGNORECASE | re.MULTILINE)
