"""How requests of OpenAI-like models are sent: paced, bounded, and at a cost that does not grow with open connections."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from functools import partial
from threading import Lock
from typing import Any

import httpx2
import openai

from llm_diplo.errors import OversizedAnswerError
from llm_diplo.models.answers import text_in

LONGEST_BODY = 16_000_000
"""Bytes of one HTTP answer; a longer one is not an extraction, and may be endless."""
EXCERPT = 200
"""Bytes of an answer that are kept for an error message."""

_PARTS = re.compile(rb'"content"\s*:\s*\[')
_OF_THE_BODY = ("content-length", "content-encoding", "transfer-encoding")
_ONE = httpx2.Limits(max_connections=1, max_keepalive_connections=1)

_reply: ContextVar[bytearray | None] = ContextVar("reply", default=None)


def last_reply() -> str:
    """Return the first words of the last HTTP answer in this task or thread, on one line; empty when unreadable."""
    try:
        text = bytes(_reply.get() or b"").decode()
    except UnicodeDecodeError:
        return ""
    return " ".join(text.split())


class SeparateConnections(httpx2.AsyncBaseTransport):
    """Each connection in a pool of its own; the one that was used last is used next.

    httpx's pool asks every idle connection, twice a request, whether its server has closed it: with 50 of them a tenth of
    the CPU time of a brief. Here only the one that is to be used is asked.
    """

    def __init__(self) -> None:
        self.context = httpx2.create_ssl_context()
        self.every: list[httpx2.AsyncHTTPTransport] = []
        self.free: list[httpx2.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request over a free connection, or a new one."""
        if not self.free:
            self.free.append(httpx2.AsyncHTTPTransport(verify=self.context, limits=_ONE))
            self.every.append(self.free[-1])
        own = self.free.pop()
        try:
            response = await own.handle_async_request(request)
        except BaseException:
            self.free.append(own)
            raise
        response.stream = _Returning(response.stream, partial(self.free.append, own))
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        for own in self.every:
            await own.aclose()


class _Returning(httpx2.AsyncByteStream):
    """The body of an answer; its connection is free again once it is closed."""

    def __init__(self, stream: Any, give_back: Callable[[], None]) -> None:
        self.stream = stream
        self.give_back: Callable[[], None] | None = give_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self.stream:
            yield chunk

    async def aclose(self) -> None:
        give_back, self.give_back = self.give_back, None
        try:
            await self.stream.aclose()
        finally:
            if give_back:
                give_back()


def _asked_to_wait(response: httpx2.Response) -> float | None:
    """Seconds that a 429 asks to wait, as OpenAI's own header or the standard one says; None when neither does."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with contextlib.suppress(KeyError, ValueError):
            return float(response.headers[name]) * unit
    return None


def _passes_on(pace: Pace, sent: float, response: httpx2.Response) -> bool:
    """Whether a response goes to the SDK; a 429 is waited out below it, so that it costs none of the SDK's retries."""
    if response.status_code != 429:
        pace.accept(sent)
        return True
    if b"insufficient_quota" not in response.content and pace.refuse(sent, _asked_to_wait(response)):
        return False
    response.headers["x-should-retry"] = "false"
    return True


def _in_one_piece(response: httpx2.Response) -> httpx2.Response:
    """The same chat completion with content that came in parts as one string: the SDK's types know no other."""
    if not response.url.path.endswith("/chat/completions"):
        return response
    if not response.is_closed:
        response.iter_bytes = partial(_events, response.iter_bytes)  # type: ignore[method-assign]
        response.aiter_bytes = partial(_async_events, response.aiter_bytes)  # type: ignore[method-assign]
        return response
    joined = _joined(response.content, "message")
    if joined is response.content:
        return response
    headers = {name: value for name, value in response.headers.items() if name not in _OF_THE_BODY}
    return httpx2.Response(response.status_code, headers=headers, content=joined, request=response.request)


def _joined(data: bytes, name: str) -> bytes:
    """The same JSON with the content of its messages, or of the deltas of a stream, as one string."""
    if not _PARTS.search(data):
        return data
    try:
        answer = json.loads(data)
        for choice in answer["choices"]:
            choice[name]["content"] = text_in(choice[name]["content"])
    except (ValueError, LookupError, TypeError):
        return data  # no chat completion, and reported as that
    return json.dumps(answer).encode()


class _Lines:
    """The lines of a stream of server-sent events, as whole as they have come."""

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def add(self, chunk: bytes) -> bytes:
        """Return the lines that a chunk completes."""
        head, end, tail = chunk.rpartition(b"\n")
        if not end:
            self.held.append(tail)
            return b""
        lines = b"".join((*self.held, head)).split(b"\n")
        self.held = [tail]
        return b"".join(map(_event, lines))

    def rest(self) -> bytes:
        """Return what no line break ended."""
        return b"".join(self.held)


def _event(line: bytes) -> bytes:
    data = line.removeprefix(b"data:")
    joined = _joined(data, "delta")
    return (line if joined is data else b"data:" + joined) + b"\n"


def _events(chunks: Callable[..., Iterator[bytes]], *args: Any) -> Iterator[bytes]:
    lines = _Lines()
    yield from map(lines.add, chunks(*args))
    yield lines.rest()


async def _async_events(chunks: Callable[..., AsyncIterator[bytes]], *args: Any) -> AsyncGenerator[bytes, None]:
    lines = _Lines()
    async for chunk in chunks(*args):
        yield lines.add(chunk)
    yield lines.rest()


class PacedHttp(openai.DefaultHttpxClient):
    def __init__(self, pace: Pace, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pace = pace

    def send(self, request: httpx2.Request, **kwargs: Any) -> httpx2.Response:
        while True:
            while seconds := self.pace.delay():
                time.sleep(seconds)
            sent = time.monotonic()
            response = super().send(request, **{**kwargs, "stream": True})
            response.stream = _Bounded(response.stream)
            if response.status_code == 429 or not kwargs.get("stream"):
                with contextlib.closing(response):
                    response.read()
            if _passes_on(self.pace, sent, response):
                return _in_one_piece(response)


class PacedAsyncHttp(openai.DefaultAsyncHttpxClient):
    def __init__(self, pace: Pace, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pace = pace

    async def send(self, request: httpx2.Request, **kwargs: Any) -> httpx2.Response:
        while True:
            while seconds := self.pace.delay():
                await asyncio.sleep(seconds)
            sent = time.monotonic()
            response = await super().send(request, **{**kwargs, "stream": True})
            response.stream = _AsyncBounded(response.stream)
            if response.status_code == 429 or not kwargs.get("stream"):
                async with contextlib.aclosing(response):
                    await response.aread()
            if _passes_on(self.pace, sent, response):
                return _in_one_piece(response)


class _Count:
    """The bytes of one answer so far; the first are kept for error messages."""

    def __init__(self) -> None:
        self.bytes = 0
        self.start = bytearray()
        _reply.set(self.start)

    def add(self, chunk: bytes) -> bytes:
        self.start += chunk[: EXCERPT - len(self.start)] if len(self.start) < EXCERPT else b""
        self.bytes += len(chunk)
        if self.bytes > LONGEST_BODY:
            raise OversizedAnswerError(f"the answer is longer than {LONGEST_BODY:,} bytes")
        return chunk


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.count = _Count()

    def __iter__(self) -> Iterator[bytes]:
        return map(self.count.add, self.stream)

    def close(self) -> None:
        self.stream.close()


class _AsyncBounded(httpx2.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.count = _Count()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self.stream:
            yield self.count.add(chunk)

    async def aclose(self) -> None:
        await self.stream.aclose()


# Pace: as fast as they come, until the server answers 429 (too many requests)

FIRST_PAUSE = 1.0
"""Seconds to pause after a 429 that does not say how long."""
LONGEST_PAUSE = 60.0
"""Seconds that a pause may grow to over what the server asks for."""
LONGEST_ASKED = 120.0
"""Seconds; a longer pause is not waited for: the server's answer is passed on."""
MOST_PROBES = 8
"""Refused probes in a row after which a 429 is passed on."""
PATIENCE = 1.0
"""Seconds after which a probe counts as accepted: a refusal comes at once, an answer takes its time."""


class Pace:
    """The pace of one model's requests, shared by every job, thread and event loop of the process.

    After a 429 everyone waits as long as the server asks, and longer each time that it refuses again. Then one request
    is sent as a probe. When it is accepted, the others follow one by one: first over the length of the pause, 3 % faster
    with each answer, half as fast after each new 429 (additive increase, multiplicative decrease, as in RFC 5681).
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.paused = float("-inf")  # when the last pause began
        self.until = float("-inf")
        self.refused = 0  # pauses in a row without an answer between them
        self.probing = False  # whether a pause is over that no answer has ended yet
        self.probed = float("-inf")  # when the last probe was sent
        self.interval = 0.0
        self.following = float("-inf")  # when the next request may be sent

    def delay(self) -> float:
        """Return the seconds to wait before asking again; 0.0 when the request may be sent now."""
        with self.lock:
            now = time.monotonic()
            if now < self.until:
                return self.until - now + random.uniform(0, self.interval)
            if self.probing and self.probed >= self.until:
                if now - self.probed < PATIENCE:
                    return random.uniform(0.02, 0.1)
                self.probing = False
            if self.probing:
                self.probed = now
            elif now < self.following:
                return self.following - now + random.uniform(0, self.interval)
            self.following = now + self.interval
            return 0.0

    def refuse(self, sent: float, asked: float | None) -> bool:
        """Note a 429 to a request sent at `sent` (monotonic seconds); return True if it is to be sent again.

        `asked` is the pause in seconds that the server asks for, if it does.
        """
        if asked is not None and asked > LONGEST_ASKED:
            return False
        with self.lock:
            now = time.monotonic()
            seconds = FIRST_PAUSE if asked is None else max(asked, 0.0)
            if sent >= self.paused:
                self.paused = now
                self.probing = True
                self.interval = max(2 * self.interval, seconds / 20)
                self.refused += 1
            if self.refused > MOST_PROBES:
                return False
            grown = min(seconds * 1.5 ** (self.refused - 1), max(seconds, LONGEST_PAUSE))
            self.until = max(self.until, now + grown)
            return True

    def accept(self, sent: float) -> None:
        """Note an answer to a request sent at `sent`; what was sent before the pause says nothing about it."""
        with self.lock:
            if sent >= self.paused:
                self.refused = 0
                self.probing = False
                self.interval = 0.97 * self.interval if self.interval > 0.001 else 0.0
