"""Rate limits, event loops and the transport that can be given, against a server on loopback."""

from __future__ import annotations

import asyncio
import gc
import random
import selectors
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import openai
import pytest
from conftest import ARTICLES, ROOT, stats

from llm_diplo import Article, Brief, asummarize, summarize, summarize_many
from llm_diplo.errors import UnansweredError
from llm_diplo.models import transport
from llm_diplo.models.registry import get_async_or_sync_model, sent_over
from llm_diplo.models.settings import Settings, prepared
from llm_diplo.summarizer import asummarize_article

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = ARTICLES / "wire.txt"
REPLY = ROOT / "tests" / "replies" / "wire.json"
LOOPS = 12


class Hurried(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer instead of waiting for it: the same course on any machine."""

    class Selector(selectors.DefaultSelector):
        now = 0.0

        def select(self, timeout: float | None = None) -> Any:
            ready = super().select(0 if timeout is not None else None)
            self.now += 0 if ready else timeout or 0
            return ready

    def __init__(self) -> None:
        self.clock = self.Selector()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


def answered(text: str, stopped: str = "stop") -> httpx2.Response:
    """A chat completion."""
    choice = {"index": 0, "finish_reason": stopped, "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    answer = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}
    return httpx2.Response(200, json=answer)


class Limited(httpx2.AsyncBaseTransport):
    """A server that takes 300 requests in any minute, and asks for 5 seconds when there are more."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.taken: list[float] = []
        self.refused = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(0.05)
        now = self.loop.time()
        if sum(then > now - 60 for then in self.taken) >= 300:
            self.refused += 1
            return httpx2.Response(429, headers={"retry-after": "5"}, json={"error": {"message": "Slow down."}})
        self.taken.append(now)
        await asyncio.sleep(1)
        return answered(REPLY.read_text(encoding="utf-8"))


def test_a_storm_of_429_loses_no_brief_and_wastes_few_requests(failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """600 documents, 50 at a time: each job by itself would ask, wait, and ask again with all the others."""
    loop = Hurried()
    monkeypatch.setattr(transport, "time", SimpleNamespace(monotonic=loop.time))
    monkeypatch.setattr(transport, "random", random.Random(1))
    article, server = Article.from_text(WIRE.read_text(encoding="utf-8")), Limited(loop)
    plan = prepared(Settings(model=failing("good")), get_async_or_sync_model)

    async def all_briefs() -> list[Brief]:
        jobs = asyncio.Semaphore(50)

        async def one() -> Brief:
            async with jobs:
                return await asummarize_article(article, plan)

        return await asyncio.gather(*(one() for _ in range(600)))

    with sent_over(server):
        briefs = loop.run_until_complete(all_briefs())
    loop.close()
    assert {len(brief.positions) for brief in briefs} == {2}
    assert len(server.taken) == 600
    assert 0 < server.refused <= 0.15 * 600
    assert loop.time() < 300


@pytest.mark.parametrize(
    "way", [summarize, lambda source, model: asyncio.run(asummarize(source, model=model))], ids=["sync", "async"]
)
def test_a_429_does_not_use_up_the_retries_of_the_sdk(failing: Any, way: Callable[..., Brief]) -> None:
    assert len(way(WIRE, model=failing("429,429,500,429,500,429,good")).positions) == 2


@pytest.mark.parametrize(
    ("script", "sources", "jobs", "needed"), [("good", 12, 3, 3), ("good,drop,good", 2, 1, 2)], ids=["kept", "dropped"]
)
def test_a_connection_serves_one_request_after_the_other(
    failing: Any, server: str, script: str, sources: int, jobs: int, needed: int
) -> None:
    before = stats(server)["connections"]
    briefs = list(summarize_many([WIRE] * sources, model=failing(script), jobs=jobs))
    assert [len(getattr(brief, "positions", ())) for brief in briefs] == [2] * sources
    assert stats(server)["connections"] - before == needed + 1, "with the one that asks for the count"


def test_a_quota_that_is_used_up_is_not_waited_for(diplo: Any, failing: Any, server: str) -> None:
    model = failing("quota")
    result = diplo(WIRE, "-m", model)
    assert result.exit_code == 1
    assert "quota is used up (HTTP 429)" in result.stderr
    paths: Any = stats(server)["paths"]
    assert [count for path, count in paths.items() if path.startswith("quota/")] == [1]


@pytest.mark.parametrize("tidy", [True, False], ids=["asyncio.run", "loop closed without shutdown_asyncgens"])
def test_an_ended_loop_leaves_nothing_behind(failing: Any, tidy: bool) -> None:
    model = failing("good")

    def run() -> None:
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(asummarize(WIRE, model=model))
            if tidy:
                loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()

    def open_things() -> tuple[int, int, int]:
        gc.collect()
        objects = gc.get_objects()
        clients = sum(isinstance(one, openai.AsyncOpenAI) for one in objects)
        loops = sum(isinstance(one, asyncio.AbstractEventLoop) for one in objects)
        return clients, loops, len(list(Path("/proc/self/fd").iterdir()))

    run()
    run()
    before = open_things()
    for _ in range(LOOPS):
        run()
    assert [after - then for after, then in zip(open_things(), before, strict=True)] == [0, 0, 0]


class Replayed(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """A transport that answers by itself, and counts."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.paths.append(request.url.path)
        return answered(REPLY.read_text(encoding="utf-8"))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return self.handle_request(request)


class Unanswering(Replayed):
    """A transport that answers the first request with `first`, and then knows no answer."""

    def __init__(self, first: str) -> None:
        super().__init__()
        self.first = first

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.paths.append(request.url.path)
        if len(self.paths) == 1 and self.first:
            text = REPLY.read_text(encoding="utf-8")
            return answered(*{"garbage": ("{", "stop"), "cut": (text[:600], "length"), "empty": ("", "stop")}[self.first])
        raise UnansweredError("It waits.")


@pytest.mark.parametrize("first", ["", "garbage", "cut", "empty"])
@pytest.mark.parametrize(
    "way", [summarize, lambda source, model: asyncio.run(asummarize(source, model=model))], ids=["sync", "async"]
)
def test_what_a_transport_cannot_answer_yet_reaches_the_caller_as_it_is(
    failing: Any, way: Callable[..., Brief], first: str
) -> None:
    """Neither openai nor instructor tries again, and no answer before it is taken for the last."""
    transport = Unanswering(first)
    with sent_over(transport), pytest.raises(UnansweredError, match=r"It waits\."):
        way(WIRE, model=failing("good"))
    assert len(transport.paths) == (2 if first else 1)


def test_requests_go_over_the_transport_that_is_given(failing: Any, server: str) -> None:
    model = failing("good")
    transport = Replayed()
    before = stats(server).get("requests", 0)
    with sent_over(transport):
        assert len(summarize(WIRE, model=model).positions) == 2
        assert len(asyncio.run(asummarize(WIRE, model=model)).positions) == 2
        (brief,) = summarize_many([WIRE], model=model)
    assert isinstance(brief, Brief)
    assert len(transport.paths) == 3
    assert stats(server).get("requests", 0) == before
    assert len(summarize(WIRE, model=model).positions) == 2
    assert stats(server)["requests"] == before + 1
