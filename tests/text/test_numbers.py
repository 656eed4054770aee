"""Numbers: which value each has, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_diplo.text.numbers import find_numbers

# Two wordings of one value each; the second only has to share a value with the first.
SAME = [
    ("five", "5"),
    ("2,000", "two thousand"),
    ("2.000", "2 000"),
    ("1,234.5", "1.234,5"),
    ("twenty-one", "21"),
    ("two hundred and five", "205"),
    ("one million two hundred thousand", "1,200,000"),
    ("$1.5bn", "1.5 billion"),
    ("€3m", "three million"),
    ("two dozen", "24"),
    ("half a million", "500,000"),
    ("half a dozen", "six"),
    ("two and a half million", "2.5 million"),
    ("a fifth of", "20 percent"),
    ("cut by a fifth", "20 per cent"),
    ("two-thirds", "67%"),
    ("one third", "33 percent"),
    ("three quarters", "75 %"),
    ("half", "50%"),
    ("the 3rd", "third"),
    ("the third of March", "3"),
    ("twenty-first", "21st"),
    ("quatre-vingts", "80"),
    ("quatre-vingt-dix-sept", "97"),
    ("soixante-quinze", "75"),
    ("vingt et un", "21"),
    ("deux cent cinquante", "250"),
    ("une vingtaine", "twenty"),
    ("deux millions", "2 million"),
    ("deux tiers", "two thirds"),
    ("un cinquième des", "20 pour cent"),
    ("la moitié", "half"),
    ("treinta y cinco", "35"),
    ("doscientos mil", "200,000"),
    ("dos tercios", "two-thirds"),
    ("la mitad", "50 por ciento"),
    ("einundzwanzig", "21"),
    ("zweihundertfünfzig", "250"),
    ("dreitausend", "3000"),
    ("1,5 Milliarden", "$1.5bn"),
    ("3 Mrd", "3 billion"),
    ("zwei Drittel", "two thirds"),
    ("fünfjährig", "5"),
    ("пять", "5"),
    ("пятилетний", "пять"),
    ("двадцатидневный", "20"),
    ("двадцать пять", "25"),
    ("двухсот", "200"),
    ("3 млрд", "3 billion"),
    ("треть", "33 процента"),
    ("خمسة وعشرون", "25"),
    ("٢٠", "20"),
    ("مئة وخمسون", "150"),
    ("二十五", "25"),
    ("20亿", "2 billion"),
    ("百分之二十", "a fifth of"),
    ("三分之一", "one-third"),
    ("第三", "third"),
]
DIFFERENT = [
    ("a third country", "3"),
    ("a third country", "one third"),
    ("the third round", "3"),
    ("two-thirds", "2"),
    ("two-thirds", "3"),
    ("20 percent", "20 of them hold half"),
    ("$1.5bn", "1.5"),
    ("quatre-vingts", "4"),
    ("quatre-vingts", "20"),
    ("une vingtaine", "1"),
    ("33.3 percent", "33.4 percent"),
    ("five, six", "11"),
    ("20 cents", "2000"),
    ("thousands", "1000"),
]


def values(text: str) -> set[tuple[str, str]]:
    return {value for number in find_numbers(text) for value in number.values}


@pytest.mark.parametrize(("one", "other"), SAME, ids=[f"{one} = {other}" for one, other in SAME])
def test_the_same_value(one: str, other: str) -> None:
    assert len(list(find_numbers(one))) == len(list(find_numbers(other))) == 1
    assert values(one) & values(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=[f"{one} ≠ {other}" for one, other in DIFFERENT])
def test_another_value(one: str, other: str) -> None:
    assert values(other)
    assert not [
        number for number in find_numbers(one) if not number.values.isdisjoint(values(other)) and len(number.values) == 1
    ]


def test_numbers_stand_where_they_say() -> None:
    text = "On 3 May, twenty-five ships and half a million people; “quatre-vingts” of 1 500."
    assert [text[number.start : number.end] for number in find_numbers(text)] == [
        "3",
        "twenty-five",
        "half a million",
        "quatre-vingts",
        "1 500",
    ]


@pytest.mark.parametrize("text", ["once more", "no one", "the second half", "un accord", "60 cents"[3:], "seize the ship"])
def test_words_that_state_no_figure(text: str) -> None:
    assert not any(number.is_figure for number in find_numbers(text))


WORDS = st.sampled_from(
    "five a third of half twenty and hundred million 3 1.5 bn % vingt quatre 百 分 之 三 второй пятилетний 12.05.2026 once".split()
)


@given(st.lists(WORDS, max_size=8), st.sampled_from([" ", "-", ", "]))
def test_numbers_come_in_order_without_overlaps(words: list[str], between: str) -> None:
    text = between.join(words)
    position = 0
    for number in find_numbers(text):
        assert position <= number.start < number.end <= len(text)
        assert number.values
        position = number.end
