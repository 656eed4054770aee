"""`llm diplo`: parse, call the API, print."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click_default_group import DefaultGroup

if TYPE_CHECKING:
    from llm_diplo.article import Article
    from llm_diplo.logbook import Logbook
    from llm_diplo.printing import Printer, Progress
    from llm_diplo.prompts import Instructions
    from llm_diplo.quote_check import CheckedQuote
    from llm_diplo.summarizer import Settings

FORMATS = ("markdown", "json", "nl")
_FILE_ENDINGS = (".html", ".json", ".jsonl", ".md", ".txt", ".csv", ".graphml", ".mmd", ".nl")


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
        """The short form is the common one."""
        return ["[OPTIONS] SOURCE…"]


class SummarizeCommand(click.Command):
    """Answers `-o brief.html` with the flag that was meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and explain a mistaken `-o`."""
        for flag, value in itertools.pairwise(args):
            if flag == "-o" and value.lower().endswith(_FILE_ENDINGS):
                raise click.UsageError(f"-o sets a model option; to write to {value} use --output {value}.", ctx)
        return super().parse_args(ctx, args)


@click.group(cls=DiploGroup, default="summarize", default_if_no_args=True)
def diplo() -> None:
    """Turn news articles into briefs: actors, positions and next steps, each tied to the article's own words.

    A SOURCE is a file (text, HTML or PDF), an address, - for standard input, or an llm fragment (prefix:…, alias, hash).
    """


@diplo.command(cls=SummarizeCommand)
@click.argument("sources", nargs=-1, metavar="SOURCE…")
@click.option("fragments", "-f", "--fragment", multiple=True, metavar="SOURCE", help="One more source, read after the others.")
@click.option("model_id", "-m", "--model", envvar="LLM_MODEL", help="Any model that llm knows; diplo-offline needs no key.")
@click.option("queries", "-q", "--query", multiple=True, help="Use the first model that matches all these strings.")
@click.option("options", "-o", "--option", type=(str, str), multiple=True, metavar="KEY VALUE", help="Option for the model.")
@click.option("--key", help="API key, or the name of a stored one.")
@click.option("-t", "--template", help="llm template with instructions of your own.")
@click.option(
    "params",
    "-p",
    "--param",
    type=(str, str),
    multiple=True,
    metavar="KEY VALUE",
    help="Value for the template; -p focus sanctions works with every one.",
)
@click.option("--date", metavar="YYYY-MM-DD", help="Day of publication, where the article does not show it.")
@click.option("--speaker", help="Whose voice a first-person text is.")
@click.option(
    "--retries",
    type=click.IntRange(0, 20),
    default=1,
    show_default=True,
    help="How often a faulty answer is sent back.",
)
@click.option("--language", help="What the model writes in (fr, French); names and evidence stay as the source has them.")
@click.option("--allow-private", is_flag=True, help="Read addresses of private networks, too.")
@click.option("--force", is_flag=True, help="Have diplo-offline read a text that is not English all the same.")
@click.option("--verify", is_flag=True, help="Have each item read a second time beside its evidence; what fails is set aside.")
@click.option("--verify-model", metavar="MODEL", help="The model of the second reading; the same when not given.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 500),
    default=1,
    show_default=True,
    help="How many sources to read side by side.",
)
@click.option("format_", "--format", type=click.Choice(FORMATS), default="markdown", show_default=True, help="What to print.")
@click.option("as_json", "--json", is_flag=True, help="Short for --format json: an object, or an array for several sources.")
@click.option("as_nl", "--nl", is_flag=True, help="Short for --format nl: one JSON object a line.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to a file.")
@click.option("-n", "--no-log", is_flag=True, help="Don't log to llm's database.")
@click.option("--log", is_flag=True, help="Log to llm's database, even if logging is off.")
@click.option("-d", "--database", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Log to this database.")
@click.option("-u", "--usage", is_flag=True, help="Print tokens and cost on standard error.")
@click.pass_context
def summarize(ctx: click.Context, /, sources: tuple[str, ...], fragments: tuple[str, ...], **flags: Any) -> None:
    """Make a brief of each SOURCE and print it.

    Only briefs go to standard output. Exit code 0: every source gave a brief; 1: some did not, or the input was bad;
    2: wrong usage; 130: interrupted, what was done is printed.
    """
    from llm_diplo.errors import DiploError

    names = (*sources, *fragments)
    if not names:
        if sys.stdin.isatty():
            click.echo(ctx.parent.get_help() if ctx.parent else ctx.get_help(), err=True)
            ctx.exit(2)
        names = ("-",)
    try:
        ctx.exit(_run(ctx, names, flags))
    except DiploError as error:
        raise click.ClickException(str(error)) from None


def _run(ctx: click.Context, names: tuple[str, ...], flags: dict[str, Any]) -> int:
    from llm_diplo.printing import Growing, Printer, Progress

    format_ = "json" if flags["as_json"] else "nl" if flags["as_nl"] else flags["format_"]
    metadata = {"date_published": _date(flags["date"]), "speaker": flags["speaker"], "allow_private": flags["allow_private"]}
    model_id = _model_id(flags)
    logbook = _logbook(flags)
    try:
        with (
            Printer(format_, flags["output"], several=len(names) > 1) as printer,
            Progress() as progress,
            ExitStack() as closing,
        ):
            settings = _settings(flags, model_id, logbook, progress.call)
            if len(names) == 1 and format_ == "markdown" and not flags["output"] and sys.stdout.isatty():
                growing = Growing(progress.pause)
                closing.callback(growing.stop)
                settings = replace(settings, on_event=growing.show)
            readers = [_reader(ctx, name, metadata) for name in names]
            try:
                return asyncio.run(_summarize_all(names, readers, settings, flags, printer, progress))
            except KeyboardInterrupt:
                progress.say("Interrupted: what was done is printed.")
                return 130
    finally:
        if logbook:
            logbook.close()


async def _summarize_all(
    names: Iterable[str],
    readers: list[Callable[[], Article]],
    settings: Settings,
    flags: dict[str, Any],
    printer: Printer,
    progress: Progress,
) -> int:
    from llm_diplo.corpus import summarize_all
    from llm_diplo.errors import DiploError

    failed = 0
    remaining = iter(names)
    async for result in summarize_all(readers, settings, jobs=flags["jobs"]):
        name = next(remaining)
        if isinstance(result, DiploError):
            failed = 1
            progress.say(f"Error: {result}")
            continue
        progress.pause()
        printer.print(result)
        progress.doubts(name, result)
        if flags["usage"]:
            progress.usage(result)
    return failed


def _settings(
    flags: dict[str, Any], model_id: str | None, logbook: Logbook | None, on_call: Callable[[str, int], None]
) -> Settings:
    from llm.cli import get_model_options

    from llm_diplo.models import default_model_id, get_model
    from llm_diplo.prompts import load_instructions
    from llm_diplo.summarizer import Settings

    params = dict(flags["params"])
    instructions = load_instructions(flags["template"], params)
    chosen = model_id or instructions.model or default_model_id()
    model = get_model(chosen)
    options = {**get_model_options(model.model_id), **dict(instructions.options), **dict(flags["options"])}
    if flags.get("force") and model.model_id == "diplo-offline":
        options["force"] = True
    second = flags["verify_model"]
    if second:
        get_model(second)
    return Settings(
        chosen,
        flags["key"],
        options,
        flags["template"],
        params,
        flags["retries"],
        second or flags["verify"],
        logbook,
        on_call=on_call,
        language=flags.get("language"),
    )


def _model_id(flags: dict[str, Any]) -> str | None:
    from llm_diplo.models import model_matching

    return model_matching(flags["queries"]) if flags["queries"] and not flags["model_id"] else flags["model_id"]


def _logbook(flags: dict[str, Any]) -> Logbook | None:
    from llm_diplo.logbook import Logbook, logging_is_on

    if flags["no_log"] and not flags["log"]:
        return None
    return Logbook(flags["database"]) if flags["log"] or flags["database"] or logging_is_on() else None


def _date(text: str | None) -> str | None:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        raise click.ClickException(f"--date {text} is no date: write it as YYYY-MM-DD.") from None


def _reader(ctx: click.Context, name: str, metadata: dict[str, Any]) -> Callable[[], Article]:
    """A function that reads one source when its turn comes, and knows what else the user may have meant."""

    def read() -> Article:
        from llm_diplo.errors import NoSuchSourceError
        from llm_diplo.sources import read_source

        try:
            return read_source(name, **metadata)
        except NoSuchSourceError as error:
            raise NoSuchSourceError(f"{error}{_nearest(ctx, name)}") from None

    return read


def _nearest(ctx: click.Context, name: str) -> str:
    """The subcommand or the file that a missing source may have meant."""
    from difflib import get_close_matches

    commands = list(diplo.commands)
    if found := get_close_matches(name, commands, n=1, cutoff=0.75):
        return f" Did you mean `llm diplo {found[0]}`?"
    folder = Path(name).parent
    try:
        files = [str(path) for path in folder.iterdir()]
    except OSError:
        return ""
    found = get_close_matches(str(Path(name)), files, n=1, cutoff=0.75)
    return f" Did you mean {found[0]}?" if found else ""


@diplo.command()
@click.argument("text")
@click.argument("more", nargs=-1, metavar="[SOURCE…]")
@click.option(
    "--against", multiple=True, required=True, metavar="SOURCE", help="A source; more may follow, with or without it."
)
@click.option("--speaker", help="Whose words a text without named speakers quotes.")
@click.option("as_json", "--json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def check(
    ctx: click.Context, /, text: str, more: tuple[str, ...], against: tuple[str, ...], speaker: str | None, as_json: bool
) -> None:
    """Are the quotations in TEXT really in the sources, unchanged, and in the right mouth?

    TEXT is any prose: a draft, a summary, a press line. No model, no key, no network: texts are compared, nothing is sent.
    Exit code 0: every quotation is borne out; 1: one is altered, not found or in the wrong mouth, or a file cannot be read.
    """
    from llm_diplo.errors import DiploError
    from llm_diplo.quote_check import check_quotes

    try:
        draft = _reader(ctx, text, {"speaker": speaker})()
        sources = [_reader(ctx, name, {})() for name in (*against, *more)]
        checked = check_quotes(draft, [(source.source, source.text) for source in sources])
        _print_report(text, checked, as_json)
    except DiploError as error:
        raise click.ClickException(str(error)) from None
    ctx.exit(0 if all(quote.sound for quote in checked) else 1)


@diplo.command()
@click.argument("answer", default="-")
@click.option("--against", required=True, metavar="SOURCE", help="The article that the extraction was made from.")
@click.option("--date", metavar="YYYY-MM-DD", help="Day of publication, where the article does not show it.")
@click.option("--speaker", help="Whose voice a first-person text is.")
@click.option("format_", "--format", type=click.Choice(FORMATS), default="markdown", show_default=True, help="What to print.")
@click.option("as_json", "--json", is_flag=True, help="Short for --format json.")
@click.option("as_nl", "--nl", is_flag=True, help="Short for --format nl.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to a file.")
@click.pass_context
def resolve(ctx: click.Context, /, answer: str, against: str, **flags: Any) -> None:
    """Make a checked and grounded brief of an extraction made elsewhere: ANSWER is a JSON file, or - for standard input.

    Example: llm -t diplo:brief -f diplo:article.txt | llm diplo resolve --against article.txt
    """
    from llm_diplo.errors import DiploError

    try:
        _resolve(ctx, answer, against, flags)
    except DiploError as error:
        raise click.ClickException(str(error)) from None


def _resolve(ctx: click.Context, answer: str, against: str, flags: dict[str, Any]) -> None:
    from llm_diplo.errors import InvalidExtractionError
    from llm_diplo.printing import Printer, Progress
    from llm_diplo.quotations import number_article
    from llm_diplo.resolution import resolve_extraction
    from llm_diplo.sources import read_text

    format_ = "json" if flags["as_json"] else "nl" if flags["as_nl"] else flags["format_"]
    text = read_text(answer)
    article = _reader(ctx, against, {"date_published": _date(flags["date"]), "speaker": flags["speaker"]})()
    try:
        brief = resolve_extraction(text, number_article(article))
    except InvalidExtractionError as error:
        name = "standard input" if answer == "-" else answer
        raise InvalidExtractionError(f"{name}: {error} `llm diplo schema --extraction` prints what is expected.") from None
    with Printer(format_, flags["output"]) as printer, Progress() as progress:
        printer.print(brief)
        progress.doubts(against, brief)


def _print_report(name: str, checked: list[CheckedQuote], as_json: bool) -> None:
    from llm_diplo.printing import print_markdown
    from llm_diplo.render.quote_report import quote_report, quote_report_json

    if as_json:
        click.echo(quote_report_json(name, checked), nl=False)
    else:
        print_markdown(quote_report(name, checked))


@diplo.command(name="eval")
@click.argument("gold", type=click.Path(dir_okay=False, allow_dash=True))
@click.option(
    "model_ids", "-m", "--model", multiple=True, help="A model to score; more may follow. diplo-offline needs no key."
)
@click.option("options", "-o", "--option", type=(str, str), multiple=True, metavar="KEY VALUE", help="Option for the models.")
@click.option("--key", help="API key, or the name of a stored one.")
@click.option("-t", "--template", help="llm template with instructions of your own.")
@click.option(
    "--retries", type=click.IntRange(0, 20), default=1, show_default=True, help="How often a faulty answer is sent back."
)
@click.option(
    "-j", "--jobs", type=click.IntRange(1, 500), default=1, show_default=True, help="How many documents to read side by side."
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Score the first N documents only.")
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep each document's score; a run that was cut off goes on from there.",
)
@click.option(
    "format_",
    "--format",
    type=click.Choice(("markdown", "json", "html")),
    default="markdown",
    show_default=True,
    help="What to print.",
)
@click.option("as_json", "--json", is_flag=True, help="Short for --format json.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to a file.")
@click.pass_context
def evaluate(ctx: click.Context, /, gold: str, model_ids: tuple[str, ...], **flags: Any) -> None:
    """Score models against GOLD, one annotated article a line.

    Actors, quotations and their speakers, positions, next steps and events, whichever a line has; always grounding,
    rejections, tokens, cost and time; with 95 % intervals, beside a regex floor and what two people reach.
    Exit code 0: all was scored; 1: a gold line is no document, or a document gave no brief.
    """
    from llm_diplo.errors import DiploError

    try:
        ctx.exit(_evaluate(gold, model_ids, flags))
    except DiploError as error:
        raise click.ClickException(str(error)) from None


def _evaluate(gold: str, model_ids: tuple[str, ...], flags: dict[str, Any]) -> int:
    from llm_diplo.evaluate import Journal, evaluate_floor, evaluate_model
    from llm_diplo.gold import read_gold
    from llm_diplo.printing import Progress, write_text
    from llm_diplo.render.evaluation import evaluation_html, evaluation_json, evaluation_markdown

    documents, problems = read_gold(_gold_lines(gold))
    documents = documents[: flags["limit"]]
    journal = Journal(flags["journal"])
    done = []
    with Progress() as progress:
        for problem in problems:
            progress.say(f"Error: {gold}: {problem}")
        for model_id in model_ids or (None,):
            settings = _settings({**flags, "params": (), "verify": False, "verify_model": None}, model_id, None, progress.call)
            done.append(asyncio.run(evaluate_model(documents, settings, jobs=flags["jobs"], journal=journal)))
    failed = [reason for evaluation in done for reason in evaluation.failed]
    for reason in failed:
        click.echo(f"Error: {reason}", err=True)
    floor = evaluate_floor(documents)
    shown = [*done, *([floor] if floor else [])]
    format_ = "json" if flags["as_json"] else flags["format_"]
    if format_ == "json":
        write_text(evaluation_json(shown, problems), flags["output"])
    elif format_ == "html":
        write_text(evaluation_html(shown), flags["output"])
    else:
        write_text(evaluation_markdown(shown), flags["output"], markdown=True)
    return 1 if problems or failed else 0


def _gold_lines(gold: str) -> list[str]:
    from llm_diplo.errors import SourceError

    try:
        text = sys.stdin.buffer.read() if gold == "-" else Path(gold).read_bytes()
        return text.decode("utf-8-sig").split("\n")
    except OSError as error:
        raise SourceError(f"{gold} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise SourceError(f"{gold} is not UTF-8: a gold file is JSON lines in UTF-8.") from None


@diplo.command()
@click.option("--extraction", is_flag=True, help="The schema that a model fills, as it is sent.")
def schema(extraction: bool) -> None:
    """Print the JSON schema of a brief."""
    import json

    from llm_diplo.extraction import extraction_schema
    from llm_diplo.schema import Brief

    shown = extraction_schema() if extraction else Brief.model_json_schema(mode="serialization")
    click.echo(json.dumps(shown, indent=2))


@diplo.command()
@click.option("--render", "source", metavar="SOURCE", help="Print the exact prompt for an article; no call is made.")
@click.option("-t", "--template", help="llm template with instructions of your own.")
@click.option("params", "-p", "--param", type=(str, str), multiple=True, metavar="KEY VALUE", help="Value for the template.")
@click.pass_context
def prompts(ctx: click.Context, source: str | None, template: str | None, params: tuple[tuple[str, str], ...]) -> None:
    """Print the templates that briefs are made with, or the whole prompt for one article."""
    from llm_diplo.errors import DiploError
    from llm_diplo.prompts import load_instructions, prompt_names, read_prompt

    try:
        if source is None:
            for name in prompt_names():
                click.echo(f"# {name}\n{read_prompt(name)}")
            return
        _render_prompt(_reader(ctx, source, {})(), load_instructions(template, dict(params)))
    except DiploError as error:
        raise click.ClickException(str(error)) from None


def _render_prompt(article: Article, instructions: Instructions) -> None:
    from llm_diplo.quotations import number_article
    from llm_diplo.render.block import article_block

    text = f"{instructions.system}\n\n{article_block(number_article(article))}\n{instructions.request}"
    click.echo(text)
    click.echo(f"{len(text):,} characters, about {len(text) // 4:,} tokens, besides the schema", err=True)
