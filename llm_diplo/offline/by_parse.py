"""An extraction by parse: attributed speech, actors and announcements, put together.

It names only what the article writes, and cites the units it read, so that the checks pass by construction.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise

from llm_diplo.brief.extraction import ExtractedActor, ExtractedPosition, ExtractedStep, Extraction
from llm_diplo.brief.parties import Parties
from llm_diplo.offline.actors import ActorFound, ActorMention, actor_mentions, fold_mentions
from llm_diplo.offline.attribution import parse_speech, read_speech
from llm_diplo.offline.parse import Block, parse_blocks
from llm_diplo.offline.speech import Rule, Speech, common, length
from llm_diplo.offline.stance import blames, read_stance
from llm_diplo.offline.steps import announced_step, find_announcement
from llm_diplo.schema import ActorType, Attribution, Span, Stance
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.marks import DOUBLE, PAIRED
from llm_diplo.text.quotations import NumberedArticle
from llm_diplo.text.units import UNITS_BEFORE

SHORTEST_CONTENT = 3  # words
LONGEST_ISSUE = 240
NEAR = 5_000  # code points before a speech in which a quotation that goes on in it may begin
MASTHEAD_UNITS = 4  # headline, byline, dateline stand in these
MOST_ACTORS = 60
MOST_ITEMS = 250

_TOPICS = frozenset({Rule.OBJECT, Rule.NOUN_PREPOSITION, Rule.VERB_PREPOSITION})
"""Rules whose content names a topic: a position only where the words show a stance."""
_MARKS = re.compile(f"[{DOUBLE}]|{PAIRED}")
_DATELINE = re.compile(
    r"[A-ZÀ-Þ][\w .,'’-]{1,40}\([^()\n]{2,30}\)\s*[–—-]+\s|[A-ZÀ-Þ]{3,}[\w .,'’/-]{0,40}?\s*(?:\([^()\n]{2,30}\)\s*)?[–—]+\s"
)
_LEADING = re.compile(r"^(?:that|to|for|as|on|of|about|against)\s+", re.IGNORECASE)


def extract_by_parse(numbered: NumberedArticle) -> Extraction:
    """Return what a parse finds in an English article; linear in its length. Needs the `offline` extra."""
    return _ParseReader(numbered).read()


class _ParseReader:
    def __init__(self, numbered: NumberedArticle) -> None:
        self.numbered = numbered
        self.article = numbered.article
        self.text = numbered.article.text
        named: list[ActorMention] = []
        # One pass: a parsed block is large, and is dropped when it has been read.
        self.speech = parse_speech(self.article, _reading_names(parse_blocks(self.article), named))
        start = self._start()
        self.found = fold_mentions([mention for mention in named if mention.span.start >= start])[:MOST_ACTORS]
        self.parties = Parties([_listed(actor) for actor in self.found])
        self.voice = self._voice()
        self.mentions = sorted(
            (span.start, span.end, index) for index, actor in enumerate(self.found) for span in actor.mentions
        )
        self.starts = [quotation.spans[0].start for quotation in numbered.quotations]
        self.issues: list[str] = []

    def read(self) -> Extraction:
        positions = list(self._reported(self.speech))
        cited = {label for position in positions for label in position.quotes}
        left = [
            speech
            for speech, q in zip(read_speech(self.numbered), self.numbered.quotations, strict=True)
            if q.label not in cited
        ]
        positions = [*positions, *self._reported(left), *self._own()][:MOST_ITEMS]
        steps = list(self._steps())[:MOST_ITEMS]
        return Extraction(summary="", actors=self.parties.actors, issues=self.issues, positions=positions, next_steps=steps)

    def _start(self) -> int:
        """Where the text proper begins: headlines are no sentences, and the places and agencies of datelines do not act."""
        start = 0
        for place, unit in enumerate(self.article.units[:MASTHEAD_UNITS]):
            if place == 0 and self.article.metadata.headline:
                start = unit.end
            dateline = _DATELINE.match(self.text, unit.start)
            start = dateline.end() if dateline else start
        return start

    def _voice(self) -> str | None:
        """The document's own speaker, listed as an actor."""
        speaker = self.article.metadata.speaker
        if not speaker:
            return None
        index = self.parties.find(speaker)
        if index is None:
            entry = gazetteer.lookup(speaker)
            kind = entry.type if entry else ActorType.PERSON
            index = self.parties.add(ExtractedActor(name=speaker, type=kind, country="", office="", affiliation="", aliases=[]))
        return self.parties.actors[index].name

    # Positions

    def _reported(self, speeches: Iterable[Speech]) -> Iterator[ExtractedPosition]:
        for speech in speeches:
            holder = self._holder(speech)
            cue = self.text[speech.cue.start : speech.cue.end] if speech.cue else ""
            said = " ".join(" ".join(self.text[span.start : span.end].split()) for span in speech.spans)
            stance = read_stance(f"{cue} {said}")
            topic = speech.rule in _TOPICS and stance is Stance.UNCLEAR
            if holder and not topic and len(said.split()) >= SHORTEST_CONTENT and not self._is_reporter(holder, speech):
                yield self._position(holder, self._units(speech), self._labels(speech), said, stance)

    def _is_reporter(self, holder: str, speech: Speech) -> bool:
        """“Al Jazeera reported”: a newspaper that passes on what others say holds no position."""
        index = self.parties.find(holder)
        return speech.kind is Attribution.INDIRECT and index is not None and self.parties.actors[index].type is ActorType.MEDIA

    def _own(self) -> Iterator[ExtractedPosition]:
        """In a first-person text each sentence that takes a side is a position of its speaker; neighbours are one."""
        if self.voice is None:
            return
        sides = [(unit.number, _own_stance(self.article.unit_text(unit.number))) for unit in self.article.units]
        group: list[int] = []
        for (number, stance), (_, following) in pairwise([*sides, (0, Stance.UNCLEAR)]):
            if stance is Stance.UNCLEAR:
                continue
            group.append(number)
            if following is not stance or len(group) == UNITS_BEFORE:
                yield self._position(self.voice, group, [], " ".join(map(self._sentence, group)), stance)
                group = []

    def _position(self, holder: str, units: list[int], labels: list[str], said: str, stance: Stance) -> ExtractedPosition:
        issue = _LEADING.sub("", " ".join(_MARKS.sub("", said).split()))[:LONGEST_ISSUE].strip(" ,.")
        self.issues.append(issue[:1].upper() + issue[1:])
        statement = self._sentence(units[0])
        return ExtractedPosition(
            evidence=units,
            quotes=labels,
            actor=holder,
            issue=len(self.issues),
            stance=stance,
            statement=statement,
            condition="",
            date_text="",
            via="",
        )

    def _holder(self, speech: Speech) -> str | None:
        if speech.speaker is None:
            return None
        words = self.text[speech.speaker.start : speech.speaker.end]
        folded = fold_name(words)
        if folded in gazetteer.words("pronouns_first", None):
            return self.voice
        if folded in gazetteer.words("pronouns_third", None):
            return self._antecedent(speech.speaker.start)
        named = self._mentioned(speech.speaker, speech.head)
        if named is None:
            named = self.parties.find(words)
        return self.parties.actors[named].name if named is not None else None

    def _mentioned(self, span: Span, head: str) -> int | None:
        """The actor mentioned inside a speaker's words: the one whose mention holds the head, else the only one."""
        inside = [mention for mention in self._mentions_in(span.start, span.end) if mention[1] <= span.end]
        heading = [index for start, end, index in inside if head and head in self.text[start:end].split()]
        indexes = {index for _, _, index in inside}
        return heading[0] if heading else (indexes.pop() if len(indexes) == 1 else None)

    def _antecedent(self, place: int) -> str | None:
        """The last speaker or first-named person of the nearest unit before a pronoun that names one."""
        here = max(1, bisect_right(self.article.units, place, key=lambda unit: unit.start))
        for number in range(here, max(0, here - UNITS_BEFORE - 1), -1):
            unit = self.article.unit(number)
            end = min(place, unit.end)
            for _, stop, index in self._mentions_in(unit.start, end):
                if stop <= end and self.found[index].type is ActorType.PERSON:
                    return self.parties.actors[index].name
        return None

    def _mentions_in(self, start: int, end: int) -> list[tuple[int, int, int]]:
        first = bisect_left(self.mentions, (start, 0, 0))
        return self.mentions[first : bisect_left(self.mentions, (end, 0, 0))]

    def _units(self, speech: Speech) -> list[int]:
        spans = [*speech.spans, *filter(None, [speech.cue, speech.speaker if speech.rule is not Rule.UNFRAMED else None])]
        return sorted({number for span in spans for number in self._units_of(span)})

    def _units_of(self, span: Span) -> Iterator[int]:
        """Numbers of the units that a span touches; logarithmic in the units of the article."""
        place = max(1, bisect_right(self.article.units, span.start, key=lambda unit: unit.start))
        for unit in self.article.units[place - 1 :]:
            if unit.start >= span.end:
                return
            if span.start < unit.end:
                yield unit.number

    def _labels(self, speech: Speech) -> list[str]:
        if speech.kind is Attribution.INDIRECT:
            return []
        first, last = speech.spans[0].start, speech.spans[-1].end
        near = self.numbered.quotations[bisect_left(self.starts, first - NEAR) : bisect_right(self.starts, last)]
        return [q.label for q in near if common(q.spans, speech.spans) > length(q.spans) / 2]

    def _sentence(self, unit: int) -> str:
        return " ".join(self.article.unit_text(unit).split())

    # Next steps

    def _steps(self) -> Iterator[ExtractedStep]:
        first = 2 if self.article.metadata.headline else 1
        for unit in self.article.units[first - 1 :]:
            words = self._sentence(unit.number)
            found = find_announcement(words)
            who = (self._named_first(words[: found.place]) or (self.voice or "")) if found else ""
            if found and who:
                yield announced_step(found, unit.number, who, self._named_first(found.addressee))

    def _named_first(self, words: str) -> str | None:
        places = [
            (match.start(), -len(form), index)
            for index, actor in enumerate(self.parties.actors)
            for form in (actor.name, *actor.aliases)
            if (match := re.search(rf"(?<!\w){re.escape(form)}(?!\w)", words))
        ]
        return self.parties.actors[min(places)[2]].name if places else None


def _reading_names(blocks: Iterable[Block], named: list[ActorMention]) -> Iterator[Block]:
    for block in blocks:
        named += actor_mentions(block)
        yield block


def _own_stance(words: str) -> Stance:
    return Stance.OPPOSE if blames(words) else read_stance(words)


def _listed(actor: ActorFound) -> ExtractedActor:
    person = actor.type is ActorType.PERSON
    office, country = _office(actor) if person else ("", "")
    surname = [actor.name.split()[-1]] if person and " " in actor.name and actor.name.split()[-1] in actor.aliases else []
    aliases = sorted(actor.aliases - {actor.name, *surname})
    return ExtractedActor(
        name=actor.name, type=actor.type, country=country, office=office, affiliation="", aliases=[*surname, *aliases]
    )


def _office(actor: ActorFound) -> tuple[str, str]:
    """What stands before the name in its titled forms: “Iranian Foreign Minister” is an office and a country."""
    for form in sorted(actor.aliases, key=len, reverse=True):
        before = form.removesuffix(actor.name).strip() if form.endswith(actor.name) and form != actor.name else ""
        words = before.split()
        countries = [code for word in words if (code := gazetteer.country_code(word))]
        offices = [word for word in words if not gazetteer.country_code(word)]
        if offices and fold_name(offices[-1]) in gazetteer.offices("en"):
            return " ".join(offices), countries[0] if countries else ""
    return "", ""
