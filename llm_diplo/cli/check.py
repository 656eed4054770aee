"""`llm diplo check`: the quotations of a draft against its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from llm_diplo.cli.options import ALLOW_PRIVATE, DiploCommand, metadata_of, reader

if TYPE_CHECKING:
    from llm_diplo.quotes.check import CheckedQuote


@click.command(cls=DiploCommand)
@click.argument("text")
@click.argument("more", nargs=-1, metavar="[SOURCE…]")
@click.option(
    "--against", multiple=True, required=True, metavar="SOURCE", help="A source; more may follow, with or without it."
)
@click.option("--speaker", help="Whose words a text without named speakers quotes.")
@ALLOW_PRIVATE
@click.option("as_json", "--json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def check(ctx: click.Context, /, text: str, more: tuple[str, ...], against: tuple[str, ...], **flags: Any) -> None:
    """Are the quotations in TEXT really in the sources, unchanged, and in the right mouth?

    TEXT is any prose: a draft, a summary, a press line. No model, no key: texts are compared, nothing is sent.
    Exit code 0: every quotation is borne out; 1: one is altered, not found or in the wrong mouth, or a file cannot be read.
    """
    from llm_diplo.quotes.check import check_quotes

    draft = reader(ctx, text, metadata_of(flags))()
    sources = [reader(ctx, name, metadata_of({**flags, "speaker": None}))() for name in (*against, *more)]
    checked = check_quotes(draft, [(source.source, source.text) for source in sources])
    _print_report(text, checked, flags["as_json"])
    ctx.exit(0 if all(quote.sound for quote in checked) else 1)


def _print_report(name: str, checked: list[CheckedQuote], as_json: bool) -> None:
    from llm_diplo.cli.output import write_text
    from llm_diplo.quotes.report import quote_report, quote_report_json

    if as_json:
        write_text(quote_report_json(name, checked), None, json=True)
    else:
        write_text(quote_report(name, checked), None, markdown=True)
