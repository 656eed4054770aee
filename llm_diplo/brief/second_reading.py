"""The second reading: each item beside its evidence only, numbers in and numbers out. Pure: what is asked, and what follows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from llm_diplo.brief.assembly import coverage_of
from llm_diplo.schema import Brief, Evidence, NextStep, Position, Rejected
from llm_diplo.text.quotations import NumberedArticle


class Verdict(IntEnum):
    """What the evidence says of a claim."""

    SUPPORTED = 1
    CONTRADICTED = 2
    NOT_STATED = 3
    WRONG_HOLDER = 4


_REASONS = {
    Verdict.CONTRADICTED: "the second reading finds it contradicted by its evidence",
    Verdict.NOT_STATED: "the second reading does not find it in its evidence",
    Verdict.WRONG_HOLDER: "the second reading finds another holder in its evidence",
}


class ClaimVerdict(BaseModel):
    """One verdict."""

    model_config = ConfigDict(extra="forbid")

    claim: int
    verdict: int


class Verdicts(BaseModel):
    """What the model of the second reading fills."""

    model_config = ConfigDict(extra="forbid")

    verdicts: list[ClaimVerdict]

    def faults(self, count: int) -> list[str]:
        """What is wrong with the answer for `count` claims, one line each."""
        given = [item.claim for item in self.verdicts]
        missing = [number for number in range(1, count + 1) if number not in given]
        unknown = [number for number in given if not 1 <= number <= count]
        wrong = [item.verdict for item in self.verdicts if item.verdict not in set(Verdict)]
        return [
            *([f"no verdict for claim {', '.join(map(str, missing))}"] if missing else []),
            *([f"there is no claim {', '.join(map(str, unknown))}"] if unknown else []),
            *([f"{', '.join(map(str, wrong))} is no verdict: 1, 2, 3 or 4"] if wrong else []),
            *(["a claim has two verdicts"] if len(set(given)) < len(given) else []),
        ]


def verdicts_schema() -> dict[str, Any]:
    """Return the JSON schema that the model is sent."""
    number = {"type": "integer"}
    verdict = {
        "type": "object",
        "properties": {"claim": number, "verdict": number},
        "required": ["claim", "verdict"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"verdicts": {"type": "array", "items": verdict}},
        "required": ["verdicts"],
        "additionalProperties": False,
    }


def claims_block(brief: Brief, numbered: NumberedArticle) -> str:
    """Return the claims of a brief, each with its cited units and the unit before the first; "" when it has none."""
    claims = "\n\n".join(
        f"{number}. {claim}\n{_evidence(evidence, numbered)}"
        for number, (claim, evidence) in enumerate(_claims(brief), start=1)
    )
    if not claims:
        return ""
    marker = hashlib.sha256(claims.encode("utf-8", "replace")).hexdigest()[:8]
    return f"<<claims {marker}>>\n{claims}\n<<end {marker}>>"


def _claims(brief: Brief) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    names = {actor.id: actor.name for actor in brief.actors}
    issues = {issue.id: issue.proposition for issue in brief.issues}
    for position in brief.positions:
        yield (
            _position(position, names, issues),
            position.evidence,
        )
    for step in brief.next_steps:
        yield _step(step, names), step.evidence


def _position(position: Position, names: Mapping[str, str], issues: Mapping[str, str]) -> str:
    stance = f" (stance on “{issues[position.issue]}”: {position.stance})" if position.issue else ""
    condition = f", if {position.condition}" if position.condition else ""
    return f"{names[position.actor]}: {position.statement}{condition}{stance}"


def _step(step: NextStep, names: Mapping[str, str]) -> str:
    by = ", ".join(names[actor] for actor in step.proposed_by) or "nobody in particular"
    who = f" by {', '.join(names[actor] for actor in step.actors)}" if step.actors else ""
    when = f", {step.date_text}" if step.date_text else ""
    return f"Next step ({step.commitment}), put forward by {by}: {step.action}{who}{when}"


def _evidence(evidence: tuple[Evidence, ...], numbered: NumberedArticle) -> str:
    units = sorted({item.unit for item in evidence})
    shown = [unit for unit in (units[0] - 1, *units) if unit >= 1]
    return "\n".join(f"   [{unit}] {' '.join(numbered.article.unit_text(unit).split())}" for unit in shown)


def apply_verdicts(brief: Brief, verdicts: Verdicts, numbered: NumberedArticle) -> Brief:
    """Return the brief without the items that failed: they move to `rejected`, with the verdict."""
    found = {item.claim: Verdict(item.verdict) for item in verdicts.verdicts}
    items: list[Position | NextStep] = [*brief.positions, *brief.next_steps]
    failed = {item.id: _REASONS[found[number]] for number, item in enumerate(items, start=1) if found[number] in _REASONS}
    positions = tuple(item for item in brief.positions if item.id not in failed)
    held = {position.issue for position in positions}
    return brief.model_copy(
        update={
            "positions": positions,
            "next_steps": tuple(item for item in brief.next_steps if item.id not in failed),
            "issues": tuple(issue for issue in brief.issues if issue.id in held),
            "rejected": (*brief.rejected, *(_rejected(item, failed[item.id]) for item in items if item.id in failed)),
            "coverage": coverage_of(numbered, {part.quotation or "" for item in positions for part in item.quotes}),
        }
    )


def _rejected(item: Position | NextStep, reason: str) -> Rejected:
    kind = "position" if isinstance(item, Position) else "next_step"
    return Rejected(kind=kind, item=item.model_dump(mode="json"), reasons=(reason,))
