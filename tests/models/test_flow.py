"""The one flow: the same checks sync and async, nothing paid before they pass, and any pump can drive it."""

from __future__ import annotations

import asyncio
import json
import pickle
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from conftest import ARTICLES

from llm_diplo import Article, DiploError, UnknownModelError, asummarize, summarize, summarize_many
from llm_diplo.models.registry import get_model
from llm_diplo.models.settings import Settings, prepared
from llm_diplo.summarizer import brief_flow

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = (ARTICLES / "wire.txt").read_text(encoding="utf-8")


def requests(server: str) -> int:
    with urllib.request.urlopen(f"{server}/stats") as response:
        return int(json.load(response).get("requests", 0))


def first_of_many(source: str, **choices: Any) -> Any:
    result = next(summarize_many([source], **choices))
    if isinstance(result, DiploError):
        raise result
    return result


def in_a_loop(source: str, **choices: Any) -> Any:
    return asyncio.run(asummarize(source, **choices))


@pytest.mark.parametrize("way", [summarize, in_a_loop, first_of_many])
def test_an_unknown_second_model_costs_no_call(way: Callable[..., Any], failing: Any, server: str) -> None:
    model, before = failing("good"), requests(server)
    with pytest.raises(UnknownModelError, match="no model nosuch"):
        way(WIRE, model=model, verify="nosuch")
    assert requests(server) == before


@pytest.mark.parametrize("way", [summarize, in_a_loop, first_of_many])
def test_a_choice_that_does_not_exist_is_a_type_error(way: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="temprature"):
        way(WIRE, model="diplo-offline", temprature=0)


def test_two_flows_can_wait_in_one_thread(failing: Any) -> None:
    """A pump of another transport collects calls first and answers them later, in any order."""
    texts = [WIRE, WIRE.replace("Edvard Osk", "Edvard Harl").replace("Osk", "Harl")]
    model = failing("good")
    # Held against the other article, the first answer would be re-asked.
    flows = [
        brief_flow(Article.from_text(text), prepared(Settings(model=model, retries=retries), get_model))
        for text, retries in zip(texts, (1, 0), strict=True)
    ]
    calls = [flow.send(None) for flow in flows]
    briefs = []
    for flow, call in reversed(list(zip(flows, calls, strict=True))):
        with pytest.raises(StopIteration) as end:
            flow.send(call.text())
        briefs.append(end.value.value)
    other, wire = briefs
    assert (len(wire.positions), len(wire.rejected)) == (2, 0)
    assert any("Osk" in reason for rejected in other.rejected for reason in rejected.reasons)


def test_settings_pickle() -> None:
    settings = Settings(model="m", options={"temperature": 0}, retries=3)
    assert pickle.loads(pickle.dumps(settings)) == settings
