"""Any `llm` model as an instructor client: one conversation with it about one article.

instructor does the re-asking; every attempt is one `conversation.prompt(...)`, so that each is a turn of one thread in
`llm logs`. The checks run inside the response model's validator: a fault is a Pydantic error, so instructor re-asks.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from instructor import AsyncInstructor, Instructor, Provider, ResponseSchema, patch
from instructor.core.exceptions import IncompleteOutputException, InstructorRetryException
from openai.types.chat import ChatCompletion
from pydantic import model_validator
from pydantic_core import PydanticCustomError

from llm_diplo.brief.answer import bounded
from llm_diplo.brief.checks import Checked, check_extraction
from llm_diplo.brief.extraction import Extraction
from llm_diplo.brief.second_reading import Verdicts, verdicts_schema
from llm_diplo.errors import (
    DiploError,
)
from llm_diplo.models.registry import AsyncModel, SyncModel
from llm_diplo.models.thread import (
    Answer,
    Outcome,
    Request,
    Thread,
    _schema,
    atext_of,
    text_of,
)
from llm_diplo.text.quotations import NumberedArticle

# instructor reports every failed attempt to the root logger's last resort, which is the user's terminal.
logging.getLogger("instructor").addHandler(logging.NullHandler())

_reading: ContextVar[_Reading] = ContextVar("reading")
_claims: ContextVar[int] = ContextVar("claims")
_ENDINGS = (InstructorRetryException, IncompleteOutputException, DiploError)


@dataclass
class _Reading:
    """The article that an answer is held against, and what the checks last said."""

    numbered: NumberedArticle
    checked: Checked | None = None


class CheckedExtraction(ResponseSchema, Extraction):
    """The extraction as instructor's response model.

    Its article comes by context variable: `context=` would render every message as a Jinja template.
    """

    @model_validator(mode="before")
    @classmethod
    def _bound(cls, data: Any) -> Any:
        return bounded(data)

    @model_validator(mode="after")
    def _check(self) -> CheckedExtraction:
        reading = _reading.get()
        reading.checked = check_extraction(self, reading.numbered)
        if reading.checked.faults:
            raise PydanticCustomError("faults", "{faults}", {"faults": "\n".join(reading.checked.faults)})
        return self

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the lean schema, made once: instructor asks for it on every call."""
        return _schema()


class CheckedVerdicts(ResponseSchema, Verdicts):
    """The verdicts of the second reading as instructor's response model."""

    @model_validator(mode="after")
    def _check(self) -> CheckedVerdicts:
        if faults := self.faults(_claims.get()):
            raise PydanticCustomError("faults", "{faults}", {"faults": "\n".join(faults)})
        return self

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the lean schema."""
        return verdicts_schema()


def extract(request: Request, model: SyncModel, thread: Thread | None = None) -> Outcome:
    """Ask a sync model for the extraction of an article, re-asking up to `request.retries` times.

    Raises `ModelError` and its kinds; the thread keeps every response that came.
    """
    thread = thread or Thread(request, model)
    reading = _Reading(request.numbered)
    with _of(_reading, reading):
        _, error = _ask(thread, CheckedExtraction)
    return thread.outcome(error, reading.checked)


async def aextract(request: Request, model: AsyncModel, thread: Thread | None = None) -> Outcome:
    """The async twin of `extract`."""
    thread = thread or Thread(request, model)
    reading = _Reading(request.numbered)
    with _of(_reading, reading):
        _, error = await _aask(thread, CheckedExtraction)
    return thread.outcome(error, reading.checked)


def verify(thread: Thread, count: int) -> Verdicts:
    """Ask a sync model for a verdict on each of `count` claims; raises `ModelError` and its kinds."""
    with _of(_claims, count):
        answer, error = _ask(thread, CheckedVerdicts)
    return thread.accepted(answer, error)


async def averify(thread: Thread, count: int) -> Verdicts:
    """The async twin of `verify`."""
    with _of(_claims, count):
        answer, error = await _aask(thread, CheckedVerdicts)
    return thread.accepted(answer, error)


@contextmanager
def _of(variable: ContextVar[Any], value: Any) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def _ask(thread: Thread, model: type[Answer]) -> tuple[Answer | None, Exception | None]:
    """Let instructor ask, and re-ask; returns its answer, or the error that it ended with."""

    def create(messages: list[dict[str, Any]], **kwargs: Any) -> ChatCompletion:
        response = thread.prompt(messages)
        return thread.completion(response, text_of(response, thread.request.on_text))

    patched = patch(create=create, mode=thread.mode, provider=Provider.OPENAI)
    instructor = Instructor(client=None, create=patched, mode=thread.mode, provider=Provider.OPENAI)
    try:
        return instructor.create(model, messages=thread.messages(), max_retries=thread.request.retries, strict=False), None
    except _ENDINGS as error:
        return None, error


async def _aask(thread: Thread, model: type[Answer]) -> tuple[Answer | None, Exception | None]:
    """The async twin of `_ask`."""

    async def create(messages: list[dict[str, Any]], **kwargs: Any) -> ChatCompletion:
        response = thread.prompt(messages)
        return thread.completion(response, await atext_of(response, thread.request.on_text))

    patched = patch(create=create, mode=thread.mode, provider=Provider.OPENAI)
    instructor = AsyncInstructor(client=None, create=patched, mode=thread.mode, provider=Provider.OPENAI)
    try:
        answer = await instructor.create(model, messages=thread.messages(), max_retries=thread.request.retries, strict=False)
    except _ENDINGS as error:
        return None, error
    return answer, None
