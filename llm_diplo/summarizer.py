"""One article to one brief: number it, ask, check, ground, log. The only flow, driven sync or async."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypedDict, Unpack

from llm_diplo.brief.assembly import assemble_brief
from llm_diplo.brief.second_reading import apply_verdicts, claims_block, verdicts_schema
from llm_diplo.brief.stream import BriefEvent, Growth
from llm_diplo.errors import InvalidAnswerError, LogError, ModelError
from llm_diplo.models.client import extract, verify
from llm_diplo.models.instructions import verification_instructions
from llm_diplo.models.log import Logbook, spent
from llm_diplo.models.pump import Call, arun, in_thread, run
from llm_diplo.models.registry import get_async_or_sync_model, get_model
from llm_diplo.models.settings import Plan, Settings, prepared
from llm_diplo.models.thread import Outcome, Request, Thread
from llm_diplo.schema import Brief, Notice, Prompt, Provenance, Verification
from llm_diplo.sources.read import to_article
from llm_diplo.text.article import Article
from llm_diplo.text.block import article_block
from llm_diplo.text.dates import iso_day
from llm_diplo.text.quotations import NumberedArticle, number_article


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
        # Fetching a URL must hold up neither the loop nor Ctrl-C.
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
    making = _Making(article, plan)
    brief = await making.first_reading()
    if plan.settings.verify:
        brief = await making.second_reading(brief)
    making.report(making.growth.finished(brief))
    return brief


class _Making:
    """The making of one brief: what is known before the first call, and what is made of the answers."""

    def __init__(self, article: Article, plan: Plan) -> None:
        self.started = time.perf_counter()
        self.plan = plan
        self.settings = plan.settings
        self.numbered: NumberedArticle = number_article(article)
        self.growth = Growth(self.numbered, plan.first.id)

    async def first_reading(self) -> Brief:
        request = Request(
            self.numbered,
            article_block(self.numbered),
            self.plan.instructions,
            self.plan.first.id,
            self.settings.key,
            self.plan.first.options,
            self.settings.retries,
            lambda attempt: self._on_call(attempt, thread),
            self._on_text if self.settings.on_event else None,
            memory=self.settings.memory,
        )
        thread = Thread(request, self.plan.first.model)
        invalid: InvalidAnswerError | None = None
        try:
            outcome = await extract(thread)
        except InvalidAnswerError as error:
            invalid = error
        finally:
            log_ids, doubt = self._logged(thread)
        if invalid:
            raise self._where(invalid, thread, log_ids) from invalid
        made = assemble_brief(outcome.checked, self.numbered, self._provenance(outcome, log_ids), outcome.unread)
        cut = Notice(field="positions" if outcome.is_short else None, reason=outcome.truncated) if outcome.truncated else None
        return _with_warnings(made, doubt, cut, first=True)

    def _on_call(self, attempt: int, thread: Thread) -> None:
        if self.settings.on_call:
            self.settings.on_call(self.plan.first.id, attempt)
        self.report(self.growth.started(attempt, thread.texts[-1] if thread.texts else None))

    def _on_text(self, text: str) -> None:
        self.report(self.growth.grown(text))

    def report(self, events: Iterator[BriefEvent]) -> None:
        """Report events to whoever listens."""
        if self.settings.on_event:
            for event in events:
                self.settings.on_event(event)

    def _logged(self, thread: Thread) -> tuple[tuple[str, ...], str | None]:
        """Log every answer that came, the failed ones too; returns their ids, and what went wrong: it costs no brief."""
        if self.settings.logbook is None:
            return (), None
        try:
            return self.settings.logbook.write(thread.responses), None
        except LogError as error:
            return (), str(error)

    def _where(self, error: InvalidAnswerError, thread: Thread, log_ids: tuple[str, ...]) -> InvalidAnswerError:
        """The same error with the command that shows the raw answer."""
        if not log_ids or not self.settings.logbook:
            return InvalidAnswerError(str(error))
        return InvalidAnswerError(f"{error} What it answered: `{self.settings.logbook.command(thread.conversation.id)}`.")

    def _provenance(self, outcome: Outcome, log_ids: tuple[str, ...]) -> Provenance:
        responses = outcome.responses
        resolved = responses[-1].resolved_model or _model_in(responses[-1].response_json)
        return Provenance(
            model=self.plan.first.id,
            resolved_model=resolved,
            prompt=Prompt(name=self.plan.instructions.name, sha256=self.plan.instructions.sha256),
            calls=len(responses),
            **spent(responses, resolved or self.plan.first.id),
            seconds=round(time.perf_counter() - self.started, 3),
            log_ids=log_ids,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    async def second_reading(self, brief: Brief) -> Brief:
        """Return the brief without the items that fail beside their evidence; without a whole answer it stays."""
        block = claims_block(brief, self.numbered)
        if not block:
            return brief
        on_call, second = self.settings.on_call, self.plan.second
        request = Request(
            self.numbered,
            block,
            verification_instructions(),
            second.id,
            self.settings.key,
            second.options,
            self.settings.retries,
            lambda attempt: on_call(second.id, attempt) if on_call else None,
            prefix="diplo-claims",
            memory=self.settings.memory,
        )
        thread = Thread(request, second.model, verdicts_schema())
        failure: str | None = None
        read = brief
        try:
            verdicts = await verify(thread, len(brief.positions) + len(brief.next_steps))
            read = apply_verdicts(brief, verdicts, self.numbered)
        except ModelError as error:
            failure = f"There was no second reading: {error}"
        log_ids, doubt = self._logged(thread)
        done = [response for response in thread.responses if response._done]
        took = spent(done, second.id)
        made = Verification(model=second.id, calls=len(thread.responses), log_ids=log_ids, **took)
        provenance = read.provenance.model_copy(update={"verification": made})
        return _with_warnings(read.model_copy(update={"provenance": provenance}), doubt or failure)


def _with_warnings(brief: Brief, *reasons: str | Notice | None, first: bool = False) -> Brief:
    """The brief with more warnings, before or after those that it has."""
    more = tuple(Notice(reason=reason) if isinstance(reason, str) else reason for reason in reasons if reason)
    warnings = (*more, *brief.warnings) if first else (*brief.warnings, *more)
    return brief.model_copy(update={"warnings": warnings}) if more else brief


def _model_in(response_json: Any) -> str | None:
    name = response_json.get("model") if isinstance(response_json, dict) else None
    return name if isinstance(name, str) else None
