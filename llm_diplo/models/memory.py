"""Answers that a model gave before: what is remembered is not asked, or paid for, again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol


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
    """What is worth keeping of a finished response."""
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
