"""The tables of a database of briefs, made for SQL and Datasette: migrations of sqlite-utils, and Datasette's metadata."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

MIGRATIONS = Migrations("llm-diplo")

# Of each table: columns, primary key, and the table that a column points into.
_TABLES: dict[str, tuple[dict[str, Any], str, dict[str, str]]] = {
    "runs": (
        {
            "id": int, "started": str, "ended": str, "host": str, "pid": int,
            "model": str, "prompt": str, "prompt_sha256": str, "options": str, "schema_version": str,
        },
        "id",
        {},
    ),
    "texts": ({"sha256": str, "text": str}, "sha256", {}),
    "briefs": (
        {
            "id": int, "article": str, "headline": str, "url": str, "publisher": str, "date_published": str, "author": str,
            "speaker": str, "language": str, "summary": str, "text_sha256": str, "quotations": int, "cited": int,
            "model": str, "resolved_model": str, "prompt": str, "schema_version": str, "calls": int, "input_tokens": int,
            "output_tokens": int, "cost_usd": float, "seconds": float, "created": str, "json": str,
        },
        "id",
        {"text_sha256": "texts"},
    ),
    "sources": (
        {
            "id": int, "name": str, "state": str, "error_kind": str, "error": str, "raw_answer": str, "brief": int,
            "duplicate_of": int, "similarity": float, "differing_units": str, "text_sha256": str, "stamp": str,
            "settings": str, "run": int, "updated": str,
        },
        "id",
        {"brief": "briefs", "duplicate_of": "sources", "text_sha256": "texts", "run": "runs"},
    ),
    "answers": (
        {
            "key": str, "source": int, "run": int, "model": str, "resolved_model": str, "input_tokens": int,
            "output_tokens": int, "cost_usd": float, "text": str, "response_json": str, "created": str,
        },
        "key",
        {"source": "sources", "run": "runs"},
    ),
    "actors": (
        {
            "id": str, "brief": int, "name": str, "type": str, "country": str, "office": str, "affiliation": str,
            "aliases": str, "mentions": int,
        },
        "id",
        {"brief": "briefs", "affiliation": "actors"},
    ),
    "issues": ({"id": str, "brief": int, "proposition": str}, "id", {"brief": "briefs"}),
    "positions": (
        {
            "id": str, "brief": int, "actor": str, "issue": str, "stance": str, "statement": str, "condition": str,
            "date_text": str, "date": str, "via": str, "attribution": str,
        },
        "id",
        {"brief": "briefs", "actor": "actors", "issue": "issues"},
    ),
    "next_steps": (
        {
            "id": str, "brief": int, "action": str, "event": str, "quad_code": str, "commitment": str, "condition": str,
            "date_text": str, "date": str,
        },
        "id",
        {"brief": "briefs"},
    ),
    "step_actors": (
        {"id": int, "next_step": str, "actor": str, "role": str},
        "id",
        {"next_step": "next_steps", "actor": "actors"},
    ),
    "evidence": (
        {
            "id": int, "brief": int, "position": str, "next_step": str, "kind": str, "unit": int, "start": int, "end": int,
            "quote": str, "quotation": str, "page": int,
        },
        "id",
        {"brief": "briefs", "position": "positions", "next_step": "next_steps"},
    ),
    "quotations": (
        {"id": int, "brief": int, "number": str, "unit": int, "start": int, "end": int, "quote": str, "cited": int},
        "id",
        {"brief": "briefs"},
    ),
    "rejected": ({"id": int, "brief": int, "kind": str, "reasons": str, "item": str}, "id", {"brief": "briefs"}),
    "signatures": ({"source": int, "signature": bytes}, "source", {"source": "sources"}),
    "bands": ({"id": int, "band": bytes, "source": int}, "id", {"source": "sources"}),
}  # fmt: skip

# What `--batch` needs: requests as they were noted, and the batches in which they were sent.
_BATCHES: dict[str, tuple[dict[str, Any], str, dict[str, str]]] = {
    "batches": (
        {
            "id": int, "key": str, "model": str, "endpoint": str, "requests": int, "file": str, "batch": str, "status": str,
            "completed": int, "output_file": str, "error_file": str, "reason": str, "created": str, "collected": str,
        },
        "id",
        {},
    ),
    "batch_requests": (
        {
            "id": str, "source": int, "model": str, "endpoint": str, "body": str, "tokens": int, "cost_usd": float,
            "rounds": int, "batch": int, "status": int, "answer": str, "reason": str, "answer_key": str,
        },
        "id",
        {"source": "sources", "batch": "batches"},
    ),
    "batch_articles": ({"source": int, "article": str}, "source", {"source": "sources"}),
}  # fmt: skip

_INDEXES = {
    "sources": ("state", "text_sha256", "brief", "duplicate_of"),
    "answers": ("source",),
    "bands": ("band", "source"),
    "briefs": ("date_published", "model", "text_sha256"),
    "actors": ("brief", "name", "country"),
    "issues": ("brief",),
    "positions": ("brief", "actor", "issue"),
    "next_steps": ("brief", "date"),
    "step_actors": ("next_step", "actor"),
    "evidence": ("brief", "position", "next_step"),
    "quotations": ("brief",),
    "rejected": ("brief",),
}

_SEARCHED = {"positions": "statement", "issues": "proposition", "next_steps": "action", "evidence": "quote"}

_VIEWS = {
    "positions_with_quotes": """
        select positions.id, briefs.date_published, actors.name as actor, actors.country, issues.proposition as issue,
            positions.stance, positions.statement, positions.condition, positions.attribution,
            (select group_concat(quote, ' … ') from evidence
                where position = positions.id and kind = 'quotation') as quotes,
            (select group_concat(unit, ', ') from evidence where position = positions.id and kind = 'unit') as units,
            briefs.headline, briefs.url, positions.brief
        from positions
        join briefs on briefs.id = positions.brief
        join actors on actors.id = positions.actor
        left join issues on issues.id = positions.issue""",
    "steps_by_date": """
        select next_steps.id, next_steps.date, next_steps.date_text, next_steps.action, next_steps.commitment,
            next_steps.condition, next_steps.event,
            (select group_concat(name, ', ') from step_actors join actors on actors.id = step_actors.actor
                where next_step = next_steps.id and role = 'proposed_by') as proposed_by,
            (select group_concat(name, ', ') from step_actors join actors on actors.id = step_actors.actor
                where next_step = next_steps.id and role = 'actor') as actors,
            (select group_concat(name, ', ') from step_actors join actors on actors.id = step_actors.actor
                where next_step = next_steps.id and role = 'recipient') as recipients,
            briefs.date_published, briefs.headline, next_steps.brief
        from next_steps
        join briefs on briefs.id = next_steps.brief
        order by next_steps.date is null, next_steps.date""",
    "actor_issue_matrix": """
        select actors.name as actor, actors.country, issues.proposition as issue,
            sum(positions.stance = 'support') as support, sum(positions.stance = 'oppose') as oppose,
            sum(positions.stance = 'mixed') as mixed, sum(positions.stance = 'unclear') as unclear,
            count(distinct positions.brief) as briefs
        from positions
        join actors on actors.id = positions.actor
        join issues on issues.id = positions.issue
        group by actors.name, issues.proposition""",
    "cost_by_model": """
        select model, count(*) as answers, count(distinct source) as sources, sum(input_tokens) as input_tokens,
            sum(output_tokens) as output_tokens, sum(cost_usd) as cost_usd
        from answers
        group by model""",
}


def _create(db: Database, tables: dict[str, tuple[dict[str, Any], str, dict[str, str]]]) -> None:
    keys = {name: key for name, (_, key, _) in (_TABLES | _BATCHES).items()}
    for name, (columns, key, others) in tables.items():
        pointers = [(column, other, keys[other]) for column, other in others.items()]
        db.table(name).create(columns, pk=key, foreign_keys=pointers)


@MIGRATIONS()
def tables(db: Database) -> None:
    """Create the tables, their foreign keys and indexes."""
    _create(db, _TABLES)
    for name, indexed in _INDEXES.items():
        for column in indexed:
            db.table(name).create_index([column])
    db.table("sources").create_index(["name"], unique=True)


@MIGRATIONS()
def search(db: Database) -> None:
    """Index statements, propositions, actions and quotes for full-text search."""
    for name, column in _SEARCHED.items():
        db.table(name).enable_fts([column], create_triggers=True)


@MIGRATIONS()
def views(db: Database) -> None:
    """Create the views."""
    for name, sql in _VIEWS.items():
        db.create_view(name, sql)


@MIGRATIONS()
def batches(db: Database) -> None:
    """Create the tables of `--batch`."""
    _create(db, _BATCHES)
    for column in ("source", "batch", "answer_key"):
        db.table("batch_requests").create_index([column])


@MIGRATIONS()
def affiliations(db: Database) -> None:
    """Index affiliations: for each actor written SQLite looks for those who belong to it, and would read them all."""
    db.table("actors").create_index(["affiliation"])


NAMES = frozenset(migration.name for migration in MIGRATIONS.pending(Database(memory=True)))
"""The migrations that this version knows; a database in which more were applied was written by a newer one."""


# What Datasette shows about the tables: descriptions, facets, units

_DESCRIPTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "sources": (
        "What became of each source: pending, done, failed, duplicate or skipped.",
        {
            "stamp": "Changes when the source does",
            "settings": "SHA-256 of model, options, prompt and schema",
            "similarity": "Estimated share of common shingles, 0 to 1",
            "differing_units": "Units of the copy that the first text does not have",
        },
    ),
    "briefs": (
        "One row a brief; `json` is the whole of it.",
        {
            "quotations": "Quotations in the article",
            "cited": "Quotations that a position cites",
            "seconds": "Wall time, seconds",
        },
    ),
    "actors": ("Who speaks or acts.", {"country": "ISO 3166-1 alpha-3", "mentions": "Places where the name stands"}),
    "issues": ("What is in dispute, as propositions.", {}),
    "positions": (
        "Who stands where.",
        {
            "stance": "Support, oppose, mixed or unclear, toward the issue",
            "date": "When it was taken, EDTF",
            "attribution": "Direct, indirect or mixed speech",
        },
    ),
    "next_steps": ("What may come.", {"event": "PLOVER event type", "date": "EDTF"}),
    "step_actors": ("Who proposed a step, would act, or receive it.", {}),
    "evidence": (
        "The words that an item rests on.",
        {"start": "First code point in the text, from 0", "end": "One past the last code point", "unit": "Number of the unit"},
    ),
    "quotations": ("Every quotation of an article, part by part.", {"cited": "1 if a position cites it"}),
    "rejected": ("Items that failed the checks, with the reasons.", {}),
    "answers": ("Every answer that was paid for.", {"cost_usd": "US dollars, where the price is known"}),
    "batches": (
        "Each batch that was sent with --batch.",
        {"key": "Its name in the provider's metadata", "batch": "Its id at the provider", "requests": "Requests in it"},
    ),
    "batch_requests": (
        "Each request of --batch, as it was noted, and its answer.",
        {
            "tokens": "Estimated; of an answered one as the provider counted them",
            "rounds": "How often it was sent",
            "status": "HTTP status of the answer",
            "reason": "Why the last round brought no answer",
        },
    ),
    "batch_articles": ("The articles of --batch, beside their texts, as they were read.", {}),
    "texts": ("The articles as they were read; offsets count in these.", {}),
    "runs": ("Each run of the command.", {}),
}

_FACETS = {
    "sources": ["state", "error_kind"],
    "actors": ["type", "country"],
    "positions": ["stance", "attribution"],
    "next_steps": ["event", "commitment"],
    "briefs": ["model", "publisher", "language"],
}
_UNITS = {"briefs": {"seconds": "s"}}


def metadata(database: str) -> dict[str, Any]:
    """Return the content of Datasette's metadata file for a database of that name."""
    tables = {
        name: {"description": text, "columns": columns, "facets": _FACETS.get(name, []), "units": _UNITS.get(name, {})}
        for name, (text, columns) in _DESCRIPTIONS.items()
    }
    return {"title": "Briefs", "databases": {database: {"title": "Briefs made with llm-diplo", "tables": tables}}}
