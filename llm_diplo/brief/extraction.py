"""The extraction: what a model is asked for, its schema, and how its answer is read.

The names are the brief's; evidence comes first in each item, so that the model looks before it speaks.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

from llm_diplo.codes import ActorType, Commitment, Event, Stance

_DROPPED_KEYS = frozenset({"title", "default", "$defs"})


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ExtractedActor(_Item):
    """One party, as the model names it."""

    name: str
    """Fullest form the article writes."""
    type: ActorType
    """Kind of party."""
    country: str
    """Persons only: ISO alpha-3, else empty."""
    office: str
    """Persons only: office as the article writes it, else empty."""
    affiliation: str
    """Persons only: actor spoken or worked for, else empty."""
    aliases: list[str]
    """Other forms the article uses."""


class ExtractedPosition(_Item):
    """One actor's stand on one issue."""

    evidence: list[int]
    """Units that show it, the holder's name included."""
    quotes: list[str]
    """Quotations of this actor's words: q1."""
    actor: str
    """Who holds it."""
    issue: int
    """Number of the issue; 0 when no side is taken."""
    stance: Stance
    """Towards the issue; unclear for issue 0."""
    statement: str
    """One-sentence paraphrase."""
    condition: str
    """What it depends on, else empty."""
    date_text: str
    """When it was taken, if earlier, as written, else empty."""
    via: str
    """Outlet or informant that passed it on, else empty."""


class ExtractedStep(_Item):
    """One thing that may happen next."""

    evidence: list[int]
    """Units that show it."""
    action: str
    """Verb phrase: what would be done."""
    proposed_by: list[str]
    """Who put it forward; may be empty."""
    actors: list[str]
    """Who would act."""
    recipients: list[str]
    """To or with whom."""
    event: Event
    """PLOVER type of the action itself."""
    commitment: Commitment
    """How firmly it is meant."""
    condition: str
    """What it depends on, else empty."""
    date_text: str
    """When, copied from the article, else empty."""


class Extraction(_Item):
    """A whole answer."""

    summary: str
    """Two or three neutral sentences."""
    actors: list[ExtractedActor]
    """Who speaks or acts."""
    issues: list[str]
    """Propositions, each a full sentence, once."""
    positions: list[ExtractedPosition]
    """Who stands where."""
    next_steps: list[ExtractedStep]
    """What may come."""


@cache
def _schema() -> dict[str, Any]:
    full = Extraction.model_json_schema()
    schema: dict[str, Any] = _inline(full, full.get("$defs", {}))
    schema.pop("description", None)
    return schema


def extraction_schema() -> dict[str, Any]:
    """Return the JSON schema that models are sent: inlined, without `$ref`, `title`, `default` or `anyOf`.

    It keeps to OpenAI's strict rules, Gemini's subset and llama.cpp's grammars. The caller may change its copy.
    """
    return deepcopy(_schema())


def _inline(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = dict(definitions[node["$ref"].rsplit("/", 1)[-1]])
        target.pop("description", None)  # a class's docstring is for us; the field's own stays
        return _inline({**target, **{key: value for key, value in node.items() if key != "$ref"}}, definitions)
    return {
        key: {name: _inline(value, definitions) for name, value in item.items()}
        if key == "properties"
        else _inline(item, definitions)
        for key, item in node.items()
        if key not in _DROPPED_KEYS
    }
