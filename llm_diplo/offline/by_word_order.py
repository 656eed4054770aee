"""An extraction by rules alone: quotations and their frames, names by the gazetteer and capitals, cue words.

What it gives must pass the checks by construction: it names only what the article writes, and cites the units it read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from llm_diplo.brief.extraction import ExtractedActor, ExtractedPosition, ExtractedStep, Extraction
from llm_diplo.brief.parties import Parties
from llm_diplo.offline.stance import read_stance
from llm_diplo.offline.steps import announced_step, find_announcement
from llm_diplo.schema import ActorType, Span
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.frames import find_frame
from llm_diplo.text.marks import DOUBLE, PAIRED
from llm_diplo.text.quotations import NumberedArticle, Quotation
from llm_diplo.text.units import UNITS_BEFORE

LONGEST_ISSUE = 240

_PERSON = re.compile(r"(?:[A-ZÀ-Þ][\w’'-]+|[A-Z]\.)(?:\s+(?:al|bin|de|van|von|[A-Z]\.))*(?:[\s-][A-ZÀ-Þ][\w’'-]+){1,6}")
_WORD = re.compile(r"[\w’'-]+")


def extract_by_rules(numbered: NumberedArticle) -> Extraction:
    """Return what rules find in an article; linear in its length."""
    return _Reader(numbered).read()


class _Reader:
    def __init__(self, numbered: NumberedArticle) -> None:
        self.numbered = numbered
        self.text = numbered.article.text
        self.parties = Parties(list(self._actors()))
        self.issues: list[str] = []

    def read(self) -> Extraction:
        positions = [*self._quoted(), *self._indirect()]
        steps = list(self._steps())
        named = {position.actor for position in positions} | {
            name for step in steps for name in (*step.actors, *step.proposed_by)
        }
        actors = [actor for actor in self.parties.actors if actor.name in named]
        return Extraction(summary="", actors=actors, issues=self.issues, positions=positions, next_steps=steps)

    # Actors

    def _actors(self) -> Iterator[ExtractedActor]:
        seen: dict[str, ExtractedActor] = {}
        headline = self.numbered.article.metadata.headline is not None
        for unit in self.numbered.article.units[1 if headline else 0 :]:
            words = self.text[unit.start : unit.end]
            for actor in (*self._known(words), *self._persons(words)):
                key = fold_name(actor.name)
                if key not in seen and not self._is_surname(key, seen):
                    seen[key] = actor
                    yield actor
                elif key in seen:
                    known = seen[key]
                    known.aliases += [alias for alias in actor.aliases if alias not in known.aliases and alias != known.name]

    def _known(self, words: str) -> Iterator[ExtractedActor]:
        """States and bodies by name; a demonym, capital or seat is an alias of its state."""
        for match in re.finditer(r"(?:[A-ZÀ-Þ][\w.’'-]*)(?:\s+(?:of|for|and|the)?\s?[A-ZÀ-Þ][\w.’'-]*){0,5}", words):
            parts = match[0].split()
            for start in range(len(parts)):
                for end in range(len(parts), start, -1):
                    form = " ".join(parts[start:end]).removesuffix("’s").removesuffix("'s").rstrip(".,'’")
                    entry = gazetteer.lookup(form)
                    if entry and entry.type is not ActorType.MEDIA:
                        yield self._entry(entry, form, words)
                        break

    def _entry(self, entry: gazetteer.Entry, form: str, words: str) -> ExtractedActor:
        return ExtractedActor(
            name=self._first_form(entry, form), type=entry.type, country="", office="", affiliation="", aliases=[form]
        )

    def _first_form(self, entry: gazetteer.Entry, form: str) -> str:
        written = [name for name in entry.forms if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.text)]
        return max(written, key=len, default=form)

    def _persons(self, words: str) -> Iterator[ExtractedActor]:
        for match in _PERSON.finditer(words):
            name = self._without_titles(match[0].removesuffix("’s").removesuffix("'s"))
            if len(name.split()) < 2 or gazetteer.lookup(name) or any(gazetteer.country_code(part) for part in name.split()):
                continue
            last = name.split()[-1]
            if heads := [word for word in name.split() if fold_name(word) in gazetteer.words("bodies", "en")]:
                yield ExtractedActor(name=name, type=ActorType.OTHER, country="", office="", affiliation="", aliases=heads)
            elif self._acts_like_person(name, words):
                yield ExtractedActor(name=name, type=ActorType.PERSON, country="", office="", affiliation="", aliases=[last])

    def _without_titles(self, name: str) -> str:
        words = name.split()
        while words and (
            gazetteer.is_title(words[0]) or gazetteer.country_code(words[0]) or words[0] in {"The", "A", "But", "And", "In"}
        ):
            words.pop(0)
        return " ".join(words)

    def _acts_like_person(self, name: str, words: str) -> bool:
        """A title before it, a speech verb beside it, or its surname alone elsewhere in the text."""
        before = words[: words.find(name)].split()[-3:]
        surname = re.escape(name.rsplit(maxsplit=1)[-1])
        beside = re.search(rf"{re.escape(name)},?\s+(\w+)(?:\s+(\w+))?|(\w+)\s+{re.escape(name)}", words)
        verbs = gazetteer.words("speech_verbs", None)
        apposition = re.search(rf"{re.escape(name)}, (?:(who|the|an?)\b|(\w+))", words)
        if apposition and (apposition[1] or gazetteer.is_title(apposition[2])):
            return True
        speaks = bool(beside) and any(group and group.casefold() in verbs for group in beside.groups()) if beside else False
        return (
            speaks
            or any(gazetteer.is_title(word) for word in before)
            or bool(re.search(rf"(?<!\w\s){surname}\s(?:said|told|added)", self.text))
        )

    def _is_surname(self, key: str, seen: dict[str, ExtractedActor]) -> bool:
        return any(key in (fold_name(alias) for alias in actor.aliases) for actor in seen.values())

    # Positions

    def _quoted(self) -> Iterator[ExtractedPosition]:
        holder: str | None = None
        for quotation in self.numbered.quotations:
            holder = self._speaker(quotation, holder)
            if holder:
                words = " ".join(self.text[span.start : span.end] for span in quotation.spans)
                yield self._position(holder, [quotation.unit], [quotation.label], self._statement(quotation.unit), words)

    def _speaker(self, quotation: Quotation, previous: str | None) -> str | None:
        """The frame's candidate; a pronoun means the holder before; a paragraph that is all quotation goes on."""
        if quotation.speaker is None:
            unit = self.numbered.article.unit(quotation.unit)
            alone = quotation.spans[0].start == unit.start and quotation.spans[-1].end >= unit.end
            return previous if alone and self._shown(previous, quotation.unit) else None
        return self._resolve(quotation.speaker, quotation.unit)

    def _resolve(self, span: Span, unit: int) -> str | None:
        words = self.text[span.start : span.end]
        if fold_name(words) in gazetteer.words("pronouns_third", None):
            return self._antecedent(span.start, unit)
        index = self.parties.find(self._without_titles(words) or words)
        return self.parties.actors[index].name if index is not None else None

    def _antecedent(self, place: int, unit: int) -> str | None:
        """The person that the nearest unit before a pronoun names first: its subject, most often. None if it names none."""
        for number in range(unit, max(0, unit - UNITS_BEFORE - 1), -1):
            start = self.numbered.article.unit(number).start
            persons = self._persons_in(self.text[start : min(place, self.numbered.article.unit(number).end)])
            if persons:
                return persons[0]
        return None

    def _persons_in(self, words: str) -> list[str]:
        found = []
        for actor in self.parties.actors:
            if actor.type is ActorType.PERSON:
                places = [
                    match.start()
                    for form in (actor.name, *actor.aliases)
                    if (match := re.search(rf"(?<!\w){re.escape(form)}(?!\w)", words))
                ]
                found += [(min(places), actor.name)] if places else []
        return [name for _, name in sorted(found)]

    def _shown(self, holder: str | None, unit: int) -> bool:
        index = self.parties.find(holder) if holder else None
        if index is None:
            return False
        near = " ".join(self.numbered.article.unit_text(number) for number in range(max(1, unit - UNITS_BEFORE), unit + 1))
        return any(re.search(rf"(?<!\w){re.escape(form)}(?!\w)", near) for form in self.parties.forms(index))

    def _indirect(self) -> Iterator[ExtractedPosition]:
        quoted = {quotation.unit for quotation in self.numbered.quotations}
        for unit in self.numbered.article.units:
            words = self.text[unit.start : unit.end]
            if unit.number in quoted or " that " not in words:
                continue
            place = unit.start + words.index(" that ")
            frame = find_frame(self.text, (unit.start, unit.end), [(place, unit.end)])
            if frame and frame.speaker and 0 <= place - frame.cue.end < 40:
                holder = self._resolve(frame.speaker, unit.number)
                if holder:
                    clause = self.text[place + len(" that ") : unit.end].rstrip(".")
                    yield self._position(holder, [unit.number], [], self._statement(unit.number), clause)

    def _position(self, holder: str, evidence: list[int], quotes: list[str], statement: str, clause: str) -> ExtractedPosition:
        issue = " ".join(re.sub(f"[{DOUBLE}]|{PAIRED}", "", clause).split())[:LONGEST_ISSUE].strip(" ,")
        self.issues.append(issue[:1].upper() + issue[1:])
        return ExtractedPosition(
            evidence=evidence,
            quotes=quotes,
            actor=holder,
            issue=len(self.issues),
            stance=read_stance(statement),
            statement=statement,
            condition="",
            date_text="",
            via="",
        )

    def _statement(self, unit: int) -> str:
        return " ".join(self.numbered.article.unit_text(unit).split())

    # Next steps

    def _steps(self) -> Iterator[ExtractedStep]:
        first = 2 if self.numbered.article.metadata.headline else 1
        for unit in self.numbered.article.units[first - 1 :]:
            words = " ".join(self.text[unit.start : unit.end].split())
            if step := self._step(unit.number, words):
                yield step

    def _step(self, unit: int, words: str) -> ExtractedStep | None:
        found = find_announcement(words)
        who = self._subject(words[: found.place]) if found else None
        return announced_step(found, unit, who, self._subject(found.addressee)) if found and who else None

    def _subject(self, before: str) -> str | None:
        """The first listed actor that the clause names."""
        found = []
        for index, actor in enumerate(self.parties.actors):
            for form in (actor.name, *actor.aliases):
                match = re.search(rf"(?<!\w){re.escape(form)}(?!\w)", before)
                if match:
                    found.append((match.start(), -len(form), index))
        return self.parties.actors[min(found)[2]].name if found else None
