"""The evidence page and `llm diplo render`: marks in place, hostile text as text, one line for what does not fit."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from conftest import EXAMPLES

from llm_diplo import Article, Brief, markdown
from llm_diplo.brief.assembly import resolve_extraction
from llm_diplo.render.evidence import evidence_page
from llm_diplo.render.pages import text_fragment_url
from llm_diplo.schema import Evidence
from llm_diplo.text.quotations import number_article

ARTICLE = EXAMPLES / "strait-conference.txt"
EXTRACTION = EXAMPLES / "strait-conference.extraction.json"
HOSTILE = """Tolls <script>alert(a)</script> fall in Ketter

By <img src=x onerror=alert(b)>

Edvard Osk said: “The tolls </script><svg onload=alert(c)> must \u202efall\u202c at once {{ 7*7 }},” in Ketter o\u0301{marks}n Monday.
""".replace("{marks}", "\u0301" * 1000)
ANSWER = {
    "summary": "",
    "actors": [{"name": "Edvard Osk", "type": "person", "country": "", "office": "", "affiliation": "", "aliases": []}],
    "issues": ["Tolls should fall"],
    "positions": [
        {"evidence": [3], "quotes": ["q1"], "actor": "Edvard Osk", "issue": 1, "stance": "support", "date_text": "", "via": "",
         "statement": "The tolls must fall.", "condition": ""},
    ],
    "next_steps": [],
}  # fmt: skip
LINK = '<a href="javascript:alert(e)">Tolls should fall</a>'


def example() -> tuple[Brief, Article]:
    article = Article.from_text(ARTICLE.read_text(encoding="utf-8"), url="https://courier.example/strait")
    return resolve_extraction(EXTRACTION.read_text(encoding="utf-8"), number_article(article)), article


def hostile() -> tuple[Brief, Article]:
    article = Article.from_text(HOSTILE, url="javascript:alert(g)", publisher="<b>Marrow</b>")
    brief = resolve_extraction(json.dumps(ANSWER), number_article(article))
    changes = {"statement": '" onmouseover="alert(f)', "condition": "<!-- --><iframe src=//x.example>", "via": "\u202evia"}
    hostile = {
        "summary": "</style><script>alert(d)</script> \u202eTolls",
        "issues": [brief.issues[0].model_copy(update={"proposition": LINK})],
        "positions": [brief.positions[0].model_copy(update=changes)],
    }
    return brief.model_copy(update=hostile), article


def marked(page: Any, item: str) -> str:
    return "".join(mark.text_content() for mark in page.xpath("//mark") if item in mark.get("data-i").split())


def test_each_item_marks_its_own_words() -> None:
    brief, article = example()
    page = lxml.html.fromstring(evidence_page(brief, article))
    for item in (*brief.positions, *brief.next_steps):
        words = "".join(part.quote for part in item.evidence)
        outside = [part.quote for part in getattr(item, "quotes", ()) if part.quote not in words]
        assert marked(page, item.id) == words + "".join(outside)
    shown = "".join(page.xpath("//article//span[@class='unit']/text() | //article//mark/text()"))
    assert shown == "".join(article.text[unit.start : unit.end] for unit in article.units)


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("Orsolya Venn says that fees must fall.", "fees must fall"),
        ("Venn wants lower fees.", "wants lower fees"),
        ("Venn would accept lower fees.", "would accept lower fees"),
        ("Venn and Brandt want lower fees.", "Venn and Brandt want lower fees"),
        ("Venn officials want lower fees.", "Venn officials want lower fees"),
        ("Venn's office wants lower fees.", "Venn's office wants lower fees"),
    ],
)
def test_page_and_markdown_do_not_repeat_the_holder(statement: str, line: str) -> None:
    brief, article = example()
    venn = next(actor for actor in brief.actors if actor.name == "Orsolya Venn")
    position = next(one for one in brief.positions if one.actor == venn.id and one.issue)
    changed = position.model_copy(update={"statement": statement})
    brief = brief.model_copy(update={"positions": [changed]})
    assert f"agrees: {line}. [" in markdown(brief) or f"agrees: {line} [" in markdown(brief)
    (item,) = lxml.html.fromstring(evidence_page(brief, article)).xpath(f"//li[@id='{changed.id}']")
    assert " ".join(item.text_content().split()).startswith(
        f"{changed.id} Orsolya Venn (harbour minister, Marrow Island) agrees: {line}."
    )


def test_the_page_words_issues_conditions_and_aliases_as_markdown_does() -> None:
    brief, article = example()
    position, actor = brief.positions[0], brief.actors[0]
    brief = brief.model_copy(
        update={
            "issues": [issue.model_copy(update={"proposition": "Tolls should fall."}) for issue in brief.issues],
            "positions": [position.model_copy(update={"condition": "if the strait stays open"})],
            "actors": [actor.model_copy(update={"aliases": [actor.name.split()[-1], "Zadd"]}), *brief.actors[1:]],
        }
    )
    page = lxml.html.fromstring(evidence_page(brief, article))
    assert {heading.text_content() for heading in page.xpath("//h4")} == {"Tolls should fall"}
    assert "condition: the strait stays open" in page.xpath(f"//li[@id='{position.id}']")[0].text_content()
    listed = page.xpath("//h3[.='Actors']/following-sibling::ul")[0].text_content()
    assert "; Zadd)" in listed and f"; {actor.name.split()[-1]};" not in listed


def test_the_policy_allows_only_the_pages_own_style_and_script() -> None:
    text = evidence_page(*example())
    policy = re.findall(r'Content-Security-Policy" content="([^"]+)"', text.replace("&#39;", "'"))[0]
    for name in ("style", "script"):
        (own,) = re.findall(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
        assert f"{name}-src 'sha256-{b64encode(sha256(own.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    links = lxml.html.fromstring(text).xpath("//@src | //link/@href | //a/@href")
    assert {link.split(":")[0] for link in links if not link.startswith("#")} == {"data", "https"}


def test_a_hostile_article_and_model_show_as_text() -> None:
    brief, article = hostile()
    text = evidence_page(brief, article)
    page = lxml.html.fromstring(text)
    assert len(page.xpath("//script")) == 1
    assert not page.xpath("//img | //svg | //iframe | //a[starts-with(@href, 'javascript')]")
    assert not [name for name in page.xpath("//@*") if name.attrname.startswith("on")]
    assert "\u202e" not in text
    shown = page.text_content()
    assert "<script>alert(a)</script>" in shown
    assert "{{ 7*7 }}" in shown
    assert LINK in shown


def test_a_page_is_small() -> None:
    assert len(evidence_page(*example()).encode()) < 150_000


@pytest.mark.parametrize("language, text", [("ar", "قال المبعوث: «يجب خفض الرسوم.»"), ("zh", "特使说：“通行费必须降低。”")])
def test_the_article_keeps_its_language_and_direction(language: str, text: str) -> None:
    article = Article.from_text(text, language=language)
    brief = resolve_extraction(json.dumps({**ANSWER, "actors": [], "positions": [], "issues": []}), number_article(article))
    page = lxml.html.fromstring(evidence_page(brief, article))
    (own,) = page.xpath("//article")
    assert own.get("lang") == language
    assert {paragraph.get("dir") for paragraph in own.xpath("./p")} == {"auto"}


def test_text_fragments_tell_repeated_quotes_apart() -> None:
    text = "Osk said no, well-paid. -Venn said no."
    unique = Evidence(unit=1, start=13, end=22, quote="well-paid")
    assert text_fragment_url("https://a.example/x", text, unique) == "https://a.example/x#:~:text=well%2Dpaid"
    quote = Evidence(unit=2, start=30, end=37, quote="said no")
    assert text_fragment_url("https://a.example/x#y", text, quote) == (
        "https://a.example/x#y:~:text=Osk%20said%20no%2C%20well%2Dpaid.%20%2DVenn-,said%20no,-."
    )
    assert text_fragment_url("javascript:alert(a)", text, quote) is None


@pytest.fixture
def brief_file(diplo: Any, tmp_path: Path) -> Path:
    path = tmp_path / "brief.json"
    assert diplo("resolve", EXTRACTION, "--against", ARTICLE, "--output", path).exit_code == 0
    return path


def test_a_brief_made_before_is_rendered(diplo: Any, brief_file: Path, tmp_path: Path) -> None:
    page = tmp_path / "brief.html"
    result = diplo("render", brief_file, "--against", ARTICLE, "--output", page)
    assert (result.exit_code, result.stderr) == (0, "")
    brief = Brief.model_validate_json(brief_file.read_text(encoding="utf-8"))
    assert page.read_text(encoding="utf-8") == evidence_page(brief, Article.from_text(ARTICLE.read_text(encoding="utf-8")))
    assert diplo("render", "-", input=brief_file.read_bytes()).stdout.startswith("# Five shores")


def test_a_summary_can_be_a_page(diplo: Any, run_llm: Any) -> None:
    command = (EXAMPLES / "harbour-talks.txt", "-m", "diplo-offline", "-o", "reader", "rules", "--log")
    page = diplo(*command, "--format", "html").stdout
    assert "<mark" in page
    logged = diplo("render", "last", "--format", "html")
    assert logged.stdout.count("<mark") == page.count("<mark")
    two = diplo(*command, EXAMPLES / "strait-conference.txt", "--format", "html")
    assert (two.exit_code, "one article" in two.stderr) == (2, True)


def test_an_article_that_does_not_fit_is_refused(diplo: Any, brief_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(ARTICLE.read_text(encoding="utf-8").replace("Monday", "Tuesday"), encoding="utf-8")
    for format_ in ("html", "markdown"):
        result = diplo("render", brief_file, "--against", other, "--format", format_)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "made from another text" in result.stderr
    moved = json.loads(brief_file.read_text(encoding="utf-8"))
    moved["positions"][0]["evidence"][0]["start"] += 1
    brief_file.write_text(json.dumps(moved), encoding="utf-8")
    assert "is not at" in diplo("render", brief_file, "--against", ARTICLE, "--format", "html").stderr


def test_a_page_needs_the_article(diplo: Any, brief_file: Path) -> None:
    result = diplo("render", brief_file, "--format", "html")
    assert (result.exit_code, "--against" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda data: data["provenance"].update(schema_version="1.0"), "schema version 1.0"),
        (lambda data: data.pop("provenance"), "is not a brief"),
        (lambda data: data["positions"][0].update(stance="angry"), "positions.0.stance"),
        (lambda data: data["positions"][0].update(actor="a99"), "refers to a99"),
    ],
)
def test_what_is_no_brief_is_one_line(diplo: Any, brief_file: Path, change: Any, words: str) -> None:
    data = json.loads(brief_file.read_text(encoding="utf-8"))
    change(data)
    brief_file.write_text(json.dumps(data), encoding="utf-8")
    result = diplo("render", brief_file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_brief_without_items_is_reported(diplo: Any, brief_file: Path) -> None:
    data = json.loads(brief_file.read_text(encoding="utf-8"))
    brief_file.write_text(json.dumps({**data, "positions": [], "next_steps": []}), encoding="utf-8")
    result = diplo("render", brief_file)
    assert (result.exit_code, result.stdout.startswith("# ")) == (0, True)
    assert "no positions and no next steps" in result.stderr
    brief_file.write_text("Not JSON", encoding="utf-8")
    assert "is not a brief" in diplo("render", brief_file).stderr or "holds no brief" in diplo("render", brief_file).stderr
