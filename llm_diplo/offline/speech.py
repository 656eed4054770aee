"""Attributed speech: what is said, by whom, and in which words the article says so (PARC 3.0: content, source, cue)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from llm_diplo.codes import Attribution
from llm_diplo.schema import Span
from llm_diplo.text.article import Article
from llm_diplo.text.quotations import NumberedArticle
from llm_diplo.text.tables import read_table


class Rule(StrEnum):
    """How an attribution was found. Where two claim the same words, the one listed first wins."""

    FRAME_AFTER = "frame_after"
    FRAME_BEFORE = "frame_before"
    LIST_NAME = "list_name"
    ACCORDING_TO = "according_to"
    PARENTHESIS = "parenthesis"
    UNFRAMED = "unframed"
    CLAUSE = "clause"
    NAMING = "naming"
    INFINITIVE = "infinitive"
    FRAGMENT = "fragment"
    HEADLINE = "headline"
    NOUN_CLAUSE = "noun_clause"
    VERB_PREPOSITION = "verb_preposition"
    OBJECT = "object"
    NOUN_PREPOSITION = "noun_preposition"
    ADJECTIVE = "adjective"


GRID = 256  # characters

_BEHIND = re.compile(r",|\s(?:of|from|for|at)\s")

QUOTING = frozenset({Rule.FRAME_AFTER, Rule.FRAME_BEFORE, Rule.LIST_NAME})
"""Rules for whole quotations: what they find is kept, even if something longer was found."""


@dataclass(frozen=True, slots=True)
class Speech:
    """One attribution. Offsets are code points into the article's text, half-open."""

    kind: Attribution
    spans: tuple[Span, ...]
    """What is said, quote marks included, in order."""
    rule: Rule
    cue: Span | None = None
    """The words of saying."""
    speaker: Span | None = None
    """Who says it, as in the article: a name, a description or a pronoun."""
    head: str = ""
    """The word that identifies the speaker: a surname, or the noun of a description."""


def read_speech(numbered: NumberedArticle) -> tuple[Speech, ...]:
    """Return the numbered quotations with the frames beside them. Any language."""
    return tuple(
        Speech(
            Attribution.DIRECT,
            quotation.spans,
            Rule.FRAME_AFTER if quotation.cue and quotation.cue.start > quotation.spans[0].start else Rule.FRAME_BEFORE,
            quotation.cue,
            quotation.speaker,
            head_of(numbered.article, quotation.speaker.start, quotation.speaker.end) if quotation.speaker else "",
        )
        for quotation in numbered.quotations
    )


def head_of(article: Article, start: int, end: int) -> str:
    """Return the head of a name or description: its last word, or the last before “of”, “from” or a comma."""
    words = re.findall(r"\w+", _BEHIND.split(article.text[start:end].strip())[0])
    return words[-1] if words else ""


def settle(found: Sequence[Speech]) -> tuple[Speech, ...]:
    """Keep one of the attributions that share most of their words, in the order of the text.

    Quotations with a frame win, then the longer. Linear in the words that are reported.
    """
    kept = SpeechIndex()
    for speech in sorted(found, key=lambda speech: (speech.rule not in QUOTING, -length(speech.spans))):
        near = kept.touching(speech.spans)
        inside = any(_share(speech.spans, other.spans) > 0.5 for other in near)
        around = any(_share(other.spans, speech.spans) > 0.8 for other in near if other.rule in QUOTING)
        if not inside and not (speech.rule not in QUOTING and around):
            kept.add(speech)
    return tuple(sorted(kept.speeches, key=lambda speech: speech.spans[0].start))


class SpeechIndex:
    """Speeches indexed by place."""

    def __init__(self, speeches: Iterable[Speech] = ()) -> None:
        self.speeches: list[Speech] = []
        self._at: dict[int, list[Speech]] = {}
        for speech in speeches:
            self.add(speech)

    def add(self, speech: Speech) -> None:
        """Add one more."""
        self.speeches.append(speech)
        for place in _places(speech.spans):
            self._at.setdefault(place, []).append(speech)

    def touching(self, spans: Sequence[Span]) -> list[Speech]:
        """Return the speeches that share a character with `spans`."""
        near = {id(speech): speech for place in _places(spans) for speech in self._at.get(place, ())}
        return [speech for speech in near.values() if common(spans, speech.spans)]


def _places(spans: Sequence[Span]) -> set[int]:
    return {place for span in spans for place in range(span.start // GRID, span.end // GRID + 1)}


def length(spans: Sequence[Span]) -> int:
    """Return how many code points spans cover."""
    return sum(span.end - span.start for span in spans)


def common(one: Sequence[Span], other: Sequence[Span]) -> int:
    """Return how many code points two lists of spans share."""
    return sum(max(0, min(a.end, b.end) - max(a.start, b.start)) for a in one for b in other)


def _share(one: Sequence[Span], other: Sequence[Span]) -> float:
    return common(one, other) / max(1, length(one))


@cache
def reporting_words(part: str, table: str) -> frozenset[str]:
    """Return the lemmas of a table of `data/reporting.toml`: `("verbs", "frame")`."""
    return frozenset(read_table("reporting")[part][table].split())


@cache
def reporting_pairs(part: str) -> frozenset[tuple[str, str]]:
    """Return pairs of a `verbs` or `nouns` lemma and the preposition whose object is what is said."""
    return frozenset(
        (word, preposition) for word, preposition in (pair.split("+") for pair in reporting_words(part, "preposition"))
    )
