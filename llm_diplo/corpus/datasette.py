"""What Datasette shows about the tables: titles, descriptions, units."""

from __future__ import annotations

from typing import Any

_TABLES: dict[str, tuple[str, dict[str, str]]] = {
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
        for name, (text, columns) in _TABLES.items()
    }
    return {"title": "Briefs", "databases": {database: {"title": "Briefs made with llm-diplo", "tables": tables}}}
