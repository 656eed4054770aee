"""Print how `llm diplo check` judges quotations whose speakers are known: `python benchmarks/check.py GOLD.jsonl [MOST]`.

GOLD holds one article a line: `text`, and `quotes` with `speaker`, `speaker_kind`, `type` and `spans` (offsets into `text`), as
in PolNeAR. Each stretch in quote marks of a named speaker's direct or mixed quotation is put into made draft sentences: with
its speaker, with another speaker of the article who shares no word of the name, with a critical word changed, with a
bracket, with an ellipsis, and joined across its own attribution.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from llm_diplo import check_quotes

MARKED = re.compile(r"[“\"«](?=\S)([^”“\"«»]{12,400})(?<=\S)[”\"»]|``([^`]{12,400}?)''|''([^`']{12,400}?)''")
WORD = re.compile(r"[^\W\d_]{3,}")
SENTENCES = cycle(("{speaker} said: “{words}”", "“{words},” {speaker} said.", "{speaker} told reporters: “{words}”"))
CHANGES = (
    ("will", "may"),
    ("not", ""),
    ("must", "may"),
    ("can", "cannot"),
    ("is", "is not"),
    ("are", "are not"),
    ("have", "never"),
)
RESTRICTIVE = re.compile(r"\b(if|unless|until|except|only|not|never|no|that|who|which|whose|where|n't)\b|n['’]t")
VERDICTS = ("confirmed", "unconfirmed", "wrong")


@dataclass(frozen=True)
class Spoken:
    """Quoted words of a named speaker, and the others of the article."""

    text: str
    speaker: str
    words: str
    others: tuple[str, ...]
    joined: str | None
    """The words with those that follow behind the frame."""


def read_gold(path: Path, most: int | None = None) -> Iterator[Spoken]:
    """Yield the quoted words of every named speaker."""
    for line in path.read_text(encoding="utf-8").splitlines()[:most]:
        article = json.loads(line)
        named = [quote for quote in article["quotes"] if quote["speaker_kind"] == "named"]
        for quote in named:
            if quote["type"] in {"direct", "mixed"}:
                yield from _spoken(article["text"], quote, tuple(dict.fromkeys(other["speaker"] for other in named)))


def _spoken(text: str, quote: dict[str, Any], speakers: tuple[str, ...]) -> Iterator[Spoken]:
    mine = _forms(quote["speaker"])
    others = tuple(other for other in speakers if mine and _forms(other) and not mine & _forms(other))
    parts = [[found for match in MARKED.finditer(text[a:b]) for found in match.groups() if found] for a, b in quote["spans"]]
    joined = " ".join(part[0] for part in parts) if len(parts) > 1 and all(len(part) == 1 for part in parts) else None
    for words in [words for part in parts for words in part]:
        if len(words.split()) > 2:
            yield Spoken(text, " ".join(quote["speaker"].split()), " ".join(words.split()).rstrip(" ,."), others, joined)
            joined = None


def _forms(speaker: str) -> set[str]:
    return set(WORD.findall(speaker.casefold())) - {"the", "and", "for"}


def drafts(spoken: Spoken) -> Iterator[tuple[str, str, str]]:
    """Yield condition, speaker and words of each draft sentence."""
    speaker, words = spoken.speaker, spoken.words
    yield "true speaker", speaker, words
    for other in spoken.others[:3]:
        yield "another speaker", other, words
    if changed := _changed(words):
        yield "a critical word changed", speaker, changed
    for kind, made in (("a bracket", _bracketed(words)), ("an ellipsis", _elided(words)), ("a join", spoken.joined)):
        if made:
            yield kind, speaker, made.rstrip(" ,.")


def _changed(words: str) -> str | None:
    for old, new in CHANGES:
        if re.search(rf"\b{old}\b(?!['’])", words):
            return " ".join(re.sub(rf"\b{old}\b(?!['’])", new, words, count=1).split())
    return None


def _bracketed(words: str) -> str | None:
    split = words.split()
    if len(split) < 6:
        return None
    return " ".join([*split[:3], "[as he put it]", *split[3:]])


def _elided(words: str) -> str | None:
    """Leave out what stands between the first two commas, where it restricts and negates nothing."""
    parts = words.split(", ")
    if len(parts) < 3 or min(len(parts[0].split()), len(parts[2].split())) < 3 or RESTRICTIVE.search(parts[1]):
        return None
    return f"{parts[0]} … {', '.join(parts[2:])}"


def verdict(speaker: str, words: str, text: str) -> str:
    """Return the verdict on one draft sentence."""
    draft = next(SENTENCES).format(speaker=speaker, words=words)
    checked = check_quotes(draft, [("source", text)])
    return str(min(checked, key=lambda quote: quote.start).verdict) if checked else "not seen"


def main(path: str, most: str | None = None) -> None:
    """Print the table."""
    counts: dict[str, Counter[str]] = {}
    for spoken in read_gold(Path(path), int(most) if most else None):
        for kind, speaker, words in drafts(spoken):
            counts.setdefault(kind, Counter())[verdict(speaker, words, spoken.text)] += 1
    print("| drafts | number | confirmed | unconfirmed | wrong |\n|---|---|---|---|---|")
    for kind, count in counts.items():
        shares = " | ".join(f"{100 * count[each] / count.total():.1f} %" for each in VERDICTS)
        print(f"| {kind} | {count.total()} | {shares} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
