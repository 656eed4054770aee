"""An extraction made elsewhere (another program, a template, a log) becomes a checked and grounded brief."""

from __future__ import annotations

from datetime import UTC, datetime

from llm_diplo.assembly import assemble_brief
from llm_diplo.checks import check_extraction
from llm_diplo.extraction import read_answer
from llm_diplo.quotations import NumberedArticle
from llm_diplo.schema import Brief, Prompt, Provenance

UNKNOWN = "unknown"


def resolve_extraction(
    answer: str, numbered: NumberedArticle, *, model: str = UNKNOWN, log_id: str | None = None, created: str | None = None
) -> Brief:
    """Check an extraction, given as JSON text, against its article, and ground what passes.

    What the checks stop is in `rejected`, as in every brief. `model`, `log_id` and `created` (ISO 8601) are what is known
    of its origin. Raises `InvalidExtractionError` when the text is no extraction. No model is asked.
    """
    read = read_answer(answer)
    made = Provenance(
        model=model,
        prompt=Prompt(name=UNKNOWN, sha256=""),
        calls=0,
        seconds=0,
        log_ids=(log_id,) if log_id else (),
        created=created or datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return assemble_brief(check_extraction(read.extraction, numbered), numbered, made, read.rejected)
