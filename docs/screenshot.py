"""Draw the evidence page of the project's own example in Chromium: `just screenshots`."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from llm_diplo.brief.assembly import resolve_extraction
from llm_diplo.render.evidence import evidence_page
from llm_diplo.text.article import Article
from llm_diplo.text.quotations import number_article

ROOT = Path(__file__).parent.parent
ARTICLE = ROOT / "examples" / "strait-conference.txt"
TARGET = ROOT / "docs" / "evidence-page.png"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    """Write the screenshot: the fourth position lit up."""
    article = Article.from_text(ARTICLE.read_text(encoding="utf-8"))
    answer = ARTICLE.with_suffix(".extraction.json").read_text(encoding="utf-8")
    text = evidence_page(resolve_extraction(answer, number_article(article)), article)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        page = Path(folder) / "page.html"
        page.write_text(text, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = browser.new_page(viewport={"width": 1200, "height": 760}, reduced_motion="reduce")
        tab.goto(page.as_uri())
        tab.keyboard.press("j")
        tab.keyboard.press("j")
        tab.screenshot(path=TARGET)
        browser.close()


if __name__ == "__main__":
    main()
