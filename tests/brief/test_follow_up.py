"""The second reading: what is asked, what fails, what it costs, and what happens when it does not come."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from conftest import ARTICLES, ROOT
from inline_snapshot import snapshot

from llm_diplo import Article, Brief, asummarize, markdown, summarize
from llm_diplo.brief.assembly import resolve_extraction
from llm_diplo.brief.follow_up import ClaimVerdict, Verdicts, apply_verdicts, claims_of
from llm_diplo.text.quotations import number_article

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = ARTICLES / "wire.txt"


def sent(run_llm: Any) -> str:
    """What the last second reading was sent, from llm's log."""
    rows = json.loads(run_llm("logs", "--json", "--expand", "-n", "0").output)
    blocks = [fragment["content"] for row in rows for fragment in row["prompt_fragments"]]
    return next(block for block in blocks if block.startswith("<<claims"))


def test_what_is_asked_is_each_unit_once_and_plain_claims(diplo: Any, run_llm: Any, failing: Any) -> None:
    diplo(WIRE, "-m", failing("good,verdicts"), "--verify")
    assert sent(run_llm) == snapshot("""\
<<claims 7b5e4aed>>
Evidence
[2] Monday, 2 March 2026
[3] PORT KETTER (Marrow Courier) – Edvard Osk, the commission's chairman, said on Monday that tolls in the narrows “should fall by a third.”
[4] Foreign Minister Ines Calloway rejected the idea.
[5] “Ketter will not lower its tolls,” she told reporters.

Claims
1. [3] Edvard Osk: Osk wants the tolls to fall. Stance: agrees that “Tolls in the narrows should fall”.
2. [4][5] Ines Calloway: Calloway rules out lower tolls. Stance: disagrees that “Tolls in the narrows should fall”.
3. [3] Somebody would: lower the tolls. (proposed by Edvard Osk)
<<end 7b5e4aed>>\
""")


def test_the_schema_of_the_verdicts(diplo: Any, run_llm: Any, failing: Any) -> None:
    diplo(WIRE, "-m", failing("good,verdicts"), "--verify")
    number = {"type": "integer"}
    verdict = {"claim": number, "verdict": number}
    schema = json.loads(run_llm("logs", "--json", "-n", "0").output)[-1]["schema_json"]
    assert schema == closed({"verdicts": {"type": "array", "items": closed(verdict)}})


def closed(properties: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object with these properties and no others."""
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def test_conditions_recipients_and_dates_are_shown() -> None:
    answer = json.loads((ROOT / "tests" / "replies" / "wire.json").read_text(encoding="utf-8"))
    step = {"actors": ["Ines Calloway"], "recipients": ["Edvard Osk"], "condition": "If wages hold.", "date_text": "on Monday"}
    answer["next_steps"][0] |= step
    answer["positions"][0] |= {"condition": "if wages hold", "via": "Marrow Courier", "date_text": "on Monday"}
    claims = list(claims_of(resolve_extraction(json.dumps(answer), number_article(Article.from_text(WIRE.read_text("utf-8"))))))
    assert claims[0] == (
        "[3] Edvard Osk (on Monday): Osk wants the tolls to fall, if wages hold, according to Marrow Courier. "
        "Stance: agrees that “Tolls in the narrows should fall”."
    )
    assert claims[2] == (
        "[3] Ines Calloway would: lower the tolls (with or to Edvard Osk), on Monday, if wages hold. (proposed by Edvard Osk)"
    )


def test_what_fails_is_rejected_with_the_verdict_and_by_name(diplo: Any, failing: Any) -> None:
    result = diplo(WIRE, "-m", failing("good,verdicts-wrong"), "--verify", "--json")
    brief = Brief.model_validate_json(result.stdout)
    assert [position.id for position in brief.positions] == ["p1"]
    assert brief.next_steps == ()
    assert [item.reasons[0] for item in brief.rejected] == [
        "the second reading finds another holder in its evidence",
        "the second reading does not find it in its evidence",
    ]
    position, step = (item.item for item in brief.rejected)
    assert (position["actor"], position["issue"]) == ("Ines Calloway", "Tolls in the narrows should fall")
    assert (position["evidence"], position["quotes"]) == ([4, 5], ["q2"])
    assert (step["proposed_by"], step["actors"]) == (["Edvard Osk"], [])
    assert (brief.coverage.quotations, brief.coverage.cited) == (2, 1)
    page = markdown(brief)
    assert "second reading by" in page
    assert "by Ines Calloway: the second reading finds another holder" in page


def test_a_wrong_stance_costs_the_stance_only(diplo: Any, failing: Any) -> None:
    """A next step has none: there the verdict can only mean its words."""
    brief = Brief.model_validate_json(diplo(WIRE, "-m", failing("good,verdicts-stance"), "--verify", "--json").stdout)
    assert [(item.id, item.stance, item.issue) for item in brief.positions] == [("p1", "unclear", "i1"), ("p2", "oppose", "i1")]
    assert [notice.model_dump() for notice in brief.warnings] == [
        {
            "item": "p1",
            "field": "stance",
            "value": "support",
            "reason": "the second reading finds another stance in its evidence",
        }
    ]
    assert [(item.kind, item.reasons) for item in brief.rejected] == [
        ("next_step", ("the second reading finds it contradicted by its evidence",))
    ]
    assert "no clear side" in markdown(brief)


def test_a_statement_without_an_issue_has_no_stance_to_lose(failing: Any) -> None:
    answer = json.loads((ROOT / "tests" / "replies" / "wire.json").read_text(encoding="utf-8"))
    answer["positions"][0] |= {"issue": 0, "stance": "unclear"}
    numbered = number_article(Article.from_text(WIRE.read_text(encoding="utf-8")))
    brief = resolve_extraction(json.dumps(answer), numbered)
    verdicts = Verdicts(verdicts=[ClaimVerdict(claim=claim, verdict=verdict) for claim, verdict in ((1, 5), (2, 1), (3, 1))])
    assert apply_verdicts(brief, verdicts, numbered) == brief


def test_its_calls_are_reported_and_logged_apart(diplo: Any, run_llm: Any, failing: Any) -> None:
    result = diplo(WIRE, "-m", failing("good,verdicts-short,verdicts"), "--verify", "--json")
    brief = Brief.model_validate_json(result.stdout)
    second = brief.provenance.verification
    assert second
    assert (len(brief.positions), brief.provenance.calls, second.calls) == (2, 1, 2)
    assert second.input_tokens
    rows = json.loads(run_llm("logs", "--json").output)
    assert {row["id"] for row in rows} == {*brief.provenance.log_ids, *second.log_ids}
    assert any("no verdict for claim 3" in row["prompt"] for row in rows)
    assert Brief.model_validate_json(brief.model_dump_json()) == brief


def test_another_model_can_read(diplo: Any, failing: Any) -> None:
    first, second = failing("good"), failing("verdicts")
    brief = Brief.model_validate_json(diplo(WIRE, "-m", first, "--verify-model", second, "--json").stdout)
    assert (brief.provenance.model, brief.provenance.verification.model) == (first, second)  # type: ignore[union-attr]
    assert "did you mean" in diplo(WIRE, "-m", first, "--verify-model", f"{second}x").stderr


@pytest.mark.parametrize("fault", ["garbage", "500", "empty", "verdicts-short", "truncate"])
def test_without_a_second_reading_the_brief_stays_and_says_so(diplo: Any, failing: Any, fault: str) -> None:
    result = diplo(WIRE, "-m", failing(f"good,{fault}"), "--verify", "--json")
    brief = Brief.model_validate_json(result.stdout)
    assert (result.exit_code, len(brief.positions)) == (0, 2)
    assert "There was no second reading: " in result.stderr


def test_the_python_api(failing: Any) -> None:
    assert len(summarize(WIRE, model=failing("good,verdicts-wrong"), verify=True).positions) == 1
    model = failing("good")
    brief = asyncio.run(asummarize(WIRE, model=model, verify=failing("verdicts-wrong")))
    assert len(brief.rejected) == 2


def test_nothing_to_read_is_not_read(diplo: Any, failing: Any) -> None:
    brief = Brief.model_validate_json(diplo(WIRE, "-m", failing("faulty"), "--verify", "--json").stdout)
    assert brief.provenance.verification is None
