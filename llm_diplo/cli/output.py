"""Where briefs and news about them go: briefs to standard output or a file, all else to standard error."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

import click

from llm_diplo.errors import OutputError
from llm_diplo.schema import Brief

if TYPE_CHECKING:
    from rich.markdown import Markdown

if TYPE_CHECKING:
    pass


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

    Console().print(terminal(text))


def _discard_stdout() -> None:
    """Send what is still buffered nowhere: it would fail again, with a traceback, when the interpreter ends."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def terminal(text: str) -> Markdown:
    """Return what rich prints for Markdown; no link in it can be followed."""
    from rich.markdown import Markdown

    return Markdown(text, hyperlinks=False)
