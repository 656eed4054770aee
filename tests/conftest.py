"""What every test has: a user folder of its own, recorded calls, and no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from llm.plugins import load_plugins

ROOT = Path(__file__).parent.parent
ARTICLES = ROOT / "tests" / "articles"
EXAMPLES = ROOT / "examples"

# The cassettes are made with the first; OPENAI_API_KEY=… DIPLO_RECORD_MODEL=gpt-… records them anew from another.
RECORDED_MODEL = "qwen2.5-coder-1.5b"
MODEL = os.environ.get("DIPLO_RECORD_MODEL") or RECORDED_MODEL
API_BASE = os.environ.get("DIPLO_RECORD_API_BASE") or "http://127.0.0.1:8080/v1"

KEPT_HEADERS = {"content-type", "server"}


@pytest.fixture(scope="session")
def user_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """llm's user folder for the whole run: the recorded model is in it, with and without schema support."""
    folder = tmp_path_factory.mktemp("llm-user")
    hosted = MODEL != RECORDED_MODEL and "DIPLO_RECORD_API_BASE" not in os.environ
    served: dict[str, Any] = {"model_name": MODEL, **({"api_key_name": "openai"} if hosted else {"api_base": API_BASE})}
    models = [{"model_id": f"{MODEL}-plain", **served}]
    if not hosted:
        models.append({"model_id": MODEL, "supports_schema": True, **served})
        models.append({"model_id": f"{MODEL}-responses", "supports_schema": True, "responses": True, **served})
    (folder / "extra-openai-models.yaml").write_text(yaml.safe_dump(models), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def clean_machine(user_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Keep tests off the user's files and keys; start each with an empty log, no default model, no pooled connection.

    This process has the plugins of all models, those that a test begins only ours: they begin in half the time.
    """
    load_plugins()
    monkeypatch.setenv("LLM_LOAD_PLUGINS", "llm-diplo")
    monkeypatch.setenv("LLM_USER_PATH", str(user_path))
    monkeypatch.delenv("LLM_MODEL", raising=False)
    monkeypatch.chdir(tmp_path)
    if MODEL == RECORDED_MODEL:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    yield
    for path in user_path.iterdir():
        if path.name != "extra-openai-models.yaml" and path.is_file():
            path.unlink()
    if models := sys.modules.get("llm_diplo.models.registry"):
        models.get_model.cache_clear()
        models.get_async_model.cache_clear()


@pytest.fixture
def diplo() -> Any:
    """Run `llm diplo …` in this process; the result has stdout, stderr and exit code apart."""
    from llm.cli import cli

    def run(*args: str | Path, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(cli, ["diplo", *map(str, args)], input=input)

    return run


@pytest.fixture
def run_llm() -> Any:
    """Run any `llm …` command in this process."""
    from llm.cli import cli

    def run(*args: str | Path, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(cli, [*map(str, args)], input=input)

    return run


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """Run a fault server; yields its address."""
    reply = str(ROOT / "tests" / "replies" / "wire.json")
    command = [sys.executable, str(ROOT / "benchmarks" / "fault_server.py"), "--reply", reply, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a fault server for all tests."""
    with serving("--latency", "0") as address:
        yield address


def stats(server: str) -> dict[str, Any]:
    """What a fault server has counted so far."""
    with urllib.request.urlopen(f"{server}/stats") as response:
        counts: dict[str, Any] = json.load(response)
    return counts


@pytest.fixture
def failing(server: str, user_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    """Make a model whose answers meet the named faults in turn, on the server of all or one of its own; returns its id."""
    path = user_path / "extra-openai-models.yaml"
    before = path.read_text(encoding="utf-8")
    models = yaml.safe_load(before)

    def make(faults: str, *, schema: bool = True, name: str = "", address: str = server) -> str:
        model_id = f"faulty-{len(models)}"
        base = f"{address}/{faults}/{abs(hash(request.node.nodeid))}/v1"
        models.append({"model_id": model_id, "model_name": name or model_id, "api_base": base, "supports_schema": schema})
        path.write_text(yaml.safe_dump(models), encoding="utf-8")
        return model_id

    yield make
    path.write_text(before, encoding="utf-8")


@pytest.fixture(scope="session")
def vcr_config() -> dict[str, Any]:
    """Match by body too; keep no header but what says what and who answered."""
    return {
        "match_on": ["method", "scheme", "host", "port", "path", "query", "body"],
        "before_record_request": _bare_request,
        "before_record_response": _bare_response,
        "decode_compressed_response": True,
    }


def _bare_request(request: Any) -> Any:
    request.headers = {name: value for name, value in request.headers.items() if name.lower() in KEPT_HEADERS}
    return request


def _bare_response(response: dict[str, Any]) -> dict[str, Any]:
    headers = response["headers"]
    response["headers"] = {name: value for name, value in headers.items() if name.lower() in KEPT_HEADERS}
    return response


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    """All cassettes stand in one folder at the top, by test file."""
    return str(ROOT / "cassettes" / request.path.stem)
