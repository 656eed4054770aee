"""The API key reaches no output, error, traceback, pickle or log, however the server sends it back."""

from __future__ import annotations

import asyncio
import pickle
import sqlite3
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ARTICLES

from llm_diplo import BriefEvent, DiploError, asummarize, summarize, summarize_many

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = ARTICLES / "wire.txt"
KEY = "opensesame/0123456789+abcdef"
STATUSES = (400, 401, 402, 403, 404, 408, 409, 413, 418, 422, 429, 500)


@pytest.fixture(params=[False, True], ids=["chat completions", "responses"])
def echoing(failing: Any, user_path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Make a model whose server sends the key back, under a status or as a fault's name says; returns its id."""

    def make(fault: int | str) -> str:
        model: str = failing(f"echo-{fault}" if isinstance(fault, int) else fault)
        path = user_path / "extra-openai-models.yaml"
        models = yaml.safe_load(path.read_text(encoding="utf-8"))
        models[-1] |= {"api_key_name": "echo", "responses": request.param}
        path.write_text(yaml.safe_dump(models), encoding="utf-8")
        return model

    yield make


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def everything_in(error: BaseException) -> str:
    """All that can be printed or sent of an error."""
    told = [*traceback.format_exception(error), pickle.dumps(error).decode("latin-1")]
    for link in chain(error):
        told += [str(link), repr(link), repr(link.args), repr(vars(link))]
    return "\n".join(told)


@pytest.mark.parametrize("status", STATUSES)
def test_an_echoed_key_is_in_no_error(echoing: Any, diplo: Any, status: int) -> None:
    model = echoing(status)
    result = diplo(WIRE, "-m", model, "--key", KEY, "--json")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert KEY not in result.output
    with pytest.raises(DiploError) as caught:
        summarize(WIRE, model=model, key=KEY)
    assert KEY not in everything_in(caught.value)
    if status in (408, 409, 500, 503):  # the SDK tries these again, in its own time
        return
    with pytest.raises(DiploError) as caught:
        asyncio.run(asummarize(WIRE, model=model, key=KEY))
    assert KEY not in everything_in(caught.value)
    (error,) = summarize_many([WIRE], model=model, key=KEY)
    assert isinstance(error, DiploError)
    assert KEY not in everything_in(error)


@pytest.mark.parametrize("flags", [("--json",), ("--nl",), ("-u",)])
def test_a_key_echoed_as_the_models_name_is_in_no_brief_and_no_log(
    echoing: Any, diplo: Any, user_path: Path, flags: tuple[str, ...]
) -> None:
    result = diplo(WIRE, "-m", echoing(200), "--key", KEY, *flags)
    assert result.exit_code == 0, result.output
    assert KEY not in result.output
    with sqlite3.connect(user_path / "logs.db") as database:
        dump = "\n".join(database.iterdump())
    assert "Osk asks for lower tolls" in dump
    assert KEY not in dump


@pytest.mark.parametrize("stream", [True, False])
def test_a_key_in_the_answer_is_in_no_event_and_no_brief(echoing: Any, stream: bool) -> None:
    events: list[BriefEvent] = []
    # Without a figure, as the checks reject an item with a number that the article does not have.
    key = "opensesame/abcdefghij"
    brief = summarize(WIRE, model=echoing("key-in-text"), key=key, on_event=events.append if stream else None)
    assert brief.positions[1].statement == "Calloway rules out lower tolls [key removed]."
    assert ("key removed" in repr([event.item for event in events])) == stream
    assert key not in repr(events) + brief.model_dump_json()


def test_a_key_in_the_answer_is_in_no_log(echoing: Any, diplo: Any, user_path: Path) -> None:
    result = diplo(WIRE, "-m", echoing("key-in-text"), "--key", KEY, "--json")
    assert KEY not in result.output
    with sqlite3.connect(user_path / "logs.db") as database:
        dump = "\n".join(database.iterdump())
    assert "Calloway rules out lower tolls [key removed]" in dump
    assert KEY not in dump


def test_a_key_in_a_reply_of_no_known_shape_is_not_shown(echoing: Any, diplo: Any) -> None:
    result = diplo(WIRE, "-m", echoing("key-alone"), "--key", KEY)
    assert "no chat completion, but: " in result.stderr
    assert KEY not in result.stderr


def test_what_looks_like_a_key_is_removed(failing: Any, diplo: Any, user_path: Path) -> None:
    """A proxy that answers with a key of its own."""
    result = diplo(WIRE, "-m", failing("other-key"))
    assert result.exit_code == 1
    assert "Upstream refused" in result.stderr
    assert "sk-live-" not in result.stderr
