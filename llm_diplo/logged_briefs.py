"""Briefs made before: read again from `llm logs`, checked and grounded anew. No model is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llm_diplo.errors import InvalidExtractionError, NoSuchSourceError
from llm_diplo.logbook import Logbook
from llm_diplo.quotations import NumberedArticle
from llm_diplo.render.block import read_block
from llm_diplo.resolution import resolve_extraction
from llm_diplo.schema import Brief

LAST = "last"
MOST_TRIED = 200  # answers looked at for the last brief


def logged_brief(id_: str) -> Brief:
    """Return the brief of an answer in llm's log, by the id of the answer or of its thread, or `last`.

    Offsets are those of the article as its block shows it. Raises `NoSuchSourceError`, which says which command makes one.
    """
    logbook = Logbook()
    try:
        for row in _rows(logbook.db, id_):
            for numbered in _articles(logbook.db, row):
                try:
                    return resolve_extraction(
                        row["response"] or "",
                        numbered,
                        model=row["resolved_model"] or row["model"],
                        log_id=row["id"],
                        created=row["datetime_utc"],
                    )
                except InvalidExtractionError:
                    continue
    finally:
        logbook.close()
    asked = "no brief" if id_ == LAST else f"no brief of the id {id_}"
    raise NoSuchSourceError(f"llm's log holds {asked}: `llm diplo article.txt` makes one, `llm logs` lists the ids.")


def _rows(db: Any, id_: str) -> list[dict[str, Any]]:
    """Answers in the log, the newest first."""
    from llm.logs import LogStore, merged_log_rows

    store = LogStore(db)
    if id_ == LAST:
        return list(merged_log_rows(store, count=MOST_TRIED))
    return list(merged_log_rows(store, ids=[id_])) or list(merged_log_rows(store, thread_id=id_))


def _articles(db: Any, row: dict[str, Any]) -> Iterator[NumberedArticle]:
    """The numbered articles that an answer, or an earlier turn of its thread, was given."""
    from llm.logs import LogStore, log_row_extras, merged_log_rows

    store = LogStore(db)
    for turn in (row, *merged_log_rows(store, thread_id=row["conversation_id"])):
        for fragment in log_row_extras(store, turn)["prompt_fragments"]:
            numbered = read_block(fragment["content"])
            if numbered is not None:
                yield numbered
