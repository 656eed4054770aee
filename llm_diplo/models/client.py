"""Any `llm` model as an instructor client: one conversation with it about one article.

instructor does the re-asking; every attempt is one `conversation.prompt(...)`, so that each is a turn of one thread in
`llm logs`. The checks run inside the response model's validator: a fault is a Pydantic error, so instructor re-asks.

Nothing here waits for a model. `extract` and `verify` are coroutines that await nothing but `Call`s, and a pump
(`models.pump`, or your own over another transport) answers these.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from json import JSONDecodeError
from typing import Any, ClassVar, TypeVar

from instructor import AsyncInstructor, Provider, ResponseSchema, patch
from instructor.core.exceptions import IncompleteOutputException, InstructorRetryException, ResponseParsingError
from openai.types.chat import ChatCompletion
from pydantic import ValidationError, model_validator
from pydantic_core import PydanticCustomError
from tenacity import AsyncRetrying, retry_if_exception_type

from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.extraction import Extraction, Filled, bounded, lean_schema, too_many
from llm_diplo.brief.follow_up import Summary, Verdicts, check_summary
from llm_diplo.brief.reask import reask_extraction, reask_summary, reask_verdicts
from llm_diplo.brief.review import Checked
from llm_diplo.errors import DiploError, EmptyAnswerError, UnansweredError
from llm_diplo.models.pump import Call
from llm_diplo.models.registry import unwrapped
from llm_diplo.models.thread import Answer, Outcome, Thread
from llm_diplo.schema import Rejected
from llm_diplo.text.quotations import NumberedArticle

# instructor reports every failed attempt to the root logger's last resort, which is the user's terminal.
logging.getLogger("instructor").addHandler(logging.NullHandler())

Given = TypeVar("Given")

_reading: ContextVar[_Reading] = ContextVar("reading")
_claims: ContextVar[int] = ContextVar("claims")
_ENDINGS = (InstructorRetryException, IncompleteOutputException, DiploError)
_FAULTS = (ValidationError, JSONDecodeError, ResponseParsingError)
"""What instructor re-asks for."""


@dataclass
class _Reading:
    """The article that an answer is held against, and what the checks last said."""

    numbered: NumberedArticle
    checked: Checked | None = None
    unread: tuple[Rejected, ...] = ()
    """The items of that answer that were not read."""


class _Lean(ResponseSchema):
    """A response model with the lean schema, made once: instructor asks for it on every call."""

    filled: ClassVar[type[Filled]]

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return lean_schema(cls.filled)


class CheckedExtraction(_Lean):
    """The extraction as instructor's response model.

    It has no fields of its own: of those instructor makes walks, copies and debugging texts on every call, a fifth of the
    CPU time of a brief. The article comes by context variable: `context=` would render every message as a Jinja template.
    """

    filled = Extraction

    @model_validator(mode="before")
    @classmethod
    def _check(cls, data: Any) -> dict[str, Any]:
        reading = _reading.get()
        reading.checked = check_extraction(Extraction.model_validate(bounded(data)), reading.numbered)
        reading.unread = tuple(too_many(data))
        return _without_faults({}, reading.checked.faults)


class CheckedVerdicts(_Lean, Verdicts):
    """The verdicts of the second reading as instructor's response model."""

    filled = Verdicts

    @model_validator(mode="after")
    def _check(self) -> CheckedVerdicts:
        return _without_faults(self, self.faults(_claims.get()))


class CheckedSummary(_Lean, Summary):
    """The summary of an article that was read in windows as instructor's response model."""

    filled = Summary

    @model_validator(mode="after")
    def _check(self) -> CheckedSummary:
        reading = _reading.get()
        reading.checked = check_summary(self.summary, reading.numbered)
        return _without_faults(self, reading.checked.faults)


def _without_faults(answer: Given, faults: list[str]) -> Given:
    """Return an answer that has no faults; else raise them as Pydantic does, so that instructor re-asks."""
    if faults:
        raise PydanticCustomError("faults", "{faults}", {"faults": "\n".join(faults)})
    return answer


async def extract(thread: Thread) -> Outcome:
    """Ask for the extraction of the thread's article, re-asking up to `request.retries` times.

    Raises `ModelError` and its kinds; the thread keeps every response that came.
    """
    reading = _Reading(thread.request.numbered)
    numbered = thread.request.numbered
    _, error = await _ask(thread, CheckedExtraction, _reading, reading, partial(reask_extraction, numbered=numbered))
    return thread.outcome(error, reading.checked, reading.unread)


async def verify(thread: Thread, count: int) -> Verdicts:
    """Ask for a verdict on each of `count` claims; raises `ModelError` and its kinds."""
    answer, error = await _ask(thread, CheckedVerdicts, _claims, count, partial(reask_verdicts, count=count))
    return thread.accepted(answer, error)


async def write_summary(thread: Thread) -> Checked:
    """Ask for the summary of the thread's article; raises `ModelError` and its kinds."""
    reading = _Reading(thread.request.numbered)
    reask = partial(reask_summary, numbered=reading.numbered)
    thread.accepted(*await _ask(thread, CheckedSummary, _reading, reading, reask))
    assert reading.checked
    return reading.checked


async def _no_pause(seconds: float) -> None:
    pass


async def _ask(
    thread: Thread, model: type[Answer], variable: ContextVar[Any], value: Any, reask: Callable[[str], str]
) -> tuple[Answer | None, Exception | None]:
    """Let instructor ask, and re-ask; returns its answer, or the error that it ended with.

    instructor itself does not re-ask for an empty answer, nor for one cut at the token limit; that one is asked for once
    more, with a higher limit.
    """

    async def ask(messages: list[dict[str, Any]]) -> ChatCompletion:
        response = thread.prompt(messages, reask)
        text = thread.recalled(response)
        if text is None:
            with unwrapped():
                text = await Call(response, thread.on_text if thread.request.on_text else None)
        # Set after the call: while it waited, another conversation may have used the same context.
        variable.set(value)
        return thread.completion(response, text)

    async def create(messages: list[dict[str, Any]], **kwargs: Any) -> ChatCompletion:
        try:
            answer = await ask(messages)
        except EmptyAnswerError:
            if thread.is_spent:
                raise
            thread.take_back()
            return await create(messages)
        if answer.choices[0].finish_reason != "length" or thread.is_spent or not thread.raise_limit():
            return answer
        thread.take_back()
        try:
            return await create(messages)
        except UnansweredError:
            raise
        except Exception:  # the model may refuse so high a limit, and the whole items of the cut answer are there
            return answer

    patched = patch(create=create, mode=thread.mode, provider=Provider.OPENAI)
    instructor = AsyncInstructor(client=None, create=patched, mode=thread.mode, provider=Provider.OPENAI)
    # Ours, as `create` may ask again by itself, and as tenacity's own pause looks for the event loop of some library.
    tries = AsyncRetrying(stop=lambda _: thread.is_spent, retry=retry_if_exception_type(_FAULTS), sleep=_no_pause, reraise=True)
    try:
        answer = await instructor.create(model, messages=thread.messages(), max_retries=tries, strict=False)
    except _ENDINGS as error:
        return None, error
    return answer, None
