"""Say what a perfect second reader could catch of the errors planted in some cases: `--verify` at its best.

    python benchmarks/second_reading.py CASE.json … [--texts DOCUMENTS.jsonl ARTICLE.txt …]

A case names its article (`text`, or `source`: the id of a line of DOCUMENTS, or the stem of ARTICLE) and holds an
`answer`, the extraction of a careful reader with snippets of the text as evidence, and `planted` errors, one item each.
A perfect reader passes every claim of the sound brief and fails every other one: by its stance, where only that differs,
else by its words. So an error is out of reach only where the second reader is not shown what is wrong. Prints, case by
case, how many the checks caught or warned of, and how many more the second reader would; `-v` names those that nobody sees.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from llm_diplo.brief.assembly import resolve_extraction
from llm_diplo.brief.extraction import extraction_schema
from llm_diplo.brief.follow_up import ClaimVerdict, Verdict, Verdicts, apply_verdicts, claims_of
from llm_diplo.schema import Brief
from llm_diplo.text.article import Article
from llm_diplo.text.quotations import NumberedArticle, number_article

LISTS = ("actors", "positions", "next_steps")
FATES = ("caught by checks", "warned of", "caught by a second reader", "out of reach")
NO_UNIT = 9_999
STANCE = re.compile(r" Stance: .*")


def texts(paths: list[Path]) -> dict[str, str]:
    """The articles of some files, by id or stem."""
    found: dict[str, str] = {}
    for path in paths:
        content = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            found |= {document["id"]: document["text"] for document in map(json.loads, content.splitlines())}
        else:
            found[path.stem] = content
    return found


def place(snippet: str, among: list[str]) -> int:
    """The number, from 1, of the text that shares most words with a snippet; `NO_UNIT` where none shares half of them."""
    words = [word for word in re.split(r"\W+", snippet) if word]
    shared = [(snippet[:40] in text, sum(word in text for word in words)) for text in among]
    best = max(range(len(among)), key=shared.__getitem__, default=None)
    return best + 1 if best is not None and shared[best][1] * 2 > len(words) else NO_UNIT


def numbered_item(item: dict[str, Any], numbered: NumberedArticle) -> dict[str, Any]:
    """An item with numbers for its snippets."""
    text = numbered.article.text
    units = [" ".join(numbered.article.unit_text(unit.number).split()) for unit in numbered.article.units]
    quotations = [" … ".join(text[span.start : span.end] for span in quotation.spans) for quotation in numbered.quotations]
    made = dict(item)
    if "evidence" in item:
        made["evidence"] = sorted({place(snippet, units) for snippet in item["evidence"]})
    if "quotes" in item:
        made["quotes"] = [f"q{place(snippet, quotations)}" for snippet in item["quotes"]]
    return made


def shaped(schema: dict[str, Any], value: Any) -> Any:
    """A value in the form of today's schema: other fields dropped, missing ones empty."""
    if "properties" in schema:
        return {name: shaped(part, (value or {}).get(name)) for name, part in schema["properties"].items()}
    if schema["type"] == "array":
        return [shaped(schema["items"], part) for part in value or []]
    return {"string": "", "integer": 1}[schema["type"]] if value is None else value


def perfect(brief: Brief, sound: list[str], numbered: NumberedArticle) -> Brief:
    """The brief after a second reader who passes the sound claims only."""
    stanceless = {STANCE.sub("", claim) for claim in sound}
    verdicts = []
    for number, claim in enumerate(claims_of(brief), start=1):
        wrong = Verdict.WRONG_STANCE if STANCE.sub("", claim) in stanceless else Verdict.CONTRADICTED
        verdicts.append(ClaimVerdict(claim=number, verdict=Verdict.SUPPORTED if claim in sound else wrong))
    return apply_verdicts(brief, Verdicts(verdicts=verdicts), numbered)


def fates(case: dict[str, Any], numbered: NumberedArticle) -> list[tuple[str, str]]:
    """What becomes of each planted error, with its description."""
    schema = extraction_schema()
    answer = {
        name: [numbered_item(item, numbered) for item in value] if name in LISTS else value
        for name, value in case["answer"].items()
    }

    def made(extraction: dict[str, Any]) -> Brief:
        return resolve_extraction(json.dumps(shaped(schema, extraction), ensure_ascii=False), numbered)

    before = made(answer)
    sound = list(claims_of(before))
    found = []
    for error in case["planted"]:
        items = list(answer[error["list"]])
        index = len(items) if error["added"] else error["index"]
        items[index : index + 1] = [numbered_item(error["item"], numbered)]
        after = made({**answer, error["list"]: items})
        found.append((fate(before, after, perfect(after, sound, numbered)), error["desc"]))
    return found


def fate(before: Brief, after: Brief, read: Brief) -> str:
    """Who saw the error first."""
    if len(after.rejected) > len(before.rejected):
        return FATES[0]
    if len(after.warnings) > len(before.warnings):
        return FATES[1]
    return FATES[2] if read != after else FATES[3]


def main() -> None:
    """Print a line for each case, and the sum."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+", type=Path, metavar="CASE.json")
    parser.add_argument("--texts", nargs="*", type=Path, default=[], help="articles that cases name by id or stem")
    parser.add_argument("-v", "--verbose", action="store_true", help="name the errors that nobody can see")
    options = parser.parse_args()
    known, total = texts(options.texts), Counter[str]()
    for path in options.cases:
        case = json.loads(path.read_text(encoding="utf-8"))
        source = case.get("source", "")
        text = case.get("text") or known.get(source) or known[source.partition(":")[2]]
        article = Article.from_text(text, speaker=case.get("speaker"), date_published=case.get("date"))
        found = fates(case, number_article(article))
        counts = Counter(name for name, _ in found)
        total += counts
        print_row(case["name"], counts)
        for name, description in found:
            if options.verbose and name == FATES[3]:
                print(f"  {name}: {description}")
    print_row("sum", total)


def print_row(name: str, counts: Counter[str]) -> None:
    """One line of the table."""
    print(f"{name:12} {counts.total():3} planted: " + ", ".join(f"{counts[fate]:2} {fate}" for fate in FATES))


if __name__ == "__main__":
    main()
