"""`llm diplo check`: the quotations of drafts against their sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llm_diplo.cli.options import ALLOW_PRIVATE, OUTPUT, DiploCommand, format_by_ending, metadata_of, reader

_MOST_NAMED = 5  # files that are left out
FORMATS = ("markdown", "json", "html", "sarif")

if TYPE_CHECKING:
    from llm_diplo.quotes.check import Source
    from llm_diplo.quotes.report import DraftReport
    from llm_diplo.text.article import Article


@click.command(cls=DiploCommand)
@click.argument("drafts", nargs=-1, required=True, metavar="DRAFT…")
@click.option("--against", multiple=True, required=True, metavar="SOURCE", help="A source, or a folder of them; repeatable.")
@click.option("--strict", is_flag=True, help="Fail on unconfirmed quotations too.")
@click.option("--speaker", help="Whose words a draft without named speakers quotes.")
@ALLOW_PRIVATE
@click.option(
    "format_",
    "--format",
    type=click.Choice(FORMATS),
    help="Output format (default: by the ending of --output, else markdown).",
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
    from llm_diplo.quotes.report import summary_line

    try:
        sources = _sources(ctx, drafts, against, flags)
        reports = [_report(ctx, name, sources, flags) for name in drafts]
    except DiploError as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(2)
    format_ = "json" if flags["as_json"] else flags["format_"] or format_by_ending(flags["output"], FORMATS)
    text = _draw(format_, reports, sources)
    write_text(text, flags["output"], markdown=format_ == "markdown", json=format_ in ("json", "sarif"))
    if flags["output"]:
        click.echo(summary_line(reports), err=True)
    ctx.exit(1 if any(report.fails(strict=flags["strict"]) for report in reports) else 0)


def _read(ctx: click.Context, name: str, flags: dict[str, Any], **metadata: Any) -> Article:
    return reader(ctx, name, metadata_of({**flags, **metadata}))()


def _sources(ctx: click.Context, drafts: Sequence[str], against: Sequence[str], flags: dict[str, Any]) -> list[Source]:
    """Read the sources, without those that are also drafts: they would confirm themselves and each other."""
    from llm_diplo.quotes.check import Source

    checked = {Path(draft).resolve() for draft in drafts if draft != "-"}
    articles: list[Article] = []
    for given in against:
        if given != "-" and Path(given).is_dir():
            articles.extend(_read_folder(ctx, Path(given), checked, flags))
        elif given == "-" or Path(given).resolve() not in checked:
            articles.append(_read(ctx, given, flags, speaker=None))
    if not articles:
        raise click.UsageError("No source can be read, or the drafts are the only sources: name another with --against.")
    return [Source(article) for article in articles]


def _read_folder(ctx: click.Context, folder: Path, drafts: set[Path], flags: dict[str, Any]) -> Iterator[Article]:
    """Yield the articles of a folder, its drafts left out; what cannot be read is reported on stderr."""
    from llm_diplo.errors import SourceError
    from llm_diplo.sources.read import ENDINGS, files_of

    files = list(files_of(folder))
    if not files:
        raise SourceError(f"{folder} holds no file that can be read ({', '.join(ENDINGS)}).")
    if others := [path for path in files_of(folder, "*") if path not in set(files)]:
        names = ", ".join(str(path) for path in others[:_MOST_NAMED]) + (" …" if others[_MOST_NAMED:] else "")
        click.echo(f"Left out, neither texts, web pages nor PDFs: {names}", err=True)
    for path in files:
        if path.resolve() not in drafts:
            try:
                yield _read(ctx, str(path), flags, speaker=None)
            except SourceError as error:
                click.echo(f"Left out: {error}", err=True)


def _report(ctx: click.Context, name: str, sources: Sequence[Source], flags: dict[str, Any]) -> DraftReport:
    from llm_diplo.quotes.check import check_quotes
    from llm_diplo.quotes.report import DraftReport

    draft = _read(ctx, name, flags)
    return DraftReport("standard input" if name == "-" else name, draft, check_quotes(draft, sources), _written(name))


def _written(name: str) -> str | None:
    """Return the content of a draft's file; nothing if it is not a text file."""
    from llm_diplo.errors import SourceError
    from llm_diplo.sources.read import read_text

    try:
        return read_text(name) if Path(name).is_file() else None
    except SourceError:
        return None


def _draw(format_: str, reports: Sequence[DraftReport], sources: Sequence[Source]) -> str:
    from llm_diplo.quotes.report import quote_report, quote_report_json
    from llm_diplo.render.checked import check_page
    from llm_diplo.render.sarif import sarif

    if format_ == "html":
        return check_page(reports, [source.article for source in sources])
    return {"json": quote_report_json, "sarif": sarif, "markdown": quote_report}[format_](reports)
