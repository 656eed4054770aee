"""Sync and async in one: a flow is a coroutine that awaits only `Call`s and `Together`s, and a pump answers these."""

from __future__ import annotations

import _thread
import asyncio
import json
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, Generic, TypeAlias, TypeVar

import llm

from llm_diplo.brief.extraction import LONGEST_ANSWER
from llm_diplo.errors import OversizedAnswerError
from llm_diplo.models.answers import join_parts, text_in
from llm_diplo.text.article import without_surrogates

Made = TypeVar("Made")


@dataclass(frozen=True)
class Call:
    """One answer that a flow waits for: `await call` is its text."""

    response: Any
    """llm's lazy response: whoever reads it makes the call."""
    on_text: Callable[[str], None] | None = None
    """Called with the answer so far, as it grows."""

    def __await__(self) -> Generator[Call, str, str]:
        """Hand the call to the pump; evaluates to the text that it sends back."""
        return (yield self)

    def text(self) -> str:
        """Make the call; raises `OversizedAnswerError` as soon as the answer is longer than any extraction."""
        text = _Text(self.on_text)
        for chunk in self.response:
            text.add(chunk)
        return text.ended(self.response)

    async def atext(self) -> str:
        """The async twin of `text`; a sync model is read in a thread."""
        if not isinstance(self.response, llm.AsyncResponse):
            return await in_thread(self.text)
        text = _Text(self.on_text)
        async for chunk in self.response:
            text.add(chunk)
        return text.ended(self.response)


@dataclass(frozen=True)
class Together(Generic[Made]):
    """Flows that a flow waits for, several of them at once: `await together` is what they return, in their order.

    The first error that one of them raises ends them all.
    """

    flows: Sequence[Coroutine[Any, Any, Made]]
    at_once: int = 1

    def __await__(self) -> Generator[Together[Made], list[Made], list[Made]]:
        """Hand the flows to the pump."""
        return (yield self)


Awaited: TypeAlias = Call | Together[Any]


def run(flow: Coroutine[Any, Any, Made]) -> Made:
    """Run a flow to its end in this thread; its models have to be sync, and calls side by side get threads of their own."""
    step: Callable[[], Awaited] = partial(flow.send, None)
    while True:
        try:
            awaited = step()
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        step = _next_step(flow, awaited)


async def arun(flow: Coroutine[Any, Any, Made], answer: Callable[[Call], Awaitable[str]] = Call.atext) -> Made:
    """Run a flow to its end in this event loop; its models may be async or sync. `answer` makes each call."""
    step: Callable[[], Awaited] = partial(flow.send, None)
    while True:
        try:
            awaited = step()
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        try:
            made = await (answer(awaited) if isinstance(awaited, Call) else _arun_together(awaited, answer))
            step = partial(flow.send, made)
        except BaseException as error:
            step = partial(flow.throw, error)


def _next_step(flow: Coroutine[Any, Any, Made], awaited: Awaited) -> Callable[[], Awaited]:
    """Wait for what a flow awaits; returns how the flow goes on."""
    try:
        return partial(flow.send, awaited.text() if isinstance(awaited, Call) else _SideBySide(awaited).run())
    except BaseException as error:
        return partial(flow.throw, error)


class _SideBySide(Generic[Made]):
    """Flows that are run in this thread, while daemon threads wait for their calls."""

    def __init__(self, together: Together[Made]) -> None:
        self.together = together
        self.waiting = deque(enumerate(together.flows))
        self.steps: SimpleQueue[tuple[int, Callable[[], Awaited]]] = SimpleQueue()
        self.made: dict[int, Made] = {}

    def run(self) -> list[Made]:
        try:
            for _ in range(self.together.at_once):
                self._begin()
            while len(self.made) < len(self.together.flows):
                self._go_on(*self.steps.get())
        finally:
            for flow in self.together.flows:
                flow.close()
        return [self.made[number] for number in range(len(self.together.flows))]

    def _begin(self) -> None:
        if self.waiting:
            number, flow = self.waiting.popleft()
            self._go_on(number, partial(flow.send, None))

    def _go_on(self, number: int, step: Callable[[], Awaited]) -> None:
        try:
            awaited = step()
        except StopIteration as end:
            self.made[number] = end.value
            self._begin()
            return
        threading.Thread(target=copy_context().run, args=(self._wait, number, awaited), daemon=True).start()

    def _wait(self, number: int, awaited: Awaited) -> None:
        self.steps.put((number, _next_step(self.together.flows[number], awaited)))


async def _arun_together(together: Together[Made], answer: Callable[[Call], Awaitable[str]]) -> list[Made]:
    free = asyncio.Semaphore(together.at_once)

    async def arun_one(flow: Coroutine[Any, Any, Made]) -> Made:
        await free.acquire()
        made = await arun(flow, answer)
        free.release()  # not after an error, so that no other flow begins
        return made

    tasks = [asyncio.create_task(arun_one(flow)) for flow in together.flows]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for flow in together.flows:
            flow.close()


async def in_thread(work: Callable[[], Made]) -> Made:
    """Return what `work` returns in a thread with this context, as `asyncio.to_thread` does, but in a daemon thread.

    So nothing waits for it once its result is no longer wanted: `asyncio.run` would join a thread of the loop's own
    executor, and Ctrl-C hang until the server has answered.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[tuple[Made, None] | tuple[None, BaseException]] = loop.create_future()
    context = copy_context()

    def deliver(outcome: tuple[Made, None] | tuple[None, BaseException]) -> None:
        if not ended.done():
            ended.set_result(outcome)

    def do() -> None:
        outcome: tuple[Made, None] | tuple[None, BaseException]
        try:
            outcome = context.run(work), None
        except BaseException as error:
            outcome = None, error
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(deliver, outcome)

    _thread.start_new_thread(do, ())  # `Thread.start` would wait until it runs
    made, error = await ended
    if error is not None:
        raise error
    return made  # type: ignore[return-value]


class _Text:
    def __init__(self, on_text: Callable[[str], None] | None) -> None:
        self.chunks: list[str] = []
        self.length = 0
        self.on_text = on_text

    def add(self, content: Any) -> None:
        chunk = text_in(content)
        self.chunks.append(chunk)
        self.length += len(chunk)
        if self.length > LONGEST_ANSWER:
            raise OversizedAnswerError(f"the answer is longer than {LONGEST_ANSWER:,} characters")
        # An item ends with a brace: between them nothing can have become whole.
        if self.on_text and "}" in chunk:
            self.on_text(self.whole)

    @property
    def whole(self) -> str:
        return without_surrogates("".join(self.chunks))

    def ended(self, response: Any) -> str:
        """Return the text of a finished response; llm-anthropic asks older models for a schema by a tool's arguments."""
        join_parts(response)
        calls = [] if (text := self.whole.strip()) else response.tool_calls_or_raise()
        return json.dumps(calls[0].arguments) if len(calls) == 1 else text
