"""Making the brief of one article: the calls, and what becomes of their answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from threading import Lock
from typing import Any, Generic, TypeVar

from llm_diplo.brief.assembly import assemble_brief, with_mentions
from llm_diplo.brief.extraction import Extraction, Filled
from llm_diplo.brief.follow_up import (
    Summary,
    Verdicts,
    apply_verdicts,
    claims_block,
    count_of,
    items_block,
    parts_of,
    put_together,
)
from llm_diplo.brief.merge import merge_briefs
from llm_diplo.brief.review import Checked
from llm_diplo.brief.stream import BriefEvent, Growth
from llm_diplo.errors import (
    DiploError,
    InvalidAnswerError,
    LogError,
    ModelError,
    UnansweredError,
    UnavailableModelError,
)
from llm_diplo.models.answers import Took, spent, took
from llm_diplo.models.client import extract, verify, write_summary
from llm_diplo.models.instructions import Instructions, summary_instructions, verification_instructions
from llm_diplo.models.pump import Together
from llm_diplo.models.registry import answers_again, reads_whole
from llm_diplo.models.settings import Asked, Plan
from llm_diplo.models.thread import Outcome, Request, Thread
from llm_diplo.schema import Brief, Notice, Prompt, Provenance, Verification
from llm_diplo.text.article import Article
from llm_diplo.text.block import article_block
from llm_diplo.text.quotations import NumberedArticle, number_article
from llm_diplo.text.windows import cut_windows

Made = TypeVar("Made")


@dataclass(frozen=True)
class _Answered(Generic[Made]):
    """The result of one conversation about an article or a window of it."""

    numbered: NumberedArticle
    made: Made | None
    error: DiploError | None
    """Why there is no result."""
    log_ids: tuple[str, ...]
    doubt: str | None
    """Why it was not logged."""
    calls: int
    """How many answers were requested."""
    took: tuple[Took, ...]
    """The usage of complete answers; nothing else is kept, as a long article has many."""


class Making:
    """The making of one brief: what is known before the first call, and what is done with the answers."""

    def __init__(self, article: Article, plan: Plan) -> None:
        self.started = time.perf_counter()
        self.plan = plan
        self.settings = plan.settings
        self.numbered: NumberedArticle = number_article(article)
        self.growth = Growth(self.numbered, plan.first.id)
        self._reporting = Lock()

    def report(self, events: Iterator[BriefEvent]) -> None:
        """Report events to the listener; those of parallel calls come one at a time."""
        if self.settings.on_event:
            with self._reporting:
                for event in events:
                    self.settings.on_event(event)

    async def first_reading(self) -> Brief:
        """Return the brief without a second reading; a long article is read window by window.

        Raises `ModelError` and its kinds when no window could be read.
        """
        whole = reads_whole(self.plan.first.model)
        windows = (self.numbered,) if whole else cut_windows(self.numbered, self.settings.window)
        readings = await self._together([self._read(window) for window in windows])
        errors = [reading.error for reading in readings if reading.error]
        if len(errors) == len(readings):
            raise errors[0]
        for error in errors:
            self._raise_if_worth_another_try(error)
        return await self._merged(readings) if len(readings) > 1 else self._brief(readings[0])

    async def _read(self, numbered: NumberedArticle) -> _Answered[Outcome]:
        growth = self.growth.of(numbered)
        return await self._ask(
            self.plan.first, numbered, article_block(numbered), self.plan.instructions, extract, growth=growth
        )

    def _brief(self, reading: _Answered[Outcome]) -> Brief:
        """The brief of one reading; if the answer was cut off, a warning says what was lost."""
        outcome = reading.made
        assert outcome
        whole = not reading.numbered.part
        provenance = self._provenance([reading])
        made = assemble_brief(outcome.checked, self.numbered, provenance, outcome.unread, mentions=whole)
        part = f"In {reading.numbered.part}: " if reading.numbered.part else ""
        field = "positions" if outcome.is_short else None
        cut = Notice(field=field, reason=f"{part}{outcome.truncated}") if outcome.truncated else None
        return _with_warnings(made, reading.doubt, cut, first=True)

    async def _merged(self, readings: Sequence[_Answered[Outcome]]) -> Brief:
        """The brief of all windows that were read, with a summary of its own; a warning names the units of the others."""
        merged = merge_briefs([self._brief(reading) for reading in readings if reading.made])
        brief = with_mentions(merged, self.numbered)
        answered: list[_Answered[Any]] = [*readings]
        summary, notices = None, [_not_read(reading) for reading in readings if reading.error]
        if block := items_block(brief, self.settings.window):
            (written,) = await self._together([self._write_summary(block)])
            self._raise_if_worth_another_try(written.error)
            answered.append(written)
            summary = written.made.summary.strip() if written.made else None
            notices += written.made.warnings if written.made else [_not_written(written)]
        brief = brief.model_copy(update={"summary": summary or None, "provenance": self._provenance(answered)})
        return _with_warnings(brief, *notices, first=True)

    def _raise_if_worth_another_try(self, error: DiploError | None) -> None:
        """Raise a temporary error if answers are remembered: the next try pays only for what is missing."""
        if isinstance(error, UnavailableModelError) and self.settings.memory:
            raise error

    async def _write_summary(self, block: str) -> _Answered[Checked]:
        return await self._ask(
            self.plan.first,
            self.numbered,
            block,
            summary_instructions(self.settings.params, self.settings.language),
            write_summary,
            filled=Summary,
            prefix="diplo-items",
        )

    async def second_reading(self, brief: Brief) -> Brief:
        """Return the brief without the items that fail the second reading; items that are not judged stay."""
        if not count_of(brief):
            return brief
        parts = parts_of(brief, self.numbered, self.settings.window)
        answered = await self._together([self._judge(part) for part in parts])
        verdicts = put_together([(part, reading.made) for part, reading in zip(parts, answered, strict=True)])
        read = apply_verdicts(brief, verdicts, self.numbered) if any(reading.made for reading in answered) else brief
        made = Verification(
            model=self.plan.second.id,
            calls=sum(reading.calls for reading in answered),
            log_ids=tuple(id_ for reading in answered for id_ in reading.log_ids),
            **spent([answer for reading in answered for answer in reading.took], self.plan.second.id),
        )
        provenance = read.provenance.model_copy(update={"verification": made})
        doubts = [reading.doubt or _not_judged(reading, part, brief) for part, reading in zip(parts, answered, strict=True)]
        return _with_warnings(read.model_copy(update={"provenance": provenance}), *doubts)

    async def _judge(self, brief: Brief) -> _Answered[Verdicts]:
        return await self._ask(
            self.plan.second,
            self.numbered,
            claims_block(brief, self.numbered),
            verification_instructions(),
            partial(verify, count=count_of(brief)),
            filled=Verdicts,
            prefix="diplo-claims",
        )

    async def _together(self, flows: Sequence[Coroutine[Any, Any, _Answered[Made]]]) -> list[_Answered[Made]]:
        """Have several conversations; what is not answered yet is raised once all of them have asked."""
        answered = [await flows[0]] if len(flows) == 1 else await Together(flows, self.settings.window_jobs)
        for one in answered:
            if isinstance(one.error, UnansweredError):
                raise one.error
        return answered

    async def _ask(
        self,
        asked: Asked,
        numbered: NumberedArticle,
        block: str,
        instructions: Instructions,
        ask: Callable[[Thread], Coroutine[Any, Any, Made]],
        *,
        filled: type[Filled] = Extraction,
        prefix: str = "diplo",
        growth: Growth | None = None,
    ) -> _Answered[Made]:
        """Have one conversation with a model and log it, successful or not."""
        request = Request(
            numbered,
            block,
            instructions,
            asked.id,
            self.settings.key,
            asked.options,
            self.settings.retries if answers_again(asked.model) else 0,
            lambda attempt: self._on_call(attempt, thread, growth),
            (lambda text: self.report(growth.grown(text))) if growth and self.settings.on_event else None,
            prefix=prefix,
            memory=self.settings.memory,
        )
        thread = Thread(request, asked.model, filled)
        made, failure = None, None
        try:
            made = await ask(thread)
        except (ModelError, UnansweredError) as error:
            failure = error
        finally:
            log_ids, doubt = self._logged(thread)
        calls, done = len(thread.responses), tuple(took(response) for response in thread.responses if response._done)
        where = self._where(failure, thread, log_ids)
        thread.let_go()
        return _Answered(numbered, made, where, log_ids, doubt, calls, done)

    def _on_call(self, attempt: int, thread: Thread, growth: Growth | None) -> None:
        if self.settings.on_call:
            self.settings.on_call(thread.request.model_id, attempt)
        if growth:
            self.report(growth.started(attempt, thread.texts[-1] if thread.texts else None))

    def _logged(self, thread: Thread) -> tuple[tuple[str, ...], str | None]:
        """Log every answer that arrived, also failed ones; returns their ids, and any logging error, which does no harm."""
        if self.settings.logbook is None:
            return (), None
        try:
            return self.settings.logbook.write(thread.responses), None
        except LogError as error:
            return (), str(error)

    def _where(self, error: DiploError | None, thread: Thread, log_ids: tuple[str, ...]) -> DiploError | None:
        """The same error, with the command that shows the raw answer if there is one."""
        if not (isinstance(error, InvalidAnswerError) and log_ids and self.settings.logbook):
            return error
        return InvalidAnswerError(f"{error} What it answered: `{self.settings.logbook.command(thread.conversation.id)}`.")

    def _provenance(self, answered: Sequence[_Answered[Any]]) -> Provenance:
        answers = [answer for one in answered for answer in one.took]
        resolved = answers[-1].model
        return Provenance(
            model=self.plan.first.id,
            resolved_model=resolved,
            prompt=Prompt(name=self.plan.instructions.name, sha256=self.plan.instructions.sha256),
            calls=len(answers),
            **spent(answers, resolved or self.plan.first.id),
            seconds=round(time.perf_counter() - self.started, 3),
            log_ids=tuple(id_ for one in answered for id_ in one.log_ids),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def _with_warnings(brief: Brief, *reasons: str | Notice | None, first: bool = False) -> Brief:
    """The brief with more warnings, before or after its own."""
    more = tuple(Notice(reason=reason) if isinstance(reason, str) else reason for reason in reasons if reason)
    warnings = (*more, *brief.warnings) if first else (*brief.warnings, *more)
    return brief.model_copy(update={"warnings": tuple(dict.fromkeys(warnings))}) if more else brief


def _not_read(reading: _Answered[Outcome]) -> Notice:
    shown = reading.numbered.own
    return Notice(field="positions", reason=f"Units {shown[0]} to {shown[-1]} were not read: {reading.error}")


def _not_written(written: _Answered[Checked]) -> Notice:
    return Notice(field="summary", reason=f"No summary was written: {written.error}")


def _not_judged(reading: _Answered[Verdicts], part: Brief, brief: Brief) -> str | None:
    of = "" if part is brief else f" of {count_of(part)} of {count_of(brief)} items"
    return f"There was no second reading{of}: {reading.error}" if reading.error else None
