"""`llm diplo corpus --batch`, killed, interrupted or cancelled: it goes on, and sends and pays for nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import batch_provider
import openai
import pytest
from batch_provider import ARTICLES_ASKED, command
from conftest import stats
from openai.resources.batches import Batches as OpenAIBatches
from test_corpus_faults import WHOLE_RUN, Begun, check_briefs, states

from llm_diplo.corpus import batch_files

provider, folder = batch_provider.provider, batch_provider.folder
pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])


def wait_for(url: str, name: str) -> None:
    """Wait until the provider has counted something."""
    end = time.monotonic() + 60
    while not stats(url).get(name):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_killed_while_it_waits_it_goes_on_and_sends_nothing_twice(provider: Any, folder: Path) -> None:
    url = provider("--polls", "40")
    process = Begun(*command(folder))
    wait_for(url, "batches")
    time.sleep(0.2)
    process.kill()
    code, stderr = Begun(*command(folder)).ended()
    assert code == 0, stderr
    check_briefs(folder)
    assert stats(url) == {"files": 1, "batches": 1, "requests": 12, "answers": 12, "twice": 0, "stored": 2}


def die_before_a_batch_is_made() -> None:
    """As `kill -9` between the file and its batch."""
    OpenAIBatches.create = lambda *args, **kwargs: os._exit(137)  # type: ignore[method-assign,assignment]


def die_after_a_batch_is_made() -> None:
    """As `kill -9` before the id of the batch is kept."""
    real = OpenAIBatches.create

    def create(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        os._exit(137)

    OpenAIBatches.create = create  # type: ignore[method-assign,assignment]


def die_before_the_file_is_sent() -> None:
    """As `kill -9` after the requests were put into a batch."""
    batch_files.Batches._upload = lambda *args: os._exit(137)  # type: ignore[method-assign,assignment,return-value]


def die_while_it_collects() -> None:
    """As `kill -9` after some answers of a file were kept."""
    batch_files.LINES = 5
    real, kept = batch_files.Batches._keep, []

    def keep(self: Any, line: bytes, *args: Any) -> None:
        kept.append(line)
        if len(kept) == 8:
            os._exit(137)
        real(self, line, *args)

    batch_files.Batches._keep = keep  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "death", [die_before_the_file_is_sent, die_before_a_batch_is_made, die_after_a_batch_is_made, die_while_it_collects]
)
def test_killed_between_two_steps_it_goes_on_and_sends_nothing_twice(
    provider: Any, folder: Path, death: Callable[[], None]
) -> None:
    url = provider()
    code, stderr = Begun(*command(folder), before=death).ended()
    assert code == 137, stderr
    code, stderr = Begun(*command(folder)).ended()
    assert code == 0, stderr
    check_briefs(folder)
    assert states("diplo.db") == {"done": ARTICLES_ASKED}
    assert stats(url) == {"files": 1, "batches": 1, "requests": 12, "answers": 12, "twice": 0, "stored": 2}


def test_a_batch_that_was_made_though_the_answer_was_lost_is_found(
    diplo: Any, provider: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = provider()
    real = OpenAIBatches.create
    calls = []

    def create(self: Any, **kwargs: Any) -> Any:
        calls.append(real(self, **kwargs))
        if len(calls) == 1:
            raise openai.APIConnectionError(request=None)  # type: ignore[arg-type]
        return calls[-1]

    monkeypatch.setattr(OpenAIBatches, "create", create)
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)
    result = diplo("corpus", *command(folder))
    assert result.exit_code == 0, result.output
    assert stats(url)["batches"] == 1


def test_ctrl_c_while_it_waits_leaves_all_pending(provider: Any, folder: Path) -> None:
    url = provider("--batches", "forever")
    # Not a fork of this process, whose threads may hold what the child would wait for.
    arguments = [sys.executable, "-m", "llm", "diplo", "corpus", *map(str, command(folder))]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # ignored in what shells run in the background
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, preexec_fn=heard)  # noqa: PLW1509
    wait_for(url, "batches")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=WHOLE_RUN)
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert states("diplo.db") == {"pending": ARTICLES_ASKED}


def test_a_batch_that_is_cancelled_is_collected_and_the_rest_sent_again(diplo: Any, provider: Any, folder: Path) -> None:
    url = provider("--batches", "forever,completed")
    assert diplo("corpus", *command(folder, "--no-wait")).exit_code == 0
    result = diplo("corpus", "--db", "diplo.db", "--batch-cancel")
    assert result.exit_code == 0, result.output
    assert "batch_1: cancelled, 6 of 12 requests" in result.stdout
    result = diplo("corpus", *command(folder))
    assert result.exit_code == 0, result.output
    check_briefs(folder)
    assert stats(url)["batches"] == 2
    assert stats(url)["answers"] == ARTICLES_ASKED
