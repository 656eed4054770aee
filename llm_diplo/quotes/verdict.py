"""What `llm diplo check` says of one quotation: a verdict, its reason, and how the words stand in the source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from llm_diplo.quotes.finder import QuoteMatch


class Verdict(StrEnum):
    """What the sources say of a quotation."""

    CONFIRMED = "confirmed"
    """The words are there, unchanged or within the conventions of newsrooms, and the named speaker says them."""
    UNCONFIRMED = "unconfirmed"
    """The words are there, but code cannot tell that this speaker says them."""
    WRONG = "wrong"
    """Altered, not found, or somebody else's words."""


class SpeakerMatch(StrEnum):
    """Whether the source gives the words to the speaker whom the draft names."""

    SAME = "same"
    OTHER = "other"
    UNCLEAR = "unclear"
    UNNAMED = "unnamed"
    """The draft names nobody."""


@dataclass(frozen=True, slots=True)
class CheckedQuote:
    """One quoted passage of a draft, its verdict, and how it stands in the best source."""

    number: int
    """Number of the quotation in the draft, from 1; a frame inside it makes two passages of one number."""
    start: int
    """Where the passage stands in the draft, marks included: first code point."""
    end: int
    """One past the last."""
    quote: str
    """The quoted words, without marks and edge punctuation."""
    speaker: str | None
    """Who says it, as the draft writes it; null where it names nobody."""
    match: QuoteMatch
    """How the words stand in `source`; its offsets are of that source."""
    verdict: Verdict = Verdict.WRONG
    reason: str = "not found"
    """Why, in a few words of plain English."""
    source: str | None = None
    """Name of the source with the best match; null when absent everywhere."""
    source_unit: int | None = None
    """Number of the source's unit in which the match begins."""
    source_speaker: str | None = None
    """Who says it there, as the source writes it; null where it does not tell."""
    attribution: SpeakerMatch = SpeakerMatch.UNNAMED
