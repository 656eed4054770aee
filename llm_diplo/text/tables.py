"""The tables of `data/`: words, names and phrases that code looks up."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any


def read_table(name: str) -> dict[str, Any]:
    """Return the table `data/NAME.toml` of the package; readers keep what they make of it."""
    return tomllib.loads(files("llm_diplo").joinpath("data", f"{name}.toml").read_text(encoding="utf-8"))
