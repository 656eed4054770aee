"""The extraction: what a model is asked for, its schema, and how its answer is read.

The names are the brief's; evidence comes first in each item, so that the model looks before it speaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from llm_diplo.codes import ActorType, Commitment, Event, Stance
from llm_diplo.errors import InvalidExtractionError
from llm_diplo.schema import Rejected

LONGEST_ANSWER = 4_000_000
LONGEST_LIST = 300
LONGEST_INNER_LIST = 50
LONGEST_STRING = 2_000
DEEPEST = 6
KINDS = {"actors": "actor", "positions": "position", "next_steps": "next_step"}

_DROPPED_KEYS = frozenset({"title", "default", "$defs"})
_FENCE = re.compile(r"```[a-zA-Z]*\s*\n(.*?)(?:\n\s*```|\Z)", re.DOTALL)
_STRING_OR_LABEL = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|(?<![\w"])[qQ]\d{1,6}(?![\w"])', re.DOTALL)
_BROKEN_AT = re.compile(r"at line (\d+) column (\d+)")
# An answer of schema 1.0, kept in the log, lacks these fields and has others.
_ADDED: dict[str, dict[str, str]] = {"positions": {"condition": "", "date_text": ""}}
_REMOVED = {"positions": frozenset({"target"})}


class Filled(BaseModel):
    """What a model fills: these fields and no others. Its schema describes each in the words of the field's docstring."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ExtractedActor(Filled):
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


class ExtractedPosition(Filled):
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


class ExtractedStep(Filled):
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


class Extraction(Filled):
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
def lean_schema(model: type[Filled]) -> dict[str, Any]:
    """Return the JSON schema of what a model fills: inlined, without `$ref`, `title`, `default` or `anyOf`.

    It keeps to OpenAI's strict rules, Gemini's subset and llama.cpp's grammars. Made once: do not change it.
    """
    full = model.model_json_schema()
    schema: dict[str, Any] = _inline(full, full.get("$defs", {}))
    schema.pop("description", None)
    return schema


def extraction_schema() -> dict[str, Any]:
    """Return the schema that models are sent for the extraction, as a copy."""
    return deepcopy(lean_schema(Extraction))


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


# Reading an answer: JSON from prose and fences, bounded, item by item

_LISTS: dict[str, type[Filled]] = {"actors": ExtractedActor, "positions": ExtractedPosition, "next_steps": ExtractedStep}


@dataclass(frozen=True)
class Answer:
    """What could be read of a model's answer: whole items, and the rest with reasons."""

    extraction: Extraction
    rejected: tuple[Rejected, ...] = ()
    places: Mapping[str, list[int]] = field(default_factory=dict)
    """By kind of item, where each that could be read stood in its list, from 1."""


def json_in(text: str) -> str:
    """Return the JSON object in an answer that may be in a code fence or between sentences.

    Labels that the model left bare (`[q1, q2]`) get their quote marks.
    """
    return _STRING_OR_LABEL.sub(_quoted_label, _object_in(text))


def _object_in(text: str) -> str:
    if text.lstrip().startswith("{"):
        return text
    fenced = _FENCE.search(text)
    inner = fenced[1] if fenced else text
    start = inner.find("{")
    return inner[start:] if start >= 0 else inner


def _quoted_label(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith('"') else f'"{match[0]}"'


def read_answer(text: str) -> Answer:
    """Read an answer item by item, so that one bad or unfinished item costs only itself.

    Raises `InvalidExtractionError` when no JSON object with at least one of the extraction's fields is there.
    """
    data = _object(json_in(text[:LONGEST_ANSWER]))
    rejected = list(too_many(data))
    data = bounded(data)
    items: dict[str, Any] = {}
    places: dict[str, list[int]] = {}
    for name, model in _LISTS.items():
        read = dict(_read_items(data.get(name), name, model, rejected))
        items[name], places[KINDS[name]] = list(read.values()), list(read)
    summary, issues = data.get("summary"), data.get("issues")
    return Answer(
        Extraction.model_construct(
            summary=summary if isinstance(summary, str) else "",
            issues=[str(issue) for issue in issues] if isinstance(issues, list) else [],
            **items,
        ),
        tuple(rejected),
        places,
    )


def ends_in_positions(text: str) -> bool:
    """Return True if an unfinished answer breaks off before its positions are complete."""
    try:
        names = list(_object(json_in(text[:LONGEST_ANSWER])))
    except InvalidExtractionError:
        return True
    return "positions" not in names or names[-1] == "positions"


def _object(text: str) -> dict[str, Any]:
    try:
        data = _parsed(text)
    except ValueError as error:
        raise InvalidExtractionError(f"The answer is not JSON: {error}.") from None
    if not isinstance(data, dict) or not any(isinstance(data.get(name), list | str) for name in Extraction.model_fields):
        raise InvalidExtractionError("The answer is JSON, but no extraction: it has none of its fields.")
    return data


def _parsed(text: str) -> Any:
    """The object without what follows it; if it is broken or unfinished, what comes before the break."""
    end = text.rfind("}") + 1
    try:
        return from_json(text[:end])
    except ValueError:
        pass
    try:
        return from_json(text, allow_partial=True)
    except ValueError as error:
        place = _BROKEN_AT.search(str(error))
        if place is None:
            raise
        data = text.encode("utf-8", "replace")
        lines = data.split(b"\n", int(place[1]))
        sound = sum(len(line) + 1 for line in lines[: int(place[1]) - 1]) + int(place[2]) - 1
        return from_json(data[:sound], allow_partial=True)


def bounded(node: Any, depth: int = 0) -> Any:
    """The same answer with lists, strings and depth cut to what an extraction can need; linear in what is kept."""
    if isinstance(node, str):
        return node[:LONGEST_STRING]
    if isinstance(node, list):
        return (
            [bounded(item, depth + 1) for item in node[: LONGEST_LIST if depth <= 1 else LONGEST_INNER_LIST]]
            if depth < DEEPEST
            else []
        )
    if isinstance(node, dict):
        return {key[:100]: bounded(node[key], depth + 1) for key in islice(node, LONGEST_INNER_LIST)} if depth < DEEPEST else {}
    return node


def too_many(data: dict[str, Any]) -> Iterator[Rejected]:
    """Yield a rejection for each list of an answer that is longer than what is read of it."""
    for name, kind in KINDS.items():
        values = data.get(name)
        if isinstance(values, list) and len(values) > LONGEST_LIST:
            reason = f"{len(values)} items, and only the first {LONGEST_LIST} are read"
            yield Rejected(kind=kind, item={}, reasons=(reason,))


def _read_items(values: Any, name: str, model: type[Filled], rejected: list[Rejected]) -> Iterator[tuple[int, Filled]]:
    if not isinstance(values, list):
        return
    for place, value in enumerate(values, start=1):
        try:
            yield place, model.model_validate(_in_new_form(value, name))
        except ValidationError as error:
            reasons = tuple(f"{_place(found['loc'])}{found['msg']}" for found in error.errors()[:5])
            rejected.append(Rejected(kind=KINDS[name], item=_shortened(value), reasons=reasons))


def _in_new_form(value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        return value
    kept = {key: item for key, item in value.items() if key not in _REMOVED.get(name, ())}
    return {**_ADDED.get(name, {}), **kept}


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) + ": " if location else ""


def _shortened(value: Any) -> dict[str, Any]:
    """The item as the model gave it; anything but an object is kept as text."""
    return _writable(value) if isinstance(value, dict) else {"value": str(value)}


def _writable(value: Any) -> Any:
    """The same value, with fractions, `NaN` and `1e999` as text: JSON has no form for the last two."""
    if isinstance(value, list):
        return [_writable(item) for item in value]
    if isinstance(value, dict):
        return {key: _writable(item) for key, item in value.items()}
    return str(value) if isinstance(value, float) else value
