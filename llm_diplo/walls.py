"""Walls: pages that keep the article back and show a teaser, a question of consent, or a check of the browser instead."""

from __future__ import annotations

import re
from functools import cache

from llm_diplo.tables import read_table

FEW_LINES = 700  # characters
TEASER = 2_500
CLOSING = 500
LONGEST_CONSENT = 12_000
CONSENT_PHRASES = 4
SHORTEST_SENTENCE = 30

# https://developers.google.com/search/docs/appearance/structured-data/paywalled-content, of schema.org's CreativeWork
_NOT_FREE = re.compile(rb"isAccessibleForFree\"?\s*:\s*\"?false", re.IGNORECASE)
_SENTENCE = re.compile(rf"^.{{{SHORTEST_SENTENCE},}}[.!?…。！？؟।][\"'”’»」)]*$", re.MULTILINE)


def is_wall(text: str, page: bytes = b"") -> bool:
    """Say whether the text of a page is no article: a pay wall's teaser, a consent page, a browser check, a list of links.

    `page` is the HTML; it may say that its article is not free to read. Phrases are those of `data/walls.toml`.
    """
    words = " ".join(text.casefold().replace("’", "'").split())
    phrases = _phrases()
    teaser = len(text) < TEASER and (bool(_NOT_FREE.search(page)) or _count(phrases["paywall"], words[-CLOSING:]) > 0)
    consent = len(text) < LONGEST_CONSENT and _count(phrases["consent"], words) >= CONSENT_PHRASES
    check = len(text) < FEW_LINES and _count(phrases["check"], words) > 0
    return teaser or consent or check or not _SENTENCE.search(text)


def _count(phrases: tuple[str, ...], words: str) -> int:
    return sum(phrase in words for phrase in phrases)


@cache
def _phrases() -> dict[str, tuple[str, ...]]:
    table = read_table("walls")
    return {kind: tuple(phrases) for kind, phrases in table.items()}
