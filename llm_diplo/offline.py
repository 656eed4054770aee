"""`diplo-offline`: an `llm` model without network or key. A baseline, and it says so.

It reads the article block from the prompt's fragments like any other model and answers with an extraction.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from typing import Any

import llm

USAGE = "diplo-offline reads numbered articles only: try `llm diplo article.txt -m diplo-offline`."


def _answer(prompt: Any, response: Any) -> str:
    from llm_diplo.render.block import read_block
    from llm_diplo.rules import extract_by_rules

    response.set_resolved_model("diplo-offline (rules)")
    for fragment in (*prompt.fragments, prompt.prompt):
        numbered = read_block(str(fragment))
        if numbered:
            return extract_by_rules(numbered).model_dump_json()
    return USAGE


class OfflineModel(llm.Model):
    """The sync form."""

    model_id = "diplo-offline"
    supports_schema = True

    def execute(self, prompt: Any, stream: bool, response: Any, conversation: Any) -> Iterator[str]:
        """Answer in one piece."""
        yield _answer(prompt, response)


class AsyncOfflineModel(llm.AsyncModel):
    """The async form."""

    model_id = "diplo-offline"
    supports_schema = True

    async def execute(self, prompt: Any, stream: bool, response: Any, conversation: Any) -> AsyncGenerator[str, None]:
        """Answer in one piece."""
        yield _answer(prompt, response)
