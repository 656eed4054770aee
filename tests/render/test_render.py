"""What people see: Markdown and the terminal."""

from __future__ import annotations

import io
import json

from conftest import ARTICLES, EXAMPLES, ROOT
from inline_snapshot import snapshot
from rich.console import Console

from llm_diplo import Article, Brief, Provenance, markdown
from llm_diplo.brief.assembly import assemble_brief, resolve_extraction
from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.extraction import read_answer
from llm_diplo.cli.output import terminal
from llm_diplo.schema import Prompt
from llm_diplo.text.block import article_block, read_block
from llm_diplo.text.quotations import number_article

MADE = Provenance(
    model="a-model",
    prompt=Prompt(name="brief", sha256=""),
    calls=2,
    input_tokens=1480,
    output_tokens=1120,
    cost_usd=0.0021,
    seconds=6.2,
    created="2026-03-02T12:00:00+00:00",
)


def brief_of(text: str, answer: str) -> Brief:
    numbered = number_article(Article.from_text(text))
    read = read_answer(answer)
    return assemble_brief(check_extraction(read.extraction, numbered), numbered, MADE, read.rejected)


def wire(**changes: str) -> Brief:
    answer = (ROOT / "tests" / "replies" / "wire.json").read_text(encoding="utf-8")
    for old, new in changes.items():
        answer = answer.replace(old, new)
    return brief_of((ARTICLES / "wire.txt").read_text(encoding="utf-8"), answer)


def test_markdown() -> None:
    assert markdown(wire()) == snapshot("""\
# Osk urges lower tolls in the narrows
Marrow Courier · Port Ketter · 2026-03-02

Osk asks for lower tolls in the narrows. Calloway rejects the idea.

## In dispute

**Tolls in the narrows should fall**

- **Edvard Osk** (chairman) agrees: wants the tolls to fall. [3]
  > “should fall by a third.”
- **Ines Calloway** (Foreign Minister) disagrees: rules out lower tolls. [4, 5]
  > “Ketter will not lower its tolls,”

## Next steps

| when | who | what | standing |
|---|---|---|---|
|  |  | lower the tolls | proposed by Edvard Osk [3] |

## Actors

Edvard Osk (chairman)\\
Ines Calloway (Foreign Minister)

---

2 of 2 quotations cited · a-model · 2 calls, 1,480 + 1,120 tokens, $0.0021, 6.2 s
""")


def test_what_was_left_out_is_printed() -> None:
    footer = markdown(wire(chairman="Chancellor", q2="q9")).rpartition("---\n\n")[2]
    assert footer == snapshot("""\
1 of 2 quotations cited, not “Ketter will not lower its tolls,” [5] · a-model · 2 calls, 1,480 + 1,120 tokens, $0.0021, 6.2 s

- Rejected: “Calloway rules out lower tolls.” by Ines Calloway: there is no quotation q9
- Warning: a1 office “Chancellor”: the article does not give this office
""")


COURIER = """Ketter weighs a pilots' fund

Mira Dahl, the harbour minister, told reporters in Ketter: “We want the fund, and we want it soon.”
Union leader Jon Arvik said: “We will sign, if the wages stay.”
“The fund is a trap,” Arvik said a year ago.
Dahl said: “I slept badly.”
Ketter will send Tarn a draft by 3 June, and Dahl expects a vote on 1 May.
"""
ANSWER = {
    "summary": "Ketter weighs a fund.",
    "actors": [
        {"name": "Mira Dahl", "type": "person", "country": "", "office": "harbour minister", "affiliation": "Ketter", "aliases": ["Dahl"]},
        {"name": "Jon Arvik", "type": "person", "country": "", "office": "", "affiliation": "", "aliases": ["Arvik"]},
        {"name": "Ketter", "type": "state", "country": "", "office": "", "affiliation": "", "aliases": []},
        {"name": "Tarn", "type": "state", "country": "", "office": "", "affiliation": "", "aliases": []},
    ],
    "issues": ["There should be a fund.", "The fund is a trap"],
    "positions": [
        {"evidence": [5], "quotes": ["q4"], "actor": "Mira Dahl", "issue": 0, "stance": "unclear", "statement": "I slept badly.", "condition": "", "date_text": "", "via": ""},
        {"evidence": [4], "quotes": ["q3"], "actor": "Jon Arvik", "issue": 2, "stance": "support", "statement": "Jon Arvik said: the fund is no gift.", "condition": "", "date_text": "", "via": ""},
        {"evidence": [2], "quotes": ["q1"], "actor": "Mira Dahl", "issue": 1, "stance": "support", "statement": "The fund is wanted soon.", "condition": "", "date_text": "", "via": ""},
        {"evidence": [3], "quotes": ["q2"], "actor": "Jon Arvik", "issue": 1, "stance": "mixed", "statement": "The union signs.", "condition": "if the wages stay", "date_text": "", "via": ""},
    ],
    "next_steps": [
        {"evidence": [6], "action": "send a draft", "proposed_by": ["Ketter"], "actors": ["Ketter"], "recipients": ["Tarn"], "event": "AID", "commitment": "pledge", "condition": "", "date_text": "by 3 June"},
        {"evidence": [6], "action": "vote", "proposed_by": [], "actors": [], "recipients": [], "event": "OTHER", "commitment": "expect", "condition": "", "date_text": "on 1 May"},
    ],
}  # fmt: skip


def test_disputes_come_first_and_statements_last() -> None:
    numbered = number_article(Article.from_text(COURIER, date_published="2026-04-20"))
    read = read_answer(json.dumps(ANSWER))
    brief = assemble_brief(check_extraction(read.extraction, numbered), numbered, MADE, read.rejected)
    assert markdown(brief) == snapshot("""\
# Ketter weighs a pilots' fund
2026-04-20

Ketter weighs a fund.

## In dispute

**There should be a fund**

- **Mira Dahl** (harbour minister, Ketter) agrees: The fund is wanted soon. [2]
  > “We want the fund, and we want it soon.”
- **Jon Arvik** is mixed: The union signs; condition: the wages stay [3]
  > “We will sign, if the wages stay.”

## Demands and assessments

**The fund is a trap**

- **Jon Arvik** agrees: the fund is no gift. [4]
  > “The fund is a trap,”

## Statements

- **Mira Dahl** [5]
  > “I slept badly.”

## Next steps

| when | who | what | standing |
|---|---|---|---|
| 2026-04-20/2026-06-03, “by 3 June” | Ketter, with Tarn | send a draft | pledged by Ketter [6] |
| 2026-05-01, “on 1 May” |  | vote | expected [6] |

## Actors

**Ketter**: Mira Dahl (harbour minister)\\
Jon Arvik\\
Tarn

---

4 of 4 quotations cited · a-model · 2 calls, 1,480 + 1,120 tokens, $0.0021, 6.2 s
""")


def test_a_speech_without_a_headline_is_titled_by_its_speaker() -> None:
    brief = resolve_extraction(
        json.dumps({"summary": "", "actors": [], "issues": [], "positions": [], "next_steps": []}),
        number_article(Article.from_text("We will not yield on the tolls. We will talk in May.", speaker="Ketter")),
    )
    assert markdown(brief).startswith("# Statement by Ketter\n")


def test_the_terminal_shows_the_same_with_less_punctuation() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=False, legacy_windows=False)
    console.print(terminal(markdown(wire())))
    assert isinstance(console.file, io.StringIO)
    assert [line.rstrip() for line in console.file.getvalue().splitlines()] == snapshot(
        [
            "                                Osk urges lower tolls in the narrows",
            "",
            "Marrow Courier · Port Ketter · 2026-03-02",
            "",
            "Osk asks for lower tolls in the narrows. Calloway rejects the idea.",
            "",
            "In dispute",
            "",
            "Tolls in the narrows should fall",
            "",
            " • Edvard Osk (chairman) agrees: wants the tolls to fall. [3]",
            "   ▌ “should fall by a third.”",
            " • Ines Calloway (Foreign Minister) disagrees: rules out lower tolls. [4, 5]",
            "   ▌ “Ketter will not lower its tolls,”",
            "",
            "Next steps",
            "",
            "",
            " when  who  what             standing",
            " ──────────────────────────────────────────────────────",
            "            lower the tolls  proposed by Edvard Osk [3]",
            "",
            "",
            "Actors",
            "",
            "Edvard Osk (chairman)",
            "Ines Calloway (Foreign Minister)",
            "",
            "----------------------------------------------------------------------------------------------------",
            "",
            "2 of 2 quotations cited · a-model · 2 calls, 1,480 + 1,120 tokens, $0.0021, 6.2 s",
        ]
    )


def test_the_block() -> None:
    numbered = number_article(Article.from_text((ARTICLES / "wire.txt").read_text(encoding="utf-8")))
    block = article_block(numbered)
    assert block == snapshot("""\
<<article dcf69b20>>
[1] Osk urges lower tolls in the narrows

[2] Monday, 2 March 2026

[3] PORT KETTER (Marrow Courier) – Edvard Osk, the commission's chairman, said on Monday that tolls in the narrows “should fall by a third.”

[4] Foreign Minister Ines Calloway rejected the idea.
[5] “Ketter will not lower its tolls,” she told reporters.

Quotations
q1 [3] “should fall by a third.”
q2 [5] “Ketter will not lower its tolls,”
<<end dcf69b20>>\
""")
    again = read_block(block)
    assert again
    assert article_block(again).splitlines()[1:-1] == block.splitlines()[1:-1]


def test_the_hand_made_extraction_passes_every_check() -> None:
    path = EXAMPLES / "strait-conference.txt"
    brief = brief_of(path.read_text(encoding="utf-8"), path.with_suffix(".extraction.json").read_text(encoding="utf-8"))
    assert (brief.rejected, brief.warnings) == ((), ())
    assert (len(brief.actors), len(brief.positions), len(brief.next_steps)) == (9, 9, 5)
    assert (brief.coverage.quotations, brief.coverage.cited) == (8, 7)


def test_several_agree_and_one_agrees() -> None:
    text = "Tolls in Ketter\n\nDock workers said on Monday that tolls must fall. Orsolya Venn rejected that. Swiss Barges was of two opinions."
    positions = [
        {
            "evidence": [2],
            "quotes": [],
            "actor": "Dock workers",
            "issue": 1,
            "stance": "support",
            "statement": "Tolls must fall.",
        },
        {
            "evidence": [3],
            "quotes": [],
            "actor": "Orsolya Venn",
            "issue": 1,
            "stance": "oppose",
            "statement": "She rejects it.",
        },
    ]
    answer = {
        "summary": "",
        "actors": [{"name": "Dock workers", "type": "civil_society"}, {"name": "Orsolya Venn", "type": "person"}],
        "issues": ["Tolls must fall"],
        "positions": [{**position, "condition": "", "date_text": "", "via": ""} for position in positions],
        "next_steps": [],
    }
    brief = brief_of(text, json.dumps(answer))
    page = markdown(brief)
    assert "**Dock workers** agree:" in page
    assert "**Orsolya Venn** disagrees:" in page
    assert '<span class="stance support">agree</span>' in brief._repr_html_()
