"""Print what the plugin costs at start, all in turn in one run, because machines are noisy.

Goals: importing the plugin at most 5 ms over what `llm --version` has loaded; `llm diplo --help` at most 1.05 × `llm --help`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 15
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


def main() -> None:
    """Print all figures."""
    imports = [float(python("-c", IMPORT).stdout) for _ in range(RUNS)]
    print(f"{statistics.median(imports):8.1f} ms  importing llm_diplo.plugin after llm --version (goal: 5 ms at most)")
    pairs = [(milliseconds("--help"), milliseconds("diplo", "--help")) for _ in range(RUNS)]
    plain, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{plain:8.0f} ms  llm --help")
    print(f"{ours:8.0f} ms  llm diplo --help: {ours / plain:.3f} × (goal: 1.05 at most)")


if __name__ == "__main__":
    main()
