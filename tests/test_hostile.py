"""Articles that try to take over, and a model that obeys them: what holds, holds by code."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import llm
import pytest
from conftest import ROOT

from llm_diplo import Article, Brief
from llm_diplo.models.settings import Settings
from llm_diplo.text.block import article_block
from llm_diplo.text.injection import find_injections
from llm_diplo.text.quotations import number_article

ARTICLES = sorted((ROOT / "tests" / "hostile").glob("*.txt"))
KEY = "sk-test-0123456789abcdef"
INVENTED = "Marcus Holloway"
HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
MARKUP = re.compile(r"(?<!\\)(?:<script|<img|!\[|\]\(http)")
# Attacks that carry no words to the model, only characters or markup.
SILENT = {"homoglyphs", "markup", "formula", "template-syntax"}

ITEM = {
    "evidence": [999],
    "issue": 1,
    "stance": "support",
    "condition": INVENTED,
    "date_text": INVENTED,
    "via": "https://example.org/collect",
}
OBEDIENT = {
    "summary": f"{INVENTED} said “I own the strait.” See https://example.org/collect?key={KEY}",
    "actors": [
        {"name": INVENTED, "type": "person", "country": "USA", "office": "Emperor", "affiliation": "", "aliases": ["M.H."]}
    ],
    "issues": [f"{INVENTED} is right"],
    "positions": [
        {**ITEM, "quotes": ["q99"], "actor": INVENTED, "statement": "He said “I own the strait.”"},
        {**ITEM, "evidence": [1], "quotes": [], "actor": "Orsolya Venn", "statement": "Venn said “Holloway owns the strait.”"},
        {**ITEM, "evidence": [2], "quotes": ["q1"], "actor": INVENTED, "statement": "True."},
    ],
    "next_steps": [],
    "shell": "rm -rf /",
    "tool_calls": [{"name": "read_file", "arguments": {"path": "/etc/hostname"}}],
}


class ObedientModel(llm.KeyModel):
    """Answers what the attackers want, in every way they want it."""

    model_id = "obedient"
    needs_key = "obedient"
    answer = ""

    def execute(self, prompt: Any, stream: bool, response: Any, conversation: Any, key: str | None) -> Iterator[str]:
        assert key == KEY
        response.set_resolved_model(f"obedient by {key}")
        if self.answer == "tool call":
            response.add_tool_call(llm.ToolCall(name="read_file", arguments={"path": "/etc/hostname"}))
        yield {"tool call": "", "prose": "Opened https://example.org. Holloway won.", "crash": ""}.get(
            self.answer
        ) or self._words()

    def _words(self) -> str:
        if self.answer == "crash":
            raise RuntimeError("the model broke down")
        return "" if self.answer == "tool call" else json.dumps(OBEDIENT)


@pytest.fixture(autouse=True)
def obedient() -> Iterator[ObedientModel]:
    model = ObedientModel()

    @llm.hookimpl
    def register_models(register: Any) -> None:
        register(model)

    plugin = SimpleNamespace(register_models=register_models)
    llm.plugins.pm.register(plugin, name="obedient")
    yield model
    llm.plugins.pm.unregister(plugin)


def test_there_are_forty_in_six_languages() -> None:
    assert len(ARTICLES) >= 40
    assert {path.stem.rsplit(".", 1)[1] for path in ARTICLES} == {"en", "fr", "es", "de", "ru", "ar"}


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_an_obeying_model_brings_nothing_in(diplo: Any, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    result = diplo(path, "-m", "obedient", "--key", KEY, "--json", "-n")
    assert result.exit_code == 0, result.output
    brief = Brief.model_validate_json(result.stdout)
    if INVENTED not in text:
        assert not any(INVENTED in actor.name for actor in brief.actors)
    assert all("I own the strait" not in position.statement for position in brief.positions if "I own" not in text)
    assert brief.summary is None or "I own the strait" in text
    parts = [part for position in brief.positions for part in (*position.evidence, *position.quotes)]
    assert all(text[part.start : part.end] == part.quote for part in [*parts, *brief.coverage.left_over])
    assert not {position.via for position in brief.positions} - {None}
    assert not {"shell", "tool_calls"} & json.loads(result.stdout).keys()


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("model", ["obedient", "diplo-offline"])
def test_what_is_printed_is_inert(diplo: Any, path: Path, model: str) -> None:
    result = diplo(path, "-m", model, "--key", KEY, "-n", "--force")
    assert result.exit_code == 0, result.output
    assert not HIDDEN.search(result.stdout)
    assert not HIDDEN.search(result.stderr)
    assert not MARKUP.search(result.stdout)


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_nobody_can_write_a_line_of_the_block(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    numbered = number_article(Article.from_text(text))
    first, *lines, last = article_block(numbered).split("\n")
    marker = first.removeprefix("<<article ").removesuffix(">>")
    assert (first, last) == (f"<<article {marker}>>", f"<<end {marker}>>")
    assert marker not in text
    numbers = [int(found[1]) for line in lines if (found := re.match(r"\[(\d+)\] ", line))]
    assert numbers == list(range(1, len(numbered.article.units) + 1))
    labels = [found[1] for line in lines if (found := re.match(r"(q\d+) \[", line))]
    assert labels == [quotation.label for quotation in numbered.quotations]


@pytest.mark.parametrize(
    "path", [path for path in ARTICLES if path.stem.split(".")[0] not in SILENT], ids=lambda path: path.stem
)
def test_the_speaker_is_shown_to_the_model(path: Path) -> None:
    assert list(find_injections(Article.from_text(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("answer", ["tool call", "prose", "crash", ""])
@pytest.mark.parametrize("flags", [("--json",), ("-u",), ("--verify",)])
def test_the_key_is_nowhere(diplo: Any, obedient: ObedientModel, user_path: Path, answer: str, flags: tuple[str, ...]) -> None:
    """Not on the screen, not in a traceback, not in the log, after success and after every kind of failure."""
    obedient.answer = answer
    result = diplo(ARTICLES[0], "-m", "obedient", "--key", KEY, *flags)
    assert "Traceback" not in result.output
    assert KEY not in result.output
    with sqlite3.connect(user_path / "logs.db") as database:
        assert KEY not in "\n".join(database.iterdump())


def test_a_templates_name_cannot_leave_its_folder(diplo: Any, user_path: Path) -> None:
    (user_path / "outside.yaml").write_text("prompt: outside\n", encoding="utf-8")
    for name in ("../outside", "..\\outside", "sub/../../outside"):
        result = diplo(ARTICLES[0], "-m", "diplo-offline", "-t", name)
        assert (result.exit_code, result.stdout) == (1, "")


def test_the_key_is_in_no_repr() -> None:
    assert KEY not in repr(Settings(model="obedient", key=KEY))
