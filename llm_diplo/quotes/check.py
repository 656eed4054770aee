"""Check that every quotation of a draft is in its sources, unchanged and given to the right speaker.

Pure: the draft and the sources are texts, the answer is data; nothing is fetched and no model is asked.
Where code cannot tell, the verdict is `unconfirmed`, never `confirmed`.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

from llm_diplo.quotes.brackets import has_brackets, trim_quote
from llm_diplo.quotes.claims import Claim, read_claims
from llm_diplo.quotes.critical import find_plain_words, word_spans
from llm_diplo.quotes.finder import ABSENT, QuoteFinder, QuoteMatch, QuoteStatus
from llm_diplo.quotes.judgement import judge
from llm_diplo.quotes.speech import Speech
from llm_diplo.quotes.verdict import CheckedQuote, Reason, SpeakerMatch, Verdict
from llm_diplo.text.article import Article
from llm_diplo.text.folding import fold
from llm_diplo.text.languages import detect_language, language_scores
from llm_diplo.text.quotations import NumberedArticle, number_article

_MOST_SOURCES = 5  # sources that are read closely for one quote
_VERDICTS, _STATUSES = ("confirmed", "unconfirmed", "wrong"), list(QuoteStatus)
_SCRIPT_READ = 2_000  # characters
_SURE, _DOUBT = 0.6, 0.1  # shares of the likelihood of a short quotation's language
_FEWEST_TELLING = 3  # words
_MOST_COMPARED = 20  # sources by pairs of words, unless more have as many of a quotation's words
_TELLING = 8  # of a quotation's pairs of words, the longest, by which these are compared
_WORTH_READING = 0.6  # of the words that the best source has
_LEAD = 3  # words and pairs that the best source has beyond those that are left out
_FEWEST_PAIRS = 6  # of neighbouring words; fewer do not tell one source from another
_MOST_PLACES = 8  # places of the same words in one source


def check_quotes(draft: str | Article, sources: Sequence[tuple[str, str] | Article | Source]) -> list[CheckedQuote]:
    """Check every quotation of `draft` against `sources`, pairs of name and text or articles, in the draft's order.

    The draft is a text, or an article whose `speaker` is known. The best verdict over the sources wins. For many drafts
    against the same sources make each a `Source` once.
    Raises `SourceError` when the draft is empty. Linear in the length of the sources.
    """
    article = Article.from_text(draft, source="The draft") if isinstance(draft, str) else draft
    numbered = number_article(article, fragments=True)
    prepared = [source if isinstance(source, Source) else Source(source) for source in sources]
    return [_check(claim, prepared) for claim in read_claims(numbered)]


class Source:
    """A source of quotations; what it needs is prepared at the first quote that needs it, once for all drafts."""

    def __init__(self, source: tuple[str, str] | Article) -> None:
        self.name, self.text = (source.source, source.text) if isinstance(source, Article) else source
        self._given = source if isinstance(source, Article) else None
        self.finder = QuoteFinder(self.text)

    @cached_property
    def article(self) -> Article:
        """The source as an article; raises `SourceError` where it is empty."""
        return self._given or Article.from_text(self.text, source=self.name)

    @cached_property
    def numbered(self) -> NumberedArticle | None:
        """The numbered source; nothing where it is empty."""
        return number_article(self.article, fragments=True) if self.text.strip() else None

    @cached_property
    def speech(self) -> Speech | None:
        return Speech(self.numbered) if self.numbered else None

    @cached_property
    def language(self) -> str | None:
        return detect_language(self.text)

    @cached_property
    def script(self) -> str:
        return _script(self.text)


def _script(text: str) -> str:
    """Return the script of most letters by the first word of their Unicode names: LATIN, CYRILLIC, CJK …"""
    letters = [character for character in text[:_SCRIPT_READ] if character.isalpha()]
    names = Counter(unicodedata.name(letter, "").split(" ")[0] for letter in letters)
    return names.most_common(1)[0][0] if names else ""


def _check(claim: Claim, sources: Sequence[Source]) -> CheckedQuote:
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
            why=Reason.OTHER_LANGUAGE,
        )
    return best


def _rank(checked: CheckedQuote) -> tuple[int, int]:
    grounded = checked.match.status.grounded
    verdict = _VERDICTS.index(checked.verdict)
    kind = 0 if not verdict else 3 if not grounded else 2 if checked.why is Reason.UNQUOTED else 1
    return kind, 10 * verdict + _STATUSES.index(checked.match.status)


def _candidates(quote: str, sources: Sequence[Source]) -> list[Source]:
    """Return the sources to read closely: those with the very words, else those that share most words and pairs of words."""
    trimmed = trim_quote(quote)
    likely = [source for source in sources if source.finder.may_have(trimmed)]
    same = [source for source in likely if source.finder.find_same(trimmed).status.grounded]
    if same:
        return same[:_MOST_SOURCES]
    folded = fold(quote)
    words = find_plain_words(folded)
    scores = {source: len(words & source.finder.words) for source in sources}
    ranked = sorted(scores.values(), reverse=True)
    least = max(1, _WORTH_READING * ranked[0], ranked[:_MOST_COMPARED][-1]) if ranked and words else 0
    worth = {source: score for source, score in scores.items() if score >= least}
    pairs = [folded[start:end] for (start, _), (_, end) in pairwise(word_spans(folded))]
    return _closest(pairs, _leading(pairs, worth))


def _leading(pairs: list[str], scores: dict[Source, int]) -> list[Source]:
    """Return the sources with the best scores; the longest pairs of words add to them until the best stands out."""
    for pair in sorted(set(pairs), key=len)[-_TELLING:]:
        ranked = sorted(scores.values(), reverse=True)
        if len(ranked) <= _MOST_SOURCES or ranked[0] >= ranked[_MOST_SOURCES] + _LEAD:
            break
        scores = {source: score + (pair in source.finder.folded) for source, score in scores.items()}
    return sorted(scores, key=lambda source: -scores[source])[:_MOST_SOURCES]


def _closest(pairs: list[str], sources: list[Source]) -> list[Source]:
    """Leave out the sources with less than half as many of a quote's pairs of words as the best: they are no near match.

    One word in five that is changed, the most in a near match, costs two pairs in five.
    """
    scores = [sum(pair in source.finder.folded for pair in pairs) for source in sources]
    most = max(scores, default=0)
    return sources if most < _FEWEST_PAIRS else [one for one, score in zip(sources, scores, strict=True) if 2 * score >= most]


def _look(claim: Claim, source: Source, base: CheckedQuote) -> Iterator[CheckedQuote]:
    """Yield the matches of a passage in a source: first in its direct speech, then anywhere."""
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
        yield judge(claim, speech, placed, touched, base)
    if any(match.status.grounded for match in said):
        return
    match = source.finder.find(claim.quote)
    if match.status is QuoteStatus.ABSENT:
        return
    unit = source.numbered.article.unit_at(match.start)
    verdict = Verdict.UNCONFIRMED if match.status.grounded else Verdict.WRONG
    why = Reason.UNQUOTED if match.status.grounded else Reason.ALTERED
    across = sum(1 for s in speech.stretches if s.start < match.end and match.start < s.end)
    if match.status.grounded and across > 1:
        verdict, why = Verdict.WRONG, Reason.JOINED_OTHER_WORDS
    yield replace(
        base,
        match=match,
        source=source.name,
        source_unit=unit.number if unit else None,
        verdict=verdict,
        why=why,
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


def _is_foreign(claim: Claim, sources: Sequence[Source]) -> bool:
    """Whether the draft's quotation is in another language than all the sources."""
    read = [source for source in sources if source.text.strip()]
    script = _script(claim.quote)
    if not any(source.script == script for source in read):
        return bool(read)
    scores = language_scores(claim.quote)
    own = max(scores, key=lambda code: scores[code], default="")
    if scores.get(own, 0) >= _SURE and len(claim.quote.split()) >= _FEWEST_TELLING:
        if any(source.language == own for source in read):
            return False
        theirs = {source.language for source in read} - {None}
        return bool(theirs) and not any(scores.get(code or "", 0) > _DOUBT for code in theirs)
    drafted = detect_language(claim.numbered.article.text)
    theirs = {source.language for source in read} - {None}
    return drafted is not None and bool(theirs) and drafted not in theirs
