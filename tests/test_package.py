"""The wheel, in a fresh virtual environment without development packages."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from conftest import EXAMPLES, ROOT


def run(*command: str | Path, **variables: str) -> str:
    environment = {**os.environ, **variables}
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True, env=environment).stdout


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
