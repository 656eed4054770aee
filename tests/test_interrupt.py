"""Ctrl-C while something is waited for that takes its time: the command ends, and does not wait for it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ARTICLES

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = str(ARTICLES / "wire.txt")
HANGS = 8
"""Seconds after which a command that was interrupted counts as hanging; what it waits for takes 15."""
# A model without an async twin, which reports the call and takes its time.
SLOW = """
import sys, time
import llm
from llm.cli import cli

class Slow(llm.Model):
    model_id = "slow"

    def execute(self, prompt, stream, response, conversation):
        sys.stderr.write("asked\\n")
        time.sleep(15)
        yield "{}"

class Plugin:
    @llm.hookimpl
    def register_models(self, register):
        register(Slow())

llm.plugins.load_plugins()
llm.plugins.pm.register(Plugin())
cli(sys.argv[1:])
"""


@pytest.fixture
def dripping() -> Iterator[tuple[str, threading.Event]]:
    """A web server that sends a byte every tenth of a second; returns its URL and what says that it was asked."""
    asked, over = threading.Event(), threading.Event()

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        asked.set()
        with connection:
            while not over.wait(0.1):
                try:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nX: "[:1])
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/article", asked
        over.set()


def interrupted(process: subprocess.Popen[str]) -> str:
    """What a command printed on standard error that was interrupted; it has to end with 130."""
    process.send_signal(signal.SIGINT)
    try:
        _, stderr = process.communicate(timeout=HANGS)
    finally:
        process.kill()
    assert process.returncode == 130, stderr
    return stderr


def begun(*command: str, **streams: int) -> subprocess.Popen[str]:
    # Without llm-all-models-async, which reads sync models in an executor of its own.
    environment = {**os.environ, "LLM_LOAD_PLUGINS": "llm-diplo"}
    return subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, **streams
    )


@pytest.mark.parametrize("sources", [1, 3])
def test_a_url_that_drips(dripping: tuple[str, threading.Event], failing: Any, sources: int) -> None:
    url, asked = dripping
    arguments = [url, *[WIRE] * (sources - 1), "-j", str(sources), "-m", failing("good"), "--allow-private"]
    process = begun("-m", "llm", "diplo", *arguments)
    assert asked.wait(60)
    assert interrupted(process) == "Interrupted: what was done is printed.\n"


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_model_without_an_async_twin(jobs: str) -> None:
    process = begun("-c", SLOW, "diplo", WIRE, WIRE, WIRE, "-m", "slow", "-j", jobs, "-n")
    assert process.stderr
    assert process.stderr.readline() == "asked\n"
    assert "Interrupted: what was done is printed." in interrupted(process).splitlines()


def test_standard_input_that_does_not_end() -> None:
    process = begun("-X", "importtime", "-m", "llm", "diplo", "-", "-m", "diplo-offline", stdin=subprocess.PIPE)
    assert process.stderr
    # The last import before the input is read.
    while "llm_diplo.corpus.run" not in process.stderr.readline():
        pass
    assert interrupted(process).splitlines()[-1] == "Interrupted: what was done is printed."
