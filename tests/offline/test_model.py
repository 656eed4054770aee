"""What `diplo-offline` does as a model: it is asked once, reads the block as it is listed, and judges nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llm_diplo.codes import Event
from llm_diplo.offline import model as offline
from llm_diplo.offline.event_words import code_sentence

TEXT = """The strait council met on Thursday.
"Nobody pays for water," said Minister Ines Calloway.
"The toll is a wall between neighbours, and it must fall before the winter comes."
Chairman Edvard Osk said the tolls would stay."""


def test_a_quotation_over_lines_stays_one(diplo: Any) -> None:
    """The block parts paragraphs by blank lines; an article may have none."""
    result = diplo("-", "-m", "diplo-offline", "-o", "reader", "rules", "--json", input=TEXT)
    assert (result.exit_code, result.stderr) == (0, "")
    brief = json.loads(result.stdout)
    assert (brief["coverage"]["quotations"], brief["rejected"]) == (1, [])
    (held,) = [item for item in brief["positions"] if item["quotes"]]
    assert [quote["quote"][1:9] for quote in held["quotes"]] == ["Nobody p", "The toll"]


def test_a_faulty_item_costs_no_brief(diplo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    extract = offline._extract

    def with_a_fault(reader: str, numbered: Any) -> str:
        found = json.loads(extract(reader, numbered))
        found["positions"].append({**found["positions"][0], "evidence": [99], "quotes": []})
        return json.dumps(found)

    monkeypatch.setattr(offline, "_extract", with_a_fault)
    result = diplo("-", "-m", "diplo-offline", "-o", "reader", "rules", "--json", input=TEXT)
    assert result.exit_code == 0
    brief = json.loads(result.stdout)
    assert (len(brief["positions"]), len(brief["rejected"]), brief["provenance"]["calls"]) == (1, 1, 1)


@pytest.mark.parametrize("flags", [("--verify",), ("--verify-model", "diplo-offline")])
def test_it_does_no_second_reading(diplo: Any, flags: tuple[str, ...]) -> None:
    result = diplo("-", "-m", "diplo-offline", *flags, input=TEXT)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: diplo-offline does no second reading: name another. Use --verify-model MODEL.\n"


@pytest.mark.parametrize(
    ("sentence", "expected"),
    {
        "The ministers saw Calloway and Marchetti at the harbour.": None,
        "Calloway is the chairman of the union.": None,
        "The minister called on the union to wait.": Event.REQUEST,
        "Protests went on before the harbour office.": Event.PROTEST,
        "Marrow Island Rejects Toll Plan": Event.REJECT,
    }.items(),
)
def test_names_are_no_verbs(sentence: str, expected: Event | None) -> None:
    assert code_sentence(sentence) is expected
