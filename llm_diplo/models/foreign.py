"""Where text from a model's server becomes ours: a string without keys and surrogates."""

from __future__ import annotations

import re
from typing import Any

import llm

from llm_diplo.text.decoding import without_surrogates

REMOVED = "[key removed]"
SHORTEST_KEY = 8
"""Characters; what is shorter is a placeholder, and may be a word of the answer."""

# What providers' keys look like: OpenAI's, Anthropic's and the like, Google's, and any bearer token.
_KEY = re.compile(
    r"(?i:\bBearer\s+)[\w.~+/=-]{8,}"
    r"|\b(?:sk|gsk|pk|rk|xai|pplx|hf|r8|nvapi)[-_](?=[\w-]*\d)[\w-]{12,}"
    r"|\bAIza[\w-]{30,}"
)


def keys_of(model: Any, key: str | None) -> tuple[str, ...]:
    """Return the secrets that a model sends: its key, as given or stored, and the headers of its configuration."""
    found = [key, *(getattr(model, "headers", None) or {}).values()]
    if getattr(model, "needs_key", None):
        found.append(llm.get_key(key, model.needs_key, getattr(model, "key_env_var", None)))
    secrets = {str(secret) for secret in found if secret and len(str(secret)) >= SHORTEST_KEY}
    return tuple(sorted(secrets, key=len, reverse=True))


def redacted(value: Any, keys: tuple[str, ...] = ()) -> Any:
    """Return a string, or JSON-like data, without `keys`, anything that looks like a key, and surrogates."""
    if isinstance(value, str):
        value = without_surrogates(value)
        for key in keys:
            value = value.replace(key, REMOVED)
        return _KEY.sub(REMOVED, value)
    if isinstance(value, dict):
        return {redacted(name, keys): redacted(item, keys) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(item, keys) for item in value]
    return value


def text_in(content: Any) -> str:
    """Return content as a string: newer APIs send it as a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return text_in(content.get("text"))
    return "".join(map(text_in, content)) if isinstance(content, list) else ""


def take(response: Any, keys: tuple[str, ...]) -> None:
    """Remove keys from all that a finished llm response holds and its log would keep."""
    response.response_json = redacted(response.response_json, keys)
    if response.resolved_model:
        response.set_resolved_model(redacted(text_in(response.resolved_model), keys))
    whole = "".join(response._chunks)
    if redacted(whole, keys) != whole:
        # A key may be spread over several pieces, so that they are joined before it is looked for.
        response._chunks[:] = [redacted(whole, keys)]
        _replace_text(response._stream_events, keys)


def join_parts(response: Any) -> None:
    """Make every piece of a response's text a string, for `llm logs`."""
    response._chunks[:] = map(text_in, response._chunks)
    for event in response._stream_events:
        event.chunk = text_in(event.chunk)


def _replace_text(events: list[Any], keys: tuple[str, ...]) -> None:
    for kind in ("text", "reasoning", "tool_call_args"):
        pieces = [event for event in events if event.type == kind]
        if pieces:
            pieces[0].chunk = redacted("".join(event.chunk for event in pieces), keys)
        for event in pieces[1:]:
            event.chunk = ""
