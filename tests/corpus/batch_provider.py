"""A provider of files and batches for tests, and a folder of articles that it answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from conftest import ARTICLES, ROOT
from test_corpus_faults import name_of

WIRE = (ARTICLES / "wire.txt").read_text(encoding="utf-8")
ARTICLES_ASKED = 12


@pytest.fixture
def provider(user_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Start a provider of batches with options of the test's, and a model that speaks to it; returns its address."""
    monkeypatch.setenv("DIPLO_BATCH_POLL", "0.02")
    path = user_path / "extra-openai-models.yaml"
    before = path.read_text(encoding="utf-8")
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, responses: bool = False, model_id: str = "rig") -> str:
        server = ROOT / "benchmarks" / "batch_server.py"
        reply = ROOT / "tests" / "replies" / "wire.json"
        command = [sys.executable, server, "--reply", reply, *options]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout
        url = f"http://127.0.0.1:{started[-1].stdout.readline().strip()}"
        model = {
            "model_id": model_id,
            "model_name": model_id,
            "api_base": f"{url}/v1",
            "supports_schema": True,
            "responses": responses,
        }
        path.write_text(yaml.safe_dump([model]), encoding="utf-8")
        return url

    yield start
    for process in started:
        process.kill()
        process.wait()
    path.write_text(before, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of articles whose answers name them."""
    path = tmp_path / "articles"
    path.mkdir()
    for number in range(ARTICLES_ASKED):
        (path / f"{name_of(number)}.txt").write_text(f"{WIRE}\n\nDispatch {name_of(number)}.", encoding="utf-8")
    return path


def command(folder: Path, *more: str | Path) -> tuple[str | Path, ...]:
    """The run over a folder, in batches."""
    return (folder, "--db", "diplo.db", "-m", "rig", "--no-dedupe", "--batch", *more)
