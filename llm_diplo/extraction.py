"""What a model is asked for, and what is checked in its answer."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from llm_diplo.schema import ActorType, Commitment, Event, Stance


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
    """Persons only: name of the actor spoken for, else empty."""
    aliases: list[str]
    """Other forms the article uses."""


class ExtractedPosition(_Item):
    """One actor's stand on one issue."""

    evidence: list[int]
    """Unit numbers that show it."""
    quotes: list[str]
    """Quotation numbers (q1) of this actor's words."""
    actor: str
    """Name of the actor who holds it."""
    issue: int
    """Number of the issue, from 1."""
    stance: Stance
    """Stand on the issue's proposition."""
    statement: str
    """One-sentence paraphrase."""
    target: str
    """Actor endorsed or criticised, else empty."""
    via: str
    """Who reported it, if not the article, else empty."""


class ExtractedStep(_Item):
    """One thing that may happen next."""

    evidence: list[int]
    """Unit numbers that show it."""
    action: str
    """Verb phrase: what would be done."""
    proposed_by: list[str]
    """Names of those who put it forward; may be empty."""
    actors: list[str]
    """Names of those who would act."""
    recipients: list[str]
    """Names of those it would be done to or with."""
    event: Event
    """PLOVER type of the action."""
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
    """Propositions in dispute, each a full sentence, once."""
    positions: list[ExtractedPosition]
    """Who stands where."""
    next_steps: list[ExtractedStep]
    """What may come."""
