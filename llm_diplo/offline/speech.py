"""Attributed speech: what is said, by whom, and by which words the article says so (PARC 3.0: source, cue, content)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from llm_diplo.schema import Attribution, Span


class Rule(StrEnum):
    """How an attribution was found; in the order in which the surer wins where two claim the same words."""

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

QUOTING = frozenset({Rule.FRAME_AFTER, Rule.FRAME_BEFORE, Rule.LIST_NAME})
"""Rules for whole quotations: what they found yields to nothing longer."""


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
    """Who says it, as it stands: a name, a description or a pronoun."""
    head: str = ""
    """The word of `speaker` that tells it from others: a surname, the noun of a description."""


def settle(found: Sequence[Speech]) -> tuple[Speech, ...]:
    """Keep of attributions that share words one: none lies inside another. In the order of the text.

    Framed quotations come first, then the longer. Linear in the words that are reported.
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
    """Speeches by where they stand, so that those at a place are found without reading all."""

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
