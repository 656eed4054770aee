"""Many articles side by side: the order, the log, memory, and what a cancelled run leaves."""

from __future__ import annotations

import asyncio
import gc
import json
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ARTICLES

from llm_diplo import Article, Brief, summarize_many
from llm_diplo.corpus.run import AHEAD, summarize_all
from llm_diplo.models.settings import Settings

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = (ARTICLES / "wire.txt").read_text(encoding="utf-8")
JOBS = 50


def numbered(count: int) -> list[str]:
    """As many articles, each with its number in the headline."""
    return [WIRE.replace("Osk urges", f"Osk ({number}) urges", 1) for number in range(count)]


@pytest.fixture
def model(server: str, user_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    path = user_path / "extra-openai-models.yaml"
    before = path.read_text(encoding="utf-8")
    base = f"{server}/good/{request.node.name}/v1"
    models = [
        *yaml.safe_load(before),
        {"model_id": request.node.name, "model_name": "rig", "api_base": base, "supports_schema": True},
    ]
    path.write_text(yaml.safe_dump(models), encoding="utf-8")
    yield request.node.name
    path.write_text(before, encoding="utf-8")


def headlines(results: list[Any]) -> list[str | None]:
    assert all(isinstance(result, Brief) for result in results), results
    return [result.article.headline for result in results]


def test_fifty_at_a_time_keep_their_order_and_are_all_logged(model: str, run_llm: Any, tmp_path: Path) -> None:
    log = tmp_path / "logs.db"
    texts = numbered(200)
    results = list(summarize_many(texts, model=model, jobs=JOBS, log=log))
    assert headlines(results) == [text.split("\n", 1)[0] for text in texts]
    rows = json.loads(run_llm("logs", "-n", "0", "--json", "-d", log).output)
    assert len(rows) == len({row["conversation_id"] for row in rows}) == 200


def test_fifty_jobs_of_the_command(diplo: Any, model: str, tmp_path: Path) -> None:
    paths = []
    for number, text in enumerate(numbered(60)):
        paths.append(tmp_path / f"{number}.txt")
        paths[-1].write_text(text, encoding="utf-8")
    result = diplo(*paths, "-m", model, "-j", "50", "--nl")
    assert (result.exit_code, result.stderr) == (0, "")
    shown = [json.loads(line)["article"]["headline"] for line in result.stdout.splitlines()]
    assert shown == [f"Osk ({number}) urges lower tolls in the narrows" for number in range(60)]


def test_no_more_articles_are_held_than_the_bound(model: str) -> None:
    begun = 0

    def read(text: str) -> Article:
        nonlocal begun
        begun += 1
        return Article.from_text(text)

    async def most_ahead() -> int:
        most = done = 0
        sources: list[Callable[[], Article]] = [partial(read, text) for text in numbered(120)]
        async for result in summarize_all(sources, Settings(model=model), jobs=5):
            assert isinstance(result, Brief)
            done += 1
            most = max(most, begun - done)
        return most

    assert asyncio.run(most_ahead()) <= AHEAD * 5


def test_a_run_that_is_cancelled_leaves_nothing_running(model: str, server: str, recwarn: pytest.WarningsRecorder) -> None:
    async def first_only() -> int:
        sources = [partial(Article.from_text, text) for text in numbered(100)]
        results = summarize_all(sources, Settings(model=model), jobs=10)
        await anext(results)
        await results.aclose()  # type: ignore[attr-defined]
        return len(asyncio.all_tasks()) - 1

    assert asyncio.run(first_only()) == 0
    gc.collect()
    assert not [warning for warning in recwarn if "never retrieved" in str(warning.message)]
    with urllib.request.urlopen(f"{server}/stats") as response:
        asked = json.load(response)["paths"][f"good/{model}"]
    assert asked < 100
