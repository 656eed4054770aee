"""The examples of docs/python.md run, and the public names are the ones that are documented."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT

import llm_diplo

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.DOTALL)

PUBLIC = """
Actor ActorType Article ArticleMetadata Attribution Brief BriefEvent CheckedQuote Commitment Coverage DiploError EmptyAnswerError
Event EventKind Evidence InvalidAnswerError InvalidExtractionError Issue MissingKeyError ModelError NextStep Position Provenance
QuadCode QuoteMatch QuoteStatus RefusedAnswerError Rejected SourceError Span Stance TemplateError TruncatedAnswerError
UnknownModelError asummarize check_quotes find_quote markdown summarize summarize_events summarize_many
"""


def test_the_page_has_examples() -> None:
    assert len(BLOCKS) >= 11


@pytest.mark.parametrize("code", BLOCKS, ids=range(1, len(BLOCKS) + 1))
def test_an_example_runs(code: str, tmp_path: Path, user_path: Path) -> None:
    shutil.copy(EXAMPLES / "harbour-talks.txt", tmp_path / "article.txt")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PATH": "", "LLM_USER_PATH": str(user_path), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_the_public_names() -> None:
    assert llm_diplo.__all__ == sorted(PUBLIC.split())
    assert [name for name in llm_diplo.__all__ if not hasattr(llm_diplo, name)] == []
