"""Rate limits, event loops and the transport that can be given, against a server on loopback."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
import yaml
from conftest import ARTICLES, ROOT, stats

from llm_diplo import Brief, asummarize, summarize, summarize_many
from llm_diplo.models.connections import sent_over

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = ARTICLES / "wire.txt"
REPLY = ROOT / "tests" / "replies" / "wire.json"
LOOPS = 12


@pytest.fixture
def limited(user_path: Path) -> Iterator[Callable[..., tuple[str, str]]]:
    """Start a server of its own with a rate limit; returns its URL and the id of a model that it serves."""
    path = user_path / "extra-openai-models.yaml"
    before = path.read_text(encoding="utf-8")
    started = []

    def start(*options: str) -> tuple[str, str]:
        command = [sys.executable, str(ROOT / "benchmarks" / "fault_server.py"), "--reply", str(REPLY), "--latency", "0.01"]
        process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        model = {"model_id": "limited", "model_name": "limited", "api_base": f"{url}/v1", "supports_schema": True}
        path.write_text(yaml.safe_dump([*yaml.safe_load(before), model]), encoding="utf-8")
        return url, "limited"

    yield start
    path.write_text(before, encoding="utf-8")
    for process in started:
        process.kill()
        process.wait()


def test_a_storm_of_429_loses_no_brief_and_wastes_few_requests(limited: Any) -> None:
    """60 a second may be asked, 120 are: each job by itself would ask, wait and ask again with all the others."""
    url, model = limited("--rpm", "60", "--minute", "2", "--retry-after", "0.2")
    texts = [f"{WIRE.read_text(encoding='utf-8')}\n\nDispatch {number}." for number in range(120)]
    results = list(summarize_many(texts, model=model, jobs=10))
    assert [type(result) for result in results] == [Brief] * 120
    counts = stats(url)
    assert counts["good"] == 120
    assert counts["429"] <= 30


@pytest.mark.parametrize(
    "way", [summarize, lambda source, model: asyncio.run(asummarize(source, model=model))], ids=["sync", "async"]
)
def test_a_429_does_not_use_up_the_retries_of_the_sdk(failing: Any, way: Callable[..., Brief]) -> None:
    assert len(way(WIRE, model=failing("429,429,500,429,500,429,good")).positions) == 2


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
        message = {"role": "assistant", "content": REPLY.read_text(encoding="utf-8")}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        answer = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}
        return httpx2.Response(200, json=answer)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return self.handle_request(request)


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
