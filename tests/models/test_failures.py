"""Failing models and networks, against a server that fails on demand: one clear line, the right exit code, nothing lost."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ARTICLES, stats

from llm_diplo import Brief, BriefEvent, DiploError, EventKind, asummarize, summarize

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = ARTICLES / "wire.txt"


FAILURES = {
    "401": "refuses the key",
    "404": "knows no model",
    "400": "failed",
    "context": "too long for faulty-",
    "429": "HTTP 429",
    "500": "HTTP 500",
    "drop": "No connection to faulty-",
    "refusal": "refused to answer",
    "empty": "answered with nothing",
    "nothing-whole": "raise it with -o max_tokens N. Nothing whole had arrived",
    "garbage": "gave no extraction in 2 tries",
    "prose": "gave no extraction in 2 tries",
}


@pytest.mark.parametrize(("fault", "message"), FAILURES.items(), ids=FAILURES.keys())
def test_a_failing_model_gets_one_line(diplo: Any, failing: Any, fault: str, message: str) -> None:
    result = diplo(WIRE, "-m", failing(fault))
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.parametrize("fault", ["429", "500", "drop"])
def test_what_passes_is_tried_again(diplo: Any, failing: Any, fault: str) -> None:
    result = diplo(WIRE, "-m", failing(f"{fault},good"), "--json")
    assert result.exit_code == 0, result.output
    assert len(Brief.model_validate_json(result.stdout).positions) == 2


def test_no_server(diplo: Any, user_path: Path, failing: Any) -> None:
    model = failing("good")
    path = user_path / "extra-openai-models.yaml"
    models = yaml.safe_load(path.read_text(encoding="utf-8"))
    models[-1]["api_base"] = "http://127.0.0.1:9/v1"
    path.write_text(yaml.safe_dump(models), encoding="utf-8")
    result = diplo(WIRE, "-m", model)
    assert result.exit_code == 1
    assert "is its server running" in result.stderr


@pytest.mark.parametrize("schema", [True, False])
def test_a_re_ask_that_succeeds(diplo: Any, run_llm: Any, failing: Any, schema: bool) -> None:
    result = diplo(WIRE, "-m", failing("faulty,good", schema=schema), "--json")
    brief = Brief.model_validate_json(result.stdout)
    assert (brief.provenance.calls, len(brief.positions), brief.rejected) == (2, 2, ())
    rows = json.loads(run_llm("logs", "--json").output)
    assert [row["id"] for row in reversed(rows)] == list(brief.provenance.log_ids) or [row["id"] for row in rows] == list(
        brief.provenance.log_ids
    )
    assert len({row["conversation_id"] for row in rows}) == 1
    assert any("there is no unit 999" in row["prompt"] for row in rows)


def test_fenced_json(diplo: Any, failing: Any) -> None:
    result = diplo(WIRE, "-m", failing("fenced", schema=False), "--json")
    assert len(Brief.model_validate_json(result.stdout).positions) == 2


def test_every_item_faulty_is_a_brief_of_rejected_items(diplo: Any, failing: Any) -> None:
    result = diplo(WIRE, "-m", failing("faulty"), "--json")
    brief = Brief.model_validate_json(result.stdout)
    assert (result.exit_code, brief.actors, brief.positions, brief.next_steps) == (0, (), (), ())
    assert len(brief.rejected) == 5
    assert "rejected everything in the answer: " in result.stderr


def test_the_whole_items_of_a_cut_answer_are_kept(diplo: Any, failing: Any) -> None:
    result = diplo(WIRE, "-m", failing("truncate"), "--json")
    brief = Brief.model_validate_json(result.stdout)
    assert result.exit_code == 1
    assert len(brief.actors) == 2
    assert len(brief.positions) == 1
    assert "cut at" in result.stderr
    assert "-o max_tokens N" in result.stderr


# What meets a model in turn, how many calls are made of it with three re-asks, the exit code, and the positions.
ASKED_AGAIN = [
    ("empty,good", 2, 0, 2),
    ("empty,empty,faulty,good", 4, 0, 2),
    ("truncate,good", 2, 0, 2),
    ("nothing-whole,good", 2, 0, 2),
    ("nothing-whole,empty,faulty,good", 4, 0, 2),
    ("truncate,truncate", 2, 1, 1),
    ("truncate,400", 1, 1, 1),
    ("truncate,empty", 4, 1, 1),
    ("truncate,refusal", 2, 1, 1),
    ("cut-late", 2, 0, 2),
    ("faulty,empty", 4, 0, 0),
]


@pytest.mark.parametrize(("faults", "calls", "code", "positions"), ASKED_AGAIN, ids=[row[0] for row in ASKED_AGAIN])
def test_empty_and_cut_answers_are_asked_again(
    diplo: Any, failing: Any, faults: str, calls: int, code: int, positions: int
) -> None:
    result = diplo(WIRE, "-m", failing(faults), "--json", "--retries", "3")
    brief = Brief.model_validate_json(result.stdout)
    assert (brief.provenance.calls, result.exit_code, len(brief.positions)) == (calls, code, positions), result.stderr
    assert ("cut at" in result.stderr) == (code == 1 or faults == "cut-late")
    assert brief.provenance.output_tokens is not None


def test_re_asks_for_empty_and_cut_answers_are_counted(diplo: Any, failing: Any) -> None:
    result = diplo(WIRE, "-m", failing("empty,good"), "--retries", "0")
    assert (result.exit_code, "answered with nothing" in result.stderr) == (1, True)
    brief = Brief.model_validate_json(diplo(WIRE, "-m", failing("empty,faulty,good"), "--json").stdout)
    assert (brief.provenance.calls, len(brief.positions)) == (2, 0)


def test_a_cut_answer_is_asked_for_with_a_raised_limit(diplo: Any, failing: Any, run_llm: Any) -> None:
    result = diplo(WIRE, "-m", failing("truncate,faulty,good"), "--json", "-o", "max_tokens", "2000", "--retries", "2")
    assert result.exit_code == 0, result.stderr
    rows = json.loads(run_llm("logs", "-n", "0", "--json").output)
    limits = [row["options_json"]["max_tokens"] for row in sorted(rows, key=lambda row: row["datetime_utc"])]
    assert limits == [2_000, 8_000, 8_000]
    assert len({row["conversation_id"] for row in rows}) == 1


@pytest.mark.parametrize("fault", ["deep", "many", "long-strings"])
def test_a_monstrous_answer_is_bounded(diplo: Any, failing: Any, fault: str) -> None:
    result = diplo(WIRE, "-m", failing(fault), "--json", "--retries", "0")
    assert result.exit_code == 0, result.output[:500]
    assert len(result.stdout) < 100_000


@pytest.mark.parametrize("retries", [0, 1])
def test_a_brief_with_numbers_that_are_none_survives_a_round_trip(diplo: Any, failing: Any, retries: int) -> None:
    result = diplo(WIRE, "-m", failing("no-numbers"), "--json", "--retries", str(retries))
    assert result.exit_code == 0, result.output
    brief = Brief.model_validate_json(result.stdout)
    assert len(brief.positions) == 2
    assert {
        "evidence": ["nan", "inf", "-inf", {"deep": ["nan"]}, None, int("9" * 300)],
        "issue": "-inf",
        "quotes": {"q": "nan"},
    } in [rejected.item for rejected in brief.rejected]
    assert Brief.model_validate_json(brief.model_dump_json()) == brief
    json.loads(result.stdout, parse_constant=pytest.fail)


def test_an_answer_without_end_is_cut_off(diplo: Any, failing: Any, server: str) -> None:
    before = stats(server).get("endless_megabytes", 0)
    result = diplo(WIRE, "-m", failing("endless"))
    assert result.exit_code == 1
    assert "cut off" in result.stderr
    assert stats(server)["endless_megabytes"] - before < 120


def test_one_bad_source_stops_no_other(diplo: Any, failing: Any) -> None:
    result = diplo(WIRE, "missing.txt", WIRE, "-m", failing("good,401,good"), "--nl")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr.count("Error: ") == 2


def test_usage_and_cost(diplo: Any, failing: Any) -> None:
    """The price is that of the model that answered, from genai-prices."""
    assert re.fullmatch(r"Token usage: [\d,]+ input, [\d,]+ output\n", diplo(WIRE, "-m", failing("good"), "-u").stderr)
    result = diplo(WIRE, "-m", failing("good", name="gpt-4o-mini"), "-u", "--json")
    assert re.fullmatch(r"Token usage: [\d,]+ input, [\d,]+ output, \$0\.000\d\n", result.stderr)
    assert 0 < (Brief.model_validate_json(result.stdout).provenance.cost_usd or 0) < 0.01


def test_the_time_out(diplo: Any, failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIPLO_TIMEOUT", "0.2")
    result = diplo(WIRE, "-m", failing("slow"))
    assert result.exit_code == 1
    assert "did not answer in time: try again, raise DIPLO_TIMEOUT" in result.stderr


def test_the_raw_answer_is_found_where_the_message_says(diplo: Any, run_llm: Any, failing: Any) -> None:
    told = diplo(WIRE, "-m", failing("garbage")).stderr
    command = re.search(r"What it answered: `llm ([^`]+)`", told)
    assert command
    assert "here is what I found: {actors: [" in run_llm(*command[1].split()).output
    assert "What it answered" not in diplo(WIRE, "-m", failing("garbage"), "-n").stderr


SHAPES = ("no-choices", "null-choices", "array", "string", "number", "object", "html", "not-json")


@pytest.mark.parametrize("responses", [False, True], ids=["chat completions", "responses"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_reply_of_the_wrong_shape_is_shown(diplo: Any, failing: Any, user_path: Path, shape: str, responses: bool) -> None:
    model = failing(shape)
    if responses:
        speak_responses(user_path)
    result = diplo(WIRE, "-m", model)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "no chat completion, but: " in result.stderr
    assert "api_base" in result.stderr


def speak_responses(user_path: Path) -> None:
    """Have the last of the models speak OpenAI's newer API."""
    path = user_path / "extra-openai-models.yaml"
    models = yaml.safe_load(path.read_text(encoding="utf-8"))
    models[-1]["responses"] = True
    path.write_text(yaml.safe_dump(models), encoding="utf-8")


@pytest.mark.parametrize("log", [True, False])
def test_content_in_parts_is_read_and_logged(
    diplo: Any, run_llm: Any, failing: Any, log: bool, recwarn: pytest.WarningsRecorder
) -> None:
    result = diplo(WIRE, "-m", failing("parts"), "--json", *([] if log else ["-n"]))
    assert result.exit_code == 0, result.output
    brief = Brief.model_validate_json(result.stdout)
    assert len(brief.positions) == 2
    assert [str(warning.message) for warning in recwarn] == []
    if log:
        (row,) = json.loads(run_llm("logs", "--json").output)
        assert json.loads(row["response"])["summary"].startswith("Osk asks")


@pytest.mark.parametrize("asynchronous", [True, False])
def test_streamed_content_in_parts_is_read_as_it_comes(
    run_llm: Any, failing: Any, asynchronous: bool, recwarn: pytest.WarningsRecorder
) -> None:
    told: list[BriefEvent] = []
    settings: dict[str, Any] = {"model": failing("parts"), "on_event": told.append, "log": True}
    brief = asyncio.run(asummarize(WIRE, **settings)) if asynchronous else summarize(WIRE, **settings)
    assert len(brief.positions) == 2
    assert EventKind.ITEM_ACCEPTED in [event.kind for event in told]
    assert [str(warning.message) for warning in recwarn] == []
    (row,) = json.loads(run_llm("logs", "--json").output)
    assert json.loads(row["response"])["summary"].startswith("Osk asks")


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("faults", "calls", "message"),
    [
        ("good", 1, ""),
        ("faulty,good", 2, ""),
        ("429,good", 1, ""),
        ("truncate", None, "cut at"),
        ("refusal", None, "refused to answer"),
        ("empty", None, "answered with nothing"),
        ("401", None, "refuses the key"),
        ("500", None, "HTTP 500"),
    ],
)
def test_responses_as_chat_completions(
    failing: Any, user_path: Path, faults: str, calls: int | None, message: str, stream: bool
) -> None:
    """`/v1/responses`, which llm's default model speaks."""
    model = failing(faults)
    speak_responses(user_path)
    told: list[Any] = []
    try:
        brief = summarize(WIRE, model=model, on_event=told.append if stream else None)
    except DiploError as error:
        assert message
        assert message in str(error)
        return
    assert bool(told) == stream
    assert message in " ".join(warning.reason for warning in brief.warnings)
    if calls:
        assert (brief.provenance.calls, len(brief.positions), brief.provenance.resolved_model) == (calls, 2, model)
