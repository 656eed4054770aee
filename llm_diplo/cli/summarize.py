"""`llm diplo summarize`: articles to briefs."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llm_diplo.cli.options import (
    ASKING,
    ENDINGS,
    JOBS,
    PRINTING,
    DiploCommand,
    explained,
    format_of,
    metadata_of,
    model_of,
    nearest_command,
    reader,
    settings_of,
)

if TYPE_CHECKING:
    from llm_diplo.cli.output import Printer
    from llm_diplo.cli.progress import Progress
    from llm_diplo.models.log import Logbook
    from llm_diplo.models.settings import Settings
    from llm_diplo.text.article import Article


class SummarizeCommand(DiploCommand):
    """Suggests `--output` for `-o brief.html`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and explain a mistaken `-o`."""
        for flag, value in itertools.pairwise(args):
            if flag == "-o" and value.lower().endswith(tuple(ENDINGS)):
                raise click.UsageError(f"-o sets a model option; to write to {value} use --output {value}.", ctx)
        return super().parse_args(ctx, args)


@click.command(cls=SummarizeCommand)
@click.argument("sources", nargs=-1, metavar="SOURCE…")
@click.option("fragments", "-f", "--fragment", multiple=True, metavar="SOURCE", help="Another source, read after the others.")
@click.option("--glob", default="", metavar="PATTERN", help="Which files of a folder to read (default: texts, pages, PDFs).")
@ASKING
@click.option("--force", is_flag=True, help="Let diplo-offline read a text that is not in English.")
@JOBS
@PRINTING
@click.option("-n", "--no-log", is_flag=True, help="Don't log to llm's database.")
@click.option("--log", is_flag=True, help="Log to llm's database even if logging is off.")
@click.option("-d", "--database", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Log to this database.")
@click.option("--estimate", is_flag=True, help="Only print the expected tokens and cost; no model is asked.")
@click.option("-u", "--usage", is_flag=True, help="Print tokens and cost to standard error.")
@click.pass_context
def summarize(ctx: click.Context, /, sources: tuple[str, ...], fragments: tuple[str, ...], **flags: Any) -> None:
    """Summarize each SOURCE and print the brief.

    Only briefs go to standard output. Exit code 0: every source gave a brief; 1: some did not, an answer that was cut lost
    positions, or the input was bad; 2: wrong usage or no such model; 130: interrupted, after printing the finished briefs.
    """
    names = (*sources, *fragments)
    if not names:
        if sys.stdin.isatty():
            click.echo(ctx.parent.get_help() if ctx.parent else ctx.get_help(), err=True)
            ctx.exit(2)
        names = ("-",)
    ctx.exit(_run(ctx, names, flags))


def _run(ctx: click.Context, names: tuple[str, ...], flags: dict[str, Any]) -> int:
    from llm_diplo.cli.interrupt import ended_by_sigterm, run
    from llm_diplo.cli.output import Printer
    from llm_diplo.cli.progress import Growing, Progress

    given, names = names, tuple(file for name in names for file in _files(name, flags["glob"]))
    several = len(names) > 1 or names != given
    format_, metadata = format_of(flags, len(names)), metadata_of(flags)
    for name in filter(partial(nearest_command, ctx), names):
        reader(ctx, name, metadata)()  # a misspelt command is reported before a missing key
    with ExitStack() as closing:
        closing.enter_context(ended_by_sigterm())
        logbook = _logbook(flags, closing)
        progress = closing.enter_context(Progress())
        settings = settings_of(flags, model_of(flags), logbook, progress.call)
        if flags["estimate"]:
            progress.say(_estimate(settings, [reader(ctx, name, metadata) for name in names]))
            return 0
        printer = closing.enter_context(Printer(format_, flags["output"], several=several, sources=names, bom=flags["bom"]))
        if len(names) == 1 and format_ == "markdown" and not flags["output"] and sys.stdout.isatty():
            growing = Growing(progress.pause)
            closing.callback(growing.stop)
            settings = replace(settings, on_event=growing.show)
        readers = [printer.keeping(reader(ctx, name, metadata)) for name in names]
        try:
            return run(_summarize_all(names, readers, settings, flags, printer, progress))
        except KeyboardInterrupt:
            raise KeyboardInterrupt("Interrupted: what was done is printed." if printer.count else "") from None


def _estimate(settings: Settings, readers: list[Callable[[], Article]]) -> str:
    from llm_diplo.corpus.inputs import Entry
    from llm_diplo.corpus.limits import estimated
    from llm_diplo.models.registry import get_model
    from llm_diplo.models.settings import prepared

    plan = prepared(settings, get_model, key=False)
    return f"{plan.first.id}: {estimated([Entry('', '', read) for read in readers], plan)}"


def _files(name: str, glob: str) -> list[str]:
    """Return the files of a folder, or the name itself. Raises `SourceError` for a folder without any."""
    from llm_diplo.sources.read import files_of, no_files

    if not os.path.isdir(name):  # noqa: PTH112
        return [name]
    if found := [str(path) for path in files_of(Path(name), glob)]:
        return found
    raise no_files(Path(name), glob)


async def _summarize_all(
    names: Iterable[str],
    readers: list[Callable[[], Article]],
    settings: Settings,
    flags: dict[str, Any],
    printer: Printer,
    progress: Progress,
) -> int:
    from llm_diplo.corpus.run import summarize_all
    from llm_diplo.errors import DiploError

    failed = 0
    remaining = iter(names)
    async for result in summarize_all(readers, settings, jobs=flags["jobs"]):
        name = next(remaining)
        if isinstance(result, DiploError):
            failed = 1
            progress.say(f"Error: {explained(result)}")
            for note in getattr(result, "__notes__", ()):
                for line in note.splitlines():
                    progress.say(line)
            continue
        progress.pause()
        printer.print(result)
        progress.doubts(name, result)
        if any(notice.item is None and notice.field == "positions" for notice in result.warnings):
            failed = 1  # the answer was cut off, and positions were lost
        if flags["usage"]:
            progress.usage(result)
    return failed


def _logbook(flags: dict[str, Any], closing: ExitStack) -> Logbook | None:
    from llm_diplo.models.log import Logbook, logging_is_on

    if flags["no_log"] and not flags["log"]:
        return None
    if not (flags["log"] or flags["database"] or logging_is_on()):
        return None
    logbook = Logbook(flags["database"])
    closing.callback(logbook.close)
    return logbook
