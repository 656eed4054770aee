"""`llm diplo corpus --batch`: its flags, and how they change a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from llm_diplo.cli.options import with_options
from llm_diplo.process import INTERRUPTED

if TYPE_CHECKING:
    from llm_diplo.cli.tally import Tally
    from llm_diplo.corpus.batch import BatchJournal
    from llm_diplo.corpus.collect import RunOptions
    from llm_diplo.corpus.inputs import Entry
    from llm_diplo.corpus.store import Store
    from llm_diplo.models.settings import Plan

batch_options = with_options(
    click.option("--batch", is_flag=True, help="Ask through the provider's Batch API, for half the price; see docs/scale.md."),
    click.option("--no-wait", is_flag=True, help="With --batch: submit and return; the same command goes on later."),
    click.option("--rounds", type=click.IntRange(1), default=4, show_default=True, help="The most times a request is sent."),
    click.option("--batch-status", is_flag=True, help="Ask the provider for the state of the batches, and print it."),
    click.option("--batch-cancel", is_flag=True, help="Cancel all batches at the provider."),
    click.option("--poll", type=click.FloatRange(0), default=60, envvar="DIPLO_BATCH_POLL", hidden=True),
)


def check_flags(flags: dict[str, Any]) -> None:
    """Raise `click.UsageError` for what batches cannot do."""
    if flags["batch"] and (name := next((name for name in ("force", "log") if flags[name]), None)):
        why = {"force": "as it is run again and again: name another database", "log": "as its answers are in the database"}
        raise click.UsageError(f"--{name} does not go with --batch, {why[name]}.")
    if flags["no_wait"] and not flags["batch"]:
        raise click.UsageError("--no-wait goes with --batch.")


def run_rounds(
    found: Iterable[Entry],
    plan: Plan,
    journal: BatchJournal,
    options: RunOptions,
    flags: dict[str, Any],
    tally: Tally,
    work: Callable[[Iterable[Entry], RunOptions], None],
) -> int:
    """Run a corpus in batches; returns the exit code. Standard error says what is left to do."""
    from llm_diplo.corpus.batch import BatchOptions, Rounds

    batch = BatchOptions(rounds=flags["rounds"], waits=not flags["no_wait"], interval=flags["poll"])
    rounds = Rounds(journal, plan, options, batch, work, tally.say)
    rounds.run(found)
    if options.stopping.is_set():
        return INTERRUPTED
    waiting, left = rounds.batches.running, rounds.batches.count_open(batch.rounds)
    if waiting:
        tally.say(
            f"{_requests(sum(row['requests'] for row in waiting))} sent: run the same command again to collect the answers."
        )
    if left:
        tally.say(
            f"The budget of {options.budget} leaves {_requests(left)} unsent: run the same command with a larger one to go on."
        )
    return 1 if left or tally.has_failed else 0


def _requests(count: int) -> str:
    return f"{count:,} request" + "s" * (count != 1)


def print_batches(store: Store, key: str | None) -> None:
    """Print the batches of a database, with the provider's newest word on those that run, and the requests in no batch."""
    from llm_diplo.cli.output import show
    from llm_diplo.corpus.batch_files import Batches

    Batches(store, key, lambda line: click.echo(line, err=True)).poll()
    for row in store.rows("select * from batches order by id"):
        about = f"{row['completed'] or 0:,} of {_requests(row['requests'])} to {row['endpoint']} for {row['model']}"
        what = f"{row['status']}, collected" if row["collected"] else row["status"]
        show(f"{row['batch'] or 'not sent yet'}: {what}, {about}{': ' + row['reason'] if row['reason'] else ''}\n")
    left = store.rows(
        """select rounds, reason, count(*) as n from batch_requests where batch is null and status is null
        group by rounds, reason order by n desc"""
    )
    for row in left:
        show(f"{_requests(row['n'])} in no batch after {row['rounds']} rounds{': ' + row['reason'] if row['reason'] else ''}\n")


def cancel_batches(store: Store, key: str | None) -> None:
    """Cancel all batches of a database at the provider."""
    from llm_diplo.corpus.batch_files import Batches
    from llm_diplo.corpus.journal import Journal

    with Journal(store, "").running({}):
        Batches(store, key, lambda line: click.echo(line, err=True)).cancel()
    print_batches(store, key)
