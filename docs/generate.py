"""What the generated blocks of README and docs hold: `just cog` writes them, `just lint` checks that they are current."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
SECONDS = re.compile(r"\d+\.\d s$", re.MULTILINE)


def _llm(*args: str) -> str:
    from click.testing import CliRunner

    with tempfile.TemporaryDirectory() as folder:
        os.environ["LLM_USER_PATH"] = folder
        from llm.cli import cli

        result = CliRunner().invoke(cli, ["diplo", *args])
    if result.exit_code:
        raise SystemExit(result.output)
    return result.stdout


def help_texts() -> str:
    """The help of the command and of each subcommand."""
    from llm_diplo.cli.group import diplo

    shown = [("", _llm("--help"))] + [
        (f" {name}", _llm(name, "--help")) for name in sorted(diplo.commands) if name != "summarize"
    ]
    return "\n".join(
        f"`llm diplo{name} --help`:\n\n```\n{text.replace('Usage: cli ', 'Usage: llm ').strip()}\n```\n" for name, text in shown
    )


def offline_brief(name: str) -> str:
    """The brief of an example as the first command of the README prints it; only the time it took is made the same."""
    text = _llm(str(EXAMPLES / name), "-m", "diplo-offline", "-o", "reader", "rules", "-n")
    return f"```\n{SECONDS.sub('0.1 s', text).strip()}\n```\n"


def example_brief(name: str) -> str:
    """The brief that the hand-made extraction of an example gives."""
    from llm_diplo.brief.assembly import assemble_brief
    from llm_diplo.brief.checks import check_extraction
    from llm_diplo.brief.extraction import read_answer
    from llm_diplo.render.markdown import markdown
    from llm_diplo.schema import Prompt, Provenance
    from llm_diplo.text.article import Article
    from llm_diplo.text.quotations import number_article

    path = EXAMPLES / name
    numbered = number_article(Article.from_text(path.read_text(encoding="utf-8")))
    answer = read_answer(path.with_suffix(".extraction.json").read_text(encoding="utf-8"))
    made = Provenance(
        model="written by hand", prompt=Prompt(name="none", sha256=""), calls=0, seconds=0, created="2026-01-01T00:00:00"
    )
    return markdown(assemble_brief(check_extraction(answer.extraction, numbered), numbered, made, answer.rejected))


def brief_section(name: str, issue: str) -> str:
    """The part of an example's brief that is about one issue."""
    lines = example_brief(name).splitlines()
    start = lines.index(f"**{issue}**")
    stop = next(number for number in range(start + 1, len(lines)) if lines[number].startswith("**"))
    return "\n".join(lines[start:stop]).strip() + "\n"


def dropped_negation() -> str:
    """A command that checks a sentence which lost its negation, and the finding that it prints."""
    draft, source = "President Aldane said: “I have come to sell a treaty.”", "examples/strait-conference.txt"
    report = _checked("-", source, text=draft)
    shown = report[report.index("1. ") :].strip()
    return f"    echo '{draft}' | llm diplo check - --against {source}\n\n{shown}\n"


def draft_report(draft: str, *sources: str) -> str:
    """What `llm diplo check` prints for a draft among the examples."""
    return _checked(f"examples/{draft}", *(f"examples/{source}" for source in sources))


def _checked(draft: str, *sources: str, text: str | None = None) -> str:
    from click.testing import CliRunner

    against = [part for source in sources for part in ("--against", source)]
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(ROOT):
        os.environ["LLM_USER_PATH"] = folder
        from llm.cli import cli

        return CliRunner().invoke(cli, ["diplo", "check", draft, *against], input=text).stdout
