"""Type-check the Python examples of `docs/python.md`: mypy --strict and pyright (basedpyright in its standard mode)."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

PAGE = Path(__file__).parent / "python.md"


def examples() -> list[str]:
    """Return the Python blocks of the page, in order."""
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def main() -> int:
    """Write each block to a file and check them all; returns an exit code."""
    with tempfile.TemporaryDirectory() as folder:
        for number, code in enumerate(examples(), start=1):
            Path(folder, f"example_{number:02}.py").write_text(code, encoding="utf-8")
        Path(folder, "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}', encoding="utf-8")
        files = sorted(str(path) for path in Path(folder).glob("*.py"))
        mypy = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--scripts-are-modules", *files], check=False
        )
        pyright = subprocess.run(
            [sys.executable, "-m", "basedpyright", "-p", folder, "--pythonpath", sys.executable], check=False
        )
        return mypy.returncode or pyright.returncode


if __name__ == "__main__":
    raise SystemExit(main())
