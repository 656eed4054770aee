"""The summary of an article that was read in windows: written last, from the merged items only."""

from __future__ import annotations

import hashlib
from typing import Any

from pydantic import BaseModel, ConfigDict

from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.extraction import Extraction
from llm_diplo.brief.review import Checked, Fault
from llm_diplo.brief.second_reading import claim_of, items_of
from llm_diplo.schema import Brief
from llm_diplo.text.quotations import NumberedArticle
from llm_diplo.text.windows import tokens_in


class Summary(BaseModel):
    """What the model of the summary fills."""

    model_config = ConfigDict(extra="forbid")

    summary: str


def summary_schema() -> dict[str, Any]:
    """Return the JSON schema that the model is sent."""
    return {
        "type": "object",
        "properties": {"summary": {"type": "string"}},
        "required": ["summary"],
        "additionalProperties": False,
    }


def items_block(brief: Brief, tokens: int) -> str:
    """Return the items of a brief in words, in its order, without their evidence; "" when it has none.

    Where they have more than `tokens`, those with the least evidence are left out.
    """
    items = items_of(brief)
    lines = {item.id: f"- {claim_of(item, brief)}" for item in items}
    room, kept = tokens, set()
    for item in sorted(items, key=lambda item: -len(item.evidence)):
        room -= tokens_in(lines[item.id]) + 1
        if room >= 0:
            kept.add(item.id)
    if not kept:
        return ""
    text = "\n".join(line for id_, line in lines.items() if id_ in kept)
    marker = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
    return f"<<items {marker}>>\n{text}\n<<end {marker}>>"


def check_summary(summary: str, numbered: NumberedArticle) -> Checked:
    """Hold a summary against the whole article, as that of an extraction is; an empty one is a fault."""
    checked = check_extraction(Extraction(summary=summary, actors=[], issues=[], positions=[], next_steps=[]), numbered)
    if not summary.strip():
        checked.reviewed[0].note(Fault("summary", "it is empty", "write two or three sentences"))
    return checked
