"""`llm diplo resolve`: an extraction made elsewhere, checked and grounded."""

from __future__ import annotations

from typing import Any

import click

from llm_diplo.cli.options import (
    ALLOW_PRIVATE,
    BOM,
    DATE,
    FORMAT,
    JSON,
    NL,
    OUTPUT,
    SPEAKER,
    DiploCommand,
    format_of,
    metadata_of,
    reader,
)


@click.command(cls=DiploCommand)
@click.argument("answer", default="-")
@click.option("--against", required=True, metavar="SOURCE", help="The article that the extraction was made from.")
@DATE
@SPEAKER
@ALLOW_PRIVATE
@FORMAT
@JSON
@NL
@OUTPUT
@BOM
@click.pass_context
def resolve(ctx: click.Context, /, answer: str, against: str, **flags: Any) -> None:
    """Make a checked and grounded brief of an extraction made elsewhere: ANSWER is a JSON file, or - for standard input.

    Example: llm -t diplo:brief -f diplo:article.txt | llm diplo resolve --against article.txt
    """
    from llm_diplo.brief.assembly import resolve_extraction
    from llm_diplo.cli.output import Printer
    from llm_diplo.cli.progress import Progress
    from llm_diplo.errors import InvalidExtractionError, SourceError
    from llm_diplo.sources.read import read_text
    from llm_diplo.text.quotations import number_article

    text = read_text(answer)
    if not text.strip():
        raise SourceError(f"{'Standard input' if answer == '-' else answer} is empty: there is no answer to check.")
    article = reader(ctx, against, metadata_of(flags))()
    try:
        brief = resolve_extraction(text, number_article(article))
    except InvalidExtractionError as error:
        name = "standard input" if answer == "-" else answer
        raise InvalidExtractionError(f"{name}: {error} `llm diplo schema --extraction` prints what is expected.") from None
    with (
        Printer(format_of(flags), flags["output"], sources=[answer, against], bom=flags["bom"]) as printer,
        Progress() as progress,
    ):
        printer.keep(article)
        printer.print(brief)
        progress.doubts(against, brief)
