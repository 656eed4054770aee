"""Compare the simulation of `scale.py` with real runs on this machine, for each of the three ways.

    python benchmarks/scale_check.py [live] [batch] [ray] [--documents 2000] [--jobs 50]

The own time a document is taken from two shorter runs against a server that answers at once. Goal: within 15 %. `ray` needs
the extra of that name.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import Any

from batch import served
from concurrency import WARM_UP, write_model
from scale import Live, Provider, Totals, batched

POLL = 0.5
"""Seconds between two looks at a batch."""


def real(way: str, count: int, jobs: int, *options: str) -> tuple[float, Any]:
    """Seconds that `count` documents take in a process of their own, and what the server counted."""
    import urllib.request

    with tempfile.TemporaryDirectory() as folder:
        server, base = served("batch_server.py" if way == "batch" else "fault_server.py", *options)
        write_model(folder, base)
        environment = {**os.environ, "LLM_USER_PATH": folder, "DIPLO_BATCH_POLL": str(POLL)}
        try:
            command = [sys.executable, __file__, "--run", way, "--documents", str(count), "--jobs", str(jobs)]
            printed = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
            with urllib.request.urlopen(f"{base.removesuffix('/v1')}/stats") as response:
                return float(printed.split()[-1]), json.load(response)
        finally:
            server.kill()
            server.wait()


def run(way: str, count: int, jobs: int) -> None:
    """A real run into a folder of its own; prints its seconds, without those of a first few documents."""
    with tempfile.TemporaryDirectory() as folder:
        if way == "ray":
            import ray

            ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
            ray.data.DataContext.get_current().enable_progress_bars = False
        WAYS[way](WARM_UP, jobs, Path(folder, "warm"))
        started = time.perf_counter()
        WAYS[way](count, jobs, Path(folder, "run"))
        print(time.perf_counter() - started)


def run_live(count: int, jobs: int, folder: Path) -> None:
    """`summarize_many` into a database."""
    from corpus import lines

    from llm_diplo import summarize_many

    list(summarize_many(lines(count), model="rig", jobs=jobs, db=f"{folder}.db", dedupe=False))


def run_batch(count: int, jobs: int, folder: Path) -> None:
    """`llm diplo corpus --batch` into a database."""
    from click.testing import CliRunner
    from corpus import lines
    from llm.cli import cli

    texts = folder.with_suffix(".jsonl")
    texts.write_text("\n".join(json.dumps({"text": text}) for text in lines(count)), encoding="utf-8")
    command = f"diplo corpus {texts} --db {folder}.db -m rig --batch --no-dedupe -j {jobs}"
    done = CliRunner().invoke(cli, command.split())
    if done.exit_code not in (0, 1):  # 1: a second answer was bad, too
        raise SystemExit(done.output)


def run_ray(count: int, jobs: int, folder: Path) -> None:
    """`summarize_dataset`, Parquet to Parquet, with one actor."""
    import ray
    from corpus import lines

    from llm_diplo import summarize_dataset

    rows = [{"id": f"d{number}", "text": text} for number, text in enumerate(lines(count))]
    made = summarize_dataset(ray.data.from_items(rows), model="rig", jobs=jobs)
    made.write_parquet(str(folder), ray_remote_args={"num_cpus": 0.25})


RUNS = 3
"""Real runs under a limit, whose length hangs on which request is refused first."""
WAYS = {"live": run_live, "batch": run_batch, "ray": run_ray}


def cost_of(way: str, count: int, jobs: int, *options: str) -> tuple[float, float]:
    """Seconds that a way takes before the first document and for each one, from two trials."""
    few, many = max(count // 20, 50), max(count // 4, 100)
    first, second = (real(way, number, jobs, *options)[0] for number in (few, many))
    cost = (second - first) / (many - few)
    print(
        f"\n{way}: own time a document {cost * 1000:.1f} ms, start {first - few * cost:.1f} s (on a busy machine, the waiting"
    )
    print("for a core with it)", flush=True)
    return first - few * cost, cost


def check_live(way: str, count: int, jobs: int) -> None:
    """Without a limit, with one, and with answers that are asked for again."""
    start, cost = cost_of(way, count, jobs, "--latency", "0")
    rate = max(1, round(0.5 / cost))
    for name, rpm, mix in (
        ("no limit", 0, 0.0),
        ("a limit of half of that", rate, 0.0),
        ("the same, 10 % asked again", rate, 0.1),
    ):
        options = ["--latency", "0.05", "--rpm", str(rpm * 10), "--minute", "10", "--retry-after", "0.5"]
        runs = [real(way, count, jobs, *options, *garbage(mix)) for _ in range(RUNS if rpm else 1)]
        provider = Provider(1, 0, rpm * 10, 10.0, 0.05, 0.5, mix, is_fixed=True)
        totals = Live(count, provider, cost, jobs).run()
        compare(name, totals, start, runs)


def check_batches(way: str, count: int, jobs: int) -> None:
    """Without and with answers that are asked for again; a batch is done after so many looks at it."""
    start, cost = cost_of(way, count, jobs, "--polls", "0")
    for name, mix in (("batches of 10 seconds", 0.0), ("the same, 10 % asked again", 0.1)):
        runs = [real(way, count, jobs, "--polls", str(round(10 / POLL)), *garbage(mix))]
        totals = batched(count, Provider(1, reask=mix), cost, queue=count * 2, hours=10 / 3_600)
        compare(name, totals, start, runs)


def garbage(share: float) -> list[str]:
    """The flags for a server of which that share of answers is bad."""
    return ["--mix", f"garbage:{share}"] if share else []


def compare(name: str, totals: Totals, start: float, runs: list[tuple[float, Any]]) -> None:
    """One line: what was simulated, and the mean of what was."""
    simulated = totals.hours * 3_600 + start
    taken = [seconds for seconds, _ in runs]
    calls = mean(stats["requests"] - stats.get("429", 0) - WARM_UP for _, stats in runs)
    refused = mean(stats.get("429", 0) for _, stats in runs)
    print(f"{name:28} simulated {simulated:6.1f} s, real {mean(taken):6.1f} s ({mean(taken) / simulated - 1:+.0%};", end=" ")
    print(f"{', '.join(f'{one:.1f}' for one in taken)}); calls {totals.calls:,}, {calls:,.0f}", end="; ")
    print(f"refused {totals.refused:,}, {refused:,.0f}", flush=True)


def main() -> None:
    """Compare the ways that are named, all of them where none is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ways", nargs="*", metavar="WAY", help="live, batch or ray; default: all")
    parser.add_argument("--documents", type=int, default=2_000)
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    args = parser.parse_args()
    random.seed(1)
    if args.run:
        run(args.run, args.documents, args.jobs)
    for way in [] if args.run else args.ways or WAYS:
        (check_batches if way == "batch" else check_live)(way, args.documents, args.jobs)


if __name__ == "__main__":
    main()
