"""How long and how much memory a document of 400,000 characters takes besides the model's own time.

    python benchmarks/long.py

The example over and over, with other people in each chapter, is read in windows by a model that answers at once, with 27
positions and 5 next steps a window, and all is done as for a user: numbering, blocks, checks, merging, the summary.
Goals: 1.5 s of CPU (best of 3), and 15 times the text's memory, which another run measures.
"""

from __future__ import annotations

import json
import re
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import llm

from llm_diplo.models.instructions import load_instructions
from llm_diplo.models.pump import run
from llm_diplo.models.settings import Asked, Plan, Settings
from llm_diplo.schema import Brief
from llm_diplo.summarizer import brief_flow
from llm_diplo.text.article import Article

EXAMPLE = Path(__file__).parent.parent / "examples" / "strait-conference.txt"
CHARACTERS = 400_000
CHAPTER = 17  # copies
SURNAMES = ("Osk", "Calloway", "Venn", "Aldane", "Brandt", "Marsh")
ENDINGS = ("", "eri", "ovan", "asz", "ino", "ulla", "ett", "iko", "aro")
UNITS = re.compile(r"^\[(\d+)\] KARSTAD", re.MULTILINE)
FIRST = 3
"""The unit of the example that begins with its dateline."""


def chapter(text: str, number: int) -> str:
    """The text with the surnames of one chapter's people."""
    for surname in SURNAMES:
        text = re.sub(rf"\b{surname}\b", surname + ENDINGS[number % len(ENDINGS)], text)
    return text


def long_text() -> str:
    """The example over and over; the headline stands once."""
    headline, rest = EXAMPLE.read_text(encoding="utf-8").strip().split("\n\n", 1)
    copies = [chapter(rest, number // CHAPTER) for number in range(CHARACTERS // len(rest) + 1)]
    return "\n\n".join([headline, *copies])


class Prepared(llm.Model):
    """Answers each window from the example's own extraction, its numbers shifted to three of the window's copies."""

    model_id = "prepared"
    supports_schema = True

    def __init__(self) -> None:
        self.answer = json.loads(EXAMPLE.with_suffix(".extraction.json").read_text(encoding="utf-8"))
        self.windows = 0

    def execute(self, prompt: Any, stream: bool, response: Any, conversation: Any) -> Iterator[str]:
        """Answer in one piece."""
        block = str(prompt.fragments[0])
        if block.startswith("<<items"):
            yield json.dumps({"summary": "The states of the strait talk about its tolls."})
            return
        self.windows += 1
        yield json.dumps(self.read(block))

    def read(self, block: str) -> dict[str, Any]:
        """The extraction of a window."""
        starts = [int(number) for number in UNITS.findall(block)][:-1]
        chosen = [starts[0], starts[len(starts) // 2], starts[-1]]
        parts = [self.shifted(block, start) for start in chosen]
        for part in parts[1:]:
            for held in part["positions"]:
                held.update(issue=0, stance="unclear")
        merged = dict(parts[0])
        merged["positions"] = [held for part in parts for held in part["positions"]]
        names = {actor["name"]: actor for part in parts for actor in part["actors"]}
        return {**merged, "actors": list(names.values())}

    def shifted(self, block: str, start: int) -> dict[str, Any]:
        """The example's extraction for the copy that begins with a unit, with the names that stand there."""
        units = dict(re.findall(r"^\[(\d+)\] (.*)", block, re.MULTILINE))
        here = " ".join(units[str(number)] for number in range(start, start + 28))
        quoted = [label for label, unit in re.findall(r"^q(\d+) \[(\d+)\]", block, re.MULTILINE) if int(unit) >= start]
        ending = next(ending for ending in ENDINGS if f"Osk{ending} " in here or f"Osk{ending}," in here)
        text = json.dumps(self.answer, ensure_ascii=False)
        for surname in SURNAMES:
            text = re.sub(rf"\b{surname}\b", surname + ending, text)
        answer: dict[str, Any] = json.loads(text)
        for item in (*answer["positions"], *answer["next_steps"]):
            item["evidence"] = [number - FIRST + start for number in item["evidence"]]
        for held in answer["positions"]:
            held["quotes"] = [f"q{quoted[int(label[1:]) - 1]}" for label in held["quotes"]]
        return answer


def brief_of(text: str) -> tuple[Brief, int]:
    """The whole way from a text to its brief."""
    model = Prepared()
    asked = Asked("prepared", model, {})
    plan = Plan(Settings(retries=0), load_instructions(), asked, asked)
    return run(brief_flow(Article.from_text(text), plan)), model.windows


def seconds(text: str) -> float:
    """CPU time of one brief."""
    started = time.process_time()
    brief_of(text)
    return time.process_time() - started


def main() -> None:
    """Print all figures."""
    brief_of(long_text()[:120_000])  # imports, tables
    text = long_text()
    best = min(seconds(text + " " * number) for number in range(3))  # each another text: nothing is known of it yet
    other = text + "\n"
    tracemalloc.start()
    brief, windows = brief_of(other)
    held = tracemalloc.get_traced_memory()[1] / sys.getsizeof(text)
    print(f"{best:.2f} s CPU, {held:.1f} × memory: {len(text):,} characters in {windows} windows")
    items = len(brief.positions), len(brief.next_steps), len(brief.issues), len(brief.actors), len(brief.rejected)
    print("{} positions, {} next steps, {} issues, {} actors, {} rejected".format(*items))


if __name__ == "__main__":
    main()
