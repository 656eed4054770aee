"""Streaming: which items of an unfinished answer are complete and pass the checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from pydantic_core import from_json

from llm_diplo.brief.assembly import resolve_extraction
from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.extraction import json_in, read_answer
from llm_diplo.errors import InvalidExtractionError
from llm_diplo.schema import Actor, Brief, NextStep, Position, Rejected
from llm_diplo.text.quotations import NumberedArticle

Item: TypeAlias = Actor | Position | NextStep

_LISTS = ("actors", "positions", "next_steps")


class EventKind(StrEnum):
    """What happened."""

    CALL_STARTED = "call_started"
    ITEM_ACCEPTED = "item_accepted"
    ITEM_REJECTED = "item_rejected"
    RE_ASK = "re_ask"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class BriefEvent:
    """One step in the making of a brief."""

    kind: EventKind
    model: str
    source: str = ""
    """The source of the article: a path, URL or fragment; empty for a text."""
    part: str = ""
    """Which part of a long article is read (“window 2 of 6”); empty for the whole."""
    attempt: int = 1
    """1 for the first answer, 2 for the first re-ask …"""
    item: Item | None = None
    """What was accepted, grounded in the article. Its id may be another in the finished brief."""
    actor: str | None = None
    """The name of a position's holder, or of a step's first proposer."""
    rejected: Rejected | None = None
    """The rejected item."""
    faults: tuple[str, ...] = ()
    """The reasons for a re-ask."""
    brief: Brief | None = None
    """The finished brief."""


@dataclass
class Growth:
    """Which items of one streaming brief have been shown."""

    numbered: NumberedArticle
    model: str
    attempt: int = 0
    _whole: int = 0
    _shown: set[str] = field(default_factory=set)

    def of(self, numbered: NumberedArticle) -> Growth:
        """Return the growth of a window of this article; what one window has shown, no other shows again."""
        return self if numbered is self.numbered else Growth(numbered, self.model, _shown=self._shown)

    def started(self, attempt: int, last: str | None = None) -> Iterator[BriefEvent]:
        """Yield the start of a call; for a re-ask, first the faults of the last answer."""
        self.attempt, self._whole = attempt, 0
        if attempt > 1:
            yield self._event(EventKind.RE_ASK, faults=tuple(self._faults(last or "")))
        yield self._event(EventKind.CALL_STARTED)

    def grown(self, text: str) -> Iterator[BriefEvent]:
        """Yield each newly complete item of an unfinished answer that passes the checks.

        Cost: one reading of the text, and one round of checks for each new item; both are linear.
        """
        whole = whole_items(text)
        count = sum(len(whole[name]) for name in _LISTS)
        if count <= self._whole:
            return
        self._whole = count
        try:
            brief = resolve_extraction(_dumped(whole), self.numbered, model=self.model)
        except InvalidExtractionError:
            return
        yield from self._accepted(brief, named=False)

    def finished(self, brief: Brief) -> Iterator[BriefEvent]:
        """Yield the items not shown yet, the rejected ones, and the brief."""
        yield from self._accepted(brief, named=True)
        for rejected in brief.rejected:
            yield self._event(EventKind.ITEM_REJECTED, rejected=rejected)
        yield self._event(EventKind.DONE, brief=brief)

    def _event(self, kind: EventKind, **what: Any) -> BriefEvent:
        article = self.numbered.article
        return BriefEvent(kind, self.model, article.source, self.numbered.part, self.attempt or 1, **what)

    def _accepted(self, brief: Brief, *, named: bool) -> Iterator[BriefEvent]:
        """Yield accepted items once each; actors that only an item named come with the finished brief."""
        names = {actor.id: actor.name for actor in brief.actors}
        items: list[Item] = [*brief.actors, *brief.positions, *brief.next_steps]
        for item in items:
            key = _key(item, names)
            if key not in self._shown and (named or not isinstance(item, Actor) or item.mentions):
                self._shown.add(key)
                yield self._event(EventKind.ITEM_ACCEPTED, item=item, actor=_holder(item, names))

    def _faults(self, answer: str) -> Iterator[str]:
        try:
            read = read_answer(answer)
        except InvalidExtractionError as error:
            yield str(error)
            return
        for rejected in (*read.rejected, *check_extraction(read.extraction, self.numbered).rejected):
            yield from rejected.reasons


def whole_items(text: str) -> dict[str, list[Any]]:
    """Return the complete items of an unfinished answer: all but the last item of the list still being written."""
    try:
        data = from_json(json_in(text), allow_partial=True)
    except ValueError:
        data = {}
    found = data if isinstance(data, dict) else {}
    names = [name for name in found if name in _LISTS or name == "issues"]
    finished = _is_whole(json_in(text))
    whole: dict[str, list[Any]] = {}
    for name in (*_LISTS, "issues"):
        items = found.get(name)
        items = items if isinstance(items, list) else []
        open_list = bool(names) and name == names[-1] and not finished
        whole[name] = items[:-1] if open_list else items
    return whole


def _is_whole(text: str) -> bool:
    try:
        from_json(text)
    except ValueError:
        return False
    return True


def _dumped(whole: dict[str, list[Any]]) -> str:
    import json

    return json.dumps({"summary": "", **whole})


def _key(item: Item, names: dict[str, str]) -> str:
    if isinstance(item, Actor):
        return f"actor {item.name}"
    said = item.statement if isinstance(item, Position) else item.action
    return f"{type(item).__name__} {_holder(item, names)} {said}"


def _holder(item: Item, names: dict[str, str]) -> str | None:
    if isinstance(item, Actor):
        return item.name
    ids = (item.actor,) if isinstance(item, Position) else (*item.proposed_by, *item.actors)
    return next((names[id_] for id_ in ids if id_ in names), None)
