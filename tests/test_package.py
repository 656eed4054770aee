"""The wheel, in a fresh virtual environment without development packages."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

from conftest import EXAMPLES, ROOT


def run(*command: str | Path, cwd: Path | None = None, **variables: str) -> str:
    environment = {**os.environ, **variables}
    parts = [str(part) for part in command]
    return subprocess.run(parts, capture_output=True, text=True, check=True, env=environment, cwd=cwd).stdout


def test_the_wheel_works_on_a_fresh_machine(tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("llm_diplo-*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    scripts = tmp_path / "venv" / "bin"
    run(scripts / "pip", "install", "--quiet", wheel)
    user = str(tmp_path / "user")
    assert "--model" in run(scripts / "llm", "diplo", "--help", LLM_USER_PATH=user)
    brief = run(scripts / "llm", "diplo", EXAMPLES / "harbour-talks.txt", "-m", "diplo-offline", LLM_USER_PATH=user)
    assert "5 of 5 quotations cited" in brief


def test_the_prompts_are_found_in_every_kind_of_install(tmp_path: Path) -> None:
    """Here they stand beside the package (editable); a source distribution takes them along, and so does its wheel."""
    assert "prompts" in {path.name for path in ROOT.iterdir()}
    assert "Evidence" in run(sys.executable, "-m", "llm", "diplo", "prompts")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=ROOT)
    (source,) = tmp_path.glob("*.tar.gz")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, source)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "llm_diplo/prompts/brief.yaml",
        "llm_diplo/prompts/focus.yaml",
        "llm_diplo/data/states.tsv",
        "llm_diplo/py.typed",
    } <= held
