"""One line for each item of a brief that is still being written."""

from __future__ import annotations

from llm_diplo.growth import BriefEvent
from llm_diplo.render.inert import one_line
from llm_diplo.schema import Actor, NextStep, Position


def item_line(event: BriefEvent) -> str:
    """Return an accepted item as one inert line."""
    item = event.item
    if isinstance(item, Actor):
        kind = item.type.replace("_", " ")
        return one_line(f"{item.name} ({kind})")
    units = ", ".join(str(part.unit) for part in item.evidence) if item else ""
    if isinstance(item, Position):
        return one_line(f"  {event.actor}: {item.stance.value} · {item.statement} [{units}]")
    if isinstance(item, NextStep):
        return one_line(f"  → {item.action} · {item.commitment.value} [{units}]")
    return ""
