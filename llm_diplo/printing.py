"""Where briefs and news about them go: briefs to standard output or a file, all else to standard error."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

import click

from llm_diplo.errors import OutputError
from llm_diplo.render.inert import one_line
from llm_diplo.schema import Brief

if TYPE_CHECKING:
    from llm_diplo.growth import BriefEvent


class Printer:
    """Writes briefs as they come, in one format; a JSON array is closed even when not all came."""

    def __init__(self, format_: str, output: Path | None = None, *, several: bool = False) -> None:
        """Raises `OutputError` when `output` cannot be written, before any model is asked."""
        self.format = format_
        self.several = several
        self.count = 0
        self.output = output
        self._file: IO[str] | None = self._open(output) if output else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.format == "json" and self.several:
            self._write("\n]\n" if self.count else "[]\n")
        if self._file:
            self._finish(self._file)

    def print(self, brief: Brief) -> None:
        """Write one brief."""
        self.count += 1
        if self.format == "markdown":
            self._print_markdown(brief)
        elif self.format == "nl":
            self._write(brief.model_dump_json() + "\n")
        elif self.several:
            self._write(("[\n" if self.count == 1 else ",\n") + brief.model_dump_json(indent=2))
        else:
            self._write(brief.model_dump_json(indent=2) + "\n")

    def _print_markdown(self, brief: Brief) -> None:
        from llm_diplo.render.markdown import markdown

        text = markdown(brief)
        if self._file or not sys.stdout.isatty():
            self._write(("\n" if self.count > 1 else "") + text)
        else:
            print_markdown(text)

    def _write(self, text: str) -> None:
        try:
            if self._file:
                self._file.write(text)
                self._file.flush()
            else:
                click.echo(text, nl=False)
        except BrokenPipeError:
            raise
        except OSError as error:
            if not self._file:
                _discard_stdout()
            raise self._failure(error) from None

    def _open(self, output: Path) -> IO[str]:
        """Open a new file beside the old one, which stays until all is written."""
        try:
            handle, self._unfinished = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
            return os.fdopen(handle, "w", encoding="utf-8")
        except OSError as error:
            raise self._failure(error) from None

    def _finish(self, file: IO[str]) -> None:
        try:
            file.close()
            if self.count and self.output:
                Path(self._unfinished).chmod(0o666 & ~_umask())
                Path(self._unfinished).replace(self.output)
        except OSError as error:
            raise self._failure(error) from None
        finally:
            Path(self._unfinished).unlink(missing_ok=True)

    def _failure(self, error: OSError) -> OutputError:
        return OutputError(f"{self.output or 'Standard output'} cannot be written: {error.strerror or error}.")


class Growing:
    """A brief on a terminal while it is written: each item as soon as it is whole and grounded. Gone when it is done."""

    def __init__(self, pause: Callable[[], None]) -> None:
        """`pause` takes other moving things off the terminal."""
        self.pause = pause
        self.lines: list[str] = []
        self._live: Any = None

    def show(self, event: BriefEvent) -> None:
        """Draw one more item; at the end leave the terminal free for the brief."""
        from llm_diplo.growth import EventKind
        from llm_diplo.render.growing import item_line

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
        """Take what has grown off the terminal."""
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


def write_text(text: str, output: Path | None, *, markdown: bool = False) -> None:
    """Write a whole text to a file or standard output. Raises `OutputError` when the file cannot be written."""
    if output is None:
        print_markdown(text) if markdown else click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror or error}.") from None


def print_markdown(text: str) -> None:
    """Print Markdown: drawn by rich on a terminal, plain in a pipe."""
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    from rich.console import Console

    from llm_diplo.render.terminal import terminal

    Console().print(terminal(text))


def _discard_stdout() -> None:
    """Send what is still buffered nowhere: it would fail again, with a traceback, when the interpreter ends."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class Progress:
    """News on standard error: which call is running (on a terminal), errors, doubts, usage."""

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
        """Take the spinner away, so that other output can be printed."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def say(self, text: str) -> None:
        """Print one line."""
        self.pause()
        click.echo(one_line(text), err=True)

    def doubts(self, name: str, brief: Brief) -> None:
        """Say in one line each what was set aside and what concerns the whole brief."""
        if brief.rejected:
            reason = brief.rejected[0].reasons[0]
            more = f" and {len(brief.rejected) - 1} more" if len(brief.rejected) > 1 else ""
            left = "" if brief.positions or brief.next_steps or brief.actors else ": nothing is left of the answer"
            self.say(f"Warning: {name}: set aside{left}: {reason}{more}; `--json` shows all under “rejected”.")
        for warning in brief.warnings:
            if warning.item is None:
                self.say(f"Warning: {name}: {warning.reason}")

    def usage(self, brief: Brief) -> None:
        """Print tokens and, where it is known, cost."""
        made = brief.provenance
        if made.input_tokens is None or made.output_tokens is None:
            self.say("Token usage: not told by this model")
            return
        cost = f", ${made.cost_usd:.4f}" if made.cost_usd is not None else ""
        self.say(f"Token usage: {made.input_tokens:,} input, {made.output_tokens:,} output{cost}")
