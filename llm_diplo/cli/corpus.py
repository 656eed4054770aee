"""`llm diplo corpus`: many sources into a database of briefs."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llm_diplo.cli.batch import batch_options, cancel_batches, check_flags, print_batches, run_rounds
from llm_diplo.cli.options import (
    ASKING,
    DiploCommand,
    metadata_of,
    model_of,
    named,
    settings_of,
    with_options,
)
from llm_diplo.process import INTERRUPTED

if TYPE_CHECKING:
    from llm_diplo.cli.tally import Tally
    from llm_diplo.corpus.collect import RunOptions
    from llm_diplo.corpus.inputs import Entry
    from llm_diplo.corpus.journal import Journal
    from llm_diplo.corpus.limits import Budget, Estimate
    from llm_diplo.corpus.store import Store
    from llm_diplo.models.settings import Plan

ASK_ABOVE_USD = 1.0
ASK_ABOVE_TOKENS = 1_000_000
"""The expected cost above which you are asked first: in dollars, or in tokens if the price is unknown."""

_WITHOUT_SOURCES = ("status", "export", "datasette_metadata", "batch", "batch_status", "batch_cancel")
_COLUMNS = ("text", "id", "date", "speaker", "headline", "author", "publisher", "url", "language")


class _Budget(click.ParamType):  # type: ignore[type-arg]
    name = "AMOUNT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Budget:
        from llm_diplo.corpus.limits import Budget

        try:
            return Budget.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _column_option(name: str) -> Callable[..., Any]:
    help_ = f"Column or key that holds the {name} (CSV, JSON lines, Parquet)."
    return click.option(f"column_{name}", f"--{name}-key", metavar="NAME", help=help_)


@click.command(cls=DiploCommand)
@click.argument("sources", nargs=-1, metavar="SOURCE…")
@click.option("--db", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE", help="The database.")
@click.option("--glob", metavar="PATTERN", help="Which files of a folder to read (default: all that can be read).")
@with_options(*map(_column_option, _COLUMNS))
@ASKING
@click.option("-j", "--jobs", type=click.IntRange(1, 500), default=8, show_default=True, help="The most sources at once.")
@click.option("--rpm", type=click.IntRange(1), metavar="N", help="The most requests a minute.")
@click.option("--tpm", type=click.IntRange(1), metavar="N", help="The most tokens a minute, answers included.")
@click.option("--timeout", type=click.FloatRange(1), metavar="SECONDS", help="Cut off a slower call and try again.")
@click.option("--budget", type=_Budget(), help="Stop before the run costs more: 5usd or 2Mtok.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before an expensive run.")
@click.option("--no-dedupe", is_flag=True, help="Make a brief of each near-identical text, such as wire copies.")
@click.option("--retry-failed", is_flag=True, help="Try again the sources that failed.")
@click.option("--force", is_flag=True, help="Make all briefs again, also those that are done.")
@batch_options
@click.option("--dry-run", is_flag=True, help="Print count, duplicates, tokens, cost and time; ask no model.")
@click.option("--status", is_flag=True, help="Only print what is in the database, by state and error; takes no SOURCE.")
@click.option("--export", type=click.File("w", encoding="utf-8", lazy=True), metavar="FILE", help="Write all as JSON lines.")
@click.option(
    "import_",
    "--import",
    type=click.Path(exists=True, allow_dash=True),
    metavar="FILE",
    help="Read JSON lines of --export, or Parquet of summarize_dataset.",
)
@click.option(
    "--datasette-metadata",
    type=click.File("w", encoding="utf-8", lazy=True),
    metavar="FILE",
    help="Write Datasette's metadata file.",
)
@click.option("--log", is_flag=True, help="Log to llm's database, too.")
@click.pass_context
def corpus(ctx: click.Context, /, sources: tuple[str, ...], **flags: Any) -> None:
    """Summarize many sources into a database, resumably.

    A SOURCE is a file, a folder, a URL, an RSS or Atom feed, JSON lines or CSV (also gzipped), Parquet, or - for one path
    or URL per line. Running the same command again goes on where it stopped and pays for nothing twice.

    Exit code 0: every source has a brief; 1: some do not; 2: wrong usage; 130: interrupted.

    Example: llm diplo corpus articles/ --db diplo.db -j 20 --budget 5usd
    """
    code = _corpus(ctx, sources, flags)
    if code == INTERRUPTED:
        raise KeyboardInterrupt("Interrupted: run the same command again to continue.")
    ctx.exit(code)


def _corpus(ctx: click.Context, sources: tuple[str, ...], flags: dict[str, Any]) -> int:
    from llm_diplo.corpus.store import Store

    check_flags(flags)
    path, only_reads = flags["db"], not (sources or flags["import_"])
    if only_reads and not any(flags[name] for name in _WITHOUT_SOURCES):
        raise click.UsageError("Missing argument 'SOURCE…'.", ctx)
    if flags["status"] and sources:
        raise click.UsageError("--status prints what is in the database: leave out the sources, or --status.", ctx)
    if flags["dry_run"]:
        _dry_run(sources, flags)
        return 0
    with Store(path, must_exist=only_reads) as store:
        code = 0
        if flags["import_"]:
            _import(store, flags["import_"])
        if flags["batch_cancel"]:
            cancel_batches(store, flags["key"])
        if sources or flags["batch"]:
            code = _run(store, sources, flags)
        if flags["export"]:
            _export(store, flags["export"])
        if flags["datasette_metadata"]:
            _write_metadata(path, flags["datasette_metadata"])
        if flags["status"]:
            _print_status(store)
        if flags["batch_status"]:
            print_batches(store, flags["key"])
    return code


def _entries(sources: tuple[str, ...], flags: dict[str, Any]) -> Iterator[Entry]:
    from llm_diplo.corpus.inputs import Columns, entries

    columns = Columns(**{name: flags[f"column_{name}"] for name in _COLUMNS})
    return entries(sources, columns=columns, glob=flags["glob"], **metadata_of(flags))


def _plan(flags: dict[str, Any], closing: ExitStack) -> Plan:
    """The models and what they are asked, all of it checked."""
    from llm_diplo.models.answers import batch_prices
    from llm_diplo.models.log import Logbook
    from llm_diplo.models.registry import get_async_or_sync_model
    from llm_diplo.models.settings import prepared

    logbook = None
    if flags["batch"]:
        closing.enter_context(batch_prices())
    if flags["log"]:
        logbook = Logbook()
        closing.callback(logbook.close)
    settings = settings_of({**flags, "force": False}, model_of(flags), logbook, lambda model, attempt: None)
    return prepared(settings, get_async_or_sync_model, key=not flags["dry_run"])


def _run(store: Store, sources: tuple[str, ...], flags: dict[str, Any]) -> int:
    from llm_diplo.cli.interrupt import run
    from llm_diplo.cli.tally import Tally
    from llm_diplo.corpus.batch import BatchJournal
    from llm_diplo.corpus.collect import run_facts, settings_key
    from llm_diplo.corpus.journal import Journal

    with ExitStack() as closing:
        plan = _plan(flags, closing)
        found = _entries(sources, flags)  # sources that cannot be read are reported before any model is asked
        estimate = _estimate(sources, flags, plan)
        options = _options(flags, plan, estimate)
        tally = Tally(estimate.count if estimate else None)
        journal = (BatchJournal if flags["batch"] else Journal)(store, settings_key(plan), tally.paid)
        closing.enter_context(journal.running(run_facts(plan)))
        closing.enter_context(tally)
        options.budget.spent = tally.spent

        def work(entries: Iterable[Entry], options: RunOptions) -> None:
            run(_collect(entries, journal, plan, options, tally))

        try:
            if isinstance(journal, BatchJournal):
                return run_rounds(found, plan, journal, options, flags, tally, work)
            work(found, options)
        except (KeyboardInterrupt, asyncio.CancelledError):
            tally.say("Stopped at once: what was in flight is pending.")
            return INTERRUPTED
    if tally.is_interrupted:
        return INTERRUPTED
    if options.budget.is_spent and options.budget.is_limited:
        tally.say(f"The budget of {options.budget} is spent: run the same command with a larger one to continue.")
        return 1
    return 1 if tally.has_failed else 0


async def _collect(found: Iterable[Entry], journal: Journal, plan: Plan, options: RunOptions, tally: Tally) -> None:
    from llm_diplo.cli.interrupt import in_two_steps
    from llm_diplo.corpus.collect import collect

    ticking = asyncio.create_task(tally.tick())
    with in_two_steps(options.stopping, tally.interrupt):
        try:
            async for outcome in collect(found, journal, plan, options):
                tally.add(outcome)
        finally:
            ticking.cancel()


def _options(flags: dict[str, Any], plan: Plan, estimate: Estimate | None) -> RunOptions:
    from llm_diplo.corpus.collect import RunOptions
    from llm_diplo.corpus.limits import Budget, Rates, price_usd

    budget = flags["budget"] or Budget()
    if budget.usd is not None and price_usd(plan, 1, 1) is None:
        raise click.UsageError(f"The price of {plan.first.id} is unknown: give a budget in tokens, as --budget 2Mtok.")
    if estimate:
        budget.expected = estimate.each
        _ask(estimate, plan, flags)
    return RunOptions(
        jobs=flags["jobs"],
        timeout=flags["timeout"],
        dedupe=not flags["no_dedupe"],
        retry_failed=flags["retry_failed"],
        force=flags["force"],
        rates=Rates(flags["rpm"], flags["tpm"]),
        budget=budget,
    )


def _estimate(sources: tuple[str, ...], flags: dict[str, Any], plan: Plan) -> Estimate | None:
    """What the run may cost; None if only standard input or the network could tell."""
    from llm_diplo.corpus.limits import estimated
    from llm_diplo.sources.web import is_url

    if any(source == "-" or is_url(source) for source in sources):
        return None
    return estimated(_entries(sources, flags), plan)


def _ask(estimate: Estimate, plan: Plan, flags: dict[str, Any]) -> None:
    """Ask before an expensive run, on a terminal."""
    total = estimate.total
    above = total.usd > ASK_ABOVE_USD if total.usd else total.tokens > ASK_ABOVE_TOKENS
    if above and plan.first.model.needs_key and not flags["yes"] and sys.stdin.isatty() and sys.stderr.isatty():
        click.confirm(f"{estimate.count:,} sources, at most {estimate}. Go on?", err=True, abort=True)


def _dry_run(sources: tuple[str, ...], flags: dict[str, Any]) -> None:
    from llm_diplo.corpus.collect import settings_key
    from llm_diplo.corpus.journal import Journal
    from llm_diplo.corpus.limits import previewed
    from llm_diplo.corpus.store import Store

    with ExitStack() as closing:
        plan, path = _plan(flags, closing), flags["db"]
        journal = Journal(closing.enter_context(Store(path)), settings_key(plan)) if path.exists() else None
        preview = previewed(_entries(sources, flags), plan, journal, dedupe=not flags["no_dedupe"])
    for line in preview.lines(flags["jobs"]):
        click.echo(line)


def _print_status(store: Store) -> None:
    from llm_diplo.cli.output import show

    states = store.rows("select state, count(*) as n from sources group by state order by n desc")
    for row in states:
        click.echo(f"{row['n']:>8,} {row['state']}")
    errors = store.rows(
        """select state, error_kind, count(*) as n, min(name) as name, error from sources
        where error is not null group by state, error_kind order by n desc"""
    )
    for row in errors:
        show(f"{row['n']:>8,} {row['state']}, {row['error_kind']}: such as {named(row['name'], row['error'])}\n")


def _export(store: Store, file: Any) -> None:
    from llm_diplo.corpus.exchange import exported

    for line in exported(store):
        file.write(line + "\n")


def _import(store: Store, name: str) -> None:
    from llm_diplo.corpus.exchange import imported, imported_rows

    path = Path(name)
    if path.is_dir() or path.suffix == ".parquet":
        click.echo(f"{len(Counter(imported_rows(store, path))):,} sources imported.", err=True)
        return
    with click.open_file(name, encoding="utf-8") as file:
        count = Counter(imported(store, enumerate(file, start=1), "standard input" if name == "-" else name))
    click.echo(f"{len(count):,} sources imported.", err=True)


def _write_metadata(path: Path, file: Any) -> None:
    from llm_diplo.corpus.tables import metadata

    file.write(json.dumps(metadata(path.stem), indent=2, ensure_ascii=False) + "\n")
