"""Progress on standard error while briefs are made, and a brief on the terminal as it streams in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from llm_diplo.cli.output import show_line
from llm_diplo.schema import Actor, Brief, NextStep, Position
from llm_diplo.text.injection import one_line

if TYPE_CHECKING:
    from llm_diplo.brief.stream import BriefEvent


class Growing:
    """A streaming brief on a terminal: each item as soon as it is whole and grounded. Removed when the brief is finished."""

    def __init__(self, pause: Callable[[], None]) -> None:
        """`pause` removes the spinner from the terminal."""
        self.pause = pause
        self.lines: list[str] = []
        self._live: Any = None

    def show(self, event: BriefEvent) -> None:
        """Draw one more item; clear the terminal when the brief is finished."""
        from llm_diplo.brief.stream import EventKind

        if event.kind is EventKind.DONE:
            self.stop()
        elif event.kind is EventKind.RE_ASK:
            self.lines.append("… asking again")
        elif event.kind is EventKind.ITEM_ACCEPTED:
            self.pause()
            self.lines.append(item_line(event))
        if self.lines and event.kind is not EventKind.DONE:
            self._draw()

    def stop(self) -> None:
        """Remove the streaming brief from the terminal."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _draw(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        if self._live is None:
            self._live = Live(console=Console(), transient=True, auto_refresh=False)
            self._live.start()
        room = max(3, self._live.console.height - 2)
        self._live.update(Text("\n".join(self.lines[-room:]), overflow="ellipsis", no_wrap=True), refresh=True)


class Progress:
    """Progress on standard error: which call is running (on a terminal), errors, doubts, usage."""

    def __init__(self) -> None:
        self._status: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.pause()

    def call(self, model: str, attempt: int) -> None:
        """Show that a call is running."""
        if not sys.stderr.isatty():
            return
        text = f"asking {model}" + (f", try {attempt}" if attempt > 1 else "") + " …"
        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True).status(text)
            self._status.start()
        else:
            self._status.update(text)

    def pause(self) -> None:
        """Remove the spinner, so that other output can be printed."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def say(self, text: str) -> None:
        """Print one line."""
        self.pause()
        show_line(text)

    def doubts(self, name: str, brief: Brief) -> None:
        """Print a warning for the rejected items, one for each notice about the whole brief, and one if nothing was found."""
        if brief.rejected:
            reason = brief.rejected[0].reasons[0]
            more = f" and {len(brief.rejected) - 1} more" if len(brief.rejected) > 1 else ""
            left = "" if brief.positions or brief.next_steps or brief.actors else " everything in the answer"
            self.say(f"Warning: {name}: rejected{left}: {reason}{more}; see “rejected” in the output of `--json`.")
        for warning in brief.warnings:
            if warning.item is None:
                self.say(f"Warning: {name}: {warning.reason}")
        if not (brief.positions or brief.next_steps or brief.rejected):
            self.say(f"Warning: {name}: {brief.provenance.model} found no position and no next step.")

    def usage(self, brief: Brief) -> None:
        """Print tokens, and the cost if it is known."""
        made = brief.provenance
        if made.input_tokens is None or made.output_tokens is None:
            self.say("Token usage: not reported by this model")
            return
        cost = f", ${made.cost_usd:.4f}" if made.cost_usd is not None else ""
        self.say(f"Token usage: {made.input_tokens:,} input, {made.output_tokens:,} output{cost}")


def item_line(event: BriefEvent) -> str:
    """Return an accepted item as one inert line."""
    item = event.item
    if isinstance(item, Actor):
        kind = item.type.replace("_", " ")
        return one_line(f"{item.name} ({kind})")
    units = ", ".join(str(part.unit) for part in item.evidence) if item else ""
    if isinstance(item, Position):
        return one_line(f"  {event.actor}: {item.stance.value} · {item.statement} [{units}]")
    if isinstance(item, NextStep):
        return one_line(f"  → {item.action} · {item.commitment.value} [{units}]")
    return ""
