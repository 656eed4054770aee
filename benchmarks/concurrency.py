"""Print what many articles side by side cost, against a server that answers each after 50 ms.

    python benchmarks/concurrency.py [DOCUMENTS] [JOBS]

Wall time, CPU time and memory of a process each: llm-diplo with the log off and on; instructor alone with one shared client, as
users would call it by hand (schema and reply the same, no checks, no grounding); and, where LANGEXTRACT_PYTHON names the
Python of an environment that has it, langextract. Goal: 5 ms CPU a document at most.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WARM_UP = 5
ROOT = Path(__file__).parent.parent
REPLY = ROOT / "tests" / "replies" / "wire.json"
WIRE = ROOT / "tests" / "articles" / "wire.txt"


def articles(count: int) -> list[str]:
    """As many different articles, some 900 characters each."""
    text = WIRE.read_text(encoding="utf-8")
    rest = " ".join(["Boats left the harbour in the morning and came back in the evening without a catch."] * 6)
    return [f"{text}\n\nDispatch {number}. {rest}" for number in range(count)]


def report(name: str, count: int, wall: float, cpu: float) -> None:
    """Print one line; the warm-up is not reported."""
    if count <= WARM_UP:
        return
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name:34} {count / wall:7.0f} documents/s {cpu / count * 1000:6.2f} ms CPU a document {memory:5} MB")


def ours(texts: list[str], jobs: int, log: str | bool) -> None:
    """The whole way, checks and grounding included."""
    from llm_diplo import summarize_many

    wall, cpu = time.perf_counter(), time.process_time()
    briefs = list(summarize_many(texts, model="rig", jobs=jobs, log=log))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    failed = [brief for brief in briefs if not getattr(brief, "positions", ())]
    if failed:
        raise SystemExit(f"{len(failed)} failed: {failed[0]}")
    report("llm-diplo" + (", logged" if log else ""), len(texts), wall, cpu)


def instructor_alone(texts: list[str], jobs: int, base: str) -> None:
    """instructor over one AsyncOpenAI, in its JSON schema mode."""
    import instructor
    from openai import AsyncOpenAI

    from llm_diplo.brief.extraction import Extraction

    async def run() -> None:
        openai = AsyncOpenAI(base_url=base, api_key="none")
        client = instructor.from_openai(openai, mode=instructor.Mode.JSON_SCHEMA)
        free = asyncio.Semaphore(jobs)

        async def one(text: str) -> Any:
            async with free:
                messages: Any = [{"role": "system", "content": "Extract."}, {"role": "user", "content": text}]
                return await client.create(model="rig", messages=messages, response_model=Extraction, strict=False)

        await asyncio.gather(*map(one, texts))
        await openai.close()

    wall, cpu = time.perf_counter(), time.process_time()
    asyncio.run(run())
    report("instructor alone", len(texts), time.perf_counter() - wall, time.process_time() - cpu)


def main() -> None:
    """Start the server, and run each measurement in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="?", type=int, default=200)
    parser.add_argument("jobs", nargs="?", type=int, default=50)
    parser.add_argument("--part", choices=["ours", "logged", "instructor"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        part(args.part, args.documents, args.jobs, os.environ["RIG_BASE"])
        return
    size = str(args.documents), str(args.jobs)
    with serving("--latency", "0.05") as address:
        for name in ("ours", "logged", "instructor"):
            run(sys.executable, __file__, *size, "--part", name, base=f"{address}/v1")
        if peer := os.environ.get("LANGEXTRACT_PYTHON"):
            script = str(ROOT / "benchmarks" / "peer_langextract.py")
            run(peer, script, *size, base=f"{address}/langextract/rig/v1", given="\0".join(articles(args.documents)))


def run(*command: str, base: str, given: str = "") -> None:
    """Run one measurement."""
    subprocess.run(command, env={**os.environ, "RIG_BASE": base}, input=given, text=True, check=True)


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """Run a fault server with the wire report's reply in the block; yields its address."""
    command = [sys.executable, str(ROOT / "benchmarks" / "fault_server.py"), "--reply", str(REPLY), *options]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    try:
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    finally:
        server.kill()


def write_model(folder: str | Path, base: str) -> None:
    """Write a model `rig`, served at `base`, into a folder that is to be llm's user folder."""
    models = [{"model_id": "rig", "model_name": "rig", "api_base": base, "supports_schema": True}]
    Path(folder, "extra-openai-models.yaml").write_text(json.dumps(models), encoding="utf-8")


def part(name: str, count: int, jobs: int, base: str) -> None:
    """One measurement, warmed up by five documents."""
    texts = articles(count)
    if name == "instructor":
        instructor_alone(texts[:WARM_UP], jobs, base)
        instructor_alone(texts, jobs, base)
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LLM_USER_PATH"] = folder
        write_model(folder, base)
        log = str(Path(folder) / "logs.db") if name == "logged" else False
        ours(texts[:WARM_UP], jobs, log)
        ours(texts, jobs, log)


if __name__ == "__main__":
    main()
