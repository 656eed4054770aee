"""Whatever a user gives: one clear line, the right exit code, no traceback; and what is odd but an article gives a brief."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES

from llm_diplo import Brief

ARTICLE = EXAMPLES / "harbour-talks.txt"
OFFLINE = ("-m", "diplo-offline")

FILES = {
    "empty": (b"", "is empty"),
    "white space only": (b" \n\t\r\n ", "is empty"),
    "an image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "binary"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)), "broken PDF"),
    "50 MB": (b"x" * 50_000_000, "larger than 20 MB"),
}


@pytest.mark.parametrize(("data", "message"), FILES.values(), ids=FILES.keys())
def test_bad_files(diplo: Any, tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "article.txt"
    path.write_bytes(data)
    result = diplo(path, ARTICLE, *OFFLINE, "--nl")
    assert result.exit_code == 1
    assert message in result.stderr
    assert str(path) in result.stderr
    assert result.stderr.count("Error: ") == 1
    assert len(result.stdout.splitlines()) == 1


ODD = {
    "undecodable bytes": b"Talks in Port Ketter\n\nOsk said that \xff\xfe\x80 talks would begin. " * 3,
    "one line of 300,000 characters": ("Osk said “talks go on” again. " * 10_000).encode(),
    "a headline only": b"Ketter and the island agree to talks",
    "a table only": "\n".join("port\tships\t3" for _ in range(50)).encode(),
    "NUL in text": b"Talks in Port Ketter\n\nOsk said that talks would begin\0 soon, and then some more text follows here.",
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
def test_odd_texts_give_a_brief_or_one_line(diplo: Any, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "article.txt"
    path.write_bytes(data)
    result = diplo(path, *OFFLINE, "--json")
    assert result.exit_code in {0, 1}
    assert "Traceback" not in result.output
    if result.exit_code:
        assert result.stderr.startswith("Error: ")
    else:
        text = Brief.model_validate_json(result.stdout).article
        assert text.units >= 1


def test_standard_input_without_text(diplo: Any) -> None:
    assert diplo("-", *OFFLINE, input="\n").stderr == "Error: Standard input is empty: there is nothing to read.\n"


WESTERN = {
    "cp1252": "The minister's office said the café deal – worth £5 – is “dead”.\n",
    "cp1250": "Przewodniczący Łukasz Żak powiedział: „nie zgadzamy się”. Śląsk i Gdańsk są przeciw.\n",
}


@pytest.mark.parametrize("encoding", WESTERN)
def test_a_guessed_encoding_is_the_likely_one_and_names_its_file_once(diplo: Any, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes(WESTERN[encoding].encode(encoding))
    result = diplo(path, *OFFLINE, "--force", "--json")
    warning = next(line for line in result.stderr.splitlines() if "encoding" in line)
    assert warning == (
        f"Warning: {path}: the text is not UTF-8; its encoding was guessed as {encoding}: check accented letters."
    )


def test_a_folder(diplo: Any, tmp_path: Path) -> None:
    result = diplo(tmp_path, *OFFLINE)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is a folder" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(diplo: Any, tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("x")
    path.chmod(0)
    result = diplo(path, *OFFLINE)
    assert result.exit_code == 1
    assert "Permission denied" in result.stderr


def test_a_missing_file_suggests_the_nearest(diplo: Any, tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text("x")
    result = diplo("artcle.txt", *OFFLINE)
    assert result.exit_code == 1
    assert "Did you mean article.txt?" in result.stderr


TEMPLATES = {
    "a price": ("prompt: Pay $5 for it\n", "write $$"),
    "tools": ("prompt: x\ntools: [llm_version]\n", "uses tools"),
    "functions": ("prompt: x\nfunctions: 'def f(): pass'\n", "uses functions"),
    "a schema": ("prompt: x\nschema_object: {type: object}\n", "uses schema_object"),
    "extract": ("prompt: x\nextract: true\n", "uses extract"),
    "$input": ("prompt: Read $input\n", "uses $input"),
    "a variable that is not given": ("prompt: Look at $topic\n", "give it with -p topic"),
    "no YAML": ("prompt: [\n", "llm templates"),
    "an unknown field": ("prompt: x\nflavour: y\n", "flavour"),
}


@pytest.mark.parametrize(("text", "message"), TEMPLATES.values(), ids=TEMPLATES.keys())
def test_bad_templates(diplo: Any, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    result = diplo(ARTICLE, *OFFLINE, "-t", path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_template_of_ones_own(diplo: Any, run_llm: Any, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "model: diplo-offline\nsystem: You count $what.\nprompt: Count them for $$5.\noptions: {}\ndefaults: {what: ships}\n"
    )
    result = diplo(ARTICLE, "-t", path, "--json")
    assert result.exit_code == 0, result.output
    brief = Brief.model_validate_json(result.stdout)
    assert (brief.provenance.model, brief.provenance.prompt.name) == ("diplo-offline", str(path))
    (row,) = json.loads(run_llm("logs", "--json").output)
    assert row["system"] == "You count ships."
    assert "<<end d70ab970>>\nCount them for $5." in row["prompt"]
    assert "no $color" in diplo(ARTICLE, "-t", path, "-p", "color", "red").stderr


def test_which_model_is_asked(diplo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "diplo-offline" in diplo(ARTICLE, "-q", "diplo", "-q", "off").stdout
    assert "No model matches nosuch" in diplo(ARTICLE, "-q", "nosuch").stderr
    monkeypatch.setenv("LLM_MODEL", "diplo-offline")
    assert "diplo-offline" in diplo(ARTICLE).stdout


def test_logging_can_be_forced(diplo: Any, run_llm: Any) -> None:
    run_llm("logs", "off")
    assert Brief.model_validate_json(diplo(ARTICLE, *OFFLINE, "--log", "--json").stdout).provenance.log_ids


def run(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "llm", *command], capture_output=True, text=True, check=False, **options)


def test_a_full_disk(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "llm", "diplo", str(ARTICLE), *OFFLINE],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away() -> None:
    command = f"'{sys.executable}' -m llm diplo {ARTICLE} {ARTICLE} {ARTICLE} -m diplo-offline --json"
    done = subprocess.run(["bash", "-c", f"{command} | head -1"], capture_output=True, text=True, check=False)
    assert done.stdout == "[\n"
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
