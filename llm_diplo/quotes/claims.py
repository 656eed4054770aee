"""The quoted passages of a draft, and whom the draft means by their speakers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llm_diplo.quotes.brackets import trim_quote
from llm_diplo.quotes.cuts import is_denial, negates
from llm_diplo.schema import Span
from llm_diplo.text.languages import detect_language, language_scores
from llm_diplo.text.marks import find_stretches
from llm_diplo.text.quotations import NumberedArticle, Quotation

_WITH_FRAMES = frozenset({"en", "fr", "es", "de", "ru"})
_READ = 0.5  # of the likelihood
_UNREAD_SCRIPT = re.compile(r"[\u0530-\u1dff\u2c00-\ua63f\ua6a0-\uab2f\uab70-\ufaff\ufb1d-\ufdff\ufe70-\ufefc]")
"""A letter of a script other than Latin, Greek and Cyrillic."""


@dataclass(frozen=True, slots=True)
class Claim:
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
        """Whether the draft negates the words, before or after them."""
        text = self.numbered.article.text
        return negates(text, self.start) or is_denial(text, self.numbered.quotations[self.number - 1].cue)


def read_claims(draft: NumberedArticle) -> Iterator[Claim]:
    """Yield every passage in quote marks, nested ones after those that hold them."""
    unread = not all(draft.voices.of_quotations) and _has_unread_frames(draft.article.text, draft.spans)
    for quotation, voices in zip(draft.quotations, draft.voices.of_quotations, strict=True):
        named = voices or ((draft.article.metadata.speaker,) if draft.article.metadata.speaker else ())
        framed = quotation.speaker or quotation.cue
        unclear = not named and (
            (framed is not None and not _is_impersonal(draft, quotation))
            or unread
            or _has_unread_frames(*_paragraph(draft, quotation))
            or _is_in_unread_sentence(draft, quotation)
        )
        for span in quotation.spans:
            text = draft.article.text[span.start : span.end]
            if not (quote := trim_quote(text) and text.strip(' \n“”„"«»‹›「」『』‘’')):
                continue
            yield Claim(draft, quotation.number, span.start, span.end, quote, named, unclear)
            for inner in find_stretches(draft.article.text, [(span.start + 1, span.end - 1)]):
                nested = draft.article.text[inner.start : inner.end]
                if words := trim_quote(nested):
                    yield Claim(draft, quotation.number, inner.start, inner.end, words, (), True)


def _paragraph(draft: NumberedArticle, quotation: Quotation) -> tuple[str, list[Span]]:
    """Return the lines that a quotation is in, and the quoted passages in them: a draft may change its language."""
    text = draft.article.text
    start = text.rfind("\n", 0, quotation.spans[0].start) + 1
    end = text.find("\n", quotation.spans[-1].end)
    end = len(text) if end < 0 else end
    inside = [span for span in draft.spans if start <= span.start and span.end <= end]
    return text[start:end], [Span(start=span.start - start, end=span.end - start) for span in inside]


def _is_in_unread_sentence(draft: NumberedArticle, quotation: Quotation) -> bool:
    """Whether the words around a quotation in its sentence, however few, are of a language whose frames are read badly."""
    units, last = draft.article.units, quotation.spans[-1].end
    end = next((unit.end for unit in units[quotation.unit - 1 :] if unit.end >= last), last)
    for unit in reversed(units[: quotation.unit]):
        if unit.paragraph != units[quotation.unit - 1].paragraph:
            return False
        if any(map(str.isalpha, around := _around(draft, unit.start, end))):
            own = (draft.article.metadata.language or "").split("-")[0]
            read = {own} if own in _WITH_FRAMES else _WITH_FRAMES  # frames are looked for in the draft's language
            return max((score for code, score in language_scores(around).items() if code in read), default=0.0) < _READ
    return False


def _around(draft: NumberedArticle, start: int, end: int) -> str:
    """Return the words from `start` to `end` that are not quoted."""
    inside = [span for span in draft.spans if span.start < end and start < span.end]
    edges = zip([start, *(span.end for span in inside)], [*(span.start for span in inside), end], strict=True)
    return " ".join(draft.article.text[a:b] for a, b in edges)


def _has_unread_frames(text: str, quoted: Sequence[Span]) -> bool:
    """Whether the words around the quotations may name a speaker in a language whose frames code reads badly."""
    ends = [0, *(span.end for span in quoted)]
    around = "".join(text[end:start] for end, start in zip(ends, [*(span.start for span in quoted), len(text)], strict=True))
    if not any(map(str.isalpha, around)):
        return False
    if _UNREAD_SCRIPT.search(around):
        return True
    if (detect_language(around) or "en") not in _WITH_FRAMES:
        return True
    language = detect_language(text)
    if language is None:
        scores = language_scores(text)
        language = max(scores, key=lambda code: scores[code], default=None)
    return language not in _WITH_FRAMES


def _is_impersonal(draft: NumberedArticle, quotation: Quotation) -> bool:
    span = quotation.speaker
    return span is not None and draft.article.text[span.start : span.end].casefold() in {"it", "es", "il"}
