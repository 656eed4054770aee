"""`llm diplo` as people use it, offline."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES
from llm.utils import make_schema_id

from llm_diplo import Article, Brief, MissingKeyError, SourceError, asummarize, markdown, summarize, summarize_many
from llm_diplo.brief.extraction import extraction_schema

ARTICLE = EXAMPLES / "harbour-talks.txt"
TEXT = ARTICLE.read_text(encoding="utf-8")


def test_a_brief_in_markdown(diplo: Any) -> None:
    result = diplo(ARTICLE, "-m", "diplo-offline")
    assert result.exit_code == 0
    assert result.stdout.startswith("# Marrow Island and Ketter agree")
    assert "5 of 5 quotations cited" in result.stdout
    assert "\x1b" not in result.stdout


def test_the_right_speakers(diplo: Any) -> None:
    brief = Brief.model_validate_json(diplo(ARTICLE, "-m", "diplo-offline", "--json").stdout)
    names = {actor.id: actor.name for actor in brief.actors}
    holders = [names[position.actor] for position in brief.positions if position.quotes]
    assert holders == ["Ines Calloway", "Orsolya Venn", "Orsolya Venn", "Tor Brandt", "Edvard Osk"]


def test_every_quote_is_a_slice_of_the_text(diplo: Any) -> None:
    brief = Brief.model_validate_json(diplo(ARTICLE, "-m", "diplo-offline", "--json").stdout)
    parts = [part for position in brief.positions for part in (*position.evidence, *position.quotes)]
    assert len(parts) >= 10
    assert all(TEXT[part.start : part.end] == part.quote for part in parts)


def test_several_sources_in_order(diplo: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("A headline\n\nTor Brandt, a docker, said that the strike would begin.", encoding="utf-8")
    result = diplo(ARTICLE, "missing.txt", "-f", str(other), "-m", "diplo-offline", "--nl", "-j", "3")
    assert result.exit_code == 1
    headlines = [json.loads(line)["article"]["headline"] for line in result.stdout.splitlines()]
    assert headlines == ["Marrow Island and Ketter agree to harbour talks as tolls dispute deepens", "A headline"]
    assert "missing.txt cannot be read" in result.stderr


def test_a_json_array_for_several(diplo: Any) -> None:
    briefs = json.loads(diplo(ARTICLE, ARTICLE, "-m", "diplo-offline", "--json").stdout)
    assert len(briefs) == 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Texts, a page and hidden files, in a folder and one below it."""
    below = tmp_path / "in" / "b"
    below.mkdir(parents=True)
    for name in ("a.txt", "b/c.MD", "d.html", "notes.json", ".hidden.txt"):
        (tmp_path / "in" / name).write_text(f"Headline of {name}\n\nTor Brandt, a docker, said that the strike would begin.")
    return tmp_path / "in"


@pytest.mark.parametrize(
    ("options", "headlines"),
    [
        ([], ["Headline of a.txt", "Headline of b/c.MD", "Headline of d.html"]),
        (["--glob", "*.json"], ["Headline of notes.json"]),
    ],
)
def test_a_folder_is_its_articles(diplo: Any, folder: Path, options: list[str], headlines: list[str]) -> None:
    result = diplo(folder, *options, "-m", "diplo-offline", "--json")
    assert result.exit_code == 0
    assert [brief["article"]["headline"] for brief in json.loads(result.stdout)] == headlines


def test_a_folder_without_such_files_is_reported(diplo: Any, folder: Path) -> None:
    result = diplo(folder, "--glob", "*.pdf", "-m", "diplo-offline")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is a folder with no file to read (*.pdf). Use --glob" in result.stderr


def test_standard_input(diplo: Any) -> None:
    result = diplo("-", "-m", "diplo-offline", "--json", input=TEXT.encode())
    assert json.loads(result.stdout)["article"]["characters"] == len(TEXT)


def test_output_file(diplo: Any, tmp_path: Path) -> None:
    target = tmp_path / "brief.md"
    result = diplo(ARTICLE, "-m", "diplo-offline", "--output", target)
    assert (result.exit_code, result.stdout) == (0, "")
    assert target.read_text(encoding="utf-8").startswith("# Marrow")


BAD = {
    "a subcommand misspelt": (("schem",), 1, "Did you mean `llm diplo schema`?"),
    "an option that is a file": (("a.txt", "-o", "brief.html", "x"), 2, "use --output brief.html"),
    "a date that is none": ((ARTICLE, "--date", "soon"), 2, "YYYY-MM-DD"),
    "an unknown model": ((ARTICLE, "-m", "diplo-ofline"), 2, "did you mean diplo-offline?"),
    "an unknown option": ((ARTICLE, "-m", "diplo-offline", "-o", "heat", "1"), 1, "does not take this option"),
    "a missing folder": ((ARTICLE, "-m", "diplo-offline", "--output", "no/brief.md"), 1, "cannot be written"),
    "an ending without a format": ((ARTICLE, "-m", "diplo-offline", "--output", "brief.docx"), 2, "use .md, .markdown"),
    "an ending that check does not write": (("check", ARTICLE, "--against", EXAMPLES, "--output", "report.csv"), 2, ".sarif"),
    "an ending that eval does not write": (("eval", "-", "--output", "report.csv"), 2, ".html, .htm"),
    "a missing template": ((ARTICLE, "-m", "diplo-offline", "-t", "nosuch"), 1, "llm templates"),
    "no key": ((ARTICLE, "-m", "gpt-4o-mini"), 1, "diplo-offline needs no key. Use -m diplo-offline."),
}


@pytest.mark.parametrize(("args", "code", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_gets_one_line(diplo: Any, args: tuple[Any, ...], code: int, message: str) -> None:
    result = diplo(*args)
    assert result.exit_code == code, result.output
    assert message in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output


def test_the_log_is_one_thread_with_the_article_as_fragment(diplo: Any, run_llm: Any) -> None:
    brief = Brief.model_validate_json(diplo(ARTICLE, "-m", "diplo-offline", "--json").stdout)
    rows = json.loads(run_llm("logs", "--json").output)
    assert [row["id"] for row in rows] == list(brief.provenance.log_ids)
    assert rows[0]["prompt_fragments"]
    assert rows[0]["schema_json"]
    schema_id, _ = make_schema_id(extraction_schema())
    data = run_llm("logs", "--schema", schema_id, "--data").output
    assert json.loads(data.splitlines()[0])["positions"]


@pytest.mark.parametrize("flags", [("-n",), ()])
def test_logging_is_obeyed(diplo: Any, run_llm: Any, flags: tuple[str, ...]) -> None:
    if not flags:
        run_llm("logs", "off")
    brief = Brief.model_validate_json(diplo(ARTICLE, "-m", "diplo-offline", "--json", *flags).stdout)
    assert brief.provenance.log_ids == ()


def test_a_database_of_ones_own(diplo: Any, run_llm: Any, tmp_path: Path) -> None:
    path = tmp_path / "own.db"
    diplo(ARTICLE, "-m", "diplo-offline", "-d", path)
    assert len(json.loads(run_llm("logs", "--json", "-d", path).output)) == 1


def test_schema_and_prompts(diplo: Any) -> None:
    assert "positions" in json.loads(diplo("schema").stdout)["properties"]
    assert "$defs" not in json.loads(diplo("schema", "--extraction").stdout)
    shown = diplo("prompts", "--render", ARTICLE, "-p", "focus", "tolls")
    assert "[1] Marrow Island" in shown.stdout
    assert "Give most room to: tolls." in shown.stdout
    assert "characters" in shown.stderr


def test_help_shows_flags_and_subcommands(diplo: Any) -> None:
    shown = diplo("--help").stdout
    assert all(word in shown for word in ("--model", "--jobs", "summarize", "schema", "prompts"))


def test_the_python_api(capsys: pytest.CaptureFixture[str]) -> None:
    brief = summarize(TEXT, model="diplo-offline")
    assert Brief.model_validate_json(brief.model_dump_json()) == brief
    assert pickle.loads(pickle.dumps(brief)) == brief
    assert markdown(brief).startswith("# Marrow")
    assert summarize(Article.from_text(TEXT), model="diplo-offline").positions == brief.positions
    assert capsys.readouterr() == ("", "")
    with pytest.raises(SourceError):
        summarize(" ", model="diplo-offline")


def test_the_async_api() -> None:
    import asyncio

    brief = asyncio.run(asummarize(ARTICLE, model="diplo-offline", options={"reader": "rules"}))
    assert brief.provenance.resolved_model == "diplo-offline (rules)"


def test_many_keep_their_order_and_errors_their_place() -> None:
    results = list(summarize_many([ARTICLE, Path("missing.txt"), TEXT], model="diplo-offline", jobs=2))
    assert [type(result).__name__ for result in results] == ["Brief", "SourceError", "Brief"]


def test_the_version(diplo: Any) -> None:
    assert re.fullmatch(r"llm diplo, version \d+\.\d+.*\n", diplo("--version").stdout)


def test_a_question_after_an_offline_brief_is_an_error(diplo: Any, run_llm: Any) -> None:
    assert diplo(ARTICLE, "-m", "diplo-offline").exit_code == 0
    result = run_llm("-c", "What does Osk want?")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "llm -f diplo-brief:last -m OTHER" in result.stderr


@pytest.mark.parametrize(
    "asked", [("What does Osk want?",), ("-t", "diplo:questions", "What does Osk want?"), ("--schema", "name str", "who")]
)
def test_a_question_about_an_article_is_an_error_offline(run_llm: Any, asked: tuple[str, ...]) -> None:
    result = run_llm("-m", "diplo-offline", "-f", f"diplo:{ARTICLE}", *asked)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "-m OTHER" in result.stderr


@pytest.mark.parametrize(
    ("flags", "named"), [(("-p", "focus", "tolls"), "-p"), (("--language", "fr", "-p", "focus", "x"), "-p, --language")]
)
def test_instructions_that_have_no_effect_are_reported(diplo: Any, flags: tuple[str, ...], named: str) -> None:
    result = diplo(ARTICLE, "-m", "diplo-offline", *flags)
    assert (result.exit_code, result.stdout.startswith("# Marrow")) == (0, True)
    assert result.stderr == f"Warning: diplo-offline follows no instructions: {named} had no effect.\n"


def test_an_empty_brief_is_reported_by_the_command_only(diplo: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("The road by the harbour is closed.\n")
    warning = "diplo-offline found no position and no next step."
    assert diplo("a.txt", "b.txt", "-m", "diplo-offline").stderr == f"Warning: a.txt: {warning}\nWarning: b.txt: {warning}\n"
    summarize(Path("a.txt"), model="diplo-offline")
    assert capfd.readouterr() == ("", "")


def test_an_error_in_python_names_no_flag(diplo: Any, tmp_path: Path) -> None:
    with pytest.raises(MissingKeyError) as caught:
        summarize(ARTICLE, model="gpt-4o-mini")
    assert (
        str(caught.value)
        == "No key for gpt-4o-mini: `llm keys set openai`, or choose another model: diplo-offline needs no key."
    )
    assert diplo(ARTICLE, "-m", "gpt-4o-mini").stderr == f"Error: {caught.value} Use -m diplo-offline.\n"
    with pytest.raises(SourceError, match=r"is a folder: name the files in it\.\Z"):
        summarize(EXAMPLES, model="diplo-offline")


def test_a_brief_of_an_extraction_made_elsewhere_says_so(diplo: Any) -> None:
    made = ("resolve", EXAMPLES / "strait-conference.extraction.json", "--against", EXAMPLES / "strait-conference.txt")
    assert diplo(*made).stdout.endswith(" · an extraction made elsewhere\n")
    page = diplo(*made, "--format", "html").stdout
    assert "<dt>Model</dt><dd>an extraction made elsewhere</dd>" in page
    assert "<dt>Calls</dt>" not in page
