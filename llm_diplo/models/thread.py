"""One conversation with a model about one article: instructor's messages become prompts, responses become completions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import llm
from instructor import Mode
from instructor.core.exceptions import IncompleteOutputException, InstructorRetryException
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, ValidationError

from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.extraction import LONGEST_ANSWER, Extraction, Filled, ends_in_positions, json_in, lean_schema, read_answer
from llm_diplo.brief.review import Checked
from llm_diplo.errors import (
    DiploError,
    EmptyAnswerError,
    InvalidAnswerError,
    InvalidExtractionError,
    OversizedAnswerError,
    RefusedAnswerError,
    TruncatedAnswerError,
)
from llm_diplo.models.answers import Memory, answer_of, keys_of, redacted, replay, request_key, take
from llm_diplo.models.failures import explain, stopped_by
from llm_diplo.models.instructions import Instructions
from llm_diplo.models.registry import AsyncModel, SyncModel, is_pooled, token_limit_option
from llm_diplo.schema import Rejected
from llm_diplo.text.quotations import NumberedArticle

RAISE = 4
"""Times the token limit at which an answer was cut, for the next try."""
LOWEST_RAISED = 4_096
"""Tokens; an extraction of a short article has about 1,000."""


Answer = TypeVar("Answer", bound=BaseModel)


@dataclass
class Request:
    """One article to be read by one model."""

    numbered: NumberedArticle
    block: str
    instructions: Instructions
    model_id: str
    key: str | None = field(default=None, repr=False)
    options: dict[str, Any] = field(default_factory=dict)
    retries: int = 1
    on_call: Callable[[int], None] = lambda attempt: None
    """Called with 1, 2 … before each call."""
    on_text: Callable[[str], None] | None = None
    """Called with the answer so far, as it grows; the model is asked to stream."""
    prefix: str = "diplo"
    """What the block's fragment is called in `llm logs`, before the name of the source."""
    memory: Memory | None = field(default=None, repr=False)
    """Where answers are kept between runs, if they are."""

    @property
    def fragment(self) -> str:
        """The source of the block's fragment."""
        return f"{self.prefix}:{self.numbered.article.source}"


@dataclass
class Outcome:
    """What a model answered, checked."""

    checked: Checked
    unread: tuple[Rejected, ...]
    """Items that could not even be read."""
    truncated: str | None = None
    """The advice to the user when the answer was cut at the token limit."""
    is_short: bool = False
    """Whether it was cut before its positions were complete."""


class Thread:
    """The turns of one request: instructor's messages become prompts, llm's responses become completions."""

    def __init__(self, request: Request, model: SyncModel | AsyncModel, filled: type[Filled] = Extraction) -> None:
        """`filled` is what the model is asked for."""
        self.request = request
        self.schema = lean_schema(filled)
        self.model = model
        self.conversation = model.conversation()
        self.responses: list[Any] = []
        self.texts: list[str] = []
        self.options = dict(request.options)
        self.is_raised = False
        self.request_key = ""
        self.before = self.last = ""  # the answers that the conversation ends with
        self.keys = keys_of(model, request.key)

    def on_text(self, text: str) -> None:
        """Show whoever listens the answer so far, without keys."""
        if self.request.on_text:
            self.request.on_text(redacted(text, self.keys))

    @property
    def mode(self) -> Mode:
        return Mode.JSON_SCHEMA if self.model.supports_schema else Mode.MD_JSON

    def messages(self) -> list[Any]:
        """What instructor starts from; the article is not in it, so that it reaches the model byte for byte."""
        instructions = self.request.instructions
        return [{"role": "system", "content": instructions.system}, {"role": "user", "content": instructions.request}]

    def prompt(self, messages: list[dict[str, Any]], reask: Callable[[str], str]) -> Any:
        """Send the newest of instructor's messages as the next turn; returns llm's lazy response.

        `reask` makes of the last answer what is sent after it, in place of instructor's words.
        """
        self.request.on_call(len(self.texts) + 1)
        system, *turns = [(message["role"], str(message["content"])) for message in messages]
        text = turns[-1][1] if len(turns) == 1 else reask(self.last)
        fragments: list[Any] = [llm.Fragment(self.request.block, self.request.fragment)]
        conversation = self.conversation
        # A tool call wants its result as the next turn, so that a re-ask cannot follow it in the conversation.
        goes_on = self.model.supports_conversation and not (self.responses and self.responses[-1].tool_calls_or_raise())
        if len(turns) > 1 and goes_on:
            fragments = []
        elif len(turns) > 1:
            # A model without conversations gets everything again, in a turn that is logged to the same thread.
            conversation = self.model.conversation()
            conversation.id = self.conversation.id
            text = f"{turns[0][1]}\n\nYou answered:\n{self.last[:LONGEST_ANSWER]}\n\n{text}"
        response = conversation.prompt(
            text,
            fragments=fragments,
            system=system[1],
            schema=self.schema if self.model.supports_schema else None,
            # Only a stream can be cut off; the connections of OpenAI-like models are bounded themselves.
            stream=self.model.can_stream and (self.request.on_text is not None or not is_pooled(self.model)),
            key=self.request.key,
            options=self.options,
        )
        self.responses.append(response)
        return response

    def recalled(self, response: Any) -> str | None:
        """Finish a response from memory; returns its text, or None when the model has to be asked."""
        memory = self.request.memory
        self.request_key = request_key(response, self.request.model_id) if memory else ""
        answer = memory.recall(self.request_key) if memory else None
        return replay(response, answer) if answer else None

    def _remember(self, response: Any, text: str) -> None:
        if self.request.memory and text.strip():  # an empty answer is asked for again
            self.request.memory.remember(self.request_key, self.request.model_id, answer_of(response, text))

    @property
    def is_spent(self) -> bool:
        """Whether every re-ask that the request allows has been made."""
        return len(self.texts) > self.request.retries

    def take_back(self) -> None:
        """Take the last answer out of the conversation, so that the same prompt can be sent again."""
        self.last = self.before
        self.conversation.responses[:] = [one for one in self.conversation.responses if one is not self.responses[-1]]

    def raise_limit(self) -> bool:
        """Raise the limit at which the last answer was cut, once; returns False where that cannot be done."""
        option = token_limit_option(self.model)
        if option is None or self.is_raised:
            return False
        limit = max(self.options.get(option) or 0, self.responses[-1].output_tokens or 0)
        self.options[option] = max(RAISE * limit, LOWEST_RAISED)
        self.is_raised = True
        return True

    def completion(self, response: Any, text: str) -> ChatCompletion:
        """Turn a finished response into what instructor reads; raises for an answer that is none."""
        take(response, self.keys)
        text = redacted(text, self.keys)
        self._remember(response, text)
        self.texts.append(text)
        self.before, self.last = self.last, text
        stopped = stopped_by(response.response_json)
        if response.response_json is None and is_pooled(self.model):
            stopped = "length"  # of a stream of /v1/responses llm reads `completed`, but not `incomplete`
        if stopped == "refusal" or (not text.strip() and stopped != "length"):
            raise self._nothing(stopped)
        message = {"role": "assistant", "content": json_in(text[:LONGEST_ANSWER])}
        usage = {"prompt_tokens": response.input_tokens or 0, "completion_tokens": response.output_tokens or 0}
        return ChatCompletion.model_validate(
            {
                "id": response.id,
                "created": 0,
                "model": self.request.model_id,
                "object": "chat.completion",
                "choices": [{"index": 0, "finish_reason": "length" if stopped == "length" else "stop", "message": message}],
                "usage": {**usage, "total_tokens": sum(usage.values())},
            }
        )

    def _nothing(self, stopped: str | None) -> DiploError:
        name = self.request.model_id
        if stopped == "refusal":
            return RefusedAnswerError(f"{name} refused to answer: try another model with -m, or reword the template.")
        return EmptyAnswerError(f"{name} answered with nothing (some models refuse so): try again, or another model with -m.")

    def let_go(self) -> None:
        """Release the article's text and the answers: they and their conversation refer to each other."""
        self.request.block = ""
        self.conversation.responses.clear()
        self.responses.clear()

    def outcome(self, error: Exception | None, accepted: Checked | None, unread: tuple[Rejected, ...]) -> Outcome:
        """Make the best of the answers: the accepted one, else the one with most sound items. Raises when there is none."""
        if error is None and accepted:
            return Outcome(accepted, unread)
        cause = self._cause(error)
        truncated = self._advice() if isinstance(cause, IncompleteOutputException) else None
        readings = [(*reading, text) for text in self.texts if (reading := self._read(text))]
        best = max(readings, key=lambda found: found[0].sound, default=None)
        if best is None or (truncated and not best[0].sound):
            raise self._unreadable(truncated)
        return Outcome(best[0], best[1], truncated, bool(truncated) and ends_in_positions(best[2]))

    def accepted(self, answer: Answer | None, error: Exception | None) -> Answer:
        """Return an answer that has to be whole; raises `ModelError` and its kinds when there is none."""
        if answer is None:
            self._cause(error)
            raise InvalidAnswerError(f"{self.request.model_id} gave no valid answer in {self._tries()}.")
        return answer

    def _cause(self, error: Exception | None) -> BaseException | None:
        """Return what instructor ended with if it concerns the answer; else raise it, explained."""
        cause = error.__cause__ if isinstance(error, InstructorRetryException) else error
        if isinstance(cause, EmptyAnswerError) and any(map(str.strip, self.texts)):
            return cause  # what came before it may do
        if cause is not None and not isinstance(cause, ValidationError | IncompleteOutputException):
            known = isinstance(cause, DiploError) and not isinstance(cause, OversizedAnswerError)
            raised = cause if known else self._explained(cause)
            # What is chained to an error is printed with it, and may hold what the server echoed.
            raised.__cause__ = raised.__context__ = None
            raise raised
        return cause

    def _tries(self) -> str:
        return f"{len(self.texts)} tries" if len(self.texts) > 1 else "one try"

    def _explained(self, cause: BaseException) -> DiploError:
        if self.responses and stopped_by(self.responses[-1].response_json) == "refusal":
            return self._nothing("refusal")
        return explain(cause, self.model, self.request.model_id, len(self.request.numbered.article.text), self.keys)

    def _read(self, text: str) -> tuple[Checked, tuple[Rejected, ...]] | None:
        try:
            answer = read_answer(text)
        except InvalidExtractionError:
            return None
        return check_extraction(answer.extraction, self.request.numbered), answer.rejected

    def _advice(self) -> str:
        option = token_limit_option(self.model)
        raise_it = f"raise it with -o {option} N" if option else "choose a model with a longer limit"
        return f"The answer was cut at {self.request.model_id}'s token limit: {raise_it}."

    def _unreadable(self, truncated: str | None) -> DiploError:
        if truncated:
            return TruncatedAnswerError(f"{truncated} Nothing whole had arrived.")
        return InvalidAnswerError(
            f"{self.request.model_id} gave no extraction in {self._tries()}: try another model, or more retries.",
            on_command_line="Use -m MODEL or --retries N.",
        )
