"""The verdict on a quoted passage at one place of a source's direct speech: whose words, what was cut off, what is in doubt."""

from __future__ import annotations

import re
from dataclasses import replace

from llm_diplo.quotes.claims import Claim
from llm_diplo.quotes.critical import critical_values, split_words
from llm_diplo.quotes.cuts import (
    Cut,
    bounds,
    cut_before,
    cut_behind,
    is_asked,
    is_denial,
    is_part_of,
    negates,
    opens_with_condition,
)
from llm_diplo.quotes.descriptions import may_be_elsewhere
from llm_diplo.quotes.finder import QuoteFinder, QuoteMatch, QuoteStatus
from llm_diplo.quotes.speakers import Likeness, compare_voices
from llm_diplo.quotes.speech import Speech, Stretch
from llm_diplo.quotes.verdict import CheckedQuote, Reason, SpeakerMatch, Verdict
from llm_diplo.schema import Span
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold, fold_name
from llm_diplo.text.frames import NAME, can_speak
from llm_diplo.text.languages import UPPER
from llm_diplo.text.marks import QUOTE_MARKS
from llm_diplo.text.names import SpeakerKind, read_speaker, same_person

_REACH = 300
_LONGEST_SMALL = 3  # characters: “the”, “for”
_POINTING = frozenset("we i you this that these those".split())
_CAPITALIZED = re.compile(rf"[{UPPER}][^\W\d_]+")


def judge(claim: Claim, speech: Speech, match: QuoteMatch, touched: list[Stretch], base: CheckedQuote) -> CheckedQuote:
    """Return `base` with the verdict on words that are at `match` in a source and overlap the quotations `touched`."""
    article = speech.numbered.article
    unit = article.unit_at(match.start)
    voices = touched[0].voices
    attribution = _attribute(claim, voices, speech)
    found = replace(
        base,
        match=match,
        source=article.source,
        source_unit=unit.number if unit else None,
        source_speaker=" or ".join(voices) or None,
        attribution=attribution,
    )
    if not match.status.grounded:
        return replace(found, verdict=Verdict.WRONG, why=Reason.ALTERED)
    if len({stretch.voices for stretch in touched}) > 1:
        return replace(found, verdict=Verdict.WRONG, why=Reason.JOINED_OTHER_SPEAKER)
    if attribution is SpeakerMatch.OTHER:
        return replace(found, verdict=Verdict.WRONG, why=Reason.OTHER_SPEAKER)
    cut = _cut(claim, speech, match, touched)
    if cut is Cut.NEGATION:
        altered = replace(match, status=QuoteStatus.ALTERED)
        return replace(found, match=altered, verdict=Verdict.WRONG, why=Reason.CUT_NEGATION)
    doubt = _doubt(claim, speech, match, touched, attribution, cut)
    if doubt:
        return replace(found, verdict=Verdict.UNCONFIRMED, why=doubt)
    return replace(found, verdict=Verdict.CONFIRMED, why=_manner(match, touched))


def _doubt(
    claim: Claim, speech: Speech, match: QuoteMatch, touched: list[Stretch], attribution: SpeakerMatch, cut: Cut | None
) -> Reason | None:
    """Return why grounded words are not confirmed."""
    source_text = speech.numbered.article.text
    untold = not touched[0].voices and len({stretch.quotation for stretch in touched}) > 1
    if untold or attribution is SpeakerMatch.UNCLEAR:
        return _why_unclear(claim, touched[0].voices)
    if claim.unclear:
        return Reason.DRAFT_UNCLEAR
    if cut is Cut.DOUBT:
        return Reason.CUT_HEDGE
    if is_asked(source_text, match.end) and not is_asked(claim.numbered.article.text, claim.start + len(claim.quote)):
        return Reason.QUESTION
    denied = is_denial(source_text, _cue(speech, touched[0]))
    if claim.negated and not (denied or negates(source_text, match.start)):
        return Reason.DRAFT_NEGATES
    if denied and not claim.negated:
        return Reason.SOURCE_DENIES
    if _replaces_critical(match) or _replaces_subject(match, touched[0], source_text):
        return Reason.CRITICAL_BRACKET
    if any(bounds(e.source_words) for e in match.difference if e.is_ellipsis):
        return Reason.RESTRICTION_DROPPED
    if any(_nested(speech, match, stretch) for stretch in touched):
        return Reason.SECOND_HAND
    return _others_named(claim, touched[0].voices, speech) if attribution is SpeakerMatch.UNNAMED else None


def _why_unclear(claim: Claim, voices: tuple[str, ...]) -> Reason:
    """Return why nobody can tell that the speaker of the draft says the words in the source."""
    if not voices:
        return Reason.SPEAKER_UNKNOWN
    if len(voices) > 1:
        return Reason.SPEAKER_OPEN
    described = any(read_speaker(name).kind is SpeakerKind.DESCRIPTION for name in claim.named)
    return Reason.SPEAKER_DESCRIBED if described else Reason.SPEAKER_UNCLEAR


def _cue(speech: Speech, stretch: Stretch) -> Span | None:
    return speech.numbered.quotations[stretch.quotation].cue if stretch.quotation >= 0 else None


def _replaces_critical(match: QuoteMatch) -> bool:
    """Whether a bracket replaces critical words of the source with others of the same kind."""
    replaced = ((fold(e.quote_words.strip("[]")), fold(e.source_words)) for e in match.difference if e.is_bracket)
    return any(mine != theirs and critical_values(split_words(theirs)) for mine, theirs in replaced)


def _replaces_subject(match: QuoteMatch, stretch: Stretch, text: str) -> bool:
    """Whether a bracket at the start names somebody for words that mean others: “[Osk] lies” for “Whoever says so lies”."""
    first = match.difference[0] if match.difference else None
    if first is None or not first.is_bracket or first.source_words:
        return False
    before = re.split(r"[.!?。！？;\n]", text[stretch.start : match.start])[-1]
    words = split_words(fold(before))
    if not words and text[: match.start].rstrip(QUOTE_MARKS + " \u00a0")[-1:].isalpha():  # the reporter's sentence goes on
        sentence = split_words(fold(re.split(r"[.!?。！？;\n]", text[max(0, match.start - _REACH) : match.start])[-1]))
        told = {word for word in split_words(fold(first.quote_words)) if len(word) > _LONGEST_SMALL}
        return bool(told) and told.isdisjoint(sentence)
    if not words or gazetteer.words("pronouns_third", None).union(_POINTING).intersection(words):
        return False
    named = set(map(fold_name, _CAPITALIZED.findall(first.quote_words)))
    named -= gazetteer.words("determiners", "en") | gazetteer.words("possessives", None)
    return (bool(named) and named.isdisjoint(words)) or bool(critical_values(words))


def _nested(speech: Speech, match: QuoteMatch, stretch: Stretch) -> bool:
    return speech.is_nested(Span(start=match.start, end=match.end), stretch)


def _others_named(claim: Claim, voices: tuple[str, ...], speech: Speech) -> Reason | None:
    """Return a doubt where the draft's own sentence names people, none of whom says it in the source."""
    units = claim.numbered.article.units
    at = next((n for n, unit in enumerate(units) if unit.start <= claim.start < unit.end), None)
    if at is None:
        return None
    text, source = claim.numbered.article.text, speech.numbered.article.text.casefold()
    before = units[max(0, at - 1)].start if at and units[at - 1].paragraph == units[at].paragraph else units[at].start
    around = text[before : claim.start] + " " + text[claim.end : units[at].end]
    people = {mention.speaker.name[-1] for mention in speech.numbered.voices.people}
    people |= {read_speaker(v).name[-1] for vs in speech.numbered.voices.of_quotations for v in vs if read_speaker(v).name}
    folded = f" {QuoteFinder(around).folded} "
    present = {name for name in people if name in folded}
    own = {read_speaker(voice).name[-1] for voice in voices if read_speaker(voice).name}
    full = [speaker.name for match in NAME.finditer(around) if len((speaker := read_speaker(match[0])).name) > 1]
    namesakes = [name for name in full if name[-1] in own and not any(same_person(name, read_speaker(v).name) for v in voices)]
    if (present and not present & own) or namesakes:
        return Reason.DRAFT_NAMES_OTHERS
    if (claim.numbered.article.metadata.language or "").startswith("de"):  # every noun has a capital
        return None
    first = next(filter(str.isalpha, text[units[at].start : claim.start]), "")
    opening = text.find(first, units[at].start) if first else -1
    words = [*_CAPITALIZED.finditer(text, units[at].start, claim.start), *_CAPITALIZED.finditer(text, claim.end, units[at].end)]
    names = [word[0] for word in words if word.start() != opening]
    unknown = any(name.casefold() not in source and can_speak(fold_name(name)) for name in names)
    return Reason.DRAFT_NAMES_OTHERS if unknown else None


def _cut(claim: Claim, speech: Speech, match: QuoteMatch, touched: list[Stretch]) -> Cut | None:
    text = speech.numbered.article.text
    whole = match.start <= touched[0].start  # the source itself quotes no more
    before = cut_before(text, match.start, framed=whole)
    if before is Cut.NEGATION and claim.negated:
        before = None
    if before is Cut.NEGATION and whole and not negates(text, match.start, close=True):
        before = Cut.DOUBT  # what is negated may be another verb
    inside = not whole and is_part_of(text, match.start, match.end)
    if before is None and (inside or _is_continued(speech, touched[0])):
        before = Cut.DOUBT
    return Cut.NEGATION if Cut.NEGATION in (before, behind := cut_behind(text, match.end)) else before or behind


def _is_continued(speech: Speech, stretch: Stretch) -> bool:
    """Whether the speaker's sentence began before a frame with a condition: “If it comes,” she said, “we win.”"""
    text = speech.numbered.article.text
    before = [one for one in speech.stretches if one.quotation == stretch.quotation >= 0 and one.start < stretch.start]
    return bool(before) and text[stretch.start].islower() and opens_with_condition(text[before[-1].start : before[-1].end])


def _attribute(claim: Claim, voices: tuple[str, ...], speech: Speech) -> SpeakerMatch:
    if not claim.named:
        return SpeakerMatch.UNNAMED
    found = {compare_voices(name, voices, speech.numbered.voices) for name in claim.named}
    if found == {Likeness.SAME}:
        elsewhere = any(
            may_be_elsewhere(read_speaker(name), read_speaker(voices[0]), claim.numbered, claim.start, speech.numbered.voices)
            for name in claim.named
        )
        return SpeakerMatch.UNCLEAR if elsewhere else SpeakerMatch.SAME
    return SpeakerMatch.OTHER if found == {Likeness.OTHER} else SpeakerMatch.UNCLEAR


def _manner(match: QuoteMatch, touched: list[Stretch]) -> Reason:
    """Return the convention within which the words differ from the source's, the one that changes most."""
    changed = [edit for edit in match.difference if edit.op != "equal"]
    if any(not (edit.is_ellipsis or edit.is_bracket) for edit in changed):
        return Reason.NEAR
    if changed:
        return Reason.BRACKETS if any(edit.is_bracket for edit in changed) else Reason.ELLIPSIS
    if len(touched) > 1:
        return Reason.JOINED
    return Reason.VERBATIM if match.status is QuoteStatus.VERBATIM else Reason.NORMALIZED
