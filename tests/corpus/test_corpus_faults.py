"""`llm diplo corpus` when things go wrong: nothing is lost, doubled, or paid for twice."""

from __future__ import annotations

import faulthandler
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ARTICLES, ROOT, stats
from sqlite_utils import Database

from llm_diplo.corpus.store import Store
from llm_diplo.errors import DatabaseError

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = (ARTICLES / "wire.txt").read_text(encoding="utf-8")
WHOLE_RUN = 60
"""Seconds after which a run counts as hanging."""


def name_of(number: int) -> str:
    """A word for a number."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04}")


def rows(db: Path | str, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute(sql).fetchall()


def states(db: Path | str) -> dict[str, int]:
    """How many sources are in which state."""
    return dict(rows(db, "select state, count(*) from sources group by state"))


class Faulty:
    """A fault server of one's own, and a model that speaks to it."""

    def __init__(self, user_path: Path, *options: str, port: int = 0) -> None:
        reply = ROOT / "tests" / "replies" / "wire.json"
        server = ROOT / "benchmarks" / "fault_server.py"
        command = [sys.executable, server, "--reply", reply, "--port", str(port), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"
        model = {"model_id": "rig", "model_name": "rig", "api_base": f"{self.url}/v1", "supports_schema": True}
        (user_path / "extra-openai-models.yaml").write_text(yaml.safe_dump([model]), encoding="utf-8")

    def stop(self) -> None:
        """Stop the server."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def faulty(user_path: Path) -> Iterator[Callable[..., Faulty]]:
    """Start a fault server with options of the test's."""
    path = user_path / "extra-openai-models.yaml"
    before = path.read_text(encoding="utf-8")
    started: list[Faulty] = []

    def start(*options: str, port: int = 0) -> Faulty:
        started.append(Faulty(user_path, *options, port=port))
        return started[-1]

    yield start
    for one in started:
        one.stop()
    path.write_text(before, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of sixty articles whose answers name them."""
    path = tmp_path / "articles"
    path.mkdir()
    for number in range(60):
        (path / f"{name_of(number)}.txt").write_text(f"{WIRE}\n\nDispatch {name_of(number)}.", encoding="utf-8")
    return path


class Begun:
    """`llm diplo corpus …` in a fork of this process, which has loaded everything."""

    def __init__(self, *arguments: str | Path, before: Callable[[], None] = lambda: None) -> None:
        from llm.cli import cli

        self.stderr = Path(f"stderr-{time.monotonic_ns()}")
        self.pid = os.fork()
        if self.pid:
            return
        try:
            with self.stderr.open("w", encoding="utf-8") as file:
                os.dup2(file.fileno(), 2)
                faulthandler.enable(file=file)
                sys.stderr = file
                signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what shells run in the background
                before()
                cli(["diplo", "corpus", *map(str, arguments)])
        except SystemExit as end:
            os._exit(int(end.code or 0))
        finally:
            os._exit(9)

    def kill(self) -> None:
        """End it as the power switch does."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def ended(self) -> tuple[int, str]:
        """Wait for its end; returns exit code and standard error."""
        end = time.monotonic() + WHOLE_RUN
        while time.monotonic() < end:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status), self.stderr.read_text(encoding="utf-8")
            time.sleep(0.02)
        os.kill(self.pid, signal.SIGABRT)  # the child says where it was
        os.waitpid(self.pid, 0)
        raise AssertionError(f"it hangs: {self.stderr.read_text(encoding='utf-8')}")


def wait_for(server: Faulty, requests: int) -> None:
    """Wait until the server has had so many requests."""
    end = time.monotonic() + WHOLE_RUN
    while stats(server.url).get("requests", 0) < requests:
        assert time.monotonic() < end
        time.sleep(0.01)


def command(folder: Path, *more: str) -> tuple[str | Path, ...]:
    """The run over a folder."""
    return (folder, "--db", "diplo.db", "-m", "rig", "--no-dedupe", *more)


def check_briefs(folder: Path, db: str = "diplo.db") -> None:
    """Every source is there once, and every brief is that of its own source."""
    names = [Path(name).stem for (name,) in rows(db, "select name from sources")]
    assert sorted(names) == sorted(path.stem for path in folder.iterdir())
    found = rows(db, "select name, summary from sources join briefs on briefs.id = sources.brief where state = 'done'")
    assert [one for one in found if not (one[1] or "").startswith(f"Dispatch {Path(one[0]).stem}")] == []
    assert rows(db, "select count(*) from briefs") == [(len(found),)]


def test_under_mixed_faults_every_source_is_done_or_has_a_reason(diplo: Any, faulty: Any, folder: Path) -> None:
    server = faulty(
        "--latency", "0.01", "--mix", "500:0.05,drop:0.02,truncate:0.05,garbage:0.05,empty:0.02",
        "--rpm", "300", "--minute", "3", "--retry-after", "0.2",
    )  # fmt: skip
    result = diplo("corpus", *command(folder, "-j", "20"))
    assert result.exit_code in (0, 1)
    check_briefs(folder)
    assert set(states("diplo.db")) <= {"done", "failed"}
    assert rows("diplo.db", "select count(*) from sources where state = 'failed' and (error is null or error = '')") == [(0,)]
    counted = stats(server.url)
    answered = counted["requests"] - counted.get("429", 0) - counted.get("500", 0) - counted.get("drop", 0)
    (paid,) = rows("diplo.db", "select count(*) from answers")[0]
    # An empty answer is asked for again and not kept.
    assert paid == answered - counted.get("empty", 0)


def test_killed_at_any_moment_it_goes_on_and_pays_for_nothing_twice(faulty: Any, folder: Path) -> None:
    server = faulty("--latency", "0.1")
    draw = random.Random(18)
    jobs, kills = 4, 10
    for _ in range(kills):
        before = stats(server.url).get("requests", 0)
        process = Begun(*command(folder, "-j", str(jobs)))
        wait_for(server, before + 1)
        time.sleep(draw.uniform(0.0, 0.2))
        process.kill()
    assert 0 < states("diplo.db")["done"] < 60
    code, stderr = Begun(*command(folder, "-j", str(jobs))).ended()
    assert code == 0, stderr
    check_briefs(folder)
    assert states("diplo.db") == {"done": 60}
    assert stats(server.url)["requests"] <= 60 + jobs * kills
    assert rows("diplo.db", "select count(*) from answers") == [(60,)]


def test_ctrl_c_finishes_what_is_in_flight_and_a_second_one_stops(faulty: Any, folder: Path) -> None:
    server = faulty("--latency", "1")
    for signals, least in ((1, 4), (2, 0)):
        before = stats(server.url).get("requests", 0)
        process = Begun(*command(folder, "-j", "4"))
        wait_for(server, before + 4)
        done = states("diplo.db").get("done", 0)
        for _ in range(signals):
            os.kill(process.pid, signal.SIGINT)
            time.sleep(0.1)
        code, stderr = process.ended()
        assert code == 130, stderr
        assert "Ctrl-C again stops at once" in stderr
        assert states("diplo.db").get("done", 0) == done + least
    assert states("diplo.db")["pending"] == 4


def test_two_runners_the_second_says_who_holds_it(diplo: Any, faulty: Any, folder: Path) -> None:
    server = faulty("--latency", "2")
    process = Begun(*command(folder, "-j", "2"))
    wait_for(server, 1)
    result = diplo("corpus", *command(folder))
    assert result.exit_code == 1
    assert f"in use by process {process.pid}" in result.stderr
    assert diplo("corpus", "--db", "diplo.db", "--status").exit_code == 0
    process.kill()


def test_a_server_that_goes_away_and_comes_back_costs_nothing(faulty: Any, folder: Path) -> None:
    server = faulty("--latency", "0.05")
    process = Begun(*command(folder, "-j", "4"))
    wait_for(server, 8)
    server.stop()
    time.sleep(1)
    faulty("--latency", "0.05", port=server.port)
    code, stderr = process.ended()
    assert code == 0, stderr
    check_briefs(folder)
    assert states("diplo.db") == {"done": 60}


def test_a_rate_limit_is_no_failure(diplo: Any, faulty: Any, folder: Path) -> None:
    server = faulty("--latency", "0.01", "--rpm", "30", "--minute", "1", "--retry-after", "0.1")
    result = diplo("corpus", *command(folder, "-j", "50", "--retries", "0"))
    assert result.exit_code == 0, result.output
    assert states("diplo.db") == {"done": 60}
    assert stats(server.url)["429"] > 0


def test_fixed_limits_are_kept(diplo: Any, faulty: Any, folder: Path) -> None:
    server = faulty("--latency", "0.01", "--rpm", "20", "--minute", "1")
    result = diplo("corpus", *command(folder, "-j", "50", "--rpm", "900"))
    assert result.exit_code == 0, result.output
    assert stats(server.url).get("429", 0) == 0


def test_a_slow_call_is_cut_off_and_tried_again(diplo: Any, failing: Any, folder: Path) -> None:
    source = next(folder.iterdir())
    result = diplo("corpus", source, "--db", "diplo.db", "-m", failing("slow,good"), "--timeout", "1")
    assert result.exit_code == 0, result.output
    assert states("diplo.db") == {"done": 1}


def test_a_source_that_vanishes_is_named(diplo: Any, failing: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from llm_diplo.corpus import collect

    vanishing = sorted(folder.iterdir())[30]
    real = collect._Work.begin

    def begin(work: Any, entry: Any) -> None:
        vanishing.unlink(missing_ok=True)
        real(work, entry)

    monkeypatch.setattr(collect._Work, "begin", begin)
    result = diplo("corpus", folder, "--db", "diplo.db", "-m", failing("good"), "--no-dedupe")
    assert result.exit_code == 1
    assert states("diplo.db") == {"done": 59, "failed": 1}
    assert vanishing.name in result.stderr


def small_run(diplo: Any, failing: Any, folder: Path) -> str:
    """A database with three briefs; returns the model."""
    model = failing("good")
    sources = sorted(folder.iterdir())[:3]
    assert diplo("corpus", *sources, "--db", "diplo.db", "-m", model, "--no-dedupe").exit_code == 0
    return str(model)


def test_a_damaged_database_is_refused_with_the_way_out(diplo: Any, failing: Any, folder: Path) -> None:
    small_run(diplo, failing, folder)
    data = bytearray(Path("diplo.db").read_bytes())
    data[1000 : len(data)] = b"\xff" * (len(data) - 1000)
    Path("diplo.db").write_bytes(data)
    result = diplo("corpus", "--db", "diplo.db", "--status")
    assert result.exit_code == 1
    assert "sqlite3 diplo.db .recover" in result.stderr
    Path("text.db").write_text("This is no database at all, only text." * 100, encoding="utf-8")
    result = diplo("corpus", folder, "--db", "text.db", "-m", "diplo-offline")
    assert result.exit_code == 1
    assert "no SQLite database" in result.stderr


def test_an_older_database_is_migrated_after_a_backup(diplo: Any, failing: Any, folder: Path) -> None:
    from llm_diplo.corpus.tables import MIGRATIONS

    model = failing("good")
    old = Database("diplo.db")
    MIGRATIONS.apply(old, stop_before="search")
    old.close()
    assert diplo("corpus", next(folder.iterdir()), "--db", "diplo.db", "-m", model).exit_code == 0
    assert rows("diplo.db", "select count(*) from positions_fts where positions_fts match 'the'")
    assert Path("diplo.db.before-search").exists()
    assert "positions_fts" not in Database("diplo.db.before-search").table_names()


def test_a_newer_database_and_another_programs_are_refused_by_name(diplo: Any, failing: Any, folder: Path) -> None:
    small_run(diplo, failing, folder)
    database = Database("diplo.db")
    database["_sqlite_migrations"].insert({"migration_set": "llm-diplo", "name": "holograms", "applied_at": "2031-01-01"})
    database.close()
    result = diplo("corpus", "--db", "diplo.db", "--status")
    assert result.exit_code == 1
    assert "newer llm-diplo (holograms)" in result.stderr
    other = Database("other.db")
    other["sources"].insert({"id": 1})
    other.close()
    result = diplo("corpus", folder, "--db", "other.db", "-m", "diplo-offline")
    assert result.exit_code == 1
    assert "another program" in result.stderr


def test_a_locked_database_is_waited_for_and_then_named(
    diplo: Any, failing: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = small_run(diplo, failing, folder)
    monkeypatch.setattr("llm_diplo.corpus.store.BUSY", 0.2)
    with closing(sqlite3.connect("diplo.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        result = diplo("corpus", folder, "--db", "diplo.db", "-m", model, "--no-dedupe")
        assert result.exit_code == 1
        assert "another program keeps it locked" in result.stderr
        other.execute("rollback")
    assert diplo("corpus", folder, "--db", "diplo.db", "-m", model, "--no-dedupe").exit_code == 0
    assert states("diplo.db") == {"done": 60}


def test_a_full_disk_leaves_what_was_committed(faulty: Any, folder: Path) -> None:
    faulty("--latency", "0.01")
    room = 400_000

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    code, stderr = Begun(*command(folder, "-j", "4"), before=small).ended()
    assert code == 1
    assert "diplo.db cannot be used" in stderr
    assert "Traceback" not in stderr
    code, stderr = Begun(*command(folder, "-j", "4")).ended()
    assert code == 0, stderr
    check_briefs(folder)
    assert states("diplo.db") == {"done": 60}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_database_is_named(diplo: Any, failing: Any, folder: Path) -> None:
    model = small_run(diplo, failing, folder)
    Path("diplo.db").chmod(0o400)
    result = diplo("corpus", folder, "--db", "diplo.db", "-m", model)
    assert result.exit_code == 1
    assert "read-only" in result.stderr


def test_a_database_that_refuses_writing_is_named(diplo: Any, failing: Any, folder: Path) -> None:
    small_run(diplo, failing, folder)
    store = Store("diplo.db")
    store.conn.execute("pragma query_only = on")
    with pytest.raises(DatabaseError, match="read-only"), store.transaction():
        store.insert("runs", [{"started": "now"}])
    store.close()


def test_a_folder_that_is_not_there(diplo: Any, failing: Any, folder: Path) -> None:
    result = diplo("corpus", folder, "--db", "no/such/folder/diplo.db", "-m", "diplo-offline")
    assert result.exit_code == 1
    assert "is its folder there" in result.stderr


def test_others_may_read_while_it_writes(faulty: Any, folder: Path) -> None:
    server = faulty("--latency", "0.05")
    process = Begun(*command(folder, "-j", "2"))
    wait_for(server, 4)
    seen = {states("diplo.db").get("done", 0) for _ in range(20) if not time.sleep(0.05)}
    code, stderr = process.ended()
    assert code == 0, stderr
    assert len(seen) > 3
