"""Print how long numbering takes: 3,300 characters (best of 20), then a megabyte of several kinds (once)."""

from __future__ import annotations

import time

from llm_diplo.article import Article
from llm_diplo.quotations import number_article
from llm_diplo.render.block import article_block

SENTENCE = "The minister said “that talks would go on in Port Ketter today” again. "
CHINESE = "外交部发言人表示：“中方反对单边制裁和一切行动。”"
TEXTS = {
    "English, one paragraph": SENTENCE * 14_000,
    "English, many paragraphs": (SENTENCE.strip() + "\n\n") * 14_000,
    "Chinese, one paragraph": CHINESE * 42_000,
    "quote marks only": '"' * 1_000_000,
}


def seconds(text: str) -> float:
    """Time from the text to its block."""
    start = time.perf_counter()
    article_block(number_article(Article.from_text(text)))
    return time.perf_counter() - start


print(f"{min(seconds(SENTENCE * 47) for _ in range(20)) * 1000:8.2f} ms  3,300 characters")
for name, text in TEXTS.items():
    print(f"{seconds(text) * 1000:8.0f} ms  {len(text):,} characters: {name}")
