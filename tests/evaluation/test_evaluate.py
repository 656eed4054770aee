"""`llm diplo eval`: scores on the project's own gold, bad gold, resuming, and what the offline model reads by parse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from llm_diplo.evaluation.matching import intersection_over_union, match_actors, match_spans
from llm_diplo.evaluation.scoring import summarize_counts
from llm_diplo.offline.attribution import parse_speech
from llm_diplo.schema import Span
from llm_diplo.text.article import Article

GOLD = ROOT / "tests" / "gold" / "own.jsonl"


def scores(result: Any, model: str = "diplo-offline") -> dict[str, Any]:
    models = {entry["model"]: entry["scores"] for entry in json.loads(result.stdout)["models"]}
    return models[model]


def test_every_layer_of_a_line_is_scored(diplo: Any) -> None:
    result = diplo("eval", GOLD, "-m", "diplo-offline", "--json")
    assert result.exit_code == 0
    found = scores(result)
    assert found["quotations, direct, exact"]["value"] == 1
    assert found["quotations, all, named speaker"]["value"] == 1
    assert found["actors, salient recalled"]["value"] == 1
    assert found["positions, recalled"]["value"] == 1
    assert found["next steps, commitment"]["value"] == 1
    assert found["events, type"]["value"] == 1
    assert found["grounding"]["value"] == 1
    assert found["calls"]["value"] >= 1


def test_steps_that_are_shown_are_right_or_not(diplo: Any, tmp_path: Path) -> None:
    """An optional step is right to show and no fault to leave out; what is not marked is wrong."""
    text = (
        "Minister Orsolya Venn will visit the yard in June. Tor Brandt promised to close the pier. Tor Brandt will sail in May."
    )
    visit, close = "will visit the yard in June", "promised to close the pier"
    steps = [
        {"actor": "The island", "actors": ["Orsolya Venn"], "start": text.index(visit), "end": text.index(visit) + len(visit)},
        {"actor": "Tor Brandt", "start": text.index(close), "end": text.index(close) + len(close), "optional": True},
    ]
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"id": "a", "text": text, "next_steps": steps}), encoding="utf-8")
    found = scores(diplo("eval", gold, "-m", "diplo-offline", "--json"))
    assert (found["next steps, recalled"]["value"], found["next steps, recalled"]["number"]) == (1, 1)
    assert (round(found["next steps, right"]["value"], 2), found["next steps, right"]["number"]) == (0.67, 3)


def test_an_event_without_a_quad_code_is_scored(diplo: Any, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    text = "Minister Orsolya Venn will vote in June."
    lines = [{"id": code, "text": text, "events": [{"code": code}]} for code in ("OTHER", "CONSULT")]
    gold.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    result = diplo("eval", gold, "-m", "diplo-offline", "--json")
    assert result.exit_code == 0
    assert scores(result)["events, quad code"]["value"] == 0.5


def test_the_floor_stands_beside_it_and_is_lower(diplo: Any) -> None:
    result = diplo("eval", GOLD, "-m", "diplo-offline", "--json")
    floor = scores(result, "regex floor")
    assert floor["quotations, all, IoU ≥ 0.3"]["value"] < scores(result)["quotations, all, IoU ≥ 0.3"]["value"]


def test_a_wrong_brief_scores_low(diplo: Any, tmp_path: Path) -> None:
    document = json.loads(GOLD.read_text(encoding="utf-8").splitlines()[0])
    for actor in document["actors"]:
        actor.update(name=f"Somebody {actor['type']} else", aliases=[])
    for quote in document["quotes"]:
        quote["speaker"] = "Nobody"
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text(json.dumps(document), encoding="utf-8")
    found = scores(diplo("eval", wrong, "-m", "diplo-offline", "--json"))
    assert found["actors"]["value"] == 0
    assert found["quotations, all, named speaker"]["value"] == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not JSON"),
        ('{"id": "a"}', "line 2: text: Field required"),
        (
            '{"id": "a", "text": "Short.", "quotes": [{"type": "direct", "start": 2, "end": 90}]}',
            "line 2: offsets 2 to 90 are not in the text",
        ),
        (
            '{"id": "a", "text": "Short.", "quotes": [{"type": "direct", "start": 0, "end": 5, "text": "Other"}]}',
            "line 2: the text at 0 to 5 is not the quote's",
        ),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_scored(diplo: Any, tmp_path: Path, line: str, said: str) -> None:
    lines = GOLD.read_text(encoding="utf-8").splitlines()
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n".join([lines[0], line, lines[1]]), encoding="utf-8")
    result = diplo("eval", gold, "-m", "diplo-offline", "--json")
    assert result.exit_code == 1
    assert said in result.stderr
    assert json.loads(result.stdout)["models"][0]["documents"] == 2


@pytest.mark.parametrize("content", ["", "nothing\n"])
def test_no_gold_at_all(diplo: Any, tmp_path: Path, content: str) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(content, encoding="utf-8")
    result = diplo("eval", gold, "-m", "diplo-offline")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No line is a gold document" in result.stderr


def test_a_run_goes_on_from_its_journal(diplo: Any, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    first = diplo("eval", GOLD, "-m", "diplo-offline", "--journal", journal, "--limit", "1", "--json")
    assert len(journal.read_text().splitlines()) == 1
    journal.write_text(journal.read_text() + '{"key": "cut', encoding="utf-8")
    again = diplo("eval", GOLD, "-m", "diplo-offline", "--journal", journal, "--json")
    assert scores(again)["seconds"]["number"] == 2
    assert scores(first)["quotations, all, exact"] == scores(again)["quotations, all, exact"]


def test_the_table_and_the_page(diplo: Any, tmp_path: Path) -> None:
    table = diplo("eval", GOLD, "-m", "diplo-offline").stdout
    assert table.startswith("| measure | n | diplo-offline | regex floor | two people (PolNeAR) |")
    assert "| quotations, all, IoU ≥ 0.3 | 4 | 1.00 " in table
    page = tmp_path / "scores.html"
    assert diplo("eval", GOLD, "-m", "diplo-offline", "--format", "html", "--output", page).exit_code == 0
    html = page.read_text(encoding="utf-8")
    assert html.count('class="bar"') > 20
    assert "http" not in html  # the page needs nothing else


def test_both_forms_are_told_apart(diplo: Any) -> None:
    article = GOLD.parent.parent / "articles" / "wire.txt"
    for reader in ("rules", "parse"):
        brief = json.loads(diplo(article, "-m", "diplo-offline", "-o", "reader", reader, "--json").stdout)
        assert brief["provenance"]["resolved_model"] == f"diplo-offline ({reader})"


def test_foreign_text_is_named_and_can_be_forced(diplo: Any) -> None:
    article = GOLD.parent.parent / "articles" / "french.txt"
    result = diplo(article, "-m", "diplo-offline")
    assert result.exit_code == 1
    assert "looks French (fr)" in result.stderr
    assert diplo(article, "-m", "diplo-offline", "--force").exit_code == 0


@pytest.mark.parametrize(
    "text",
    [
        "Talks on tolls.",
        "No one is named here, and nothing is said.",
        "“The talks go on, she said",
        "THE MINISTER SAID NO. " * 9,
    ],
)
def test_thin_texts_give_a_brief(diplo: Any, text: str) -> None:
    assert diplo("-", "-m", "diplo-offline", "--json", input=text.encode()).exit_code == 0


SPEECH = {
    "“The road is open,” Orsolya Venn said.": [("direct", ["“The road is open,”"], "Venn")],
    "“The road,” said Orsolya Venn, “is open for everybody.”": [
        ("direct", ["“The road,”", "“is open for everybody.”"], "Venn")
    ],
    "Ketter's minister said the road would stay open until June.": [
        ("indirect", ["the road would stay open until June"], "minister")
    ],
    "According to Tor Brandt, the harbour has lost its pilots.": [("indirect", ["the harbour has lost its pilots"], "Brandt")],
    "The harbour, officials said, has lost its pilots.": [("indirect", ["The harbour", "has lost its pilots"], "officials")],
    "Tor Brandt described the plan as “a slow goodbye to the port.”": [
        ("mixed", ["the plan as “a slow goodbye to the port.”"], "Brandt")
    ],
    "The commission refused to publish the list.": [("indirect", ["to publish the list"], "commission")],
    "Orsolya Venn is expected to travel to Port Ketter.": [("indirect", ["to travel to Port Ketter"], "")],
    "“We have waited long enough for this.” ― Lena Marsh": [("direct", ["“We have waited long enough for this.”"], "Marsh")],
    "The bridge fell into the river at noon.": [],
}


@pytest.mark.parametrize(("text", "wanted"), SPEECH.items(), ids=list(SPEECH))
def test_attributed_speech(text: str, wanted: list[tuple[str, list[str], str]]) -> None:
    found = parse_speech(Article.from_text(text))
    assert [
        (speech.kind.value, [text[span.start : span.end] for span in speech.spans], speech.head) for speech in found
    ] == wanted


def test_overlap_and_matching() -> None:
    one, other = [Span(start=0, end=10)], [Span(start=5, end=15)]
    assert intersection_over_union(one, other) == pytest.approx(1 / 3)
    assert match_spans([one, other], [other, one], 0.8) == [(0, 1), (1, 0)]
    assert match_spans([one], [other], 0.8) == []
    assert match_actors([["European Union"], ["John Kerry"]], [["Kerry"], ["EU"]]) == [(1, 0), (0, 1)]
    lodgins = [["Maria Lodgin"], ["Pavel Lodgin"]]
    assert match_actors(lodgins, [["Foreign Minister Pavel Lodgin"]]) == [(1, 0)]
    assert match_actors(lodgins, [["Foreign Minister Lodgin"]]) == []


def test_intervals_hold_the_value() -> None:
    score = summarize_counts([{"share": (1.0, 2.0)}, {"share": (2.0, 2.0)}, {"share": (0.0, 2.0)}])["share"]
    assert score.low <= score.value == 0.5 <= score.high
    assert score.low < score.high
