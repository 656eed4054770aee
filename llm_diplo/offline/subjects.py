"""Who acts: where the article names its actors, and whom the subject of a verb or a pronoun means."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from llm_diplo.brief.parties import Parties
from llm_diplo.codes import ActorType
from llm_diplo.schema import Span
from llm_diplo.text import gazetteer
from llm_diplo.text.article import Article
from llm_diplo.text.folding import fold_name
from llm_diplo.text.marks import DOUBLE
from llm_diplo.text.mentions import find_mentions
from llm_diplo.text.units import UNITS_BEFORE

if TYPE_CHECKING:
    from llm_diplo.offline.parse import VerbSubject

SUBJECTS_TRIED = 3
LONGEST_DESCRIPTION = 4  # words

_ADVERB = (
    r"(?:\s(?:also|again|still|now|then|later|once|both|all|today|yesterday|(?:last|this) (?:week|month|year)|on \w+day"
    r"|\w+ly)\b)*"
)
# Between a subject and its verb: “'s government”, “(ISIL)”, “, who leads the union,”, an auxiliary, an adverb.
_GAP = re.compile(
    r"(?: \d{1,3})?"
    r"(?:['’]s (?:government|ministry|administration|cabinet|parliament|army|foreign ministry|defen[cs]e ministry))?"
    r"(?: government| administration| officials| forces| troops| diplomats| and (?:his|her|its|their) \w+)?"
    rf"(?:\s\([^()]{{1,40}}\))?(?:,\s[^;{DOUBLE}]{{2,90}},)?(?:,?\s(?:which|who))?"
    rf"{_ADVERB}(?:\s(?:has|have|had|does|do|did))?{_ADVERB}\s*"
)
_PRONOUN = re.compile(
    rf"(?<![\w’'])(?P<pronoun>he|she|they|it|we|i){_ADVERB}(?:\s(?:has|have|had|does|do|did))?{_ADVERB}\s*\Z", re.IGNORECASE
)
_NO_SUBJECT = re.compile(
    r"(?:\b(?:of|for|by|with|to|from|against|in|at|on|over|between|under|about|like|than|near|if|unless)|['’]s?)"
    r"(?:\s(?:the|a|an))?(?:\s[A-Z][\w.’'-]*)*\s*\Z"
)
_OPENED = re.compile(r"[“\"]?(?:[Bb]oth\s|[Tt]he\s)?(?![a-z])")
_JOINED = re.compile(r"(?:,|,? and|,? as well as)\s(?!(?:said|that|who|which|he|she|it|they)\b)")
_PREPOSITIONS = frozenset("of as in for with by from at to on".split())
_HANGING = re.compile(r"\b(?:of|for|from|at|in|to|with)\s(?:the\s)?(?:[A-Z][\w’'-]*\s)*\Z")


def _speaks_for(head: str) -> bool:
    """Whether a speaker without a name speaks for the body behind “of”: a spokesman or official does, a critic does not."""
    folded = fold_name(head)
    return folded in gazetteer.offices("en") or folded.rstrip("s") in gazetteer.offices("en") or gazetteer.is_title(head)


def _leads(words: list[str]) -> bool:
    """Whether words between two names can stand before the second: “the wider”, “Minister”."""
    small = [word for word in words if not gazetteer.is_title(word)]
    return len(small) <= 2 and all(word.islower() and word not in _PREPOSITIONS for word in small)


class Subjects:
    """The actors of an article by place. Building it is linear in the article; each lookup reads a few units only."""

    def __init__(
        self, article: Article, parties: Parties, voice: int | None = None, verbs: Mapping[int, VerbSubject] | None = None
    ) -> None:
        self.article = article
        self.verbs = verbs or {}
        self.parties = parties
        self.voice = voice
        self.mentions = list(_mentions(article.text, parties))
        self.speakers: list[tuple[int, int]] = []
        """Place and actor of each named speaker, in order; the reader adds them while it reads."""
        self._gender: dict[int, str] = {}

    def within(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """Return the mentions that begin in [start, end), each as start, end, actor; logarithmic in all of them."""
        first = bisect_left(self.mentions, (start,))
        return self.mentions[first : bisect_left(self.mentions, (end,))]

    def first(self, start: int, end: int) -> int | None:
        """Return the first actor named in a span."""
        found = self.within(start, end)
        return found[0][2] if found else None

    def before(self, place: int) -> int | None:
        """Return the actor that is the subject of the verb at `place`, by name or pronoun; None if uncertain."""
        start = self.article.units[self._unit(place) - 1].start
        if match := _PRONOUN.search(self.article.text, max(start, place - 60), place):
            return self.meant(match["pronoun"], match.start())
        for first, last, index in reversed(self.within(start, place)[-SUBJECTS_TRIED:]):
            if last <= place and _GAP.fullmatch(self.article.text, last, place):
                return index if self.is_subject(first) else None
        return self._parsed(place)

    def _parsed(self, place: int) -> int | None:
        """The actor that the parser's subject of the verb at `place` names, itself or by an office: “the union's leader”."""
        found = self.verbs.get(place)
        if found is None:
            return None
        if fold_name(found.head) in gazetteer.words("pronouns_third", "en"):
            return self.meant(found.head, found.start)
        named = self.named(found.start, found.end, found.head)
        if named is None or _speaks_for(found.head):
            return named
        forms = (self.parties.actors[named].name, *self.parties.actors[named].aliases)
        return named if any(found.head in form.split() for form in forms) else None

    def named(self, start: int, end: int, head: str) -> int | None:
        """Return the actor that a description names: the one whose mention includes the head, else the only one."""
        inside = [mention for mention in self.within(start, end) if mention[1] <= end]
        heading = [index for first, last, index in inside if head and head in self.article.text[first:last].split()]
        if heading:
            return heading[0]
        free = [mention for mention in inside if not _HANGING.search(self.article.text, start, mention[0])]
        if inside and not free and not _speaks_for(head) and " from " not in self.article.text[start : inside[0][0]]:
            return None
        inside = free or inside
        indexes = {index for _, _, index in inside}
        if indexes or len(self.article.text[start:end].split()) > LONGEST_DESCRIPTION:
            return indexes.pop() if len(indexes) == 1 else None
        return self.parties.find(self.article.text[start:end].removeprefix("the ").removeprefix("The "))

    def beside(self, index: int, start: int, place: int) -> list[int]:
        """Return the actors that a sentence from `start` names with `index` as its subject: “Ketter and Tarn agreed”."""
        found: list[int] = []
        end = start
        for first, last, other in self.within(start, place):
            gap = self.article.text[end:first]
            between = _JOINED.match(gap) if found else _OPENED.match(gap)
            if not between or not _leads(gap[between.end() :].split()):
                break
            found.append(other)
            end = last
        return [other for other in dict.fromkeys(found) if other != index] if index in found else []

    def is_subject(self, place: int) -> bool:
        """Return True if the name at `place` does not depend on a preposition or possessive."""
        start = self.article.units[self._unit(place) - 1].start
        return not _NO_SUBJECT.search(self.article.text[max(start, place - 60) : place])

    def meant(self, pronoun: str, place: int) -> int | None:
        """Return whom a pronoun at `place` means: the last party of its kind that spoke or began a sentence; None if two fit.

        Looks back `UNITS_BEFORE` units, as the checks do. A first-person pronoun means the document's own speaker.
        """
        folded = fold_name(pronoun)
        if folded in gazetteer.words("pronouns_first", "en"):
            return self.voice
        unit = self._unit(place)
        start = self.article.units[max(0, unit - 1 - UNITS_BEFORE)].start
        spoken = [index for at, index in self._spoken(start, place) if self._fits(index, folded)]
        named = [index for index in self._openings(unit, place) if self._fits(index, folded)]
        candidates = {*spoken[-1:], *named[-1:]}
        if len(candidates) != 1:
            return None
        found = candidates.pop()
        if folded in {"he", "she"}:
            self._gender[found] = folded
        return found

    def _spoken(self, start: int, end: int) -> list[tuple[int, int]]:
        return self.speakers[bisect_left(self.speakers, (start,)) : bisect_left(self.speakers, (end,))]

    def _openings(self, unit: int, place: int) -> Iterator[int]:
        """The actor that is the first subject of each unit before a place."""
        for number in range(max(1, unit - UNITS_BEFORE), unit + 1):
            here = self.article.unit(number)
            names = self.within(here.start, min(here.end, place))
            yield from [index for first, last, index in names if last <= place and self.is_subject(first)][:1]

    def _fits(self, index: int, pronoun: str) -> bool:
        person = self.parties.actors[index].type is ActorType.PERSON
        if pronoun in {"he", "she", "him", "her", "his"}:
            wanted = "she" if pronoun in {"she", "her"} else "he"
            return person and self._gender.get(index, wanted) == wanted
        return not person

    def _unit(self, place: int) -> int:
        return max(1, bisect_right(self.article.units, place, key=lambda unit: unit.start))

    def units_of(self, spans: Iterable[Span]) -> list[int]:
        """Return the numbers of the units that spans touch, in order."""
        units, found = self.article.units, set()
        for span in spans:
            for place in range(self._unit(span.start) - 1, len(units)):
                if units[place].start >= span.end:
                    break
                if span.start < units[place].end:
                    found.add(units[place].number)
        return sorted(found)


def _mentions(text: str, parties: Parties) -> Iterator[tuple[int, int, int]]:
    owners: dict[str, int] = {}
    for index, actor in enumerate(parties.actors):
        for form in (actor.name, *actor.aliases):
            owners.setdefault(fold_name(form), index)
    for span in find_mentions(text, list(owners)) if owners else ():
        owner = owners.get(fold_name(text[span.start : span.end]))
        if owner is not None and (text[span.start].isupper() or not text[span.start].isalpha() or _is_the(text, span)):
            yield span.start, span.end, owner


def _is_the(text: str, span: Span) -> bool:
    """Whether a name is listed with its article: “the Dockers' Union”."""
    words = text[span.start : span.end].split()
    return words[0] == "the" and len(words) > 1 and words[1][:1].isupper()
