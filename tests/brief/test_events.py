"""What is told while a brief is made."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from conftest import ARTICLES, ROOT

from llm_diplo import Actor, Article, BriefEvent, EventKind, ModelError, Position, summarize, summarize_events, summarize_many
from llm_diplo.brief.stream import Growth, whole_items
from llm_diplo.text.quotations import number_article

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
WIRE = ARTICLES / "wire.txt"


def told(model: str) -> list[BriefEvent]:
    events: list[BriefEvent] = []
    summarize(WIRE, model=model, on_event=events.append)
    return events


def test_items_are_reported_once_and_the_brief_last(failing: Any) -> None:
    events = told(failing("good"))
    kinds = [event.kind for event in events]
    assert kinds[0] is EventKind.CALL_STARTED
    assert kinds[-1] is EventKind.DONE
    brief = events[-1].brief
    assert brief is not None
    items = [event.item for event in events if event.kind is EventKind.ITEM_ACCEPTED]
    assert sum(isinstance(item, Position) for item in items) == len(brief.positions)
    assert sum(isinstance(item, Actor) for item in items) == len(brief.actors)


def test_a_re_ask_names_its_faults(failing: Any) -> None:
    events = told(failing("garbage,good"))
    asked = [event for event in events if event.kind is EventKind.RE_ASK]
    assert len(asked) == 1
    assert asked[0].attempt == 2
    assert asked[0].faults
    assert [event.attempt for event in events if event.kind is EventKind.CALL_STARTED] == [1, 2]


def test_rejected_items_are_reported(failing: Any) -> None:
    events = told(failing("faulty"))
    brief = events[-1].brief
    assert brief is not None
    rejected = [event.rejected for event in events if event.kind is EventKind.ITEM_REJECTED]
    assert rejected == list(brief.rejected)
    assert rejected


def test_events_of_many_articles_name_theirs(failing: Any) -> None:
    events: list[BriefEvent] = []
    sources = [str(WIRE), str(ARTICLES / "communique.txt")]
    briefs = list(summarize_many(sources, model=failing("good"), on_event=events.append))
    done = {event.source: event.brief for event in events if event.kind is EventKind.DONE}
    assert done == dict(zip(sources, briefs, strict=True))


def test_the_iterator_yields_the_same(failing: Any) -> None:
    async def all_events() -> list[EventKind]:
        return [event.kind async for event in summarize_events(WIRE, model=failing("good"))]

    assert asyncio.run(all_events()) == [event.kind for event in told(failing("good"))]


def test_the_iterator_raises_what_the_call_raises(failing: Any) -> None:
    async def all_events() -> None:
        async for _ in summarize_events(WIRE, model=failing("401")):
            pass

    with pytest.raises(ModelError, match="refuses the key"):
        asyncio.run(all_events())


def test_leaving_early_ends_the_call(failing: Any) -> None:
    async def first() -> EventKind:
        stream = summarize_events(WIRE, model=failing("slow"))
        event = await anext(stream)
        async with asyncio.timeout(15):  # the answer takes 30 s: who waits for it did not cancel
            await stream.aclose()  # type: ignore[attr-defined]
        return event.kind

    assert asyncio.run(first()) is EventKind.CALL_STARTED


ANSWER = json.dumps({"actors": [{"name": "A"}, {"name": "B"}], "issues": ["x"], "positions": [{"actor": "A"}]})


@pytest.mark.parametrize("length", range(len(ANSWER) + 1))
def test_only_whole_items_count(length: int) -> None:
    whole = whole_items(ANSWER[:length])
    full = json.loads(ANSWER)
    for name in ("actors", "issues", "positions"):
        assert whole[name] == full[name][: len(whole[name])]


def test_every_item_counts_once_the_next_list_begins() -> None:
    full = json.loads(ANSWER)
    begun = whole_items(ANSWER[: ANSWER.index('"positions"') + len('"positions": [{"actor": "A"')])
    assert (begun["actors"], begun["issues"], begun["positions"]) == (full["actors"], full["issues"], [])
    assert {name: whole_items(ANSWER)[name] for name in full} == full


def test_items_are_reported_before_the_answer_ends() -> None:
    text = (ROOT / "tests" / "replies" / "wire.json").read_text(encoding="utf-8")
    growth = Growth(number_article(Article.from_text(WIRE.read_text(encoding="utf-8"))), "none")
    cut = text.index('"next_steps"') + len('"next_steps": [')
    events = [event for end in (cut // 2, cut, cut) for event in growth.grown(text[:end])]
    assert {event.kind for event in events} == {EventKind.ITEM_ACCEPTED}
    assert [event.actor for event in events if isinstance(event.item, Position)] == ["Edvard Osk", "Ines Calloway"]
