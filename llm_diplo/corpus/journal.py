"""The journal of a corpus: what became of each source, and every answer that was paid for.

A process may be killed at any moment: what was committed stays, and a later run continues from there.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from llm_diplo.corpus.inputs import Entry
from llm_diplo.corpus.store import Store, now, read_brief
from llm_diplo.errors import DatabaseError, DiploError, UnavailableModelError, UndeliveredAnswerError
from llm_diplo.models.answers import Answer
from llm_diplo.schema import Brief
from llm_diplo.text.article import Article

LONGEST_ANSWER = 100_000
"""Characters of a failed source's last answer that are kept with its error."""


class State(StrEnum):
    """What became of a source."""

    PENDING = "pending"
    """Started or waiting; also the state in which a stopped run leaves it."""
    DONE = "done"
    """It has a brief."""
    FAILED = "failed"
    """It has an error."""
    DUPLICATE = "duplicate"
    """It is nearly the same text as another source, which has the brief."""
    SKIPPED = "skipped"
    """It could not be read: a malformed line."""


@dataclass(frozen=True)
class Known:
    """What the journal knows about a source."""

    id: int
    state: State
    brief: int | None
    error: str | None
    error_kind: str | None

    @property
    def is_passing(self) -> bool:
        """Whether it failed because the model was out of reach: earlier answers stay valid."""
        return self.error_kind in (UnavailableModelError.__name__, UndeliveredAnswerError.__name__)


@dataclass(frozen=True)
class Copy:
    """The source of which a text is a near-identical copy."""

    of: int
    similarity: float
    """Estimated share of common shingles, 0 to 1."""
    differing_units: tuple[int, ...]
    """Units of the copy that the first text does not have."""


class Journal:
    """The journal of one run over a store; also the memory in which the run's answers are kept."""

    def __init__(self, store: Store, settings: str, on_paid: Callable[[str, Answer], float | None] | None = None) -> None:
        """`settings` is a key for all that a brief depends on; a source is done only under the same settings.

        `on_paid` is called with model and answer whenever a model was asked, and returns US dollars, if known.
        """
        self.store = store
        self.settings = settings
        self.on_paid = on_paid
        self.run: int | None = None

    @contextmanager
    def running(self, facts: dict[str, Any]) -> Iterator[None]:
        """Lock the database for this run. Raises `DatabaseError`, which says who has it, if another run does."""
        from filelock import FileLock, Timeout

        lock = FileLock(f"{self.store.path}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise DatabaseError(self._held()) from None
        except OSError as error:
            raise DatabaseError(f"The database {self.store.path} cannot be used: {error}.") from None
        try:
            with self.store.transaction():
                begun = {"started": now(), "host": socket.gethostname(), "pid": os.getpid(), **facts}
                self.run = self.store.insert("runs", [begun])
            yield
            with self.store.transaction() as conn:
                conn.execute("update runs set ended = ? where id = ?", (now(), self.run))
        finally:
            lock.release()

    def _held(self) -> str:
        row = self.store.row("select host, pid, started from runs where ended is null order by id desc") or {}
        who = f"process {row['pid']} on {row['host']}, since {row['started']}" if row else "another process"
        return f"{self.store.path} is in use by {who}: wait until it ends, or name another database."

    def known(self, entry: Entry) -> Known | None:
        """Return what became of a source under these settings; None when it is new or has changed since."""
        row = self.store.row(
            "select id, state, brief, error, error_kind from sources where name = ? and stamp = ? and settings = ?",
            (entry.name, entry.stamp, self.settings),
        )
        return Known(**{**row, "state": State(row["state"])}) if row else None

    def settled(self, entry: Entry) -> Known | None:
        """Return what became of a source under these settings, unless it still waits."""
        known = self.known(entry)
        return None if known is None or known.state is State.PENDING else known

    def begin(self, entry: Entry, article: Article | None = None) -> int:
        """Note that a source is pending, with its text once it is read; returns its id. Its earlier result is removed."""
        empty = ("error_kind", "error", "raw_answer", "brief", "duplicate_of", "similarity", "differing_units")
        with self.store.transaction():
            values = {
                **dict.fromkeys(empty),
                "state": State.PENDING,
                "text_sha256": self.store.keep_text(article) if article else None,
                "stamp": entry.stamp,
                "settings": self.settings,
                "run": self.run,
                "updated": now(),
            }
            return self.store.write_source(entry.name, values)

    def finish(self, source: int, brief: Brief) -> None:
        """Write the brief of a source."""
        with self.store.transaction():
            self._set(source, state=State.DONE, brief=self.store.add_brief(brief), error_kind=None, error=None)

    def fail(self, source: int, error: DiploError) -> None:
        """Note why a source gave no brief, and the last answer for it."""
        last = self.store.row("select text from answers where source = ? order by rowid desc", (source,))
        raw = last["text"][:LONGEST_ANSWER] if last else None
        with self.store.transaction():
            self._set(source, state=State.FAILED, error_kind=type(error).__name__, error=str(error), raw_answer=raw)

    def skip(self, source: int, problem: str) -> None:
        """Note that a source could not be read as a record."""
        with self.store.transaction():
            self._set(source, state=State.SKIPPED, error_kind="SourceError", error=problem)

    def link(self, source: int, copy: Copy) -> None:
        """Note that a source is a copy of another."""
        with self.store.transaction():
            units = json.dumps(copy.differing_units)
            self._set(source, state=State.DUPLICATE, duplicate_of=copy.of, similarity=copy.similarity, differing_units=units)

    def _set(self, source: int, **values: Any) -> None:
        self.store.update("sources", source, {**values, "updated": now()})

    def forget_answers(self, source: int) -> None:
        """Forget the answers of a source, so that the model is asked again."""
        with self.store.transaction() as conn:
            conn.execute("delete from answers where source = ?", (source,))

    def answers_of(self, source: int) -> SourceMemory:
        """The memory for the calls of one source."""
        return SourceMemory(self, source)

    def brief_of(self, source: int) -> Brief | None:
        """Return the brief of a source, or of the one that it is a copy of."""
        row = self.store.row(
            """select briefs.json from sources left join sources as first on first.id = sources.duplicate_of
            join briefs on briefs.id = coalesce(sources.brief, first.brief) where sources.id = ?""",
            (source,),
        )
        return read_brief(row["json"]) if row else None

    def alike(self, source: int, bands: list[bytes]) -> Iterator[tuple[int, bytes]]:
        """Yield id and signature of the sources that share a band, and have a brief or may get one; the oldest first."""
        marks = ", ".join("?" * len(bands))
        rows = self.store.rows(
            f"""select distinct sources.id, signature from bands join sources on sources.id = bands.source
            join signatures on signatures.source = sources.id
            where band in ({marks}) and sources.id != ? and settings = ?
                and (state = 'done' or (state = 'pending' and run = ?)) order by sources.id""",
            (*bands, source, self.settings, self.run),
        )
        for row in list(rows):
            yield row["id"], row["signature"]

    def text_of(self, source: int) -> str:
        """Return the text of a source, as it was read."""
        row = self.store.row("select text from sources join texts on sha256 = text_sha256 where id = ?", (source,))
        return str(row["text"]) if row else ""


class SourceMemory:
    """The answers of one source: see `llm_diplo.models.answers.Memory`."""

    def __init__(self, journal: Journal, source: int) -> None:
        self.journal = journal
        self.source = source

    def recall(self, key: str) -> Answer | None:
        """Return the answer to a request that was made before."""
        columns = "text, response_json, resolved_model, input_tokens, output_tokens"
        row = self.journal.store.row(f"select {columns} from answers where key = ?", (key,))
        return Answer(**{**row, "response_json": json.loads(row["response_json"])}) if row else None

    def remember(self, key: str, model: str, answer: Answer) -> None:
        """Commit an answer."""
        cost = self.journal.on_paid(model, answer) if self.journal.on_paid else None
        row = {
            "key": key,
            "source": self.source,
            "run": self.journal.run,
            "model": model,
            **answer.__dict__,
            "cost_usd": cost,
            "response_json": json.dumps(answer.response_json, default=str),
            "created": now(),
        }
        with self.journal.store.transaction():
            self.journal.store.insert("answers", [row], conflict="or replace")
