"""Round after round: what is open goes into batches, what they answer goes through the ordinary flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from llm_diplo.corpus.batch import BatchJournal, BatchTransport
from llm_diplo.corpus.batch_files import Batches, client_of
from llm_diplo.corpus.collect import RunOptions
from llm_diplo.corpus.inputs import Entry
from llm_diplo.corpus.limits import Budget, Rates
from llm_diplo.models.registry import sent_over
from llm_diplo.models.settings import Plan


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """How a corpus is read in batches."""

    rounds: int = 4
    """How often a request is sent at most."""
    waits: bool = True
    """Whether to wait for the batches, and go on until nothing is open."""
    interval: float = 60.0
    """Seconds between two looks at the batches."""


class Rounds:
    """One run of a corpus in batches."""

    def __init__(
        self,
        journal: BatchJournal,
        plan: Plan,
        options: RunOptions,
        batch: BatchOptions,
        work: Callable[[Iterable[Entry], RunOptions], None],
        say: Callable[[str], None],
    ) -> None:
        """`work` makes the briefs of some entries, as `collect` does; `say` is called with what happens.

        Raises `ModelError` for a model without batches.
        """
        self.journal, self.options, self.batch, self.work = journal, options, batch, work
        self.batches = Batches(journal.store, plan.settings.key, say)
        models = {}
        for asked in {plan.first.id: plan.first, plan.second.id: plan.second}.values():
            client_of(asked.id, plan.settings.key)
            models[getattr(asked.model, "model_name", None) or asked.model.model_id] = asked.id
        self.transport = BatchTransport(journal, models, batch.rounds)

    def run(self, entries: Iterable[Entry]) -> None:
        """Go on with what earlier runs left, read what is new, and submit; with `waits`, until nothing is open.

        Raises `ModelError` when the provider refuses a batch, `DatabaseError`; the next run goes on from there.
        """
        if self.options.retry_failed:
            self.journal.reopen_failed()
        self.batches.poll()
        self.batches.collect()
        self._pass(self.journal.to_go_on(self.batch.rounds), dedupe=False)
        self._pass(self._new(entries), dedupe=self.options.dedupe)
        while not self.options.stopping.is_set():
            self.batches.submit(self.batch.rounds, self.options.budget, self.journal.spent(sent=True))
            if not (self.batch.waits and self.batches.running):
                return
            self.batches.wait(self.batch.interval)
            self.batches.collect()
            self._pass(self.journal.to_go_on(self.batch.rounds), dedupe=False)

    def _new(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries that no earlier pass has noted, as far as the budget goes."""
        for entry in entries:
            if not self.options.budget.covers(self.transport.spent):
                return
            if not self.journal.is_noted(entry):
                yield entry

    def _pass(self, entries: Iterable[Entry], *, dedupe: bool) -> None:
        if self.options.stopping.is_set():
            return
        # Requests are noted, not sent: no limit but that of the batches counts.
        options = replace(self.options, dedupe=dedupe, timeout=None, rates=Rates(), budget=Budget())
        with sent_over(self.transport):
            self.work(entries, options)
