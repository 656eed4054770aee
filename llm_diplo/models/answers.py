"""What a model answered: made ours without keys, remembered so that it is not paid for again, and what it took."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import llm

from llm_diplo.text.article import without_surrogates

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


# Remembered answers


@dataclass(frozen=True)
class Answer:
    """What one call brought: enough to go on as if it had just been made."""

    text: str
    response_json: Any = None
    resolved_model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


class Memory(Protocol):
    """Where answers are kept between runs, by the key of the request that they answer."""

    def recall(self, key: str) -> Answer | None:
        """Return the answer to a request, or None when it has to be asked."""

    def remember(self, key: str, model: str, answer: Answer) -> None:
        """Keep an answer for good; called before anything else is done with it."""


def request_key(response: Any, model: str) -> str:
    """SHA-256, hexadecimal, of all that decides an answer: model, text, prompt, schema, options and the turns before."""
    prompt = response.prompt
    turns = response.conversation.responses if response.conversation else []
    parts = {
        "model": model,
        "system": prompt.system,
        "prompt": prompt.prompt,
        "schema": prompt.schema,
        "options": prompt.options.model_dump(exclude_none=True),
        "before": [[turn.prompt.prompt, "".join(turn._chunks)] for turn in turns],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def answer_of(response: Any, text: str) -> Answer:
    """Return what is kept of a finished response."""
    return Answer(text, response.response_json, response.resolved_model, response.input_tokens, response.output_tokens)


def replay(response: Any, answer: Answer) -> str:
    """Finish a lazy response with a remembered answer, as if the model had given it; returns its text."""
    response._chunks = [answer.text]
    response.response_json = answer.response_json
    response.resolved_model = answer.resolved_model
    response.input_tokens, response.output_tokens = answer.input_tokens, answer.output_tokens
    response._start_utcnow = datetime.now(UTC)
    response._start = response._end = 0.0
    response._done = True
    if response.conversation:
        response.conversation._record_response(response)
    return answer.text


# What answers took, and cost

BATCH_SHARE = 0.5
"""Of the list price, where a model's batch price is unknown: what every provider of batches asks."""

_in_batches: ContextVar[bool] = ContextVar("in_batches", default=False)


@contextmanager
def batch_prices() -> Iterator[None]:
    """Use the prices of batches in this block, and in the tasks and threads that are started in it."""
    token = _in_batches.set(True)
    try:
        yield
    finally:
        _in_batches.reset(token)


def cost_usd(model: str, input_tokens: int | None, output_tokens: int | None) -> float | None:
    """US dollars by the price table of genai-prices; None where it does not know the model."""
    if input_tokens is None or output_tokens is None:
        return None
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
    try:
        price = float(calc_price(usage, model).total_price)
        if not _in_batches.get():
            return price
        batched = float(calc_price(usage, model, price_context={"processing": "batch"}).total_price)
    except LookupError:
        return None
    return batched if batched < price else BATCH_SHARE * price  # a model without a batch price comes at its list price


@dataclass(frozen=True, slots=True)
class Took:
    """What one answer took; None where the provider does not tell."""

    input_tokens: int | None
    output_tokens: int | None
    model: str | None
    """Who answered."""


def took(response: Any) -> Took:
    """Return what is kept of a finished response, without its texts."""
    named = response.response_json.get("model") if isinstance(response.response_json, dict) else None
    model = response.resolved_model or (named if isinstance(named, str) else None)
    return Took(response.input_tokens, response.output_tokens, model)


def spent(answers: Sequence[Took], model: str) -> dict[str, Any]:
    """Return the tokens and US dollars of some answers, as `Provenance` and `Verification` name them; None where unknown."""
    tokens_in, tokens_out = _total(answers, "input_tokens"), _total(answers, "output_tokens")
    return {"input_tokens": tokens_in, "output_tokens": tokens_out, "cost_usd": cost_usd(model, tokens_in, tokens_out)}


def _total(answers: Sequence[Took], name: str) -> int | None:
    counts = [getattr(answer, name) for answer in answers]
    return sum(counts) if counts and None not in counts else None
