"""What went wrong on the way to a model, in one line that says what to do next."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from typing import Any

import llm
import openai

from llm_diplo.errors import (
    AccessError,
    DiploError,
    InternalError,
    MissingKeyError,
    ModelError,
    OversizedAnswerError,
    RateLimitError,
    UnavailableModelError,
)
from llm_diplo.models.answers import redacted
from llm_diplo.models.registry import is_pooled
from llm_diplo.models.transport import last_reply

REPORT = "run it with DIPLO_DEBUG=1 and report what it prints to the maintainers (https://pypi.org/project/llm-diplo/)"

# How providers say why an answer ended, by the key they say it under: OpenAI, Anthropic, Gemini, Ollama, Mistral.
_REASON_KEYS = frozenset({"finish_reason", "stop_reason", "done_reason", "finishReason", "reason"})
_STOPPED = {
    "length": "length",
    "max_tokens": "length",
    "MAX_TOKENS": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "content_filter": "refusal",
    "refusal": "refusal",
    "SAFETY": "refusal",
    "PROHIBITED_CONTENT": "refusal",
    "RECITATION": "refusal",
    "BLOCKLIST": "refusal",
}
_DEEPEST = 8

# What llm's models and the SDK raise when a reply is not of the shape that they read.
_MISREAD = (AttributeError, LookupError, TypeError, ValueError, openai.APIResponseValidationError)
EXCERPT = 120
"""Characters of a server's reply that an error message shows."""

# By HTTP status: what happened, and what to try.
_STATUSES = {
    401: "{model} refuses the key: set another with `llm keys set {key}`, or give one.",
    403: "{model} may not be used with this key: ask the provider, or choose another model.",
    404: "The provider knows no model {model}: check its name with `llm models`, or choose another.",
    408: "{model} took too long: try again later.",
    413: "The article is too long for {model} ({characters:,} characters): read it in smaller windows or choose another.",
    429: "{model} is busy or your quota is used up (HTTP 429), also after waiting: try again later, or with fewer jobs.",
}
_FLAGS = {401: "Use --key KEY.", 403: "Use -m MODEL.", 404: "Use -m MODEL.", 413: "Use --window TOKENS or -m MODEL."}
"""By HTTP status: what helps on the command line."""
_KINDS = {
    **dict.fromkeys((401, 403, 404), AccessError),
    408: UnavailableModelError,
    429: RateLimitError,
}
_TOO_LONG = (
    "context length",
    "context_length",
    "context size",
    "context window",
    "maximum context",
    "too many tokens",
    "exceeds the available context",
    "prompt is too long",
)


def stopped_by(response_json: Any) -> str | None:
    """Return why an answer ended too soon: `length`, `refusal`, or None if it ended well or the reason is unknown."""
    if isinstance(response_json, dict):
        for key, value in _walk(response_json, 0):
            if key == "refusal" and value:
                return "refusal"
            if key in _REASON_KEYS and isinstance(value, str) and value in _STOPPED:
                return _STOPPED[value]
    return None


def _walk(node: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from _walk(value, depth + 1)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value, depth + 1)


def oversized(error: BaseException | None) -> bool:
    """Whether an answer was cut off for its length; SDKs wrap what is raised while they read."""
    while error is not None and not isinstance(error, OversizedAnswerError):
        error = error.__cause__ or error.__context__
    return error is not None


def no_key(model: Any, name: str) -> MissingKeyError:
    """The error for a model that needs a key when there is none."""
    needs = getattr(model, "needs_key", None) or name
    return MissingKeyError(
        f"No key for {name}: `llm keys set {needs}`, or choose another model: diplo-offline needs no key.",
        on_command_line="Use -m diplo-offline.",
    )


def explain(error: BaseException, model: Any, name: str, characters: int, keys: tuple[str, ...] = ()) -> ModelError:
    """Turn whatever a model, its plugin or the network raised into a `ModelError` of one line, without `keys`."""
    if oversized(error):
        return OversizedAnswerError(f"{name} answered longer than any extraction can be, and was cut off: try another model.")
    if isinstance(error, llm.NeedsKeyException):
        return no_key(model, name)
    facts = {
        "model": name,
        "key": getattr(model, "needs_key", None) or name,
        "characters": characters,
    }
    status = getattr(error, "status_code", None)
    text = " ".join(redacted(str(error), keys).split())[:300]
    if any(mark in text.casefold() for mark in _TOO_LONG):
        return ModelError(_STATUSES[413].format(**facts), on_command_line=_FLAGS[413])
    if status in _STATUSES:
        kind = _KINDS.get(status, ModelError)
        return kind(_STATUSES[status].format(**facts), on_command_line=_FLAGS.get(status, ""))
    if isinstance(status, int) and status >= 500:
        return UnavailableModelError(
            f"{name}'s server failed (HTTP {status}), also on retrying: try again later, or another model."
        )
    raised = type(error).__name__
    if "Timeout" in raised:
        return UnavailableModelError(
            f"{name} did not answer in time: try again, raise DIPLO_TIMEOUT (seconds), or try another model."
        )
    if "Connect" in raised:
        return UnavailableModelError(f"No connection to {name}: is its server running and the network up? ({text})")
    if isinstance(error, _MISREAD) and is_pooled(model):
        sent = redacted(last_reply(), keys)[:EXCERPT] or "something unreadable"
        return ModelError(
            f"{name}'s server sent no chat completion, but: {sent} – check the model's api_base, or choose another."
        )
    return ModelError(text if text.startswith(name) else f"{name} failed: {text or raised}")


def own_error(error: Exception, key: str | None) -> DiploError:
    """Return an error of ours as it is, any other as an `InternalError` of one document.

    That is not chained, as its traceback may hold what a server sent.
    """
    if isinstance(error, DiploError):
        return error
    keys = (key,) if key else ()
    said = " ".join(redacted(f"{type(error).__name__}: {error}", keys).split())[:300]
    internal = InternalError(f"A defect of llm-diplo cost this brief ({said}): {REPORT}.")
    if os.environ.get("DIPLO_DEBUG") == "1":
        internal.add_note(redacted("".join(traceback.format_exception(error)), keys))
    return internal
