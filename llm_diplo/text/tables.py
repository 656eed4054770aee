"""The tables of `data/`: words, names and phrases that code looks up."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import Any

_ALTERNATIVES = re.compile(r"(.*?)\((.*?)\)(.*)")


def read_table(name: str) -> dict[str, Any]:
    """Return the table `data/NAME.toml` of the package; readers keep what they make of it."""
    return tomllib.loads(files("llm_diplo").joinpath("data", f"{name}.toml").read_text(encoding="utf-8"))


def spellings(written: str) -> list[str]:
    """Return the forms that a table's entry stands for: `premi(er|ère)` is premier and première."""
    parts = _ALTERNATIVES.fullmatch(written)
    return [parts[1] + middle + parts[3] for middle in parts[2].split("|")] if parts else [written]
