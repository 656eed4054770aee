"""Many processes and threads: each document gets the brief that is made of its own answer."""

from __future__ import annotations

import multiprocessing
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from conftest import ARTICLES, serving

from llm_diplo import Article, Brief, DiploError, summarize

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


def made(make: Callable[[Article], Brief], article: Article) -> str:
    """What the brief of a document says that it is made of, or why there is none."""
    try:
        return summary(make(article))
    except DiploError as error:
        return str(error)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_that_begin_after_use(failing: Any, method: str) -> None:
    """Children that shared the open connections of their parent would read the answers to each other's documents."""
    with serving("--latency", "0.05") as address:
        make = partial(summarize, model=failing("good", address=address))
        with ThreadPoolExecutor(8) as threads:  # so many connections are open then
            list(threads.map(make, texts()[:16]))
        with multiprocessing.get_context(method).Pool(4) as pool:
            articles = [Article.from_text(text) for text in texts()]
            pending = [pool.apply_async(made, (make, article)) for article in articles]
            end = time.monotonic() + HANGS
            found = [one.get(max(0.0, end - time.monotonic())) for one in pending]
    assert found == NAMES


def test_threads(failing: Any) -> None:
    make = partial(summarize, model=failing("good"))
    with ThreadPoolExecutor(8) as threads:
        assert [summary(brief) for brief in threads.map(make, texts())] == NAMES


def test_arguments_pickle(failing: Any) -> None:
    make = partial(summarize, model=failing("good"), retries=0)
    article = Article.from_text(texts()[7])
    again, text = pickle.loads(pickle.dumps((make, article)))
    assert summary(pickle.loads(pickle.dumps(again(text)))) == NAMES[7]


def test_a_machine_that_cannot_fork() -> None:
    """Windows has neither."""
    code = "import os; del os.fork, os.register_at_fork; import llm_diplo.models.registry, llm_diplo.offline.parse"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
