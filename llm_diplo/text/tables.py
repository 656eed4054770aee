"""The tables of `data/`: words, names and phrases that code looks up. Each is read once, when it is first needed."""

from __future__ import annotations

import csv
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

_ALTERNATIVES = re.compile(r"(.*?)\((.*?)\)(.*)")


@cache
def read_table(name: str) -> dict[str, Any]:
    """Return the table `data/NAME.toml` of the package; do not change it."""
    return tomllib.loads(_read(f"{name}.toml"))


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of `data/NAME.tsv` by the names of its columns."""
    return list(csv.DictReader(_read(f"{name}.tsv").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def _read(file: str) -> str:
    return files("llm_diplo").joinpath("data", file).read_text(encoding="utf-8")


def spellings(written: str) -> list[str]:
    """Return the forms that a table's entry stands for: `premi(er|ère)` is premier and première."""
    parts = _ALTERNATIVES.fullmatch(written)
    return [parts[1] + middle + parts[3] for middle in parts[2].split("|")] if parts else [written]
