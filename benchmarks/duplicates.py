"""Print how well copies of a wire report are told from other articles, and how long a signature takes.

    python benchmarks/duplicates.py

Copies: each of the project's articles with made-up edits of a desk, twenty of each kind. Others: pairs of different
articles, all of one quarrel over one strait; follow-ups that repeat paragraphs of the first report before their own; and
reports by a template, with every name, number and day exchanged. For each threshold the share of copies found (recall) by
kind, the share of others taken for copies, and precision; found means by a shared band and the estimated similarity.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path

from llm_diplo.corpus.duplicates import THRESHOLD, bands, signature, similarity

ROOT = Path(__file__).parent.parent
ARTICLES = [
    path.read_text(encoding="utf-8")
    for path in (*sorted((ROOT / "examples").glob("*.txt")), *sorted((ROOT / "tests" / "articles").glob("*.txt")))
]
CHINESE = """海峡五国同意九月召开会议

【卡斯塔德五月十八日电】沿岸五国周一同意于九月在卡斯塔德举行会议，讨论海峡的未来，结束了部长们七个月互不见面的僵局。

海峡委员会主席奥斯克在会后表示：“没有人谈论的海峡，迟早会有人把它关上。我宁愿主持一场糟糕的谈话，也不愿主持一场成功的封锁。”

凯特国外交部长卡洛韦说，本国政府将出席会议，但在审计完成以前不会接受任何降低通行费的要求。她补充说，账目将在六月底以前公布。

岛国港口部长文恩称审计是“再拖一个冬天的办法”，要求立即免除渔船的费用，并警告说，如果八月一日以前没有变化，将向海洋法庭起诉。

码头工人工会反对任何豁免。会长布兰特周日表示，会员将在六月就罢工进行表决。"""

HEADLINES = (
    "Ministers to meet on the strait",
    "Tolls: both shores dig in",
    "What was said in Karstad this week",
    "海峡局势出现转机",
)
BYLINES = ("By Halima Roth", "By our correspondent in Karstad", "Tom Blum and Ada Lind", "本报记者 李明")
DATELINES = ("KARSTAD, March 3 (Strait Press) – ", "PORT KETTER — ", "TARN (Inland News Agency) - ", "本社卡斯塔德消息：")
SENTENCES = (
    "Nobody in the room seemed surprised, and the session ended early in the evening.",
    "The figures could not be verified by this newspaper.",
    "The dispute goes back to the treaty of 1998, which both sides read differently.",
    "双方均未对此作进一步说明。",
)
ENDINGS = (
    "(Reporting by Halima Roth in Karstad; editing by Tom Blum)",
    "© Strait Press. All rights reserved. This material may not be published, broadcast or rewritten without permission.",
    "Follow our coverage of the strait on our website and in our evening letter.",
    "（编辑：李明，未经许可不得转载）",
)
WORDS = re.compile(r"\b(?:[A-Z][a-z]+|\d+)\b")
Edit = Callable[[list[str], random.Random], list[str]]


def headline(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Another headline."""
    return [chance.choice(HEADLINES), *paragraphs[1:]]


def byline(paragraphs: list[str], chance: random.Random) -> list[str]:
    """A byline, and a dateline before the first paragraph of the report."""
    first = paragraphs[1].split(" – ", 1)[-1]
    return [paragraphs[0], chance.choice(BYLINES), chance.choice(DATELINES) + first, *paragraphs[2:]]


def sentence(paragraphs: list[str], chance: random.Random) -> list[str]:
    """One sentence more, somewhere."""
    place = chance.randrange(1, len(paragraphs))
    return [*paragraphs[:place], f"{paragraphs[place]} {chance.choice(SENTENCES)}", *paragraphs[place + 1 :]]


def boilerplate(paragraphs: list[str], chance: random.Random) -> list[str]:
    """The agency's last line."""
    return [*paragraphs, chance.choice(ENDINGS)]


def cut(share: float) -> Edit:
    """The last paragraphs cut, about that share of the text."""

    def edit(paragraphs: list[str], _chance: random.Random) -> list[str]:
        size, kept = sum(map(len, paragraphs)), list(paragraphs)
        while len(kept) > 1 and sum(map(len, kept)) - len(kept[-1]) / 2 > (1 - share) * size:
            kept.pop()
        return kept

    return edit


def typesetting(paragraphs: list[str], _chance: random.Random) -> list[str]:
    """Straight quote marks, other dashes, hard line breaks."""
    plain = [paragraph.translate(str.maketrans("“”’–", '""\'-')) for paragraph in paragraphs]
    return [re.sub(r"(.{50}\S*) ", r"\1\n", paragraph) for paragraph in plain]


def all_of_them(paragraphs: list[str], chance: random.Random) -> list[str]:
    """Headline, byline, dateline, a sentence and the last line."""
    for edit in (byline, headline, sentence, boilerplate):
        paragraphs = edit(paragraphs, chance)
    return paragraphs


COPIES: dict[str, Edit] = {
    "headline": headline,
    "byline and dateline": byline,
    "sentence inserted": sentence,
    "boilerplate": boilerplate,
    "typesetting": typesetting,
    "a tenth cut": cut(0.1),
    "a quarter cut": cut(0.25),
    "a third cut": cut(1 / 3),
    "the first four": all_of_them,
}


def template(paragraphs: list[str], chance: random.Random) -> list[str]:
    """The same report with each name, number and day exchanged."""
    names: dict[str, str] = {}
    text = WORDS.sub(
        lambda match: names.setdefault(match[0], f"{chance.choice('BDFGLMNPRST')}{len(names)}"), "\n\n".join(paragraphs)
    )
    return text.split("\n\n")


def follow_up(share: float) -> Edit:
    """A report of its own that repeats paragraphs of the first, that share of its length."""

    def edit(paragraphs: list[str], chance: random.Random) -> list[str]:
        background = chance.sample(paragraphs[1:], len(paragraphs) - 1)
        own = chance.choice([text for text in ARTICLES if "\n\n".join(paragraphs) != text]).split("\n\n")
        kept: list[str] = []
        while background and sum(map(len, kept)) < share * sum(map(len, (*own, *kept))):
            kept.append(background.pop())
        return [*own, *kept]

    return edit


OTHERS: dict[str, Edit] = {
    "follow-up, a third repeated": follow_up(1 / 3),
    "follow-up, half repeated": follow_up(1 / 2),
    "follow-up, two thirds repeated": follow_up(2 / 3),
    "template, all names new": template,
}


def edited(edit: Edit, texts: list[str], times: int = 20) -> Iterator[tuple[str, str]]:
    """Each text with its edited forms."""
    for number, text in enumerate(texts):
        for turn in range(times):
            yield text, "\n\n".join(edit(text.split("\n\n"), random.Random(100 * number + turn)))


def scores(pairs: Iterator[tuple[str, str]]) -> list[float]:
    """The similarity of each pair, 0 where no band is shared."""
    found = []
    for first, second in pairs:
        a, b = signature(first), signature(second)
        found.append(similarity(a, b) if {*bands(a)} & {*bands(b)} else 0.0)
    return found


def milliseconds(text: str) -> float:
    """The best of 50 signatures."""
    took = []
    for _ in range(50):
        start = time.perf_counter()
        signature(text)
        took.append(time.perf_counter() - start)
    return 1000 * min(took)


def table(kinds: dict[str, list[float]], thresholds: tuple[float, ...], title: str) -> None:
    """Print for each kind which share is at least as similar as each threshold."""
    print(f"{title:38}" + "".join(f"{threshold:>8}" for threshold in thresholds))
    for kind, found in kinds.items():
        shares = [sum(score >= threshold for score in found) / len(found) for threshold in thresholds]
        print(f"  {kind:28}{len(found):>8}" + "".join(f"{share:>8.1%}" for share in shares))


def precision(copies: dict[str, list[float]], others: dict[str, list[float]], threshold: float) -> float:
    """The share of copies among what is taken for copies."""
    right = sum(score >= threshold for found in copies.values() for score in found)
    return right / (right + sum(score >= threshold for found in others.values() for score in found))


def main() -> None:
    """Print all figures."""
    thresholds = (0.4, 0.5, THRESHOLD, 0.7, 0.8)
    texts = [*ARTICLES, CHINESE]
    copies = {kind: scores(edited(edit, texts)) for kind, edit in COPIES.items()}
    long = [score for edit in COPIES.values() for score in scores(edited(edit, [text for text in texts if len(text) > 1_000]))]
    others = {"different articles": scores(iter(permutations(texts, 2)))}
    others |= {kind: scores(edited(edit, ARTICLES)) for kind, edit in OTHERS.items()}
    table(copies, thresholds, f"copies found (threshold {THRESHOLD})")
    table({"all": [score for found in copies.values() for score in found], "all, long articles": long}, thresholds, "")
    table(others, thresholds, "others taken for copies")
    print(f"{'precision':38}" + "".join(f"{precision(copies, others, threshold):>8.1%}" for threshold in thresholds))
    print(f"articles of {min(map(len, texts)):,} to {max(map(len, texts)):,} characters")
    english, chinese = (ARTICLES[1] * 2)[:3_300], (CHINESE * 20)[:3_300]
    took = f"English {milliseconds(english):.2f} ms, Chinese {milliseconds(chinese):.2f} ms"
    print(f"a signature of 3,300 characters (goal 2 ms): {took}")


if __name__ == "__main__":
    main()
