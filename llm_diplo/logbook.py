"""`llm logs`: where answers are kept, if the user wants them kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from llm_diplo.errors import LogError


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
