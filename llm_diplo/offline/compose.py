"""What both readers share: it turns attributed speech and actors into statements, stances and next steps.

Names are written as in the article, and each item cites the units it was read from, so the checks pass by construction.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from llm_diplo.brief.extraction import ExtractedActor, ExtractedPosition, Extraction
from llm_diplo.brief.parties import Parties
from llm_diplo.codes import ActorType, Attribution, Stance
from llm_diplo.offline.next_steps import FIRST_PERSON, THING, NextSteps
from llm_diplo.offline.offices import add_offices
from llm_diplo.offline.speech import Rule, Speech, SpeechIndex, common, length, read_speech, reporting_words
from llm_diplo.offline.stance import find_blame, find_stances
from llm_diplo.offline.subjects import Subjects
from llm_diplo.schema import Span
from llm_diplo.text import gazetteer
from llm_diplo.text.article import dateline_end
from llm_diplo.text.folding import fold_name
from llm_diplo.text.marks import DOUBLE, QUOTE_MARKS
from llm_diplo.text.quotations import NumberedArticle
from llm_diplo.text.tables import read_table
from llm_diplo.text.units import Unit

if TYPE_CHECKING:
    from llm_diplo.offline.parse import VerbSubject

SHORTEST_CONTENT = 3  # words
LONGEST_LEAD = 30  # characters between a verb and what it reports
LONGEST_AGENT = 40  # characters before a name
LONGEST_STATEMENT = 400  # characters
NEAR = 5_000  # code points before a speech in which a quotation that goes on in it may begin
MOST_ITEMS = 250
NO_ISSUE = 0

_STATEMENTS = frozenset({Rule.CLAUSE, Rule.ACCORDING_TO, Rule.PARENTHESIS, Rule.NAMING, Rule.FRAGMENT, Rule.HEADLINE})
_NO_LEAD = re.compile(rf"[,.;:{DOUBLE}]")
_QUOTED = frozenset({Attribution.DIRECT, Attribution.MIXED})
_LEADING = re.compile(r"^(?:that,?|to|for|as|on|of|about|against)\s+", re.IGNORECASE)
_NO_STATEMENT = re.compile(r"(?:which|who|whose|whom|and|or|but|than)\s", re.IGNORECASE)
_EDGES = QUOTE_MARKS + " ,;:.–—-"


def compose(
    numbered: NumberedArticle,
    actors: list[ExtractedActor],
    speeches: Iterable[Speech],
    verbs: Mapping[int, VerbSubject] | None = None,
) -> Extraction:
    """Return an extraction made from actors and attributed speech; linear in the article.

    `verbs` are the subjects of verbs by the place where each begins, if a parser has found them.
    """
    return _Composer(numbered, actors, verbs or {}).compose(list(speeches))


def _with_short_form(actor: ExtractedActor, text: str) -> ExtractedActor:
    """Return a state that is named by its realm with its short name, too: “the Republic of Tarn” is Tarn."""
    realm, _, short = actor.name.removeprefix("The ").removeprefix("the ").partition(" of ")
    if not short or fold_name(realm).split()[-1] not in read_table("collectives")["realms"].split():
        return actor
    alone = re.search(rf"(?<! of )\b{re.escape(short)}\b", text)
    aliases = [*actor.aliases, short] if alone and short not in actor.aliases else actor.aliases
    return actor.model_copy(update={"type": ActorType.STATE, "aliases": aliases})


class _Composer:
    def __init__(self, numbered: NumberedArticle, actors: list[ExtractedActor], verbs: Mapping[int, VerbSubject]) -> None:
        self.numbered = numbered
        self.article = numbered.article
        self.text = numbered.article.text
        self.parties = Parties([_with_short_form(actor, self.text) for actor in actors])
        self.voice = self._voice()
        self.subjects = Subjects(self.article, self.parties, self.voice, verbs)
        add_offices(self.text, self.parties, self.subjects.mentions)
        self.starts = [quotation.spans[0].start for quotation in numbered.quotations]
        self.issues: dict[str, str] = {}
        self.known: set[tuple[int, str]] = set()
        self.spoken = SpeechIndex()
        self.holders: dict[int, int] = {}

    def compose(self, speeches: list[Speech]) -> Extraction:
        positions = list(self._statements(sorted(speeches, key=lambda speech: speech.spans[0].start)))
        cited = {label for position in positions for label in position.quotes}
        read = zip(read_speech(self.numbered), self.numbered.quotations, strict=True)
        positions += self._statements(speech for speech, quotation in read if quotation.label not in cited)
        stances = list(self._stances())
        items = sorted([*positions, *stances], key=lambda item: item.evidence)[:MOST_ITEMS]
        steps = list(islice(NextSteps(self.numbered, self.subjects, self._holder_at).read(), MOST_ITEMS))
        return Extraction(
            summary="", actors=self.parties.actors, issues=list(self.issues.values()), positions=items, next_steps=steps
        )

    def _voice(self) -> int | None:
        """The document's own speaker, listed as an actor."""
        speaker = self.article.metadata.speaker
        if not speaker:
            return None
        index = self.parties.find(speaker)
        if index is None:
            entry = gazetteer.lookup(speaker)
            kind = entry.type if entry else ActorType.PERSON
            return self.parties.add(ExtractedActor(name=speaker, type=kind, country="", office="", affiliation="", aliases=[]))
        actor = self.parties.actors[index]
        if speaker not in {actor.name, *actor.aliases}:
            self.parties.replace(index, actor.model_copy(update={"aliases": [*actor.aliases, speaker]}))
        return index

    # Statements

    def _statements(self, speeches: Iterable[Speech]) -> Iterator[ExtractedPosition]:
        for speech in speeches:
            holder = self._holder(speech)
            if holder is None:
                continue
            self.spoken.add(speech)
            self.holders[id(speech)] = holder
            statement = self._statement(speech)
            tells = speech.kind in _QUOTED or speech.rule in _STATEMENTS
            whole = len(statement.split()) >= SHORTEST_CONTENT and not (
                speech.kind is Attribution.INDIRECT and _NO_STATEMENT.match(statement)
            )
            if tells and whole and not self._is_reporter(holder, speech):
                yield from self._position(holder, self._units(speech), self._labels(speech), statement)

    def _position(
        self, holder: int, units: list[int], labels: list[str], statement: str, issue: str = "", stance: Stance = Stance.UNCLEAR
    ) -> Iterator[ExtractedPosition]:
        """Keep each statement of a holder once, and one position per holder and issue."""
        key = (holder, fold_name(issue or statement))
        if key in self.known:
            return
        self.known.add(key)
        if issue:
            self.issues.setdefault(fold_name(issue), issue[:1].upper() + issue[1:])
        yield ExtractedPosition(
            evidence=units,
            quotes=labels,
            actor=self._name(holder),
            issue=list(self.issues).index(fold_name(issue)) + 1 if issue else NO_ISSUE,
            stance=stance,
            statement=statement,
            condition="",
            date_text="",
            via="",
        )

    def _name(self, index: int) -> str:
        return self.parties.actors[index].name

    def _is_reporter(self, holder: int, speech: Speech) -> bool:
        """Whether the speaker only passes on what others say: “Al Jazeera reported”. A newspaper holds no position."""
        return speech.kind is Attribution.INDIRECT and self.parties.actors[holder].type is ActorType.MEDIA

    def _statement(self, speech: Speech) -> str:
        """What is said, without its frame, the dateline before it and the marks around it."""
        parts = []
        for span in speech.spans:
            words = self.text[max(span.start, dateline_end(self.text, span.start)) : span.end]
            parts.append(" ".join(words.split()).strip(_EDGES if speech.kind is Attribution.DIRECT else " ,;:–—"))
        said = _LEADING.sub("", " … ".join(filter(None, parts)))
        if speech.kind is not Attribution.DIRECT and (verb := self._leading_verb(speech)):
            said = f"{verb} {' … '.join(filter(None, parts))}"
        return (said[:1].upper() + said[1:])[:LONGEST_STATEMENT]

    def _leading_verb(self, speech: Speech) -> str:
        """The verb right before what is reported, if it means more than “said”: “denied that …”."""
        if speech.cue is None or not 0 < speech.spans[0].start - speech.cue.end <= LONGEST_LEAD:
            return ""
        words = self.text[speech.cue.start : speech.spans[0].start].strip()
        plain = fold_name(words.split()[0]) in reporting_words("verbs", "plain")
        return "" if plain or _NO_LEAD.search(words) else " ".join(words.split())

    def _holder(self, speech: Speech) -> int | None:
        if speech.speaker is None or common(speech.spans, [speech.speaker]):
            return None  # nobody is named, or somebody that is talked of
        start, end = speech.speaker.start, speech.speaker.end
        words = self.text[start:end]
        folded = fold_name(words)
        if folded in gazetteer.words("pronouns_first", None):
            return self.voice
        if folded in gazetteer.words("pronouns_third", None):
            return self.subjects.meant(words, start)
        found = self.subjects.named(start, end, speech.head)
        if found is not None and (not self.subjects.speakers or self.subjects.speakers[-1][0] < start):
            self.subjects.speakers.append((start, found))
        return found

    def _units(self, speech: Speech) -> list[int]:
        speaker = speech.speaker if speech.rule is not Rule.UNFRAMED else None
        return self.subjects.units_of([*speech.spans, *filter(None, [speech.cue, speaker])])

    def _labels(self, speech: Speech) -> list[str]:
        if speech.kind is Attribution.INDIRECT:
            return []
        first, last = speech.spans[0].start, speech.spans[-1].end
        near = self.numbered.quotations[bisect_left(self.starts, first - NEAR) : bisect_right(self.starts, last)]
        return [q.label for q in near if q.spans[-1].end > first and common(q.spans, speech.spans) > length(q.spans) / 2]

    # Stances

    def _stances(self) -> Iterator[ExtractedPosition]:
        for unit in self._body():
            for found in find_stances(self.text, unit.start, unit.end):
                if THING.search(self.text, max(unit.start, found.place - 40), found.place):
                    continue
                holder = (
                    self._speaker_at(found.place) if self.numbered.is_quoted(found.place) else self.subjects.before(found.place)
                )
                if holder is not None:
                    statement = " ".join(self.text[found.place : found.end].split())
                    statement = statement[:1].upper() + statement[1:]
                    yield from self._position(holder, [unit.number], [], statement, found.issue, found.stance)
            if self.voice is not None:
                for found in find_blame(self.text, unit.start, unit.end):
                    statement = " ".join(self.article.unit_text(unit.number).split())[:LONGEST_STATEMENT]
                    yield from self._position(self.voice, [unit.number], [], statement, found.issue, found.stance)

    def _holder_at(self, place: int) -> int | None:
        """Who speaks the words at a place."""
        speech = next(iter(self.spoken.touching([Span(start=place, end=place + 1)])), None)
        return self.holders[id(speech)] if speech else None

    def _speaker_at(self, place: int) -> int | None:
        """Whose “we” or “I” comes before a place inside a quotation."""
        return self._holder_at(place) if FIRST_PERSON.search(self.text, max(0, place - 40), place) else None

    def _body(self) -> tuple[Unit, ...]:
        return self.article.units[1 if self.article.metadata.headline else 0 :]
