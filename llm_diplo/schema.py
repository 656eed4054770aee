"""The brief: what a reader gets. Immutable, equal after a JSON round trip, and free of I/O.

Offsets are Unicode code points, half-open: `text[start:end] == quote`, always.
Field names are the field's own: schema.org NewsArticle for the article, PLOVER for events and parties, Discourse
Network Analyzer for statements, PARC and PolNeAR for attribution, ISO 3166 alpha-3 for countries, EDTF for dates.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from llm_diplo.codes import ActorType, Attribution, Commitment, Event, QuadCode, Stance

SCHEMA_VERSION = "2.0"
UNKNOWN = "unknown"
"""The model, and the name of the prompt, of a brief whose origin is not known."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Span(_Record):
    """A stretch of the article's text."""

    start: int = Field(ge=0)
    """First code point, from 0."""
    end: int = Field(ge=0)
    """One past the last code point."""


class Evidence(_Record):
    """The words an item rests on, looked up in the article: never the model's own copy."""

    unit: int = Field(ge=1)
    """Number of the unit in which the words begin, from 1."""
    start: int = Field(ge=0)
    """First code point in the article's text, from 0."""
    end: int = Field(ge=0)
    """One past the last code point."""
    quote: str
    """The words themselves: `text[start:end]`."""
    quotation: str | None = None
    """The quotation's number (`q3`) where the words are one, or a part of one that its frame interrupts."""
    page: int | None = Field(default=None, ge=1)
    """The page of the source on which the words begin, where it has pages."""


class ArticleMetadata(_Record):
    """What is known of the article itself (schema.org NewsArticle)."""

    id: str
    """First 16 hexadecimal digits of `text_sha256`."""
    headline: str | None = None
    """The headline, as the text or the source shows it."""
    url: str | None = None
    """Where the article was read, when it came from the web."""
    publisher: str | None = None
    """Newspaper, agency, ministry or site."""
    date_published: str | None = None
    """Day of publication, ISO 8601 (`2015-09-19`)."""
    dateline: str | None = None
    """Place (and date) that open a report: `TEHRAN`."""
    author: str | None = None
    """The byline's name or names."""
    speaker: str | None = None
    """Whose voice a first-person text is: delegation, columnist."""
    language: str | None = None
    """BCP 47 code of the text's language."""
    text_sha256: str
    """SHA-256 of the text in UTF-8, hexadecimal."""
    characters: int = Field(ge=0)
    """Length of the text in code points."""
    units: int = Field(ge=0)
    """How many units the text was numbered into."""


class Actor(_Record):
    """A party that speaks or acts in the article."""

    id: str
    """`a1`, `a2` …, in the order of the brief."""
    name: str
    """As the article writes it, its fullest form."""
    type: ActorType
    """What kind of party it is."""
    aliases: tuple[str, ...] = ()
    """Other forms the article uses."""
    country: str | None = None
    """ISO 3166-1 alpha-3 code."""
    office: str | None = None
    """The person's office, as the article writes it."""
    affiliation: str | None = None
    """Id of the actor that the person speaks or works for."""
    mentions: tuple[Span, ...] = ()
    """Every place where a form of the name stands, found by code."""


class Issue(_Record):
    """One matter in dispute, as a proposition that actors can agree with or not."""

    id: str
    """`i1`, `i2` …"""
    proposition: str
    """A full sentence that can be supported or opposed."""


class Position(_Record):
    """What one actor says, and where that puts the actor on an issue, with the words that show it."""

    id: str
    """`p1`, `p2` …"""
    actor: str
    """Id of the actor who holds it."""
    issue: str | None = None
    """Id of the issue; null for a statement that takes no side."""
    stance: Stance
    """Support, opposition, both, or no clear side."""
    statement: str
    """One-sentence paraphrase."""
    condition: str | None = None
    """What it depends on, if the article says so."""
    date_text: str | None = None
    """When it was taken, as the article writes it, if earlier than the report."""
    date: str | None = None
    """When it was taken, as EDTF, resolved by code; null where nothing is certain."""
    via: str | None = None
    """Who passed the words on (an outlet, an informant), as written, when not the article itself."""
    attribution: Attribution
    """Direct, indirect or mixed speech: computed from the quotations cited."""
    evidence: tuple[Evidence, ...]
    """The units it rests on."""
    quotes: tuple[Evidence, ...] = ()
    """The quotations it rests on, part by part."""


class NextStep(_Record):
    """Something that is proposed, promised, demanded or expected to happen."""

    id: str
    """`n1`, `n2` …"""
    action: str
    """Verb phrase: what would be done."""
    proposed_by: tuple[str, ...] = ()
    """Ids of the actors who put it forward; empty when nobody did."""
    actors: tuple[str, ...] = ()
    """Ids of the actors who would act."""
    recipients: tuple[str, ...] = ()
    """Ids of the actors it would be done to, for or with."""
    event: Event
    """PLOVER type of the action itself."""
    quad_code: QuadCode | None = None
    """PLOVER quadrant: computed from `event`; null for OTHER."""
    commitment: Commitment
    """How firmly it is meant."""
    condition: str | None = None
    """What it depends on, if the article says so."""
    date_text: str | None = None
    """When, as the article writes it."""
    date: str | None = None
    """When, as EDTF, resolved by code; null where nothing is certain."""
    evidence: tuple[Evidence, ...]
    """The units it rests on."""


class Rejected(_Record):
    """An item that failed the checks, as the model gave it."""

    kind: str
    """`actor`, `position`, `next_step` or `summary`."""
    item: dict[str, Any]
    """The item as the model gave it."""
    reasons: tuple[str, ...]
    """Why it was rejected, one sentence each."""


class Notice(_Record):
    """Something that was dropped or is doubtful, in an item that stayed or in the whole brief."""

    item: str | None = None
    """Id of the item (`a2`, `p1`, `n3`); null for the whole brief."""
    field: str | None = None
    """The field that was dropped or is doubtful."""
    value: str | None = None
    """What the model had written there."""
    reason: str
    """Why, in one sentence."""


class Coverage(_Record):
    """How much of what is said in the article the brief accounts for."""

    quotations: int = Field(ge=0)
    """Quotations found in the article."""
    cited: int = Field(ge=0)
    """How many of them a position cites."""
    left_over: tuple[Evidence, ...] = ()
    """The others."""


class Prompt(_Record):
    """Which instructions the model was given."""

    name: str
    """Template name."""
    sha256: str
    """SHA-256 of the instructions sent, hexadecimal."""


class Verification(_Record):
    """The second reading: who made it, and what it took."""

    model: str
    """Id of the llm model asked for."""
    calls: int = Field(ge=0)
    """How many answers were asked for, re-asks included."""
    input_tokens: int | None = None
    """Tokens sent; null when the provider does not tell."""
    output_tokens: int | None = None
    """Tokens received; null when the provider does not tell."""
    cost_usd: float | None = None
    """US dollars; null when unknown."""
    log_ids: tuple[str, ...] = ()
    """Ids of the answers in `llm logs`."""


class Provenance(_Record):
    """How the brief was made: enough to repeat it and to find its answers in `llm logs`."""

    model: str
    """Id of the llm model asked for."""
    resolved_model: str | None = None
    """The model that the provider says answered."""
    prompt: Prompt
    """The instructions."""
    schema_version: str = SCHEMA_VERSION
    """Version of this schema."""
    calls: int = Field(ge=0)
    """How many answers were asked for, re-asks included."""
    input_tokens: int | None = None
    """Tokens sent, all calls; null when the provider does not tell."""
    output_tokens: int | None = None
    """Tokens received, all calls; null when the provider does not tell."""
    cost_usd: float | None = None
    """US dollars; null when unknown."""
    seconds: float = Field(ge=0)
    """Wall time of the calls and checks."""
    log_ids: tuple[str, ...] = ()
    """Ids of the answers in `llm logs`, the accepted one last."""
    created: str
    """When the brief was made, ISO 8601 with zone."""
    verification: Verification | None = None
    """The second reading; null when there was none."""


class Brief(_Record):
    """A news article as its actors, their positions and the next steps they propose, each tied to the words."""

    article: ArticleMetadata
    """The article."""
    summary: str | None = None
    """Two or three neutral sentences."""
    actors: tuple[Actor, ...] = ()
    """Who speaks or acts."""
    issues: tuple[Issue, ...] = ()
    """What is in dispute."""
    positions: tuple[Position, ...] = ()
    """Who stands where."""
    next_steps: tuple[NextStep, ...] = ()
    """What may come."""
    rejected: tuple[Rejected, ...] = ()
    """What failed the checks."""
    warnings: tuple[Notice, ...] = ()
    """What was dropped or is doubtful."""
    coverage: Coverage
    """How many quotations are accounted for."""
    provenance: Provenance
    """How it was made."""

    def actor(self, actor: str) -> Actor:
        """Return the actor of that id (`a1`), as `position.actor` gives it; raises `KeyError` if there is none."""
        return {known.id: known for known in self.actors}[actor]

    def issue(self, issue: str | None) -> Issue | None:
        """Return the issue of that id (`i1`), None for None, as `position.issue` is; raises `KeyError` if there is none."""
        return None if issue is None else {known.id: known for known in self.issues}[issue]

    def rows(self) -> list[dict[str, Any]]:
        """Return one flat row for each position and next step, ready for a table or `pandas.DataFrame`.

        `kind` is `position` or `next_step`; actors are names; `evidence` is the words, `units` their numbers.
        """
        names = {actor.id: actor.name for actor in self.actors}
        propositions = {issue.id: issue.proposition for issue in self.issues}
        shared = {"article": self.article.id, "headline": self.article.headline, "date_published": self.article.date_published}
        return [
            *({**shared, **_position_row(position, names, propositions)} for position in self.positions),
            *({**shared, **_step_row(step, names)} for step in self.next_steps),
        ]

    def _repr_html_(self) -> str:
        """A notebook shows a brief as it is read, not as a long line."""

        # By name: rendering stands above the schema, and a notebook asks the object itself.
        from llm_diplo.render.evidence import brief_html

        return brief_html(self)


def _position_row(position: Position, names: dict[str, str], propositions: dict[str, str]) -> dict[str, Any]:
    return {
        "kind": "position",
        "id": position.id,
        "actor": names[position.actor],
        "issue": propositions.get(position.issue or ""),
        "stance": position.stance.value,
        "statement": position.statement,
        "attribution": position.attribution.value,
        "condition": position.condition,
        "date_text": position.date_text,
        "date": position.date,
        **_evidence_cells(position.evidence, position.quotes),
    }


def _step_row(step: NextStep, names: dict[str, str]) -> dict[str, Any]:
    return {
        "kind": "next_step",
        "id": step.id,
        "actor": ", ".join(names[actor] for actor in (step.proposed_by or step.actors)),
        "statement": step.action,
        "event": step.event.value,
        "quad_code": step.quad_code.value if step.quad_code else None,
        "commitment": step.commitment.value,
        "condition": step.condition,
        "date_text": step.date_text,
        "date": step.date,
        **_evidence_cells(step.evidence, ()),
    }


def _evidence_cells(evidence: tuple[Evidence, ...], quotes: tuple[Evidence, ...]) -> dict[str, Any]:
    return {
        "units": ", ".join(str(part.unit) for part in evidence),
        "evidence": " ".join(part.quote for part in evidence),
        "quotes": " … ".join(part.quote for part in quotes),
    }
