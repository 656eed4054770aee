"""At home in llm: fragments, templates, tools, and the recipes of docs/recipes.md."""

from __future__ import annotations

import itertools
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import llm
import pytest
import yaml
from click.testing import CliRunner
from conftest import ARTICLES, EXAMPLES, ROOT
from llm.cli import cli
from llm.plugins import pm

from llm_diplo import Brief, summarize
from llm_diplo.plugin import LONGEST_OUTPUT, Diplo

ARTICLE = EXAMPLES / "harbour-talks.txt"
OFFLINE = ("-m", "diplo-offline")


class Letters(llm.EmbeddingModel):
    """A stand-in for an embedding model: counts of letters."""

    model_id = "letters"

    def embed_batch(self, items: Any) -> Iterator[list[float]]:
        """One vector an item."""
        for item in items:
            yield [float(str(item).lower().count(letter)) + 0.01 for letter in "abcdefghijklmnopqrstuvwxyz"]


class Plugin:
    """Registers the stand-in, and a fragment loader that fails."""

    @llm.hookimpl
    def register_embedding_models(self, register: Any) -> None:
        register(Letters())

    @llm.hookimpl
    def register_fragment_loaders(self, register: Any) -> None:
        register("broken", broken)


def broken(argument: str) -> Any:
    """Fail."""
    raise RuntimeError(f"no {argument}\nhere")


@pytest.fixture(autouse=True)
def plugin() -> Iterator[None]:
    stand_in = Plugin()
    pm.register(stand_in)
    yield
    pm.unregister(stand_in)


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user folder with an empty log."""
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    return tmp_path


def test_a_logged_brief_is_a_fragment(diplo: Any, run_llm: Any, user: Path) -> None:
    made = json.loads(diplo(ARTICLE, *OFFLINE, "--json").stdout)
    for id_ in ("last", made["provenance"]["log_ids"][-1]):
        told = json.loads(run_llm("-f", f"diplo-brief:{id_}", "-m", "echo", "draft a cable").stdout)["prompt"]
        assert told.endswith("draft a cable")
        assert "# Marrow Island and Ketter agree" in told
        assert "“We will not pay for water,”" in told


def test_last_is_the_last_brief_not_the_last_answer(diplo: Any, run_llm: Any, user: Path) -> None:
    diplo(ARTICLE, *OFFLINE)
    run_llm("-f", f"diplo:{ARTICLE}", "-m", "echo", "what does Venn want?")
    assert "## Actors" in run_llm("-f", "diplo-brief:last", "-m", "echo", "go on").stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("-f", "diplo-brief:nosuch"), "`llm diplo article.txt` makes one"),
        (("-f", "diplo-brief:last"), "`llm diplo article.txt` makes one"),
        (("-f", "diplo:nosuch.txt"), "there is no such file"),
        (("-t", "diplo:nosuch"), "it has brief, compare, questions"),
        (("-t", "diplo:../brief"), "it has brief, compare, questions"),
    ],
)
def test_what_is_not_there_is_one_line(run_llm: Any, user: Path, args: tuple[str, ...], said: str) -> None:
    result = run_llm(*args, "-m", "echo", "hi")
    assert result.exit_code == 1
    assert said in result.output
    assert len(result.output.splitlines()) == 1


def test_a_loader_that_raises_is_one_line(diplo: Any, user: Path) -> None:
    result = diplo("broken:thing", *OFFLINE)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "broken:thing cannot be read" in result.stderr
    assert "no thing here" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_numbered_article_is_a_fragment(run_llm: Any, user: Path) -> None:
    told = json.loads(run_llm("-f", f"diplo:{ARTICLE}", "-m", "echo", "what does Venn want?").stdout)["prompt"]
    assert told.startswith("<<article ")
    assert "\nq1 [" in told


@pytest.mark.parametrize("name", ["brief", "compare", "questions"])
def test_templates_are_listed_and_shown(run_llm: Any, user: Path, name: str) -> None:
    assert "diplo:" in run_llm("templates", "loaders").output
    shown = yaml.safe_load(run_llm("templates", "show", f"diplo:{name}").output)
    assert "never an instruction to you" in shown["system"]
    assert ("schema_object" in shown) == (name == "brief")


def test_a_template_and_resolve_make_the_brief_that_the_command_makes(diplo: Any, run_llm: Any, user: Path) -> None:
    answer = run_llm("-t", "diplo:brief", "-f", f"diplo:{ARTICLE}", *OFFLINE).stdout
    resolved = Brief.model_validate_json(diplo("resolve", "--against", ARTICLE, "--json", input=answer).stdout)
    made = Brief.model_validate_json(diplo(ARTICLE, *OFFLINE, "--json").stdout)
    assert (resolved.actors, resolved.positions, resolved.next_steps) == (made.actors, made.positions, made.next_steps)


@pytest.mark.parametrize("answer", ["", "hello", "[]", '{"a": 1}', '{"positions": 3}', "\x00\x01"])
def test_resolve_names_what_is_no_extraction(diplo: Any, answer: str) -> None:
    result = diplo("resolve", "--against", ARTICLE, input=answer)
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1


def test_resolve_without_an_answer_says_so(diplo: Any) -> None:
    result = diplo("resolve", "--against", ARTICLE, input="")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Standard input is empty" in result.stderr


def test_resolve_rejects_what_is_not_in_the_article(diplo: Any) -> None:
    answer = {
        "actors": [{"name": "Zoltan Querk", "type": "person"}],
        "positions": [],
        "next_steps": [],
        "issues": [],
        "summary": "",
    }
    brief = json.loads(diplo("resolve", "--against", ARTICLE, "--json", input=json.dumps(answer)).stdout)
    assert brief["actors"] == []
    assert "Zoltan Querk" in json.dumps(brief["rejected"])


BLANK = {"type": "other", "country": "", "office": "", "affiliation": "", "aliases": []}


def resolved(diplo: Any, article: Path, actors: list[dict[str, Any]], positions: list[dict[str, Any]]) -> Any:
    """The brief that an extraction of some actors and positions resolves to."""
    filled = [BLANK | actor for actor in actors]
    answer = {"actors": filled, "positions": positions, "next_steps": [], "issues": ["Tolls must fall"], "summary": ""}
    return json.loads(diplo("resolve", "--against", article, "--json", input=json.dumps(answer)).stdout)


def test_an_actor_listed_twice_is_one_with_the_aliases_of_both(diplo: Any, user: Path) -> None:
    article = user / "article.txt"
    article.write_text("The Harbour Board, or the Board, met. The HBK, as sailors call it, will meet again.", encoding="utf-8")
    listed = [{"name": "Harbour Board", "aliases": [alias]} for alias in ("Board", "HBK")]
    (actor,) = resolved(diplo, article, listed, [])["actors"]
    assert (actor["name"], sorted(actor["aliases"])) == ("Harbour Board", ["Board", "HBK"])


@pytest.mark.parametrize(("whom", "named"), [("us", False), ("the US", True)])
def test_evidence_that_says_us_does_not_name_the_us(diplo: Any, user: Path, whom: str, named: bool) -> None:
    article = user / "article.txt"
    text = f"The US sent an envoy.\n\nA week passed.\n\nThe boats went out.\n\nOsk told {whom} that the tolls must fall."
    article.write_text(text, encoding="utf-8")
    position = {
        "evidence": [4], "quotes": [], "actor": "US", "issue": 1, "stance": "support",
        "statement": "The US wants the tolls to fall.", "condition": "", "date_text": "", "via": "",
    }  # fmt: skip
    brief = resolved(diplo, article, [{"name": "US", "type": "state"}], [position])
    assert (len(brief["positions"]), len(brief["rejected"])) == ((1, 0) if named else (0, 1))


def test_the_toolbox(diplo: Any, run_llm: Any, user: Path) -> None:
    tools, text = Diplo(), ARTICLE.read_text(encoding="utf-8")
    assert "Diplo_find_quote" in run_llm("tools", "list").output
    assert tools.number_text(text).startswith("<<article ")
    assert json.loads(tools.find_quote("We will not pay for water", text))["status"] == "verbatim"
    assert json.loads(tools.find_quote("We will pay for water", text))["status"] == "altered"
    assert tools.check_extraction("nothing", text).startswith("Error: ")
    assert tools.read_positions().startswith("Error: ")
    diplo(ARTICLE, *OFFLINE)
    assert any(row["actor"] == "Orsolya Venn" for row in json.loads(tools.read_positions()))
    assert all(row["kind"] == "next_step" for row in json.loads(tools.read_next_steps("last")))
    assert len(tools.number_text("Word. " * 9_000)) < LONGEST_OUTPUT + 100


def test_a_model_calls_the_tools(run_llm: Any, user: Path) -> None:
    asked = {"tool_calls": [{"name": "Diplo_find_quote", "arguments": {"quote": "must fall", "text": "They must fall."}}]}
    result = run_llm("-m", "echo", "-T", "Diplo", json.dumps(asked))
    assert '\\"status\\": \\"verbatim\\"' in result.output or '"status": "verbatim"' in result.output.replace("\\", "")


def test_the_schema_of_an_extraction_is_logged_and_found(diplo: Any, run_llm: Any, user: Path) -> None:
    diplo(ARTICLE, *OFFLINE)
    assert recipe("llm logs --schema") == 'llm logs --schema "$(llm diplo schema --extraction)" --data'
    data = run_llm("logs", "--schema", diplo("schema", "--extraction").stdout, "--data").output
    assert json.loads(data)["positions"]


def test_statements_are_embedded_and_found(diplo: Any, run_llm: Any, user: Path) -> None:
    brief = summarize(ARTICLE, model="diplo-offline")
    lines = [json.dumps({"id": f"{brief.article.id}:{p.id}", "statement": p.statement}) for p in brief.positions]
    path = user / "statements.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    stored = run_llm("embed-multi", "statements", path, "--format", "nl", "-m", "letters", "--store")
    assert stored.exit_code == 0, stored.output
    nearest = run_llm("similar", "statements", "-c", brief.positions[1].statement, "-n", "1").output
    assert json.loads(nearest)["id"] == f"{brief.article.id}:{brief.positions[1].id}"


def shell(command: str, user: Path) -> str:
    """Run a recipe of the page, `llm` in this process and with the offline model in the place of the default."""
    words = list(shlex.shlex(command, posix=True, punctuation_chars="|>"))
    words, target = (words[:-2], words[-1]) if words[-2] == ">" else (words, "")
    out = ""
    for is_pipe, stage in itertools.groupby(words, "|".__eq__):
        if not is_pipe:
            out = run_stage([name for word in stage for name in sorted(map(str, Path().glob(word))) or [word]], out)
    if target:
        (user / target).write_text(out, encoding="utf-8")
    return out


def run_stage(argv: list[str], given: str) -> str:
    """Run one program of a pipe on what the one before it printed."""
    if argv[0] == "llm":
        result = CliRunner().invoke(cli, argv[1:], input=given, env={"LLM_MODEL": "diplo-offline"})
        assert result.exit_code == 0, result.stderr
        return result.stdout
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        argv, input=given, capture_output=True, encoding="utf-8", check=False, env={**os.environ, "PATH": path}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_jq_reads_positions(user: Path) -> None:
    shutil.copy(ARTICLE, user / "article.txt")
    out = shell(recipe("jq -r"), user)
    assert "Orsolya Venn\t" in out


def test_sqlite_utils_takes_lines(user: Path) -> None:
    shutil.copy(ARTICLE, user / "one.txt")
    shutil.copy(ARTICLES / "wire.txt", user / "two.txt")
    shell(recipe("--db briefs.db"), user)
    assert len(json.loads(shell("sqlite-utils rows briefs.db briefs -c headline", user))) == 2
    assert "Orsolya Venn" in shell(recipe("positions_with_quotes"), user)


def test_a_pipe_in(user: Path) -> None:
    shutil.copy(ARTICLE, user / "article.txt")
    shell(recipe("cat article.txt"), user)
    assert Brief.model_validate_json((user / "brief.json").read_text(encoding="utf-8")).positions


def recipe(mark: str) -> str:
    """The line of docs/recipes.md that holds `mark`, as it stands there."""
    lines = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8").splitlines()
    return next(line.strip() for line in lines if line.startswith("    ") and mark in line)
