"""Check that every quotation of a draft is in its sources, unchanged and given to the right speaker.

Pure: the draft and the sources are texts, the answer is data; nothing is fetched and no model is asked.
Where code cannot tell, the verdict is `unconfirmed`, never `confirmed`.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from llm_diplo.quotes.brackets import has_brackets, is_critical
from llm_diplo.quotes.critical import split_words
from llm_diplo.quotes.cuts import Cut, bounds, cut_before, cut_behind, is_denial, negates
from llm_diplo.quotes.finder import ABSENT, QuoteFinder, QuoteMatch, QuoteStatus, trim_quote
from llm_diplo.quotes.speakers import compare_voices
from llm_diplo.quotes.speech import Speech, Stretch
from llm_diplo.schema import Span
from llm_diplo.text.article import Article
from llm_diplo.text.folding import fold
from llm_diplo.text.languages import detect_language
from llm_diplo.text.marks import find_stretches
from llm_diplo.text.quotations import NumberedArticle, Quotation, number_article
from llm_diplo.text.speakers import Likeness, read_speaker

_MOST_SOURCES = 5  # sources that are read closely for one quote
_UNQUOTED = "not quoted in the source: the words of its own text"
_VERDICTS, _STATUSES = ("confirmed", "unconfirmed", "wrong"), list(QuoteStatus)
_SCRIPT_READ = 2_000  # characters
_MOST_PLACES = 8  # places of the same words in one source


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


def check_quotes(draft: str | Article, sources: Sequence[tuple[str, str] | Article]) -> list[CheckedQuote]:
    """Check every quotation of `draft` against `sources`, pairs of name and text or articles, in the draft's order.

    The draft is a text, or an article whose `speaker` is known. The best verdict over the sources wins.
    Raises `SourceError` when the draft is empty. Linear in the length of the sources.
    """
    article = Article.from_text(draft, source="The draft") if isinstance(draft, str) else draft
    numbered = number_article(article, fragments=True)
    prepared = [_Source(source) for source in sources]
    return [checked for claim in _claims(numbered) for checked in [_check(claim, prepared)]]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A quoted passage of a draft and whom the draft may mean by its speaker."""

    numbered: NumberedArticle
    number: int
    start: int
    end: int
    quote: str
    named: tuple[str, ...]
    unclear: bool
    """Whether the draft has a speaker that code cannot read."""

    @property
    def negated(self) -> bool:
        return negates(self.numbered.article.text, self.start) or self.denied_behind

    @property
    def denied_behind(self) -> bool:
        return is_denial(self.numbered.article.text, self.numbered.quotations[self.number - 1].cue)


class _Source:
    """A source; what it needs is prepared at the first quote that needs it."""

    def __init__(self, source: tuple[str, str] | Article) -> None:
        self.name, self.text = (source.source, source.text) if isinstance(source, Article) else source
        self._article = source if isinstance(source, Article) else None
        self.finder = QuoteFinder(self.text)

    @cached_property
    def numbered(self) -> NumberedArticle | None:
        if not self.text.strip():
            return None
        return number_article(self._article or Article.from_text(self.text, source=self.name), fragments=True)

    @cached_property
    def speech(self) -> Speech | None:
        return Speech(self.numbered) if self.numbered else None

    @cached_property
    def language(self) -> str | None:
        return detect_language(self.text)

    @cached_property
    def script(self) -> str:
        return _script(self.text)

    def likely(self, words: Sequence[str]) -> int:
        folded = self.finder.folded
        return sum(word in folded for word in words)


def _script(text: str) -> str:
    """Return the script of most letters by the first word of their Unicode names: LATIN, CYRILLIC, CJK …"""
    letters = [character for character in text[:_SCRIPT_READ] if character.isalpha()]
    names = Counter(unicodedata.name(letter, "").split(" ")[0] for letter in letters)
    return names.most_common(1)[0][0] if names else ""


def _claims(draft: NumberedArticle) -> Iterator[_Claim]:
    for quotation, voices in zip(draft.quotations, draft.voices.of_quotations, strict=True):
        named = voices or ((draft.article.metadata.speaker,) if draft.article.metadata.speaker else ())
        framed = quotation.speaker or quotation.cue
        unclear = not named and framed is not None and not _is_impersonal(draft, quotation)
        for span in quotation.spans:
            text = draft.article.text[span.start : span.end]
            if not (quote := trim_quote(text) and text.strip(' \n“”„"«»‹›「」『』‘’')):
                continue
            yield _Claim(draft, quotation.number, span.start, span.end, quote, named, unclear)
            for inner in find_stretches(draft.article.text, [(span.start + 1, span.end - 1)]):
                nested = draft.article.text[inner.start : inner.end]
                if words := trim_quote(nested):
                    yield _Claim(draft, quotation.number, inner.start, inner.end, words, (), True)


def _is_impersonal(draft: NumberedArticle, quotation: Quotation) -> bool:
    span = quotation.speaker
    return span is not None and draft.article.text[span.start : span.end].casefold() in {"it", "es", "il"}


def _check(claim: _Claim, sources: Sequence[_Source]) -> CheckedQuote:
    named = claim.named[0] if len(claim.named) == 1 else None
    best = CheckedQuote(claim.number, claim.start, claim.end, trim_quote(claim.quote), named, ABSENT)
    for source in _candidates(claim.quote, sources):
        for found in _look(claim, source, best):
            if best.source is None or _rank(found) < _rank(best):
                best = found
        if best.verdict is Verdict.CONFIRMED:
            break
    if best.verdict is Verdict.WRONG and not best.match.status.grounded and _is_foreign(claim, sources):
        return replace(
            best,
            match=ABSENT,
            source=None,
            source_unit=None,
            source_speaker=None,
            verdict=Verdict.UNCONFIRMED,
            reason="in another language than the source",
        )
    return best


def _rank(checked: CheckedQuote) -> tuple[int, int]:
    grounded = checked.match.status.grounded
    verdict = _VERDICTS.index(checked.verdict)
    kind = 0 if not verdict else 3 if not grounded else 2 if checked.reason.startswith(_UNQUOTED) else 1
    return kind, 10 * verdict + _STATUSES.index(checked.match.status)


def _candidates(quote: str, sources: Sequence[_Source]) -> list[_Source]:
    same = [source for source in sources if source.finder.find_same(trim_quote(quote)).status.grounded]
    if same:
        return same[:_MOST_SOURCES]
    words = split_words(fold(quote))
    words = [word for word in words if len(word) > 3] or words
    scored = sorted(((source.likely(words), -n, source) for n, source in enumerate(sources)), key=lambda s: s[:2], reverse=True)
    return [source for score, _, source in scored[:_MOST_SOURCES] if score or not words]


def _look(claim: _Claim, source: _Source, base: CheckedQuote) -> Iterator[CheckedQuote]:
    """Yield how a passage stands in a source: first in its direct speech, then anywhere."""
    speech = source.speech
    if speech is None or source.numbered is None:
        return
    said = list(_spoken(claim.quote, speech))
    for match in said:
        if match.status is QuoteStatus.ABSENT:
            continue
        touched = speech.touched(match)
        span = speech.original(match)
        placed = replace(match, start=span.start, end=span.end, found=source.text[span.start : span.end])
        yield _judge(claim, source, speech, placed, touched, base)
    if any(match.status.grounded for match in said):
        return
    match = source.finder.find(claim.quote)
    if match.status is QuoteStatus.ABSENT:
        return
    unit = source.numbered.article.unit_at(match.start)
    verdict = Verdict.UNCONFIRMED if match.status.grounded else Verdict.WRONG
    reason = _UNQUOTED if match.status.grounded else "altered"
    across = sum(1 for s in speech.stretches if s.start < match.end and match.start < s.end)
    if match.status.grounded and across > 1:
        verdict, reason = Verdict.WRONG, "joined over other words"
    yield replace(
        base,
        match=match,
        source=source.name,
        source_unit=unit.number if unit else None,
        verdict=verdict,
        reason=reason,
        attribution=SpeakerMatch.UNCLEAR if claim.named else SpeakerMatch.UNNAMED,
    )


def _spoken(quote: str, speech: Speech) -> Iterator[QuoteMatch]:
    """Yield the places of a passage in direct speech: all of the very words, else the best one."""
    seen: set[int] = set()
    trimmed = trim_quote(quote)
    match = speech.finder.find(quote if has_brackets(quote) else trimmed)
    while match.status is not QuoteStatus.ABSENT and match.start not in seen and len(seen) < _MOST_PLACES:
        seen.add(match.start)
        yield match
        if match.status not in (QuoteStatus.VERBATIM, QuoteStatus.NORMALIZED):
            return
        match = speech.finder.find_same(trimmed, hint=match.end + 1)


def _judge(
    claim: _Claim, source: _Source, speech: Speech, match: QuoteMatch, touched: list[Stretch], base: CheckedQuote
) -> CheckedQuote:
    numbered = speech.numbered
    unit = numbered.article.unit_at(match.start)
    voices = touched[0].voices
    said_by = voices[0] if len(voices) == 1 else None
    attribution = _attribute(claim, voices, speech)
    found = replace(
        base,
        match=match,
        source=source.name,
        source_unit=unit.number if unit else None,
        source_speaker=said_by,
        attribution=attribution,
    )
    if not match.status.grounded:
        return replace(found, verdict=Verdict.WRONG, reason="altered")
    if len({stretch.voices for stretch in touched}) > 1:
        return replace(found, verdict=Verdict.WRONG, reason="joined over another speaker's words")
    if attribution is SpeakerMatch.OTHER:
        return replace(found, verdict=Verdict.WRONG, reason=f"{said_by or ' or '.join(voices)} says it in the source")
    cut = _cut(claim, source.text, match, touched)
    if cut is Cut.NEGATION:
        altered = replace(match, status=QuoteStatus.ALTERED)
        return replace(found, match=altered, verdict=Verdict.WRONG, reason="altered: cut beside a negation")
    doubt = _doubt(claim, speech, match, touched, attribution, cut)
    if doubt:
        return replace(found, verdict=Verdict.UNCONFIRMED, reason=doubt)
    return replace(found, verdict=Verdict.CONFIRMED, reason=_manner(match, touched))


def _doubt(
    claim: _Claim, speech: Speech, match: QuoteMatch, touched: list[Stretch], attribution: SpeakerMatch, cut: Cut | None
) -> str | None:
    """Return why grounded words are not confirmed."""
    source_text = speech.numbered.article.text
    if attribution is SpeakerMatch.UNCLEAR:
        return "the source does not tell that this speaker says it"
    if claim.unclear:
        return "the draft does not make clear who speaks"
    if cut is Cut.DOUBT:
        return "cut beside a hedge or a condition"
    denied = is_denial(source_text, _cue(speech, touched[0]))
    if claim.negated and not (denied or negates(source_text, match.start)):
        return "the draft negates it"
    if denied and not claim.negated:
        return "the source's speaker denies it"
    if _replaces_critical(match):
        return "a bracket replaces a critical word"
    if match.status is QuoteStatus.ELIDED and any(bounds(e.source_words) for e in match.difference if e.op == "delete"):
        return "the ellipsis drops a restriction"
    if any(_nested(speech, match, stretch) for stretch in touched):
        return "quoted second-hand in the source"
    return _others_named(claim, touched[0].voices, speech) if attribution is SpeakerMatch.UNNAMED else None


def _cue(speech: Speech, stretch: Stretch) -> Span | None:
    return speech.numbered.quotations[stretch.quotation].cue if stretch.quotation >= 0 else None


def _replaces_critical(match: QuoteMatch) -> bool:
    """Say whether a bracket stands for critical words of the source, with others of the same kind."""
    brackets = (e for e in match.difference if e.quote_words.startswith("[") and e.source_words)
    return any(fold(e.quote_words.strip("[]")) != fold(e.source_words) and is_critical(e.source_words) for e in brackets)


def _nested(speech: Speech, match: QuoteMatch, stretch: Stretch) -> bool:
    return speech.is_nested(Span(start=match.start, end=match.end), stretch)


def _others_named(claim: _Claim, voices: tuple[str, ...], speech: Speech) -> str | None:
    """Return a doubt where the draft's own sentence names people of the source, none of whom says it there."""
    units = claim.numbered.article.units
    at = next((n for n, unit in enumerate(units) if unit.start <= claim.start < unit.end), None)
    if at is None:
        return None
    text = claim.numbered.article.text
    before = units[max(0, at - 1)].start if at and units[at - 1].paragraph == units[at].paragraph else units[at].start
    around = text[before : claim.start] + " " + text[claim.end : units[at].end]
    names = {mention.speaker.name[-1] for mention in speech.numbered.voices.people}
    names |= {read_speaker(v).name[-1] for vs in speech.numbered.voices.of_quotations for v in vs if read_speaker(v).name}
    folded = f" {QuoteFinder(around).folded} "
    present = {name for name in names if name in folded}
    own = {read_speaker(voice).name[-1] for voice in voices if read_speaker(voice).name}
    return "the draft may give it to somebody else" if present and not present & own else None


def _cut(claim: _Claim, text: str, match: QuoteMatch, touched: list[Stretch]) -> Cut | None:
    before = cut_before(text, match.start)
    if before is Cut.NEGATION and claim.negated:
        before = None
    if before is Cut.NEGATION and match.start <= touched[0].start and not negates(text, match.start, close=True):
        before = Cut.DOUBT  # the source itself quotes no more, and what is negated may be another verb
    return Cut.NEGATION if Cut.NEGATION in (before, behind := cut_behind(text, match.end)) else before or behind


def _attribute(claim: _Claim, voices: tuple[str, ...], speech: Speech) -> SpeakerMatch:
    if not claim.named:
        return SpeakerMatch.UNNAMED
    found = {compare_voices(name, voices, speech.numbered.voices) for name in claim.named}
    if found == {Likeness.SAME}:
        return SpeakerMatch.SAME
    return SpeakerMatch.OTHER if found == {Likeness.OTHER} else SpeakerMatch.UNCLEAR


def _manner(match: QuoteMatch, touched: list[Stretch]) -> str:
    if len(touched) > 1 and match.status in (QuoteStatus.VERBATIM, QuoteStatus.NORMALIZED):
        return "joined across its own attribution"
    return {
        QuoteStatus.VERBATIM: "word for word",
        QuoteStatus.NORMALIZED: "same words, different punctuation",
        QuoteStatus.ELIDED: "brackets" if any(e.quote_words.startswith("[") for e in match.difference) else "fair ellipsis",
        QuoteStatus.NEAR: "minor wording change",
    }[match.status]


def _is_foreign(claim: _Claim, sources: Sequence[_Source]) -> bool:
    """Say whether the draft's quotation is in a language that none of the sources is in."""
    if _script(claim.quote) not in {source.script for source in sources if source.text.strip()}:
        return any(source.text.strip() for source in sources)
    mine = detect_language(claim.quote) or detect_language(claim.numbered.article.text)
    theirs = {source.language for source in sources if source.language}
    return mine is not None and bool(theirs) and mine not in theirs
