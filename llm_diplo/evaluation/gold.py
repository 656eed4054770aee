"""Gold documents: one JSON object per line, with one or more layers. Offsets are code points, half-open."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from llm_diplo.errors import SourceError

Pair = tuple[int, int]


class _Layer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class GoldActor(_Layer):
    """An actor that the text names."""

    name: str
    type: str | None = None
    aliases: tuple[str, ...] = ()
    country: str | None = None
    named: bool = True
    salient: bool = False


class GoldQuote(_Layer):
    """An attribution (PARC 3.0): what is said, and by whom."""

    speaker: str | None = None
    speaker_kind: str | None = None
    type: Literal["direct", "indirect", "mixed"] | None = None
    """A quote without a type is not an attribution and is not scored."""
    text: str | None = None
    start: int = 0
    end: int = 0
    spans: tuple[Pair, ...] = ()

    @model_validator(mode="after")
    def _spans_given(self) -> GoldQuote:
        if not self.spans:
            object.__setattr__(self, "spans", ((self.start, self.end),))
        return self


class GoldPosition(_Layer):
    """Who is for or against something, and where the text says so."""

    actor: str
    stance: str
    start: int
    end: int


class GoldStep(_Layer):
    """What may come, who put it forward, and where the text says so."""

    actor: str
    start: int
    end: int
    commitment: str | None = None
    event: str | None = None
    actors: tuple[str, ...] = ()
    """Others of whom each is right, too."""
    optional: bool = False
    """Whether it is right to show it and no fault to leave it out."""


class GoldEvent(_Layer):
    """The event that a sentence describes: a CAMEO or PLOVER code."""

    code: str | None = None


class GoldDocument(_Layer):
    """One line of a gold file."""

    id: str
    text: str = Field(min_length=1)
    title: str | None = None
    date: str | None = None
    speaker: str | None = None
    actors: tuple[GoldActor, ...] = ()
    quotes: tuple[GoldQuote, ...] = ()
    positions: tuple[GoldPosition, ...] = ()
    next_steps: tuple[GoldStep, ...] = ()
    events: tuple[GoldEvent, ...] = ()

    @model_validator(mode="after")
    def _offsets_are_in_the_text(self) -> GoldDocument:
        spans = [span for quote in self.quotes for span in quote.spans]
        spans += [(position.start, position.end) for position in self.positions]
        spans += [(step.start, step.end) for step in self.next_steps]
        wrong = next((span for span in spans if not 0 <= span[0] < span[1] <= len(self.text)), None)
        if wrong:
            raise ValueError(f"offsets {wrong[0]} to {wrong[1]} are not in the text")
        for quote in self.quotes:
            if quote.text is not None and quote.end and self.text[quote.start : quote.end] != quote.text:
                raise ValueError(f"the text at {quote.start} to {quote.end} is not the quote's")
        return self

    @property
    def scored_actors(self) -> tuple[GoldActor, ...]:
        """Named actors; places, and sources that are only mentioned, are not scored."""
        return tuple(actor for actor in self.actors if actor.named and actor.type not in {"source_mention", "place"})

    @property
    def scored_quotes(self) -> tuple[GoldQuote, ...]:
        """Attributions: quotes whose type is given."""
        return tuple(quote for quote in self.quotes if quote.type)


def read_gold(lines: Iterable[str]) -> tuple[list[GoldDocument], list[str]]:
    """Read gold lines; return the documents, and for each line that is not valid a sentence with its number.

    Raises `SourceError` if no line is a document.
    """
    documents, problems = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            documents.append(GoldDocument.model_validate(json.loads(line)))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            problems.append(f"line {number}: {place + ': ' if place else ''}{first['msg'].removeprefix('Value error, ')}")
        except ValueError as error:
            problems.append(f"line {number}: not JSON: {error}")
    if not documents:
        raise SourceError(f"No line is a gold document. {'; '.join(problems[:3]) or 'The file is empty.'}")
    return documents, problems


def facts(document: GoldDocument) -> dict[str, Any]:
    """Return what a gold line says about its article, as article metadata."""
    return {"headline": document.title, "date_published": _iso(document.date), "speaker": document.speaker}


def _iso(date: str | None) -> str | None:
    """“19950101” and “1995-01-01” alike."""
    if date and len(date) == 8 and date.isdigit():
        return f"{date[:4]}-{date[4:6]}-{date[6:]}"
    return date
