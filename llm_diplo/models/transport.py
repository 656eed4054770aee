"""An HTTP transport whose cost for a request does not grow with the number of open connections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import httpx2

_ONE = httpx2.Limits(max_connections=1, max_keepalive_connections=1)


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
