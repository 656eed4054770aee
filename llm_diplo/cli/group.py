"""`llm diplo`: the group of its commands."""

from __future__ import annotations

import click
from click_default_group import DefaultGroup

from llm_diplo.cli.check import check
from llm_diplo.cli.corpus import corpus
from llm_diplo.cli.evaluate import evaluate
from llm_diplo.cli.prompts import prompts, schema
from llm_diplo.cli.render import render
from llm_diplo.cli.resolve import resolve
from llm_diplo.cli.summarize import summarize


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


@click.version_option(package_name="llm-diplo", prog_name="llm diplo")
@click.group(cls=DiploGroup, default="summarize", default_if_no_args=True)
def diplo() -> None:
    """Turn news articles into briefs: actors, positions and next steps, each tied to the article's own words.

    A SOURCE is a file (text, Markdown, HTML or PDF), a folder of them, a URL, - for standard input, or an llm fragment
    (prefix:…, alias, hash).
    """


for command in (summarize, check, corpus, evaluate, prompts, render, resolve, schema):
    diplo.add_command(command)
