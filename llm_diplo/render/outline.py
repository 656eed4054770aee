"""What Markdown, the page and the exports say in the same words, and how they put quotes together."""

from __future__ import annotations

from itertools import groupby

from llm_diplo.codes import Commitment, Stance
from llm_diplo.schema import Evidence, Rejected

STANCES = {
    Stance.SUPPORT: "agrees",
    Stance.OPPOSE: "disagrees",
    Stance.MIXED: "is mixed",
    Stance.UNCLEAR: "takes no clear side",
}
# The firmest first: in this order steps without a date are shown.
STANDINGS = {
    Commitment.AGREE: "agreed",
    Commitment.SCHEDULE: "scheduled",
    Commitment.PLEDGE: "pledged",
    Commitment.EXPECT: "expected",
    Commitment.PROPOSE: "proposed",
    Commitment.REQUEST: "requested",
    Commitment.THREATEN: "threatened",
    Commitment.REFUSE: "refused",
}
_ITEM_TEXT = ("statement", "action", "name", "proposition", "summary")


def whole_quotes(quotes: tuple[Evidence, ...]) -> list[tuple[Evidence, ...]]:
    """Return quotes quotation by quotation: one that its frame interrupts has several parts."""
    return [tuple(parts) for _, parts in groupby(quotes, key=lambda part: part.quotation or part.start)]


def words_of(rejected: Rejected) -> str:
    """Return what a rejected item said, by its main field; empty where the model gave none."""
    return next((str(rejected.item[name]) for name in _ITEM_TEXT if rejected.item.get(name)), "")
