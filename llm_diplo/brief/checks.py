"""The checks: what code can verify in an extraction by looking at the article.

Three outcomes: repair in silence, warn (and drop a field), or fault. A fault rejects its item; while tries are left, it is
reported to the model. Pure functions of (extraction, article); cost is linear in the article, then in the items.
Each kind of item is repaired and goes through the table of its checks: that of actors is here, the others in `item_checks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from pydantic import BaseModel

from llm_diplo.brief.extraction import ExtractedActor, Extraction
from llm_diplo.brief.item_checks import (
    CHECKS_OF_ALL_POSITIONS,
    POSITION_CHECKS,
    STEP_CHECKS,
    SUMMARY_CHECKS,
    references,
    repair_position,
    repair_step,
    shorten_summary,
)
from llm_diplo.brief.parties import Parties, recalled_name
from llm_diplo.brief.review import Check, Checked, Context, Doubt, Fault, Item, Reviewed
from llm_diplo.brief.wording import Wording, Written, check_name
from llm_diplo.codes import ActorType
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.names import normal_name
from llm_diplo.text.quotations import NumberedArticle

_Actor: TypeAlias = Reviewed[ExtractedActor]


# Actors, and who is listed


def _repair_actor(actor: ExtractedActor, context: Context) -> ExtractedActor:
    """Return an actor with names as the article writes them, the aliases that it does write, and a person's country code."""
    name = _as_written(actor.name, context.wording)
    aliases = (_as_written(alias, context.wording) for alias in actor.aliases if context.wording.named(alias))
    country = _country_code(actor.country) if actor.type is ActorType.PERSON else ""
    return actor.model_copy(update={"name": name, "aliases": _distinct(aliases, name), "country": country})


def _as_written(name: str, wording: Wording) -> str:
    return wording.spelling(name) or name.strip()


def _country_code(country: str) -> str:
    code = country.upper()
    return code if gazetteer.is_country_code(code) else gazetteer.country_code(country) or ""


def _name(review: _Actor, context: Context) -> Iterator[Fault | Doubt]:
    """The article writes the name; one completed from memory is replaced by the article's form."""
    actor, name, wording = review.item, review.given["name"], context.wording
    written = check_name(name, wording, person=actor.type is ActorType.PERSON)
    if written is Written.STEM:
        yield Doubt("name", name, "the article writes this name only in another form")
    elif written is Written.ABSENT:
        given = context.parties.actors
        others = [other for number, other in enumerate(given, start=1) if number != review.number]
        if own := recalled_name(given[review.number - 1], others, wording):
            yield Doubt("name", name, f"the article writes “{own}”", {"name": own, "aliases": _distinct(actor.aliases, own)})
        elif actor.type is ActorType.STATE and wording.names_country(gazetteer.country_code(name) or ""):
            yield Doubt("name", name, "the article names it only by its people, its capital or its seat of power")
        else:
            cure = "copy the name as the article writes it, or leave out the actor and its items"
            yield Fault("name", f"the actor “{name}” is nowhere in the article", cure)


def _aliases(review: _Actor, context: Context) -> Iterator[Doubt]:
    for alias in review.given["aliases"]:
        if alias.strip() and not context.wording.named(alias):
            yield Doubt("aliases", alias, "the article does not write it")


def _office(review: _Actor, context: Context) -> Iterator[Doubt]:
    office = review.item.office
    if office and not context.wording.holds_all(office):
        yield Doubt("office", office, "the article does not give this office", {"office": ""})


def _country(review: _Actor, context: Context) -> Iterator[Doubt]:
    country, code = review.given["country"], review.item.country
    if not country or review.item.type is not ActorType.PERSON:
        return
    if not code:
        yield Doubt("country", country, "no ISO 3166 alpha-3 code")
    elif not context.wording.names_country(code):
        yield Doubt("country", country, "the article does not name this country", {"country": ""})


def _one_each(actors: Iterable[_Actor]) -> list[_Actor]:
    """Return one actor per name: what is listed twice becomes one, with the aliases of both."""
    found: dict[str, _Actor] = {}
    for review in actors:
        first = found.setdefault(fold_name(review.item.name), review)
        if first is not review:
            aliases = _distinct([*first.item.aliases, *review.item.aliases], first.item.name)
            first.item = first.item.model_copy(update={"aliases": aliases})
    return list(found.values())


def _distinct(names: Iterable[str], besides: str) -> list[str]:
    found = {fold_name(besides): besides}
    for name in names:
        found.setdefault(fold_name(name), name)
    return list(found.values())[1:]


def _with_referred(references: Iterable[str], given: Iterable[_Actor], context: Context) -> Context:
    """Return the context with whom each reference means; who is named in the text but not listed becomes an actor.

    A reference to an actor by a name that was completed from memory means the actor, whatever it is called now.
    """
    written = ((normal_name(review.given["name"]), review.item.name) for review in given)
    names = {recalled: name for recalled, name in written if recalled != normal_name(name)}
    parties, found = Parties(context.parties.actors, context.wording.language), dict(context.found)
    for reference in filter(str.strip, references):
        index = found.get(reference, parties.find(names.get(normal_name(reference), reference)))
        if index is None and check_name(reference, context.wording) is not Written.ABSENT:
            index = parties.add(_unlisted(reference, context.wording))
        if index is not None:
            found[reference] = index
    return replace(context, parties=parties, found=found)


def _unlisted(name: str, wording: Wording) -> ExtractedActor:
    entry = gazetteer.lookup(name)
    kind = entry.type if entry else ActorType.OTHER
    return ExtractedActor(name=_as_written(name, wording), type=kind, country="", office="", affiliation="", aliases=[])


# An extraction

_KINDS: Mapping[str, tuple[Callable[[Any, Context], Any], tuple[Check, ...]]] = {
    "actor": (_repair_actor, (_name, _aliases, _office, _country)),
    "position": (repair_position, POSITION_CHECKS),
    "next_step": (repair_step, STEP_CHECKS),
}


def check_extraction(extraction: Extraction, numbered: NumberedArticle) -> Checked:
    """Check an extraction against its article; never raises, whatever the extraction says."""
    wording = Wording(numbered)
    context = Context(wording, Parties(extraction.actors, wording.language), tuple(extraction.issues))
    given = _review_all("actor", extraction.actors, context)
    actors = _one_each(_sound(given))
    context = replace(context, parties=Parties([review.item for review in actors], wording.language))
    summary = _review_summary(extraction.summary, context)
    context = _with_referred(_referred(extraction.positions), given, context)
    positions = _review_all("position", extraction.positions, context)
    for check in CHECKS_OF_ALL_POSITIONS:
        for review, finding in tuple(check(positions, context)):
            review.note(finding)
    context = _with_referred(_referred(extraction.next_steps), given, context)
    steps = _review_all("next_step", extraction.next_steps, context)
    sound = _sound(positions), _sound(steps)
    unlisted = [Reviewed("actor", 0, actor, {}) for actor in context.parties.actors[len(actors) :]]
    used = _used([*actors, *unlisted], len(actors), [*sound[0], *sound[1]])
    reviewed: list[Reviewed[Any]] = [*given, summary, *positions, *steps]
    return Checked(summary.item, extraction.issues, used, *sound, reviewed, summary.warnings)


def _referred(items: Iterable[BaseModel]) -> Iterator[str]:
    return (name for item in items for names in references(item).values() for name in names)


def _review_all(kind: str, items: Iterable[Any], context: Context) -> list[Reviewed[Any]]:
    """Repair each item of a kind, resolve its references, and note what the checks of its table find."""
    repair, checks = _KINDS[kind]
    reviews = []
    for number, item in enumerate(items, start=1):
        review = Reviewed(kind, number, repair(item, context), item.model_dump(mode="json"), refs=_resolved(item, context))
        reviews.append(_apply(checks, review, context))
    return reviews


def _review_summary(summary: str, context: Context) -> Reviewed[str]:
    """A window's summary is dropped, and so is one with faults."""
    if context.wording.numbered.part:
        return Reviewed("summary", 0, "", {"summary": summary})
    review = _apply(SUMMARY_CHECKS, Reviewed("summary", 0, shorten_summary(summary), {"summary": summary}), context)
    return replace(review, item="") if review.faults else review


def _apply(checks: Iterable[Check], review: Reviewed[Item], context: Context) -> Reviewed[Item]:
    for check in checks:
        for finding in tuple(check(review, context)):
            review.note(finding)
    return review


def _resolved(item: Any, context: Context) -> dict[str, list[int]]:
    """The actors that an item refers to, by field, each once."""
    every = {
        field: [context.found[name] for name in names if name in context.found] for field, names in references(item).items()
    }
    return {field: list(dict.fromkeys(found)) for field, found in every.items() if found}


def _used(actors: list[Reviewed[Any]], listed: int, items: list[Reviewed[Any]]) -> list[Reviewed[Any]]:
    """Drop actors that were listed only for an item that was rejected; items then refer to those that are left."""
    used = {index for review in items for found in review.refs.values() for index in found}
    kept = [index for index in range(len(actors)) if index < listed or index in used]
    place = {old: new for new, old in enumerate(kept)}
    for review in items:
        review.refs = {name: [place[index] for index in found] for name, found in review.refs.items()}
    return [actors[index] for index in kept]


def _sound(items: list[Reviewed[Item]]) -> list[Reviewed[Item]]:
    return [review for review in items if not review.faults]
