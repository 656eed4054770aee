"""Print what locating quotes costs, beside str.find, and what checking a draft against many sources costs.

40 quotes (20 verbatim, 10 altered by one word, 10 invented) in 47,000 characters of made-up news; goal: 10 ms. A draft of 1,000
words with a quotation in each second sentence against 100 sources of 5,000 words; goal: 0.5 s.
"""

from __future__ import annotations

import random
import time
from collections import Counter

from llm_diplo import check_quotes
from llm_diplo.quotes.finder import QuoteFinder

CHANCE = random.Random(1)
WORDS = """
the harbour minister said that talks over tolls would not begin before the commission had counted every vessel in the narrows
and that Ketter must publish its accounts while the island demanded a treaty which frees fishing boats from the levy of 1998
because a blockade could escalate the dispute between both shores although dockers warned of a strike in April or May
""".split()


def sentence() -> str:
    """Eight to twenty words in no order, so that no two sentences are alike."""
    return " ".join(CHANCE.choices(WORDS, k=CHANCE.randint(8, 20))).capitalize() + "."


def text(characters: int) -> str:
    """Paragraphs of five sentences."""
    parts: list[str] = []
    size = 0
    while size < characters:
        parts.append(" ".join(sentence() for _ in range(5)))
        size += len(parts[-1]) + 2
    return "\n\n".join(parts)[:characters]


def passage(source: str) -> list[str]:
    """Ten words that follow one another."""
    words = source.split()
    start = CHANCE.randrange(len(words) - 10)
    return words[start : start + 10]


def quotes(source: str) -> list[str]:
    """Twenty verbatim, ten with one word changed to “never”, ten that are nowhere."""
    verbatim = [" ".join(passage(source)) for _ in range(20)]
    altered = [" ".join([*words[:4], "never", *words[5:]]) for words in (passage(source) for _ in range(10))]
    return [*verbatim, *altered, *(" ".join(CHANCE.choices(WORDS, k=10)) for _ in range(10))]


def locate(source: str, wanted: list[str]) -> Counter[str]:
    """Find each quote, the text prepared once."""
    finder = QuoteFinder(source)
    return Counter(finder.find(quote).status.value for quote in wanted)


def main() -> None:
    """Print all figures."""
    source = text(47_000)
    wanted = quotes(source)
    taken = []
    for _ in range(10):
        start = time.process_time()
        found = locate(source, wanted)
        taken.append(time.process_time() - start)
    start = time.process_time()
    for quote in wanted:
        source.find(quote)
    plain = time.process_time() - start
    print(f"{min(taken) * 1000:8.1f} ms  40 quotes in {len(source):,} characters (goal: 10 ms); str.find {plain * 1000:.1f} ms")
    print(f"             {dict(found)}")
    sources = [(f"{number}.txt", text(29_000)) for number in range(100)]
    said = [f"Osk said “{' '.join(passage(CHANCE.choice(sources)[1])).strip('.')}.” {sentence()}" for _ in range(42)]
    start = time.process_time()
    checked = check_quotes(" ".join(said), sources)
    took = time.process_time() - start
    sound = sum(quote.match.status.grounded for quote in checked)
    drafted, read = len(" ".join(said).split()), sum(len(body.split()) for _, body in sources)
    print(
        f"{took * 1000:8.0f} ms  a draft of {drafted:,} words against {read:,} words in {len(sources)} sources (goal: 500 ms)"
    )
    print(f"             {sound} of {len(checked)} quotations found")


if __name__ == "__main__":
    main()
