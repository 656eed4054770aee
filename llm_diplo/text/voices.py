"""The speaker of each quotation: whom pronouns, short names and quotations without a frame mean.

“He added” is the last named speaker of the paragraph or the one before; a quotation without a frame that goes on in the
next sentence or paragraph belongs to the speaker before. If a text could mean several people, all of them are returned.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.frames import NAME, subject_start
from llm_diplo.text.marks import DOUBLE
from llm_diplo.text.names import Speaker, SpeakerKind, read_speaker, same_surname

if TYPE_CHECKING:
    from llm_diplo.text.article import Article
    from llm_diplo.text.quotations import Quotation
    from llm_diplo.text.units import Unit

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SUBJECT_DROPPED = frozenset({"es", "ar", "it", "pt", "zh", "ja", "tr", "pl"})
_FARTHEST = 40  # units between a pronoun and whom it means: in a text of one paragraph, too, the cost stays linear
_LONGEST_APPOSITION = 120
_LONGEST_VERB = 3  # words, auxiliaries and adverbs included
_BOUNDARY = re.compile(rf"[.!?;:\n{DOUBLE}]")
_WIDE_GAP = 1_500
_OBJECTS = frozenset({"him", "her", "ihm", "ihn", "ihr"})  # “Osk told him”: he is not Osk
_AND = re.compile(r",?\s+(?:and|et|y|und|и)\s+(?:the\s+)?$")
_LONGEST_AND = 20
_BESIDE = re.compile(rf"(?P<name>{NAME.pattern}){_AND.pattern}")


@dataclass(frozen=True, slots=True)
class Mention:
    """A person's name outside quotations."""

    start: int
    end: int
    speaker: Speaker
    speaks: bool
    """Whether it is the subject of a verb of saying."""
    traits: frozenset[str]
    """Folded words of its title and apposition."""


class Voices:
    """The people in a text and the speakers of its quotations; computed when first needed, linear in the text."""

    def __init__(self, article: Article, quotations: tuple[Quotation, ...]) -> None:
        self.article = article
        self.quotations = quotations
        self._quoted = sorted((span.start, span.end) for quotation in quotations for span in quotation.spans)
        self._starts = [start for start, _ in self._quoted]

    @cached_property
    def of_quotations(self) -> tuple[tuple[str, ...], ...]:
        """The speakers of each quotation: several if any of them may be meant, none if the text does not say."""
        found: list[tuple[str, ...]] = []
        for number in range(len(self.quotations)):
            found.append(self._voice(number, found))
        return tuple(found)

    @cached_property
    def people(self) -> tuple[Mention, ...]:
        """Every mention of a person, whom a title, an apposition or a verb of saying shows to be one."""
        every = self._mentions
        shown = {mention.speaker.name[-1] for mention in every if mention.speaks or mention.traits & gazetteer.titles(None)}
        return tuple(mention for mention in every if mention.speaker.name[-1] in shown)

    @cached_property
    def _mentions(self) -> tuple[Mention, ...]:
        """Every name outside quotations that may be a person's."""
        named = {self.quotations[n].speaker for n in range(len(self.quotations))} - {None}
        spoken = {span.start for span in named if span}
        mentions = [self._mention(match.start(), match.end(), spoken) for match in NAME.finditer(self.article.text)]
        return tuple(mention for mention in mentions if mention and not self._is_quoted(mention.start))

    @cached_property
    def _perhaps_people(self) -> tuple[Mention, ...]:
        """The people, and names of two words whose last stands alone elsewhere: “Osk met Lena Marsh; she said”."""
        people = {mention.start for mention in self.people}
        alone = {one.speaker.name[0] for one in self._mentions if len(one.speaker.name) == 1}
        return tuple(
            one
            for one in self._mentions
            if one.start in people or (len(one.speaker.name) == 2 and one.speaker.name[-1] in alone)
        )

    def bearers(self, word: str) -> set[tuple[str, ...]]:
        """Return the distinct full names, of two words or more, that hold a word or a form of it."""
        return {name for name in self._full_names if any(same_surname(word, part) for part in name)}

    def traits(self, speaker: Speaker) -> frozenset[str]:
        """Return the folded words by which the text describes a person: titles, appositions."""
        if speaker.kind is not SpeakerKind.PERSON:
            return speaker.traits
        same = [mention.traits for mention in self.people if same_surname(mention.speaker.name[-1], speaker.name[-1])]
        return speaker.traits.union(*same)

    def traits_of(self, name: tuple[str, ...]) -> frozenset[str]:
        """Return the folded words by which the text describes the person with a full name."""
        return frozenset().union(*(mention.traits for mention in self.people if mention.speaker.name == name))

    def names_between(self, start: int, end: int) -> list[Speaker]:
        """Return the people mentioned, outside quotations, from `start` to `end`."""
        return [mention.speaker for mention in self._people_between(start, end)]

    def _people_between(self, start: int, end: int) -> tuple[Mention, ...]:
        return _between(self.people, start, end)

    @cached_property
    def _begins(self) -> list[int]:
        return [quotation.spans[0].start for quotation in self.quotations]

    @cached_property
    def _full_names(self) -> set[tuple[str, ...]]:
        return {mention.speaker.name for mention in self.people if len(mention.speaker.name) > 1}

    def _is_quoted(self, offset: int) -> bool:
        place = bisect_right(self._starts, offset) - 1
        return place >= 0 and offset < self._quoted[place][1]

    def _mention(self, start: int, end: int, spoken: set[int]) -> Mention | None:
        text = self.article.text
        start = subject_start(text, start, end)
        written = text[start:end].rstrip(".,'’- ")
        bare = re.sub(r"['’]s?$", "", written)
        speaker = read_speaker(bare)
        if speaker.kind is not SpeakerKind.PERSON or speaker.name[0] in gazetteer.words("not_subjects", None):
            return None
        before = _clause_before(text, start)
        after, verb = self._apposition(end)
        speaks = bare == written and (start in spoken or verb or _last_word(before) in _verbs())
        beside = _title_before(before)
        return Mention(start, end, speaker, speaks, speaker.traits | beside | after)

    def _apposition(self, end: int) -> tuple[frozenset[str], bool]:
        """Return the words of an apposition after a name, and whether a verb of saying follows it."""
        text = self.article.text
        rest = text[end : end + _LONGEST_APPOSITION]
        words: frozenset[str] = frozenset()
        if rest.startswith(","):
            inner, comma, behind = rest[1:].partition(",")
            if not comma or _BOUNDARY.search(inner):
                inner = _BOUNDARY.split(rest[1:])[0]
                behind = ""
            words, rest = frozenset(map(fold_name, _WORD.findall(inner))), behind
        following = _WORD.findall(rest)[:_LONGEST_VERB] if not rest[:1].strip() else []
        verb = next((word for word in map(fold_name, following) if not _is_auxiliary(word)), "")
        return words, verb in _verbs()

    def _voice(self, number: int, before: list[tuple[str, ...]]) -> tuple[str, ...]:
        quotation, article = self.quotations[number], self.article
        label = article.unit(quotation.unit).label
        if label:
            return (label,)
        if quotation.speaker and self._is_quoted(quotation.speaker.start):  # “X spoke of “Y” and said “Z””: X, not Y
            return self._antecedents(number, quotation.speaker.start, None, before)
        if quotation.speaker:
            written = article.text[quotation.speaker.start : quotation.speaker.end]
            if read_speaker(written).kind is not SpeakerKind.PRONOUN:
                return (*self._named_beside(quotation.speaker.start), written)
            if fold_name(written) in gazetteer.words("pronouns_first", None):
                return (article.metadata.speaker,) if article.metadata.speaker else ()
            found = self._antecedents(number, quotation.speaker.start, _gender(written), before)
            return tuple(name for name in found if name not in before[-1]) if self._replies(number) else found
        language = (article.metadata.language or "en").split("-")[0]
        if quotation.cue:
            return self._antecedents(number, quotation.cue.start, None, before) if language in _SUBJECT_DROPPED else ()
        return self._continued(number, before)

    def _replies(self, number: int) -> bool:
        """Whether a quotation answers the one before, so that its speaker is another: “Go,” Osk said. “No,” he answered."""
        cue = self.quotations[number].cue
        verb = fold_name(self.article.text[cue.start : cue.end]) if cue and number else ""
        near = self.quotations[number].unit - self.quotations[number - 1].unit <= 1
        return near and verb in gazetteer.words("replies", None)

    def _named_beside(self, start: int) -> tuple[str, ...]:
        """Return the first of two speakers: “Osk and Venn said”."""
        text = self.article.text
        if not _AND.search(text, max(0, start - _LONGEST_AND), start):  # a tenth of the cost of looking for a name
            return ()
        beside = _BESIDE.search(text, max(0, start - _LONGEST_APPOSITION), start)
        return (beside["name"],) if beside else ()

    def _continued(self, number: int, before: list[tuple[str, ...]]) -> tuple[str, ...]:
        """Return the last speaker if a quotation without a frame continues the one before, and anyone named in between."""
        if not number:
            return ()
        text, units = self.article.text, self.article.units
        last, this = self.quotations[number - 1], self.quotations[number]
        gap = text[last.spans[-1].end : this.spans[0].start]
        here, there = units[this.unit - 1], self.article.unit_at(last.spans[-1].end - 1)
        if there is None or len(gap) > _WIDE_GAP or here.paragraph - there.paragraph > 1:
            return ()
        starts = text[here.start : this.spans[0].start].strip() == ""
        first = this.unit < 2 or units[this.unit - 2].paragraph != here.paragraph
        if not starts or (here.paragraph != there.paragraph and not first):
            return ()
        named = [speaker.written for speaker in self.names_between(last.spans[-1].end, this.spans[0].start)]
        known = before[number - 1]
        return (*known, *(name for name in named if not any(_may_be_one(name, voice) for voice in known)))

    def _antecedents(self, number: int, offset: int, gender: str | None, before: list[tuple[str, ...]]) -> tuple[str, ...]:
        """Return the people whom a pronoun at `offset` may mean, back to the last speaker, within two paragraphs."""
        units = self.article.units
        at = bisect_right(units, offset, key=_start)
        found: list[str] = []
        for unit in reversed(units[max(0, at - _FARTHEST) : at]):
            if unit.paragraph < units[at - 1].paragraph - 1:
                break
            here = _between(self._perhaps_people, unit.start, min(unit.end, offset))
            inside = [mention for mention in here if self._fits_name(mention.speaker.written, gender)]
            speaking = [mention.speaker.written for mention in inside if mention.speaks]
            quoted = range(bisect_left(self._begins, unit.start), min(number, bisect_left(self._begins, unit.end)))
            spoken = [name for n in quoted for name in before[n] if self._fits_name(name, gender)]
            last = speaking[-1:] or spoken
            found.extend(last or [mention.speaker.written for mention in inside])
            if last:
                break
        return _distinct(found)

    def _fits_name(self, name: str, gender: str | None) -> bool:
        speaker = read_speaker(name)
        if gender == "they":
            return False
        if speaker.kind is SpeakerKind.DESCRIPTION:
            return gender is None or all(_gender(word) in (gender, None) for word in speaker.traits)
        if speaker.kind is not SpeakerKind.PERSON:
            return gender is None
        return gender is None or self._genders.get(speaker.name[-1], gender) == gender

    @cached_property
    def _genders(self) -> dict[str, str]:
        """`he` or `she` by surname, if titles and the pronouns in sentences about this person alone agree."""
        votes: dict[str, Counter[str]] = {}
        previous: str | None = None
        paragraph = -1
        for unit in self.article.units:
            previous, paragraph = previous if unit.paragraph == paragraph else None, unit.paragraph
            inside = self._people_between(unit.start, unit.end)
            full = (one.speaker.name[-1] for one in _between(self._mentions, unit.start, unit.end) if len(one.speaker.name) > 1)
            names = {*(mention.speaker.name[-1] for mention in inside), *full}
            for mention in inside:
                for word in mention.traits | mention.speaker.traits:
                    if gender := _gender(word):
                        votes.setdefault(mention.speaker.name[-1], Counter())[gender] += 1
            only = next(iter(names)) if len(names) == 1 else previous if not names else None
            words = self._unquoted(inside[0].end if inside else unit.start, unit.end)
            subjects = (word for word in words if fold_name(word) not in _OBJECTS)
            genders = {gender for word in subjects if (gender := _gender(word)) in ("he", "she")}
            if only and len(genders) == 1 and (names or (words and _gender(words[0]))):
                votes.setdefault(only, Counter())[genders.pop()] += 1
            previous = only
        shared = {name for name in votes if len({full[0] for full in self._full_names if full[-1] == name}) > 1}
        return {name: next(iter(count)) for name, count in votes.items() if len(count) == 1 and name not in shared}

    def _unquoted(self, start: int, end: int) -> list[str]:
        return [match[0] for match in _WORD.finditer(self.article.text, start, end) if not self._is_quoted(match.start())]


def _start(part: Mention | Unit) -> int:
    return part.start


def _between(mentions: tuple[Mention, ...], start: int, end: int) -> tuple[Mention, ...]:
    first = bisect_left(mentions, start, key=_start)
    return mentions[first : bisect_left(mentions, end, lo=first, key=_start)]


def _may_be_one(one: str, other: str) -> bool:
    mine, theirs = read_speaker(one).name, read_speaker(other).name
    return bool(mine and theirs) and same_surname(mine[-1], theirs[-1])


def _distinct(names: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for name in names:
        if not any(_may_be_one(name, other) for other in kept):
            kept.append(name)
    return tuple(kept)


def _clause_before(text: str, start: int) -> str:
    return _BOUNDARY.split(text[max(0, start - 60) : start])[-1]


def _last_word(text: str) -> str:
    words = _WORD.findall(text)
    return fold_name(words[-1]) if words and text[-1:].isspace() else ""


def _title_before(clause: str) -> frozenset[str]:
    """Return the words of an office that ends right before a name: “the island's harbour minister Venn”."""
    words = [fold_name(word) for word in _WORD.findall(clause)][-4:]
    return frozenset(words) if words and words[-1] in gazetteer.titles(None) else frozenset()


def _is_auxiliary(word: str) -> bool:
    """Whether a word may stand between a subject and its verb: “has repeatedly said”."""
    return word in {"has", "have", "had", "also", "later", "then"} or word.endswith("ly")


def _verbs() -> frozenset[str]:
    return gazetteer.words("speech_verbs", None)


@lru_cache(maxsize=4_096)
def _gender(word: str) -> str | None:
    folded = fold_name(word)
    return next((gender for gender in ("he", "she", "they") if folded in gazetteer.words(gender, None)), None)
