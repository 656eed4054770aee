"""`diplo-offline`: an `llm` model that needs no network or key. A baseline: quotations and speakers, no judgement.

Like any other model it reads the article block from the prompt's fragments and answers with an extraction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Any, Literal

import llm
from pydantic import Field

from llm_diplo.errors import install_command
from llm_diplo.process import lock_that_forks

_ONE_AT_A_TIME = lock_that_forks()
USAGE = (
    "diplo-offline reads articles and answers no questions: make a brief with `llm diplo article.txt -m diplo-offline`, "
    "and ask another model about it with `llm -f diplo-brief:last -m OTHER 'your question'`."
)
FOREIGN = "diplo-offline reads English, and this text looks {}: use another model, or its option `force` (-o force 1)."
NO_PARSER = "diplo-offline reads by parse only with spaCy: {}, or leave -o reader out."


def _answer(prompt: Any, response: Any) -> str:
    from llm_diplo.brief.extraction import extraction_schema
    from llm_diplo.offline.parse import is_available
    from llm_diplo.text.block import read_block

    reader = prompt.options.reader or ("parse" if is_available() else "rules")
    if reader == "parse" and not is_available():
        raise llm.ModelError(NO_PARSER.format(install_command("offline")))
    response.set_resolved_model(f"diplo-offline ({reader})")
    asked_for_extraction = prompt.schema == extraction_schema()
    for fragment in (*prompt.fragments, prompt.prompt) if asked_for_extraction else ():
        numbered = read_block(str(fragment))
        if numbered:
            if not prompt.options.force:
                _refuse_foreign(numbered.article.text)
            return _extract(reader, numbered)
    raise llm.ModelError(USAGE)


def _answer_alone(prompt: Any, response: Any) -> str:
    """Answer from any thread: spaCy is loaded once, and reads one text at a time."""
    with _ONE_AT_A_TIME:
        return _answer(prompt, response)


def _refuse_foreign(text: str) -> None:
    """Refuse other languages: the rules for English find only noise in them."""
    from llm_diplo.text.languages import detect_language, language_name

    language = detect_language(text)
    if language not in {None, "en"}:
        raise llm.ModelError(FOREIGN.format(language_name(str(language))))


def _extract(reader: str, numbered: Any) -> str:
    if reader == "parse":
        from llm_diplo.offline.by_parse import extract_by_parse as extract
    else:
        from llm_diplo.offline.by_word_order import extract_by_rules as extract
    return extract(numbered).model_dump_json()


class _Options(llm.Options):
    reader: Literal["rules", "parse"] | None = Field(
        default=None, description="rules: word order and cue words; parse: spaCy, where the offline extra is installed"
    )
    force: bool | None = Field(default=None, description="read a text even if it is not English")


class OfflineModel(llm.Model):
    """The sync form."""

    model_id = "diplo-offline"
    supports_schema = True
    reads_whole = True
    answers_again = False
    follows_instructions = False
    is_free = True

    class Options(_Options):
        """What the model takes."""

    def execute(self, prompt: Any, stream: bool, response: Any, conversation: Any) -> Iterator[str]:
        """Answer in one piece."""
        yield _answer(prompt, response)


class AsyncOfflineModel(llm.AsyncModel):
    """The async form."""

    model_id = "diplo-offline"
    supports_schema = True
    reads_whole = True
    answers_again = False
    follows_instructions = False
    is_free = True

    class Options(_Options):
        """What the model takes."""

    async def execute(self, prompt: Any, stream: bool, response: Any, conversation: Any) -> AsyncGenerator[str, None]:
        """Answer in one piece."""
        # In a thread, as loading spaCy is slow and Ctrl-C must work meanwhile.
        yield await asyncio.to_thread(_answer_alone, prompt, response)
