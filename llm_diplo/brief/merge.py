"""The briefs of an article's windows, merged into one. Pure; the order of the briefs does not matter.

Items that two readings share become one; items that one reading lists separately stay separate, so a brief merged with
itself does not change. Evidence is only ever added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from llm_diplo.brief.follow_up import items_of
from llm_diplo.brief.likeness import mean_the_same
from llm_diplo.codes import ActorType, Attribution
from llm_diplo.schema import (
    Actor,
    Brief,
    Coverage,
    Evidence,
    Issue,
    NextStep,
    Notice,
    Position,
    Span,
)
from llm_diplo.text.folding import fold, fold_name
from llm_diplo.text.names import normal_name, read_name, same

Item = TypeVar("Item", Actor, Issue, Position, NextStep)
Placed = TypeVar("Placed", Evidence, Span)
Value = TypeVar("Value")

_PARTIES = ("proposed_by", "actors", "recipients")
"""The fields of a next step that name actors."""


def merge_briefs(briefs: Iterable[Brief]) -> Brief:
    """Return one brief with the items of several readings of one article.

    Actors are merged by name, issues by proposition. A holder's positions on one issue with the same stance and
    condition become one, with the first statement and all evidence; so do statements and next steps that say the same. The
    summary is kept if there is only one; article and provenance are those of the first brief. Cost: quadratic in the
    items that differ, linear in the rest. Raises `ValueError` for no brief, or for briefs of different articles.
    """
    readings = _in_order(list(briefs))
    if len({brief.article.text_sha256 for brief in readings}) != 1:
        raise ValueError("Only briefs of the same article can be merged.")
    return _merged(readings)


def _in_order(briefs: list[Brief]) -> list[Brief]:
    """Sort briefs by where their evidence begins; only those that begin at the same place are compared as a whole."""
    starts = [min((part.start for item in items_of(brief) for part in item.evidence), default=-1) for brief in briefs]
    together = Counter(starts)
    placed = [
        (start, brief.model_dump_json() if together[start] > 1 else "", place)
        for place, (start, brief) in enumerate(zip(starts, briefs, strict=True))
    ]
    return [briefs[place] for _, _, place in sorted(placed)]


def _merged(readings: list[Brief]) -> Brief:
    actors = _grouped(
        [brief.actors for brief in readings], lambda actor: fold_name(actor.name), _same_actor, rank=_is_lone, only_one=True
    )
    issues = _grouped(
        [brief.issues for brief in readings],
        lambda issue: fold(issue.proposition),
        lambda one, other: mean_the_same(one.proposition, other.proposition),
    )
    ids: list[dict[str, str]] = [{} for _ in readings]
    _number("a", actors, ids)
    _number("i", issues, ids)
    renamed = [_renamed(brief, known) for brief, known in zip(readings, ids, strict=True)]
    positions = _grouped([held for held, _ in renamed], _position_key, _same_position)
    steps = _grouped([ahead for _, ahead in renamed], _step_key, _same_step)
    _number("p", positions, ids)
    _number("n", steps, ids)
    summaries = {brief.summary for brief in readings} - {None}
    return readings[0].model_copy(
        update={
            "summary": summaries.pop() if len(summaries) == 1 else None,
            "actors": tuple(_actor(f"a{place}", group, ids) for place, group in enumerate(actors, start=1)),
            "issues": tuple(Issue(id=f"i{n}", proposition=group.first.proposition) for n, group in enumerate(issues, start=1)),
            "positions": tuple(_position(f"p{place}", group.items) for place, group in enumerate(positions, start=1)),
            "next_steps": tuple(_step(f"n{place}", group.items) for place, group in enumerate(steps, start=1)),
            "rejected": tuple(_distinct((item for brief in readings for item in brief.rejected), key=repr)),
            "warnings": tuple(_distinct(_warnings(readings, ids))),
            "coverage": _coverage(readings),
        }
    )


def _number(letter: str, groups: Sequence[_Group[Item]], ids: list[dict[str, str]]) -> None:
    """Note the new id of each item of each reading."""
    for place, group in enumerate(groups, start=1):
        for number, item in group.by_reading.items():
            ids[number][item.id] = f"{letter}{place}"


def _renamed(brief: Brief, ids: dict[str, str]) -> tuple[list[Position], list[NextStep]]:
    """A brief's positions and next steps with the new ids of their actors and issues."""
    positions = [
        item.model_copy(update={"actor": ids[item.actor], "issue": ids.get(item.issue or "")}) for item in brief.positions
    ]
    steps = [
        item.model_copy(update={name: tuple(_distinct(ids[id_] for id_ in getattr(item, name))) for name in _PARTIES})
        for item in brief.next_steps
    ]
    return positions, steps


# Groups


@dataclass
class _Group(Generic[Item]):
    """One item of the merged brief, as each reading gives it."""

    place: tuple[int, int]
    """The number of the first reading that has it, and its index there."""
    by_reading: dict[int, Item]

    @property
    def items(self) -> list[Item]:
        return [self.by_reading[number] for number in sorted(self.by_reading)]

    @property
    def first(self) -> Item:
        return self.by_reading[self.place[0]]

    def may_join(self, other: _Group[Item], are_same: Callable[[Item, Item], bool]) -> bool:
        """Whether no reading has both, and all items of one are the same as all items of the other."""
        apart = self.by_reading.keys().isdisjoint(other.by_reading)
        return apart and all(are_same(one, two) for one in self.items for two in other.items)

    def join(self, other: _Group[Item]) -> None:
        self.by_reading |= other.by_reading
        self.place = min(self.place, other.place)


def _grouped(
    readings: Sequence[Sequence[Item]],
    key: Callable[[Item], Hashable],
    are_same: Callable[[Item, Item], bool],
    *,
    rank: Callable[[Item], int] = lambda item: 0,
    only_one: bool = False,
) -> list[_Group[Item]]:
    """Group the items of all readings, first the equal ones, then those that `are_same`; groups come in order.

    Groups with a higher `rank` are placed last. With `only_one` a group that could join several joins none.
    """
    kept: list[_Group[Item]] = []
    for group in sorted(_equal(readings, key), key=lambda group: (rank(group.first), group.place)):
        fitting = [other for other in kept if other.may_join(group, are_same)]
        if fitting and (len(fitting) == 1 or not only_one):
            fitting[0].join(group)
        else:
            kept.append(group)
    return sorted(kept, key=lambda group: group.place)


def _equal(readings: Sequence[Sequence[Item]], key: Callable[[Item], Hashable]) -> list[_Group[Item]]:
    """One group for equal items; an item that one reading gives twice is in two groups."""
    by_key: dict[Hashable, list[_Group[Item]]] = {}
    for number, reading in enumerate(readings):
        for place, item in enumerate(reading):
            groups = by_key.setdefault(key(item), [])
            if free := next((group for group in groups if number not in group.by_reading), None):
                free.by_reading[number] = item
            else:
                groups.append(_Group((number, place), {number: item}))
    return [group for groups in by_key.values() for group in groups]


# What is the same


def _is_lone(actor: Actor) -> int:
    """1 for a name of one word, which can mean several actors and is placed when all full names are known; else 0."""
    return int(len(read_name(actor.name).core) < 2)


def _same_actor(one: Actor, other: Actor) -> bool:
    if (one.type is ActorType.PERSON) != (other.type is ActorType.PERSON):
        return False
    return same(one.name, other.name) or _is_alias(one.name, other) or _is_alias(other.name, one)


def _is_alias(name: str, actor: Actor) -> bool:
    return normal_name(name) in map(normal_name, actor.aliases)


def _position_key(item: Position) -> Hashable:
    said = fold(item.statement), fold(item.condition or ""), fold(item.date_text or "")
    return item.actor, item.issue, item.stance, said


def _same_position(one: Position, other: Position) -> bool:
    if (one.actor, one.issue, one.stance) != (other.actor, other.issue, other.stance) or not _agree(one, other):
        return False
    return bool(one.issue) or (_share_evidence(one, other) and mean_the_same(one.statement, other.statement))


def _step_key(item: NextStep) -> Hashable:
    who = frozenset(item.proposed_by), frozenset(item.actors), frozenset(item.recipients)
    return fold(item.action), item.event, item.commitment, who, fold(item.condition or ""), fold(item.date_text or "")


def _same_step(one: NextStep, other: NextStep) -> bool:
    if not (_agree(one, other) and mean_the_same(one.action, other.action)):
        return False
    alike = (one.event, one.commitment, set(one.proposed_by)) == (other.event, other.commitment, set(other.proposed_by))
    return alike or _share_evidence(one, other)


def _agree(one: Position | NextStep, other: Position | NextStep) -> bool:
    """Whether conditions and dates are the same, or only one of the two has any."""
    pairs = ((one.condition, other.condition), (one.date_text, other.date_text))
    return all(not a or not b or fold(a) == fold(b) for a, b in pairs)


def _share_evidence(one: Position | NextStep, other: Position | NextStep) -> bool:
    return not {part.unit for part in one.evidence}.isdisjoint(part.unit for part in other.evidence)


# One item of several


def _actor(id_: str, group: _Group[Actor], ids: list[dict[str, str]]) -> Actor:
    items = group.items
    fullest = max(items, key=lambda actor: (len(read_name(actor.name).core), len(actor.name)))
    names = _distinct((name for actor in items for name in (actor.name, *actor.aliases)), key=fold_name)
    affiliations = (ids[n].get(actor.affiliation or "") for n, actor in sorted(group.by_reading.items()))
    types = [actor.type for actor in items if actor.type is not ActorType.OTHER]
    return Actor(
        id=id_,
        name=fullest.name,
        type=types[0] if types else ActorType.OTHER,
        aliases=tuple(name for name in names if fold_name(name) != fold_name(fullest.name)),
        country=_first(actor.country for actor in items),
        office=_first(actor.office for actor in items),
        affiliation=_first(found for found in affiliations if found != id_),
        mentions=_without_inner(_joined(actor.mentions for actor in items)),
    )


def _position(id_: str, items: list[Position]) -> Position:
    quoting = {item.attribution for item in items if item.quotes}
    return items[0].model_copy(
        update={
            "id": id_,
            **_shared_fields(items),
            "via": _first(item.via for item in items),
            "attribution": quoting.pop() if len(quoting) == 1 else Attribution.MIXED if quoting else items[0].attribution,
            "quotes": _joined(item.quotes for item in items),
        }
    )


def _step(id_: str, items: list[NextStep]) -> NextStep:
    parties = {name: tuple(_distinct(id_ for item in items for id_ in getattr(item, name))) for name in _PARTIES}
    return items[0].model_copy(update={"id": id_, **_shared_fields(items), **parties})


def _shared_fields(items: Sequence[Position | NextStep]) -> dict[str, object]:
    dated = next((item for item in items if item.date_text), items[0])
    return {
        "condition": _first(item.condition for item in items),
        "date_text": dated.date_text,
        "date": dated.date,
        "evidence": _joined(item.evidence for item in items),
    }


def _joined(lists: Iterable[tuple[Placed, ...]]) -> tuple[Placed, ...]:
    """All members of the lists, once each: the first list as it is, or all in the order of the text if others add to it."""
    given = list(lists)
    found = tuple(_distinct(part for parts in given for part in parts))
    return found if len(found) == len(given[0]) else tuple(sorted(found, key=lambda part: (part.start, part.end)))


def _without_inner(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The spans that are not inside another, as “Osk” is in “Edvard Osk”."""
    reached = 0
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.end > reached:
            kept.append(span)
            reached = span.end
    return tuple(kept)


def _warnings(readings: list[Brief], ids: list[dict[str, str]]) -> Iterator[Notice]:
    for known, brief in zip(ids, readings, strict=True):
        for notice in brief.warnings:
            yield notice.model_copy(update={"item": known.get(notice.item or "", notice.item)})


def _coverage(readings: list[Brief]) -> Coverage:
    """A quotation is left over if no reading cites it."""
    first = readings[0].coverage
    labels = set.intersection(*({part.quotation for part in brief.coverage.left_over} for brief in readings))
    left = tuple(part for part in first.left_over if part.quotation in labels)
    return Coverage(quotations=first.quotations, cited=first.quotations - len(labels), left_over=left)


def _first(values: Iterable[Value | None]) -> Value | None:
    return next((value for value in values if value), None)


def _distinct(values: Iterable[Value], key: Callable[[Value], Hashable] = lambda value: value) -> Iterator[Value]:
    """Yield the values, once each."""
    seen: set[Hashable] = set()
    for value in values:
        if (mark := key(value)) not in seen:
            seen.add(mark)
            yield value
