"""The evidence page in Chromium: `pytest -m browser`, deselected otherwise."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES
from test_checked import HOSTILE, HOSTILE_SOURCE, checked
from test_evidence import example, hostile

from llm_diplo import Article, Brief
from llm_diplo.brief.assembly import resolve_extraction
from llm_diplo.render.evidence import evidence_page
from llm_diplo.text.quotations import number_article

playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = pytest.mark.browser
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Open the page of a brief from its file; afterwards no error, no dialog and no request may have been seen."""
    seen: list[str] = []
    contexts = []

    def open_(made: tuple[Brief, Article] | str, **options: Any) -> Any:
        path = tmp_path / "brief.html"
        path.write_text(made if isinstance(made, str) else evidence_page(*made), encoding="utf-8")
        context = browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: seen.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else seen.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert seen == []


def lit(page: Any, selector: str) -> list[str]:
    found: list[str] = page.eval_on_selector_all(f"{selector}.lit", "all => all.map(one => one.id || one.textContent)")
    return found


def in_view(page: Any, selector: str) -> bool:
    box = page.locator(selector).first.bounding_box()
    return bool(box) and 0 <= box["y"] < page.viewport_size["height"]


def test_pointing_at_an_item_lights_its_words_and_back(show: Open) -> None:
    brief, _ = made = example()
    page = show(made)
    last = brief.positions[-1]
    page.hover(f"#{last.id}")
    page.wait_for_selector(f"#{last.id}.lit")
    words = "".join(lit(page, "mark"))
    assert all(part.quote in words for part in last.evidence)
    page.wait_for_timeout(200)
    assert in_view(page, "mark.lit")
    page.hover("#u3 mark")
    page.wait_for_selector("#n1.lit")
    assert lit(page, ".item") == ["n1"]
    page.wait_for_timeout(200)
    assert in_view(page, "#n1")


def test_keys_walk_the_brief(show: Open) -> None:
    page = show(example())
    order = page.eval_on_selector_all(".item", "all => all.map(one => one.id)")
    for key, place in (("j", 0), ("j", 1), ("k", 0), ("k", 0), ("j", 1)):
        page.keyboard.press(key)
        assert lit(page, ".item") == [order[place]]
    page.keyboard.press("Enter")
    unit = page.evaluate("document.activeElement.id")
    assert unit == page.get_attribute(f"#{order[1]} .units a", "href").lstrip("#")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") in order
    page.keyboard.press("?")
    assert page.is_visible("#help")
    page.uncheck("#keys")
    page.click("#close")
    # Off the item that lay under the dialog: pointing at it lights it up.
    page.mouse.move(2, 2)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert lit(page, ".item") == []


def test_filters_and_search(show: Open) -> None:
    brief, _ = made = example()
    page = show(made)
    page.select_option("[name=kind]", "step")
    assert page.locator(".item:visible").count() == len(brief.next_steps)
    page.select_option("[name=kind]", "")
    page.select_option("[name=stance]", "oppose")
    opposed = [position.id for position in brief.positions if position.stance == "oppose"]
    assert sorted(page.eval_on_selector_all(".item:not([hidden])", "all => all.map(one => one.id)")) == opposed
    page.select_option("[name=stance]", "")
    page.select_option("[name=actors]", brief.positions[0].actor)
    assert page.locator(f"#{brief.positions[0].id}").is_visible()
    page.select_option("[name=actors]", "")
    page.fill("[name=search]", "PATIENCE")
    assert page.locator(".item:visible").count() == 1
    assert page.inner_text("#shown") == f"1 of {len(brief.positions) + len(brief.next_steps)} shown"


def test_a_citation_is_copied(show: Open) -> None:
    page = show(example(), permissions=["clipboard-read", "clipboard-write"])
    page.click("#p1 .copy")
    page.wait_for_selector("#p1 .copy:text-is('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert all(
        words in copied for words in ("“A strait", "Edvard Osk (chairman)", "Marrow Courier", "unit 4", "https://courier")
    )


def check_example() -> str:
    """The page of a draft with every verdict."""
    draft = (EXAMPLES / "draft.md").read_text(encoding="utf-8") + "\nThe accounts come “by the end of June”."
    return checked(
        draft, (EXAMPLES / "strait-conference.txt").read_text(encoding="utf-8"), url="https://courier.example/strait"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("made", [example, check_example])
def test_axe_finds_nothing(
    show: Open, scheme: str, viewport: dict[str, int], made: Callable[[], tuple[Brief, Article] | str]
) -> None:
    page = show(made(), color_scheme=scheme, viewport=viewport)
    for keys in ("", "jj", "?"):
        for key in keys:
            page.keyboard.press(key)
        found = axe.Axe().run(page, options={"runOnly": WCAG})
        assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_of_a_check_works_as_the_evidence_page(show: Open) -> None:
    page = show(check_example())
    page.hover("mark.wrong >> nth=1")
    page.wait_for_selector("#d1q2.lit")
    page.mouse.move(2, 2)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert lit(page, ".item") == ["d1q1"]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "d1u2"
    page.select_option("[name=kind]", "unconfirmed")
    assert page.eval_on_selector_all(".item:not([hidden])", "all => all.map(one => one.id)") == ["d1q8"]
    assert page.inner_text("#shown") == "1 of 8 shown"
    page = show(checked(HOSTILE, HOSTILE_SOURCE))
    page.keyboard.press("j")
    assert page.locator("script").count() == 1
    page = show(check_example(), java_script_enabled=False)
    assert page.locator(".item:visible").count() == 8


def test_hostile_words_do_nothing(show: Open) -> None:
    page = show(hostile())
    page.hover("#p1")
    page.keyboard.press("j")
    assert page.locator("script").count() == 1
    assert "<script>alert(a)</script>" in page.inner_text("#article")


def test_without_javascript_everything_can_be_read(show: Open) -> None:
    brief, article = made = example()
    page = show(made, java_script_enabled=False)
    assert page.locator(".item:visible").count() == len(brief.positions) + len(brief.next_steps)
    assert not page.is_visible("#filters")
    assert page.locator(".unit:visible").count() == len(article.units)
    page.click("#p1 .units a")
    assert page.url.endswith("#u4")


def large(positions: int = 200, units: int = 5_000) -> tuple[Brief, Article]:
    people = [f"Envoy {chr(65 + number // 26)}{chr(97 + number % 26)}ren" for number in range(positions)]
    said = [f"{people[number % positions]} said that the tolls in the narrows must fall." for number in range(units)]
    article = Article.from_text("\n\n".join(" ".join(said[start : start + 5]) for start in range(0, units, 5)), language="en")
    answer = {
        "summary": "",
        "actors": [
            {"name": name, "type": "person", "country": "", "office": "", "affiliation": "", "aliases": []} for name in people
        ],
        "issues": ["The tolls in the narrows must fall"],
        "positions": [
            {"evidence": [number + 1, number + 1 + positions], "quotes": [], "actor": name, "issue": 1, "stance": "support",
             "statement": "The tolls must fall.", "condition": "", "date_text": "", "via": ""}
            for number, name in enumerate(people)
        ],
        "next_steps": [],
    }  # fmt: skip
    return resolve_extraction(json.dumps(answer), number_article(article)), article


def test_a_large_page_stays_usable(show: Open) -> None:
    brief, article = made = large()
    assert (len(brief.positions), len(article.units)) == (200, 5_000)
    assert len(evidence_page(*made).encode()) < 2_000_000
    page = show(made)
    page.fill("[name=search]", "envoy zzz")
    assert page.locator(".item:visible").count() == 0
    page.fill("[name=search]", brief.actors[7].name)
    assert page.locator(".item:visible").count() == 1
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert lit(page, "mark")
