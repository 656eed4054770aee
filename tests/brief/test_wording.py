"""Numbers in generated prose, held against an article that writes them in another way."""

from __future__ import annotations

import pytest

from llm_diplo.brief.checks import Checked, check_extraction
from llm_diplo.brief.extraction import Extraction
from llm_diplo.text.article import Article
from llm_diplo.text.quotations import number_article


def check(said: str, statement: str) -> Checked:
    text = f"Harbour talks go on\n\nOrsolya Venn {said}\n\nNobody answered her."
    actor = {"name": "Orsolya Venn", "type": "person", "country": "", "office": "", "affiliation": "", "aliases": []}
    position = {
        "evidence": [2],
        "quotes": [],
        "actor": "Orsolya Venn",
        "issue": 1,
        "stance": "support",
        "statement": f"Venn {statement}",
        "condition": "",
        "date_text": "",
        "via": "",
    }
    data = {"summary": "", "actors": [actor], "issues": ["Tolls should fall"], "positions": [position], "next_steps": []}
    return check_extraction(Extraction.model_validate(data), number_article(Article.from_text(text)))


SAME = [
    ("a demandé quatre-vingts bateaux de pêche pour le port.", "wants 80 boats."),
    ("wants $1.5bn for the docks.", "wants 1.5 billion dollars."),
    ("would cut the tolls by a fifth.", "would cut tolls by 20 percent."),
    ("would cut the tolls by 20 percent.", "would cut a fifth of the tolls."),
    ("a invité une vingtaine de pêcheurs au port.", "invited twenty fishermen."),
    ("предложила пятилетний договор о пошлинах.", "предложила договор на пять лет."),
    ("would keep between 15 and 20 percent.", "would keep 15 percent."),
    ("spoke on the third of March.", "spoke on 3 March."),
]
ANOTHER = [
    ("spoke of a third country.", "spoke of 3 countries.", "3"),
    ("would open two-thirds of the berths.", "would open 3 berths.", "3"),
    ("spoke of 20 boats.", "spoke of a fifth of the boats.", "a fifth"),
    ("wants $1.5bn for the docks.", "wants 1.5 million dollars.", "1.5 million"),
]


@pytest.mark.parametrize(("said", "statement"), SAME, ids=[statement for _, statement in SAME])
def test_a_number_may_be_written_in_another_way(said: str, statement: str) -> None:
    assert check(said, statement).rejected == []


@pytest.mark.parametrize(("said", "statement", "number"), ANOTHER, ids=[statement for _, statement, _ in ANOTHER])
def test_another_number_is_a_fault(said: str, statement: str, number: str) -> None:
    reasons = [reason for rejected in check(said, statement).rejected for reason in rejected.reasons]
    assert any(f"the number {number}" in reason for reason in reasons), reasons
