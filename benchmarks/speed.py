"""Print how long the pure part takes: units, quotations, block, checks and grounding, without any call.

The example with its hand-made extraction (best of 20; goal: 5 ms for 3,300 characters), then a megabyte of several kinds
with 60 positions (once; goal: 2 s, and 10 times the text's memory, which a second run measures).
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from pathlib import Path

from llm_diplo.brief.assembly import assemble_brief
from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.extraction import Extraction, read_answer
from llm_diplo.schema import Prompt, Provenance
from llm_diplo.text.article import Article
from llm_diplo.text.block import article_block
from llm_diplo.text.mentions import index_names
from llm_diplo.text.quotations import number_article

EXAMPLE = Path(__file__).parent.parent / "examples" / "strait-conference.txt"
QUOTING = "Minister Ines Calloway said “that talks would go on in Port Ketter today” again. "
PLAIN = "The talks in Port Ketter went on for another day without a word from the island. "
PRONOUN = "Minister Ines Calloway spoke in Port Ketter. “The talks go on,” she said. "
QUOTING_CHINESE = "外交部发言人李明表示：“中方反对单边制裁和一切行动。”"
PLAIN_CHINESE = "双方在港口继续举行会谈，没有发表任何联合声明。"
ENGLISH, CHINESE = QUOTING + 3 * PLAIN, QUOTING_CHINESE + 3 * PLAIN_CHINESE
TEXTS = {
    "English, one paragraph": ENGLISH * 3_080,
    "English, many paragraphs": (ENGLISH.strip() + "\n\n") * 3_070,
    "Chinese, one paragraph": CHINESE * 10_300,
    "Chinese, many paragraphs": (CHINESE + "\n\n") * 10_000,
    "English, each sentence a quotation": QUOTING * 12_300,
    "English, each quotation a pronoun's": PRONOUN * 13_300,
    "Chinese, each sentence a quotation": QUOTING_CHINESE * 38_500,
    "quote marks only": '"' * 1_000_000,
}
PROVENANCE = Provenance(
    model="none", prompt=Prompt(name="none", sha256=""), schema_version="1", calls=0, seconds=0, created="2026-01-01T00:00:00"
)


def run(text: str, extraction: Extraction) -> None:
    """The whole way from a text and an answer to a brief."""
    numbered = number_article(Article.from_text(text))
    article_block(numbered)
    assemble_brief(check_extraction(extraction, numbered), numbered, PROVENANCE, ())


def many_positions(name: str) -> Extraction:
    """Sixty positions over as many units."""
    actor = {"name": name, "type": "person", "country": "", "office": "", "affiliation": "", "aliases": []}
    blank = {"condition": "", "date_text": "", "via": ""}
    held = {"actor": name, "issue": 1, "stance": "support", "statement": "The talks go on.", **blank}
    positions = [{**held, "evidence": [10 * number + 1], "quotes": [f"q{10 * number + 1}"]} for number in range(60)]
    return Extraction.model_validate(
        {"summary": "", "actors": [actor], "issues": ["Talks should go on"], "positions": positions, "next_steps": []}
    )


def seconds(text: str, extraction: Extraction) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    run(text, extraction)
    return time.perf_counter() - start


def peak(text: str, extraction: Extraction) -> int:
    """Most bytes held at once beyond the text, with nothing kept of an earlier run."""
    index_names.cache_clear()
    tracemalloc.start()
    run(text, extraction)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def main() -> None:
    """Print all figures."""
    text = EXAMPLE.read_text(encoding="utf-8")
    answer = read_answer(EXAMPLE.with_suffix(".extraction.json").read_text(encoding="utf-8")).extraction
    best = min(seconds(text, answer) for _ in range(20))
    print(f"{best * 1000:8.2f} ms  {len(text):,} characters; {best / len(text) * 3_300_000:.2f} ms for 3,300")
    for name, long in TEXTS.items():
        extraction = many_positions("李明" if "Chinese" in name else "Ines Calloway")
        took, held = seconds(long, extraction), peak(long, extraction)
        print(f"{took * 1000:8.0f} ms  {held / sys.getsizeof(long):5.1f} × memory  {len(long):,} characters: {name}")


if __name__ == "__main__":
    main()
