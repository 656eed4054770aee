"""Plant one error at a time into sound extractions, and print which share of each kind the checks stop or warn of.

    python benchmarks/planted.py [QUOTES.jsonl …]

Sound extractions: those of `examples/` and of `tests/replies/`, and one made from each line of a file of gold attributions
(JSON objects with `text` and `quotes`, each with `speaker`, `speaker_kind`, `type` and `spans` of code points). Each position
states, in quotation marks, words of its own quotation, so that errors inside a quoted fragment can be planted too.
Goals: 95 % inside quoted fragments, 100 % of invented actors and missing units, 80 % of swapped holders; under 2 % of sound
items stopped.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.extraction import Extraction
from llm_diplo.text.article import Article
from llm_diplo.text.quotations import NumberedArticle, number_article

ROOT = Path(__file__).parent.parent
OWN = {
    ROOT / "examples" / "strait-conference.txt": ROOT / "examples" / "strait-conference.extraction.json",
    ROOT / "tests" / "articles" / "wire.txt": ROOT / "tests" / "replies" / "wire.json",
}
FRAGMENT_WORDS = 10
Item = dict[str, Any]
Data = dict[str, Any]
Plant = Callable[[Item, Data, NumberedArticle, random.Random], Item | None]
NEGATIONS = re.compile(r"\b(?:not|never|no)\b\s*|n['’]t\b", re.IGNORECASE)
NUMBER = re.compile(r"\b\d+\b")
NAME = re.compile(r"(?<=\s)[A-Z][a-z]{3,}(?: [A-Z][a-z]+)*")
WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:January|March|April|June|July|August)\b")
QUOTED = re.compile(r"“([^”]+)”")


def own() -> Iterator[tuple[NumberedArticle, Data]]:
    """The project's own examples, each position with words of its quotation in its statement."""
    for text, answer in OWN.items():
        numbered = number_article(Article.from_text(text.read_text(encoding="utf-8")))
        data = json.loads(answer.read_text(encoding="utf-8"))
        for position in data["positions"]:
            if position["quotes"]:
                quotation = numbered.quotations[int(position["quotes"][0][1:]) - 1]
                position["statement"] += f" In short: “{fragment(numbered, quotation)}”"
        yield numbered, data


def gold(path: Path) -> Iterator[tuple[NumberedArticle, Data]]:
    """Extractions made from gold attributions: the named speakers' quotations, each cited where it stands."""
    for line in path.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        numbered = number_article(Article.from_text(document["text"]))
        positions = [position for quote in document["quotes"] if (position := attributed(numbered, quote))]
        # An issue each: a holder has one position on an issue.
        positions = [{**position, "issue": number} for number, position in enumerate(positions, start=1)]
        names = dict.fromkeys(position["actor"] for position in positions)
        actors = [
            {"name": name, "type": "other", "country": "", "office": "", "affiliation": "", "aliases": []} for name in names
        ]
        if positions:
            yield (
                numbered,
                {
                    "summary": "",
                    "actors": actors,
                    "issues": ["It is so"] * len(positions),
                    "positions": positions,
                    "next_steps": [],
                },
            )


def attributed(numbered: NumberedArticle, quote: Data) -> Item | None:
    """A position of one gold attribution whose words are one of our quotations."""
    if quote["speaker_kind"] != "named" or quote["type"] == "indirect" or not quote["speaker"]:
        return None
    start, end = quote["spans"][0]
    for quotation in numbered.quotations:
        if quotation.spans[0].start < end and quotation.spans[0].end > start:
            words = f"This is the claim: “{fragment(numbered, quotation)}”"
            named = {"evidence": [quotation.unit], "quotes": [quotation.label], "actor": quote["speaker"]}
            return {**named, "issue": 1, "stance": "unclear", "statement": words, "condition": "", "date_text": "", "via": ""}
    return None


def fragment(numbered: NumberedArticle, quotation: Any) -> str:
    """The first words of a quotation, without its marks."""
    span = quotation.spans[0]
    words = numbered.article.text[span.start : span.end].strip("“”\"'‘’` ").split()
    return " ".join(words[:FRAGMENT_WORDS]).strip(" ,.;:“”\"'`")


def in_fragment(change: Callable[[str, Data], str]) -> Plant:
    """An error inside the quoted fragment of a statement."""

    def plant(item: Item, data: Data, numbered: NumberedArticle, chance: random.Random) -> Item | None:
        found = QUOTED.search(item.get("statement", ""))
        changed = change(found[1], data) if found else ""
        if not found or changed == found[1]:
            return None
        return {**item, "statement": item["statement"].replace(found[1], changed)}

    return plant


def swap_name(words: str, data: Data) -> str:
    """Another actor's name for the first name in the words."""
    found = NAME.search(words)
    others = [actor["name"] for actor in data["actors"] if found and found[0] not in actor["name"]]
    return words.replace(found[0], others[0], 1) if found and others else words


def swap_holder(item: Item, data: Data, numbered: NumberedArticle, chance: random.Random) -> Item | None:
    """The position under another listed actor's name."""
    name = item.get("actor")
    surname = name.split()[-1] if name else ""
    others = [actor["name"] for actor in data["actors"] if name and actor["name"].split()[-1] != surname]
    return {**item, "actor": chance.choice(others)} if others else None


def shift_units(item: Item, data: Data, numbered: NumberedArticle, chance: random.Random) -> Item | None:
    """Every unit one further; without quotations, for these imply their unit."""
    last = len(numbered.article.units)
    shifted = [number + 1 for number in item["evidence"]]
    return {**item, "evidence": shifted, **({"quotes": []} if "quotes" in item else {})} if max(shifted) <= last else None


KINDS: dict[str, Plant] = {
    "in a fragment: negation dropped": in_fragment(lambda words, data: NEGATIONS.sub("", words, count=1)),
    "in a fragment: negation put in": in_fragment(lambda words, data: words.replace(" ", " not ", 1)),
    "in a fragment: number changed": in_fragment(
        lambda words, data: NUMBER.sub(lambda found: str(int(found[0]) + 37), words, count=1)
    ),
    "in a fragment: actor swapped": in_fragment(swap_name),
    "in a fragment: date changed": in_fragment(lambda words, data: WEEKDAY.sub("November", words, count=1)),
    "date changed": lambda item, *_: {**item, "date_text": "by 29 November"} if item.get("date_text") else None,
    "holder swapped": swap_holder,
    "unit off by one": shift_units,
    "missing unit": lambda item, *_: {**item, "evidence": [*item["evidence"], 9_999]},
    "invented actor": lambda item, *_: {**item, "actor": "Marcus Holloway"} if item.get("actor") else None,
}


def verdict(data: Data, numbered: NumberedArticle, name: str, place: int) -> str:
    """What the checks say of one item: stopped, warned, passed."""
    checked = check_extraction(Extraction.model_validate(data), numbered)
    kind = name.removesuffix("s")
    stopped = {review.number - 1 for review in checked.reviewed if review.kind == kind and review.faults}
    if place in stopped:
        return "stopped"
    kept = getattr(checked, name)[place - sum(number < place for number in stopped)]
    return "warned" if kept.warnings else "passed"


def main() -> None:
    """Print the table."""
    chance = random.Random(1)
    sources = [*own(), *(made for path in sys.argv[1:] for made in gold(Path(path)))]
    caught: dict[str, Counter[str]] = {kind: Counter() for kind in ("sound", *KINDS)}
    for numbered, data in sources:
        for name in ("positions", "next_steps"):
            for place, item in enumerate(data[name]):
                before = verdict(data, numbered, name, place)
                caught["sound"][before] += 1
                for kind, plant in KINDS.items() if before != "stopped" else ():
                    if planted := plant(item, data, numbered, chance):
                        items = [*data[name][:place], planted, *data[name][place + 1 :]]
                        caught[kind][verdict({**data, name: items}, numbered, name, place)] += 1
    print(f"{len(sources)} extractions")
    print(f"{'':34} {'items':>6} {'stopped':>8} {'or warned':>10}")
    for kind, counts in caught.items():
        if total := sum(counts.values()):
            stopped = counts["stopped"]
            print(f"{kind:34} {total:6} {stopped / total:8.1%} {(stopped + counts['warned']) / total:10.1%}")


if __name__ == "__main__":
    main()
