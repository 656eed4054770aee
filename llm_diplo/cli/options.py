"""What the commands share: options, the settings made from them, and how errors are reported."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llm_diplo.errors import DiploError, NoSuchSourceError, UnknownModelError
from llm_diplo.process import NOTHING_DONE, hand_over
from llm_diplo.text.injection import one_line

if TYPE_CHECKING:
    from llm_diplo.models.log import Logbook
    from llm_diplo.models.settings import Settings
    from llm_diplo.text.article import Article

FORMATS = ("markdown", "json", "nl", "html", "csv", "graphml", "mermaid", "jsonld")
ENDINGS = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "markdown",
    ".json": "json",
    ".jsonl": "nl",
    ".ndjson": "nl",
    ".nl": "nl",
    ".html": "html",
    ".htm": "html",
    ".csv": "csv",
    ".graphml": "graphml",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".jsonld": "jsonld",
    ".sarif": "sarif",
    ".sarif.json": "sarif",
}
"""The format that the ending of an `--output` file stands for."""

_INSTRUCTING = {"params": "-p", "template": "-t", "language": "--language"}
"""Options that change nothing but a model's instructions."""

MODEL = click.option(
    "model_id", "-m", "--model", envvar="LLM_MODEL", help="Any model that llm knows; diplo-offline needs no key."
)
QUERY = click.option("queries", "-q", "--query", multiple=True, help="Use the first model that matches all these strings.")
MODEL_OPTION = click.option(
    "options", "-o", "--option", type=(str, str), multiple=True, metavar="KEY VALUE", help="Option for the model."
)
KEY = click.option("--key", help="API key, or the name of a stored one.")
TEMPLATE = click.option("-t", "--template", help="An llm template with your own instructions.")
PARAM = click.option(
    "params",
    "-p",
    "--param",
    type=(str, str),
    multiple=True,
    metavar="KEY VALUE",
    help="Set a template variable; every template accepts -p focus TOPIC.",
)
DATE = click.option("--date", metavar="YYYY-MM-DD", help="Publication date, if the article does not state it.")
SPEAKER = click.option("--speaker", help="Speaker of a first-person text, such as a speech.")
LANGUAGE = click.option(
    "--language", help="Language the model writes in (fr, French); names and evidence stay as in the source."
)
ALLOW_PRIVATE = click.option("--allow-private", is_flag=True, help="Allow URLs in private networks.")
RETRIES = click.option(
    "--retries",
    type=click.IntRange(0, 20),
    default=1,
    show_default=True,
    help="How often to re-ask after a faulty answer.",
)
WINDOW = click.option(
    "--window",
    type=click.IntRange(min=200),
    default=24_000,
    show_default=True,
    metavar="TOKENS",
    help="Read an article longer than this in parts of this length.",
)
WINDOW_JOBS = click.option(
    "--window-jobs",
    type=click.IntRange(1, 100),
    default=4,
    show_default=True,
    help="How many parts of an article to read at once.",
)
JOBS = click.option(
    "-j", "--jobs", type=click.IntRange(1, 500), default=1, show_default=True, help="How many articles to read at once."
)
FORMAT = click.option(
    "format_",
    "--format",
    type=click.Choice(FORMATS),
    help="Output format (default: by the ending of --output, else markdown).",
)
JSON = click.option(
    "as_json", "--json", is_flag=True, help="Short for --format json: an object, or an array for several sources."
)
NL = click.option("as_nl", "--nl", is_flag=True, help="Short for --format nl: one JSON object per line.")
VERIFY = click.option(
    "--verify", is_flag=True, help="Have a model check each item against its evidence; items that fail are rejected."
)
VERIFY_MODEL = click.option("--verify-model", metavar="MODEL", help="Model for --verify (default: the same model).")
BOM = click.option("--bom", is_flag=True, help="Begin a CSV file with a byte order mark, for Excel.")
OUTPUT = click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to FILE.")


def with_options(*options: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds several options to a command, in this order."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


ASKING = with_options(
    MODEL, QUERY, MODEL_OPTION, KEY, TEMPLATE, PARAM, DATE, SPEAKER, RETRIES, LANGUAGE, WINDOW, WINDOW_JOBS, ALLOW_PRIVATE,
    VERIFY, VERIFY_MODEL,
)  # fmt: skip
"""What is asked, about which article, and how: the options of all commands that make briefs."""
PRINTING = with_options(FORMAT, JSON, NL, OUTPUT, BOM)
"""Where a brief is printed, and in which format."""


class DiploCommand(click.Command):
    """A command that reports a `DiploError` in one line, with exit code 1; 2 for a model that is not there; 130 for Ctrl-C."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        gc.freeze()  # what is loaded stays: a collection need not look at it again
        try:
            hand_over()
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            from llm_diplo.cli.interrupt import leave

            click.echo(str(interrupt) or NOTHING_DONE, err=True)
            leave()
        except DiploError as error:
            kind = click.UsageError if isinstance(error, UnknownModelError) else click.ClickException
            raise kind(one_line(explained(error))) from None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; arguments repeated in an error are made safe to print."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(one_line(error.format_message()), error.ctx or ctx) from None


def explained(error: DiploError) -> str:
    """An error, and which flag of the command helps."""
    return f"{error} {error.on_command_line}".rstrip()


def named(name: str, message: str) -> str:
    """A message about a source, which is named once."""
    return message if message.startswith(name) else f"{name}: {message}"


def format_of(flags: dict[str, Any], sources: int = 1) -> str:
    """The format that `--format`, `--json`, `--nl` or the ending of `--output` asks for.

    Raises `click.UsageError` for a page of several sources.
    """
    named = "json" if flags["as_json"] else "nl" if flags["as_nl"] else flags["format_"]
    format_ = named or format_by_ending(flags["output"], FORMATS)
    if format_ == "html" and sources > 1:
        raise click.UsageError("--format html shows one article: give one SOURCE at a time.")
    return str(format_)


def format_by_ending(path: Path | None, formats: Sequence[str]) -> str:
    """Return the one of `formats` that a file's ending stands for; Markdown for a name without one.

    Raises `click.UsageError` for another ending.
    """
    if path is None or not path.suffix:
        return "markdown"
    known = {ending: format_ for ending, format_ in ENDINGS.items() if format_ in formats}
    found = max((ending for ending in known if path.name.lower().endswith(ending)), key=len, default=None)
    if found is None:
        raise click.UsageError(f"{path}: its ending stands for no format: use {', '.join(known)}, or give --format.")
    return known[found]


def metadata_of(flags: dict[str, Any]) -> dict[str, Any]:
    """The article's metadata from the flags, and whether private URLs are allowed; see `read_article`."""
    return {
        "date_published": _date(flags.get("date")),
        "speaker": flags.get("speaker"),
        "allow_private": flags.get("allow_private", False),
    }


def model_of(flags: dict[str, Any]) -> str | None:
    """The id of the model that `-m` names, or that `-q` finds; None for the default."""
    from llm_diplo.models.registry import model_matching

    return model_matching(flags["queries"]) if flags["queries"] and not flags["model_id"] else flags["model_id"]


def settings_of(
    flags: dict[str, Any], model_id: str | None, logbook: Logbook | None, on_call: Callable[[str, int], None]
) -> Settings:
    """Settings for making briefs, from the flags, the template and llm's own settings."""
    from llm.cli import get_model_options

    from llm_diplo.cli.output import show_line
    from llm_diplo.models.instructions import load_instructions
    from llm_diplo.models.registry import default_model_id, follows_instructions, get_model
    from llm_diplo.models.settings import Settings

    params = dict(flags.get("params", ()))
    instructions = load_instructions(flags["template"], params)
    chosen = model_id or instructions.model or default_model_id()
    model = get_model(chosen)
    options = {**get_model_options(model.model_id), **dict(instructions.options), **dict(flags["options"])}
    if not follows_instructions(model) and (ignored := [flag for name, flag in _INSTRUCTING.items() if flags.get(name)]):
        show_line(f"Warning: {model.model_id} follows no instructions: {', '.join(ignored)} had no effect.")
    if flags.get("force") and model.model_id == "diplo-offline":
        options["force"] = True
    return Settings(
        model=chosen,
        key=flags["key"],
        options=options,
        template=flags["template"],
        params=params,
        retries=flags["retries"],
        verify=flags.get("verify_model") or flags.get("verify", False),
        language=flags.get("language"),
        **{name: flags[name] for name in ("window", "window_jobs") if name in flags},
        logbook=logbook,
        on_call=on_call,
    )


def _date(text: str | None) -> str | None:
    from llm_diplo.text.dates import iso_day

    try:
        return iso_day("--date", text)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def reader(ctx: click.Context, name: str, metadata: dict[str, Any]) -> Callable[[], Article]:
    """Return a function that reads one source, and suggests a command or file if there is no such source."""

    def read() -> Article:
        from llm_diplo.sources.read import read_article

        try:
            return read_article(name, **metadata)
        except NoSuchSourceError as error:
            raise NoSuchSourceError(str(error), on_command_line=_nearest(ctx, name)) from None

    return read


def nearest_command(ctx: click.Context, name: str) -> str | None:
    """The subcommand whose name resembles the source's, if there is one."""
    from difflib import get_close_matches

    group = ctx.parent.command if ctx.parent else None
    commands = list(group.commands) if isinstance(group, click.Group) else []
    return next(iter(get_close_matches(name, commands, n=1, cutoff=0.75)), None)


def _nearest(ctx: click.Context, name: str) -> str:
    """Suggest the subcommand or file that the user may have meant."""
    from difflib import get_close_matches

    if command := nearest_command(ctx, name):
        return f"Did you mean `llm diplo {command}`?"
    folder = Path(name).parent
    try:
        files = [str(path) for path in folder.iterdir()]
    except OSError:
        return ""
    found = get_close_matches(str(Path(name)), files, n=1, cutoff=0.75)
    return f"Did you mean {found[0]}?" if found else ""
