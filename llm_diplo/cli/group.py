"""`llm diplo`: the group of its commands, and those that show what is sent to models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click_default_group import DefaultGroup

from llm_diplo.cli.check import check
from llm_diplo.cli.corpus import corpus
from llm_diplo.cli.evaluate import evaluate
from llm_diplo.cli.options import ALLOW_PRIVATE, LANGUAGE, PARAM, SPEAKER, TEMPLATE, WINDOW, DiploCommand, metadata_of, reader
from llm_diplo.cli.output import show, show_line
from llm_diplo.cli.render import render, resolve
from llm_diplo.cli.summarize import summarize

if TYPE_CHECKING:
    from llm_diplo.models.instructions import Instructions
    from llm_diplo.text.article import Article


class DiploGroup(DefaultGroup):  # type: ignore[misc]
    """`llm diplo SOURCE…` is short for `llm diplo summarize SOURCE…`; its help shows both."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the common options, those of `summarize`, before the subcommands."""
        options = (param for param in summarize.get_params(ctx) if isinstance(param, click.Option))
        rows = [row for param in options if (row := param.get_help_record(ctx))]
        with formatter.section("Options"):
            formatter.write_dl(rows)
        self.format_commands(ctx, formatter)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Show the short form, without `summarize`."""
        return ["[OPTIONS] SOURCE…"]


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


@click.version_option(package_name="llm-diplo", prog_name="llm diplo")
@click.group(cls=DiploGroup, default="summarize", default_if_no_args=True)
def diplo() -> None:
    """Turn news articles into briefs: actors, positions and next steps, each tied to the article's own words.

    A SOURCE is a file (text, Markdown, HTML or PDF), a folder of them, a URL, - for standard input, or an llm fragment
    (prefix:…, alias, hash).
    """


for command in (summarize, check, corpus, evaluate, prompts, render, resolve, schema):
    diplo.add_command(command)
