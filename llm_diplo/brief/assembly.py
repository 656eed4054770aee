"""A checked extraction becomes a brief: numbers become words and offsets, names become ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.extraction import ExtractedActor, ExtractedPosition, ExtractedStep, read_answer
from llm_diplo.brief.parties import Parties, mentions_of
from llm_diplo.brief.review import Checked, Reviewed
from llm_diplo.brief.wording import Wording
from llm_diplo.codes import QUAD_CODES, ActorType, Attribution
from llm_diplo.schema import (
    UNKNOWN,
    Actor,
    Brief,
    Coverage,
    Evidence,
    Issue,
    NextStep,
    Notice,
    Position,
    Prompt,
    Provenance,
    Rejected,
)
from llm_diplo.text import gazetteer
from llm_diplo.text.dates import resolve_date
from llm_diplo.text.marks import QUOTE_MARKS
from llm_diplo.text.quotations import NumberedArticle, Quotation

SHORTEST_DIRECT_QUOTE = 4


def assemble_brief(
    checked: Checked,
    numbered: NumberedArticle,
    provenance: Provenance,
    rejected: Iterable[Rejected] = (),
    *,
    mentions: bool = True,
) -> Brief:
    """Ground every item of `checked` in the article and give it its id.

    `rejected` are items that could not even be read; they come first in `Brief.rejected`. Without `mentions` actors have
    none: see `with_mentions`.
    """
    cited = {label for position in checked.positions for label in position.item.quotes}
    used = sorted({review.item.issue for review in checked.positions} - {0})
    issues = {number: f"i{place}" for place, number in enumerate(used, start=1)}
    brief = Brief(
        article=numbered.article.metadata,
        summary=checked.summary.strip() or None,
        actors=tuple(_actors(checked, numbered)),
        issues=tuple(Issue(id=issues[number], proposition=checked.issues[number - 1]) for number in used),
        positions=tuple(_positions(checked, numbered, issues)),
        next_steps=tuple(_next_steps(checked, numbered)),
        rejected=(*rejected, *checked.rejected),
        warnings=tuple(_warnings(checked, numbered)),
        coverage=coverage_of(numbered, cited),
        provenance=provenance,
    )
    return with_mentions(brief, numbered) if mentions else brief


def with_mentions(brief: Brief, numbered: NumberedArticle) -> Brief:
    """Return a brief whose actors have all their mentions: every place where a form of the name occurs."""
    named = [
        ExtractedActor(
            name=actor.name, type=actor.type, country="", office=actor.office or "", affiliation="", aliases=list(actor.aliases)
        )
        for actor in brief.actors
    ]
    found = mentions_of(Parties(named, numbered.article.metadata.language), Wording(numbered))
    actors = (actor.model_copy(update={"mentions": tuple(found.get(place, ()))}) for place, actor in enumerate(brief.actors))
    return brief.model_copy(update={"actors": tuple(actors)})


def _actors(checked: Checked, numbered: NumberedArticle) -> Iterator[Actor]:
    parties = Parties([review.item for review in checked.actors], numbered.article.metadata.language)
    for index, review in enumerate(checked.actors):
        item = review.item
        affiliation = parties.find(item.affiliation) if item.affiliation else None
        yield Actor(
            id=f"a{index + 1}",
            name=item.name,
            type=item.type,
            aliases=tuple(item.aliases),
            country=_country(item),
            office=item.office or None,
            affiliation=None if affiliation in (None, index) else f"a{affiliation + 1}",
        )


def _country(actor: ExtractedActor) -> str | None:
    """A person's country is the model's, checked; the gazetteer knows the others'."""
    if actor.type is ActorType.PERSON:
        return actor.country or None
    entry = gazetteer.lookup(actor.name)
    return entry.country if entry else None


def _positions(checked: Checked, numbered: NumberedArticle, issues: dict[int, str]) -> Iterator[Position]:
    for place, review in enumerate(checked.positions, start=1):
        item = review.item
        quotations = [numbered.quotations[int(label[1:]) - 1] for label in item.quotes]
        yield Position(
            id=f"p{place}",
            actor=_ids(review, "actor")[0],
            issue=issues.get(item.issue),
            stance=item.stance,
            statement=item.statement,
            condition=item.condition or None,
            date_text=item.date_text or None,
            date=_date(item, numbered),
            via=item.via or None,
            attribution=_attribution(quotations, numbered),
            evidence=_evidence(item.evidence, numbered),
            quotes=tuple(part for quotation in quotations for part in numbered.quoted[quotation.number - 1]),
        )


def _next_steps(checked: Checked, numbered: NumberedArticle) -> Iterator[NextStep]:
    for place, review in enumerate(checked.next_steps, start=1):
        item = review.item
        yield NextStep(
            id=f"n{place}",
            action=item.action,
            proposed_by=_ids(review, "proposed_by"),
            actors=_ids(review, "actors"),
            recipients=_ids(review, "recipients"),
            event=item.event,
            quad_code=QUAD_CODES.get(item.event),
            commitment=item.commitment,
            condition=item.condition or None,
            date_text=item.date_text or None,
            date=_date(item, numbered),
            evidence=_evidence(item.evidence, numbered),
        )


def _date(item: ExtractedPosition | ExtractedStep, numbered: NumberedArticle) -> str | None:
    return resolve_date(item.date_text, numbered.article.metadata.date_published) if item.date_text else None


def _ids(review: Reviewed[ExtractedPosition] | Reviewed[ExtractedStep], name: str) -> tuple[str, ...]:
    return tuple(f"a{index + 1}" for index in review.refs.get(name, ()))


def _evidence(units: list[int], numbered: NumberedArticle) -> tuple[Evidence, ...]:
    article = numbered.article
    return tuple(
        Evidence(
            unit=number,
            start=unit.start,
            end=unit.end,
            quote=article.text[unit.start : unit.end],
            page=article.page_at(unit.start),
        )
        for number in units
        for unit in (article.unit(number),)
    )


def _attribution(quotations: list[Quotation], numbered: NumberedArticle) -> Attribution:
    """Whole quoted sentences are direct speech, quoted fragments mixed, no quotation indirect (PARC 3.0)."""
    if not quotations:
        return Attribution.INDIRECT
    whole = [_is_sentence(numbered.article.text[q.spans[0].start : q.spans[0].end]) for q in quotations]
    return Attribution.DIRECT if all(whole) else Attribution.MIXED


def _is_sentence(quote: str) -> bool:
    words = quote.strip(QUOTE_MARKS + " \u00a0\u202f")
    opens = words[:1]
    spaced = len(words.split()) >= SHORTEST_DIRECT_QUOTE or not words.isascii()
    return bool(words) and not opens.islower() and spaced


def _warnings(checked: Checked, numbered: NumberedArticle) -> Iterator[Notice]:
    for text in numbered.article.warnings:
        yield Notice(reason=text)
    for unit, reason in numbered.injections:
        yield Notice(field="article", value=f"[{unit}]", reason=f"{reason}: unit {unit}")
    yield from checked.warnings
    kinds: tuple[tuple[str, list[Any]], ...] = (
        ("a", checked.actors),
        ("p", checked.positions),
        ("n", checked.next_steps),
    )
    for letter, reviews in kinds:
        for place, review in enumerate(reviews, start=1):
            for warning in review.warnings:
                yield warning.model_copy(update={"item": f"{letter}{place}"})


def coverage_of(numbered: NumberedArticle, cited: set[str]) -> Coverage:
    """Return how many quotations of an article the labels cite, and which are left over."""
    left = [quotation for quotation in numbered.quotations if quotation.label not in cited]
    parts = tuple(part for quotation in left for part in numbered.quoted[quotation.number - 1])
    return Coverage(quotations=len(numbered.quotations), cited=len(numbered.quotations) - len(left), left_over=parts)


def resolve_extraction(
    answer: str, numbered: NumberedArticle, *, model: str = UNKNOWN, log_id: str | None = None, created: str | None = None
) -> Brief:
    """Check an extraction, given as JSON text, against its article, and ground what passes.

    Items that fail the checks are in `rejected`, as in every brief. `model`, `log_id` and `created` (ISO 8601) say where the
    extraction came from, if that is known. Raises `InvalidExtractionError` for any other text. Calls no model.
    """
    read = read_answer(answer)
    made = Provenance(
        model=model,
        prompt=Prompt(name=UNKNOWN, sha256=""),
        calls=0,
        seconds=0,
        log_ids=(log_id,) if log_id else (),
        created=created or datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return assemble_brief(check_extraction(read.extraction, numbered), numbered, made, read.rejected)
