"""What `llm diplo corpus` costs: CPU beside instructor alone, memory at two sizes, and the time to go on after a stop.

    python benchmarks/corpus.py [DOCUMENTS] [JOBS]

Three measurements, each in processes of their own against a server that answers after 50 ms: DOCUMENTS (2,000) without a
database, with one, and by instructor alone; peak memory for as many and for ten times as many; and the seconds of a whole
run of the command over as many finished sources and one new one.
Goals: CPU ≤ 0.85 × instructor's without the database, ≤ 1.0 × with it; memory within 10 %; 5 seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from concurrency import WARM_UP, articles, instructor_alone, report, serving, write_model


def kept(count: int, jobs: int, db: str) -> None:
    """Read `count` texts into a database."""
    from llm_diplo import summarize_many

    wall, cpu = time.perf_counter(), time.process_time()
    failed = [
        one for one in summarize_many(lines(count), model="rig", jobs=jobs, db=db, dedupe=False) if not hasattr(one, "actors")
    ]
    if failed:
        raise SystemExit(f"{len(failed)} failed: {failed[0]}")
    report("with a database", count, time.perf_counter() - wall, time.process_time() - cpu)


def unkept(count: int, jobs: int) -> None:
    """The same without one."""
    from llm_diplo import summarize_many

    wall, cpu = time.perf_counter(), time.process_time()
    for one in summarize_many(lines(count), model="rig", jobs=jobs):
        if not hasattr(one, "actors"):
            raise SystemExit(f"failed: {one}")
    report("without a database", count, time.perf_counter() - wall, time.process_time() - cpu)


def lines(count: int) -> Any:
    """As many texts, one at a time."""
    (text,) = articles(1)
    return (text.replace("Dispatch 0.", f"Dispatch {number}.") for number in range(count))


def resumed(count: int, db: str, folder: str) -> None:
    """Run the command over `count` finished sources and a new one; the finished ones are read a first time."""
    path = Path(folder, "texts.jsonl")
    path.write_text("\n".join(json.dumps({"text": text}) for text in lines(count)), encoding="utf-8")
    command = [sys.executable, "-m", "llm", "diplo", "corpus", str(path), "--db", db, "-m", "rig", "--no-dedupe", "-j", "50"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps({"text": next(lines(1)) + " One more."}))
    started = time.perf_counter()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    print(f"{count:,} finished sources and a new one: {time.perf_counter() - started:.1f} s in all")


def part(name: str, count: int, jobs: int, base: str) -> None:
    """One measurement, warmed up by five documents."""
    if name == "instructor":
        texts = list(lines(count))
        instructor_alone(texts[:WARM_UP], jobs, base)
        instructor_alone(texts, jobs, base)
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LLM_USER_PATH"] = folder
        write_model(folder, base)
        db = os.environ["RIG_DB"]
        if name == "resumed":
            resumed(count, f"{db}-resumed", folder)
            return
        unkept(WARM_UP, jobs)
        if name == "unkept":
            unkept(count, jobs)
        else:
            kept(count, jobs, db)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{'':34} {count:,} documents, peak {peak} MB", flush=True)


def main() -> None:
    """Start the server, and run each measurement in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="?", type=int, default=2_000)
    parser.add_argument("jobs", nargs="?", type=int, default=50)
    parser.add_argument("--part", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        part(args.part, args.documents, args.jobs, os.environ["RIG_BASE"])
        return
    with serving("--latency", "0.05") as address, tempfile.TemporaryDirectory() as folder:
        small, large = str(Path(folder, "small.db")), str(Path(folder, "large.db"))
        for name, count, db in (
            ("unkept", args.documents, small),
            ("kept", args.documents, small),
            ("instructor", args.documents, small),
            ("kept", args.documents * 10, large),
            ("resumed", args.documents, small),
        ):
            environment = {**os.environ, "RIG_BASE": f"{address}/v1", "RIG_DB": db}
            command = [sys.executable, __file__, str(count), str(args.jobs), "--part", name]
            subprocess.run(command, env=environment, check=True)
        print(f"{args.documents * 10:,} briefs: {Path(large).stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
