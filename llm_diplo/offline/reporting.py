"""The words of reporting: tables of `data/reporting.toml`."""

from __future__ import annotations

from functools import cache

from llm_diplo.text.tables import read_table


@cache
def reporting_words(part: str, table: str) -> frozenset[str]:
    """Return the lemmas of a table of `data/reporting.toml`: `("verbs", "frame")`."""
    return frozenset(_tables()[part][table].split())


@cache
def reporting_pairs(part: str) -> frozenset[tuple[str, str]]:
    """Return pairs of a `verbs` or `nouns` lemma and the preposition whose object is what is said."""
    return frozenset(
        (word, preposition) for word, preposition in (pair.split("+") for pair in reporting_words(part, "preposition"))
    )


@cache
def _tables() -> dict[str, dict[str, str]]:
    return read_table("reporting")
