"""The order of a brief and its wording, which Markdown, the page and the exports share."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby

from llm_diplo.codes import ActorType, Commitment, Stance
from llm_diplo.schema import Actor, ArticleMetadata, Brief, Evidence, Issue, NextStep, Position, Rejected
from llm_diplo.text.tables import read_table

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
_FRAME = re.compile(r"(?:(?:says|said|holds|held) that |sa(?:ys|id): |sa(?:ys|id) |: )")
_VERB = re.compile(r"(?:will|would|can|could|must|should|may|might|has|is)\b|(?P<stem>[a-z]+?)(?:s|es|ies|d|ed|ied)\b")
IN_DISPUTE = "In dispute"
DEMANDS = "Demands and assessments"

# On each side the state comes first, then its bodies, then people.
_RANKS = {ActorType.STATE: 0, ActorType.INTERNATIONAL_ORGANIZATION: 1, ActorType.GOVERNMENT_BODY: 2, ActorType.PERSON: 9}
_ITEM_TEXT = ("statement", "action", "name", "proposition", "summary")


def title_of(article: ArticleMetadata) -> str:
    """Return the headline; a speech without one is titled with its speaker."""
    return article.headline or (f"Statement by {article.speaker}" if article.speaker else "Untitled article")


def sections(brief: Brief) -> Iterator[tuple[str, list[Issue]]]:
    """Yield headings with their issues: those with more than one stance or holder, in dispute first, then the others."""
    held = positions_by_issue(brief)
    contested: list[Issue] = []
    single: list[Issue] = []
    for issue in brief.issues:
        stances = {position.stance for position in held[issue.id]} - {Stance.UNCLEAR}
        (contested if len(stances) > 1 or Stance.MIXED in stances else single).append(issue)
    single.sort(key=lambda issue: -len({position.actor for position in held[issue.id]}))
    yield from ((heading, issues) for heading, issues in ((IN_DISPUTE, contested), (DEMANDS, single)) if issues)


def positions_by_issue(brief: Brief) -> defaultdict[str | None, list[Position]]:
    """Return the positions on each issue, and under None those that take no side."""
    held: defaultdict[str | None, list[Position]] = defaultdict(list)
    for position in brief.positions:
        held[position.issue].append(position)
    return held


def statements_by_speaker(brief: Brief) -> list[Position]:
    """Return the positions without an issue, those of one speaker together, in the order in which speakers appear."""
    found = positions_by_issue(brief)[None]
    order = list(dict.fromkeys(position.actor for position in found))
    return sorted(found, key=lambda position: order.index(position.actor))


def steps_in_order(brief: Brief) -> list[NextStep]:
    """Return the next steps: dated ones by date, then the others, the firmest first."""
    firmness = list(STANDINGS)
    return sorted(brief.next_steps, key=lambda step: (step.date is None, step.date or "", firmness.index(step.commitment)))


def sides(actors: Iterable[Actor]) -> list[list[Actor]]:
    """Return actors grouped by side: a state with its bodies and people; actors without a side come last, alone."""
    given = list(actors)
    known = {actor.id: actor for actor in given}
    groups: dict[str, list[Actor]] = {}
    for actor in given:
        groups.setdefault(_side_of(actor, known), []).append(actor)
    for members in groups.values():
        members.sort(key=lambda actor: _RANKS.get(actor.type, len(_RANKS)))
    return sorted(groups.values(), key=lambda members: len(members) == 1)


def _side_of(actor: Actor, known: dict[str, Actor]) -> str:
    """Return the name of an actor's side: its country, else the outermost body that it belongs to."""
    seen = {actor.id}
    while actor.country is None and actor.affiliation in known and actor.affiliation not in seen:
        actor = known[actor.affiliation]
        seen.add(actor.id)
    return actor.country or actor.id


def stance_of(name: str, stance: Stance) -> str:
    """Return what a holder does about an issue: `analysts agree`, `Orsolya Venn agrees`."""
    words = STANCES[stance]
    last = name.rsplit(maxsplit=1)[-1] if name.strip() else ""
    are_several = last.islower() and last.endswith("s") and not last.endswith("ss")
    return _OF_SEVERAL[words] if are_several else words


def facts_of(actor: Actor, actors: dict[str, Actor]) -> str:
    """Return office and side of an actor, as far as they are known: “foreign minister, Ketter”."""
    side = actors[actor.affiliation].name if actor.affiliation in actors else actor.country
    stated = side and any(part and part in (actor.office or "") for part in (side, *side.split()))
    return ", ".join(fact for fact in (actor.office, None if stated else side) if fact and fact != actor.name)


def aliases_of(actor: Actor) -> list[str]:
    """Return the aliases that are more than a part of the name."""
    words = set(actor.name.split())
    return [alias for alias in actor.aliases if not set(alias.split()) <= words]


def claim_of(position: Position, holder: Actor) -> str:
    """Return a statement without the name that its line already begins with, or nothing if it only repeats its quotes."""
    statement = position.statement
    words = "".join(part.quote for part in position.quotes)
    if words and _letters(statement) == _letters(words):
        return ""
    surname = holder.name.rsplit(maxsplit=1)[-1:] if holder.type is ActorType.PERSON else []
    for name in sorted((holder.name, *holder.aliases, *surname), key=len, reverse=True):
        rest = statement.removeprefix(name)
        if rest == statement:
            continue
        if frame := _FRAME.match(rest.lstrip(" ")):
            return rest.lstrip(" ")[frame.end() :]
        if rest.startswith(" ") and _begins_with_verb(rest[1:]):
            return rest[1:]
    return statement


def _letters(text: str) -> str:
    """Return the letters and digits of a text, folded, without marks and spaces."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _begins_with_verb(text: str) -> bool:
    """Whether a text begins with an English verb in the singular or past: “wants lower tolls”, but not “officials want”."""
    match = _VERB.match(text)
    return match is not None and (
        match["stem"] is None or not _verbs().isdisjoint(match["stem"] + end for end in ("", "e", "y"))
    )


@cache
def _verbs() -> frozenset[str]:
    tables = read_table("reporting")["verbs"]
    return frozenset(word for name in ("frame", "clause", "infinitive", "object") for word in tables[name].split())


def whole_quotes(quotes: tuple[Evidence, ...]) -> list[tuple[Evidence, ...]]:
    """Return quotes quotation by quotation: one that its frame interrupts has several parts."""
    return [tuple(parts) for _, parts in groupby(quotes, key=lambda part: part.quotation or part.start)]


def words_of(rejected: Rejected) -> str:
    """Return what a rejected item said, by its main field; empty where the model gave none."""
    return next((str(rejected.item[name]) for name in _ITEM_TEXT if rejected.item.get(name)), "")
