"""The public names, and what importing costs."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import EXAMPLES

import llm_diplo

PUBLIC = [
    "Actor",
    "ActorType",
    "Article",
    "ArticleMetadata",
    "Attribution",
    "Brief",
    "BriefEvent",
    "CheckedQuote",
    "Commitment",
    "Coverage",
    "DiploError",
    "EmptyAnswerError",
    "Event",
    "EventKind",
    "Evidence",
    "InternalError",
    "InvalidAnswerError",
    "InvalidExtractionError",
    "Issue",
    "MissingKeyError",
    "ModelError",
    "NextStep",
    "Notice",
    "Position",
    "Provenance",
    "QuadCode",
    "QuoteMatch",
    "QuoteStatus",
    "RefusedAnswerError",
    "Rejected",
    "SourceError",
    "Span",
    "SpeakerMatch",
    "Stance",
    "TemplateError",
    "TruncatedAnswerError",
    "UnknownModelError",
    "Verdict",
    "asummarize",
    "check_quotes",
    "find_quote",
    "markdown",
    "read_article",
    "summarize",
    "summarize_dataset",
    "summarize_events",
    "summarize_many",
]


def test_the_public_names() -> None:
    assert llm_diplo.__all__ == PUBLIC
    assert all(getattr(llm_diplo, name).__name__ == name for name in PUBLIC)


def test_a_brief_knows_its_actors_and_issues_by_id() -> None:
    brief = llm_diplo.summarize(EXAMPLES / "strait-conference.txt", model="diplo-offline")
    assert brief.positions
    for position in brief.positions:
        assert brief.actor(position.actor) in brief.actors
        issue = brief.issue(position.issue)
        assert issue in brief.issues if issue else position.issue is None
    assert brief.actor("a2") is brief.actors[1]
    with pytest.raises(KeyError):
        brief.actor("a99")
    with pytest.raises(KeyError):
        brief.issue("i99")


def test_the_plugin_loads_nothing_heavy() -> None:
    code = "import sys, llm, llm_diplo.plugin; print([m for m in ('instructor', 'rich', 'sentencex', 'llm_diplo.schema') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
