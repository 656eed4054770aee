"""Turn a news article into a typed, evidence-grounded brief: actors, positions, next steps.

The public names are loaded when they are first used, so that `llm` starts as fast with this plugin as without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llm_diplo.brief.stream import BriefEvent as BriefEvent
    from llm_diplo.brief.stream import EventKind as EventKind
    from llm_diplo.codes import ActorType as ActorType
    from llm_diplo.codes import Attribution as Attribution
    from llm_diplo.codes import Commitment as Commitment
    from llm_diplo.codes import Event as Event
    from llm_diplo.codes import QuadCode as QuadCode
    from llm_diplo.codes import Stance as Stance
    from llm_diplo.corpus.ray_data import summarize_dataset as summarize_dataset
    from llm_diplo.corpus.run import summarize_many as summarize_many
    from llm_diplo.errors import DiploError as DiploError
    from llm_diplo.errors import EmptyAnswerError as EmptyAnswerError
    from llm_diplo.errors import InternalError as InternalError
    from llm_diplo.errors import InvalidAnswerError as InvalidAnswerError
    from llm_diplo.errors import InvalidExtractionError as InvalidExtractionError
    from llm_diplo.errors import MissingKeyError as MissingKeyError
    from llm_diplo.errors import ModelError as ModelError
    from llm_diplo.errors import RefusedAnswerError as RefusedAnswerError
    from llm_diplo.errors import SourceError as SourceError
    from llm_diplo.errors import TemplateError as TemplateError
    from llm_diplo.errors import TruncatedAnswerError as TruncatedAnswerError
    from llm_diplo.errors import UnknownModelError as UnknownModelError
    from llm_diplo.quotes.check import check_quotes as check_quotes
    from llm_diplo.quotes.finder import QuoteMatch as QuoteMatch
    from llm_diplo.quotes.finder import QuoteStatus as QuoteStatus
    from llm_diplo.quotes.finder import find_quote as find_quote
    from llm_diplo.quotes.verdict import CheckedQuote as CheckedQuote
    from llm_diplo.quotes.verdict import SpeakerMatch as SpeakerMatch
    from llm_diplo.quotes.verdict import Verdict as Verdict
    from llm_diplo.render.markdown import markdown as markdown
    from llm_diplo.schema import Actor as Actor
    from llm_diplo.schema import ArticleMetadata as ArticleMetadata
    from llm_diplo.schema import Brief as Brief
    from llm_diplo.schema import Coverage as Coverage
    from llm_diplo.schema import Evidence as Evidence
    from llm_diplo.schema import Issue as Issue
    from llm_diplo.schema import NextStep as NextStep
    from llm_diplo.schema import Notice as Notice
    from llm_diplo.schema import Position as Position
    from llm_diplo.schema import Provenance as Provenance
    from llm_diplo.schema import Rejected as Rejected
    from llm_diplo.schema import Span as Span
    from llm_diplo.sources.read import read_article as read_article
    from llm_diplo.summarizer import asummarize as asummarize
    from llm_diplo.summarizer import summarize as summarize
    from llm_diplo.summarizer import summarize_events as summarize_events
    from llm_diplo.text.article import Article as Article

_HOMES = {
    "text.article": ("Article",),
    "codes": ("ActorType", "Attribution", "Commitment", "Event", "QuadCode", "Stance"),
    "corpus.ray_data": ("summarize_dataset",),
    "corpus.run": ("summarize_many",),
    "errors": (
        "DiploError",
        "EmptyAnswerError",
        "InternalError",
        "InvalidAnswerError",
        "InvalidExtractionError",
        "MissingKeyError",
        "ModelError",
        "RefusedAnswerError",
        "SourceError",
        "TemplateError",
        "TruncatedAnswerError",
        "UnknownModelError",
    ),
    "quotes.finder": ("QuoteMatch", "QuoteStatus", "find_quote"),
    "brief.stream": ("BriefEvent", "EventKind"),
    "quotes.check": ("check_quotes",),
    "quotes.verdict": ("CheckedQuote", "SpeakerMatch", "Verdict"),
    "render.markdown": ("markdown",),
    "schema": (
        "Actor",
        "ArticleMetadata",
        "Brief",
        "Coverage",
        "Evidence",
        "Issue",
        "NextStep",
        "Notice",
        "Position",
        "Provenance",
        "Rejected",
        "Span",
    ),
    "sources.read": ("read_article",),
    "summarizer": ("asummarize", "summarize", "summarize_events"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
