"""Where output goes: files of every kind, and terminals, which obey what they are sent."""

from __future__ import annotations

import json
import os
import pty
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLES, EXAMPLES

from llm_diplo import Article, summarize

ARTICLE = EXAMPLES / "harbour-talks.txt"
OFFLINE = ("-m", "diplo-offline", "-o", "reader", "rules")
RESOLVE = ("resolve", EXAMPLES / "strait-conference.extraction.json", "--against", EXAMPLES / "strait-conference.txt")
ESCAPES = "Orsolya Venn said: “The tolls &#x202e;must&lrm; fall &not;ever \u202e\u200b\x9b31m now,” in Ketter."


def written(diplo: Any, target: Path, *command: Any) -> Any:
    return diplo(*(command or (ARTICLE, *OFFLINE)), "--output", target)


@pytest.mark.parametrize("command", [(ARTICLE, *OFFLINE), RESOLVE], ids=["summarize", "resolve"])
def test_a_file_keeps_its_mode_and_a_link_its_target(diplo: Any, tmp_path: Path, command: tuple[Any, ...]) -> None:
    target, link = tmp_path / "brief.md", tmp_path / "link.md"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    assert written(diplo, link, *command).exit_code == 0
    assert link.is_symlink()
    assert target.read_text().startswith("# ")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["brief.md", "link.md"]


def test_a_pipe_stays_a_pipe(diplo: Any, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    assert written(diplo, pipe).exit_code == 0
    reader.join(20)
    assert read[0].startswith("# ")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_stays_a_device(diplo: Any) -> None:
    assert written(diplo, Path("/dev/null")).exit_code == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_source_is_never_overwritten(diplo: Any, tmp_path: Path) -> None:
    source = tmp_path / "article.txt"
    source.write_bytes(ARTICLE.read_bytes())
    (tmp_path / "same.txt").hardlink_to(source)
    result = diplo(source, *OFFLINE, "--output", tmp_path / "same.txt")
    assert (result.exit_code, "is a source" in result.stderr) == (1, True)
    assert source.read_bytes() == ARTICLE.read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_line(diplo: Any, tmp_path: Path) -> None:
    (tmp_path / "full").symlink_to("/dev/full")
    result = written(diplo, tmp_path / "full", *RESOLVE)
    assert result.exit_code == 1
    assert "No space left" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of file size there")
def test_an_old_file_stays_when_the_new_one_has_no_room(tmp_path: Path) -> None:
    import resource

    target = tmp_path / "brief.md"
    target.write_text("old")
    done = subprocess.run(
        [sys.executable, "-m", "llm", "diplo", *map(str, RESOLVE), "--output", str(target)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "cannot be written: File too large" in done.stderr) == (1, True), done.stderr
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["brief.md"]


@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
def test_sigterm_closes_the_array_and_leaves_nothing_behind(server: str, user_path: Path, tmp_path: Path) -> None:
    models = user_path / "extra-openai-models.yaml"
    before = models.read_text(encoding="utf-8")
    models.write_text(f"{before}\n- {{model_id: hangs, model_name: hangs, api_base: '{server}/good,slow/sigterm/v1'}}\n")
    target = tmp_path / "briefs.json"
    wire = str(ARTICLES / "wire.txt")
    command = [sys.executable, "-m", "llm", "diplo", wire, wire, "-m", "hangs", "--json", "--output", str(target)]
    try:
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while not any(path.stat().st_size > 2 for path in tmp_path.glob(".briefs*")) and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=30)
    finally:
        models.write_text(before, encoding="utf-8")
    assert process.returncode == 130, stderr
    assert len(json.loads(target.read_text())) == 1
    assert [path.name for path in tmp_path.glob("*briefs*")] == ["briefs.json"]


def on_a_terminal(*command: str | Path) -> str:
    """Run `llm diplo …` with a terminal as standard output and error; return what it was sent."""
    master, slave = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "llm", "diplo", *map(str, command)], stdout=slave, stderr=slave)
    os.close(slave)
    sent = bytearray()
    while True:
        try:
            chunk = os.read(master, 65_536)
        except OSError:
            break
        if not chunk:
            break
        sent += chunk
    process.wait(timeout=30)
    os.close(master)
    return sent.decode("utf-8", "replace")


HOSTILE = ("\u202e", "\u200e", "\u200b", "\x9b31m", "\x1b]0;", "¬")


@pytest.mark.parametrize(
    "command",
    [
        ("{article}", *OFFLINE),
        ("{article}", *OFFLINE, "--json"),
        ("{article}", *OFFLINE, "--nl"),
        ("prompts", "--render", "{article}"),
        ("check", "{article}", "--against", "{copy}"),
        ("check", "{article}", "--against", "{copy}", "--json"),
        ("resolve", "{article}", "--against", "{article}"),
        ("eval", "{article}"),
        ("{article}.missing", *OFFLINE),
        ("{article}", *OFFLINE, "--format", "\x1b]0;owned\x07\u202e"),
    ],
    ids=" ".join,
)
def test_a_terminal_is_sent_nothing_that_it_obeys(tmp_path: Path, command: tuple[str, ...]) -> None:
    article = tmp_path / "a\x1b]0;owned\x07\u202eb.txt"
    article.write_text(f"Tolls in Ketter\n\n{ESCAPES}\n", encoding="utf-8")
    copy = article.with_name(f"copy-{article.name}")
    copy.write_text(article.read_text(encoding="utf-8"), encoding="utf-8")
    shown = on_a_terminal(*(part.format(article=article, copy=copy) for part in command))
    assert shown.strip()
    assert not [mark for mark in HOSTILE if mark in shown]


def test_json_on_a_terminal_is_the_same_data(tmp_path: Path) -> None:
    article = tmp_path / "a.txt"
    article.write_text(f"Tolls in Ketter\n\n{ESCAPES}\n", encoding="utf-8")
    sent = on_a_terminal(article, *OFFLINE, "--nl", "-n")
    shown = json.loads(sent[sent.index('{"article"') :].splitlines()[0])
    assert "\u202e\u200b\x9b31m" in json.dumps(shown, ensure_ascii=False)


def test_a_notebook_shows_character_references_as_text() -> None:
    brief = summarize(Article.from_text(f"Tolls in Ketter\n\n{ESCAPES}\n"), model="diplo-offline", options={"reader": "rules"})
    page = brief._repr_html_()
    assert not [mark for mark in HOSTILE if mark in page]
    assert "&amp;#x202e;" in page
