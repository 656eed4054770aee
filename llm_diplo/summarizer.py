"""One article to one brief: number it, ask, check, ground, log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from llm_diplo.article import Article
from llm_diplo.assembly import assemble_brief
from llm_diplo.client import Outcome, Request, Thread, aextract, extract
from llm_diplo.errors import InvalidAnswerError, LogError
from llm_diplo.logbook import Logbook
from llm_diplo.models import (
    AsyncModel,
    SyncModel,
    checked_options,
    default_model_id,
    get_async_model,
    get_model,
)
from llm_diplo.prompts import Instructions, load_instructions
from llm_diplo.quotations import number_article
from llm_diplo.render.block import article_block
from llm_diplo.schema import Brief, Prompt, Provenance, Warning
from llm_diplo.sources import to_article


@dataclass(frozen=True)
class Settings:
    """How briefs are made: the same for every article of one run."""

    model: str | None = None
    """Id or alias of an llm model; None for the template's, else llm's default."""
    key: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    template: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    retries: int = 1
    logbook: Logbook | None = None
    on_call: Callable[[str, int], None] = lambda model, attempt: None
    """Called with the model's id and 1, 2 … before each call."""


def summarize(
    source: str | Path | Article,
    *,
    model: str | None = None,
    key: str | None = None,
    options: Mapping[str, Any] | None = None,
    template: str | None = None,
    params: Mapping[str, str] | None = None,
    retries: int = 1,
    date: str | None = None,
    speaker: str | None = None,
    log: bool | str | Path = False,
) -> Brief:
    """Make the brief of one article.

    Args:
        source: the text itself, a path, or an `Article`.
        model: id or alias of any model that `llm` knows; its default when None.
        key: API key, or the name of a stored one; llm's stored key when None.
        options: the model's own options, such as `{"temperature": 0}`.
        template: name or path of an llm template with instructions of your own.
        params: values for the template's variables; `focus` works with every template.
        retries: how often a faulty answer is sent back, 0 or more.
        date: day of publication, ISO 8601, where the text does not show it.
        speaker: whose voice a first-person text is.
        log: True to log to llm's own database, or the path of another.

    Raises:
        SourceError, TemplateError, ModelError and its kinds: each a `DiploError` with one line that says what to do.
    """
    article = to_article(source, date_published=date, speaker=speaker)
    logbook = open_logbook(log)
    try:
        settings = Settings(model, key, options or {}, template, params or {}, retries, logbook)
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
    date: str | None = None,
    speaker: str | None = None,
    log: bool | str | Path = False,
) -> Brief:
    """The async twin of `summarize`, with the same arguments; a model without an async twin runs in a thread."""
    article = to_article(source, date_published=date, speaker=speaker)
    logbook = open_logbook(log)
    try:
        settings = Settings(model, key, options or {}, template, params or {}, retries, logbook)
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
    return run.brief(outcome)


async def asummarize_article(article: Article, settings: Settings) -> Brief:
    """Make the brief of an article with the model's async twin, or with the sync one in a thread."""
    run = _Run(article, settings)
    model = get_async_model(run.request.model_id)
    if model is None:
        return await _in_thread(run)
    thread = run.thread(model)
    with run.logged(thread):
        outcome = await aextract(run.request, model, thread)
    return run.brief(outcome)


async def _in_thread(run: _Run) -> Brief:
    """Run a sync model beside the event loop, but log in the loop's thread: SQLite wants one writer."""
    model = get_model(run.request.model_id)
    thread = run.thread(model)
    with run.logged(thread):
        outcome = await asyncio.to_thread(extract, run.request, model, thread)
    return run.brief(outcome)


class _Run:
    """The making of one brief: what is known before the first call, and what is made of the answer."""

    def __init__(self, article: Article, settings: Settings) -> None:
        self.started = time.perf_counter()
        self.article = article
        self.settings = settings
        self.instructions: Instructions = load_instructions(settings.template, settings.params)
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
            lambda attempt: settings.on_call(model_id, attempt),
        )
        self.log_ids: tuple[str, ...] = ()
        self.doubts: list[str] = []

    def thread(self, model: SyncModel | AsyncModel) -> Thread:
        self.request.options = checked_options(model, self.request.options)
        return Thread(self.request, model)

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
