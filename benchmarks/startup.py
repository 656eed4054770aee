"""Print what the plugin costs at start, all in turn in one run, because machines are noisy.

Goals: importing the plugin at most 5 ms over what `llm --version` has loaded; `llm diplo --help` at most 1.05 × `llm --help`;
the CPU of a first brief without a key at most 1.6 × that of `llm --help`, 2.2 × where spaCy is installed, and its peak memory
130 MB. Other plugins of llm make `llm --help` slower: measure in an environment without them. Last, the packages that a
first brief imports beyond `llm --help`, the slowest first.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

RUNS = 15
MOST_PACKAGES = 12
EXAMPLE = str(Path(__file__).parent.parent / "examples" / "harbour-talks.txt")
BRIEF = ("-m", "llm", "diplo", EXAMPLE, "-m", "diplo-offline", "--no-log")
READERS = {"core": ("-o", "reader", "rules"), "as installed": ()}
IMPORT = """
import time
from llm.cli import cli
from click.testing import CliRunner
CliRunner().invoke(cli, ["--version"])
import sys
for name in [name for name in sys.modules if name.startswith("llm_diplo")]:
    del sys.modules[name]
start = time.perf_counter()
import llm_diplo.plugin
print((time.perf_counter() - start) * 1000)
"""


def python(*args: str) -> subprocess.CompletedProcess[str]:
    """Run this interpreter."""
    return subprocess.run([sys.executable, *args], capture_output=True, text=True, check=True)


def milliseconds(*args: str) -> float:
    """Wall time of one command."""
    start = time.perf_counter()
    python("-m", "llm", *args)
    return (time.perf_counter() - start) * 1000


def cpu(*args: str) -> float:
    """CPU seconds of one command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    python(*args)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def imported(*args: str) -> dict[str, int]:
    """Microseconds that each module takes to import in one command, those that it imports left out."""
    lines = python("-X", "importtime", *args).stderr.splitlines()
    fields = (line.removeprefix("import time:").split("|") for line in lines if line.startswith("import time:"))
    return {name.strip(): int(own) for own, _, name in fields if own.strip().isdigit()}


def first_brief() -> None:
    """Print the CPU of a first brief, its memory, and what it imports."""
    rows = [(cpu("-m", "llm", "--help"), *(cpu(*BRIEF, *reader) for reader in READERS.values())) for _ in range(RUNS)]
    plain, *briefs = (statistics.median(column) for column in zip(*rows, strict=True))
    for name, seconds in zip(READERS, briefs, strict=True):
        print(f"{1000 * seconds:8.0f} ms  CPU of a first brief, {name}: {seconds / plain:.2f} × llm --help")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{peak:8.0f} MB  peak memory (goal: 130 at most without spaCy)")
    known = imported("-m", "llm", "--help")
    packages = Counter[str]()
    for name, own in imported(*BRIEF).items():
        packages[name.partition(".")[0]] += own * (name not in known)
    for name, own in packages.most_common(MOST_PACKAGES):
        print(f"{own / 1000:8.1f} ms  importing {name}")


def main() -> None:
    """Print all figures."""
    imports = [float(python("-c", IMPORT).stdout) for _ in range(RUNS)]
    print(f"{statistics.median(imports):8.1f} ms  importing llm_diplo.plugin after llm --version (goal: 5 ms at most)")
    pairs = [(milliseconds("--help"), milliseconds("diplo", "--help")) for _ in range(RUNS)]
    plain, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{plain:8.0f} ms  llm --help")
    print(f"{ours:8.0f} ms  llm diplo --help: {ours / plain:.3f} × (goal: 1.05 at most)")
    first_brief()


if __name__ == "__main__":
    main()
