"""Many articles: side by side, in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TypeAlias, Unpack

from llm_diplo.corpus.inputs import LONGEST_NAME, Entry
from llm_diplo.errors import DiploError
from llm_diplo.models.failures import own_error
from llm_diplo.models.pump import in_thread
from llm_diplo.models.registry import get_async_or_sync_model
from llm_diplo.models.settings import Plan, Settings, check_count, prepared
from llm_diplo.schema import Brief
from llm_diplo.sources.read import to_article
from llm_diplo.summarizer import Choices, asummarize_article, chosen
from llm_diplo.text.article import Article

AHEAD = 4
"""How many times `jobs` articles may be started before the first of them is yielded."""

Result: TypeAlias = Brief | DiploError


async def summarize_all(
    sources: Iterable[Callable[[], Article]], settings: Settings, *, jobs: int = 1
) -> AsyncIterator[Result]:
    """Yield a brief, or the error in its place, for each source, in the order given, up to `jobs` at a time.

    A source is read only when its turn comes, so memory stays flat for any number of them. Settings are checked
    first: an error in `prepared` is raised here once, not for each source.
    """
    plan = prepared(settings, get_async_or_sync_model)
    free = asyncio.Semaphore(jobs)
    waiting: deque[asyncio.Task[Result]] = deque()
    pending = iter(sources)
    try:
        while True:
            # A slow article delays the output, not the others: up to a limit they go on.
            for source in islice(pending, AHEAD * jobs - len(waiting)):
                waiting.append(asyncio.create_task(_summarize(source, plan, free)))
            if not waiting:
                return
            yield await waiting[0]
            waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _summarize(source: Callable[[], Article], plan: Plan, free: asyncio.Semaphore) -> Result:
    async with free:
        try:
            # Waiting for a URL must block neither the other articles nor Ctrl-C.
            return await asummarize_article(await in_thread(source), plan)
        except Exception as error:
            return own_error(error, plan.settings.key)


def summarize_many(
    sources: Iterable[str | Path | Article],
    *,
    jobs: int = 4,
    db: str | Path | None = None,
    dedupe: bool = True,
    **choices: Unpack[Choices],
) -> Iterator[Result]:
    """Make the briefs of many articles, up to `jobs` (1 or more) at a time, and yield them in the order of `sources`.

    An article that gives no brief yields its `DiploError` in its place; the others go on. The arguments are those of
    `summarize`, without `date` and `speaker`; each event names its `source`. Cannot be called where an event loop is
    running: use `asummarize` with `asyncio.gather` there.

    With `db`, the path of a database, briefs and answers are kept in it as `llm diplo corpus` does: what it holds is not
    asked for again, and, unless `dedupe` is False, a nearly identical text gets the brief of the first.

    Raises, before a source is read: `TypeError` for one source instead of several, and whatever `summarize` raises for its
    arguments: a wrong model, option, template, key or log is one error, not one for each article.
    """
    check_count("jobs", jobs, least=1)
    if isinstance(sources, str | bytes | Path | Article) or not isinstance(sources, Iterable):
        raise TypeError(f"sources is one {type(sources).__name__}: give a list of sources, or use summarize for one.")
    allow_private = choices.pop("allow_private", False)
    with ExitStack() as opened:
        settings = opened.enter_context(chosen(**choices))
        plan = prepared(settings, get_async_or_sync_model)
        if db is None:
            readers = (partial(to_article, source, allow_private=allow_private) for source in sources)
            results = summarize_all(readers, settings, jobs=jobs)
        else:
            from llm_diplo.corpus.collect import RunOptions, kept  # needs the extra `corpus`

            found = (entry_of(source, allow_private=allow_private) for source in sources)
            results = kept(found, plan, opened, db, RunOptions(jobs=jobs, dedupe=dedupe))
        return _one_by_one(results, opened.pop_all())


def entry_of(source: str | Path | Article, *, allow_private: bool) -> Entry:
    """The name in a database of a source given in Python: its path or URL, or the SHA-256 of a text."""
    text = source.text if isinstance(source, Article) else str(source)
    digest = sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    named = getattr(source, "source", "") or (text if len(text) < LONGEST_NAME and "\n" not in text else "")
    return Entry(named or f"text-{digest}", digest, partial(to_article, source, allow_private=allow_private))


def _one_by_one(results: AsyncIterator[Result], opened: ExitStack) -> Iterator[Result]:
    """The results; `opened` is closed after the last."""
    with opened, asyncio.Runner() as runner:
        loop = runner.get_loop()  # `runner.run` would handle signals again, and turn each brief into a string
        try:
            while True:
                try:
                    yield loop.run_until_complete(anext(results))
                except StopAsyncIteration:
                    return
        finally:
            loop.run_until_complete(results.aclose())  # type: ignore[attr-defined]
