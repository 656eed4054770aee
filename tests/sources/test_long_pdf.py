"""A PDF file of 200 pages, read in windows: its evidence keeps the pages."""

from __future__ import annotations

import random
import textwrap
from pathlib import Path
from typing import Any

import pytest
from test_sources import pdf

from llm_diplo import Brief

PAGES = 200
SPEAKING = (30, 110, 190)
SPEECH = "Edvard Osk said on Monday that “the toll in the narrows should fall.” "
SUBJECTS = "boats pilots lanterns gulls crates buoys ferries nets clerks dredgers".split()
VERBS = "waited drifted rested gathered stood turned circled lingered passed returned".split()
PLACES = "near the old pier|along the quay|by the pilot station|under the bridge|off the northern point|behind the market hall".split(
    "|"
)


def paragraph(chance: random.Random, sentences: int) -> str:
    words = ((chance.choice(SUBJECTS), chance.choice(VERBS), chance.choice(PLACES)) for _ in range(sentences))
    return " ".join(f"The {subject} {verb} {place} for {chance.randint(2, 90)} days." for subject, verb, place in words)


def page(number: int) -> list[str]:
    """About 2,000 characters in paragraphs, one of them a speech on some pages."""
    chance = random.Random(number)
    paragraphs = [paragraph(chance, 10) for _ in range(4)]
    if number in SPEAKING:
        paragraphs.insert(2, SPEECH + paragraph(chance, 2))
    return [line for text in paragraphs for line in (*textwrap.wrap(text, 100), "")]


@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
def test_a_report_of_200_pages(diplo: Any, failing: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf([page(number) for number in range(1, PAGES + 1)]))
    result = diplo(path, "-m", failing("good"), "--json")
    assert result.exit_code == 0, result.output
    brief = Brief.model_validate_json(result.stdout)
    assert brief.article.characters > 390_000
    assert brief.provenance.calls > 3
    (held,) = brief.positions
    assert [part.page for part in held.evidence] == list(SPEAKING)
    assert [part.page for part in held.quotes] == list(SPEAKING)
    assert all(part.quote == SPEECH.strip() for part in held.evidence)
    assert (brief.warnings, brief.coverage.left_over) == ((), ())
