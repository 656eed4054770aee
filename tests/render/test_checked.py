"""`llm diplo check` as a page and as SARIF."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import lxml.html
import pytest
from conftest import EXAMPLES
from pydantic import BaseModel, ConfigDict, Field

from llm_diplo import Article
from llm_diplo.quotes.check import check_quotes
from llm_diplo.quotes.report import DraftReport
from llm_diplo.quotes.verdict import Reason
from llm_diplo.render.checked import check_page

STRAIT, DRAFT = EXAMPLES / "strait-conference.txt", EXAMPLES / "draft.md"
HOSTILE = """Osk said: “The tolls </script><svg onload=alert(c)> must \u202efall\u202c at once {{ 7*7 }}.”

“<img src=x onerror=alert(b)> we may go,” Osk added."""
HOSTILE_SOURCE = (
    "Osk said: “The tolls </script><svg onload=alert(c)> must \u202efall\u202c at <script>alert(a)</script> once {{ 7*7 }}.”"
)


class Strict(BaseModel):
    """A reader of SARIF: the properties of the standard that we use, no others (SARIF 2.1.0, §3.13 to §3.30)."""

    model_config = ConfigDict(extra="forbid", strict=True)


Id = Annotated[str, Field(pattern="^[a-z][a-z-]+$")]
Uri = Annotated[str, Field(pattern=r"^[^ <>\x00-\x20\"]+$")]
Count = Annotated[int, Field(ge=1)]
Level = Literal["none", "note", "warning", "error"]


class Message(Strict):
    text: Annotated[str, Field(min_length=1)]


class Region(Strict):
    startLine: Count
    startColumn: Count
    endLine: Count
    endColumn: Count
    snippet: Message


class Artifact(Strict):
    uri: Uri


class Physical(Strict):
    artifactLocation: Artifact
    region: Region


class Location(Strict):
    physicalLocation: Physical


class Result(Strict):
    ruleId: Id
    ruleIndex: Annotated[int, Field(ge=0)]
    level: Level
    message: Message
    locations: Annotated[list[Location], Field(min_length=1, max_length=1)]
    partialFingerprints: dict[str, str]


class Configuration(Strict):
    level: Level


class Rule(Strict):
    id: Id
    shortDescription: Message
    defaultConfiguration: Configuration


class Driver(Strict):
    name: str
    semanticVersion: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+")]
    rules: list[Rule]


class Tool(Strict):
    driver: Driver


class Place(Strict):
    location: Artifact


class Run(Strict):
    tool: Tool
    columnKind: Literal["utf16CodeUnits", "unicodeCodePoints"]
    artifacts: list[Place]
    results: list[Result]


class Log(Strict):
    schema_: Annotated[Uri, Field(alias="$schema")]
    version: Literal["2.1.0"]
    runs: Annotated[list[Run], Field(min_length=1, max_length=1)]


def checked(draft: str, source: str, **metadata: Any) -> str:
    article, given = Article.from_text(draft, source="draft.txt"), Article.from_text(source, source="source.txt", **metadata)
    return check_page([DraftReport("draft.txt", article, check_quotes(article, [given]))], [given])


def log(text: str) -> Run:
    """Read a SARIF log as a viewer does; each result's rule must be the one it points at."""
    [run] = Log.model_validate_json(text).runs
    rules = [rule.id for rule in run.tool.driver.rules]
    assert len(rules) == len(set(rules))
    assert [rules[result.ruleIndex] for result in run.results] == [result.ruleId for result in run.results]
    return run


def test_sarif_has_every_fault_at_its_place(diplo: Any, tmp_path: Path) -> None:
    other = tmp_path / "second draft.txt"
    other.write_text("\nHead\n\nThe accounts will be published “by the end of June”.\n", encoding="utf-8")
    target = tmp_path / "found.sarif"
    assert diplo("check", DRAFT, other, "--against", STRAIT, "--output", target).exit_code == 1
    run = log(target.read_text(encoding="utf-8"))
    assert [result.level for result in run.results] == ["error"] * 5 + ["warning"]
    assert [result.ruleId for result in run.results] == [
        "altered", "other-speaker", "other-speaker", "not-found", "altered", "unquoted",
    ]  # fmt: skip
    assert len(run.artifacts) == 2
    for result, path in zip(run.results, [DRAFT] * 5 + [other], strict=True):
        where = result.locations[0].physicalLocation
        assert where.artifactLocation.uri.endswith(path.name.replace(" ", "%20"))
        region, lines = where.region, path.read_text(encoding="utf-8").split("\n")
        assert region.startLine == region.endLine
        assert lines[region.startLine - 1][region.startColumn - 1 : region.endColumn - 1] == region.snippet.text
    assert "Venn says it in the source" in run.results[1].message.text


def test_sarif_of_a_sound_draft_holds_no_result(diplo: Any) -> None:
    result = diplo("check", "-", "--against", STRAIT, "--format", "sarif", input="Venn said: “It runs out.”")
    assert (result.exit_code, log(result.stdout).results) == (0, [])


def test_every_reason_is_a_rule_of_its_own() -> None:
    assert len({reason.rule for reason in Reason}) == len(Reason)
    assert all(re.fullmatch("[a-z][a-z-]+", reason.rule) for reason in Reason)


def test_the_page_marks_every_quotation_with_its_verdict(diplo: Any, tmp_path: Path) -> None:
    target = tmp_path / "check.html"
    result = diplo("check", DRAFT, "--against", STRAIT, "--output", target)
    assert (result.exit_code, result.stdout, "5 wrong" in result.stderr) == (1, "", True)
    page = lxml.html.fromstring(target.read_text(encoding="utf-8"))
    marked = [(mark.get("class"), mark.text_content()[:12]) for mark in page.xpath("//article//mark")]
    assert [verdict for verdict, _ in marked] == ["wrong"] * 3 + ["confirmed"] + ["wrong"] * 2 + ["confirmed"]
    assert marked[3] == ("confirmed", "“a bad conve")
    items = page.xpath("//li[@class='item']")
    assert [item.get("data-kind") for item in items] == [verdict for verdict, _ in marked]
    assert [words.text_content() for words in items[5].xpath(".//del | .//ins")] == ["one month", "two months"]
    assert "Venn says it in the source" in items[1].text_content()
    beside = items[1].xpath(".//blockquote")[0]
    assert beside.text_content() == "“Our patience is not a natural resource,” Venn said. “It runs out.”"
    assert beside.xpath("./mark")[0].text_content() == "Our patience is not a natural resource"
    assert not items[4].xpath(".//blockquote")
    assert {link.lstrip("#") for link in page.xpath("//a/@href")} <= set(page.xpath("//@id"))
    facts = page.xpath("//p[@class='facts']")[0]
    assert [words.text_content() for words in facts.xpath("./del | ./ins")] == ["Struck out", "underlined"]
    assert "Sentences without quotation marks are not checked." in facts.text_content()


def test_several_drafts_are_one_page(diplo: Any, tmp_path: Path) -> None:
    other = tmp_path / "empty.txt"
    other.write_text("Nothing is quoted here.", encoding="utf-8")
    page = lxml.html.fromstring(diplo("check", DRAFT, other, "--against", STRAIT, "--format", "html").stdout)
    assert [head.text_content() for head in page.xpath("//article//h2")] == [str(DRAFT), str(other)]
    assert "It holds no quotation." in page.text_content()
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_hostile_words_show_as_text() -> None:
    text = checked(HOSTILE, HOSTILE_SOURCE, url="javascript:alert(g)")
    page = lxml.html.fromstring(text)
    assert len(page.xpath("//script")) == 1
    assert not page.xpath("//img | //svg | //a[starts-with(@href, 'javascript')]")
    assert not [name for name in page.xpath("//@*") if name.attrname.startswith("on")]
    assert "\u202e" not in text
    assert "<script>alert(a)</script>" in page.text_content()


def test_a_source_with_a_url_is_linked_at_the_words() -> None:
    text = checked("Venn said: “It runs out.”", STRAIT.read_text(encoding="utf-8"), url="https://courier.example/strait")
    [link] = lxml.html.fromstring(text).xpath("//a[@class='live']/@href")
    assert link.startswith("https://courier.example/strait#:~:text=It%20runs%20out")


@pytest.mark.parametrize(
    "ending, start",
    [("json", "{"), ("html", "<!DOCTYPE"), ("sarif", "{"), ("sarif.json", '{\n  "$schema"'), ("md", "# ")],
)
def test_the_ending_names_the_format(diplo: Any, tmp_path: Path, ending: str, start: str) -> None:
    target = tmp_path / f"found.{ending}"
    diplo("check", DRAFT, "--against", STRAIT, "--output", target)
    assert target.read_text(encoding="utf-8").startswith(start)
