"""`llm diplo render` and `llm diplo resolve`: briefs and extractions that were made before, or elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llm_diplo.cli.options import (
    ALLOW_PRIVATE,
    DATE,
    PRINTING,
    SPEAKER,
    DiploCommand,
    format_of,
    metadata_of,
    reader,
)

if TYPE_CHECKING:
    from llm_diplo.schema import Brief
    from llm_diplo.text.article import Article


@click.command(cls=DiploCommand)
@click.argument("brief")
@click.option("--against", metavar="SOURCE", help="The article that the brief was made from; --format html needs it.")
@ALLOW_PRIVATE
@PRINTING
@click.pass_context
def render(ctx: click.Context, /, brief: str, against: str | None, **flags: Any) -> None:
    """Print an earlier brief in another format, without asking a model.

    BRIEF is a file that `llm diplo --json` or `--nl` wrote, - for standard input, the id of an answer in llm's log (`last`
    for the newest), or FILE.db#ID for a brief in a database of `llm diplo corpus`, by its number or its source's name.

    Example: llm diplo render brief.json --against article.txt --output brief.html
    """
    from llm_diplo.cli.output import Printer, show_line
    from llm_diplo.render.evidence import check_fit

    briefs, article = _load(brief)
    if against:
        article = reader(ctx, against, metadata_of(flags))()
    for one in briefs if article else ():
        check_fit(one, article)  # type: ignore[arg-type]
    several = len(briefs) > 1
    sources = [brief, against or ""]
    format_ = format_of(flags, len(briefs))
    with Printer(format_, flags["output"], several=several, sources=sources, bom=flags["bom"]) as printer:
        if article:
            printer.keep(article)
        for one in briefs:
            printer.print(one)
            if not one.positions and not one.next_steps:
                show_line(f"Warning: {brief}: the brief holds no positions and no next steps.")


@click.command(cls=DiploCommand)
@click.argument("answer", default="-")
@click.option("--against", required=True, metavar="SOURCE", help="The article that the extraction was made from.")
@DATE
@SPEAKER
@ALLOW_PRIVATE
@PRINTING
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


def _load(name: str) -> tuple[list[Brief], Article | None]:
    """The briefs in a file, or one from the log together with its article."""
    from llm_diplo.corpus.store import brief_named
    from llm_diplo.sources.read import read_text

    if name != "-" and not Path(name).exists() and (not Path(name).suffix or "#" in name):
        found, article = brief_named(name)
        return [found], article
    return _read_briefs(read_text(name), "standard input" if name == "-" else name), None


def _read_briefs(text: str, name: str) -> list[Brief]:
    """Read one brief, an array of briefs, or one a line. Raises `InvalidBriefError`."""
    from llm_diplo.errors import InvalidBriefError

    try:
        data = json.loads(text)
    except ValueError:
        try:
            data = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            data = []
    items = data if isinstance(data, list) else [data]
    if not items:
        raise InvalidBriefError(f"{name} holds no brief: `llm diplo article.txt --json` prints one.")
    return [_brief_of(item, name) for item in items]


def _brief_of(data: Any, name: str) -> Brief:
    from pydantic import ValidationError

    from llm_diplo.errors import InvalidBriefError
    from llm_diplo.schema import SCHEMA_VERSION, Brief

    made = data.get("provenance") if isinstance(data, dict) else None
    version = made.get("schema_version") if isinstance(made, dict) else None
    if version is None:
        raise InvalidBriefError(f"{name} is not a brief: `llm diplo article.txt --json` prints one.")
    if version != SCHEMA_VERSION:
        raise InvalidBriefError(f"{name} is a brief of schema version {version}, not {SCHEMA_VERSION}: make it again.")
    try:
        brief = Brief.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidBriefError(f"{name} is not a brief: {place}: {first['msg']}.") from None
    if missing := _missing(brief):
        raise InvalidBriefError(f"{name} is not a complete brief: an item refers to {missing}, which is not in it.")
    return brief


def _missing(brief: Brief) -> str | None:
    """The first actor or issue that an item refers to and that is not in the brief."""
    held = {None, *(actor.id for actor in brief.actors), *(issue.id for issue in brief.issues)}
    used = [name for position in brief.positions for name in (position.actor, position.issue)]
    used += [name for step in brief.next_steps for name in (*step.proposed_by, *step.actors, *step.recipients)]
    return next((name for name in used if name not in held), None)
