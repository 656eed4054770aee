"""HTTP connections of llm's OpenAI-like models: pooled, bounded, and closed when their event loop ends.

llm builds a new client, with its own connections, for each prompt; here one serves all prompts of a model.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import openai

from llm_diplo.errors import OversizedAnswerError

LONGEST_BODY = 16_000_000
"""Bytes of one HTTP answer; what is longer is no extraction, and may be without end."""


def timeout() -> float | None:
    """Seconds to wait for a model, from `DIPLO_TIMEOUT`; None for the client's own (ten minutes for OpenAI's)."""
    try:
        return float(os.environ["DIPLO_TIMEOUT"])
    except (KeyError, ValueError):
        return None


class Connections:
    """The clients of one model: one for each key, and for async ones for each event loop, as they cannot be shared."""

    def __init__(self, build: Callable[..., Any]) -> None:
        """`build` is the model's own `get_client`, called once for each client that is needed."""
        self.build = build
        self.clients: dict[str | None, Any] = {}
        self.async_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str | None, _AsyncClient]] = WeakKeyDictionary()

    def __call__(self, key: str | None = None, *args: Any, async_: bool = False, **kwargs: Any) -> Any:
        """Return the client for a key, as the model's own `get_client` would."""
        if args or kwargs:
            return self.build(key, *args, async_=async_, **kwargs)
        if async_:
            clients = self.async_clients.setdefault(asyncio.get_running_loop(), {})
            if key not in clients:
                clients[key] = _AsyncClient(_bounded(self.build(key, async_=True), is_async=True))
            return clients[key].client
        if key not in self.clients:
            self.clients[key] = _bounded(self.build(key, async_=False), is_async=False)
        return self.clients[key]


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


def _bounded(client: Any, *, is_async: bool) -> Any:
    """The same client with answers cut off at `LONGEST_BODY`; what is no client of the openai package stays as it is."""
    if not isinstance(client, openai.AsyncOpenAI if is_async else openai.OpenAI):
        return client
    seconds = timeout() or client.timeout
    if is_async:

        async def on_async_response(response: Any) -> None:
            response.stream = _AsyncBounded(response.stream)

        http: Any = openai.DefaultAsyncHttpxClient(timeout=seconds, event_hooks={"response": [on_async_response]})
    else:

        def on_response(response: Any) -> None:
            response.stream = _Bounded(response.stream)

        http = openai.DefaultHttpxClient(timeout=seconds, event_hooks={"response": [on_response]})
    return client.with_options(http_client=http, timeout=seconds)


def _counted(count: int, chunk: bytes) -> int:
    count += len(chunk)
    if count > LONGEST_BODY:
        raise OversizedAnswerError(f"the answer is longer than {LONGEST_BODY:,} bytes")
    return count


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __iter__(self) -> Iterator[bytes]:
        count = 0
        for chunk in self.stream:
            count = _counted(count, chunk)
            yield chunk

    def close(self) -> None:
        self.stream.close()


class _AsyncBounded(httpx2.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self.stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        async for chunk in self.stream:
            count = _counted(count, chunk)
            yield chunk

    async def aclose(self) -> None:
        await self.stream.aclose()
