"""Many processes and threads: each document gets the brief that is made of its own answer."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from conftest import ARTICLES

from llm_diplo import Article, Brief, summarize

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = (ARTICLES / "wire.txt").read_text(encoding="utf-8")
HANGS = 120
"""Seconds."""


# In letters, as the server looks for them.
NAMES = [f"Dispatch {first}{second}" for first in "bcdfgh" for second in "aeiouywxqz"]


def texts() -> list[str]:
    return [f"{WIRE}\n\n{name}." for name in NAMES]


def summary(brief: Brief) -> str:
    return str(brief.summary).split(". ", 1)[0]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_that_begin_after_use(failing: Any, method: str) -> None:
    make = partial(summarize, model=failing("good"))
    make(texts()[0])
    with multiprocessing.get_context(method).Pool(4) as pool:
        articles = [Article.from_text(text) for text in texts()]
        briefs = pool.map_async(make, articles, chunksize=1).get(HANGS)
    assert [summary(brief) for brief in briefs] == NAMES


def test_threads(failing: Any) -> None:
    make = partial(summarize, model=failing("good"))
    with ThreadPoolExecutor(8) as threads:
        assert [summary(brief) for brief in threads.map(make, texts())] == NAMES


def test_arguments_pickle(failing: Any) -> None:
    make = partial(summarize, model=failing("good"), retries=0)
    article = Article.from_text(texts()[7])
    again, text = pickle.loads(pickle.dumps((make, article)))
    assert summary(pickle.loads(pickle.dumps(again(text)))) == NAMES[7]
