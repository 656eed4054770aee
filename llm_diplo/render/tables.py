"""Briefs as CSV: one row per position or next step, with the columns of a Discourse Network Analyzer export and our own.

The first columns are those of an event list of Discourse Network Analyzer 3 (`Exporter.eventCSV`), by their names there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from llm_diplo.codes import ActorType, Stance
from llm_diplo.schema import Actor, Brief, Evidence, NextStep, Position
from llm_diplo.text.injection import inert

COLUMNS = (
    "statement ID",
    "time",
    "document ID",
    "document title",
    "author",
    "source",
    "text",
    "person",
    "organization",
    "concept",
    "agreement",
    "kind",
    "actor",
    "actor_type",
    "country",
    "stance",
    "statement",
    "attribution",
    "via",
    "event",
    "quad_code",
    "commitment",
    "proposed_by",
    "would_act",
    "recipients",
    "condition",
    "date",
    "date_text",
    "units",
    "start",
    "end",
    "url",
    "language",
)
BOM = "\ufeff"
_AGREEMENT = {Stance.SUPPORT: 1, Stance.OPPOSE: 0}
# Characters that make a spreadsheet compute a cell (OWASP, CSV Injection), with their full-width forms.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")


def csv_table(briefs: Iterable[Brief], *, header: bool = True, bom: bool = False) -> str:
    """Return the rows of briefs as CSV with `COLUMNS`; a cell that a spreadsheet would compute begins with an apostrophe.

    `bom` puts a byte order mark first, by which Excel recognizes UTF-8.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    if header:
        writer.writeheader()
    for brief in briefs:
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in _rows(brief))
    return (BOM if bom else "") + text.getvalue()


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    shown = inert(value)
    return f"'{shown}" if _FORMULA.match(shown) else shown


def _rows(brief: Brief) -> Iterator[dict[str, Any]]:
    actors = {actor.id: actor for actor in brief.actors}
    issues = {issue.id: issue.proposition for issue in brief.issues}
    for position in brief.positions:
        yield {**_shared(position, brief), **_party(actors[position.actor], actors), **_position(position, issues)}
    for step in brief.next_steps:
        first = next(iter((*step.proposed_by, *step.actors)), None)
        yield {**_shared(step, brief), **(_party(actors[first], actors) if first else {}), **_step(step, actors)}


def _shared(item: Position | NextStep, brief: Brief) -> dict[str, Any]:
    article = brief.article
    words: tuple[Evidence, ...] = (item.quotes if isinstance(item, Position) else ()) or item.evidence
    return {
        "statement ID": f"{article.id}-{item.id}",
        "time": article.date_published,
        "document ID": article.id,
        "document title": article.headline,
        "author": article.author,
        "source": article.publisher,
        "text": " … ".join(part.quote for part in words),
        "condition": item.condition,
        "date": item.date,
        "date_text": item.date_text,
        "units": " ".join(str(part.unit) for part in item.evidence),
        "start": min((part.start for part in item.evidence), default=None),
        "end": max((part.end for part in item.evidence), default=None),
        "url": article.url,
        "language": article.language,
    }


def _party(actor: Actor, actors: dict[str, Actor]) -> dict[str, Any]:
    """A person is listed with the organization that the person speaks for, as in Discourse Network Analyzer."""
    person = actor.type is ActorType.PERSON
    body = actors.get(actor.affiliation or "") if person else actor
    return {
        "actor": actor.name,
        "actor_type": actor.type.value,
        "country": actor.country,
        "person": actor.name if person else None,
        "organization": body.name if body else None,
    }


def _position(position: Position, issues: dict[str, str]) -> dict[str, Any]:
    return {
        "kind": "position" if position.issue else "statement",
        "concept": issues.get(position.issue or ""),
        "agreement": _AGREEMENT.get(position.stance),
        "stance": position.stance.value,
        "statement": position.statement,
        "attribution": position.attribution.value,
        "via": position.via,
    }


def _step(step: NextStep, actors: dict[str, Actor]) -> dict[str, Any]:
    def named(ids: tuple[str, ...]) -> str:
        return "; ".join(actors[name].name for name in ids)

    return {
        "kind": "next_step",
        "statement": step.action,
        "event": step.event.value,
        "quad_code": step.quad_code.value if step.quad_code else None,
        "commitment": step.commitment.value,
        "proposed_by": named(step.proposed_by),
        "would_act": named(step.actors),
        "recipients": named(step.recipients),
    }
