"""The examples of docs/python.md run, each in a namespace of its own and in a folder with an article."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_has_examples() -> None:
    assert len(BLOCKS) >= 11


@pytest.mark.parametrize("code", BLOCKS, ids=range(1, len(BLOCKS) + 1))
def test_an_example_runs(code: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.copy(EXAMPLES / "harbour-talks.txt", tmp_path / "article.txt")
    exec(compile(code, "docs/python.md", "exec", dont_inherit=True), {"__name__": "__main__"})
    assert capfd.readouterr().err == ""
