"""A database as JSON lines, and back: one line for each source, with its text, brief and answers.

The Parquet of a cluster is read, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from llm_diplo.corpus.duplicates import bands, signature
from llm_diplo.corpus.records import parquet
from llm_diplo.corpus.store import Store
from llm_diplo.errors import InvalidBriefError, SourceError
from llm_diplo.schema import Brief
from llm_diplo.text.article import Article

_STATE = (
    "name", "state", "error_kind", "error", "raw_answer", "similarity", "differing_units", "stamp", "settings", "updated",
)  # fmt: skip
_ANSWER = (
    "key", "model", "resolved_model", "input_tokens", "output_tokens", "cost_usd", "text", "response_json", "created",
)  # fmt: skip

COLUMNS = ("id", "text", "brief", "error_kind", "error")
"""The columns of a row that `summarize_dataset` makes; `brief` is JSON, or null where an error stands in its place."""


def exported(store: Store) -> Iterator[str]:
    """Yield one JSON object a source, in the order of the database: `source`, `text`, `brief` and `answers`."""
    rows = store.rows(
        """select sources.*, first.name as first, texts.text, briefs.json from sources
        left join sources as first on first.id = sources.duplicate_of
        left join texts on texts.sha256 = sources.text_sha256
        left join briefs on briefs.id = sources.brief order by sources.id"""
    )
    for row in rows:
        source = {name: row[name] for name in _STATE if row[name] is not None}
        if row["first"]:
            source["duplicate_of"] = row["first"]
        line = {
            "source": source,
            "text": row["text"],
            "brief": json.loads(row["json"]) if row["json"] else None,
            "answers": list(store.rows(f"select {', '.join(_ANSWER)} from answers where source = ?", (row["id"],))),
        }
        yield json.dumps(line, ensure_ascii=False)


def imported(store: Store, lines: Iterable[tuple[int, str]], name: str) -> Iterator[str]:
    """Write numbered lines of `exported` into a database, one transaction each; yields the name of each source.

    A source that is already in the database is replaced. A line needs only `text` and `brief`. Raises `InvalidBriefError`,
    which names the line, for one without a brief of its text.
    """
    for number, line in lines:
        if line.strip():
            place = f"{name}, line {number}"
            yield _import(store, _data(line, place), place)


def imported_rows(store: Store, path: Path) -> Iterator[str]:
    """Write the rows of `summarize_dataset` into a database: those of a Parquet file, or of all in a folder.

    Rows without a brief come first, so that a brief from a later try replaces the error of an earlier one. Yields the name
    of each source. Raises `SourceError` for a file that cannot be read, `InvalidBriefError` for a row that holds no brief
    of its text.
    """
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    for has_brief in (False, True):
        for file in files:
            for place, row in _rows(file):
                if bool(row["brief"]) == has_brief:
                    yield _import(store, _line(row, place), place)


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with parquet(file) as (header, rows):
        if missing := [name for name in COLUMNS if name not in header]:
            raise SourceError(f"{file} is not output of summarize_dataset: it has no column {missing[0]}.")
        for number, row in enumerate(rows, 1):
            yield f"{file}, row {number}", dict(zip(header, row, strict=True))


def _line(row: dict[str, Any], place: str) -> dict[str, Any]:
    """A row of Parquet as a line of `exported`."""
    source = {"name": row["id"], "error_kind": row["error_kind"], "error": row["error"]}
    brief = _data(row["brief"], place) if row["brief"] else None
    return {"source": {**source, "state": "done" if brief else "failed"}, "text": row["text"], "brief": brief}


def _data(line: str, place: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise InvalidBriefError(f"{place} is not JSON: {error}.") from None
    if not isinstance(data, dict) or not isinstance(data.get("source", {}), dict | str):
        raise InvalidBriefError(f"{place} is not a line of `llm diplo corpus --export`.")
    return data


def _import(store: Store, data: dict[str, Any], place: str) -> str:
    stated = data.get("source") or {}
    source = {"name": stated} if isinstance(stated, str) else stated
    brief, article = _brief(data, place), None
    if data.get("text"):
        article = Article.from_text(data["text"])
    if brief and (article is None or brief.article.text_sha256 != article.metadata.text_sha256):
        raise InvalidBriefError(f"{place}: the brief was made from another text than the one beside it.")
    name = source.get("name") or (brief.article.url or brief.article.id if brief else place)
    with store.transaction() as conn:
        values = {
            **{field: source.get(field) for field in _STATE if field != "name"},
            "state": source.get("state") or ("done" if brief else "pending"),
            "text_sha256": store.keep_text(article) if article else None,
            "brief": store.add_brief(brief) if brief else None,
            "duplicate_of": _id_of(store, source.get("duplicate_of")),
        }
        number = store.write_source(name, values)
        conn.execute("delete from answers where source = ?", (number,))
        if article and values["state"] == "done":
            sketch = signature(article.text)
            store.sign(number, sketch, bands(sketch))
        for answer in data.get("answers") or ():
            row = {**{field: answer.get(field) for field in _ANSWER}, "source": number}
            store.insert("answers", [row], conflict="or replace")
    return str(name)


def _brief(data: dict[str, Any], place: str) -> Brief | None:
    try:
        return Brief.model_validate(data["brief"]) if data.get("brief") else None
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidBriefError(f"{place}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from None


def _id_of(store: Store, name: str | None) -> int | None:
    row = store.row("select id from sources where name = ?", (name,)) if name else None
    return row["id"] if row else None
