"""Wording that Markdown, the page and the exports share, and how they join the parts of a quotation."""

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
_OF_SEVERAL = {"agrees": "agree", "disagrees": "disagree", "is mixed": "are mixed", "takes no clear side": "take no clear side"}
# The firmest first: steps without a date are shown in this order.
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


def stance_of(name: str, stance: Stance) -> str:
    """Return what a holder does about an issue: `analysts agree`, `Orsolya Venn agrees`."""
    words = STANCES[stance]
    last = name.rsplit(maxsplit=1)[-1] if name.strip() else ""
    are_several = last.islower() and last.endswith("s") and not last.endswith("ss")
    return _OF_SEVERAL[words] if are_several else words


def whole_quotes(quotes: tuple[Evidence, ...]) -> list[tuple[Evidence, ...]]:
    """Return quotes quotation by quotation: one that its frame interrupts has several parts."""
    return [tuple(parts) for _, parts in groupby(quotes, key=lambda part: part.quotation or part.start)]


def words_of(rejected: Rejected) -> str:
    """Return what a rejected item said, by its main field; empty where the model gave none."""
    return next((str(rejected.item[name]) for name in _ITEM_TEXT if rejected.item.get(name)), "")
