"""Quotations: direct speech in an article, numbered, each with its cue and the nearest candidate for its speaker."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from llm_diplo.schema import Evidence, Span
from llm_diplo.text import gazetteer
from llm_diplo.text.article import Article
from llm_diplo.text.folding import fold_name
from llm_diplo.text.frames import LINKS, Frame, find_frame, has_speech_verb
from llm_diplo.text.injection import find_injections
from llm_diplo.text.languages import EAST_ASIAN, UPPER
from llm_diplo.text.marks import QUOTE_MARKS, Stretch, find_stretches
from llm_diplo.text.units import NOT_AFTER_TITLE
from llm_diplo.text.voices import Voices

SHORT_FRAGMENT = 3  # words
SHORT_FRAGMENT_CJK = 6  # characters
LONGEST_NAME = 6  # words
LONGEST_FRAME = 240

LONGEST_WORD = 40
LONG_WORD = 4  # characters: shorter ones are not capitalized in a title

# One set of field names for all spans: Pydantic would give each its own, larger than the rest of the span.
_EVIDENCE_FIELDS = set(Evidence.model_fields)
_INTRODUCES = ":,—–-"
_MARKS = QUOTE_MARKS + " \u00a0\u202f"
_OWN_FRAME = re.compile(rf"[\s,—–-]*(?:[^\W\d_]+\s+){{0,3}}[{UPPER}][^.!?{QUOTE_MARKS}]{{0,100}}")
_TOLD = re.compile(r"\b(?:told|tells|telling)\s(?:[^\s.!?]+\s){0,2}[^\s.!?]+['’]s\s$")
_SENTENCE_END = re.compile(rf"(?<![A-Z])[.!?]{NOT_AFTER_TITLE}\s+(?=[^\sa-z])")


@dataclass(frozen=True, slots=True)
class Quotation:
    """Direct speech of one speaker: one span, or several if a frame interrupts it or it runs over paragraphs."""

    number: int
    spans: tuple[Span, ...]
    """Where it is, marks included, in order."""
    unit: int
    """Number of the unit in which it begins."""
    cue: Span | None = None
    """The speech verb or the “according to” that introduces it."""
    speaker: Span | None = None
    """The nearest candidate for who says it, as it is written: a name, a description or a pronoun."""
    closed: bool = True
    """False where the closing mark is missing."""

    @property
    def label(self) -> str:
        """The number as models cite it: `q3`."""
        return f"q{self.number}"


@dataclass(frozen=True)
class NumberedArticle:
    """An article as a model sees it: units and quotations, both numbered."""

    article: Article
    quotations: tuple[Quotation, ...]

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Every quoted span of the article, in order."""
        return tuple(span for quotation in self.quotations for span in quotation.spans)

    @cached_property
    def quoted(self) -> tuple[tuple[Evidence, ...], ...]:
        """The parts of each quotation as evidence, each with the unit in which it begins."""
        return tuple(tuple(_parts(quotation, self.article)) for quotation in self.quotations)

    def is_quoted(self, place: int) -> bool:
        """Return True if an offset lies inside a quotation; logarithmic in their number."""
        before = bisect_right(self.spans, place, key=lambda span: span.start)
        return before > 0 and self.spans[before - 1].end > place

    @property
    def own(self) -> range:
        """The units to read: all of them, or those that belong to this window only."""
        return range(1, len(self.article.units) + 1)

    @property
    def shown(self) -> Sequence[int]:
        """The numbers of the units that a model sees and may cite, those that a window repeats among them."""
        return self.own

    @property
    def quotations_shown(self) -> tuple[Quotation, ...]:
        """The quotations that a model sees, and may cite."""
        return self.quotations

    @property
    def part(self) -> str:
        """Which part of the article this is; empty for the whole."""
        return ""

    @property
    def opening(self) -> tuple[str, ...]:
        """What the model is shown about the rest of the article, in lines."""
        return ()

    @cached_property
    def injections(self) -> tuple[tuple[int, str], ...]:
        """The units that give orders to a model or hide characters, each with the reason."""
        return tuple(find_injections(self.article))

    @cached_property
    def voices(self) -> Voices:
        """The speakers of the quotations, and the people in the text."""
        return Voices(self.article, self.quotations)


def _parts(quotation: Quotation, article: Article) -> Iterator[Evidence]:
    for span in quotation.spans:
        unit = article.unit_at(span.start)
        yield Evidence.model_construct(
            _EVIDENCE_FIELDS,
            unit=unit.number if unit else quotation.unit,
            start=span.start,
            end=span.end,
            quote=article.text[span.start : span.end],
            quotation=quotation.label,
            page=article.page_at(span.start),
        )


def number_article(article: Article, *, fragments: bool = False) -> NumberedArticle:
    """Number the quotations of an article, with `fragments` also scare quotes; linear in its length."""
    return NumberedArticle(article, find_quotations(article, fragments=fragments))


def find_quotations(article: Article, *, fragments: bool = False) -> tuple[Quotation, ...]:
    """Return the quotations of an article in order, numbered from 1.

    Stretches that go on in the next paragraph, or after a frame in the same one (“A,” he said, “B.”), are one quotation.
    A fragment of up to three words is a quotation only if its unit has a speech verb, and the name of a paper or
    company never is; `fragments` includes both.
    """
    text = article.text
    starts = [unit.start for unit in article.units]
    stretches = find_stretches(text, _paragraphs(article))
    found: list[Quotation] = []
    spoken = [stretch for stretch in stretches if any(map(str.isalnum, text[stretch.start : stretch.end]))]
    spoken = [stretch for stretch in spoken if not _is_programme(text, stretch)]
    for group in _groups(text, spoken):
        unit = max(1, bisect_right(starts, group[0].start))
        frame = find_frame(
            text,
            _sentence(article, unit, group),
            [(stretch.start, stretch.end) for stretch in group],
            article.metadata.language,
        )
        named = _is_name(article, unit, group)
        if not fragments and (named or (_is_fragment(text, group) and not (frame or _speech_near(article, unit, group)))):
            continue
        found.append(_quotation(len(found) + 1, group, unit, frame))
    return tuple(found)


def _quotation(number: int, group: list[Stretch], unit: int, frame: Frame | None) -> Quotation:
    spans = tuple(Span(start=stretch.start, end=stretch.end) for stretch in group)
    made = Quotation(number, spans, unit, closed=group[-1].closed)
    return replace(made, cue=frame.cue, speaker=frame.speaker) if frame else made


def _paragraphs(article: Article) -> list[tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for unit in article.units:
        start = found.get(unit.paragraph, (unit.start, 0))[0]
        found[unit.paragraph] = (start, unit.end)
    return list(found.values())


def _groups(text: str, stretches: list[Stretch]) -> Iterator[list[Stretch]]:
    group: list[Stretch] = []
    for stretch in stretches:
        if group and not (stretch.continues or (_interrupted(text, group, stretch) and not _has_own_frame(text, stretch))):
            yield group
            group = []
        group.append(stretch)
    if group:
        yield group


def _has_own_frame(text: str, stretch: Stretch) -> bool:
    """Whether another speaker is named right after a quotation: “A,” Osk said. “B,” Venn said."""
    inside = text[stretch.start : stretch.end].rstrip(_MARKS)[-1:]
    if inside not in {",", "?", "!"} and text[stretch.end : stretch.end + 1] != ",":
        return False
    stop = text.find("\n", stretch.end)
    behind = text[stretch.end : len(text) if stop < 0 else stop]
    found = _OWN_FRAME.match(behind)
    return found is not None and has_speech_verb(found[0])


def _interrupted(text: str, group: list[Stretch], stretch: Stretch) -> bool:
    """Whether there is only a frame between two quotations: “A,” he said, “B.” or “A,” he said. “B.”"""
    before, gap = text[group[-1].end - 6 : group[-1].end].rstrip(_MARKS)[-1:], text[group[-1].end : stretch.start]
    if "\n\n" in gap or len(gap) > LONGEST_FRAME or not gap.strip() or not group[-1].closed:
        return False
    if before not in {",", "?", "!", "—", "-"} and not gap.lstrip().startswith(","):
        return False
    if len(group) > 1 and gap.strip() not in {",", "—", "–"}:
        return False
    whole = gap.strip(_MARKS + "\n")
    ends_well = whole[-1:] in ",.:;—–-" or whole.split()[-1].casefold() in {"and", "that", "et", "und", "y"}
    return ends_well and not _SENTENCE_END.search(gap.rstrip()) and has_speech_verb(gap)


def _is_fragment(text: str, group: list[Stretch]) -> bool:
    words = text[group[0].start : group[0].end].strip(_MARKS + ".,")
    if len(group) > 1:
        return False
    return len(words) <= SHORT_FRAGMENT_CJK if EAST_ASIAN.search(words) else len(words.split()) <= SHORT_FRAGMENT


def _is_programme(text: str, stretch: Stretch) -> bool:
    """Whether the marks are around a programme to which somebody spoke: told Kanal 4's “Evening in Ames.”"""
    words = text[stretch.start : stretch.end].strip(_MARKS + ".,").split()
    if len(words) < 2 or not (words[0][0].isupper() and words[-1][0].isupper()):
        return False
    title = all(word[0].isupper() or len(word) < LONG_WORD for word in words)
    return title and _TOLD.search(text, max(0, stretch.start - LONGEST_WORD), stretch.start) is not None


def _is_name(article: Article, unit: int, group: list[Stretch]) -> bool:
    """Whether quote marks are around a name (of a paper, party, company, ship) and not around speech.

    A name is capitalized within a sentence, where nothing introduces it and no punctuation closes it.
    """
    text, language = article.text, (article.metadata.language or "en").split("-")[0]
    start, end = group[0].start, group[-1].end
    words = text[start:end].strip(_MARKS).split()
    before = text[article.units[unit - 1].start : start].split()
    if not (len(group) == 1 and words and before and len(words) <= LONGEST_NAME):
        return False
    if not words[0][0].isupper() or not words[-1][-1].isalnum() or before[-1][-1] in _INTRODUCES:
        return False
    if fold_name(before[-1]) in gazetteer.words("named", None):
        return True
    if language == "de":  # every noun is capitalized
        return has_speech_verb("".join(text[end : end + LONGEST_WORD].split(maxsplit=1)[:1]), language)
    if language == "en" and (text[end : end + 1] == "," or has_speech_verb(before[-1])):
        return False
    capitalized = all(word[0].isupper() or word[0].isdigit() or fold_name(word) in LINKS for word in words)
    return capitalized or (language != "en" and len(words) <= SHORT_FRAGMENT)


def _sentence(article: Article, unit: int, group: list[Stretch]) -> tuple[int, int]:
    """The text in which to look for a quotation's frame: from its first unit to the end of its last."""
    start = article.units[unit - 1].start
    last = unit
    while last < len(article.units) and article.units[last].start < group[0].end:
        last += 1
    return start, max(article.units[last - 1].end, group[0].end)


def _speech_near(article: Article, unit: int, group: list[Stretch]) -> bool:
    start, end = _sentence(article, unit, group)
    return has_speech_verb(article.text[start : group[0].start] + " " + article.text[group[-1].end : end])
