"""The checks: what code can verify in an extraction by looking at the article.

Three outcomes: repair in silence, warn (and drop a field), or fault. A fault rejects its item; while tries are left, it is
reported to the model. Pure functions of (extraction, article); cost is linear in the article, then in the items.
"""

from __future__ import annotations

import re
from typing import Any

from llm_diplo.brief.extraction import ExtractedActor, ExtractedPosition, ExtractedStep, Extraction
from llm_diplo.brief.holders import holder_is_shown
from llm_diplo.brief.item_checks import (
    CHECKS_OF_ALL_POSITIONS,
    POSITION_CHECKS,
    STEP_CHECKS,
    Context,
    apply_checks,
    article_faults,
    numbered,
)
from llm_diplo.brief.parties import Parties, recalled_name
from llm_diplo.brief.review import Checked, Item, Reviewed
from llm_diplo.brief.wording import Wording, Written, check_name
from llm_diplo.codes import ActorType
from llm_diplo.schema import Notice
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.names import normal_name
from llm_diplo.text.quotations import NumberedArticle
from llm_diplo.text.units import number_units

SUMMARY_SENTENCES = 3

NAMED_WITHIN = 20
"""How many units around the evidence are searched for one that names the holder."""
MOST_NAMED = 3

_LABEL = re.compile(r"\s*[qQ]?\s*(\d+)\s*\Z")


def check_extraction(extraction: Extraction, numbered: NumberedArticle) -> Checked:
    """Hold an extraction against its article; never raises, whatever the extraction says."""
    return _Review(extraction, Wording(numbered)).run()


class _Review:
    """One pass over an extraction: actors first, for the other items refer to them."""

    def __init__(self, extraction: Extraction, wording: Wording) -> None:
        self.extraction = extraction
        self.wording = wording
        self.shown = wording.numbered.shown
        self.warnings: list[Notice] = []
        self.recalled: dict[str, str] = {}

    def run(self) -> Checked:
        actors = [self._actor(number, actor) for number, actor in enumerate(self.extraction.actors, start=1)]
        self.actors = _distinct(_sound(actors))
        self.listed = len(self.actors)
        self.parties = Parties([actor.item for actor in self.actors], self.wording.language)
        summary = self._summary(self.extraction.summary)
        self.context = Context(self.wording, self.parties, tuple(self.extraction.issues))
        positions = [self._position(*given) for given in enumerate(self.extraction.positions, start=1)]
        for check in CHECKS_OF_ALL_POSITIONS:
            check(positions, self.context)
        steps = [self._step(*given) for given in enumerate(self.extraction.next_steps, start=1)]
        sound = _sound(positions), _sound(steps)
        self._forget_unused([*sound[0], *sound[1]])
        reviewed: list[Reviewed[Any]] = [*actors, summary, *positions, *steps]
        return Checked(summary.item, self.extraction.issues, self.actors, *sound, reviewed, self.warnings)

    def _forget_unused(self, items: list[Reviewed[Any]]) -> None:
        """Drop actors that were listed for the sake of an item that did not stand."""
        used = {index for review in items for found in review.refs.values() for index in found}
        kept = [index for index, actor in enumerate(self.actors) if index < self.listed or index in used]
        place = {old: new for new, old in enumerate(kept)}
        self.actors = [self.actors[index] for index in kept]
        for review in items:
            review.refs = {name: [place[index] for index in found] for name, found in review.refs.items()}

    # Actors

    def _actor(self, number: int, actor: ExtractedActor) -> Reviewed[ExtractedActor]:
        person = actor.type is ActorType.PERSON
        repaired = actor.model_copy(update={"name": self._as_written(actor.name)})
        review = Reviewed("actor", number, repaired, actor.model_dump(mode="json"))
        written = check_name(actor.name, self.wording, person=person)
        if written is Written.ABSENT:
            self._recalled(review, actor)
        elif written is Written.STEM:
            review.warn("name", actor.name, "the article writes this name only in another form")
        self._actor_details(review, person)
        return review

    def _recalled(self, review: Reviewed[ExtractedActor], actor: ExtractedActor) -> None:
        """Put the article's form for a name that was completed from memory."""
        others = [other for other in self.extraction.actors if other is not actor]
        if name := recalled_name(actor, others, self.wording):
            review.warn("name", actor.name, f"the article writes “{name}”")
            self.recalled[normal_name(actor.name)] = name
            review.item = review.item.model_copy(update={"name": name})
        elif actor.type is ActorType.STATE and self.wording.names_country(gazetteer.country_code(actor.name) or ""):
            review.warn("name", actor.name, "the article names it only by its people, its capital or its seat of power")
        else:
            cure = "copy the name as the article writes it, or leave out the actor and its items"
            review.fault("name", f"the actor “{actor.name}” is nowhere in the article", cure)

    def _actor_details(self, review: Reviewed[ExtractedActor], person: bool) -> None:
        item = review.item
        kept = [alias for alias in item.aliases if self.wording.named(alias)]
        for alias in item.aliases:
            if alias.strip() and alias not in kept:
                review.warn("aliases", alias, "the article does not write it")
        changes: dict[str, Any] = {"aliases": _distinct_names([self._as_written(alias) for alias in kept], item.name)}
        if item.office and not self.wording.holds_all(item.office):
            review.warn("office", item.office, "the article does not give this office")
            changes["office"] = ""
        if item.country:
            changes["country"] = self._country(review, item.country) if person else ""
        review.item = item.model_copy(update=changes)

    def _country(self, review: Reviewed[ExtractedActor], country: str) -> str:
        code = country.upper() if gazetteer.is_country_code(country.upper()) else gazetteer.country_code(country) or ""
        if not code:
            review.warn("country", country, "no ISO 3166 alpha-3 code")
        elif not self.wording.names_country(code):
            review.warn("country", country, "the article does not name this country")
            return ""
        return code

    def _as_written(self, name: str) -> str:
        return self.wording.spelling(name) or name.strip()

    # Positions

    def _position(self, number: int, position: ExtractedPosition) -> Reviewed[ExtractedPosition]:
        review = Reviewed("position", number, position, position.model_dump(mode="json"))
        quotes = self._quotes(review, position.quotes)
        units = self._units(review, position.evidence, [self.wording.quotation(quote).unit for quote in quotes])
        review.item = position.model_copy(update={"evidence": units, "quotes": [f"q{quote}" for quote in quotes]})
        self._holder(review, "actor", position.actor, units)
        apply_checks(POSITION_CHECKS, review, self.context)
        return review

    # Next steps

    def _step(self, number: int, step: ExtractedStep) -> Reviewed[ExtractedStep]:
        review = Reviewed("next_step", number, step, step.model_dump(mode="json"))
        units = self._units(review, step.evidence, [])
        review.item = step.model_copy(update={"evidence": units})
        for name in step.proposed_by:
            self._holder(review, "proposed_by", name, units)
        for name in step.actors:
            self._party(review, "actors", name)
        for name in step.recipients:
            self._party(review, "recipients", name)
        apply_checks(STEP_CHECKS, review, self.context)
        return review

    # What items share

    def _units(self, review: Reviewed[Any], numbers: list[int], implied: list[int]) -> list[int]:
        for number in numbers:
            if number not in self.shown:
                review.fault("evidence", f"there is no unit {number}", numbered("unit", self.shown))
        units = sorted({number for number in (*numbers, *implied) if number in self.shown})
        if not units and not review.faults:
            review.fault("evidence", "it cites no evidence", "cite the units that show it")
        return units

    def _quotes(self, review: Reviewed[ExtractedPosition], labels: list[str]) -> list[int]:
        known = [quotation.number for quotation in self.wording.numbered.quotations_shown]
        numbers = []
        for label in labels:
            match = _LABEL.match(label)
            number = int(match[1]) if match and len(match[1]) < 7 else 0
            if number not in known:
                cure = numbered("quotation", known, "q")
                review.fault("quotes", f"there is no quotation {label}", cure)
            elif number not in numbers:
                numbers.append(number)
        return numbers

    def _holder(self, review: Reviewed[Any], name: str, holder: str, units: list[int]) -> None:
        index = self._party(review, name, holder)
        if index is None:
            if not holder.strip():
                review.fault(name, "it names no holder", "say who holds it, or leave the item out")
        elif units and not holder_is_shown(index, units, self.parties, self.wording):
            reason = f"the holder is not in the evidence: {_units_do(units)} not name “{holder}”"
            review.fault("evidence", reason, self._where_named(index, holder, units))

    def _where_named(self, index: int, holder: str, units: list[int]) -> str:
        """The cure: the units near the evidence that name the holder."""
        around = [unit for unit in self.shown if units[0] - NAMED_WITHIN <= unit <= units[-1] + NAMED_WITHIN]
        forms = self.parties.forms(index)
        named = [unit for unit in around if self.wording.names([unit], forms, self.parties.kind(index))]
        nearest = sorted(sorted(named, key=lambda unit: min(abs(unit - cited) for cited in units))[:MOST_NAMED])
        if not nearest:
            return "give the item to the holder that the evidence names, or leave it out"
        return f"“{holder}” is named in {_listed(nearest)}: cite what shows this, or name the holder that the evidence names"

    def _party(self, review: Reviewed[Any], name: str, reference: str) -> int | None:
        """Resolve a reference; who is named in the text but not listed becomes an actor."""
        if not reference.strip():
            return None
        index = self.parties.find(self.recalled.get(normal_name(reference), reference))
        if index is None:
            if check_name(reference, self.wording) is Written.ABSENT:
                cure = "use a name that the article writes, or leave it out"
                review.fault(name, f"“{reference}” is neither listed as an actor nor in the article", cure)
                return None
            index = self._list_actor(reference)
        found = review.refs.setdefault(name, [])
        if index not in found:
            found.append(index)
        return index

    def _list_actor(self, name: str) -> int:
        entry = gazetteer.lookup(name)
        kind = entry.type if entry else ActorType.OTHER
        actor = ExtractedActor(name=self._as_written(name), type=kind, country="", office="", affiliation="", aliases=[])
        self.actors.append(Reviewed("actor", 0, actor, {}))
        return self.parties.add(actor)

    def _summary(self, summary: str) -> Reviewed[str]:
        if self.wording.numbered.part:  # of a window's summary nothing is kept
            return Reviewed("summary", 0, "", {"summary": summary})
        faults = list(article_faults("summary", summary, self.wording))
        kept = "" if faults else self._shortened(summary)
        return Reviewed("summary", 0, kept, {"summary": summary}, faults)

    def _shortened(self, summary: str) -> str:
        sentences = number_units(summary)
        if len(sentences) <= SUMMARY_SENTENCES:
            return summary
        reason = f"of {len(sentences)} sentences the first {SUMMARY_SENTENCES} are kept"
        self.warnings.append(Notice(field="summary", reason=reason))
        return summary[: sentences[SUMMARY_SENTENCES - 1].end]


def _sound(items: list[Reviewed[Item]]) -> list[Reviewed[Item]]:
    return [review for review in items if not review.faults]


def _units_do(units: list[int]) -> str:
    return f"unit{'s' if len(units) > 1 else ''} {_listed(units)} do{'' if len(units) > 1 else 'es'}"


def _listed(numbers: list[int]) -> str:
    *others, last = map(str, numbers)
    return f"{', '.join(others)} and {last}" if others else last


def _distinct(actors: list[Reviewed[ExtractedActor]]) -> list[Reviewed[ExtractedActor]]:
    """One actor per name: what is listed twice becomes one, with the aliases of both."""
    found: dict[str, Reviewed[ExtractedActor]] = {}
    for review in actors:
        first = found.setdefault(fold_name(review.item.name), review)
        if first is not review:
            aliases = _distinct_names([*first.item.aliases, *review.item.aliases], first.item.name)
            first.item = first.item.model_copy(update={"aliases": aliases})
    return list(found.values())


def _distinct_names(names: list[str], besides: str) -> list[str]:
    found = {fold_name(besides): besides}
    for name in names:
        found.setdefault(fold_name(name), name)
    return list(found.values())[1:]
