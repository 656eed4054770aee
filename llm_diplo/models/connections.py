"""HTTP connections of llm's OpenAI-like models: pooled, paced, bounded, and closed when their event loop ends.

llm builds a new client, with its own connections, for each prompt; here one serves all prompts of a model.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeAlias
from urllib.request import getproxies

import httpx2
import openai

from llm_diplo.errors import DiploError, OversizedAnswerError
from llm_diplo.forks import in_forked_child
from llm_diplo.models.foreign import text_in
from llm_diplo.models.pace import Pace
from llm_diplo.models.transport import SeparateConnections

LONGEST_BODY = 16_000_000
"""Bytes of one HTTP answer; a longer one is not an extraction, and may be endless."""
EXCERPT = 200
"""Bytes of an answer that are kept for an error message."""

_PARTS = re.compile(rb'"content"\s*:\s*\[')
_OF_THE_BODY = ("content-length", "content-encoding", "transfer-encoding")

Transport: TypeAlias = httpx2.BaseTransport | httpx2.AsyncBaseTransport

_transport: ContextVar[Transport | None] = ContextVar("transport", default=None)
_reply: ContextVar[bytearray | None] = ContextVar("reply", default=None)


@contextlib.contextmanager
def sent_over(transport: Transport) -> Iterator[None]:
    """Send the requests that OpenAI-like models make in this block over `transport` instead of the network.

    A sync model needs an `httpx2.BaseTransport`, an async one an `httpx2.AsyncBaseTransport`; a class may be both. Tasks
    and threads (`asyncio.to_thread`) started in the block are included. A `DiploError` that the transport raises reaches
    the caller as it is, and nothing is sent twice: openai does not retry. It is closed with the clients that used it.
    """
    token = _transport.set(transport)
    try:
        yield
    finally:
        _transport.reset(token)


@contextlib.contextmanager
def unwrapped() -> Iterator[None]:
    """Raise a `DiploError` of a transport as it is, without the error in which openai wraps it."""
    try:
        yield
    except openai.APIConnectionError as error:
        if isinstance(error.__cause__, DiploError):
            raise error.__cause__ from None
        raise


def last_reply() -> str:
    """Return the first words of the last HTTP answer in this task or thread, on one line; empty when unreadable."""
    try:
        text = bytes(_reply.get() or b"").decode()
    except UnicodeDecodeError:
        return ""
    return " ".join(text.split())


def timeout() -> float | None:
    """Seconds to wait for a model, from `DIPLO_TIMEOUT`; None for the client's own (ten minutes for OpenAI's)."""
    try:
        return float(os.environ["DIPLO_TIMEOUT"])
    except (KeyError, ValueError):
        return None


_all: weakref.WeakSet[Connections] = weakref.WeakSet()
_inherited: list[Any] = []
"""What a forked child has of its parent: kept, as to close it would reach into the parent's sockets and selector."""


def _renew_all() -> None:
    for connections in list(_all):
        _inherited.append((connections.clients, connections.async_clients, connections.pace))
        connections.renew()


# A child of a fork shares the sockets of its parent: it would read the answers to others' requests.
in_forked_child(_renew_all)


Which: TypeAlias = tuple[str | None, Transport | None]
"""What tells clients apart: the key, and the transport if one is given."""


class Connections:
    """The clients of one model: one for each key, and for async ones for each event loop, as they cannot be shared."""

    def __init__(self, build: Callable[..., Any]) -> None:
        """`build` is the model's own `get_client`, called once for each client that is needed."""
        self.build = build
        self.renew()
        _all.add(self)

    def renew(self) -> None:
        """Begin again, without a client, and at full pace."""
        self.pace = Pace()
        self.clients: dict[Which, Any] = {}
        self.async_clients: dict[asyncio.AbstractEventLoop, dict[Which, _AsyncClient]] = {}

    def __call__(self, key: str | None = None, *args: Any, async_: bool = False, **kwargs: Any) -> Any:
        """Return the client for a key, as the model's own `get_client` would."""
        if args or kwargs:
            return self.build(key, *args, async_=async_, **kwargs)
        which = key, _transport.get()
        if async_:
            clients = self._of_this_loop()
            if which not in clients:
                clients[which] = _AsyncClient(self._ours(self.build(key, async_=True)))
            return clients[which].client
        if which not in self.clients:
            self.clients[which] = self._ours(self.build(key, async_=False))
        return self.clients[which]

    def _of_this_loop(self) -> dict[Which, _AsyncClient]:
        """The clients of the running loop; those of closed loops are let go, as a client holds its loop and its sockets."""
        loop = asyncio.get_running_loop()
        if loop not in self.async_clients:
            for ended in [other for other in list(self.async_clients) if other.is_closed()]:
                self.async_clients.pop(ended, None)
        return self.async_clients.setdefault(loop, {})

    def _ours(self, client: Any) -> Any:
        """The same client over our HTTP client; anything but a client of the openai package stays as it is."""
        if not isinstance(client, openai.OpenAI | openai.AsyncOpenAI):
            return client
        seconds = timeout() or client.timeout
        given: Any = _transport.get()
        if isinstance(client, openai.OpenAI):
            http: Any = _Http(self.pace, timeout=seconds, transport=given)
        else:
            # Without a transport, httpx has one for each proxy that the environment names.
            http = _AsyncHttp(self.pace, timeout=seconds, transport=given or (None if getproxies() else SeparateConnections()))
        ours = client.with_options(http_client=http, timeout=seconds, max_retries=0 if given else client.max_retries)
        for resource in (ours.chat.completions, ours.responses):
            resource.create = partial(_create, resource.create)  # type: ignore[method-assign]
        return ours


def _create(create: Callable[..., Any], *, extra_body: Any = None, **kwargs: Any) -> Any:
    """Call the SDK's `create` with article and schema in `extra_body`: what it gets elsewhere it holds against every type."""
    large = {name: kwargs.pop(name) for name in ("messages", "response_format", "input", "text") if name in kwargs}
    required: dict[str, Any] = {"messages": []} if "messages" in large else {}
    return create(**required, **kwargs, extra_body={**(extra_body or {}), **large})


class _AsyncClient:
    """A client that its loop closes in the end: loops finish the async generators that were begun in them."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.closing = _open_until_the_loop_ends(client)
        with contextlib.suppress(StopIteration):
            self.closing.__anext__().send(None)


async def _open_until_the_loop_ends(client: Any) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await client.close()


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


class _Http(openai.DefaultHttpxClient):
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


class _AsyncHttp(openai.DefaultAsyncHttpxClient):
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
