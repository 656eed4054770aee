"""What the plugin gives to llm: commands, a model, fragments (articles, briefs made before), templates and a toolbox.

What these need is imported when they are used, so that `llm` starts as fast with the plugin as without it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import llm

from llm_diplo.process import end_quietly

if TYPE_CHECKING:
    from llm_diplo.text.quotations import NumberedArticle

TEMPLATES = ("brief", "compare", "questions")
LONGEST_OUTPUT = 12_000
"""Longest output of a tool, in characters: it fills the model's context."""

Parameters = ParamSpec("Parameters")

end_quietly()  # the rest of the start takes a second


@llm.hookimpl
def register_commands(cli: Any) -> None:
    """Add `llm diplo`."""
    from llm_diplo.cli.group import diplo

    cli.add_command(diplo)


@llm.hookimpl
def register_models(register: Any) -> None:
    """Add `diplo-offline`, which needs no key and no network."""
    from llm_diplo.offline.model import AsyncOfflineModel, OfflineModel

    register(OfflineModel(), AsyncOfflineModel())


@llm.hookimpl
def register_fragment_loaders(register: Any) -> None:
    """Add `-f diplo:SOURCE` and `-f diplo-brief:ID`."""
    register("diplo", load_article)
    register("diplo-brief", load_brief)


@llm.hookimpl
def register_template_loaders(register: Any) -> None:
    """Add `-t diplo:brief`, `diplo:questions` and `diplo:compare`."""
    register("diplo", load_template)


@llm.hookimpl
def register_tools(register: Any) -> None:
    """Add `-T Diplo`."""
    register(Diplo)


def load_article(source: str) -> llm.Fragment:
    """The numbered article of a SOURCE, as briefs are made from it: a file, a URL, another loader's fragment.

    Example: llm -f diplo:article.txt 'what does Moscow want?'
    """
    from llm_diplo.errors import DiploError
    from llm_diplo.sources.read import read_article
    from llm_diplo.text.block import article_block
    from llm_diplo.text.quotations import number_article

    try:
        return llm.Fragment(article_block(number_article(read_article(source))), f"diplo:{source}")
    except DiploError as error:
        raise ValueError(str(error)) from None


def load_brief(id_: str) -> llm.Fragment:
    """A brief made before: the id of its answer or thread in the log, `last`, or FILE.db#ID of a database.

    Example: llm -f diplo-brief:last 'draft a cable'
    """
    from llm_diplo.corpus.store import brief_named
    from llm_diplo.errors import DiploError
    from llm_diplo.render.markdown import markdown

    try:
        return llm.Fragment(markdown(brief_named(id_)[0]), f"diplo-brief:{id_}")
    except DiploError as error:
        raise ValueError(str(error)) from None


def load_template(name: str) -> llm.Template:
    """brief: an extraction of a numbered article, true to the schema; questions, compare: talk with articles or briefs.

    Example: llm -t diplo:brief -f diplo:article.txt
    """
    import yaml

    from llm_diplo.brief.extraction import extraction_schema
    from llm_diplo.models.instructions import read_prompt

    if name not in TEMPLATES:
        raise ValueError(f"llm-diplo has no template {name}: it has {', '.join(TEMPLATES)}.")
    template = llm.Template(name=f"diplo:{name}", **yaml.safe_load(read_prompt(name)))
    return template.model_copy(update={"schema_object": extraction_schema()}) if name == "brief" else template


def _errors_as_text(tool: Callable[Parameters, str]) -> Callable[Parameters, str]:
    """Return errors as text that the model can read, and cut long output."""

    @wraps(tool)
    def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> str:
        from llm_diplo.errors import DiploError

        try:
            text = tool(*args, **kwargs)
        except DiploError as error:
            return f"Error: {error}"
        return text if len(text) <= LONGEST_OUTPUT else f"{text[:LONGEST_OUTPUT]}\n[cut at {LONGEST_OUTPUT} characters]"

    return call


class Diplo(llm.Toolbox):
    """Tools for models that quote: number a text, find a quote, check an extraction, read logged briefs."""

    @_errors_as_text
    def number_text(self, text: str) -> str:
        """Number the sentences and quotations of a text, so that they can be cited as 7 or q3."""
        from llm_diplo.text.block import article_block

        return article_block(_numbered(text))

    @_errors_as_text
    def find_quote(self, quote: str, text: str) -> str:
        """Say how a quote stands in a text (verbatim, normalized, elided, near, altered, absent), where, and who says it."""
        from dataclasses import asdict

        from llm_diplo.quotes.check import check_quotes
        from llm_diplo.quotes.finder import find_quote

        found = asdict(find_quote(quote, text))
        checked = check_quotes(f"“{quote}”", [("text", text)]) if quote.strip() else []
        speaker = checked[0].source_speaker if checked else None
        return json.dumps({**found, "speaker": speaker}, ensure_ascii=False, default=str)

    @_errors_as_text
    def check(self, draft: str, source: str) -> str:
        """Check every quotation of a draft against a source: confirmed, unconfirmed or wrong, with the reason."""
        from llm_diplo.quotes.check import check_quotes
        from llm_diplo.quotes.report import DraftReport, quote_report_json
        from llm_diplo.text.article import Article

        article = Article.from_text(draft, source="The draft")
        return quote_report_json([DraftReport("draft", article, check_quotes(article, [("source", source)]))])

    @_errors_as_text
    def check_extraction(self, extraction: str, text: str) -> str:
        """Check an extraction (JSON) against its text: the brief in Markdown, and the rejected items with reasons."""
        from llm_diplo.brief.assembly import resolve_extraction
        from llm_diplo.render.markdown import markdown

        brief = resolve_extraction(extraction, _numbered(text))
        reasons = [f"- {item.kind}: {'; '.join(item.reasons)}" for item in brief.rejected]
        return markdown(brief) + ("\nRejected:\n" + "\n".join(reasons) + "\n" if reasons else "")

    @_errors_as_text
    def read_positions(self, brief_id: str = "last") -> str:
        """Read who holds which position in a brief made before: its id in the log, last, or FILE.db#ID."""
        return _rows(brief_id, "position")

    @_errors_as_text
    def read_next_steps(self, brief_id: str = "last") -> str:
        """Read which next steps a brief made before names: its id in the log, last, or FILE.db#ID."""
        return _rows(brief_id, "next_step")


def _rows(brief_id: str, kind: str) -> str:
    from llm_diplo.corpus.store import brief_named

    return json.dumps([row for row in brief_named(brief_id)[0].rows() if row["kind"] == kind], ensure_ascii=False)


def _numbered(text: str) -> NumberedArticle:
    from llm_diplo.text.article import Article
    from llm_diplo.text.quotations import number_article

    return number_article(Article.from_text(text))
