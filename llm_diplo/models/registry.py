"""Which model answers: any that `llm` knows, found once and kept, with one connection pool each."""

from __future__ import annotations

import difflib
import os
from functools import cache
from typing import Any, TypeAlias, TypeVar

import llm

from llm_diplo.errors import ModelError, UnknownModelError
from llm_diplo.forks import lock_that_forks
from llm_diplo.models.connections import Connections

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
    """Return False for a model that says that it can neither mend an answer nor judge one: it always gives the same."""
    return bool(getattr(model, "answers_again", True))


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
