"""`summarize_dataset`: a row for each row, whatever happens, and nothing that was written is asked for again."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ARTICLES, EXAMPLES, serving, stats

from llm_diplo import Brief, DiploError, summarize_dataset
from llm_diplo.models.settings import Settings

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = (ARTICLES / "wire.txt").read_text(encoding="utf-8")
WHOLE_RUN = 180
"""Seconds after which a job counts as hanging."""
IN_FLIGHT = 3 * 50
"""Rows that a killed job may lose: two blocks being read, and one being written."""


def word(number: int) -> str:
    """A word for a number."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04}")


def test_settings_pickle() -> None:
    settings = Settings(model="m", options={"temperature": 0}, language="French", verify=True)
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llm_diplo.corpus.ray_data.find_spec", lambda name: None)
    with pytest.raises(DiploError, match=r"extra `ray`: llm install .*\[ray\]"):
        summarize_dataset(None, model="diplo-offline")


@pytest.mark.parametrize(("choice", "error"), [({"jobs": 0}, ValueError), ({"concurrency": "2"}, TypeError)])
def test_choices_that_cannot_be_meant_are_refused(choice: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=next(iter(choice))):
        summarize_dataset(None, **choice)


class Job:
    """`examples/cluster.py` on a corpus of its own, against a server of its own."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        self.server = server
        self.out = folder / "out"
        self.environment = {
            **os.environ,
            "LLM_USER_PATH": str(folder),
            "RAY_DEFAULT_OBJECT_STORE_MAX_MEMORY_BYTES": str(150 * 2**20),
            "RAY_USAGE_STATS_ENABLED": "0",
        }
        model = {"model_id": "rig", "model_name": "rig", "api_base": f"{server}/v1", "supports_schema": True}
        (folder / "extra-openai-models.yaml").write_text(yaml.safe_dump([model]), encoding="utf-8")

    def corpus(self, rows: list[dict[str, Any]]) -> None:
        """Write the texts."""
        import pyarrow
        import pyarrow.parquet

        (self.folder / "in").mkdir()
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), self.folder / "in" / "texts.parquet")

    def start(self) -> subprocess.Popen[bytes]:
        """Begin a run."""
        command = [sys.executable, EXAMPLES / "cluster.py", self.folder / "in", self.out, "-m", "rig", "--cpus", "2"]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def run(self) -> None:
        """Run to the end."""
        process = self.start()
        try:
            assert process.wait(WHOLE_RUN) == 0, (self.folder / "log").read_text(encoding="utf-8")[-5_000:]
        finally:
            process.kill()

    def rows(self) -> list[dict[str, Any]]:
        """What is written so far."""
        import pyarrow
        import pyarrow.parquet

        found: list[dict[str, Any]] = []
        for file in self.out.glob("*.parquet"):
            try:
                found += pyarrow.parquet.read_table(file).to_pylist()
            except pyarrow.ArrowInvalid:  # being written, or cut off by a kill
                continue
        return found

    def met(self, name: str) -> list[str]:
        """What the text of a name met at the server."""
        with urllib.request.urlopen(f"{self.server}/met/{name}") as response:
            return list(json.load(response))


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Callable[..., Job]]:
    """A job against a server with options of the test's."""
    pytest.importorskip("ray")
    servers = []

    def make(*options: str) -> Job:
        servers.append(serving(*options))
        return Job(tmp_path, servers[-1].__enter__())

    yield make
    for server in servers:
        server.__exit__(None, None, None)


@pytest.mark.ray
def test_every_row_has_a_brief_or_its_error_and_a_database_takes_them(job: Callable[..., Job], diplo: Any) -> None:
    this = job("--mix", "500:0.1,garbage:0.2", "--latency", "0")
    texts = [{"id": number, "text": f"{WIRE}\n\nDispatch {word(number)}.", "date": "2026-05-01"} for number in range(120)]
    this.corpus([*texts, {"id": 120, "text": None, "date": None}])
    this.run()
    rows = {row["id"]: row for row in this.rows()}
    assert rows.keys() == {str(number) for number in range(121)}
    assert rows["120"]["error_kind"] == "SourceError"
    briefs = {name: Brief.model_validate_json(row["brief"]) for name, row in rows.items() if row["brief"]}
    assert all(brief.summary.startswith(f"Dispatch {word(int(name))}") for name, brief in briefs.items())
    assert {brief.article.date_published for brief in briefs.values()} == {"2026-05-01"}
    failed = [row for row in rows.values() if not row["brief"]]
    assert 1 < len(failed) < 40
    assert all(row["error_kind"] and row["error"] for row in failed)

    result = diplo("corpus", "--db", "copy.db", "--import", this.out, "--status")
    assert "121 sources imported" in result.stderr
    assert f"{len(briefs)} done" in result.stdout
    assert f"{len(failed)} failed" in result.stdout


@pytest.mark.ray
def test_a_killed_job_goes_on_where_it_stopped(job: Callable[..., Job]) -> None:
    this = job("--latency", "0.3")
    count = 600
    this.corpus([{"id": word(number), "text": f"{WIRE}\n\nDispatch {word(number)}."} for number in range(count)])
    process = this.start()
    deadline = time.monotonic() + WHOLE_RUN
    while len(this.rows()) < 150 and time.monotonic() < deadline:
        time.sleep(0.1)
    process.kill()
    process.wait()
    time.sleep(3)  # actors end with their driver
    written = {row["id"] for row in this.rows()}
    assert 150 <= len(written) < count, (this.folder / "log").read_text(encoding="utf-8")[-5_000:]
    asked_before = stats(this.server)["requests"]

    this.run()
    assert Counter(row["id"] for row in this.rows()) == {word(number): 1 for number in range(count)}
    assert all(row["brief"] for row in this.rows())
    assert {name for name in written if this.met(name) != ["good"]} == set()
    assert asked_before - len(written) <= IN_FLIGHT
    assert stats(this.server)["requests"] == count + asked_before - len(written)


@pytest.mark.ray
def test_the_rows_that_only_the_model_kept_from_a_brief_are_asked_for_again(job: Callable[..., Job], diplo: Any) -> None:
    this = job("--mix", "401:0.5", "--latency", "0")
    this.corpus([{"id": word(number), "text": f"{WIRE}\n\nDispatch {word(number)}."} for number in range(60)])
    this.run()
    first = this.rows()
    assert {row["error_kind"] for row in first if not row["brief"]} == {"AccessError"}
    made = {row["id"] for row in first if row["brief"]}
    this.run()
    again = [row["id"] for row in this.rows() if row["brief"]]
    assert len(again) == len({*again}) > len(made)
    assert diplo("corpus", "--db", "copy.db", "--import", this.out, "--status").stdout.split()[:2] == [str(len(again)), "done"]
