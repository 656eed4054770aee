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

_ANSWERS = """
select responses.id, responses.response, responses.conversation_id, responses.datetime_utc,
       coalesce(responses.resolved_model, responses.model) as model
from responses
where responses.conversation_id in (
  select answered.conversation_id from responses as answered
  join prompt_fragments on prompt_fragments.response_id = answered.id
  join fragments on fragments.id = prompt_fragments.fragment_id
  where fragments.source like 'diplo:%'
)
and (:id = 'last' or responses.id = :id or responses.conversation_id = :id)
order by responses.datetime_utc desc, responses.id desc limit :most
"""
_BLOCKS = """
select fragments.content from fragments
join prompt_fragments on prompt_fragments.fragment_id = fragments.id
join responses on responses.id = prompt_fragments.response_id
where responses.conversation_id = :thread and fragments.source like 'diplo:%'
"""


def logged_brief(id_: str) -> Brief:
    """Return the brief of an answer in llm's log, by the id of the answer or of its thread, or `last`.

    Offsets are those of the article as its block shows it. Raises `NoSuchSourceError`, which says which command makes one.
    """
    logbook = Logbook()
    try:
        for row in logbook.db.query(_ANSWERS, {"id": id_, "most": MOST_TRIED}):
            for numbered in _articles(logbook.db, row["conversation_id"]):
                try:
                    return resolve_extraction(
                        row["response"] or "", numbered, model=row["model"], log_id=row["id"], created=row["datetime_utc"]
                    )
                except InvalidExtractionError:
                    continue
    finally:
        logbook.close()
    asked = "no brief" if id_ == LAST else f"no brief of the id {id_}"
    raise NoSuchSourceError(f"llm's log holds {asked}: `llm diplo article.txt` makes one, `llm logs` lists the ids.")


def _articles(db: Any, thread: str) -> Iterator[NumberedArticle]:
    for row in db.query(_BLOCKS, {"thread": thread}):
        numbered = read_block(row["content"])
        if numbered is not None:
            yield numbered
