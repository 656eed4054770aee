"""Which model answers: any that `llm` knows, found once and kept, with one connection pool each."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import os
import weakref
from collections.abc import AsyncGenerator, Callable, Iterator
from contextvars import ContextVar
from functools import cache, partial
from typing import Any, TypeAlias, TypeVar
from urllib.request import getproxies

import httpx2
import llm
import openai

from llm_diplo.errors import DiploError, ModelError, UnknownModelError
from llm_diplo.models.transport import Pace, PacedAsyncHttp, PacedHttp, SeparateConnections
from llm_diplo.process import in_forked_child, lock_that_forks

SyncModel: TypeAlias = llm.Model | llm.KeyModel
AsyncModel: TypeAlias = llm.AsyncModel | llm.AsyncKeyModel
Found = TypeVar("Found")

_TOKEN_LIMITS = ("max_tokens", "max_output_tokens", "max_completion_tokens", "num_predict", "max_new_tokens")

# llm loads its plugins in the first call, and another thread finds no model meanwhile.
_ONE_AT_A_TIME = lock_that_forks()


@cache
def get_model(model_id: str) -> SyncModel:
    """Return the sync model of that id or alias, always the same instance, its connections pooled.

    Raises `UnknownModelError`, which names the nearest id.
    """
    try:
        with _ONE_AT_A_TIME:
            return _pooled(llm.get_model(model_id))
    except llm.UnknownModelError:
        raise UnknownModelError(_unknown(model_id)) from None


@cache
def get_async_model(model_id: str) -> AsyncModel | None:
    """Return the async twin of a model, always the same instance; None where its plugin offers none."""
    try:
        with _ONE_AT_A_TIME:
            return _pooled(llm.get_async_model(model_id))
    except llm.UnknownModelError:
        get_model(model_id)
        return None


def get_async_or_sync_model(model_id: str) -> AsyncModel | SyncModel:
    """Return the async twin of a model, or the model itself where its plugin offers none."""
    return get_async_model(model_id) or get_model(model_id)


def default_model_id() -> str:
    """Return the id of the model that `llm` itself would use: `LLM_MODEL`, else its default."""
    return os.environ.get("LLM_MODEL") or llm.get_default_model()


def model_matching(queries: tuple[str, ...]) -> str:
    """Return the id of the first model whose id or aliases hold every query, as `llm -q` does.

    Raises `UnknownModelError` when there is none.
    """
    for found in llm.get_models_with_aliases():
        if found.model is not None and all(found.matches(query) for query in queries):
            return str(found.model.model_id)
    raise UnknownModelError(f"No model matches {' '.join(queries)}: `llm models` lists them.")


def checked_options(model: SyncModel | AsyncModel, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options as the model's own types; raises `ModelError` for one that it does not take."""
    from pydantic import ValidationError

    try:
        return {name: value for name, value in model.Options(**options) if value is not None}
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors())
        known = ", ".join(sorted(model.Options.model_fields)) or "none"
        raise ModelError(f"{model.model_id} does not take this option ({wrong}). It knows: {known}.") from None


def token_limit_option(model: SyncModel | AsyncModel) -> str | None:
    """Return the name of the option that limits the answer's length, if the model has one."""
    return next((name for name in _TOKEN_LIMITS if name in model.Options.model_fields), None)


def reads_whole(model: SyncModel | AsyncModel) -> bool:
    """Return True if a model says that it reads articles of any length; llm itself knows no model's limit."""
    return bool(getattr(model, "reads_whole", False))


def answers_again(model: SyncModel | AsyncModel) -> bool:
    """Return False if a model says that it always gives the same answer, so that it can neither correct nor judge one."""
    return bool(getattr(model, "answers_again", True))


def follows_instructions(model: SyncModel | AsyncModel) -> bool:
    """Return False for a model that says that it reads the article only: no template, focus or language changes its answer."""
    return bool(getattr(model, "follows_instructions", True))


def is_free(model: SyncModel | AsyncModel) -> bool:
    """Return True for a model that says that its answers cost nothing."""
    return bool(getattr(model, "is_free", False))


def _unknown(model_id: str) -> str:
    known = [name for found in llm.get_models_with_aliases() for name in (found.model.model_id, *found.aliases)]
    near = difflib.get_close_matches(model_id, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "`llm models` lists those that are installed."
    return f"There is no model {model_id}: {hint}"


def _pooled(model: Found) -> Found:
    """Give an OpenAI-like model one client for all prompts: llm builds one, with its connections, for each.

    `get_client` is an internal of llm: where it is missing or takes other arguments, the model stays as it is.
    """
    build = getattr(model, "get_client", None)
    if callable(build) and not os.environ.get("LLM_OPENAI_SHOW_RESPONSES"):
        model.get_client = Connections(build)  # type: ignore[attr-defined]
    return model


def is_pooled(model: SyncModel | AsyncModel) -> bool:
    """Whether we manage a model's connections."""
    return isinstance(getattr(model, "get_client", None), Connections)


# Connections of OpenAI-like models: pooled, and closed when their event loop ends

Transport: TypeAlias = httpx2.BaseTransport | httpx2.AsyncBaseTransport

_transport: ContextVar[Transport | None] = ContextVar("transport", default=None)


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


def timeout() -> float | None:
    """Seconds to wait for a model, from `DIPLO_TIMEOUT`; None for the client's own (ten minutes for OpenAI's)."""
    try:
        return float(os.environ["DIPLO_TIMEOUT"])
    except (KeyError, ValueError):
        return None


_all: weakref.WeakSet[Connections] = weakref.WeakSet()
_inherited: list[Any] = []
"""What a forked child inherits: kept, as closing it would reach into the parent's sockets and selector."""


def _renew_all() -> None:
    for connections in list(_all):
        _inherited.append((connections.clients, connections.async_clients, connections.pace))
        connections.renew()


# A child of a fork shares the sockets of its parent: it would read the answers to others' requests.
in_forked_child(_renew_all)


Which: TypeAlias = tuple[str | None, Transport | None]
"""What tells clients apart: the key, and the transport if one is given."""


class Connections:
    """The clients of one model: one for each key, and for async ones for each event loop, as they cannot be shared.

    llm builds a new client, with its own connections, for each prompt.
    """

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
            http: Any = PacedHttp(self.pace, timeout=seconds, transport=given)
        else:
            # Without a transport, httpx has one for each proxy that the environment names.
            http = PacedAsyncHttp(
                self.pace, timeout=seconds, transport=given or (None if getproxies() else SeparateConnections())
            )
        ours = client.with_options(http_client=http, timeout=seconds, max_retries=0 if given else client.max_retries)
        for resource in (ours.chat.completions, ours.responses):
            resource.create = partial(_create, resource.create)  # type: ignore[method-assign]
        return ours


def _create(create: Callable[..., Any], *, extra_body: Any = None, **kwargs: Any) -> Any:
    """Call the SDK's `create` with article and schema in `extra_body`: elsewhere it would compare them with its types."""
    large = {name: kwargs.pop(name) for name in ("messages", "response_format", "input", "text") if name in kwargs}
    required: dict[str, Any] = {"messages": []} if "messages" in large else {}
    return create(**required, **kwargs, extra_body={**(extra_body or {}), **large})


class _AsyncClient:
    """A client that is closed when its loop ends: a loop finishes the async generators that were started in it."""

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
