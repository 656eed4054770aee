"""Many sources into a database: side by side, within limits, resumable, and nothing paid for twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from llm_diplo import errors
from llm_diplo.brief.extraction import extraction_schema
from llm_diplo.corpus import duplicates
from llm_diplo.corpus.inputs import Entry
from llm_diplo.corpus.journal import Copy, Journal, State
from llm_diplo.corpus.limits import Budget, Jobs, Rates, tokens_of
from llm_diplo.corpus.store import Store
from llm_diplo.errors import (
    AccessError,
    DatabaseError,
    DiploError,
    RateLimitError,
    SourceError,
    UnansweredError,
    UnavailableModelError,
)
from llm_diplo.models.failures import own_error
from llm_diplo.models.pump import Call, in_thread
from llm_diplo.models.settings import Plan
from llm_diplo.schema import SCHEMA_VERSION, Brief
from llm_diplo.summarizer import asummarize_article
from llm_diplo.text.article import Article
from llm_diplo.text.quotations import number_article

TRIES = 6
"""How often a source is tried if the model is out of reach or too slow."""
PATIENT_TRIES = 12
"""How often, if the provider refuses more requests; after that the source stays pending."""
LONGEST_PAUSE = 60.0
"""Seconds to wait between two tries, at most."""


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a corpus is read."""

    jobs: int = 4
    """The most sources to work on at once."""
    timeout: float | None = None
    """Seconds after which a call is cut off and tried again."""
    first_pause: float = 1.0
    """Seconds to wait, at most, before the first retry; twice as long before each further one."""
    dedupe: bool = True
    """Whether nearly identical texts share one brief."""
    retry_failed: bool = False
    force: bool = False
    """Whether to make every brief again."""
    rates: Rates = field(default_factory=Rates)
    budget: Budget = field(default_factory=Budget)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set it to start no further source; those in flight are finished."""


@dataclass(frozen=True)
class Outcome:
    """What became of one source."""

    name: str
    state: State
    brief: Brief | None = None
    error: DiploError | None = None
    is_new: bool = True
    """False if an earlier run had settled it."""
    source: int = 0
    """Its number in the database."""


def settings_key(plan: Plan) -> str:
    """SHA-256, hexadecimal, of the settings that a brief depends on."""
    parts = {
        "model": plan.first.id,
        "options": plan.first.options,
        "prompt": plan.instructions.sha256,
        "window": plan.settings.window,
        "verify": plan.second.id if plan.settings.verify else None,
        "schema": [SCHEMA_VERSION, extraction_schema()],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


async def collect(entries: Iterable[Entry], journal: Journal, plan: Plan, options: RunOptions) -> AsyncIterator[Outcome]:
    """Make the brief of each entry, write it, and yield what became of it, as it comes.

    Entries are read when their turn comes, so that memory does not grow with their number. Raises `DatabaseError` when
    the database can no longer be written; what was committed stays.
    """
    work = _Work(journal, plan, options)
    try:
        for entry in entries:
            while work.is_full or entry.name in work.names:
                yield await work.next()
            if options.stopping.is_set() or options.budget.is_spent:
                break
            if settled := work.settled(entry):
                yield settled
            else:
                work.begin(entry)
        while work.flying:
            yield await work.next()
    finally:
        await work.cancel()


async def kept(
    entries: Iterable[Entry], plan: Plan, opened: ExitStack, db: str | Path, options: RunOptions
) -> AsyncIterator[Brief | DiploError]:
    """Yield the brief, or the error in its place, of each entry, in order, and keep them in the database at `db`.

    The database is held until `opened` is closed. A copy has the brief of the first. Raises `DatabaseError`.
    """
    store = opened.enter_context(Store(db))
    journal = Journal(store, settings_key(plan))
    opened.enter_context(journal.running(run_facts(plan)))
    names: deque[str] = deque()
    outcomes: dict[str, Outcome] = {}

    def noted() -> Iterator[Entry]:
        for entry in entries:
            names.append(entry.name)
            yield entry

    def result(name: str) -> Brief | DiploError | None:
        """The result of an entry; None while it, or the source that it is a copy of, is in flight."""
        ended = outcomes.get(name)
        return (ended.error or ended.brief or journal.brief_of(ended.source)) if ended else None

    async for outcome in collect(noted(), journal, plan, options):
        outcomes[outcome.name] = outcome
        while names and (made := result(names[0])):
            yield made
            ended = names.popleft()
            if ended not in names:
                del outcomes[ended]
    for name in names:
        yield result(name) or DiploError(f"{name} has no brief: the source that it is a copy of has none.")


def run_facts(plan: Plan) -> dict[str, str]:
    """What the database knows about a run."""
    return {
        "model": plan.first.id,
        "prompt": plan.instructions.name,
        "prompt_sha256": plan.instructions.sha256,
        "options": json.dumps(plan.first.options, default=str),
        "schema_version": SCHEMA_VERSION,
    }


class _Work:
    """The sources in flight."""

    def __init__(self, journal: Journal, plan: Plan, options: RunOptions) -> None:
        self.journal = journal
        self.plan = plan
        self.options = options
        self.jobs = Jobs(options.jobs)
        self.flying = 0
        self.names: set[str] = set()
        self.tasks: set[asyncio.Task[Outcome]] = set()
        self.ended: asyncio.Queue[asyncio.Task[Outcome]] = asyncio.Queue()

    @property
    def is_full(self) -> bool:
        """Whether one has to end before another may start."""
        return self.flying >= self.jobs.allowed

    def begin(self, entry: Entry) -> None:
        """Work on an entry in a task of its own."""
        self.flying += 1
        self.names.add(entry.name)
        self.options.budget.begun += 1
        task = asyncio.create_task(self._run(entry))
        self.tasks.add(task)
        task.add_done_callback(self.ended.put_nowait)

    async def next(self) -> Outcome:
        """Wait for one to end. Raises `DatabaseError`."""
        task = await self.ended.get()
        self.flying -= 1
        self.options.budget.ended += 1
        self.tasks.discard(task)
        outcome = task.result()
        self.names.discard(outcome.name)
        return outcome

    async def cancel(self) -> None:
        """Stop at once; what is in flight stays pending."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def settled(self, entry: Entry) -> Outcome | None:
        """Return an earlier run's result for an entry, if it stays valid; a line that cannot be read counts as settled."""
        if entry.problem:
            source = self.journal.begin(entry)
            self.journal.skip(source, entry.problem)
            return Outcome(entry.name, State.SKIPPED, error=SourceError(entry.problem), source=source)
        known = self.journal.settled(entry)
        if known is None:
            return None
        if self.options.force or (known.state is State.FAILED and self.options.retry_failed):
            if self.options.force or not known.is_passing:
                self.journal.forget_answers(known.id)
            return None
        error = errors.by_name(known.error_kind)(known.error) if known.error else None
        return Outcome(entry.name, known.state, error=error, is_new=False, source=known.id)

    async def _run(self, entry: Entry) -> Outcome:
        source = 0
        try:
            article = await in_thread(entry.read)
            source = self.journal.begin(entry, article)
            copy = self._copy_of(source, article) if self.options.dedupe else None
            if copy:
                self.journal.link(source, copy)
                return Outcome(entry.name, State.DUPLICATE, source=source)
            brief = await self._brief(source, article)
        except DatabaseError:
            raise
        except Exception as error:
            return self._failed(entry, source, own_error(error, self.plan.settings.key))
        self.journal.finish(source, brief)
        self.jobs.answered()
        return Outcome(entry.name, State.DONE, brief, source=source)

    def _failed(self, entry: Entry, source: int, error: DiploError) -> Outcome:
        source = source or self.journal.begin(entry)
        if isinstance(error, AccessError):
            self.options.stopping.set()  # every other source would fail alike
            return Outcome(entry.name, State.PENDING, error=error, source=source)
        if isinstance(error, RateLimitError | UnansweredError) or (
            self.options.stopping.is_set() and isinstance(error, UnavailableModelError)
        ):
            return Outcome(entry.name, State.PENDING, error=error, source=source)
        self.journal.fail(source, error)
        return Outcome(entry.name, State.FAILED, error=error, source=source)

    def _copy_of(self, source: int, article: Article) -> Copy | None:
        """Return the earlier source that an article is a copy of; if there is none, keep its signature for later ones."""
        signature = duplicates.signature(article.text)
        bands = duplicates.bands(signature)
        for other, theirs in self.journal.alike(source, bands):
            similarity = duplicates.similarity(signature, theirs)
            if similarity >= duplicates.THRESHOLD:
                first = Article.from_text(self.journal.text_of(other))
                return Copy(other, similarity, duplicates.differing_units(number_article(first), number_article(article)))
        with self.journal.store.transaction():
            self.journal.store.sign(source, signature, bands)
        return None

    async def _brief(self, source: int, article: Article) -> Brief:
        """Make a brief; if the model is too busy, too slow or out of reach, try again with the answers that arrived."""
        settings = replace(self.plan.settings, memory=self.journal.answers_of(source))
        waiting = wait_random_exponential(self.options.first_pause, max=LONGEST_PAUSE)
        retry = retry_if_exception_type(UnavailableModelError)
        tries = AsyncRetrying(stop=self._gives_up, wait=waiting, retry=retry, sleep=self._pause, reraise=True)
        return await tries(asummarize_article, article, replace(self.plan, settings=settings), self._answer)

    def _gives_up(self, state: RetryCallState) -> bool:
        self.jobs.refused()
        busy = state.outcome is not None and isinstance(state.outcome.exception(), RateLimitError)
        return self.options.stopping.is_set() or state.attempt_number >= (PATIENT_TRIES if busy else TRIES)

    async def _pause(self, seconds: float) -> None:
        """Wait, but no longer than until the run is to stop."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.options.stopping.wait(), seconds)

    async def _answer(self, call: Call) -> str:
        """Make a call within the limits."""
        await self.options.rates.wait(tokens_of(call.response.prompt.prompt))
        async with asyncio.timeout(self.options.timeout):
            return await call.atext()
