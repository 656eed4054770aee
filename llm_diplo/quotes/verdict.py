"""What `llm diplo check` says about a quotation: a verdict, its reason, and its match in the source."""

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


class Reason(StrEnum):
    """Why a verdict was given, in a few words of plain English."""

    VERBATIM = "word for word"
    NORMALIZED = "same words, different punctuation"
    ELLIPSIS = "fair ellipsis"
    BRACKETS = "brackets"
    NEAR = "minor wording change"
    JOINED = "joined across its own attribution"
    UNQUOTED = "not quoted in the source: the words of its own text"
    OTHER_LANGUAGE = "in another language than the source"
    SPEAKER_UNKNOWN = "the source does not say who says it"
    SPEAKER_OPEN = "the source leaves open which of several people says it"
    SPEAKER_DESCRIBED = "the draft only describes the speaker"
    SPEAKER_UNCLEAR = "the source does not tell that this speaker says it"
    DRAFT_UNCLEAR = "the draft does not make clear who speaks"
    DRAFT_NAMES_OTHERS = "the draft may give it to somebody else"
    DRAFT_NEGATES = "the draft negates it"
    SOURCE_DENIES = "the source's speaker denies it"
    CUT_HEDGE = "cut beside a hedge or a condition"
    QUESTION = "a question in the source"
    CRITICAL_BRACKET = "a bracket replaces a critical word"
    RESTRICTION_DROPPED = "the ellipsis drops a restriction"
    SECOND_HAND = "quoted second-hand in the source"
    NOT_FOUND = "not found"
    ALTERED = "altered"
    CUT_NEGATION = "altered: cut beside a negation"
    OTHER_SPEAKER = "somebody else says it in the source"
    JOINED_OTHER_WORDS = "joined over other words"
    JOINED_OTHER_SPEAKER = "joined over another speaker's words"

    @property
    def rule(self) -> str:
        """The reason's id, which does not change with its wording: `other-speaker`."""
        return self.name.lower().replace("_", "-")


class SpeakerMatch(StrEnum):
    """Whether the source gives the words to the speaker whom the draft names."""

    SAME = "same"
    OTHER = "other"
    UNCLEAR = "unclear"
    UNNAMED = "unnamed"
    """The draft names nobody."""


@dataclass(frozen=True, slots=True)
class CheckedQuote:
    """One quoted passage of a draft, its verdict, and its match in the best source."""

    number: int
    """Number of the quotation in the draft, from 1; a frame inside it makes two passages of one number."""
    start: int
    """Where the passage is in the draft, marks included: first code point."""
    end: int
    """One past the last."""
    quote: str
    """The quoted words, without marks and edge punctuation."""
    speaker: str | None
    """Who says it, as the draft writes it; null where it names nobody."""
    match: QuoteMatch
    """The match of the words in `source`; its offsets refer to that source."""
    verdict: Verdict = Verdict.WRONG
    why: Reason = Reason.NOT_FOUND
    source: str | None = None
    """Name of the source with the best match; null when absent everywhere."""
    source_unit: int | None = None
    """Number of the source's unit in which the match begins."""
    source_speaker: str | None = None
    """Who says it there, as the source writes it, or each who may (“Osk or Venn”); null where it does not tell."""
    attribution: SpeakerMatch = SpeakerMatch.UNNAMED

    @property
    def reason(self) -> str:
        """Why, in a few words of plain English."""
        if self.why is Reason.OTHER_SPEAKER and self.source_speaker:
            return f"{self.source_speaker} says it in the source"
        if self.why is Reason.SPEAKER_DESCRIBED and self.source_speaker:
            return f"{self.source_speaker} says it in the source, and the draft only describes the speaker"
        return self.why.value
