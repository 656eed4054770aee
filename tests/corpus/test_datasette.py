"""The database in Datasette itself: facets, search, views and descriptions, over HTTP."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLES

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = (ARTICLES / "wire.txt").read_text(encoding="utf-8")


@pytest.fixture
def datasette(diplo: Any, failing: Any, tmp_path: Path) -> Iterator[str]:
    """The address of Datasette, serving a database of three briefs."""
    for word in ("heron", "plover", "curlew"):
        (tmp_path / f"{word}.txt").write_text(f"{WIRE}\n\nDispatch {word}.", encoding="utf-8")
    result = diplo(
        "corpus", *tmp_path.glob("*.txt"), "--db", "diplo.db", "-m", failing("good"), "--no-dedupe",
        "--datasette-metadata", "metadata.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    command = [sys.executable, "-m", "datasette", "serve", "diplo.db", "-m", "metadata.json", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    yield next(found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
    process.kill()
    process.wait()


def get(url: str) -> Any:
    """The JSON at a URL."""
    with urllib.request.urlopen(url) as response:
        return json.load(response)


def test_facets_search_and_views_answer(datasette: str) -> None:
    stances = get(f"{datasette}/diplo/positions.json?_facet=stance&_shape=objects")
    facets = stances["facet_results"]["stance"]["results"]
    assert sum(facet["count"] for facet in facets) == stances["filtered_table_rows_count"] > 0
    word = stances["rows"][0]["statement"].split()[-1].strip(".,")
    found = get(f"{datasette}/diplo/positions.json?_search={word}&_shape=array")
    assert len(found) >= 3
    for view in ("positions_with_quotes", "steps_by_date", "actor_issue_matrix", "cost_by_model"):
        assert get(f"{datasette}/diplo/{view}.json?_shape=array"), view
    with urllib.request.urlopen(f"{datasette}/diplo/briefs") as response:
        page = response.read().decode()
    assert "One row a brief" in page
    with urllib.request.urlopen(f"{datasette}/diplo/positions") as response:
        page = response.read().decode()
    # A foreign key is shown with the row's label, not its number alone.
    assert re.search(r'<a href="/diplo/actors/1-a1">', page.replace("~2D", "-"))
