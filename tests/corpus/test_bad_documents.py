"""One bad document among many: it has its own error, and the others their briefs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLES

from llm_diplo import Brief, InternalError, SourceError, summarize, summarize_many
from llm_diplo.sources import read

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = ARTICLES / "wire.txt"


class Broken(str):
    """A text that fails in a way that nobody foresaw."""

    def startswith(self, *args: Any) -> bool:
        raise ZeroDivisionError("sk-live-0123456789abcdef")


@pytest.mark.parametrize("bad", [None, b"bytes", 7, Path("a\0b"), "a\0b\0c"], ids=repr)
def test_what_is_no_source_is_an_error_of_its_own(bad: Any, failing: Any) -> None:
    first, second, third = summarize_many([WIRE, bad, WIRE], model=failing("good"))
    assert isinstance(first, Brief)
    assert isinstance(second, Brief if isinstance(bad, str) else SourceError)
    assert isinstance(third, Brief)


def test_what_nobody_foresaw_is_an_internal_error(failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [WIRE, Broken(WIRE.read_text(encoding="utf-8")), WIRE]
    first, second, third = summarize_many(sources, model=failing("good"), key="sk-live-0123456789abcdef")
    assert (type(first), type(second), type(third)) == (Brief, InternalError, Brief)
    assert "ZeroDivisionError: [key removed]" in str(second)
    assert "DIPLO_DEBUG=1" in str(second)
    assert not getattr(second, "__notes__", ())
    monkeypatch.setenv("DIPLO_DEBUG", "1")
    (again,) = summarize_many(sources[1:2], model=failing("good"))
    assert "in startswith" in again.__notes__[0]


def test_the_command_goes_on_and_shows_the_traceback_on_request(
    diplo: Any, failing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_file(path: Path, **metadata: Any) -> Any:
        raise ZeroDivisionError

    model = failing("good")
    monkeypatch.setattr(read, "read_file", read_file)
    for debug, shown in (("", False), ("1", True)):
        monkeypatch.setenv("DIPLO_DEBUG", debug)
        result = diplo(WIRE, "-", "-m", model, "--nl", input=WIRE.read_text(encoding="utf-8"))
        assert result.exit_code == 1
        assert len(result.stdout.splitlines()) == 1
        assert "A defect of llm-diplo cost this brief (ZeroDivisionError" in result.stderr
        assert ("in read_file" in result.stderr) == shown


def test_halves_of_characters_in_an_answer_are_replaced(diplo: Any, failing: Any, run_llm: Any, tmp_path: Path) -> None:
    log = tmp_path / "logs.db"
    result = diplo(WIRE, "-m", failing("halves"), "--json", "-d", log)
    assert result.exit_code == 0, result.output
    assert "\N{REPLACEMENT CHARACTER}" in json.loads(run_llm("logs", "-d", log, "--json").output)[0]["response"]
    assert len(summarize(WIRE, model=failing("halves"), on_event=lambda event: None).positions) == 2
