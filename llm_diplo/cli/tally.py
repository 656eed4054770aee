"""The progress of a corpus run on standard error: a bar on a terminal, else a plain line now and then."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from types import TracebackType
from typing import Any, Self

from llm_diplo.cli.options import explained, named
from llm_diplo.cli.output import show_line
from llm_diplo.corpus.collect import Outcome
from llm_diplo.corpus.journal import State
from llm_diplo.corpus.limits import Spent
from llm_diplo.errors import UnansweredError
from llm_diplo.models.answers import Answer, cost_usd

EVERY = 10.0
"""Seconds between two lines without a terminal."""


class Tally:
    """What became of the sources so far, and what it cost."""

    def __init__(self, total: int | None) -> None:
        """`total` is how many sources there are, if that is known."""
        self.total = total
        self.begun = time.monotonic()
        self.states: Counter[State] = Counter()
        self.reasons: Counter[str] = Counter()
        self.already = 0
        self.is_interrupted = False
        self.spent = Spent()
        self._bar: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = _bar(self.total)
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None
        show_line(self.line())

    @property
    def has_failed(self) -> bool:
        """Whether a source has no brief."""
        return any(self.states[state] for state in (State.FAILED, State.SKIPPED, State.PENDING))

    def paid(self, model: str, answer: Answer) -> float | None:
        """Count an answer; returns what it cost in US dollars, if known."""
        cost = cost_usd(answer.resolved_model or model, answer.input_tokens, answer.output_tokens)
        self.spent.add((answer.input_tokens or 0) + (answer.output_tokens or 0), cost)
        return cost

    def add(self, outcome: Outcome) -> None:
        """Count a source, and print what went wrong with it. One that waits for its batch is counted when that has ended."""
        if isinstance(outcome.error, UnansweredError):
            return
        self.states[outcome.state] += 1
        self.already += not outcome.is_new
        if outcome.error:
            self.reasons[type(outcome.error).__name__] += 1
            if outcome.is_new:
                self.say(f"{outcome.state.value}: {named(outcome.name, explained(outcome.error))}")
        if self._bar:
            self._bar.update(self._bar.task_ids[0], advance=1, description=self.line())

    async def tick(self) -> None:
        """Print a line every ten seconds, without a terminal."""
        while True:
            await asyncio.sleep(EVERY)
            if not self._bar:
                show_line(self.line())

    def say(self, text: str) -> None:
        """Print one line above the bar."""
        if self._bar:
            self._bar.console.print(text, markup=False, highlight=False)
        else:
            show_line(text)

    def interrupt(self) -> None:
        """Note that the user pressed Ctrl-C, and say what it does."""
        self.is_interrupted = True
        self.say("Interrupted: what is in flight is finished first; Ctrl-C again stops at once.")

    def line(self) -> str:
        """One line: how many, how fast, for how much."""
        seconds = time.monotonic() - self.begun
        parts = [f"{self.states[state]:,} {state.value}" for state in State if self.states[state]] or ["nothing done"]
        if self.already:
            parts.append(f"{self.already:,} of these before")
        if self.reasons:
            parts.append("errors: " + ", ".join(f"{count:,} {name}" for name, count in self.reasons.most_common()))
        new = sum(self.states.values()) - self.already
        parts.append(f"{new / seconds:.1f} a second" if seconds > 0 else "")
        if self.spent.tokens:
            parts.append(f"{self.spent.tokens:,} tokens")
        if self.spent.usd:
            parts.append(f"${self.spent.usd:.4f}")
        return " · ".join(filter(None, parts))


def _bar(total: int | None) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    line = TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"))
    columns = (BarColumn(20), MofNCompleteColumn(), TimeRemainingColumn(), line)
    bar = Progress(*columns, console=Console(stderr=True), refresh_per_second=4, expand=True, transient=True)
    bar.add_task("", total=total)
    return bar
