"""One article to one brief: number it, ask, check, ground, log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from llm_diplo.brief.assembly import assemble_brief
from llm_diplo.brief.second_reading import Verdicts, apply_verdicts, claims_block, verdicts_schema
from llm_diplo.brief.stream import BriefEvent, Growth
from llm_diplo.errors import InvalidAnswerError, LogError, ModelError
from llm_diplo.models.client import aextract, averify, extract
from llm_diplo.models.client import verify as ask_verdicts
from llm_diplo.models.instructions import Instructions, load_instructions, verification_instructions
from llm_diplo.models.log import Logbook
from llm_diplo.models.registry import AsyncModel, SyncModel, checked_options, default_model_id, get_async_model, get_model
from llm_diplo.models.thread import Outcome, Request, Thread
from llm_diplo.schema import Brief, Prompt, Provenance, Verification, Warning
from llm_diplo.sources.read import to_article
from llm_diplo.text.article import Article
from llm_diplo.text.block import article_block
from llm_diplo.text.quotations import number_article


@dataclass(frozen=True)
class Settings:
    """How briefs are made: the same for every article of one run."""

    model: str | None = None
    """Id or alias of an llm model; None for the template's, else llm's default."""
    key: str | None = field(default=None, repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    template: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    retries: int = 1
    verify: bool | str = False
    """Whether each item is read a second time beside its evidence; the id or alias of a model has that one do it."""
    logbook: Logbook | None = None
    on_call: Callable[[str, int], None] = lambda model, attempt: None
    """Called with the model's id and 1, 2 … before each call."""
    language: str | None = None
    """What models write in; None for what they choose."""
    on_event: Callable[[BriefEvent], None] | None = None
    """Told what happens while a brief is made; models are then asked to stream."""


def summarize(
    source: str | Path | Article,
    *,
    model: str | None = None,
    key: str | None = None,
    options: Mapping[str, Any] | None = None,
    template: str | None = None,
    params: Mapping[str, str] | None = None,
    retries: int = 1,
    verify: bool | str = False,
    date: str | None = None,
    speaker: str | None = None,
    language: str | None = None,
    allow_private: bool = False,
    log: bool | str | Path = False,
    on_event: Callable[[BriefEvent], None] | None = None,
) -> Brief:
    """Make the brief of one article.

    Args:
        source: the text itself, a path, an address, or an `Article`.
        model: id or alias of any model that `llm` knows; its default when None.
        key: API key, or the name of a stored one; llm's stored key when None.
        options: the model's own options, such as `{"temperature": 0}`.
        template: name or path of an llm template with instructions of your own.
        params: values for the template's variables; `focus` works with every template.
        retries: how often a faulty answer is sent back, 0 or more.
        verify: True to have each item read a second time beside its evidence, or the id of another model to do it.
        date: day of publication, ISO 8601, where the text does not show it.
        speaker: whose voice a first-person text is.
        language: what the model writes in (`fr`, `French`); names and evidence stay as the source has them.
        allow_private: whether an address in a private network is read.
        log: True to log to llm's own database, or the path of another.
        on_event: called with each `BriefEvent`: call started, item accepted, item rejected, re-ask with its faults, done.
            An error that it raises ends the call.

    Raises:
        SourceError, TemplateError, ModelError and its kinds: each a `DiploError` with one line that says what to do.
    """
    article = to_article(source, allow_private=allow_private, date_published=date, speaker=speaker)
    logbook = open_logbook(log)
    try:
        settings = Settings(
            model, key, options or {}, template, params or {}, retries, verify, logbook, language=language, on_event=on_event
        )
        return summarize_article(article, settings)
    finally:
        if logbook:
            logbook.close()


async def asummarize(
    source: str | Path | Article,
    *,
    model: str | None = None,
    key: str | None = None,
    options: Mapping[str, Any] | None = None,
    template: str | None = None,
    params: Mapping[str, str] | None = None,
    retries: int = 1,
    verify: bool | str = False,
    date: str | None = None,
    speaker: str | None = None,
    language: str | None = None,
    allow_private: bool = False,
    log: bool | str | Path = False,
    on_event: Callable[[BriefEvent], None] | None = None,
) -> Brief:
    """The async twin of `summarize`, with the same arguments; a model without an async twin runs in a thread."""
    # An address is waited for: that must not hold up the loop.
    article = await asyncio.to_thread(to_article, source, allow_private=allow_private, date_published=date, speaker=speaker)
    logbook = open_logbook(log)
    try:
        settings = Settings(
            model, key, options or {}, template, params or {}, retries, verify, logbook, language=language, on_event=on_event
        )
        return await asummarize_article(article, settings)
    finally:
        if logbook:
            logbook.close()


def open_logbook(log: bool | str | Path) -> Logbook | None:
    """Open the log that `log` asks for: none, llm's own, or the one at a path."""
    if not log:
        return None
    return Logbook(None if log is True else log)


def summarize_article(article: Article, settings: Settings) -> Brief:
    """Make the brief of an article with a sync model."""
    run = _Run(article, settings)
    model = get_model(run.request.model_id)
    thread = run.thread(model)
    with run.logged(thread):
        outcome = extract(run.request, model, thread)
    brief = run.brief(outcome)
    if second := _SecondReading.of(run, brief):
        with second.noted():
            second.take(ask_verdicts(second.thread(get_model(second.request.model_id)), second.count))
        return run.done(second.brief())
    return run.done(brief)


async def asummarize_article(article: Article, settings: Settings) -> Brief:
    """Make the brief of an article with the model's async twin, or with the sync one in a thread."""
    run = _Run(article, settings)
    model = get_async_model(run.request.model_id)
    if model is None:
        return await _in_thread(run)
    thread = run.thread(model)
    with run.logged(thread):
        outcome = await aextract(run.request, model, thread)
    return run.done(await _verified(run, run.brief(outcome)))


async def summarize_events(source: str | Path | Article, **arguments: Any) -> AsyncIterator[BriefEvent]:
    """Make the brief of one article and yield what happens on the way; the last event holds the brief.

    The arguments are those of `asummarize`. Leaving the loop early ends the call. Raises what `asummarize` raises.
    """
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[BriefEvent | None] = asyncio.Queue()

    def tell(event: BriefEvent) -> None:
        # A sync model runs, and tells, in a thread of its own.
        loop.call_soon_threadsafe(events.put_nowait, event)

    task = asyncio.create_task(asummarize(source, **arguments, on_event=tell))
    task.add_done_callback(lambda _: loop.call_soon(events.put_nowait, None))
    try:
        while (event := await events.get()) is not None:
            yield event
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _verified(run: _Run, brief: Brief) -> Brief:
    second = _SecondReading.of(run, brief)
    if second is None:
        return brief
    model = get_async_model(second.request.model_id)
    with second.noted():
        if model:
            second.take(await averify(second.thread(model), second.count))
        else:
            thread = second.thread(get_model(second.request.model_id))
            second.take(await asyncio.to_thread(ask_verdicts, thread, second.count))
    return second.brief()


async def _in_thread(run: _Run) -> Brief:
    """Run a sync model beside the event loop, but log in the loop's thread: SQLite wants one writer."""
    model = get_model(run.request.model_id)
    thread = run.thread(model)
    with run.logged(thread):
        outcome = await asyncio.to_thread(extract, run.request, model, thread)
    return run.done(await _verified(run, run.brief(outcome)))


class _Run:
    """The making of one brief: what is known before the first call, and what is made of the answer."""

    def __init__(self, article: Article, settings: Settings) -> None:
        self.started = time.perf_counter()
        self.article = article
        self.settings = settings
        self.instructions: Instructions = load_instructions(settings.template, settings.params, settings.language)
        self.numbered = number_article(article)
        model_id = settings.model or self.instructions.model or default_model_id()
        self.request = Request(
            self.numbered,
            article_block(self.numbered),
            self.instructions,
            model_id,
            settings.key,
            {**dict(self.instructions.options), **settings.options},
            settings.retries,
            self._on_call,
            self._on_text if settings.on_event else None,
        )
        self.growth = Growth(self.numbered, model_id)
        self.asked: Thread | None = None
        self.log_ids: tuple[str, ...] = ()
        self.doubts: list[str] = []

    def thread(self, model: SyncModel | AsyncModel) -> Thread:
        self.request.options = checked_options(model, self.request.options)
        self.asked = Thread(self.request, model)
        return self.asked

    def _on_call(self, attempt: int) -> None:
        self.settings.on_call(self.request.model_id, attempt)
        texts = self.asked.texts if self.asked else []
        self._tell(self.growth.started(attempt, texts[-1] if texts else None))

    def _on_text(self, text: str) -> None:
        self._tell(self.growth.grown(text))

    def _tell(self, events: Iterator[BriefEvent]) -> None:
        if self.settings.on_event:
            for event in events:
                self.settings.on_event(event)

    def done(self, brief: Brief) -> Brief:
        """Tell of the finished brief, and return it."""
        self._tell(self.growth.finished(brief))
        return brief

    @contextmanager
    def logged(self, thread: Thread) -> Iterator[None]:
        """Log every answer that came, the failed ones too, and say where the raw answer is when it is no extraction."""
        invalid: InvalidAnswerError | None = None
        try:
            yield
        except InvalidAnswerError as error:
            invalid = error
        finally:
            self._log(thread)
        if invalid:
            place = self.settings.logbook.command(thread.conversation.id) if self.log_ids and self.settings.logbook else ""
            raise InvalidAnswerError(f"{invalid} What it answered: `{place}`." if place else str(invalid)) from invalid

    def _log(self, thread: Thread) -> None:
        """A log that cannot be written costs no brief."""
        if self.settings.logbook is None:
            return
        try:
            self.log_ids = self.settings.logbook.write(thread.responses)
        except LogError as error:
            self.doubts.append(str(error))

    def brief(self, outcome: Outcome) -> Brief:
        if outcome.truncated:
            self.doubts.append(outcome.truncated)
        made = assemble_brief(outcome.checked, self.numbered, self._provenance(outcome), outcome.unread)
        doubts = tuple(Warning(reason=doubt) for doubt in self.doubts)
        return made.model_copy(update={"warnings": (*doubts, *made.warnings)}) if doubts else made

    def _provenance(self, outcome: Outcome) -> Provenance:
        responses = outcome.responses
        resolved = responses[-1].resolved_model or _model_in(responses[-1].response_json)
        tokens_in, tokens_out = _total(responses, "input_tokens"), _total(responses, "output_tokens")
        return Provenance(
            model=self.request.model_id,
            resolved_model=resolved,
            prompt=Prompt(name=self.instructions.name, sha256=self.instructions.sha256),
            calls=len(responses),
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            cost_usd=_cost(resolved or self.request.model_id, tokens_in, tokens_out),
            seconds=round(time.perf_counter() - self.started, 3),
            log_ids=self.log_ids,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )


class _SecondReading:
    """The items of a brief, each beside its evidence, before a model once more; without a whole answer the brief stays."""

    def __init__(self, run: _Run, brief: Brief, block: str) -> None:
        self.run = run
        self.first = brief
        self.count = len(brief.positions) + len(brief.next_steps)
        self.verdicts: Verdicts | None = None
        self.doubt: str | None = None
        model_id = run.settings.verify if isinstance(run.settings.verify, str) else run.request.model_id
        options = run.request.options if model_id == run.request.model_id else {}
        retries, on_call = run.settings.retries, run.settings.on_call
        self.request = Request(
            run.numbered,
            block,
            verification_instructions(),
            model_id,
            run.settings.key,
            options,
            retries,
            lambda attempt: on_call(model_id, attempt),
            prefix="diplo-claims",
        )

    @classmethod
    def of(cls, run: _Run, brief: Brief) -> _SecondReading | None:
        """The second reading that was asked for, if there is anything to read."""
        block = claims_block(brief, run.numbered) if run.settings.verify else ""
        return cls(run, brief, block) if block else None

    def thread(self, model: SyncModel | AsyncModel) -> Thread:
        self.asked = Thread(self.request, model, verdicts_schema())
        return self.asked

    def take(self, verdicts: Verdicts) -> None:
        self.verdicts = verdicts

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Log the answers; what goes wrong costs the second reading, not the brief."""
        try:
            yield
        except ModelError as error:
            self.doubt = f"There was no second reading: {error}"
        if logbook := self.run.settings.logbook:
            try:
                self.log_ids = logbook.write(self.asked.responses)
            except LogError as error:
                self.doubt = str(error)

    log_ids: tuple[str, ...] = ()

    def brief(self) -> Brief:
        """The brief without the items that failed."""
        done = [response for response in self.asked.responses if response._done]
        tokens_in, tokens_out = _total(done, "input_tokens"), _total(done, "output_tokens")
        made = Verification(
            model=self.request.model_id,
            calls=len(self.asked.responses),
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            cost_usd=_cost(self.request.model_id, tokens_in, tokens_out),
            log_ids=self.log_ids,
        )
        brief = apply_verdicts(self.first, self.verdicts, self.run.numbered) if self.verdicts else self.first
        provenance = brief.provenance.model_copy(update={"verification": made})
        warnings = (*brief.warnings, *([Warning(reason=self.doubt)] if self.doubt else []))
        return brief.model_copy(update={"provenance": provenance, "warnings": warnings})


def _model_in(response_json: Any) -> str | None:
    name = response_json.get("model") if isinstance(response_json, dict) else None
    return name if isinstance(name, str) else None


def _total(responses: list[Any], name: str) -> int | None:
    counts = [getattr(response, name) for response in responses]
    return sum(counts) if counts and None not in counts else None


def _cost(model: str, tokens_in: int | None, tokens_out: int | None) -> float | None:
    """US dollars by the price table of genai-prices, if it is installed and knows the model."""
    if tokens_in is None or tokens_out is None:
        return None
    try:
        from genai_prices import Usage, calc_price
    except ImportError:
        return None
    try:
        return float(calc_price(Usage(input_tokens=tokens_in, output_tokens=tokens_out), model).total_price)
    except LookupError:
        return None
