"""Windows of a long article: nothing is left out, numbers stay those of the whole, and what is needed is repeated."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from conftest import ARTICLES
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_diplo import Article
from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.extraction import Extraction
from llm_diplo.text.block import article_block, read_block
from llm_diplo.text.quotations import NumberedArticle, number_article
from llm_diplo.text.windows import Window, cut_windows, tokens_in

HEADLINE = "Shores of the strait talk for a ninth day"
OPENING = "Foreign Minister Ines Calloway of Ketter said on Monday that the Narrows Survey Office (NSO) would open its books."
MIDDLE = "Boats waited at the pilot station. The harbour was quiet, and nobody spoke of tolls."
LATER = "Calloway said “that the talks would go on.” The NSO did not reply."


def numbered(*paragraphs: str) -> NumberedArticle:
    return number_article(Article.from_text("\n\n".join((HEADLINE, *paragraphs))))


def windows(article: NumberedArticle, tokens: int) -> list[Window]:
    cut = cut_windows(article, tokens)
    assert all(isinstance(window, Window) for window in cut)
    return [window for window in cut if isinstance(window, Window)]


LONG = numbered(OPENING, *[MIDDLE] * 40, LATER, *[MIDDLE] * 40)


def test_a_short_article_is_one_block_as_ever() -> None:
    article = number_article(Article.from_text((ARTICLES / "wire.txt").read_text(encoding="utf-8")))
    assert cut_windows(article) == (article,)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([OPENING, MIDDLE, LATER, "No.", "Ja. " * 400]), min_size=1, max_size=60), st.integers(200, 3_000)
)
def test_windows_share_out_the_units(paragraphs: list[str], tokens: int) -> None:
    """Each unit is in one window, in order, and no block is longer than a window, unless one unit is."""
    article = numbered(*paragraphs)
    cut = cut_windows(article, tokens)
    if len(cut) == 1:
        assert tokens_in(article_block(article)) <= tokens
        return
    owned = [unit for window in cut for unit in window.own]  # type: ignore[attr-defined]
    assert owned == list(range(1, len(article.article.units) + 1))
    for window in cut:
        block = article_block(window)
        assert tokens_in(block) <= tokens
        assert len(re.findall(r"^\[\d+\] ", block, re.MULTILINE)) == len(window.shown)
    cited = {quotation.label for window in cut for quotation in window.quotations_shown}
    assert cited == {quotation.label for quotation in article.quotations}


def test_windows_end_at_paragraph_breaks_and_are_about_equally_long() -> None:
    cut = windows(LONG, 700)
    assert len(cut) > 3
    for one, other in pairwise(cut):
        assert LONG.article.unit(one.own[-1]).paragraph != LONG.article.unit(other.own[0]).paragraph
    lengths = [len(window.own) for window in cut]
    assert max(lengths) - min(lengths) <= 6


def test_no_window_begins_inside_a_quotation() -> None:
    """Speech that goes on over paragraphs stays together."""
    speech = "“The tolls must fall.\n\n“They must fall by June.\n\n“And they must not rise again,” Venn said."
    article = numbered(*[MIDDLE] * 6, speech, *[MIDDLE] * 6)
    (quotation,) = article.quotations
    inside = {
        number
        for number in range(quotation.unit + 1, len(article.article.units))
        if article.article.unit(number).start < quotation.spans[-1].end
    }
    assert len(inside) == 2
    for tokens in range(200, 360, 10):
        assert not inside & {window.own[0] for window in windows(article, tokens)}


def test_a_window_repeats_headline_overlap_and_full_names() -> None:
    cut = windows(LONG, 700)
    later = next(
        window
        for window in cut
        if any("Calloway" in LONG.article.unit_text(unit) for unit in window.own[1:]) and window.number > 1
    )
    assert later.names == ("Foreign Minister Ines Calloway of Ketter", "Narrows Survey Office (NSO)")
    block = article_block(later)
    first = later.own[0]
    assert block.startswith(
        f"<<article {LONG.article.metadata.text_sha256[:8]}, window {later.number} of {len(cut)}>>\n"
        f"Units {first} to {later.own[-1]} of {len(LONG.article.units)}\n"
        f"Named before: {'; '.join(later.names)}\n\n[1] {HEADLINE}\n\n[{first - 3}] "
    )
    (quotation,) = LONG.quotations
    assert f"\n\nQuotations\nq{quotation.number} [{quotation.unit}] “that the talks would go on.”\n<<end " in block
    other = next(window for window in cut if "NSO" not in article_block(window))
    assert other.names == ()


def test_a_name_that_a_window_has_in_full_is_not_repeated() -> None:
    article = numbered(OPENING, *[MIDDLE] * 30, "Ines Calloway said so. Calloway left.")
    assert windows(article, 700)[-1].names == ()


def test_a_window_is_no_article_to_read_back() -> None:
    """Its numbers are of a text that it does not hold."""
    assert read_block(article_block(windows(LONG, 700)[1])) is None
    assert read_block(article_block(LONG)) is not None


def extraction(**position: Any) -> Extraction:
    held = {
        "evidence": [1],
        "quotes": [],
        "actor": "Ines Calloway",
        "issue": 0,
        "stance": "unclear",
        "statement": "The talks go on.",
        "condition": "",
        "date_text": "",
        "via": "",
    }
    actor = {"name": "Ines Calloway", "type": "person", "country": "", "office": "", "affiliation": "", "aliases": []}
    return Extraction.model_validate(
        {
            "summary": "The 77 sides “met again at last”.",
            "actors": [actor],
            "issues": [],
            "positions": [held | position],
            "next_steps": [],
        }
    )


def test_an_answer_is_held_against_the_whole_article_but_cites_what_was_shown() -> None:
    (quotation,) = LONG.quotations
    cut = windows(LONG, 700)
    place = next(index for index, window in enumerate(cut) if quotation.unit in window.own)
    answer = extraction(evidence=[quotation.unit], quotes=[quotation.label])
    assert not check_extraction(answer, cut[place]).faults
    shown = cut[place - 1].shown
    assert quotation.unit not in shown
    faults = check_extraction(answer, cut[place - 1]).reviewed[-1].faults
    assert [fault.reason for fault in faults] == [
        f"there is no quotation {quotation.label}",
        f"there is no unit {quotation.unit}",
    ]
    assert faults[1].cure == f"the units are 1, {shown[1]} to {shown[-1]}"
    assert check_extraction(answer, LONG).faults  # of a whole article its summary is checked


@pytest.mark.parametrize("tokens", [0, -1])
def test_a_window_of_nothing(tokens: int) -> None:
    with pytest.raises(ValueError, match="1 token or more"):
        cut_windows(LONG, tokens)


def test_the_prompts_of_a_long_article_are_rendered(diplo: Any, tmp_path: Any) -> None:
    path = tmp_path / "long.txt"
    path.write_text(LONG.article.text, encoding="utf-8")
    result = diplo("prompts", "--render", path, "--window", "700")
    cut = windows(LONG, 700)
    assert result.exit_code == 0
    assert [block in result.stdout for block in map(article_block, cut)] == [True] * len(cut)
    assert result.stdout.count("You read news for diplomats") == len(cut)
    assert result.stderr.startswith(f"{len(cut)} parts, together ")
    assert "window" not in diplo("prompts", "--render", path).stdout
