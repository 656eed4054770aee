"""`llm diplo eval`: models scored against annotated articles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from llm_diplo.cli.options import (
    JOBS,
    KEY,
    MODEL_OPTION,
    OUTPUT,
    RETRIES,
    TEMPLATE,
    DiploCommand,
    format_by_ending,
    settings_of,
)

FORMATS = ("markdown", "json", "html")


@click.command(name="eval", cls=DiploCommand)
@click.argument("gold", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("model_ids", "-m", "--model", multiple=True, help="A model to score; repeatable. diplo-offline needs no key.")
@MODEL_OPTION
@KEY
@TEMPLATE
@RETRIES
@JOBS
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Score the first N documents only.")
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep each document's score; an interrupted run continues from there.",
)
@click.option(
    "format_",
    "--format",
    type=click.Choice(FORMATS),
    help="Output format (default: by the ending of --output, else markdown).",
)
@click.option("as_json", "--json", is_flag=True, help="Short for --format json.")
@OUTPUT
@click.pass_context
def evaluate(ctx: click.Context, /, gold: str, model_ids: tuple[str, ...], **flags: Any) -> None:
    """Score models against GOLD, one annotated article a line.

    Actors, quotations and their speakers, positions, next steps and events, whichever a line has; always grounding,
    rejections, tokens, cost and time; with 95 % intervals, beside a regex floor and what two people reach.
    Exit code 0: everything was scored; 1: a gold line is not valid, or a document gave no brief.
    """
    try:
        code = _evaluate(gold, model_ids, flags)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("Interrupted: what was scored is in the journal, if there is one.") from None
    ctx.exit(code)


def _evaluate(gold: str, model_ids: tuple[str, ...], flags: dict[str, Any]) -> int:
    from llm_diplo.cli.interrupt import run
    from llm_diplo.cli.output import show_line, write_text
    from llm_diplo.cli.progress import Progress
    from llm_diplo.evaluation.gold import read_gold
    from llm_diplo.evaluation.report import evaluation_html, evaluation_json, evaluation_markdown
    from llm_diplo.evaluation.run import Journal, evaluate_floor, evaluate_model

    format_ = "json" if flags["as_json"] else flags["format_"] or format_by_ending(flags["output"], FORMATS)
    documents, problems = read_gold(_gold_lines(gold))
    documents = documents[: flags["limit"]]
    journal = Journal(flags["journal"])
    done = []
    with Progress() as progress:
        for problem in problems:
            progress.say(f"Error: {gold}: {problem}")
        for model_id in model_ids or (None,):
            settings = settings_of(flags, model_id, None, progress.call)
            done.append(run(evaluate_model(documents, settings, jobs=flags["jobs"], journal=journal)))
    failed = [reason for evaluation in done for reason in evaluation.failed]
    for reason in failed:
        show_line(f"Error: {reason}")
    floor = evaluate_floor(documents)
    shown = [*done, *([floor] if floor else [])]
    if format_ == "json":
        write_text(evaluation_json(shown, problems), flags["output"], json=True, sources=[gold])
    elif format_ == "html":
        write_text(evaluation_html(shown), flags["output"], sources=[gold])
    else:
        write_text(evaluation_markdown(shown), flags["output"], markdown=True, sources=[gold])
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
