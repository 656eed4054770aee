"""The checks of actors, a function each, and who is listed: a new check is one function and one row of the table below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from llm_diplo.brief.extraction import ExtractedActor
from llm_diplo.brief.parties import Parties, recalled_name
from llm_diplo.brief.review import Check, Context, Doubt, Fault, Reviewed
from llm_diplo.brief.wording import Wording, Written, check_name
from llm_diplo.codes import ActorType
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.names import normal_name

ReviewedActor: TypeAlias = Reviewed[ExtractedActor]


def repair_actor(actor: ExtractedActor, context: Context) -> ExtractedActor:
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


def _name(review: ReviewedActor, context: Context) -> Iterator[Fault | Doubt]:
    """The article writes the name; for one completed from memory its own form is put."""
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


def _aliases(review: ReviewedActor, context: Context) -> Iterator[Doubt]:
    for alias in review.given["aliases"]:
        if alias.strip() and not context.wording.named(alias):
            yield Doubt("aliases", alias, "the article does not write it")


def _office(review: ReviewedActor, context: Context) -> Iterator[Doubt]:
    office = review.item.office
    if office and not context.wording.holds_all(office):
        yield Doubt("office", office, "the article does not give this office", {"office": ""})


def _country(review: ReviewedActor, context: Context) -> Iterator[Doubt]:
    country, code = review.given["country"], review.item.country
    if not country or review.item.type is not ActorType.PERSON:
        return
    if not code:
        yield Doubt("country", country, "no ISO 3166 alpha-3 code")
    elif not context.wording.names_country(code):
        yield Doubt("country", country, "the article does not name this country", {"country": ""})


def one_each(actors: Iterable[ReviewedActor]) -> list[ReviewedActor]:
    """Return one actor per name: what is listed twice becomes one, with the aliases of both."""
    found: dict[str, ReviewedActor] = {}
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


def with_referred(references: Iterable[str], given: Iterable[ReviewedActor], context: Context) -> Context:
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


ACTOR_CHECKS: tuple[Check, ...] = (_name, _aliases, _office, _country)
