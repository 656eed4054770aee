"""One article to one brief: number it, ask, check, ground, log. The only flow, driven sync or async."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypedDict, Unpack

from llm_diplo.brief.stream import BriefEvent
from llm_diplo.models.log import Logbook
from llm_diplo.models.making import Making
from llm_diplo.models.pump import Call, arun, in_thread, run
from llm_diplo.models.registry import get_async_or_sync_model, get_model
from llm_diplo.models.settings import Plan, Settings, prepared
from llm_diplo.schema import Brief
from llm_diplo.sources.read import to_article
from llm_diplo.text.article import Article
from llm_diplo.text.dates import iso_day


class Choices(TypedDict, total=False):
    """What you may choose for one article or many; the defaults are those of `Settings`."""

    model: str | None
    key: str | None
    options: Mapping[str, Any] | None
    template: str | None
    params: Mapping[str, str] | None
    retries: int
    verify: bool | str
    language: str | None
    window: int
    window_jobs: int
    on_event: Callable[[BriefEvent], None] | None
    allow_private: bool
    log: bool | str | Path


class ArticleChoices(Choices, total=False):
    """What you may choose for one article."""

    date: str | date | None
    speaker: str | None


def summarize(source: str | Path | Article, **choices: Unpack[ArticleChoices]) -> Brief:
    """Make the brief of one article.

    Args:
        source: the text itself, a path, a URL, or an `Article`.
        model: id or alias of any model that `llm` knows; its default when None.
        key: API key, or the name of a stored one; llm's stored key when None.
        options: the model's own options, such as `{"temperature": 0}`.
        template: name or path of an llm template with instructions of your own.
        params: values for the template's variables; `focus` works with every template.
        retries: how often a faulty answer is sent back, 0 or more; 1 by default.
        window: tokens, 200 or more; a longer article is read in parts, whose briefs are merged.
        window_jobs: how many parts of an article are read at once.
        verify: True to have each item read a second time beside its evidence, or the id of another model to do it.
        date: day of publication, where the text does not show it: a `datetime.date`, or text such as `2026-03-05`.
        speaker: whose voice a first-person text is.
        language: what the model writes in (`fr`, `French`); names and evidence stay as the source has them.
        allow_private: whether a URL in a private network is read.
        log: True to log to llm's own database, or the path of another.
        on_event: called with each `BriefEvent`: call started, item accepted, item rejected, re-ask with its faults, done.
            An error that it raises ends the call.

    Raises:
        TypeError, ValueError: a choice that does not exist or cannot be meant, such as `retries=-1` or `date="yesterday"`.
        SourceError, TemplateError, LogError, ModelError and its kinds: each a `DiploError` with one line that says what to
            do. What is wrong with the choices is raised before the source is read or a model asked.
    """
    metadata = _metadata(choices)
    with chosen(**choices) as settings:
        plan = prepared(settings, get_model)
        return run(brief_flow(to_article(source, **metadata), plan))


async def asummarize(source: str | Path | Article, **choices: Unpack[ArticleChoices]) -> Brief:
    """The async twin of `summarize`, with the same arguments; a model without an async twin runs in a thread."""
    metadata = _metadata(choices)
    with chosen(**choices) as settings:
        plan = prepared(settings, get_async_or_sync_model)
        # Fetching a URL must block neither the loop nor Ctrl-C.
        article = await in_thread(partial(to_article, source, **metadata))
        return await asummarize_article(article, plan)


def _metadata(choices: ArticleChoices) -> dict[str, Any]:
    """Take out of the choices what concerns the article; see `to_article`."""
    return {
        "allow_private": choices.pop("allow_private", False),
        "date_published": iso_day("date", choices.pop("date", None)),
        "speaker": choices.pop("speaker", None),
    }


@contextmanager
def chosen(*, log: bool | str | Path = False, **choices: Any) -> Iterator[Settings]:
    """Return the settings that the choices stand for; the log is open inside the `with`.

    Raises `LogError` when the log cannot be opened, `TypeError` for a choice that does not exist, and what `Settings` does.
    """
    given = {name: value for name, value in choices.items() if value is not None}
    settings = Settings(**given)
    if not log:
        yield settings
        return
    logbook = Logbook(None if log is True else log)
    try:
        yield Settings(**given, logbook=logbook)
    finally:
        logbook.close()


async def asummarize_article(article: Article, plan: Plan, answer: Callable[[Call], Awaitable[str]] = Call.atext) -> Brief:
    """Make the brief of an article with the models' async twins, or with sync ones in a thread; `answer` makes each call."""
    return await arun(brief_flow(article, plan), answer)


async def summarize_events(source: str | Path | Article, **arguments: Any) -> AsyncIterator[BriefEvent]:
    """Make the brief of one article and yield what happens on the way; the last event holds the brief.

    The arguments are those of `asummarize`. Leaving the loop early ends the call. Raises what `asummarize` raises.
    """
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[BriefEvent | None] = asyncio.Queue()

    def report(event: BriefEvent) -> None:
        # A sync model runs, and reports, in a thread of its own.
        loop.call_soon_threadsafe(events.put_nowait, event)

    task = asyncio.create_task(asummarize(source, **arguments, on_event=report))
    task.add_done_callback(lambda _: loop.call_soon(events.put_nowait, None))
    try:
        while (event := await events.get()) is not None:
            yield event
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def brief_flow(article: Article, plan: Plan) -> Brief:
    """Make the brief of an article; awaits nothing but a `Call` for each answer, so that any pump can drive it."""
    making = Making(article, plan)
    brief = await making.first_reading()
    if plan.settings.verify:
        brief = await making.second_reading(brief)
    making.report(making.growth.finished(brief))
    return brief
