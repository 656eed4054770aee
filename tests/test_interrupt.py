"""Ctrl-C while something is waited for that takes its time: the command ends, and does not wait for it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLES, stats

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = str(ARTICLES / "wire.txt")
TAKES = 120
"""Seconds that takes what a command waits for."""
HANGS = 20
"""Seconds after which an interrupted command counts as waiting for it."""
# A name server that takes its time.
NO_NAMES = f"""
import socket, sys, time
from llm.cli import cli

def getaddrinfo(*_, **__):
    sys.stderr.write("asked\\n")
    time.sleep({TAKES})

socket.getaddrinfo = getaddrinfo
cli(sys.argv[1:])
"""
# A model without an async twin, which reports the call and takes its time.
SLOW = f"""
import sys, time
import llm
from llm.cli import cli

class Slow(llm.Model):
    model_id = "slow"

    def execute(self, prompt, stream, response, conversation):
        sys.stderr.write("asked\\n")
        time.sleep({TAKES})
        yield "{{}}"

class Plugin:
    @llm.hookimpl
    def register_models(self, register):
        register(Slow())

llm.plugins.load_plugins()
llm.plugins.pm.register(Plugin())
cli(sys.argv[1:])
"""
# The same, with a Ctrl-C that another thread hears, as one does that comes just before the loop waits.
HEARD_ELSEWHERE = SLOW.replace(
    "        time.sleep",
    "        import signal, threading\n        signal.pthread_kill(threading.get_ident(), signal.SIGINT)\n        time.sleep",
)


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


def interrupted(process: subprocess.Popen[str], by: int = signal.SIGINT) -> str:
    """What a command printed on standard error that was interrupted; it has to end with 130."""
    process.send_signal(by)
    try:
        _, stderr = process.communicate(timeout=HANGS)
    finally:
        process.kill()
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    return stderr


def begun(
    *command: str, plugins: str = "llm-diplo", path: str = "", sigint: Any = signal.SIG_DFL, **streams: int
) -> subprocess.Popen[str]:
    """Begin a command with some plugins only, and modules of its own in the folder `path`.

    `sigint` is what SIGINT does at first: these tests may run in the background themselves, where shells ignore it.
    """
    folders = os.pathsep.join(filter(None, (path, os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "LLM_LOAD_PLUGINS": plugins, "PYTHONPATH": folders}
    first = partial(signal.signal, signal.SIGINT, sigint)
    streams |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, *command],
        text=True,
        env=environment,
        preexec_fn=first,  # noqa: PLW1509
        **streams,
    )


@pytest.mark.parametrize("module", ["cli.options", "cli.group", "schema", "models.settings"])
def test_a_command_that_is_still_being_loaded(module: str) -> None:
    """Ctrl-C after a module was imported, from the first of the commands on."""
    process = begun("-X", "importtime", "-m", "llm", "diplo", WIRE, "-m", "diplo-offline")
    assert process.stderr
    while process.stderr.readline().rpartition("|")[2].strip() != f"llm_diplo.{module}":
        assert process.poll() is None
    said = [line for line in interrupted(process).splitlines() if not line.startswith("import time:")]
    assert said == ["Interrupted: nothing was done yet."]


@pytest.mark.parametrize("sources", [1, 3])
def test_a_url_that_drips(dripping: tuple[str, threading.Event], failing: Any, sources: int) -> None:
    url, asked = dripping
    arguments = [url, *[WIRE] * (sources - 1), "-j", str(sources), "-m", failing("good"), "--allow-private"]
    process = begun("-m", "llm", "diplo", *arguments)
    assert asked.wait(60)
    assert interrupted(process) == "Interrupted: nothing was done yet.\n"


def asked_and_interrupted(process: subprocess.Popen[str]) -> list[str]:
    """The lines on standard error of a command that was interrupted once it had written “asked”."""
    assert process.stderr
    while process.stderr.readline() not in ("asked\n", ""):
        pass
    return interrupted(process).splitlines()


@pytest.mark.parametrize("jobs", ["1", "3"])
@pytest.mark.parametrize("plugins", ["llm-diplo", "llm-diplo,llm-all-models-async"])
def test_a_model_without_an_async_twin(jobs: str, plugins: str) -> None:
    """llm-all-models-async reads such models in an executor of its own, whose threads Python waits for."""
    process = begun("-c", SLOW, "diplo", WIRE, WIRE, WIRE, "-m", "slow", "-j", jobs, "-n", plugins=plugins)
    assert "Interrupted: nothing was done yet." in asked_and_interrupted(process)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows wakes the loop by itself")
def test_a_loop_that_waits_for_nothing_but_threads() -> None:
    process = begun("-c", HEARD_ELSEWHERE, "diplo", WIRE, "-m", "slow", "-n", plugins="llm-diplo")
    try:
        _, stderr = process.communicate(timeout=HANGS)
    finally:
        process.kill()
    assert (process.returncode, stderr) == (130, "asked\nInterrupted: nothing was done yet.\n")


@pytest.mark.parametrize("command", ["diplo", "eval"])
def test_a_parser_that_is_being_loaded(command: str, tmp_path: Path) -> None:
    package = tmp_path / "en_core_web_sm"
    package.mkdir()
    load = f"def load():\n    sys.stderr.write('asked\\n')\n    time.sleep({TAKES})\n"
    (package / "__init__.py").write_text(f"import sys, time\n{load}", encoding="utf-8")
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"id": "a", "text": Path(WIRE).read_text(encoding="utf-8")}), encoding="utf-8")
    arguments = [WIRE, "-j", "2", WIRE] if command == "diplo" else ["eval", str(gold)]
    process = begun("-m", "llm", "diplo", *arguments, "-m", "diplo-offline", path=str(tmp_path))
    assert asked_and_interrupted(process)[-1].startswith("Interrupted: ")


def test_a_name_server_that_takes_its_time(failing: Any) -> None:
    process = begun("-c", NO_NAMES, "diplo", WIRE, "-m", failing("good", address="http://model.invalid"))
    assert asked_and_interrupted(process) == ["Interrupted: nothing was done yet."]


def test_a_page_whose_name_server_takes_its_time(failing: Any) -> None:
    process = begun("-c", NO_NAMES, "diplo", "http://page.invalid/article", "-m", failing("good"))
    assert asked_and_interrupted(process) == ["Interrupted: nothing was done yet."]


def test_standard_input_that_does_not_end() -> None:
    process = begun("-X", "importtime", "-m", "llm", "diplo", "-", "-m", "diplo-offline", stdin=subprocess.PIPE)
    assert process.stderr
    # The last import before the input is read.
    while "llm_diplo.corpus.run" not in process.stderr.readline():
        pass
    assert interrupted(process).splitlines()[-1] == "Interrupted: nothing was done yet."


@pytest.mark.parametrize(
    ("by", "sigint"),
    [(signal.SIGINT, signal.SIG_DFL), (signal.SIGTERM, signal.SIG_DFL), (signal.SIGTERM, signal.SIG_IGN)],
    ids=["Ctrl-C", "SIGTERM", "SIGTERM in the background"],
)
def test_what_is_done_is_printed(failing: Any, server: str, tmp_path: Path, by: int, sigint: Any) -> None:
    output = tmp_path / "briefs.json"
    process = begun("-m", "llm", "diplo", WIRE, WIRE, "-m", failing("good,slow"), "--output", str(output), sigint=sigint)
    wait_for_two_requests(server)
    assert interrupted(process, by) == "Interrupted: what was done is printed.\n"
    assert len(json.loads(output.read_text(encoding="utf-8"))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["briefs.json"]


def wait_for_two_requests(server: str) -> None:
    """Wait until the second document of this test is asked for: one job has finished the first then."""
    before = stats(server).get("slow", 0)
    while stats(server).get("slow", 0) == before:
        time.sleep(0.05)


def stopped_at_once(process: subprocess.Popen[str]) -> str:
    """The last line on standard error of a corpus run that “asked” and is interrupted twice."""
    assert process.stderr
    for awaited in ("asked", "Ctrl-C again stops at once"):
        while awaited not in (line := process.stderr.readline()):
            assert line
        if awaited == "asked":
            process.send_signal(signal.SIGINT)
    return interrupted(process)


@pytest.mark.parametrize("plugins", ["llm-diplo", "llm-diplo,llm-all-models-async"])
def test_a_corpus_whose_model_has_no_async_twin(plugins: str, tmp_path: Path) -> None:
    arguments = ["diplo", "corpus", WIRE, "--db", str(tmp_path / "diplo.db"), "-m", "slow"]
    assert "Stopped at once" in stopped_at_once(begun("-c", SLOW, *arguments, plugins=plugins))


def test_a_corpus_whose_name_server_takes_its_time(failing: Any, tmp_path: Path) -> None:
    model = failing("good", address="http://model.invalid")
    process = begun("-c", NO_NAMES, "diplo", "corpus", WIRE, "--db", str(tmp_path / "diplo.db"), "-m", model)
    assert "Stopped at once" in stopped_at_once(process)


def test_a_corpus_whose_list_does_not_end(tmp_path: Path) -> None:
    """What waits for the next line cannot hear the first Ctrl-C."""
    arguments = ["diplo", "corpus", "-", "--db", str(tmp_path / "diplo.db"), "-m", "diplo-offline"]
    process = begun("-X", "importtime", "-m", "llm", *arguments, stdin=subprocess.PIPE)
    assert process.stderr
    while "llm_diplo.cli.tally" not in (line := process.stderr.readline()):
        assert line
    time.sleep(3)  # it reads the list
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert "Stopped at once" in interrupted(process)


def test_a_corpus_that_is_still_being_counted(tmp_path: Path) -> None:
    """Before anything is asked, the first Ctrl-C ends the command."""
    pipe = tmp_path / "endless.txt"
    os.mkfifo(pipe)
    process = begun("-m", "llm", "diplo", "corpus", str(pipe), "--db", str(tmp_path / "diplo.db"), "-m", "diplo-offline")
    writing = None
    while writing is None and process.poll() is None:
        with suppress(OSError):  # nobody reads it yet
            writing = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        time.sleep(0.05)
    assert interrupted(process) == "Interrupted: nothing was done yet.\n"
