"""Units and blocks: what evidence points at."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_diplo.text.units import LONGEST_UNIT, find_blocks, number_units


def units_of(text: str) -> list[str]:
    return [text[unit.start : unit.end] for unit in number_units(text)]


CASES = {
    "sentences of a paragraph": (
        "The envoy left. She will return on Monday.",
        ["The envoy left.", "She will return on Monday."],
    ),
    "a blank line parts": ("A headline\n\nThe envoy left.", ["A headline", "The envoy left."]),
    "carriage returns": ("A headline\r\n\r\nThe envoy left.\r\n", ["A headline", "The envoy left."]),
    "lines that are paragraphs": (
        "Ketter and the island resume talks\nThursday\n"
        + "The two sides met for the first time since the blockade began, officials said on the quay. " * 2,
        ["Ketter and the island resume talks", "Thursday"]
        + ["The two sides met for the first time since the blockade began, officials said on the quay."] * 2,
    ),
    "hard-wrapped lines stay joined": (
        "The two sides met for the first time\nsince the blockade began. They agreed\nto meet again.",
        ["The two sides met for the first time\nsince the blockade began.", "They agreed\nto meet again."],
    ),
    "bullets": (
        "The parties agreed:\n- to reopen the strait;\n- to exchange prisoners;\n- to meet again.",
        ["The parties agreed:", "- to reopen the strait;", "- to exchange prisoners;", "- to meet again."],
    ),
    "numbered points": (
        "1. The strait reopens.\n2. Prisoners are freed.",
        ["1. The strait reopens.", "2. Prisoners are freed."],
    ),
    "table rows": ("Port\tToll\nKetter\t12\nMarrow\t9", ["Port\tToll", "Ketter\t12", "Marrow\t9"]),
    "a closed quotation is not cut": (
        "“We will not pay. We never did,” she said. He left.",
        ["“We will not pay. We never did,” she said.", "He left."],
    ),
    "abbreviations": ("Dr. Venn met Mr. Osk. He agreed.", ["Dr. Venn met Mr. Osk.", "He agreed."]),
    "a hard space before a full stop": ("Plan B\xa0. He left.", ["Plan B\xa0.", "He left."]),
    "titles that end no sentence": (
        "M. Roy et Mme. Duval ont signé. La Sra. Ruiz no.",
        ["M. Roy et Mme. Duval ont signé.", "La Sra. Ruiz no."],
    ),
    "titles of other languages": (
        "Ms. Tempel and Amb. Ricard met M. Dumont. Sr. Pereda and Hrn. Osk left.",
        ["Ms. Tempel and Amb. Ricard met M. Dumont.", "Sr. Pereda and Hrn. Osk left."],
    ),
    "Russian titles": ("Г-н. Орлин ушёл. Ген. Мостов остался.", ["Г-н. Орлин ушёл.", "Ген. Мостов остался."]),
    "Chinese": (
        "外交部发言人说，会谈将继续。双方同意再次会面。",
        ["外交部发言人说，会谈将继续。", "双方同意再次会面。"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_units(text: str, expected: list[str]) -> None:
    assert units_of(text) == expected


def test_a_transcript_keeps_its_speakers() -> None:
    text = "Briefing on the strait\n\nOSK: Is it open?\nVENN: It is. We checked.\n\nWe will check again.\nOSK: Thank you."
    labels = [(unit.label, text[unit.start : unit.end]) for unit in number_units(text)]
    assert labels == [
        (None, "Briefing on the strait"),
        ("OSK", "OSK: Is it open?"),
        ("VENN", "VENN: It is."),
        ("VENN", "We checked."),
        ("VENN", "We will check again."),
        ("OSK", "OSK: Thank you."),
    ]


def test_one_label_makes_no_transcript() -> None:
    assert {unit.label for unit in number_units("UPDATE: The envoy left.\nAnalysis: She will return.")} == {None}


def test_a_long_sentence_is_cut_at_a_clause() -> None:
    text = "The envoy said that the talks would go on, " * 40
    found = number_units(text)
    assert len(found) > 1
    assert all(unit.end - unit.start <= LONGEST_UNIT for unit in found)
    assert all(text[unit.start : unit.end].endswith(",") for unit in found)


@given(st.text(alphabet=st.sampled_from("Ab .!?“”\"'\n\r\t-•:1,。、q\u2028\u00a0")))
def test_units_cover_all_words_in_order(text: str) -> None:
    found = number_units(text)
    assert [unit.number for unit in found] == list(range(1, len(found) + 1))
    for unit in found:
        assert text[unit.start : unit.end] == text[unit.start : unit.end].strip() != ""
    for one, other in itertools.pairwise(found):
        assert one.end <= other.start
    covered = "".join(text[unit.start : unit.end] for unit in found)
    assert "".join(covered.split()) == "".join(text.split())


@given(st.text())
def test_any_text_is_split(text: str) -> None:
    for block in find_blocks(text):
        assert text[block.start : block.end].strip()
    number_units(text)
