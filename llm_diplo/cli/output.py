"""Where output goes: the one gate to a terminal, and the one writer of files."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

import click

from llm_diplo.errors import DiploError, OutputError
from llm_diplo.text.injection import inert, inert_json, one_line

if TYPE_CHECKING:
    from rich.markdown import Markdown

    from llm_diplo.schema import Brief
    from llm_diplo.text.article import Article


def show(text: str, *, err: bool = False, json: bool = False) -> None:
    """Write text to standard output or error, to a terminal without control characters."""
    stream = sys.stderr if err else sys.stdout
    if stream.isatty():
        text = inert_json(text) if json else inert(text)
    click.echo(text, nl=False, err=err)


def show_line(text: str) -> None:
    """Write one line to standard error."""
    click.echo(one_line(text), err=True)


class Output:
    """Text for a file, or for standard output without one.

    A regular file is replaced as a whole when all is written, its mode kept; links are followed; anything else (a pipe, a
    device) is opened and written. Use it as a context manager: `keep` says that what was written is wanted.
    """

    def __init__(self, path: Path | None, sources: Iterable[str] = ()) -> None:
        """Open the file. Raises `OutputError` when it cannot be written or is one of `sources`."""
        self.path = path
        self.keep = False
        self._unfinished: Path | None = None
        self._file: IO[str] | None = self._open(path, sources) if path else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._file:
            self._close(self._file)

    @property
    def is_terminal(self) -> bool:
        """Whether the text goes to a terminal."""
        return self._file is None and sys.stdout.isatty()

    def write(self, text: str, *, json: bool = False) -> None:
        """Write text. Raises `OutputError` when there is no room for it."""
        try:
            if self._file:
                self._file.write(text)
                self._file.flush()
            else:
                show(text, json=json)
        except BrokenPipeError:
            raise
        except OSError as error:
            if not self._file:
                _discard_stdout()
            raise self._failure(error) from None
        self.keep = True

    def markdown(self, text: str) -> None:
        """Write Markdown: drawn by rich on a terminal."""
        if not self.is_terminal:
            self.write(text)
            return
        from rich.console import Console

        Console().print(terminal(text))
        self.keep = True

    def _open(self, path: Path, sources: Iterable[str]) -> IO[str]:
        try:
            found = path.stat() if path.exists() else None
            if found and any(_is_file(source, found) for source in sources):
                raise OutputError(f"{path} is a source: choose another file for --output.")
            if found and not stat.S_ISREG(found.st_mode):
                return path.open("w", encoding="utf-8")
            self.path = path.resolve()
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{path.name}.")
            self._unfinished = Path(name)
            self._unfinished.chmod(stat.S_IMODE(found.st_mode) if found else 0o666 & ~_umask())
            return os.fdopen(handle, "w", encoding="utf-8")
        except OSError as error:
            raise self._failure(error) from None

    def _close(self, file: IO[str]) -> None:
        try:
            file.close()
            if self.keep and self.path and self._unfinished:
                self._unfinished.replace(self.path)
        except OSError as error:
            raise self._failure(error) from None
        finally:
            if self._unfinished:
                self._unfinished.unlink(missing_ok=True)

    def _failure(self, error: OSError) -> OutputError:
        return OutputError(f"{self.path or 'Standard output'} cannot be written: {error.strerror or error}.")


_COLLECTED = ("graphml", "mermaid", "jsonld")
"""Formats that are one document of all briefs."""


class Printer:
    """Writes briefs as they come, in one format; a JSON array is closed even when not all came."""

    def __init__(
        self, format_: str, output: Path | None = None, *, several: bool = False, sources: Iterable[str] = (), bom: bool = False
    ) -> None:
        """Raises `OutputError` when `output` cannot be written, before any model is asked.

        `bom` begins a CSV file with a byte order mark.
        """
        self.format = format_
        self.several = several
        self.count = 0
        self.bom = bom
        self._article: Article | None = None
        self._briefs: list[Brief] = []
        self._texts: dict[str, str] = {}
        self._output = Output(output, sources)

    def keep(self, article: Article) -> None:
        """Keep the article of the brief that comes next, for a format that shows its text."""
        if self.format == "html":
            self._article = article
        elif self.format == "jsonld":
            self._texts[article.metadata.text_sha256] = article.text

    def keeping(self, read: Callable[[], Article]) -> Callable[[], Article]:
        """Return a reader that also keeps what it reads."""

        def reading() -> Article:
            article = read()
            self.keep(article)
            return article

        return reading

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with self._output:
            if isinstance(error, DiploError):
                return  # of the whole run: there is nothing to finish
            if self.format == "json" and self.several:
                wanted = self._output.keep
                self._output.write("\n]\n" if self.count else "[]\n")
                self._output.keep = wanted
            elif self._briefs:
                self._print_collected()

    def print(self, brief: Brief) -> None:
        """Write one brief."""
        self.count += 1
        if self.format == "markdown":
            self._print_markdown(brief)
        elif self.format == "html":
            self._print_page(brief)
        elif self.format == "nl":
            self._output.write(brief.model_dump_json() + "\n", json=True)
        elif self.format == "csv":
            self._print_rows(brief)
        elif self.format in _COLLECTED:
            self._briefs.append(brief)
        elif self.several:
            self._output.write(("[\n" if self.count == 1 else ",\n") + brief.model_dump_json(indent=2), json=True)
        else:
            self._output.write(brief.model_dump_json(indent=2) + "\n", json=True)

    def _print_rows(self, brief: Brief) -> None:
        from llm_diplo.render.tables import csv_table

        first = self.count == 1
        self._output.write(csv_table([brief], header=first, bom=self.bom and first))

    def _print_collected(self) -> None:
        from llm_diplo.render.graph import graphml, mermaid
        from llm_diplo.render.linked import jsonld

        if self.format == "jsonld":
            self._output.write(jsonld(self._briefs, self._texts), json=True)
        else:
            self._output.write({"graphml": graphml, "mermaid": mermaid}[self.format](self._briefs))

    def _print_markdown(self, brief: Brief) -> None:
        from llm_diplo.render.markdown import markdown

        apart = "\n" if self.count > 1 and not self._output.is_terminal else ""
        self._output.markdown(apart + markdown(brief))

    def _print_page(self, brief: Brief) -> None:
        from llm_diplo.render.evidence import evidence_page

        if not self._article:
            raise OutputError("--format html shows the article beside its brief: name the article with --against.")
        self._output.write(evidence_page(brief, self._article))


def write_text(
    text: str, path: Path | None, *, markdown: bool = False, json: bool = False, sources: Iterable[str] = ()
) -> None:
    """Write a whole text to a file or standard output. Raises `OutputError` when that fails; the old file then stays."""
    with Output(path, sources) as output:
        output.markdown(text) if markdown else output.write(text, json=json)


def terminal(text: str) -> Markdown:
    """Return what rich draws for Markdown; no link in it can be followed."""
    from rich.markdown import Markdown

    return Markdown(inert(text), hyperlinks=False)


def _is_file(source: str, found: os.stat_result) -> bool:
    try:
        return os.path.samestat(Path(source).stat(), found)
    except (OSError, ValueError):
        return False


def _discard_stdout() -> None:
    """Throw away what is still buffered: it would fail again, with a traceback, when the interpreter ends."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
