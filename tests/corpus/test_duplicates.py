"""Copies of a text: what a signature is, which texts share a band, and which units differ."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from itertools import combinations

import pytest
from conftest import ARTICLES, EXAMPLES
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_diplo import Article, DiploError
from llm_diplo.corpus import duplicates
from llm_diplo.corpus.duplicates import THRESHOLD, bands, differing_units, signature, similarity
from llm_diplo.text.quotations import number_article

TEXTS = [path.read_text(encoding="utf-8") for path in sorted([*EXAMPLES.glob("*.txt"), *ARTICLES.glob("*.txt")])]
REPORT = (EXAMPLES / "harbour-talks.txt").read_text(encoding="utf-8")
CHINESE = (
    "沿岸五国周一同意于九月在卡斯塔德举行会议，讨论海峡的未来，结束了部长们七个月互不见面的僵局。\n\n"
    "凯特国外交部长卡洛韦说，本国政府将出席会议，但在审计完成以前不会接受任何降低通行费的要求。\n\n"
    "岛国港口部长文恩要求立即免除渔船的费用，并警告说，如果八月一日以前没有变化，将向海洋法庭起诉。"
)
THAI = "รัฐมนตรีต่างประเทศกล่าวว่ารัฐบาลจะเข้าร่วมการประชุมเรื่องช่องแคบในเดือนกันยายนแต่จะไม่ยอมลดค่าผ่านทางก่อนการตรวจสอบบัญชีเสร็จสิ้น"


def alike(first: str, second: str) -> float:
    return similarity(signature(first), signature(second))


def share_a_band(first: str, second: str) -> bool:
    return bool({*bands(signature(first))} & {*bands(signature(second))})


def jaccard(first: str, second: str) -> float:
    """Of words without folding, for texts of plain words."""
    size = duplicates.SHINGLE

    def shingles(text: str) -> set[tuple[str, ...]]:
        words = text.split()
        return {tuple(words[start : start + size]) for start in range(len(words) - size + 1)}

    return len(shingles(first) & shingles(second)) / len(shingles(first) | shingles(second))


def test_a_signature_is_the_same_in_every_process_and_version() -> None:
    digest = hashlib.sha256(signature(REPORT) + signature(CHINESE)).hexdigest()
    assert digest[:16] == "79562a8235492b46"
    program = "import sys; from llm_diplo.corpus.duplicates import signature; sys.stdout.write(signature(sys.argv[1]).hex())"
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    told = subprocess.run([sys.executable, "-c", program, CHINESE], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout == signature(CHINESE).hex()


@pytest.mark.parametrize(
    "changed",
    [
        REPORT.upper(),
        REPORT.replace("\n\n", "\n").replace(" ", "\n"),
        REPORT.replace("“", '"').replace("”", '"').replace("’", "'").replace("–", "-"),
        REPORT.replace("harbour", "har\xadbour"),
    ],
    ids=["case", "line breaks", "marks", "soft hyphens"],
)
def test_typesetting_does_not_count(changed: str) -> None:
    assert alike(REPORT, changed) == 1.0


@pytest.mark.parametrize(
    "text",
    [REPORT, CHINESE, THAI, "Один корабль вышел из порта. " + " ".join(map(str, range(40)))],
    ids=["en", "zh", "th", "ru"],
)
def test_a_copy_with_a_line_more_is_found(text: str) -> None:
    copy = f"{text}\n\n(Strait Press 2026)"
    assert alike(text, copy) >= THRESHOLD
    assert share_a_band(text, copy)
    half = text[: len(text) // 2]
    assert alike(text, half) < THRESHOLD


def test_different_articles_of_one_quarrel_are_no_copies() -> None:
    for first, second in combinations([*TEXTS, CHINESE, THAI], 2):
        assert alike(first, second) < THRESHOLD / 2


def test_vowel_signs_belong_to_their_words_and_vowel_points_do_not_count() -> None:
    assert duplicates._shingles("किताब मेज पर है") == ["किताब मेज पर है".encode()]
    assert alike("قال الوزير إن المحادثات مستمرة", "قَالَ الوَزِيرُ إنَّ المُحَادَثَاتِ مُسْتَمِرَّة") == 1.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.0, 1.0))
def test_similarity_estimates_the_share_of_common_shingles(seed: int, kept: float) -> None:
    chance = random.Random(seed)
    words = [f"w{chance.randrange(10**6)}" for _ in range(600)]
    first, second = " ".join(words), " ".join([*words[: int(600 * kept)], *(f"v{number}" for number in range(50))])
    if len(second.split()) > 60:
        assert alike(first, second) == pytest.approx(jaccard(first, second), abs=0.17)
        if jaccard(first, second) > 0.75:
            assert share_a_band(first, second)


def test_a_band_names_its_place() -> None:
    keys = bands(signature("x"))
    assert len({*keys}) == len(keys) == 32
    assert len({*bands(bytes(512))}) == 32
    assert {len(key) for key in keys} == {8}


def test_short_and_wordless_texts_are_themselves() -> None:
    texts = ["", "!!!", "—", "Yes.", "No.", "Yes, no.", "Yes, no, yes, no, yes, no."]
    for first, second in combinations(texts, 2):
        assert alike(first, second) < 0.1
    assert alike("Yes!", "yes") == 1.0
    assert len(signature("\ud800")) == len(signature("")) == 512


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(TEXTS)
    whole = signature(text)
    monkeypatch.setattr(duplicates, "BATCH", 7)
    assert signature(text) == whole


def test_the_units_that_differ() -> None:
    first = number_article(Article.from_text(REPORT))
    lines = REPORT.replace("“", '"').replace("”", '"').split("\n\n")
    edited = ["Both shores to talk", *lines[1:5], f"{lines[5]} Nobody else spoke.", *lines[6:-1]]
    copy = number_article(Article.from_text("\n\n".join(edited)))
    differ = [copy.article.unit_text(number) for number in differing_units(first, copy)]
    assert differ == ["Both shores to talk", "Nobody else spoke."]
    assert differing_units(first, first) == ()


def test_without_datasketch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    duplicates._empty.cache_clear()
    monkeypatch.setitem(sys.modules, "datasketch", None)
    with pytest.raises(DiploError, match=r"extra `corpus`: .*\[corpus\]") as raised:
        signature(REPORT)
    assert "--no-dedupe" in raised.value.on_command_line
