"""What the checks work with: items under review, the context they are checked against, and the faults and doubts found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel

from llm_diplo.brief.extraction import ExtractedActor, ExtractedPosition, ExtractedStep
from llm_diplo.brief.parties import Parties
from llm_diplo.brief.wording import Wording
from llm_diplo.schema import Notice, Rejected

Item = TypeVar("Item")


@dataclass(frozen=True)
class Fault:
    """What is wrong with an item."""

    field: str | None
    """The field of the extraction that is at fault."""
    reason: str
    cure: str = ""
    """What would mend it."""


@dataclass(frozen=True)
class Doubt:
    """A value that an item can lose and stay; it becomes a warning."""

    field: str
    value: str | None
    """What the model wrote there."""
    reason: str
    change: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """The fields that change, with their new values."""


@dataclass
class Reviewed(Generic[Item]):
    """One item, repaired, with what the checks found; `refs` are indices of actors by field."""

    kind: str
    """`actor`, `position`, `next_step` or `summary`."""
    number: int
    """Its place in its list of the answer, from 1; 0 for the summary and for an actor who was not listed."""
    item: Item
    given: dict[str, Any]
    """The item as the model gave it."""
    faults: list[Fault] = dataclasses.field(default_factory=list)
    warnings: list[Notice] = dataclasses.field(default_factory=list)
    refs: dict[str, list[int]] = dataclasses.field(default_factory=dict)

    def note(self, finding: Fault | Doubt) -> None:
        """Note what a check found, and change the item as it says."""
        if isinstance(finding, Fault):
            self.faults.append(finding)
            return
        self.warnings.append(Notice(field=finding.field, value=finding.value, reason=finding.reason))
        if isinstance(self.item, BaseModel):
            self.item = self.item.model_copy(update=dict(finding.change))


@dataclass
class Checked:
    """A reviewed extraction: sound items, and those that were rejected."""

    summary: str
    issues: list[str]
    actors: list[Reviewed[ExtractedActor]]
    positions: list[Reviewed[ExtractedPosition]]
    next_steps: list[Reviewed[ExtractedStep]]
    reviewed: list[Reviewed[Any]]
    """Every item of the answer, the rejected ones included."""
    warnings: list[Notice] = dataclasses.field(default_factory=list)
    """What concerns no single item."""

    @property
    def rejected(self) -> list[Rejected]:
        """The items that have faults."""
        return [
            Rejected(kind=review.kind, item=review.given, reasons=tuple(fault.reason for fault in review.faults))
            for review in self.reviewed
            if review.faults
        ]

    @property
    def faults(self) -> list[str]:
        """Every fault, one line each, with the item's kind and its place in the answer, from 1."""
        return [f"{review.kind} {review.number}: {fault.reason}" for review in self.reviewed for fault in review.faults]

    @property
    def sound(self) -> int:
        """How many items passed."""
        return len(self.actors) + len(self.positions) + len(self.next_steps)


@dataclass(frozen=True)
class Context:
    """What items are checked against."""

    wording: Wording
    parties: Parties
    issues: tuple[str, ...] = ()
    found: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """The actor that each reference means, as an index of `parties`; a reference that means nobody is left out."""

    @property
    def units(self) -> Sequence[int]:
        """The numbers of the units that the model was shown."""
        return self.wording.numbered.shown

    @cached_property
    def quotations(self) -> Sequence[int]:
        """The numbers of the quotations that the model was shown."""
        return tuple(quotation.number for quotation in self.wording.numbered.quotations_shown)


Finding: TypeAlias = Fault | Doubt
Check: TypeAlias = Callable[[Reviewed[Any], Context], Iterable[Finding]]
