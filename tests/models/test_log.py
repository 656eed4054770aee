"""Several writers of one log, and a log that is locked: the brief never depends on it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLES, stats

from llm_diplo import Brief
from llm_diplo.models import log

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = ARTICLES / "wire.txt"
PROCESSES, BRIEFS = 3, 8
WRITER = """
import sys
from llm_diplo import summarize_many
texts = [open(sys.argv[1], encoding="utf-8").read() + f"\\n\\nDispatch {sys.argv[3]}-{n}." for n in range(int(sys.argv[4]))]
for brief in summarize_many(texts, model=sys.argv[5], log=sys.argv[2]):
    assert len(brief.provenance.log_ids) == 1, brief.warnings
"""


def test_processes_that_log_at_once_lose_nothing(failing: Any, tmp_path: Path) -> None:
    """They open the new log together, too: llm then brings it to its newest schema in each of them."""
    path, model = tmp_path / "shared.db", failing("good")
    command = [sys.executable, "-c", WRITER, str(WIRE), str(path)]
    writers = [
        subprocess.Popen([*command, str(number), str(BRIEFS), model], env={**os.environ, "PYTHONWARNINGS": "ignore"})
        for number in range(PROCESSES)
    ]
    assert [writer.wait() for writer in writers] == [0] * PROCESSES
    with sqlite3.connect(path) as database:
        (turns,) = database.execute("select count(*) from turns").fetchone()
    assert turns == PROCESSES * BRIEFS


@pytest.mark.parametrize("exists", [True, False], ids=["an old log", "a new log"])
def test_a_locked_log_costs_no_brief(
    diplo: Any, failing: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exists: bool
) -> None:
    monkeypatch.setattr(log, "BUSY", 0.3)
    path = tmp_path / "locked.db"
    if exists:
        diplo(WIRE, "-m", failing("good"), "-d", path)
    holder = sqlite3.connect(path)
    holder.execute("begin exclusive")
    result = diplo(WIRE, "-m", failing("good"), "-d", path, "--json")
    holder.rollback()
    holder.close()
    assert result.exit_code == 0, result.output
    brief = Brief.model_validate_json(result.stdout)
    assert brief.provenance.log_ids == ()
    assert any("database is locked" in warning.reason for warning in brief.warnings)


def test_what_cannot_be_a_log_is_an_error_before_the_first_call(diplo: Any, failing: Any, server: str) -> None:
    before = stats(server).get("requests", 0)
    result = diplo(WIRE, "-m", failing("good"), "-d", WIRE)
    assert result.exit_code == 1
    assert "cannot be opened" in result.stderr
    assert stats(server).get("requests", 0) == before
