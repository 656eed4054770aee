"""`llm diplo check`: the quotations of drafts against their sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llm_diplo.cli.options import ALLOW_PRIVATE, OUTPUT, DiploCommand, metadata_of, reader

if TYPE_CHECKING:
    from llm_diplo.quotes.report import DraftReport
    from llm_diplo.text.article import Article


@click.command(cls=DiploCommand)
@click.argument("drafts", nargs=-1, required=True, metavar="DRAFT…")
@click.option("--against", multiple=True, required=True, metavar="SOURCE", help="A source, or a folder of them; repeatable.")
@click.option("--strict", is_flag=True, help="Fail on unconfirmed quotations too.")
@click.option("--speaker", help="Whose words a draft without named speakers quotes.")
@ALLOW_PRIVATE
@click.option(
    "format_", "--format", type=click.Choice(("markdown", "json")), default="markdown", show_default=True, help="What to print."
)
@click.option("as_json", "--json", is_flag=True, help="Short for --format json: an object, or an array for several drafts.")
@OUTPUT
@click.pass_context
def check(ctx: click.Context, /, drafts: tuple[str, ...], against: tuple[str, ...], **flags: Any) -> None:
    """Check that every quotation in each DRAFT appears in the sources, unchanged and attributed to the right speaker.

    A DRAFT is any prose: an article, a summary, a press line; - is standard input. No model, no key: texts are compared,
    nothing is sent. Exit code 0: no quotation is wrong; 1: one is wrong, or unconfirmed with --strict; 2: wrong usage or a
    file that cannot be read.
    """
    from llm_diplo.cli.output import write_text
    from llm_diplo.errors import DiploError
    from llm_diplo.quotes.report import quote_report, quote_report_json, summary_line

    try:
        reports = _check(ctx, drafts, against, flags)
    except DiploError as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(2)
    as_json = flags["as_json"] or flags["format_"] == "json"
    text = quote_report_json(reports) if as_json else quote_report(reports)
    write_text(text, flags["output"], markdown=not as_json, json=as_json)
    if flags["output"]:
        click.echo(summary_line(reports), err=True)
    ctx.exit(1 if any(report.fails(strict=flags["strict"]) for report in reports) else 0)


def _check(ctx: click.Context, drafts: Sequence[str], against: Sequence[str], flags: dict[str, Any]) -> list[DraftReport]:
    from llm_diplo.quotes.check import check_quotes
    from llm_diplo.quotes.report import DraftReport

    def read(name: str, **metadata: Any) -> Article:
        return reader(ctx, name, metadata_of({**flags, **metadata}))()

    sources = [read(name, speaker=None) for given in against for name in _files(given)]
    pairs = [(source.source, source.text) for source in sources]
    articles = [(name, read(name)) for name in drafts]
    return [
        DraftReport("standard input" if name == "-" else name, article.text, check_quotes(article, pairs))
        for name, article in articles
    ]


def _files(name: str) -> list[str]:
    """Return a source's name, or all files of a folder."""
    from llm_diplo.sources.folder import files_of

    folder = Path(name)
    return [str(path) for path in files_of(folder, "*")] if folder.is_dir() else [name]
