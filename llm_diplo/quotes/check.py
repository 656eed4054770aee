"""Are the quotations of a draft really in its sources, unchanged, and in the right mouth?

Pure: the draft and the sources are texts, the answer is data; nothing is fetched and no model is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from llm_diplo.quotes.finder import ABSENT, QuoteFinder, QuoteMatch, QuoteStatus, trim_quote
from llm_diplo.quotes.speakers import Speaker, are_different, are_same, is_mentioned, read_speaker
from llm_diplo.schema import Span
from llm_diplo.text.article import Article
from llm_diplo.text.frames import find_frame
from llm_diplo.text.quotations import NumberedArticle, Quotation, number_article
from llm_diplo.text.units import UNITS_BEFORE

"""How many units before a passage may name whom its pronoun or its unnamed frame means."""

_RANKS = {status: rank for rank, status in enumerate(QuoteStatus)}
_MOST_EQUAL_SOURCES = 5  # sources with the very words whose speakers are compared


class Attribution(StrEnum):
    """Whether the source gives the words to the speaker whom the draft names."""

    SAME = "same"
    """The source names the same speaker, in the frame or within three units."""
    OTHER = "other"
    """The source names another speaker, or never names this one."""
    UNCLEAR = "unclear"
    """The source does not tell, or not in a way that code can compare."""
    UNNAMED = "unnamed"
    """The draft names nobody."""


@dataclass(frozen=True, slots=True)
class CheckedQuote:
    """One quoted passage of a draft, its best match over the sources, and whose words they are there."""

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
    source: str | None = None
    """Name of the source with the best match; null when absent everywhere."""
    source_unit: int | None = None
    """Number of the source's unit in which the match begins."""
    source_speaker: str | None = None
    """Who says it there, as the source writes it; null where it does not tell."""
    attribution: Attribution = Attribution.UNNAMED

    @property
    def sound(self) -> bool:
        """Whether the sources bear the passage out: grounded, and not in the wrong mouth."""
        return self.match.status.grounded and self.attribution is not Attribution.OTHER


def check_quotes(draft: str | Article, sources: Sequence[tuple[str, str]]) -> list[CheckedQuote]:
    """Check every quotation of `draft` against `sources`, pairs of name and text, in the order of the draft.

    The draft is a text, or an article whose `speaker` is known.
    The best status wins; among sources with the very words one that gives them to the draft's speaker, then the first.
    Raises `SourceError` when the draft is empty. Linear in the length of the sources; they are prepared once.
    """
    numbered = number_article(Article.from_text(draft, source="The draft") if isinstance(draft, str) else draft)
    prepared = [_Source(name, text) for name, text in sources]
    return [checked for quotation in numbered.quotations for checked in _check(numbered, quotation, prepared)]


class _Source:
    """A source; its words and its quotations are prepared at the first quote that needs them."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.finder = QuoteFinder(text)

    @cached_property
    def numbered(self) -> NumberedArticle | None:
        return number_article(Article.from_text(self.text, source=self.name)) if self.text.strip() else None

    def unit_at(self, offset: int) -> int | None:
        unit = self.numbered.article.unit_at(offset) if self.numbered else None
        return unit.number if unit else None


def _check(draft: NumberedArticle, quotation: Quotation, sources: Sequence[_Source]) -> Iterator[CheckedQuote]:
    """Check each passage of a quotation, a later one first near the place where the one before was found."""
    speaker = _named_speaker(draft, quotation)
    hint: tuple[str, int] | None = None
    for span in quotation.spans:
        quote = trim_quote(draft.article.text[span.start : span.end])
        if not quote:
            continue
        if span is not quotation.spans[0]:
            speaker = _later_speaker(draft, span) or speaker
        best = CheckedQuote(quotation.number, span.start, span.end, quote, speaker, ABSENT)
        for source, match in _candidates(quote, sources, hint):
            said_by, attribution = _attribute(source, match, speaker)
            unit = source.unit_at(match.start)
            found = replace(
                best, match=match, source=source.name, source_unit=unit, source_speaker=said_by, attribution=attribution
            )
            if best.source is None or (not best.sound and found.sound):
                best = found
        hint = (best.source, best.match.end) if best.source else hint
        yield best


def _later_speaker(draft: NumberedArticle, span: Span) -> str | None:
    """Return the speaker named behind a later passage of a quotation: it may have a frame of its own."""
    text = draft.article.text
    stop = text.find("\n", span.end)
    frame = find_frame(text, (span.start, len(text) if stop < 0 else stop), [(span.start, span.end)])
    speaker = _words(draft, frame.speaker) if frame else None
    return speaker if speaker and read_speaker(speaker).is_named else None


def _candidates(quote: str, sources: Sequence[_Source], hint: tuple[str, int] | None) -> list[tuple[_Source, QuoteMatch]]:
    """Return the best matches: of sources that have the very words the first few, else the best of all others."""

    def offset(source: _Source) -> int | None:
        return hint[1] if hint and hint[0] == source.name else None

    same = [(source, source.finder.find_same(quote, hint=offset(source))) for source in sources if quote in source.text]
    same = [pair for pair in same if pair[1].status is not QuoteStatus.ABSENT]
    if not same:
        same = [(source, source.finder.find_same(quote, hint=offset(source))) for source in sources]
        same = [pair for pair in same if pair[1].status is not QuoteStatus.ABSENT]
    if same:
        return sorted(same, key=lambda pair: offset(pair[0]) is None)[:_MOST_EQUAL_SOURCES]
    changed = [(source, source.finder.find(quote, hint=offset(source))) for source in sources]
    found = [pair for pair in changed if pair[1].status is not QuoteStatus.ABSENT]
    return sorted(found, key=lambda pair: (_RANKS[pair[1].status], _changes(pair[1])))[:1]


def _changes(match: QuoteMatch) -> int:
    """Return how many characters the difference shows as changed."""
    return sum(len(edit.quote_words) + len(edit.source_words) for edit in match.difference if edit.op != "equal")


def _named_speaker(draft: NumberedArticle, quotation: Quotation) -> str | None:
    """Return the draft's speaker of a quotation where it names one: no pronoun, no mere description."""
    label = draft.article.unit(quotation.unit).label
    speaker = label or _words(draft, quotation.speaker) or draft.article.metadata.speaker
    return speaker if speaker and read_speaker(speaker).is_named else None


def _attribute(source: _Source, match: QuoteMatch, named: str | None) -> tuple[str | None, Attribution]:
    """Return who says a passage in its source, and whether that is the speaker `named` by the draft."""
    numbered = source.numbered
    if numbered is None:
        return None, Attribution.UNCLEAR
    said_by = _source_speaker(numbered, match)
    if named is None:
        return said_by, Attribution.UNNAMED
    speaker, other = read_speaker(named), read_speaker(said_by or "")
    if are_same(speaker, other):
        return said_by, Attribution.SAME
    if are_different(speaker, other):
        return said_by, Attribution.OTHER
    before = 0 if other.is_named else UNITS_BEFORE
    if is_mentioned(speaker, _surroundings(numbered, match, before)):
        between = _spoken_between(numbered, match, speaker)
        return said_by, Attribution.UNCLEAR if between else Attribution.SAME
    return said_by, Attribution.UNCLEAR if is_mentioned(speaker, source.text) else Attribution.OTHER


def _source_speaker(numbered: NumberedArticle, match: QuoteMatch) -> str | None:
    """Return the speaker of the source's quotation that holds a passage, its turn's label or the text's own voice."""
    for quotation in numbered.quotations:
        if any(span.start <= match.start < span.end for span in quotation.spans):
            found = _words(numbered, quotation.speaker)
            if found:
                return found
    label = next((unit.label for unit in reversed(numbered.article.units) if unit.start <= match.start), None)
    return label or numbered.article.metadata.speaker


def _spoken_between(numbered: NumberedArticle, match: QuoteMatch, speaker: Speaker) -> bool:
    """Tell whether somebody else is quoted by name before a passage, and `speaker` not mentioned since."""
    for quotation in reversed(numbered.quotations):
        if quotation.spans[-1].end > match.start or quotation.speaker is None:
            continue
        other = read_speaker(_words(numbered, quotation.speaker) or "")
        if other.is_named:
            since = numbered.article.text[max(quotation.spans[-1].end, quotation.speaker.end) : match.end]
            return are_different(other, speaker) and not is_mentioned(speaker, since)
    return False


def _surroundings(numbered: NumberedArticle, match: QuoteMatch, before: int) -> str:
    """Return the text of a passage's units, of `before` units ahead of them and of one after."""
    units = numbered.article.units
    inside = [n for n, unit in enumerate(units) if unit.start < match.end and unit.end > match.start]
    if not inside:
        return ""
    first, last = max(0, inside[0] - before), min(len(units) - 1, inside[-1] + 1)
    return numbered.article.text[units[first].start : units[last].end]


def _words(numbered: NumberedArticle, span: Span | None) -> str | None:
    return numbered.article.text[span.start : span.end] if span else None
