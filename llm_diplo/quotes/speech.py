"""The direct speech of a source as one text: what is in quote marks, and the turns of a transcript.

Quotations with only a frame between them (“A,” he said, “and B”) are joined by a space, so that a quotation joined across
its own attribution is found verbatim; all others are separated by a character that no quotation contains.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from llm_diplo.quotes.finder import QuoteFinder, QuoteMatch
from llm_diplo.schema import Span
from llm_diplo.text.frames import has_speech_verb
from llm_diplo.text.marks import QUOTE_MARKS, find_stretches
from llm_diplo.text.quotations import NumberedArticle

_APART = "\n\n\u241e\n\n"
_MARKS = QUOTE_MARKS + " \u00a0\u202f\n"
_LONGEST_JOIN = 20  # words of the frame between two quotations of one speaker


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words spoken in a source, marks left out, and whose they may be."""

    start: int
    end: int
    voices: tuple[str, ...]
    quotation: int
    """Index of the quotation; -1 for a turn or a text that is all speech."""


class Speech:
    """What is said in a source, prepared for many quotes."""

    def __init__(self, numbered: NumberedArticle) -> None:
        self.numbered = numbered
        self.text = ""
        self._places: list[tuple[int, Stretch]] = []
        for stretch in self.stretches:
            if self._places:
                self.text += " " if self._joins(self._places[-1][1], stretch) else _APART
            self._places.append((len(self.text), stretch))
            self.text += numbered.article.text[stretch.start : stretch.end]
        self.finder = QuoteFinder(self.text)

    @cached_property
    def stretches(self) -> list[Stretch]:
        """Every stretch of direct speech, in order."""
        article = self.numbered.article
        if article.metadata.speaker:
            return [Stretch(unit.start, unit.end, (article.metadata.speaker,), -1) for unit in article.units]
        return sorted([*self._turns(), *self._quoted()], key=lambda stretch: stretch.start)

    def _turns(self) -> Iterator[Stretch]:
        for unit in self.numbered.article.units:
            if unit.label and not any(unit.start <= s.start < unit.end for s in self.numbered.spans):
                yield Stretch(unit.start, unit.end, (unit.label,), -1)

    def _quoted(self) -> Iterator[Stretch]:
        text, voices = self.numbered.article.text, self.numbered.voices.of_quotations
        for number, quotation in enumerate(self.numbered.quotations):
            for span in quotation.spans:
                words = text[span.start : span.end]
                start = span.start + len(words) - len(words.lstrip(_MARKS))
                end = span.end - len(words) + len(words.rstrip(_MARKS))
                if start < end:
                    yield Stretch(start, end, voices[number], number)

    def _joins(self, one: Stretch, other: Stretch) -> bool:
        if one.quotation == other.quotation >= 0:
            return True
        if one.voices != other.voices or len(one.voices) != 1:
            return False
        text = self.numbered.article.text
        gap = text[one.end : other.start].strip(_MARKS)
        complete = text[one.end - 1] in ",.?!—…。！？" or text[one.end : one.end + 2].strip(_MARKS)[:1] in {",", ".", "。"}
        return complete and (not gap or (len(gap.split()) <= _LONGEST_JOIN and has_speech_verb(gap) and gap.count(". ") < 1))

    def touched(self, match: QuoteMatch) -> list[Stretch]:
        """Return the stretches over which a match in `text` runs."""
        first = max(0, bisect_right(self._places, match.start, key=lambda place: place[0]) - 1)
        last = bisect_right(self._places, max(match.start, match.end - 1), key=lambda place: place[0])
        return [stretch for _, stretch in self._places[first : max(last, first + 1)]]

    def original(self, match: QuoteMatch) -> Span:
        """Return where a match in `text` is in the source."""
        return Span(start=self._original(match.start), end=self._original(max(match.start, match.end - 1)) + 1)

    def _original(self, offset: int) -> int:
        begin, stretch = self._places[max(0, bisect_right(self._places, offset, key=lambda place: place[0]) - 1)]
        return min(stretch.start + offset - begin, stretch.end)

    def is_nested(self, span: Span, stretch: Stretch) -> bool:
        """Whether words are in marks inside a quotation: somebody else's, quoted second-hand."""
        inner = find_stretches(self.numbered.article.text, [(stretch.start, stretch.end)])
        return any(one.start <= span.start and span.end <= one.end and one.end - one.start > 2 for one in inner)
