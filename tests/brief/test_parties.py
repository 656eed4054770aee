"""Actors of a brief by the names that an article gives them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_diplo.brief.assembly import assemble_brief
from llm_diplo.brief.checks import Checked, check_extraction
from llm_diplo.brief.extraction import Extraction
from llm_diplo.schema import Actor, Prompt, Provenance
from llm_diplo.text.article import Article
from llm_diplo.text.quotations import NumberedArticle, number_article

PROVENANCE = Provenance(model="none", prompt=Prompt(name="none", sha256=""), calls=0, seconds=0, created="2026-01-01T00:00:00")
WIRE = """Narrows talks resume

President Venn met Pavel Lodgin, the foreign minister, in Port Ketter. The C.N.A. sent an envoy.

Both ministers want the tolls to fall. Hadi al-Marwan of the Anti-Toll League did not come, and Senegalese ships kept away.

Tor Brandt spoke with Ines Calloway. Both sides want a pause.
"""


def numbered(text: str, language: str = "en", **metadata: Any) -> NumberedArticle:
    return number_article(Article.from_text(text, language=language, **metadata))


def actor(name: str, kind: str = "person", **fields: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "country": "", "office": "", "affiliation": "", "aliases": [], **fields}


def position(holder: str, *units: int) -> dict[str, Any]:
    return {
        "evidence": list(units),
        "quotes": [],
        "actor": holder,
        "issue": 0,
        "stance": "unclear",
        "statement": "The tolls should fall.",
        "condition": "",
        "date_text": "",
        "via": "",
    }


def check(article: NumberedArticle, actors: list[dict[str, Any]], *positions: dict[str, Any]) -> Checked:
    data = {"summary": "", "actors": actors, "issues": [], "positions": list(positions), "next_steps": []}
    return check_extraction(Extraction.model_validate(data), article)


def actors_of(article: NumberedArticle, actors: list[dict[str, Any]]) -> tuple[Actor, ...]:
    return assemble_brief(check(article, actors), article, PROVENANCE).actors


def test_a_title_makes_no_second_actor() -> None:
    checked = check(numbered(WIRE), [actor("Pavel Lodgin")], position("Foreign Minister Lodgin", 2))
    assert [review.item.name for review in checked.actors] == ["Pavel Lodgin"]
    assert checked.rejected == []


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (actor("Orsolya Venn"), "Venn"),
        (actor("Orsolya Venn", aliases=["President Venn"]), "President Venn"),
        (actor("Council of Narrows Aldermen", "government_body", aliases=["CNA"]), "C.N.A."),
    ],
)
def test_a_name_completed_from_memory_becomes_the_articles(given: dict[str, Any], written: str) -> None:
    checked = check(numbered(WIRE), [given], position(given["name"], 2, 3))
    assert [review.item.name for review in checked.actors] == [written]
    assert checked.rejected == []
    assert [warning.field for warning in checked.actors[0].warnings] == ["name"]


@pytest.mark.parametrize(
    "actors",
    [
        [actor("Maria Lodgin")],
        [actor("Marcus Holloway", aliases=["the foreign minister"])],
        [actor("Orsolya Venn"), actor("Imre Venn")],
        [actor("Venn Holloway")],
    ],
    ids=["another given name", "an alias that is no name", "two of one surname", "a given name that is a surname"],
)
def test_a_name_that_may_be_anothers_is_rejected(actors: list[dict[str, Any]]) -> None:
    checked = check(numbered(WIRE), actors)
    assert [rejected.item["name"] for rejected in checked.rejected] == [given["name"] for given in actors]


def test_a_state_that_only_its_people_stand_for_is_kept() -> None:
    [found] = actors_of(numbered(WIRE), [actor("Senegal", "state")])
    assert (found.name, [WIRE[span.start : span.end] for span in found.mentions]) == ("Senegal", ["Senegalese"])


def test_a_country_is_named_by_its_adjective_in_the_articles_language() -> None:
    text = "La ministre sénégalaise Awa Dior est arrivée."
    [found] = check(numbered(text, "fr"), [actor("Awa Dior", country="SEN", office="ministre")]).actors
    assert (found.item.country, found.warnings) == ("SEN", [])


NAMES = [
    "Hadi al-Marwan",
    "Anti-Toll League",
    "C.N.A.",
    "Pavel Lodgin",
    "Lodgin Pavel",
    "President Venn",
    "the Anti Toll League",
]


@pytest.mark.parametrize("name", NAMES)
def test_an_actor_is_mentioned_where_it_is_named(name: str) -> None:
    [found] = actors_of(numbered(WIRE), [actor(name)])
    assert found.mentions


WORDS = st.sampled_from([*WIRE.split(), "C.N.A", "CNA", "l'Anti-Toll", "Senegal", "Venn’s", "Lodgins", "Orsolya"])


@given(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), st.sampled_from(["person", "state", "other"]))
def test_every_actor_that_stands_has_a_mention(name: str, kind: str) -> None:
    assert all(found.mentions for found in actors_of(numbered(WIRE), [actor(name, kind)]))


def test_two_who_were_named_before_are_both() -> None:
    actors = [actor("Tor Brandt"), actor("Ines Calloway"), actor("Pavel Lodgin")]
    units = [unit.number for unit in numbered(WIRE).article.units if "Both sides" in WIRE[unit.start : unit.end]]
    assert check(numbered(WIRE), actors, position("Tor Brandt", *units)).rejected == []
    assert check(numbered(WIRE), actors, position("Pavel Lodgin", *units)).rejected != []
    three = WIRE.replace("spoke with Ines Calloway", "spoke with Ines Calloway and Pavel Lodgin")
    assert check(numbered(three), actors, position("Tor Brandt", *units)).rejected != []


@pytest.mark.parametrize(("verb", "rejected"), [("I think that", 0), ("Some think that", 1)])
def test_the_author_holds_what_a_text_in_the_first_person_says(verb: str, rejected: int) -> None:
    text = f"The tolls must fall\n\nBy Orla Brenn\n\n{verb} the narrows are empty. The tolls drive boats away.\n"
    checked = check(numbered(text, author="Orla Brenn"), [actor("Orla Brenn")], position("Orla Brenn", 4))
    assert len(checked.rejected) == rejected


def test_one_who_is_listed_twice_is_no_other_speaker() -> None:
    text = "But Orla Brenn, a researcher, said that “the tolls must fall this year”. Tor Brandt listened."
    actors = [actor("Orla Brenn, a researcher"), actor("Brenn")]
    quoted = {**position("Orla Brenn, a researcher", 1), "quotes": ["q1"]}
    assert check(numbered(text), actors, quoted).rejected == []


def test_a_person_of_a_country_is_not_the_country() -> None:
    text = "Foreign Minister Ines Calloway of Ketter arrived. “The tolls must fall this year,” she told reporters."
    actors = [{**actor("Ketter"), "type": "state"}, actor("Ines Calloway")]
    quoted = {**position("Ines Calloway", 2), "quotes": ["q1"]}
    assert check(numbered(text), actors, quoted).rejected == []
