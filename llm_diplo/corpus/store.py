"""The database of a corpus: opened, migrated, and written one brief at a time."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlite_utils import Database

from llm_diplo.corpus.tables import MIGRATIONS, NAMES
from llm_diplo.errors import DatabaseError, InvalidBriefError, NoSuchSourceError
from llm_diplo.models.log import logged_brief_and_article
from llm_diplo.schema import Brief, Evidence, NextStep, Position, Rejected
from llm_diplo.text.article import Article

BUSY = 10.0
"""Seconds to wait while another process writes."""

_WHY = {
    sqlite3.SQLITE_NOTADB: "it is no SQLite database: name another file, or restore it from a backup",
    sqlite3.SQLITE_CORRUPT: "it is damaged: restore it from a backup, or save what is left with `sqlite3 {path} .recover`",
    sqlite3.SQLITE_FULL: "the disk is full: make room and run the same command again, which goes on where this one stopped",
    sqlite3.SQLITE_READONLY: "it is read-only: allow writing, or name another file",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: is its folder there, and may you write in it?",
    sqlite3.SQLITE_BUSY: "another program keeps it locked: close that one and run the same command again",
    sqlite3.SQLITE_LOCKED: "another program keeps it locked: close that one and run the same command again",
    sqlite3.SQLITE_IOERR: "the disk fails: run the same command again when it works",
}


def now() -> str:
    """Return the time as the database writes it: ISO 8601, UTC, with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Store:
    """An open database of briefs. Use it from one thread; other programs may read the file meanwhile."""

    def __init__(self, path: str | Path, *, must_exist: bool = False) -> None:
        """Open the database at `path`, or create it; an older one is migrated after a backup.

        Raises `DatabaseError` for a file that is damaged, from a newer version or from another program, and, with
        `must_exist`, for one that does not exist.
        """
        self.path = Path(path)
        if must_exist and not self.path.exists():
            raise DatabaseError(f"{path} is not there: `llm diplo corpus SOURCE… --db {path}` makes it.")
        with self.explained():
            self.conn = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None, check_same_thread=False)
            self.conn.execute("pragma journal_mode = wal")
            self.conn.execute("pragma synchronous = normal")
            self.conn.execute("pragma foreign_keys = on")
            self._migrate()

    def _migrate(self) -> None:
        database = Database(self.conn)
        applied = {migration.name for migration in MIGRATIONS.applied(database)}
        if newer := applied - NAMES:
            raise DatabaseError(f"{self.path} was written by a newer llm-diplo ({', '.join(sorted(newer))}): upgrade this one.")
        if not applied and set(database.table_names()) & {"sources", "briefs"}:
            raise DatabaseError(f"{self.path} is another program's database: name another.", on_command_line="Use --db FILE.")
        pending = [migration.name for migration in MIGRATIONS.pending(database)]
        if applied and pending:
            self._back_up(pending[0])
        if pending:
            MIGRATIONS.apply(database)

    def _back_up(self, change: str) -> None:
        self.conn.execute("pragma wal_checkpoint(truncate)")
        shutil.copy2(self.path, self.path.with_name(f"{self.path.name}.before-{change}"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self.conn.close()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn SQLite's errors in the block into a `DatabaseError` that says what to do."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            why = _WHY.get(code, f"SQLite says “{error}”").format(path=self.path)
            raise DatabaseError(f"The database {self.path} cannot be used: {why}.") from None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all changes in the block, or none; inside another block, as part of it. Raises `DatabaseError`."""
        if self.conn.in_transaction:
            yield self.conn
            return
        with self.explained():
            self.conn.execute("begin immediate")
            self.conn.execute("pragma defer_foreign_keys = on")
            try:
                yield self.conn
                self.conn.execute("commit")
            except BaseException:
                if self.conn.in_transaction:
                    self.conn.execute("rollback")
                raise

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
        """Yield the rows of a query as dictionaries."""
        with self.explained():
            cursor = self.conn.execute(sql, values)
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))

    def row(self, sql: str, values: Sequence[Any] = ()) -> dict[str, Any] | None:
        """Return the first row of a query."""
        return next(self.rows(sql, values), None)

    def insert(self, table: str, rows: Sequence[dict[str, Any]], *, conflict: str = "") -> int:
        """Insert rows that have the same columns; returns the last one's id. `conflict` is as in `insert or …`."""
        if not rows:
            return 0
        columns = ", ".join(f"[{name}]" for name in rows[0])
        marks = ", ".join("?" * len(rows[0]))
        sql = f"insert {conflict} into {table} ({columns}) values ({marks})"
        if len(rows) == 1:
            return self.conn.execute(sql, tuple(rows[0].values())).lastrowid or 0
        self.conn.executemany(sql, [tuple(row.values()) for row in rows])
        return 0

    def update(self, table: str, id_: int | str, values: dict[str, Any], *, where: str = "true") -> None:
        """Change columns of the row of that id, if `where` holds for it, within a transaction."""
        columns = ", ".join(f"[{name}] = ?" for name in values)
        self.conn.execute(f"update {table} set {columns} where id = ? and {where}", (*values.values(), id_))

    def write_source(self, name: str, values: dict[str, Any]) -> int:
        """Write a source in place of what was known of it, its earlier brief included, within a transaction; returns its id."""
        old = self.row("select id, brief from sources where name = ?", (name,))
        if old is None:
            return self.insert("sources", [{"name": name, **values}])
        if old["brief"]:
            self.remove_brief(old["brief"])
        self.update("sources", old["id"], values)
        return int(old["id"])

    def keep_text(self, article: Article) -> str:
        """Keep an article's text, within a transaction; returns its SHA-256."""
        sha256 = article.metadata.text_sha256
        self.insert("texts", [{"sha256": sha256, "text": article.text}], conflict="or ignore")
        return sha256

    def add_brief(self, brief: Brief) -> int:
        """Write a brief into all its tables, within a transaction; returns its id."""
        number = self.insert("briefs", [_brief_row(brief)])
        for table, rows in _rows_of(brief, number).items():
            self.insert(table, rows)
        return number

    def remove_brief(self, number: int) -> None:
        """Remove a brief from all its tables, within a transaction."""
        self.conn.execute("delete from step_actors where next_step in (select id from next_steps where brief = ?)", (number,))
        self.conn.execute("update actors set affiliation = null where brief = ?", (number,))
        for table in ("evidence", "quotations", "rejected", "positions", "next_steps", "issues", "actors"):
            self.conn.execute(f"delete from {table} where brief = ?", (number,))
        self.conn.execute("update sources set brief = null where brief = ?", (number,))
        self.conn.execute("delete from briefs where id = ?", (number,))

    def sign(self, source: int, signature: bytes, bands: Iterable[bytes]) -> None:
        """Keep the signature of a text, with which copies are found, within a transaction."""
        self.conn.execute("delete from bands where source = ?", (source,))
        self.insert("signatures", [{"source": source, "signature": signature}], conflict="or replace")
        self.conn.executemany("insert into bands (band, source) values (?, ?)", [(band, source) for band in bands])

    def brief_and_article(self, id_: str) -> tuple[Brief, Article]:
        """Return a brief and its article, by the number of the brief, the id of the article, the name of a source, or `last`.

        A source that is a copy has the brief of the first.

        Raises `NoSuchSourceError`.
        """
        named = """briefs.id = :id or briefs.article = :id or briefs.id = (select coalesce(named.brief, first.brief)
            from sources as named left join sources as first on first.id = named.duplicate_of where named.name = :id)"""
        where = {"last": "1 order by briefs.id desc"}.get(id_, named)
        row = self.row(
            f"""select json, text, sources.name from briefs join texts on texts.sha256 = briefs.text_sha256
            left join sources on sources.brief = briefs.id where {where} limit 1""",
            {"id": id_},  # type: ignore[arg-type]
        )
        if row is None:
            raise NoSuchSourceError(
                f"{self.path} holds no brief {id_}: `llm diplo corpus --db {self.path} --status` counts them."
            )
        brief = read_brief(row["json"])
        article = Article.from_text(row["text"], source=row["name"] or "", **_facts(brief))
        return brief, article


def brief_named(name: str) -> tuple[Brief, Article]:
    """Return a brief made before and its article: `FILE.db#ID` of a database, else the id of an answer in llm's log.

    Raises `NoSuchSourceError`, `DatabaseError`.
    """
    path, mark, id_ = name.partition("#")
    if not mark:
        return logged_brief_and_article(name)
    with Store(path, must_exist=True) as store:
        return store.brief_and_article(id_)


def read_brief(text: str) -> Brief:
    """Read a brief from its JSON; raises `InvalidBriefError`."""
    try:
        return Brief.model_validate_json(text)
    except ValueError as error:
        raise InvalidBriefError(f"This is not a brief of a version that can be read: {error}") from None


def _facts(brief: Brief) -> dict[str, Any]:
    found = brief.article
    names = ("headline", "url", "publisher", "date_published", "author", "speaker", "language")
    return {name: value for name in names if (value := getattr(found, name))}


def _brief_row(brief: Brief) -> dict[str, Any]:
    article, made = brief.article, brief.provenance
    return {
        "article": article.id,
        **{name: getattr(article, name) for name in ("headline", "url", "publisher", "date_published", "author", "speaker")},
        "language": article.language,
        "summary": brief.summary,
        "text_sha256": article.text_sha256,
        "quotations": brief.coverage.quotations,
        "cited": brief.coverage.cited,
        **{name: getattr(made, name) for name in ("model", "resolved_model", "schema_version", "calls")},
        "prompt": made.prompt.name,
        **{name: getattr(made, name) for name in ("input_tokens", "output_tokens", "cost_usd", "seconds", "created")},
        "json": brief.model_dump_json(),
    }


def _rows_of(brief: Brief, number: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of a brief's items, by table."""

    def key(id_: str | None) -> str | None:
        return f"{number}-{id_}" if id_ else None

    def own(record: Any, names: tuple[str, ...]) -> dict[str, Any]:
        return {"id": key(record.id), "brief": number, **{name: getattr(record, name) for name in names}}

    actors = [
        {
            **own(actor, ("name", "type", "country", "office")),
            "affiliation": key(actor.affiliation),
            "aliases": json.dumps(actor.aliases, ensure_ascii=False),
            "mentions": len(actor.mentions),
        }
        for actor in brief.actors
    ]
    roles = [
        {"next_step": key(step.id), "actor": key(actor), "role": role}
        for step in brief.next_steps
        for role, ids in (("proposed_by", step.proposed_by), ("actor", step.actors), ("recipient", step.recipients))
        for actor in ids
    ]
    return {
        "actors": actors,
        "issues": [own(issue, ("proposition",)) for issue in brief.issues],
        "positions": [
            {
                **own(position, ("stance", "statement", "condition", "date_text", "date", "via", "attribution")),
                "actor": key(position.actor),
                "issue": key(position.issue),
            }
            for position in brief.positions
        ],
        "next_steps": [
            own(step, ("action", "event", "quad_code", "commitment", "condition", "date_text", "date"))
            for step in brief.next_steps
        ],
        "step_actors": roles,
        "evidence": [
            {"brief": number, "position": position, "next_step": step, "kind": kind, **_words(words), "page": words.page}
            for position, step, kind, words in _all_evidence(brief, key)
        ],
        "quotations": _quotations(brief, number),
        "rejected": [_rejected_row(item, number) for item in brief.rejected],
    }


def _rejected_row(item: Rejected, number: int) -> dict[str, Any]:
    given = json.dumps(item.item, ensure_ascii=False)
    return {"brief": number, "kind": item.kind, "reasons": "\n".join(item.reasons), "item": given}


def _words(words: Evidence) -> dict[str, Any]:
    return {name: getattr(words, name) for name in ("unit", "start", "end", "quote", "quotation")}


def _all_evidence(brief: Brief, key: Any) -> Iterator[tuple[str | None, str | None, str, Evidence]]:
    """All evidence, each with its position or next step, its kind and its words."""
    items: tuple[Position | NextStep, ...] = (*brief.positions, *brief.next_steps)
    for item in items:
        ids = (key(item.id), None) if isinstance(item, Position) else (None, key(item.id))
        for words in item.evidence:
            yield *ids, "unit", words
        for words in getattr(item, "quotes", ()):
            yield *ids, "quotation", words


def _quotations(brief: Brief, number: int) -> list[dict[str, Any]]:
    """Every quotation of the article, part by part, and whether a position cites it."""
    parts = {(words.start, words.end): (words, True) for position in brief.positions for words in position.quotes}
    for words in brief.coverage.left_over:
        parts.setdefault((words.start, words.end), (words, False))
    return [
        {
            "brief": number,
            "number": words.quotation,
            "unit": words.unit,
            "start": words.start,
            "end": words.end,
            "quote": words.quote,
            "cited": int(cited),
        }
        for _, (words, cited) in sorted(parts.items())
    ]
