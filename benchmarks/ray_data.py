"""What a corpus costs through Ray Data, beside `summarize_many`: documents a second, and CPU of all processes.

    python benchmarks/ray_data.py [DOCUMENTS] [JOBS]

Needs the extra `ray`; Linux only, as CPU is read from /proc. Both ways ask a server that answers after 50 ms, with as many at
once; Ray is given two CPUs and one actor, and its start is reported apart. Goal: none; the two are to be known.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from concurrency import WARM_UP, articles, serving, write_model

TICK = os.sysconf("SC_CLK_TCK")
OBJECTS = 150 * 2**20
"""Bytes of Ray's object store."""


def cpu_seconds() -> float:
    """CPU of this process and all below it, the ended ones included."""
    children, spent = defaultdict(list), {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        children[int(fields[1])].append(pid)
        spent[pid] = sum(map(int, fields[11:15])) / TICK
    waiting, total = [os.getpid()], 0.0
    while waiting:
        pid = waiting.pop()
        total += spent.get(pid, 0.0)
        waiting += children[pid]
    return total


def report(name: str, count: int, wall: float, cpu: float) -> None:
    """Print one line."""
    print(f"{name:20} {count / wall:7.0f} documents/s {cpu / count * 1000:7.2f} ms CPU a document {wall:7.1f} s", flush=True)


def many(count: int, jobs: int) -> None:
    """One process, without a database."""
    from llm_diplo import summarize_many

    list(summarize_many(articles(WARM_UP), model="rig", jobs=jobs))
    wall, cpu = time.perf_counter(), cpu_seconds()
    failed = [one for one in summarize_many(articles(count), model="rig", jobs=jobs) if not hasattr(one, "actors")]
    report("summarize_many", count, time.perf_counter() - wall, cpu_seconds() - cpu)
    if failed:
        raise SystemExit(f"{len(failed)} failed: {failed[0]}")


def dataset(count: int, jobs: int, folder: Path) -> None:
    """Ray on this machine: from Parquet to Parquet."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    import pyarrow
    import pyarrow.parquet
    import ray

    from llm_diplo import summarize_dataset

    rows = [{"id": f"d{number}", "text": text} for number, text in enumerate(articles(count))]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "in.parquet")
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=OBJECTS, log_to_driver=False, logging_level="error")
    ray.data.DataContext.get_current().enable_progress_bars = False
    start, cpu_of_start = time.perf_counter() - wall, cpu_seconds() - cpu
    wall, cpu = time.perf_counter(), cpu_seconds()
    made = summarize_dataset(ray.data.read_parquet(str(folder / "in.parquet")), model="rig", jobs=jobs)
    made.write_parquet(str(folder / "out"), ray_remote_args={"num_cpus": 0.25})
    report("summarize_dataset", count, time.perf_counter() - wall, cpu_seconds() - cpu)
    written = pyarrow.parquet.read_table(folder / "out", columns=["brief"])["brief"]
    print(
        f"{'':20} Ray's start: {start:.1f} s, {cpu_of_start:.1f} s CPU; {written.null_count} of {len(written)} without a brief"
    )
    ray.shutdown()


def part(name: str, count: int, jobs: int, base: str) -> None:
    """One measurement."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LLM_USER_PATH"] = folder
        write_model(folder, base)
        if name == "many":
            many(count, jobs)
        else:
            dataset(count, jobs, Path(folder))


def main() -> None:
    """Start the server, and run each measurement in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="?", type=int, default=2_000)
    parser.add_argument("jobs", nargs="?", type=int, default=50)
    parser.add_argument("--part", choices=["many", "dataset"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        part(args.part, args.documents, args.jobs, os.environ["RIG_BASE"])
        return
    with serving("--latency", "0.05") as address:
        environment = {**os.environ, "RIG_BASE": f"{address}/v1"}
        for name in ("many", "dataset"):
            command = [sys.executable, __file__, str(args.documents), str(args.jobs), "--part", name]
            subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
