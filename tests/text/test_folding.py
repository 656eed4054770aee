"""Folding: what is made uniform, what is not, and the way back to the offsets."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_diplo.text.folding import fold, fold_name, fold_with_offsets

CHARACTERS = st.one_of(
    st.sampled_from(
        list("ab A'\"«»“”…․‥.-–—\r\n\t \xa0\xad\u200b\u200d\u0301\u0308\u3099か゛ﾞｶ中。¨´İßﬁ½ǅẞ\u0345ͺ각ᅡᆨㅏ１\ud800Σς")
    ),
    st.characters(exclude_categories=()),
)
TEXTS = st.text(CHARACTERS, max_size=60)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“We agree,”", "''We agree,''"),
        ("„Wir stimmen zu“", '"Wir stimmen zu"'),
        ("l’accord d‘hier", "l'accord d`hier"),
        ("« il part »", "“il part”"),
        ("»so« heißt es", "«so» heisst es"),
        ("「はい」", "'はい'"),
        ("open — at last", "open - at last"),
        ("open—at last", "open – at last"),
        ("2010–2015", "2010-2015"),
        ("one\u00a0 \t\u2009two", "one two"),
        ("caf\u00e9", "cafe\u0301"),
        ("ÉTÉ", "été"),
        ("so\u00adft and ze\u200bro", "soft and zero"),
        ("co-\noperate", "cooperate"),
        ("co\u00ad\n  operate", "cooperate"),
        ("ﬁne ﬂow", "fine flow"),
        ("ＡＢＣ　１２", "abc 12"),
        ("wait…", "wait..."),
        ("wait . . . now", "wait ... now"),
        ("中国 与\n日本", "中国与日本"),
        ("كِتَاب", "كتاب"),
        ("  edges \n", "edges"),
    ],
)
def test_spellings_of_one_text_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("a b", "ab"), ("résumé", "resume"), ("1.5", "15"), ("co-op", "coop")])
def test_other_texts_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_line_end_hyphen_may_be_kept() -> None:
    assert fold_with_offsets("re-\nopen", keep_hyphens=True).text == fold("re-open")


def test_a_hyphen_before_a_capital_stays() -> None:
    assert fold("Oslo-\nRome talks") == "oslo-rome talks"


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Côte d’Ivoire’s", "cote divoire"),
        ("U.S.", "us"),
        ("al-Assad", "al assad"),
        ("J. Smith", "j smith"),
        ("ŁÓDŹ", "lodz"),
        ("the ministers’", "the ministers"),
        ("!?", ""),
    ],
)
def test_fold_name(name: str, folded: str) -> None:
    assert fold_name(name) == folded


@given(TEXTS)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_unicode_forms_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(TEXTS, st.integers(0, 60), st.integers(0, 60), st.booleans())
def test_the_map_leads_back_to_the_text(text: str, one: int, other: int, keep: bool) -> None:
    folding = fold_with_offsets(text, keep_hyphens=keep)
    start, end = sorted((min(one, len(folding.text)), min(other, len(folding.text))))
    first, last = folding.original(start, end)
    assert 0 <= first <= last <= len(text)
    if start < end:
        assert folding.folded(first) <= start


@given(
    st.lists(
        st.sampled_from(
            ["co-\noperate", "“Oui”", "« non »", "été", "e\u0301te\u0301", "ﬁn", "…", "中 文", "—", "İ", "a\xadb", "x"]
        )
    ),
    st.data(),
)
def test_a_span_of_the_text_folds_to_what_it_was_found_by(words: list[str], data: st.DataObject) -> None:
    text = "  ".join(words)
    folding = fold_with_offsets(text)
    pieces = folding.text.split(" ")
    number = data.draw(st.integers(0, len(pieces) - 1))
    start = len(" ".join(pieces[:number])) + bool(number)
    first, last = folding.original(start, start + len(pieces[number]))
    assert pieces[number] in fold(text[first:last])


@given(TEXTS)
def test_fold_name_takes_any_text(text: str) -> None:
    assert fold_name(text) == fold_name(fold(text))
