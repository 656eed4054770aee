"""`llm logs`: where answers are kept, if the user wants them kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from llm_diplo.brief.assembly import resolve_extraction
from llm_diplo.errors import InvalidExtractionError, LogError, NoSuchSourceError
from llm_diplo.schema import Brief
from llm_diplo.text.block import read_block
from llm_diplo.text.quotations import NumberedArticle


class Logbook:
    """An open log database in llm's own format. Use it from one thread: SQLite takes one writer at a time."""

    def __init__(self, path: str | Path | None = None) -> None:
        """Open the log at `path`, or llm's own. Raises `LogError` when it cannot be opened."""
        import sqlite3

        import sqlite_utils
        from llm.cli import logs_db_path
        from llm.migrations import migrate

        self.path = Path(path) if path else logs_db_path()
        self.is_llms_own = not path
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.db: Any = sqlite_utils.Database(self.path)
            migrate(self.db)
        except (OSError, sqlite3.Error) as error:
            raise LogError(f"The log {self.path} cannot be opened ({error}): use -n, or another with -d.") from None

    def write(self, responses: Iterable[Any]) -> tuple[str, ...]:
        """Log the responses that came to an end, as turns of their threads; returns their ids.

        Raises `LogError` when the database cannot be written.
        """
        import sqlite3

        done = [response for response in responses if response._done]
        try:
            for response in done:
                response.log_to_db(self.db)
        except (OSError, sqlite3.Error) as error:
            raise LogError(f"The log {self.path} cannot be written ({error}): use -n, or another with -d.") from None
        return tuple(response.id for response in done)

    def command(self, thread: str) -> str:
        """Return the command that shows a thread of this log."""
        return f"llm logs --cid {thread}" + ("" if self.is_llms_own else f" -d {self.path}")

    def close(self) -> None:
        """Close the database."""
        self.db.close()


def logging_is_on() -> bool:
    """Say whether the user has logging on (`llm logs on`, the default)."""
    from llm.cli import logs_on

    return bool(logs_on())


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
