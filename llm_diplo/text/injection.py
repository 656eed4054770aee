"""Where an article speaks to the model that reads it, or hides characters from the reader. It only warns: nothing is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llm_diplo.text.article import Article
from llm_diplo.text.tables import read_table

# Zero-width and bidirectional characters, tags, escapes. A joiner inside Arabic or Indic words is spelling, not hiding.
_HIDDEN = re.compile("[\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def find_addresses(article: Article) -> Iterator[tuple[int, str]]:
    """Yield (unit, reason) for each unit that addresses a model or holds hidden characters; linear in the text."""
    for unit in article.units:
        words = f"{unit.label}: {article.unit_text(unit.number)}" if unit.label else article.unit_text(unit.number)
        if _pattern().search(words):
            yield unit.number, "the article speaks to the model that reads it"
        if _HIDDEN.search(words):
            yield unit.number, "the article holds hidden characters"


@cache
def _pattern() -> re.Pattern[str]:
    table = read_table("addresses")
    phrases = "|".join(f"(?:{phrase})" for phrases in table.values() for phrase in phrases)
    return re.compile(phrases, re.IGNORECASE | re.MULTILINE)
