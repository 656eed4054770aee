"""What a model is asked about a brief: a second reading, and the summary of an article that was read in windows.

In the second reading each item is shown with its evidence only, and judged by a number. A summary is written last, from the
merged items only. Pure: the requests, and what becomes of the answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Any

from llm_diplo.brief.assembly import coverage_of
from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.extraction import Extraction, Filled
from llm_diplo.brief.review import Checked, Fault
from llm_diplo.brief.wording import bare_condition
from llm_diplo.codes import Stance
from llm_diplo.schema import Brief, NextStep, Notice, Position, Rejected
from llm_diplo.text.quotations import NumberedArticle
from llm_diplo.text.windows import tokens_in


class Verdict(IntEnum):
    """What the evidence says of a claim."""

    SUPPORTED = 1
    CONTRADICTED = 2
    NOT_STATED = 3
    WRONG_HOLDER = 4
    WRONG_STANCE = 5


_REASONS = {
    Verdict.CONTRADICTED: "the second reading finds it contradicted by its evidence",
    Verdict.NOT_STATED: "the second reading does not find it in its evidence",
    Verdict.WRONG_HOLDER: "the second reading finds another holder in its evidence",
}
_SIDES = {
    Stance.SUPPORT: "Stance: agrees that “{}”.",
    Stance.OPPOSE: "Stance: disagrees that “{}”.",
    Stance.MIXED: "Stance: partly agrees and partly disagrees that “{}”.",
    Stance.UNCLEAR: "Stance: no clear side on “{}”.",
}


class ClaimVerdict(Filled):
    """One verdict."""

    claim: int
    verdict: int


class Verdicts(Filled):
    """What the model of the second reading fills."""

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
            *([f"{', '.join(map(str, wrong))} is no verdict: 1, 2, 3, 4 or 5"] if wrong else []),
            *(["a claim has two verdicts"] if len(set(given)) < len(given) else []),
        ]


def claims_block(brief: Brief, numbered: NumberedArticle) -> str:
    """Return the evidence of a brief, each unit once with the one before it, then its claims; "" when it has none."""
    if not count_of(brief):
        return ""
    cited = {item.unit for items in (brief.positions, brief.next_steps) for made in items for item in made.evidence}
    units = sorted({near for unit in cited for near in (unit - 1, unit) if near})
    evidence = (f"[{unit}] {' '.join(numbered.article.unit_text(unit).split())}" for unit in units)
    claims = (f"{number}. {claim}" for number, claim in enumerate(claims_of(brief), start=1))
    block = "\n".join(["Evidence", *evidence, "", "Claims", *claims])
    return _marked("claims", block)


def _marked(name: str, block: str) -> str:
    """A block between lines that nobody can write into it: they carry a marker from its own SHA-256."""
    marker = hashlib.sha256(block.encode("utf-8", "replace")).hexdigest()[:8]
    return f"<<{name} {marker}>>\n{block}\n<<end {marker}>>"


def claims_of(brief: Brief) -> Iterator[str]:
    """Yield each position, then each next step, as a claim with the numbers of its units."""
    yield from (f"{_units(item)}{claim_of(item, brief)}" for item in items_of(brief))


def items_of(brief: Brief) -> tuple[Position | NextStep, ...]:
    """Return the positions, then the next steps."""
    return (*brief.positions, *brief.next_steps)


def count_of(brief: Brief) -> int:
    """Return how many claims a brief makes."""
    return len(brief.positions) + len(brief.next_steps)


def claim_of(item: Position | NextStep, brief: Brief) -> str:
    """Return an item of a brief as a claim in words."""
    return _position(item, brief) if isinstance(item, Position) else _step(item, brief)


def parts_of(brief: Brief, numbered: NumberedArticle, tokens: int) -> list[Brief]:
    """Return briefs with some of the items each, in order, whose claims have at most `tokens` with their evidence."""
    items = items_of(brief)
    if len(items) < 2 or tokens_in(claims_block(brief, numbered)) <= tokens:
        return [brief]
    half = len(items) // 2
    halves = [
        brief.model_copy(
            update={
                "positions": tuple(item for item in part if isinstance(item, Position)),
                "next_steps": tuple(item for item in part if isinstance(item, NextStep)),
            }
        )
        for part in (items[:half], items[half:])
    ]
    return [part for one in halves for part in parts_of(one, numbered, tokens)]


def put_together(judged: Iterable[tuple[Brief, Verdicts | None]]) -> Verdicts:
    """Return the verdicts on a brief from those on its parts; claims that were not judged pass."""
    found: list[int] = []
    for part, verdicts in judged:
        given = {item.claim: item.verdict for item in verdicts.verdicts} if verdicts else {}
        found.extend(given.get(claim, Verdict.SUPPORTED) for claim in range(1, count_of(part) + 1))
    return Verdicts(verdicts=[ClaimVerdict(claim=claim, verdict=verdict) for claim, verdict in enumerate(found, start=1)])


def _units(item: Position | NextStep) -> str:
    return "".join(f"[{unit}]" for unit in sorted({part.unit for part in item.evidence})) + " "


def _position(position: Position, brief: Brief) -> str:
    who = brief.actor(position.actor).name + (f" ({position.date_text})" if position.date_text else "")
    via = f", according to {position.via}" if position.via else ""
    issue = brief.issue(position.issue)
    side = f" {_SIDES[position.stance].format(_bare(issue.proposition))}" if issue else ""
    return f"{who}: {_bare(position.statement)}{_condition(position)}{via}.{side}"


def _step(step: NextStep, brief: Brief) -> str:
    who = _names(step.actors, brief) or "Somebody"
    others = _names((actor for actor in step.recipients if actor not in step.actors), brief)
    when = f", {step.date_text}" if step.date_text else ""
    by = _names(step.proposed_by, brief)
    # Every commitment is a regular verb: proposed, expected.
    put = f"{step.commitment.removesuffix('e')}ed{f' by {by}' if by else ''}"
    return f"{who} would: {_bare(step.action)}{f' (with or to {others})' if others else ''}{when}{_condition(step)}. ({put})"


def _condition(item: Position | NextStep) -> str:
    return f", if {_bare(bare_condition(item.condition))}" if item.condition else ""


def _names(actors: Iterable[str], brief: Brief) -> str:
    return ", ".join(brief.actor(actor).name for actor in actors)


def _bare(sentence: str) -> str:
    """Return a sentence without its full stop."""
    return sentence.strip().removesuffix(".")


def apply_verdicts(brief: Brief, verdicts: Verdicts, numbered: NumberedArticle) -> Brief:
    """Return the brief after the verdicts, one for each of `claims_of`.

    Items that fail move to `rejected`. A position whose stance alone is wrong stays, without a stance and with a warning.
    """
    found = {item.claim: Verdict(item.verdict) for item in verdicts.verdicts}
    items = items_of(brief)
    given = {item.id: found[number] for number, item in enumerate(items, start=1)}
    failed = {item.id: reason for item in items if (reason := _reason(item, given[item.id]))}
    doubted = [item for item in brief.positions if given[item.id] is Verdict.WRONG_STANCE and item.issue]
    positions = tuple(
        item.model_copy(update={"stance": Stance.UNCLEAR}) if item in doubted else item
        for item in brief.positions
        if item.id not in failed
    )
    held = {position.issue for position in positions}
    return brief.model_copy(
        update={
            "positions": positions,
            "next_steps": tuple(item for item in brief.next_steps if item.id not in failed),
            "issues": tuple(issue for issue in brief.issues if issue.id in held),
            "rejected": (*brief.rejected, *(_rejected(item, brief, failed[item.id]) for item in items if item.id in failed)),
            "warnings": (*brief.warnings, *map(_doubt, doubted)),
            "coverage": coverage_of(numbered, {part.quotation or "" for item in positions for part in item.quotes}),
        }
    )


def _reason(item: Position | NextStep, verdict: Verdict) -> str | None:
    """Why an item is rejected; a next step has no stance, so that only its words can be meant."""
    if verdict is Verdict.WRONG_STANCE and isinstance(item, NextStep):
        verdict = Verdict.CONTRADICTED
    return _REASONS.get(verdict)


def _doubt(position: Position) -> Notice:
    reason = "the second reading finds another stance in its evidence"
    return Notice(item=position.id, field="stance", value=position.stance.value, reason=reason)


def _rejected(item: Position | NextStep, brief: Brief, reason: str) -> Rejected:
    """The item as a model would give it: names, units and quotations for ids and offsets."""
    given: dict[str, Any] = {**item.model_dump(mode="json"), "evidence": [part.unit for part in item.evidence]}
    if isinstance(item, Position):
        issue = brief.issue(item.issue)
        quotes = list(dict.fromkeys(part.quotation for part in item.quotes))
        given |= {"actor": brief.actor(item.actor).name, "issue": issue and issue.proposition, "quotes": quotes}
        return Rejected(kind="position", item=given, reasons=(reason,))
    for field in ("proposed_by", "actors", "recipients"):
        given[field] = [brief.actor(actor).name for actor in given[field]]
    return Rejected(kind="next_step", item=given, reasons=(reason,))


# The summary


class Summary(Filled):
    """What the model of the summary fills."""

    summary: str


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
    return _marked("items", "\n".join(line for id_, line in lines.items() if id_ in kept))


def check_summary(summary: str, numbered: NumberedArticle) -> Checked:
    """Check a summary against the whole article, as that of an extraction is checked; an empty one is a fault."""
    checked = check_extraction(Extraction(summary=summary, actors=[], issues=[], positions=[], next_steps=[]), numbered)
    if not summary.strip():
        checked.reviewed[0].note(Fault("summary", "it is empty", "write two or three sentences"))
    return checked
