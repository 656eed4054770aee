"""Print what a brief costs in tokens (`pip install bpe-openai`: OpenAI's o200k_base).

First what is sent beside the article, then what a full answer for `examples/strait-conference.txt` takes: the hand-made
extraction as it is, and with the words of its evidence written out in place of their numbers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpe_openai

from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.extraction import extraction_schema, read_answer
from llm_diplo.models.instructions import load_instructions
from llm_diplo.text.article import Article
from llm_diplo.text.block import article_block
from llm_diplo.text.quotations import NumberedArticle, number_article

EXAMPLE = Path(__file__).parent.parent / "examples" / "strait-conference.txt"
ENCODING = bpe_openai.get_encoding("o200k_base")


def tokens(content: Any) -> int:
    """Tokens of a text, or of data as compact JSON."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return len(ENCODING.encode(text))


def written_out(items: list[dict[str, Any]], numbered: NumberedArticle) -> list[dict[str, Any]]:
    """The same items with the text of each cited unit and quotation copied in."""
    quoted = {quotation.label: quotation for quotation in numbered.quotations}
    return [
        {
            **item,
            "evidence": [numbered.article.unit_text(number) for number in item["evidence"]],
            **({"quotes": [_words(numbered, quoted[label]) for label in item["quotes"]]} if "quotes" in item else {}),
        }
        for item in items
    ]


def _words(numbered: NumberedArticle, quotation: Any) -> str:
    return " ".join(numbered.article.text[span.start : span.end] for span in quotation.spans)


def main() -> None:
    """Print all figures."""
    instructions = load_instructions()
    parts = {"system prompt": instructions.system, "request": instructions.request, "schema": extraction_schema()}
    counts = {name: tokens(part) for name, part in parts.items()}
    for name, count in {**counts, "together (goal: 1,650 at most)": sum(counts.values())}.items():
        print(f"{count:6,}  {name}")

    numbered = number_article(Article.from_text(EXAMPLE.read_text(encoding="utf-8"), source=EXAMPLE.name))
    answer = EXAMPLE.with_suffix(".extraction.json").read_text(encoding="utf-8")
    checked = check_extraction(read_answer(answer).extraction, numbered)
    data = json.loads(answer)
    long = {**data, **{name: written_out(data[name], numbered) for name in ("positions", "next_steps")}}
    print(f"\n{tokens(numbered.article.text):6,}  tokens of the example ({len(numbered.article.text):,} characters)")
    print(f"{tokens(article_block(numbered)):6,}  as the numbered block")
    print(f"{tokens(data):6,}  its extraction, {checked.sound} items, {len(checked.faults)} faults (goal: 1,100 at most)")
    print(f"{tokens(long):6,}  with its evidence written out: ratio {tokens(data) / tokens(long):.2f} (goal: 0.65 at most)")


if __name__ == "__main__":
    main()
