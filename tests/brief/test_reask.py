"""The re-ask: a model is told what is wrong in words that it can act on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llm_diplo.brief.extraction import extraction_schema
from llm_diplo.brief.reask import ENDING, LONGEST_REASK, reask_extraction, reask_verdicts
from llm_diplo.text.article import Article
from llm_diplo.text.quotations import number_article

TEXT = """Island and Ketter resume harbour talks

Orsolya Venn said that the tolls “must fall this year” to 12 crowns.

Tor Brandt refused. “We will strike in April,” he said.

The narrows are calm. Boats went out.
"""
NUMBERED = number_article(Article.from_text(TEXT))
pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = Path(__file__).parents[1] / "articles" / "wire.txt"
VENN = {"name": "Orsolya Venn", "type": "person", "country": "", "office": "", "affiliation": "", "aliases": []}
POSITION = {
    "evidence": [2],
    "quotes": ["q1"],
    "actor": "Orsolya Venn",
    "issue": 1,
    "stance": "support",
    "statement": "The tolls should fall.",
    "condition": "",
    "date_text": "",
    "via": "",
}


def reask(*positions: dict[str, Any], **changes: Any) -> str:
    data = {"summary": "", "actors": [VENN], "issues": ["Tolls should fall"], "positions": positions, "next_steps": []}
    return reask_extraction(json.dumps({**data, **changes}), NUMBERED)


FAULTS = {
    "a holder named elsewhere": (
        {"actor": "Tor Brandt", "quotes": []},
        "- position 2 (Tor Brandt), evidence: the holder is not in the evidence: unit 2 does not name “Tor Brandt”. "
        "“Tor Brandt” is named in 3: cite",
    ),
    "no such unit": ({"evidence": [2, 99]}, "evidence: there is no unit 99. The units are 1 to 6."),
    "no such quotation": ({"quotes": ["q8"]}, "quotes: there is no quotation q8. The quotations are q1 to q2."),
    "no such issue": ({"issue": 5}, "issue: there is no issue 5. The only issue is 1;"),
    "a bent quote": ({"statement": "Venn says “will fall”."}, "statement: “will fall” stands in quotation marks"),
    "a missing field": ({"stance": ...}, "position 2 (Orsolya Venn), stance: it is missing"),
    "a wrong value": ({"stance": "pro"}, "stance: it must be 'support', 'oppose', 'mixed' or 'unclear', not “pro”"),
    "a wrong type": ({"evidence": ["two"]}, "evidence, item 1: it must be a whole number, not “two”"),
    "a field too many": ({"target": "Brandt"}, "target: it is no field of the schema: leave it out"),
}


@pytest.mark.parametrize(("change", "line"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named_with_its_place_and_cure(change: dict[str, Any], line: str) -> None:
    changed = {key: value for key, value in {**POSITION, **change}.items() if value is not ...}
    text = reask({**POSITION, "issue": 0, "stance": "unclear"}, changed)
    assert line in text, text
    assert "position 1" not in text
    assert text.endswith(ENDING)


def test_a_quotation_with_two_holders_is_left_to_its_speaker() -> None:
    text = reask(POSITION, {**POSITION, "actor": "Tor Brandt", "statement": "Brandt wants tolls to fall."})
    assert "q1 is given to two holders; it has one speaker. Leave it to its speaker." in text, text


def test_items_keep_their_places_after_one_that_cannot_be_read() -> None:
    text = reask({**POSITION, "stance": "pro"}, {**POSITION, "evidence": [99], "quotes": []})
    assert "- position 1 (Orsolya Venn), stance:" in text
    assert "- position 2 (Orsolya Venn), evidence: there is no unit 99" in text


def test_what_can_be_mended_with_a_fault_is_asked_for_too() -> None:
    text = reask({**POSITION, "date_text": "in May"}, {**POSITION, "evidence": [99]}, actors=[{**VENN, "aliases": ["Owl"]}])
    faults, _, doubts = text.partition("Mend these, too")
    assert "position 2" in faults
    assert "- position 1 (Orsolya Venn), date_text: “in May”:" in doubts
    assert "Owl" not in text


NO_EXTRACTION = {
    "nothing": ("", "it is empty"),
    "prose": ("Venn wants lower tolls.", "it is not valid JSON"),
    "a broken object": ('{"summary": "Venn', "it is not valid JSON"),
    "a list": ("[1]", "it must be an object"),
    "another object": ('{"verdicts": []}', "- answer, summary: it is missing"),
}


@pytest.mark.parametrize(("answer", "said"), NO_EXTRACTION.values(), ids=NO_EXTRACTION.keys())
def test_what_is_no_extraction(answer: str, said: str) -> None:
    text = reask_extraction(answer, NUMBERED)
    assert said in text
    assert text.endswith(ENDING)


def test_a_re_ask_is_bounded() -> None:
    text = reask(*({**POSITION, "actor": f"Marcus {'Holloway' * 200} {place}"} for place in range(200)))
    assert len(text) <= LONGEST_REASK
    assert "- and 1" in text
    assert text.endswith(ENDING)


def test_verdicts() -> None:
    text = reask_verdicts('{"verdicts": [{"claim": 1, "verdict": 9}]}', 2)
    assert "- no verdict for claim 2\n" in text
    assert "- 9 is no verdict" in text
    assert "verdict 1, verdict: it is missing" in reask_verdicts('{"verdicts": [{"claim": 1}]}', 1)


def test_the_model_is_sent_this_text(diplo: Any, run_llm: Any, failing: Any) -> None:
    result = diplo(WIRE, "-m", failing("faulty,good"))
    assert result.exit_code == 0, result.output
    first, second = json.loads(run_llm("logs", "--json", "-n", "0").output)[-2:]
    faulty = first["response"]
    assert second["prompt"] == reask_extraction(faulty, number_article(Article.from_text(WIRE.read_text(encoding="utf-8"))))
    assert "there is no unit 999" in second["prompt"]


def test_every_field_of_the_schema_can_be_missing() -> None:
    for name in extraction_schema()["required"]:
        assert f"- answer, {name}: it is missing" in reask_extraction("{}", NUMBERED)
