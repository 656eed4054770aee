"""`llm logs`: writing answers to it, if the user wants them kept, and reading briefs from it."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from llm_diplo.brief.assembly import resolve_extraction
from llm_diplo.errors import InvalidExtractionError, LogError, NoSuchSourceError
from llm_diplo.schema import Brief
from llm_diplo.text.article import Article
from llm_diplo.text.block import holds_window, read_block
from llm_diplo.text.quotations import NumberedArticle

BUSY = 10.0
"""Seconds to wait while another process writes to the log; after that, one more try."""
ONE_TRY = 0.5
"""Seconds that SQLite waits by itself; Ctrl-C has no effect meanwhile."""


class Logbook:
    """An open log database in llm's own format. Use it from one thread."""

    def __init__(self, path: str | Path | None = None) -> None:
        """Open the log at `path`, or llm's own. Raises `LogError` when the file cannot be a log.

        A log that another process keeps locked is not an error here: the next `write` tries to open it again.
        """
        from llm.cli import logs_db_path

        self.path = Path(path) if path else logs_db_path()
        self.is_llms_own = not path
        self.patience = BUSY
        self._db: Any = None
        with contextlib.suppress(_LockedLogError):
            self.opened()

    def write(self, responses: Iterable[Any]) -> tuple[str, ...]:
        """Log the finished ones of the responses, as turns of their threads; returns their ids.

        Waits up to `BUSY` seconds while other processes write. Raises `LogError` when the database cannot be written.
        """
        done = [response for response in responses if response._done]
        with self._locked(self.opened()) as db:
            for response in done:
                response.log_to_db(db)
        return tuple(response.id for response in done)

    def opened(self) -> Any:
        """Return the database, brought to llm's newest schema; raises `LogError`."""
        import sqlite_utils
        from llm.migrations import migrate

        if self._db is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                database = sqlite_utils.Database(self.path)
            except (OSError, sqlite3.Error) as error:
                raise LogError(self._failed("opened", error)) from None
            database.conn.execute(f"pragma busy_timeout = {ONE_TRY * 1000:.0f}")
            # llm changes the schema step by step: two processes doing so at once would get in each other's way.
            with self._locked(database, "opened"):
                migrate(database)
            self._db = database
        return self._db

    @contextlib.contextmanager
    def _locked(self, database: Any, done: str = "written") -> Iterator[Any]:
        """Hold the database alone; what is done in the block is done whole or not at all. Raises `LogError`."""
        try:
            self._wait_for_lock(database.conn)
            yield database
            database.conn.commit()
        except sqlite3.Error as error:
            database.conn.rollback()
            kind = _LockedLogError if _is_busy(error) else LogError
            raise kind(self._failed(done, error)) from None
        except BaseException:
            database.conn.rollback()
            raise

    def _wait_for_lock(self, connection: sqlite3.Connection) -> None:
        end = time.monotonic() + self.patience
        while not connection.in_transaction:
            try:
                connection.execute("begin exclusive")
            except sqlite3.OperationalError as error:
                if _is_busy(error) and time.monotonic() < end:
                    continue
                self.patience = 0.0
                raise
        self.patience = BUSY

    def _failed(self, done: str, error: Exception) -> str:
        return f"The log {self.path} cannot be {done} ({error}): use -n, or another with -d."

    def command(self, thread: str) -> str:
        """Return the command that shows a thread of this log."""
        return f"llm logs --cid {thread}" + ("" if self.is_llms_own else f" -d {self.path}")

    def close(self) -> None:
        """Close the database."""
        if self._db is not None:
            self._db.close()


class _LockedLogError(LogError):
    """Another process held the log for longer than is worth waiting."""


def _is_busy(error: sqlite3.Error) -> bool:
    """Return True if another process holds the lock."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def logging_is_on() -> bool:
    """Return True if the user has logging on (`llm logs on`, the default)."""
    from llm.cli import logs_on

    return bool(logs_on())


LAST = "last"
_OF_A_WINDOW = (
    "The answer {} is about part of a long article, and the log has no brief of the whole: keep it with --output brief.json, "
    "and show it with `llm diplo render brief.json`."
)


MOST_TRIED = 200  # answers looked at for the last brief


def logged_brief_and_article(id_: str) -> tuple[Brief, Article]:
    """Return a brief and its article by the id of an answer in llm's log or of its thread, or `last`.

    Offsets are those of the article as its block shows it. Raises `NoSuchSourceError`, which says which command makes one.
    """
    logbook = Logbook()
    try:
        database = logbook.opened()
        for row in _rows(database, id_):
            for numbered in _articles(database, row):
                try:
                    brief = resolve_extraction(
                        row["response"] or "",
                        numbered,
                        model=row["resolved_model"] or row["model"],
                        log_id=row["id"],
                        created=row["datetime_utc"],
                    )
                except InvalidExtractionError:
                    continue
                return brief, numbered.article
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
            if holds_window(fragment["content"]):
                raise NoSuchSourceError(_OF_A_WINDOW.format(row["id"]))
            numbered = read_block(fragment["content"])
            if numbered is not None:
                yield numbered
