"""The whole way against a real model, replayed: see CONTRIBUTING.md for how the cassettes are recorded.

Qwen2.5-Coder-1.5B-Instruct (Q4_K_M) on llama.cpp's server answered. It is small: its answers prove the wire, not the quality.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import instructor
import pytest
import vcr
import yaml
from conftest import API_BASE, ARTICLES, MODEL, RECORDED_MODEL, ROOT
from instructor.core.exceptions import InstructorRetryException
from openai import OpenAI

from llm_diplo import (
    Article,
    Brief,
    BriefEvent,
    EventKind,
    ModelError,
    TruncatedAnswerError,
    asummarize,
    markdown,
    summarize,
    summarize_many,
)
from llm_diplo.brief.assembly import resolve_extraction
from llm_diplo.brief.extraction import Extraction
from llm_diplo.brief.follow_up import Summary, items_block
from llm_diplo.models.client import write_summary
from llm_diplo.models.instructions import summary_instructions
from llm_diplo.models.pump import run
from llm_diplo.models.registry import get_model
from llm_diplo.models.thread import Request, Thread
from llm_diplo.text.quotations import number_article

CASSETTES = ROOT / "cassettes" / "test_recorded"
# A penalty keeps the small model from repeating one item until its limit.
OPTIONS = {"temperature": 0, "seed": 1, "max_tokens": 700, "frequency_penalty": 0.4}
WIRE = ARTICLES / "wire.txt"


def assert_grounded(brief: Brief, path: Path) -> None:
    """Every shown quote is a slice of the text, and the brief survives a round trip."""
    text = path.read_text(encoding="utf-8")
    items = [*brief.positions, *brief.next_steps]
    shown = [part for item in items for part in (*item.evidence, *getattr(item, "quotes", ()))]
    assert shown
    assert all(text[part.start : part.end] == part.quote for part in [*shown, *brief.coverage.left_over])
    assert Brief.model_validate_json(brief.model_dump_json()) == brief


@pytest.mark.vcr
def test_a_clean_brief_with_a_schema() -> None:
    brief = summarize(WIRE, retries=0, model=MODEL, options=OPTIONS)
    assert (brief.provenance.calls, brief.rejected) == (1, ())
    assert {actor.name for actor in brief.actors} >= {"Edvard Osk"}
    assert brief.positions
    assert brief.provenance.input_tokens
    assert_grounded(brief, WIRE)


@pytest.mark.vcr
def test_a_re_ask_that_succeeds() -> None:
    options = {"temperature": 1.0, "seed": 4, "max_tokens": 500, "frequency_penalty": 0.4}
    brief = summarize(WIRE, model=MODEL, options=options)
    assert (brief.provenance.calls, brief.rejected) == (2, ())
    assert brief.positions
    assert_grounded(brief, WIRE)


@pytest.mark.vcr
def test_fenced_json_without_schema_support() -> None:
    """What is sound of the best answer stays: here the actors, each where the article names it."""
    brief = summarize(WIRE, retries=0, model=f"{MODEL}-plain", options={"temperature": 0, "seed": 1, "max_tokens": 800})
    assert brief.actors
    assert brief.rejected
    text = WIRE.read_text(encoding="utf-8")
    mentions = [text[span.start : span.end] for actor in brief.actors for span in actor.mentions]
    assert set(mentions) & {"Edvard Osk", "Ines Calloway"}


@pytest.mark.vcr
def test_a_brief_with_rejected_items(capsys: pytest.CaptureFixture[str]) -> None:
    """After the last try sound items stay, the others are rejected with reasons."""
    brief = summarize(ARTICLES / "transcript.txt", model=MODEL, options=OPTIONS)
    assert brief.provenance.calls == 2
    assert brief.positions
    assert any("the holder is not in the evidence" in reason for item in brief.rejected for reason in item.reasons)
    assert markdown(brief).count("\n- Rejected: ") == len(brief.rejected)
    assert_grounded(brief, ARTICLES / "transcript.txt")
    assert capsys.readouterr() == ("", "")


@pytest.mark.vcr
def test_a_french_article() -> None:
    path = ARTICLES / "french.txt"
    brief = summarize(path, retries=0, model=MODEL, options={**OPTIONS, "temperature": 0.3, "seed": 7})
    assert brief.positions
    assert_grounded(brief, path)


@pytest.mark.vcr
def test_a_spanish_article() -> None:
    path = ARTICLES / "spanish.txt"
    brief = summarize(path, retries=0, model=MODEL, options=OPTIONS)
    assert brief.article.language == "es"
    assert brief.positions
    assert_grounded(brief, path)


@pytest.mark.vcr
def test_a_streamed_brief() -> None:
    """Items are reported while the answer grows; each event but the last comes before the brief is done."""
    events: list[BriefEvent] = []
    brief = summarize(WIRE, retries=0, model=MODEL, options=OPTIONS, on_event=events.append)
    kinds = [event.kind for event in events]
    assert (kinds[0], kinds[-1]) == (EventKind.CALL_STARTED, EventKind.DONE)
    assert EventKind.ITEM_ACCEPTED in kinds
    assert events[-1].brief == brief
    assert_grounded(brief, WIRE)


@pytest.mark.vcr
def test_a_users_template(tmp_path: Path) -> None:
    """Its request replaces ours; the system prompt, the schema and the article stay."""
    path = tmp_path / "short.yaml"
    path.write_text("prompt: At most $count positions and one next step.\n", encoding="utf-8")
    options = {**OPTIONS, "temperature": 0.6, "seed": 2}
    brief = summarize(WIRE, retries=0, model=MODEL, options=options, template=str(path), params={"count": "2"})
    assert len(brief.positions) == 2
    assert_grounded(brief, WIRE)


@pytest.mark.vcr
def test_the_responses_endpoint() -> None:
    """What newer OpenAI models speak; `llm` sends there what `responses: true` says."""
    brief = summarize(WIRE, retries=0, model=f"{MODEL}-responses", options={"max_tokens": 700, "temperature": 0})
    assert brief.positions
    assert_grounded(brief, WIRE)


@pytest.mark.vcr
def test_the_async_twin() -> None:
    brief = asyncio.run(asummarize(WIRE, retries=0, model=MODEL, options=OPTIONS))
    assert brief.provenance.calls == 1
    assert_grounded(brief, WIRE)


@pytest.mark.vcr
def test_two_articles_side_by_side() -> None:
    paths = [WIRE, ARTICLES / "hard-wrapped.txt"]
    briefs = list(summarize_many(paths, retries=0, model=MODEL, options=OPTIONS, jobs=2))
    assert all(isinstance(brief, Brief) for brief in briefs)
    for brief, path in zip(briefs, paths, strict=True):
        assert isinstance(brief, Brief)
        assert_grounded(brief, path)


@pytest.mark.vcr
def test_an_answer_cut_at_the_token_limit() -> None:
    brief = summarize(WIRE, retries=0, model=MODEL, options={**OPTIONS, "max_tokens": 120})
    assert brief.actors
    assert "raise it with -o max_tokens N" in brief.warnings[0].reason


@pytest.mark.vcr
def test_an_answer_cut_before_anything_whole_arrived() -> None:
    with pytest.raises(TruncatedAnswerError, match="Nothing whole had arrived"):
        summarize(WIRE, retries=0, model=MODEL, options={**OPTIONS, "max_tokens": 12})


@pytest.mark.vcr
def test_an_article_that_is_too_long() -> None:
    """The server answers with HTTP 400; the message says how long the article is."""
    text = WIRE.read_text(encoding="utf-8") * 300
    with pytest.raises(ModelError, match=rf"too long for \S+ \({len(text):,} characters\)"):
        summarize(text, retries=0, model=MODEL, options=OPTIONS, window=1_000_000)


@pytest.mark.vcr
def test_the_summary_of_a_long_article() -> None:
    """The last call of an article that is read in windows, alone: windows are asked as any article is."""
    numbered = number_article(Article.from_text(WIRE.read_text(encoding="utf-8")))
    brief = resolve_extraction((ROOT / "tests" / "replies" / "wire.json").read_text(encoding="utf-8"), numbered)
    options = {"temperature": 0, "seed": 1, "max_tokens": 120}
    request = Request(numbered, items_block(brief, 1_000), summary_instructions({}), MODEL, None, options, retries=0)
    checked = run(write_summary(Thread(request, get_model(MODEL), Summary)))
    assert "Osk" in checked.summary
    assert not checked.faults


@pytest.mark.vcr
def test_a_second_reading() -> None:
    brief = summarize(WIRE, retries=0, model=MODEL, options=OPTIONS, verify=True)
    second = brief.provenance.verification
    assert second
    assert second.model == MODEL
    assert second.input_tokens
    assert second.calls == 1
    assert {item.kind for item in brief.rejected} <= {"position", "next_step"}
    assert all(reason.startswith("the second reading") for item in brief.rejected for reason in item.reasons)


@pytest.mark.vcr
def test_a_server_that_ignores_tool_calls() -> None:
    """Why no brief is asked for by tool call: asked for one, this server answers with text, and instructor gives up."""
    client = instructor.from_openai(OpenAI(base_url=API_BASE, api_key="none", max_retries=0), mode=instructor.Mode.TOOLS)
    with pytest.raises(InstructorRetryException):
        client.create(
            model=MODEL, messages=[{"role": "user", "content": "Venn spoke."}], response_model=Extraction, max_retries=0
        )


@pytest.mark.vcr
def test_the_command_logs_one_thread_that_llm_goes_on_from(diplo: Any, run_llm: Any) -> None:
    flags = ["--retries", "0", *(flag for name, value in OPTIONS.items() for flag in ("-o", name, str(value)))]
    result = diplo(WIRE, "-m", MODEL, "--json", *flags)
    assert result.exit_code == 0, result.output
    brief = Brief.model_validate_json(result.stdout)
    answer = run_llm("-c", "Who is Edvard Osk? Answer in one sentence.", "-o", "temperature", "0", "-o", "max_tokens", "60")
    assert answer.exit_code == 0, answer.output
    logs = json.loads(run_llm("logs", "--json").output)
    assert [row["id"] for row in logs][: len(brief.provenance.log_ids)] == list(brief.provenance.log_ids)
    assert len(logs) == len(brief.provenance.log_ids) + 1
    assert len({row["conversation_id"] for row in logs}) == 1


def test_a_changed_prompt_finds_no_recorded_answer(vcr_config: dict[str, Any]) -> None:
    """Bodies are matched: one word more in the instructions, and the cassette has no answer."""
    cassette = CASSETTES / "test_a_clean_brief_with_a_schema.yaml"
    with vcr.VCR(**vcr_config, record_mode="none").use_cassette(str(cassette)) as played:
        with pytest.raises(ModelError):
            summarize(WIRE, retries=0, model=MODEL, options=OPTIONS, params={"focus": "tolls"})
        assert played.play_count == 0
        assert summarize(WIRE, retries=0, model=MODEL, options=OPTIONS).positions
        assert played.play_count == 1


@pytest.mark.parametrize("path", sorted(CASSETTES.glob("*.yaml")), ids=lambda path: path.stem)
def test_cassettes_name_their_model_and_server_and_nothing_private(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    interactions = yaml.safe_load(text)["interactions"]
    assert interactions
    for interaction in interactions:
        request, response = interaction["request"], interaction["response"]
        assert request["headers"].keys() | response["headers"].keys() <= {"content-type", "Content-Type", "server", "Server"}
        if RECORDED_MODEL == MODEL:
            assert json.loads(request["body"])["model"] == RECORDED_MODEL
            assert request["uri"].startswith("http://127.0.0.1:")
            assert {value.lower() for name, value in headers(response) if name.lower() == "server"} == {"llama.cpp"}
    assert not any(word in text for word in ("/root", "/home", "/tmp", "Authorization", "cookie", "sk-"))


def test_the_plain_model_really_answered_in_a_fence() -> None:
    assert "```json" in (CASSETTES / "test_fenced_json_without_schema_support.yaml").read_text(encoding="utf-8")


def headers(response: dict[str, Any]) -> list[tuple[str, str]]:
    """Header names and values, one pair each."""
    return [(name, value) for name, values in response["headers"].items() for value in values]
