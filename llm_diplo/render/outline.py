"""The order in which a brief is read: contested issues, demands and assessments, statements, next steps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from llm_diplo.schema import Actor, Brief, Commitment, Evidence, Issue, NextStep, Position, Rejected, Stance

STANCES = {
    Stance.SUPPORT: "agrees",
    Stance.OPPOSE: "disagrees",
    Stance.MIXED: "is mixed",
    Stance.UNCLEAR: "takes no clear side",
}
STANDINGS = {
    Commitment.PROPOSE: "proposed",
    Commitment.REQUEST: "requested",
    Commitment.PLEDGE: "pledged",
    Commitment.AGREE: "agreed",
    Commitment.SCHEDULE: "scheduled",
    Commitment.EXPECT: "expected",
    Commitment.THREATEN: "threatened",
    Commitment.REFUSE: "refused",
}
_FIRMEST_FIRST = list(Commitment)
_ITEM_TEXT = ("statement", "action", "name", "proposition", "summary")


@dataclass(frozen=True)
class Debate:
    """An issue with the positions held on it."""

    issue: Issue
    positions: tuple[Position, ...]

    @property
    def stances(self) -> int:
        """How many different stances are taken."""
        return len({position.stance for position in self.positions})


def debates(brief: Brief) -> tuple[list[Debate], list[Debate]]:
    """Return the contested issues, and those on which nobody differs; in each the ones with most positions first."""
    held = [Debate(issue, tuple(part for part in brief.positions if part.issue == issue.id)) for issue in brief.issues]
    held.sort(key=lambda debate: -len(debate.positions))
    return [debate for debate in held if debate.stances > 1], [debate for debate in held if debate.stances <= 1]


def statements(brief: Brief) -> list[Position]:
    """Return the positions that take no side, those of one holder together, holders in the order of the brief."""
    order = {actor.id: place for place, actor in enumerate(brief.actors)}
    return sorted((part for part in brief.positions if part.issue is None), key=lambda part: order.get(part.actor, 0))


def steps(brief: Brief) -> list[NextStep]:
    """Return the next steps: those with a date first, by date, then the others by commitment."""
    return sorted(brief.next_steps, key=lambda step: (not step.date, step.date or "", _FIRMEST_FIRST.index(step.commitment)))


def sides(brief: Brief) -> list[tuple[str, list[Actor]]]:
    """Return the actors by country code, in the order in which the countries first appear; "" for those without one."""
    order = list(dict.fromkeys(actor.country or "" for actor in brief.actors))
    ranked = sorted(brief.actors, key=lambda actor: order.index(actor.country or ""))
    return [(country, list(actors)) for country, actors in groupby(ranked, key=lambda actor: actor.country or "")]


def whole_quotes(quotes: tuple[Evidence, ...]) -> list[tuple[Evidence, ...]]:
    """Return quotes quotation by quotation: one that its frame interrupts has several parts."""
    return [tuple(parts) for _, parts in groupby(quotes, key=lambda part: part.quotation or part.start)]


def words_of(rejected: Rejected) -> str:
    """Return what a rejected item said, by its main field; empty where the model gave none."""
    return next((str(rejected.item[name]) for name in _ITEM_TEXT if rejected.item.get(name)), "")
