"""`llm diplo prompts` and `llm diplo schema`: what is sent to models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from llm_diplo.cli.options import ALLOW_PRIVATE, LANGUAGE, PARAM, SPEAKER, TEMPLATE, WINDOW, DiploCommand, metadata_of, reader
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
@click.option("--render", "source", metavar="SOURCE", help="Print the exact prompts for an article; no call is made.")
@TEMPLATE
@PARAM
@SPEAKER
@LANGUAGE
@WINDOW
@ALLOW_PRIVATE
@click.pass_context
def prompts(ctx: click.Context, /, source: str | None, **flags: Any) -> None:
    """Print the templates that briefs are made with, or what a model is sent for one article.

    A long article is sent in parts, and their prompts are printed one after the other. The last call of such an article, for
    its summary, depends on the answers to them and is not shown.
    """
    from llm_diplo.models.instructions import load_instructions, prompt_names, read_prompt

    if source is None:
        for name in prompt_names():
            show(f"# {name}\n{read_prompt(name)}\n")
        return
    article = reader(ctx, source, metadata_of(flags))()
    _render_prompts(article, load_instructions(flags["template"], dict(flags["params"]), flags["language"]), flags["window"])


def _render_prompts(article: Article, instructions: Instructions, window: int) -> None:
    from llm_diplo.text.block import article_block
    from llm_diplo.text.quotations import number_article
    from llm_diplo.text.windows import cut_windows, tokens_in

    blocks = map(article_block, cut_windows(number_article(article), window))
    prompts = [f"{instructions.system}\n\n{block}\n{instructions.request}" for block in blocks]
    show("\n\n".join(prompts) + "\n")
    characters, tokens = sum(map(len, prompts)), sum(map(tokens_in, prompts))
    parts = f"{len(prompts)} parts, together " if len(prompts) > 1 else ""
    show_line(f"{parts}{characters:,} characters, about {tokens:,} tokens, besides the schema")
