"""Next steps of an article: each announcement with the actor who would act, asks or proposes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from llm_diplo.brief.extraction import ExtractedActor, ExtractedStep
from llm_diplo.codes import ActorType, Commitment, Event
from llm_diplo.offline.event_words import code_action
from llm_diplo.offline.steps import REPORTING, Announcement, find_announcements, find_headline
from llm_diplo.offline.subjects import Subjects
from llm_diplo.text.folding import fold_name
from llm_diplo.text.marks import DOUBLE
from llm_diplo.text.quotations import NumberedArticle
from llm_diplo.text.units import Unit

LONGEST_AGENT = 40  # characters before a name
LONGEST_PARTY = 3  # words of a name that opens a headline

_SPACES = str.maketrans("\n\r\t\u00a0", "    ")
_BETWEEN = r"(?:\s(?:also|both|\w+ly))?\s*\Z"
FIRST_PERSON = re.compile(rf"(?<!\w)(?:we|i){_BETWEEN}", re.IGNORECASE)
THING = re.compile(rf"(?<!\w)(?:it|they){_BETWEEN}", re.IGNORECASE)
_ANY_PRONOUN = re.compile(rf"(?<!\w)(?:he|she|it|they){_BETWEEN}", re.IGNORECASE)
_PRONOUN = re.compile(rf"(?<!\w)(?:he|she|it|they|we|i|you){_BETWEEN}", re.IGNORECASE)
_SAID = (
    r"said|says|stated|states|declared|claimed|argued|explained|wrote|added|adds|warned|warns|promised|promises|pledged|vowed"
    r"|announced|insisted|confirmed|stressed"
)
_THIRD_PERSON = re.compile(
    rf"\b(?:that|and|but|(?P<said>{_SAID})(?: on \w+day)?(?: that)?)\s(?:he|she|it|they|(?:his|her|its|their) \w+){_BETWEEN}",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"(?:^|\b(?:that|and|but|said|says|reporters)\s|\btold(?:\s[A-Z][\w’'-]*){1,3}\s|\bif\s|,\s)\s*"
    r"(?:(?:his|her|its|their)\s|(?:the\s)?(?:government|union|members|ministry|country|island|group|side|accounts|department"
    r"|company|organi[sz]ation|agency|party|firm)\s)(?:\w+\s){0,2}\Z",
    re.IGNORECASE,
)
_GROUP = re.compile(
    r"(?:\A|[.,–—]\s|\b(?:and|but|while)\s)\s*(?P<name>(?:The|Both|All|Two|the|both|all|two|one)(?: [\w’'-]+){1,3}?)"
    rf"(?:,? (?:that|which|who)\s[^,;{DOUBLE}]{{2,60}}?)?(?: \w+ly)?\s*\Z"
)
_PLURAL_GROUPS = frozenset(
    "states countries nations sides parties ministers leaders governments members delegations navies".split()
)
_PREPOSITION = re.compile(r"\s(?:of|for|in|by|on|at|to|from|with)\s")
_ELIDED = re.compile(r"(?:\b(?:and|but|or)|,)\s(?:also\s)?\Z")
_AGENT = re.compile(r"\b(?:by|between)\s")
_LIST_MARK = re.compile(r"\s*(?:[-•*–—]|\(?(?:\d{1,2}|[a-z])[.)])?\s*")
_HEADLINE_END = re.compile(r"\s(?:as|after|amid|despite|following|while)\s")
_PASSIVE = re.compile(r"be (?!\w+ing\b)")
_SELF_DOING = ("be ", "take place")
_PROPOSING = frozenset(Commitment) - {Commitment.EXPECT, Commitment.SCHEDULE}


class NextSteps:
    """Reads the steps of an article whose actors and speakers are known; `holder_at` is who speaks the words at a place."""

    def __init__(self, numbered: NumberedArticle, subjects: Subjects, holder_at: Callable[[int], int | None]) -> None:
        self.numbered = numbered
        self.article = numbered.article
        self.text = numbered.article.text
        self.subjects = subjects
        self.parties = subjects.parties
        self.holder_at = holder_at
        self.lead: tuple[int, int] | None = None
        """Who does what the items of a list say, and the unit that names them: “The Security Council,” “The ministers:”."""

    def read(self) -> Iterator[ExtractedStep]:
        """Return the steps in order."""
        published = self.article.metadata.date_published
        for unit in self.article.units:
            words = self.text[unit.start : unit.end].translate(_SPACES)
            headline = unit.number == 1 and self.article.metadata.headline is not None
            if headline:
                words = _HEADLINE_END.split(words)[0]
                if step := self._headline(unit, words):
                    yield step
                    continue
            listed = _LIST_MARK.match(words)
            opening = listed.end() if listed else 0
            if self.lead is not None:
                words = words[:opening] + words[opening : opening + 1].lower() + words[opening + 1 :]
            who: int | None = None
            for found in find_announcements(words, published, partial(self._is_quoted, unit)):
                if self.lead is not None and found.place == opening:
                    who = self.lead[0]
                    yield self._step(found, unit, who, named_in=self.lead[1])
                elif (who := self._doer(found, unit, words, who)) is not None:
                    yield self._step(found, unit, who)
                elif (speaker := self._announcer(found, unit, words)) is not None:
                    yield self._step(found, unit, speaker, acts=False)
            self._follow_lists(unit, words, listed=opening > 0)

    def _is_quoted(self, unit: Unit, place: int) -> bool:
        return self.numbered.is_quoted(unit.start + place)

    def _follow_lists(self, unit: Unit, words: str, *, listed: bool) -> None:
        """Remember who a list is about: whoever opens the unit before it."""
        end = words.rstrip()[-1:]
        if end in {":", ","} and not listed:
            named = self.subjects.within(unit.start, min(unit.end, unit.start + len("The ") + 1))
            subject = named[0][2] if named else self._group(words.rstrip(" :,"))
            if subject is not None or end == ":":
                self.lead = (subject, unit.number) if subject is not None else None
        elif end not in {";", ","} and not listed:
            self.lead = None

    def _headline(self, unit: Unit, words: str) -> ExtractedStep | None:
        found = find_headline(words)
        party = words[: found.place].strip() if found else ""
        who = self.parties.find(party) if 0 < len(party.split()) <= LONGEST_PARTY else None
        if who is not None and len(party.split()) > 1 and not fold_name(self._name(who)).endswith(fold_name(party)):
            return None
        return self._step(found, unit, who) if found and who is not None else None

    def _name(self, index: int) -> str:
        return self.parties.actors[index].name

    def _doer(self, found: Announcement, unit: Unit, words: str, last: int | None) -> int | None:
        """The subject of the announcement: an actor, a pronoun for one, the speaker's “we”, or a named group."""
        place = unit.start + found.place
        speaker = self.holder_at(place)
        quoted = self.numbered.is_quoted(place)
        before = words[: found.place]
        if found.demand:
            return self.subjects.voice if speaker is None and not quoted else speaker
        if found.conditional and (quoted or (speaker is None and not REPORTING.search(before))):
            return None
        told = (FIRST_PERSON if quoted else _THIRD_PERSON).search(before)
        if told and speaker is not None:
            return speaker
        if told and not quoted and told["said"]:
            named = self.subjects.before(unit.start + told.start("said"))
            return last if named is None and _ELIDED.search(before[: told.start("said")]) else named
        if (_ANY_PRONOUN.search(before) and (quoted or REPORTING.search(before))) or THING.search(before):
            return None  # whoever reports is not known
        named = self.subjects.before(place)
        if named is not None and not (_PASSIVE.match(found.action) and not self.parties.is_person(named)):
            return named
        if _ELIDED.search(before) and last is not None:
            return last
        if speaker is not None and _OWN.search(before):
            return speaker
        if found.action.startswith(_SELF_DOING):
            return self._agent(found, unit, words)
        return None if quoted else self._group(before)

    def _announcer(self, found: Announcement, unit: Unit, words: str) -> int | None:
        """Who says that a thing will be done, or will be at a time or on a condition, if nobody is named who would do it."""
        place = unit.start + found.place
        told = (
            found.acts
            and found.commitment is not Commitment.REFUSE
            and not (found.conditional and self.numbered.is_quoted(place))
        )
        told = told and bool(found.date_text or found.condition or _PASSIVE.match(found.action))
        return self.holder_at(place) if told and not _PRONOUN.search(words[: found.place]) else None

    def _agent(self, found: Announcement, unit: Unit, words: str) -> int | None:
        """Who acts in a passive or in “between …”: “talks that will be held by …”, “meetings will take place between …”."""
        start = words.find(found.action, found.place)
        end = start + len(found.action)
        match = _AGENT.search(words, start, end)
        return (
            self.subjects.first(unit.start + match.end(), unit.start + min(match.end() + LONGEST_AGENT, end)) if match else None
        )

    def _group(self, before: str) -> int | None:
        """A group of states or people (“The five states agreed”), or a body named by its last word (“the union”)."""
        match = _GROUP.search(before)
        if match is None:
            return None
        name = match["name"]
        known = self.parties.find(name.split(maxsplit=1)[1]) if not _PREPOSITION.search(name) else None
        if known is not None or name.split()[-1] not in _PLURAL_GROUPS:
            return known
        return self.parties.add(
            ExtractedActor(name=name, type=ActorType.OTHER, country="", office="", affiliation="", aliases=[])
        )

    def _step(self, found: Announcement, unit: Unit, who: int, *, acts: bool = True, named_in: int = 0) -> ExtractedStep:
        asked = found.addressee
        addressee = self.subjects.first(unit.start + asked[0], unit.start + asked[1]) if asked else None
        if asked and addressee is None:
            addressee = self.parties.find(self.text[unit.start + asked[0] : unit.start + asked[1]])
        names = [self._name(one) for one in (who, *self.subjects.beside(who, unit.start, unit.start + found.place))]
        return ExtractedStep(
            evidence=[*([named_in] if named_in else []), unit.number],
            action=found.action if acts else found.sentence or found.action,
            proposed_by=names if found.commitment in _PROPOSING or not acts else [],
            actors=names if found.acts and acts else [self._name(addressee)] if addressee is not None else [],
            recipients=[],
            event=code_action(found.action) or Event.OTHER,
            commitment=found.commitment,
            condition=found.condition,
            date_text=found.date_text,
        )
