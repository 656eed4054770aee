"""`llm diplo prompts` and `llm diplo schema`: what models are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from llm_diplo.cli.options import ALLOW_PRIVATE, LANGUAGE, PARAM, SPEAKER, TEMPLATE, DiploCommand, metadata_of, reader
from llm_diplo.cli.output import show, show_line

if TYPE_CHECKING:
    from llm_diplo.models.instructions import Instructions
    from llm_diplo.text.article import Article


@click.command(cls=DiploCommand)
@click.option("--extraction", is_flag=True, help="The schema that a model fills, as it is sent.")
def schema(extraction: bool) -> None:
    """Print the JSON schema of a brief."""
    import json

    from llm_diplo.brief.extraction import extraction_schema
    from llm_diplo.schema import Brief

    shown = extraction_schema() if extraction else Brief.model_json_schema(mode="serialization")
    show(json.dumps(shown, indent=2) + "\n")


@click.command(cls=DiploCommand)
@click.option("--render", "source", metavar="SOURCE", help="Print the exact prompt for an article; no call is made.")
@TEMPLATE
@PARAM
@SPEAKER
@LANGUAGE
@ALLOW_PRIVATE
@click.pass_context
def prompts(ctx: click.Context, /, source: str | None, **flags: Any) -> None:
    """Print the templates that briefs are made with, or the whole prompt for one article."""
    from llm_diplo.models.instructions import load_instructions, prompt_names, read_prompt

    if source is None:
        for name in prompt_names():
            show(f"# {name}\n{read_prompt(name)}\n")
        return
    article = reader(ctx, source, metadata_of(flags))()
    _render_prompt(article, load_instructions(flags["template"], dict(flags["params"]), flags["language"]))


def _render_prompt(article: Article, instructions: Instructions) -> None:
    from llm_diplo.text.block import article_block
    from llm_diplo.text.quotations import number_article

    text = f"{instructions.system}\n\n{article_block(number_article(article))}\n{instructions.request}"
    show(text + "\n")
    show_line(f"{len(text):,} characters, about {len(text) // 4:,} tokens, besides the schema")
