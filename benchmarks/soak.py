"""Run many documents through a server that fails in every way it knows; exit 1 when one is lost, doubled or wrong.

    python benchmarks/soak.py [DOCUMENTS] [--jobs 50] [--compress 5]

Three parts, each under the same faults and a limit of 300 requests a minute with `Retry-After: 5`, both compressed in time:

- a batch of DOCUMENTS, every fiftieth of them a source that is not there;
- a tenth as many (60 at least) in forked processes, after the parent has used its connections;
- half as many in event loops of their own, `asyncio.run(asummarize(…))` one after the other.

Each document has a name, which the server puts into its answers: a brief with the name of another is wrong. A document
may fail only for what the server says it has met; any other failure is counted as lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain, repeat
from pathlib import Path
from typing import Any, TypeAlias

from llm_diplo import Brief, DiploError, asummarize, summarize, summarize_many
from llm_diplo.errors import SourceError

ROOT = Path(__file__).parent.parent
REPLY = ROOT / "tests" / "replies" / "wire.json"
WIRE = (ROOT / "tests" / "articles" / "wire.txt").read_text(encoding="utf-8")

# The share of requests that meet each fault; 429 comes from the limit.
MIX = {
    **dict.fromkeys(("500", "drop"), 0.02),
    **dict.fromkeys(("empty", "refusal", "truncate", "nothing-whole", "garbage", "prose", "faulty", "fenced", "parts"), 0.01),
    **dict.fromkeys(("400", "401", "404", "context", "quota", "no-choices", "html", "array", "not-json"), 0.004),
    **dict.fromkeys(("deep", "many", "long-strings", "endless", "slow"), 0.003),
}
ENDURED = {"good", "429", "fenced", "parts"}
"""What costs no brief, however often it is met."""
PASSING = {"500", "drop", "slow"}
"""What the SDK tries again, twice."""
MOST_PASSING = 2
EVERY = 50  # documents, of which one is a bad source
WORKERS = 4
WARM_UP = 5

Result: TypeAlias = Brief | DiploError | None


def name_of(number: int) -> str:
    """A word for a number: figures in an answer would be checked against the article."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:06}")


def document(number: int) -> str:
    """An article with a name."""
    return f"{WIRE}\n\nDispatch {name_of(number)}."


def resident() -> tuple[int, int]:
    """Megabytes of memory and open descriptors of this process (Linux; zeros elsewhere)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 2**20, len(list(Path("/proc/self/fd").iterdir()))
    except OSError:
        return 0, 0


class Soak:
    """One run: the server, the documents, and what became of them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.counts: Counter[str] = Counter()
        self.sums: Counter[str] = Counter()
        self.briefs: Counter[str] = Counter()

    def ask(self, path: str) -> Any:
        """What the server has counted."""
        with urllib.request.urlopen(f"{self.url}/{path}") as response:
            return json.load(response)

    def judge(self, number: int | None, result: Result) -> None:
        """Count what became of a document, by its number; None for a bad source."""
        met = [] if number is None else self.ask(f"met/{name_of(number)}")
        verdict = bad_source(result) if number is None else judged(number, result, met)
        self.counts[verdict] += 1
        if verdict in ("lost", "wrong"):
            print(f"{verdict}: document {number}, which met {', '.join(met)}, gave {str(result)[:300]!r}")
        if isinstance(result, Brief):
            self.briefs[result.article.text_sha256] += 1

    def report(self, part: str, seconds: float, before: tuple[int, int]) -> None:
        """Print one part's line, and begin the count anew."""
        after = resident()
        self.sums += self.counts
        print(
            f"{part:10} {seconds:5.0f} s, memory {before[0]} → {after[0]} MB, descriptors {before[1]} → {after[1]}, "
            f"{dict(sorted(self.counts.items()))}",
            flush=True,
        )
        self.counts.clear()

    def finish(self) -> bool:
        """Print the sums; returns True if nothing was lost, doubled or wrong."""
        stats = self.ask("stats")
        doubled = sum(count - 1 for count in self.briefs.values())
        refused, asked = stats.get("429", 0), stats["requests"]
        print(f"lost {self.sums['lost']}, doubled {doubled}, wrong {self.sums['wrong']}")
        print(f"wasted requests (429): {refused} of {asked}, {refused / asked:.1%}")
        unmet = sorted(MIX.keys() - stats.keys())
        print(f"faults that never came: {', '.join(unmet) or 'none'}")
        return not (self.sums["lost"] or doubled or self.sums["wrong"])


def bad_source(result: Result) -> str:
    """A bad source has its own error."""
    return "bad source" if isinstance(result, SourceError) else "lost"


def judged(number: int, result: Result, met: list[str]) -> str:
    """What became of one document that met these faults."""
    if isinstance(result, Brief):
        named = set(re.findall(r"Dispatch ([a-z]+)", result.model_dump_json()))
        own = result.article.text_sha256 == sha256(document(number).encode()).hexdigest() and named <= {name_of(number)}
        whole = met[-1] != "good" or (len(result.positions) == len(json.loads(REPLY.read_text())["positions"]) and named)
        return "brief" if own and whole else "wrong"
    passing = sum(fault in PASSING for fault in met)
    excused = passing > MOST_PASSING or not set(met) <= ENDURED | PASSING
    return "error" if excused and result is not None else "lost"


def batch(soak: Soak, first: int, count: int, jobs: int) -> None:
    """Many at a time, one in fifty a bad source."""
    numbers = [None if number % EVERY == EVERY - 1 else number for number in range(first, first + count)]
    sources = [Path("no-such-file.txt") if number is None else document(number) for number in numbers]
    results = chain(summarize_many(sources, model="soak", jobs=jobs), repeat(None))
    for number, result in zip(numbers, results, strict=False):
        soak.judge(number, result)


def brief_of(number: int) -> Result:
    """One brief, in whatever process this is."""
    try:
        return summarize(document(number), model="soak-responses")
    except DiploError as error:
        return error


def forks(soak: Soak, first: int, count: int) -> None:
    """In forked processes; what hangs is lost."""
    numbers = range(first, first + count)
    brief_of(first + count)
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        pending = [pool.apply_async(brief_of, (number,)) for number in numbers]
        end = time.monotonic() + 60 + count
        for number, one in zip(numbers, pending, strict=True):
            soak.judge(number, fetched(one, end))


def fetched(pending: Any, end: float) -> Result:
    """The result of a forked process; None when it does not come in time."""
    try:
        result: Result = pending.get(max(0.0, end - time.monotonic()))
    except multiprocessing.TimeoutError:
        return None
    return result


def loops(soak: Soak, first: int, count: int) -> None:
    """Each in an event loop of its own."""
    for number in range(first, first + count):
        try:
            result: Result = asyncio.run(asummarize(document(number), model="soak-responses"))
        except DiploError as error:
            result = error
        soak.judge(number, result)


def soaked(url: str, count: int, jobs: int) -> bool:
    """Run the parts; returns True if nothing was lost, doubled or wrong."""
    soak = Soak(url)
    start = 0
    for part, run, size in (
        ("warm-up", lambda *at: batch(soak, *at, jobs), WARM_UP),
        ("batch", lambda *at: batch(soak, *at, jobs), count),
        ("forks", lambda *at: forks(soak, *at), max(60, count // 10)),
        ("loops", lambda *at: loops(soak, *at), count // 2),
    ):
        before, began = resident(), time.monotonic()
        run(start, size)
        start += size + 1
        soak.report(part, time.monotonic() - began, before)
    return soak.finish()


def served(compress: float) -> Iterator[str]:
    """Start the server, with a user folder that knows its models; yields its URL."""
    mix = ",".join(f"{name}:{share}" for name, share in MIX.items())
    limit = ["--rpm", "300", "--minute", str(60 / compress), "--retry-after", str(5 / compress)]
    command = [sys.executable, str(ROOT / "benchmarks" / "fault_server.py"), "--reply", str(REPLY), "--mix", mix, *limit]
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            model = {"model_id": "soak", "model_name": "soak", "api_base": f"{url}/v1", "supports_schema": True}
            models = [model, {**model, "model_id": "soak-responses", "responses": True}]
            (Path(folder) / "extra-openai-models.yaml").write_text(json.dumps(models), encoding="utf-8")
            os.environ |= {"LLM_USER_PATH": folder, "DIPLO_TIMEOUT": "5"}
            yield url
        finally:
            server.kill()


def main() -> None:
    """Read the arguments, and exit 1 when a document was lost, doubled or wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="?", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--compress", type=float, default=5.0, help="how many times faster than real the limit's time goes")
    args = parser.parse_args()
    for url in served(args.compress):
        if not soaked(url, args.documents, args.jobs):
            sys.exit(1)


if __name__ == "__main__":
    main()
