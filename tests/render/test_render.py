"""What people see: Markdown and the terminal."""

from __future__ import annotations

import io

from conftest import ARTICLES, EXAMPLES, ROOT
from inline_snapshot import snapshot
from rich.console import Console

from llm_diplo import Article, Brief, Provenance, markdown
from llm_diplo.brief.answer import read_answer
from llm_diplo.brief.assembly import assemble_brief
from llm_diplo.brief.checks import check_extraction
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

## Positions

**Tolls in the narrows should fall**

- **Edvard Osk** (chairman) supports: Osk wants the tolls to fall. [3]
  > “should fall by a third.”
- **Ines Calloway** (Foreign Minister) opposes (about Edvard Osk): Calloway rules out lower tolls. [4, 5]
  > “Ketter will not lower its tolls,”

## Next steps

| when | who | what | standing |
|---|---|---|---|
|  |  | lower the tolls (CONCEDE) | proposed by Edvard Osk [3] |

## Actors

Edvard Osk (person) · Ines Calloway (person)

---

2 of 2 quotations cited · a-model · 2 calls, 1,480 + 1,120 tokens, $0.0021, 6.2 s
""")


def test_what_was_left_out_is_told() -> None:
    last = markdown(wire(chairman="Chancellor", q2="q9")).splitlines()[-1]
    assert last == snapshot(
        "1 of 2 quotations cited · 1 item set aside (there is no quotation q9) · 1 warning · a-model · 2 calls, 1,480 + 1,120 tokens, $0.0021, 6.2 s"
    )


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
            "Positions",
            "",
            "Tolls in the narrows should fall",
            "",
            " • Edvard Osk (chairman) supports: Osk wants the tolls to fall. [3]",
            "   ▌ “should fall by a third.”",
            " • Ines Calloway (Foreign Minister) opposes (about Edvard Osk): Calloway rules out lower tolls. [4,",
            "   5]",
            "   ▌ “Ketter will not lower its tolls,”",
            "",
            "Next steps",
            "",
            "",
            " when  who  what                       standing",
            " ────────────────────────────────────────────────────────────────",
            "            lower the tolls (CONCEDE)  proposed by Edvard Osk [3]",
            "",
            "",
            "Actors",
            "",
            "Edvard Osk (person) · Ines Calloway (person)",
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
