"""The Python examples of README.md and docs/python.md run, each in a namespace of its own and in a folder with an article."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT

PAGES = (ROOT / "README.md", ROOT / "docs" / "python.md")
BLOCKS = [block for page in PAGES for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)]


def test_the_pages_have_examples() -> None:
    assert len(BLOCKS) >= 12


@pytest.mark.parametrize("code", BLOCKS, ids=range(1, len(BLOCKS) + 1))
def test_an_example_runs(code: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.copy(EXAMPLES / "harbour-talks.txt", tmp_path / "article.txt")
    exec(compile(code, "an example", "exec", dont_inherit=True), {"__name__": "__main__"})
    assert capfd.readouterr().err == ""
