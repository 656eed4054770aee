"""A quote that writes a number or month in another way holds the same words; another value makes it altered."""

from __future__ import annotations

import pytest

from llm_diplo.quotes.finder import find_quote

CASES = [
    ("The ferry line will carry 80 crews to the outer islands.", "The ferry line will carry eighty crews to the outer islands", "near"),
    ("Le port recevra quatre-vingts navires avant la fin de la saison.", "Le port recevra 80 navires avant la fin de la saison", "near"),
    ("Le port recevra quatre-vingts navires avant la fin de la saison.", "Le port recevra 90 navires avant la fin de la saison", "altered"),
    ("The fund pays $1.5bn to the harbour towns every second winter.", "The fund pays $1.5 billion to the harbour towns every second winter", "near"),
    ("The fund pays $1.5bn to the harbour towns every second winter.", "The fund pays $1.5 million to the harbour towns every second winter", "altered"),
    ("The council cut the harbour toll by 20 percent in the spring.", "The council cut the harbour toll by a fifth in the spring", "near"),
    ("The council cut the harbour toll by 20 percent in the spring.", "The council cut the harbour toll by a third in the spring", "altered"),
    ("The council cut the harbour toll by 20 percent in the spring.", "The council cut the harbour toll by 20 in the spring", "altered"),
    ("Envoys met in a third country to settle the harbour toll.", "Envoys met in 3 country to settle the harbour toll", "altered"),
    ("Стороны подписали договор на пять лет о портовых пошлинах.", "Стороны подписали договор на 5 лет о портовых пошлинах", "near"),
    ("Compromiso firmado el 9 de setiembre por los alcaldes del puerto.", "Compromiso firmado el 9 de septiembre por los alcaldes del puerto", "near"),
    ("Hundreds of crews waited off the outer islands for a berth.", "Thousands of crews waited off the outer islands for a berth", "altered"),
    ("Half of the crews waited in the first half of the season.", "Half of the crews waited in the second half of the season", "altered"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "quote", "status"), CASES, ids=[quote for _, quote, _ in CASES])
def test_values_in_quotes(source: str, quote: str, status: str) -> None:
    assert find_quote(quote, source).status == status
