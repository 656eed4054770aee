"""Print what a corpus in batches costs this process, beside the live way: CPU a document, both over one database each.

    python benchmarks/batch.py [DOCUMENTS]

`llm diplo corpus` and the same with `--batch`, each in a process of its own against a server of its own on loopback that
answers at once; copies are not looked for. The batch ends at its first look. Goal: own CPU a document at most twice the
live way's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from concurrency import REPLY, ROOT, articles, write_model


def served(script: str, *options: str) -> tuple[subprocess.Popen[str], str]:
    """Start a server of this folder; returns it and its address."""
    command = [sys.executable, str(ROOT / "benchmarks" / script), "--reply", str(REPLY), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"


def measure(name: str, base: str, folder: Path, count: int, *more: str) -> float:
    """Run the command over all articles; prints one line, and returns milliseconds of CPU a document."""
    write_model(folder, base)
    db = folder / f"{name}.db"
    command = [sys.executable, "-m", "llm", "diplo", "corpus", str(folder / "articles.jsonl"), "--db", str(db)]
    environment = {**os.environ, "LLM_USER_PATH": str(folder), "DIPLO_BATCH_POLL": "0.1"}
    wall = time.perf_counter()
    child = subprocess.Popen(
        [*command, "-m", "rig", "--no-dedupe", "-j", "50", *more], env=environment, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{name} ended with {child.returncode}")
    each = (used.ru_utime + used.ru_stime) / count * 1000
    size = sum(path.stat().st_size for path in folder.glob(f"{name}.db*")) / count / 1000
    wall = time.perf_counter() - wall
    print(f"{name:6} {each:6.2f} ms CPU a document {wall:6.0f} s {used.ru_maxrss // 1024:5} MB {size:5.1f} KB a document")
    return each


def main() -> None:
    """Measure both ways."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="?", type=int, default=10_000)
    count = parser.parse_args().documents
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = (json.dumps({"id": number, "text": text}) for number, text in enumerate(articles(count)))
        (folder / "articles.jsonl").write_text("\n".join(lines))
        figures = {}
        for way, script, options, flags in (
            ("live", "fault_server.py", ("--latency", "0"), ()),
            ("batch", "batch_server.py", ("--polls", "0"), ("--batch",)),
        ):
            server, base = served(script, *options)
            try:
                figures[way] = measure(way, base, folder, count, *flags)
            finally:
                server.kill()
                server.wait()
        print(f"{figures['batch'] / figures['live']:.2f} × the live way")


if __name__ == "__main__":
    main()
