"""The second reading: what is asked, what fails, what it costs, and what happens when it does not come."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from conftest import ARTICLES, ROOT
from inline_snapshot import snapshot

from llm_diplo import Article, Brief, asummarize, markdown, summarize
from llm_diplo.brief.answer import read_answer
from llm_diplo.brief.assembly import assemble_brief
from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.second_reading import ClaimVerdict, Verdict, Verdicts, apply_verdicts, claims_block
from llm_diplo.schema import Prompt, Provenance
from llm_diplo.text.quotations import number_article

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = ARTICLES / "wire.txt"


def test_what_is_asked_is_the_claims_and_their_evidence_only() -> None:
    numbered = number_article(Article.from_text(WIRE.read_text(encoding="utf-8")))
    answer = read_answer((ROOT / "tests" / "replies" / "wire.json").read_text(encoding="utf-8"))
    made = Provenance(model="none", prompt=Prompt(name="none", sha256=""), calls=0, seconds=0, created="2026-01-01T00:00:00")
    brief = assemble_brief(check_extraction(answer.extraction, numbered), numbered, made, ())
    assert claims_block(brief, numbered) == snapshot("""\
<<claims 30ce2a60>>
1. Edvard Osk: Osk wants the tolls to fall. (stance on “Tolls in the narrows should fall”: support)
   [2] Monday, 2 March 2026
   [3] PORT KETTER (Marrow Courier) – Edvard Osk, the commission's chairman, said on Monday that tolls in the narrows “should fall by a third.”

2. Ines Calloway: Calloway rules out lower tolls. (stance on “Tolls in the narrows should fall”: oppose)
   [3] PORT KETTER (Marrow Courier) – Edvard Osk, the commission's chairman, said on Monday that tolls in the narrows “should fall by a third.”
   [4] Foreign Minister Ines Calloway rejected the idea.
   [5] “Ketter will not lower its tolls,” she told reporters.

3. Next step (propose), put forward by Edvard Osk: lower the tolls
   [2] Monday, 2 March 2026
   [3] PORT KETTER (Marrow Courier) – Edvard Osk, the commission's chairman, said on Monday that tolls in the narrows “should fall by a third.”
<<end 30ce2a60>>\
""")


def test_what_fails_is_set_aside_with_the_verdict(diplo: Any, failing: Any) -> None:
    result = diplo(WIRE, "-m", failing("good,verdicts-wrong"), "--verify", "--json")
    brief = Brief.model_validate_json(result.stdout)
    assert [position.id for position in brief.positions] == ["p1"]
    assert brief.next_steps == ()
    assert [item.reasons[0] for item in brief.rejected] == [
        "the second reading finds another holder in its evidence",
        "the second reading does not find it in its evidence",
    ]
    assert (brief.coverage.quotations, brief.coverage.cited) == (2, 1)
    assert "second reading by" in markdown(brief)


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.SUPPORTED])
def test_every_verdict_but_supported_rejects(verdict: Verdict) -> None:
    numbered = number_article(Article.from_text(WIRE.read_text(encoding="utf-8")))
    answer = read_answer((ROOT / "tests" / "replies" / "wire.json").read_text(encoding="utf-8"))
    made = Provenance(model="none", prompt=Prompt(name="none", sha256=""), calls=0, seconds=0, created="2026-01-01T00:00:00")
    brief = assemble_brief(check_extraction(answer.extraction, numbered), numbered, made, ())
    given = {1: Verdict.SUPPORTED, 2: verdict, 3: Verdict.SUPPORTED}
    read = apply_verdicts(brief, Verdicts(verdicts=[ClaimVerdict(claim=n, verdict=v) for n, v in given.items()]), numbered)
    assert [position.id for position in read.positions] == ["p1"]
    assert [item.item["id"] for item in read.rejected] == ["p2"]
    assert len(read.next_steps) == 1


def test_its_calls_are_told_and_logged_apart(diplo: Any, run_llm: Any, failing: Any) -> None:
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
