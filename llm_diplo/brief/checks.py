"""The checks: what code can verify in an extraction by looking at the article.

Three outcomes: repair in silence, warn (and drop a field), or fault. A fault rejects its item; while tries are left, it is
reported to the model. Pure functions of (extraction, article); cost is linear in the article, then in the items.
Each kind of item is repaired and goes through the table of its checks: `actor_checks`, `item_checks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from llm_diplo.brief.actor_checks import ACTOR_CHECKS, one_each, repair_actor, with_referred
from llm_diplo.brief.extraction import Extraction
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
from llm_diplo.brief.parties import Parties
from llm_diplo.brief.review import Check, Checked, Context, Item, Reviewed
from llm_diplo.brief.wording import Wording
from llm_diplo.text.quotations import NumberedArticle

_KINDS: Mapping[str, tuple[Callable[[Any, Context], Any], tuple[Check, ...]]] = {
    "actor": (repair_actor, ACTOR_CHECKS),
    "position": (repair_position, POSITION_CHECKS),
    "next_step": (repair_step, STEP_CHECKS),
}


def check_extraction(extraction: Extraction, numbered: NumberedArticle) -> Checked:
    """Hold an extraction against its article; never raises, whatever the extraction says."""
    wording = Wording(numbered)
    context = Context(wording, Parties(extraction.actors, wording.language), tuple(extraction.issues))
    given = _review_all("actor", extraction.actors, context)
    actors = one_each(_sound(given))
    context = replace(context, parties=Parties([review.item for review in actors], wording.language))
    summary = _review_summary(extraction.summary, context)
    context = with_referred(_referred(extraction.positions), given, context)
    positions = _review_all("position", extraction.positions, context)
    for check in CHECKS_OF_ALL_POSITIONS:
        for review, finding in tuple(check(positions, context)):
            review.note(finding)
    context = with_referred(_referred(extraction.next_steps), given, context)
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
    """Of a window's summary nothing is kept, and nothing of one with faults."""
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
