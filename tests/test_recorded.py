"""The whole way against a real model, replayed: see CONTRIBUTING.md for how the cassettes are recorded.

Qwen2.5-Coder-1.5B-Instruct (Q4_K_M) on llama.cpp's server answered. It is small: its answers prove the wire, not the quality.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import ARTICLES, MODEL

from llm_diplo import Brief, summarize

OPTIONS = {"temperature": 0, "seed": 1, "max_tokens": 900}
WIRE = ARTICLES / "wire.txt"


def grounded(brief: Brief, text: str) -> bool:
    """Every shown quote is a slice of the text."""
    items = [*brief.positions, *brief.next_steps]
    shown = [part for item in items for part in (*item.evidence, *getattr(item, "quotes", ()))] + list(brief.coverage.left_over)
    return all(text[part.start : part.end] == part.quote for part in shown)


@pytest.mark.vcr
def test_a_brief_with_a_schema() -> None:
    brief = summarize(WIRE, model=MODEL, options=OPTIONS, retries=1)
    assert brief.provenance.calls in {1, 2}
    assert brief.provenance.input_tokens
    assert grounded(brief, WIRE.read_text(encoding="utf-8"))
    assert Brief.model_validate_json(brief.model_dump_json()) == brief


@pytest.mark.vcr
def test_the_command_logs_one_thread(diplo: Any, run_llm: Any) -> None:
    flags = [flag for name, value in OPTIONS.items() for flag in ("-o", name, str(value))]
    result = diplo(WIRE, "-m", MODEL, "--retries", "0", "--json", *flags)
    assert result.exit_code == 0, result.output
    brief = Brief.model_validate_json(result.stdout)
    logs = json.loads(run_llm("logs", "--json").output)
    assert [row["id"] for row in logs] == list(brief.provenance.log_ids)
