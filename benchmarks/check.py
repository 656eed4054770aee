"""Print how `llm diplo check` judges quotations whose speakers are known: `python benchmarks/check.py [GOLD.jsonl [even|odd]]`.

GOLD holds one article a line: `text`, and `quotes` with `speaker`, `speaker_kind`, `type` and `spans` (offsets into `text`), as
in PolNeAR; without it the project's own articles are used. Each stretch in quote marks of a named speaker's direct or mixed
quotation is put into made draft sentences: with its speaker, with another speaker of the article who shares no word of the
name (a person, a body, a description), with a critical word changed, with a bracket, with an ellipsis, and joined across
its own attribution. Where langextract or instructor can be imported their verdicts on the same words are printed too; they
have no speakers. `even` or `odd` takes every other article, from the first or the second. Then what a draft of 1,000 words
against 100 sources of 5,000 words costs; goal: 0.5 s.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle, product
from pathlib import Path
from typing import Any

from llm_diplo import check_quotes
from llm_diplo.quotes.verdict import CheckedQuote
from llm_diplo.text.article import Article
from llm_diplo.text.names import read_speaker
from llm_diplo.text.quotations import number_article

ROOT = Path(__file__).parent.parent
OWN = {
    ROOT / "examples" / "strait-conference.txt": ROOT / "examples" / "strait-conference.extraction.json",
    ROOT / "tests" / "articles" / "wire.txt": ROOT / "tests" / "replies" / "wire.json",
}

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


def read_gold(path: Path, half: str | None = None) -> Iterator[Spoken]:
    """Yield the quoted words of every named speaker, of all articles or of every other."""
    part = {"even": slice(0, None, 2), "odd": slice(1, None, 2), None: slice(None)}[half]
    for line in path.read_text(encoding="utf-8").splitlines()[part]:
        article = json.loads(line)
        named = [quote for quote in article["quotes"] if quote["speaker_kind"] == "named"]
        for quote in named:
            if quote["type"] in {"direct", "mixed"}:
                yield from _spoken(article["text"], quote, tuple(dict.fromkeys(other["speaker"] for other in named)))


def read_own() -> Iterator[Spoken]:
    """Yield the quoted words of each holder in the project's own articles, by the hand-made answers."""
    for path, answer in OWN.items():
        article = Article.from_text(path.read_text(encoding="utf-8"))
        numbered = number_article(article)
        positions = json.loads(answer.read_text(encoding="utf-8"))["positions"]
        speakers = tuple(dict.fromkeys(position["actor"] for position in positions))
        for position in positions:
            for name in position["quotes"]:
                spans = [(span.start, span.end) for span in numbered.quotations[int(name[1:]) - 1].spans]
                yield from _spoken(article.text, {"speaker": position["actor"], "spans": spans}, speakers)


def _spoken(text: str, quote: dict[str, Any], speakers: tuple[str, ...]) -> Iterator[Spoken]:
    mine = _forms(quote["speaker"])
    others = tuple(_subject(other) for other in speakers if mine and _forms(other) and not mine & _forms(other))
    parts = [[found for match in MARKED.finditer(text[a:b]) for found in match.groups() if found] for a, b in quote["spans"]]
    joined = " ".join(part[0] for part in parts) if len(parts) > 1 and all(len(part) == 1 for part in parts) else None
    for words in [words for part in parts for words in part]:
        if len(words.split()) > 2:
            yield Spoken(text, _subject(quote["speaker"]), " ".join(words.split()).rstrip(" ,."), others, joined)
            joined = None


def _subject(speaker: str) -> str:
    """Return a speaker as the subject of a sentence: “Mrs Osk's” (plan) is “Mrs Osk”."""
    return re.sub(r"['’]s?$", "", " ".join(speaker.split()))


def _forms(speaker: str) -> set[str]:
    return set(WORD.findall(speaker.casefold())) - {"the", "and", "for"}


def drafts(spoken: Spoken) -> Iterator[tuple[str, str, str]]:
    """Yield condition, speaker and words of each draft sentence."""
    speaker, words = spoken.speaker, spoken.words
    yield "true speaker", speaker, words
    for other in spoken.others[:3]:
        yield f"another {read_speaker(other.split(',')[0]).kind}", other, words
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


def check(speaker: str, words: str, text: str) -> CheckedQuote | None:
    """Return what is found of one draft sentence; nothing where no quotation is seen."""
    draft = next(SENTENCES).format(speaker=speaker, words=words)
    return min(check_quotes(draft, [("source", text)]), key=lambda quote: quote.start, default=None)


def instructor_peer() -> Callable[[str, str], str]:
    """Return how instructor's CitationMixin judges words: kept, or dropped from the answer."""
    from instructor import CitationMixin

    def judge(words: str, text: str) -> str:
        kept = CitationMixin.model_validate({"substring_quotes": [words]}, context={"context": text}).substring_quotes
        return "confirmed" if kept else "wrong"

    return judge


def langextract_peer() -> Callable[[str, str], str]:
    """Return how langextract aligns words: exactly, in part or fuzzily (counted as unconfirmed), or nowhere."""
    from langextract.core.data import AlignmentStatus, Extraction
    from langextract.resolver import Resolver

    resolver = Resolver()

    def judge(words: str, text: str) -> str:
        [aligned] = resolver.align([Extraction("quotation", words)], text, token_offset=0, char_offset=0)
        if aligned.char_interval is None:
            return "wrong"
        return "confirmed" if aligned.alignment_status is AlignmentStatus.MATCH_EXACT else "unconfirmed"

    return judge


def peers() -> dict[str, Callable[[str, str], str]]:
    """Return the peers that can be imported."""
    found = {}
    for name, make in (("langextract", langextract_peer), ("instructor", instructor_peer)):
        with suppress(ImportError):
            found[name] = make()
    return found


def table(every: Iterator[Spoken]) -> Iterator[str]:
    """Yield the lines of the table: for each kind of draft the shares of the verdicts, of the peers after them."""
    judges = peers()
    counts: dict[str, dict[str, Counter[str]]] = {}
    for spoken in every:
        for kind, speaker, words in drafts(spoken):
            row = counts.setdefault(kind, {name: Counter() for name in ("check", *judges)})
            found = check(speaker, words, spoken.text)
            row["check"][str(found.verdict) if found else "not seen"] += 1
            for name, judge in judges.items():
                row[name][judge(words, spoken.text)] += 1
    yield "| drafts | number | confirmed | unconfirmed | wrong |" + "".join(f" {name} |" for name in judges)
    yield "|---" * (5 + len(judges)) + "|"
    for kind, row in counts.items():
        number = row["check"].total()
        shares = [f"{100 * row['check'][each] / number:.1f} %" for each in VERDICTS]
        others = [" / ".join(f"{100 * row[name][each] / number:.1f}" for each in VERDICTS) for name in judges]
        yield f"| {kind} | {number} | {' | '.join([*shares, *others])} |"


def speed() -> str:
    """Return what a draft of 1,000 words costs against 100 sources of 5,000 words, half its quotations altered.

    The words are made up and as unevenly frequent as those of a language; every fifth sentence of a source is a quotation.
    """
    chance = random.Random(1)
    vocabulary = [
        "".join(parts)
        for parts in product("bdfgklmnprst", ("a", "e", "io", "u"), ("nd", "rt", "l", "st", "v"), ("o", "ing", "er", ""))
    ]
    chance.shuffle(vocabulary)
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]

    def sentence() -> str:
        return " ".join(chance.choices(vocabulary, weights, k=chance.randint(10, 24))).capitalize()

    def article() -> str:
        parts = [f"“{sentence()},” Envoy {chance.choice('ABCD')}sk said. " + f"{sentence()}. " * 4 for _ in range(58)]
        return "\n\n".join(parts)

    sources = [(f"{number}.txt", article()) for number in range(100)]
    quotes = [re.findall("“([^”]+),”", chance.choice(sources)[1])[number] for number in range(34)]
    quotes = [quote if number % 2 else quote.replace(quote.split()[3], "never") for number, quote in enumerate(quotes)]
    draft = " ".join(f"Osk said: “{quote}.” {sentence()}." for quote in quotes)
    start = time.process_time()
    checked = check_quotes(draft, sources)
    took = time.process_time() - start
    words = sum(len(text.split()) for _, text in sources)
    return f"{took * 1000:.0f} ms CPU: {len(checked)} quotations in {len(draft.split()):,} words, {words:,} words of sources"


def main(path: str | None = None, half: str | None = None) -> None:
    """Print the table and the speed."""
    every = read_gold(Path(path), half) if path else read_own()
    print("\n".join(table(every)))
    print(speed())


if __name__ == "__main__":
    main(*sys.argv[1:])
