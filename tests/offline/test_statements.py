"""What `diplo-offline` makes of sentences: statements, stances, next steps; the same by parse and by word order."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from conftest import ROOT

READERS = ("rules", "parse")


def brief(diplo: Any, text: str, reader: str) -> dict[str, Any]:
    result = diplo("-", "-m", "diplo-offline", "-o", "reader", reader, "--json", input=text.encode())
    assert result.exit_code == 0
    found: dict[str, Any] = json.loads(result.stdout)
    found["names"] = {actor["id"]: actor["name"] for actor in found["actors"]}
    return found


STANCES = {
    "Foreign Minister Ines Calloway rejected the loan.": ("oppose", "The loan"),
    "Foreign Minister Ines Calloway welcomed the offer of the island.": ("support", "The offer of the island"),
    "Foreign Minister Ines Calloway refused to support the ban on nets.": ("oppose", "The ban"),
    "Foreign Minister Ines Calloway did not reject the loan.": None,
    "The loan was rejected after Foreign Minister Ines Calloway left.": None,
    "Foreign Minister Ines Calloway said that every toll that is cut is a wage that is cut.": None,
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("sentence", "expected"), STANCES.items())
def test_a_stance_only_where_a_verb_says_it(diplo: Any, sentence: str, expected: tuple[str, str] | None, reader: str) -> None:
    found = brief(diplo, sentence, reader)
    issues = {issue["id"]: issue["proposition"] for issue in found["issues"]}
    sides = [(item["stance"], issues[item["issue"]]) for item in found["positions"] if item["stance"] != "unclear"]
    assert sides == ([expected] if expected else [])


STEPS = {
    "Orsolya Venn, the harbour minister, said on Thursday that the island would go to court by 3 May 2030.": [
        ("Orsolya Venn", "schedule", "by 3 May 2030")
    ],
    "The five states agreed on Monday to hold a conference in September.": [("The five states", "agree", "in September")],
    "Minister Orsolya Venn is expected to meet the fleet next week.": [("Orsolya Venn", "expect", "next week")],
    "Minister Orsolya Venn refused to discuss the toll on Thursday.": [("Orsolya Venn", "refuse", "")],
    "Minister Orsolya Venn will visit the U.S. harbour pilots in June.": [("Orsolya Venn", "schedule", "in June")],
    "Minister Orsolya Venn proposed a joint patrol last year.": [],
    "Minister Orsolya Venn declined to comment.": [],
    "Minister Orsolya Venn refused on Thursday to discuss the toll.": [("Orsolya Venn", "refuse", "")],
    "Minister Orsolya Venn said that she would fly to the island in May.": [("Orsolya Venn", "schedule", "in May")],
    "Minister Orsolya Venn said that she would close the yard if the toll fell.": [("Orsolya Venn", "pledge", "")],
    "Minister Orsolya Venn said that she would attack the fleet if the toll fell.": [("Orsolya Venn", "threaten", "")],
    "Minister Orsolya Venn asked whether the pilot, Tor Brandt, could open the yard in June.": [],
    "Minister Orsolya Venn spoke of men who will not pay.": [],
    "Minister Orsolya Venn said that it will not be easy.": [],
    "Minister Orsolya Venn was proposed as a judge.": [],
    "Minister Orsolya Venn asked the pilots how ships that are supposed to be lit went dark.": [],
    "Minister Orsolya Venn stated she would visit the yard in June.": [("Orsolya Venn", "schedule", "in June")],
    "Minister Orsolya Venn remains committed to lowering the tolls.": [("Orsolya Venn", "pledge", "")],
    "Minister Orsolya Venn is going to open the books in May.": [("Orsolya Venn", "schedule", "in May")],
    "Minister Orsolya Venn hopes to meet the fleet, which lost a ship last winter.": [("Orsolya Venn", "expect", "")],
    "Minister Orsolya Venn will meet the fleet in May and said that she would visit the yard in June.": [
        ("Orsolya Venn", "schedule", "in May"),
        ("Orsolya Venn", "schedule", "in June"),
    ],
    "Minister Orsolya Venn vowed on Monday to rebuild the pier, a step that she had ruled out last year.": [
        ("Orsolya Venn", "pledge", "")
    ],
    "Minister Orsolya Venn may meet Mr. Brandt in June.": [("Orsolya Venn", "expect", "in June")],
    "Minister Orsolya Venn may meet the fleet.": [],
    "Minister Orsolya Venn is promising to open the yard.": [("Orsolya Venn", "pledge", "")],
    "Minister Orsolya Venn is visiting the harbour next week.": [("Orsolya Venn", "schedule", "next week")],
    "Minister Orsolya Venn was due to open the yard in June.": [("Orsolya Venn", "schedule", "in June")],
    "Minister Orsolya Venn announced plans to close the yard.": [("Orsolya Venn", "schedule", "")],
    "Minister Orsolya Venn has no plans to close the yard.": [("Orsolya Venn", "refuse", "")],
    "Minister Orsolya Venn threatened a blockade.": [("Orsolya Venn", "threaten", "")],
    "Minister Orsolya Venn last week agreed on a joint patrol.": [("Orsolya Venn", "agree", "")],
    "The Council of the Narrows will vote on the tolls.": [("Council of the Narrows", "schedule", "")],
    "The tolls must fall before the treaty is signed.": [],
    "It is not clear whether Minister Orsolya Venn will visit the harbour in June.": [],
}


@pytest.mark.parametrize("reader", READERS)
def test_what_a_speaker_says_must_be_done_is_asked_for(diplo: Any, reader: str) -> None:
    found = brief(diplo, "“The tolls must fall by a third,” said Minister Orsolya Venn.", reader)
    (step,) = found["next_steps"]
    assert (step["action"], step["commitment"]) == ("The tolls must fall by a third", "request")
    assert ([found["names"][id] for id in step["proposed_by"]], step["actors"]) == (["Orsolya Venn"], [])


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("sentence", "expected"), STEPS.items())
def test_steps_have_a_doer_and_their_own_date(diplo: Any, sentence: str, expected: list[Any], reader: str) -> None:
    found = brief(diplo, sentence, reader)
    steps = [(found["names"][step["actors"][0]], step["commitment"], step["date_text"] or "") for step in found["next_steps"]]
    assert steps == expected


ACTIONS = {
    "Minister Orsolya Venn will open the yard on 3 May 2030.": "open the yard",
    "Minister Orsolya Venn said on Monday that the army will strike if the rebels stay.": "the army will strike",
    "Minister Orsolya Venn promised to repair the “old pier” of the island.": "repair the “old pier” of the island",
    "Minister Orsolya Venn said that a technical problem still needs to wait.": None,
    "Minister Orsolya Venn refused to discuss the toll on Thursday.": "discuss the toll",
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("sentence", "expected"), ACTIONS.items())
def test_an_action_is_whole_and_without_its_date(diplo: Any, sentence: str, expected: str | None, reader: str) -> None:
    steps = brief(diplo, sentence, reader)["next_steps"]
    assert [step["action"] for step in steps] == ([expected] if expected else [])


def test_a_thing_that_will_be_done_is_named_with_its_subject(diplo: Any) -> None:
    (step,) = brief(diplo, "Talks will be held in June, Minister Orsolya Venn said on Monday.", "parse")["next_steps"]
    assert (step["action"], step["date_text"]) == ("Talks will be held", "in June")


@pytest.mark.parametrize("reader", READERS)
def test_all_who_are_the_subject_act(diplo: Any, reader: str) -> None:
    found = brief(diplo, "President Ines Calloway and Minister Orsolya Venn agreed to meet the fleet.", reader)
    (step,) = found["next_steps"]
    assert {found["names"][id] for id in step["actors"]} == {"Ines Calloway", "Orsolya Venn"}


def test_a_parsed_subject_acts_across_words_between(diplo: Any) -> None:
    text = "Minister Orsolya Venn has been scathing in every speech of the week, threatening to leave the union."
    found = brief(diplo, text, "parse")
    (step,) = found["next_steps"]
    assert ([found["names"][id] for id in step["actors"]], step["commitment"]) == (["Orsolya Venn"], "threaten")


OFFICES = {
    "Foreign Minister Ines Calloway said that the road was open.": "Foreign Minister",
    "Ines Calloway, the island's harbour minister, said that the road was open.": "harbour minister",
    "Ines Calloway, chairman of the Strait Commission, said that the road was open.": "chairman of the Strait Commission",
    "The union met. Its director, Ines Calloway, said that the road was open.": "director",
    "Mr. Ines Calloway said that the road was open.": None,
    "British Foreign Secretary Ines Calloway said that the road was open.": "Foreign Secretary",
    "Harbour Denmark spokesperson Ines Calloway said that the road was open.": "Harbour Denmark spokesperson",
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("text", "expected"), OFFICES.items())
def test_a_person_has_the_office_beside_the_name(diplo: Any, text: str, expected: str | None, reader: str) -> None:
    found = brief(diplo, text, reader)
    offices = {actor["name"]: actor["office"] for actor in found["actors"]}
    assert offices["Ines Calloway"] == expected


@pytest.mark.parametrize("reader", READERS)
def test_a_state_is_one_with_and_without_its_realm(diplo: Any, reader: str) -> None:
    text = "The talks went on. The Republic of Tarn said that it agreed. Tarn will send a ship in June."
    found = brief(diplo, text, reader)
    (tarn,) = [actor for actor in found["actors"] if "Tarn" in actor["name"]]
    assert (tarn["type"], [found["names"][id] for id in found["next_steps"][0]["actors"]]) == ("state", [tarn["name"]])


def test_a_place_in_capitals_gives_no_name(diplo: Any) -> None:
    text = "DRAVIK, 3 March (Courier) - Dravik's government rejected the loan. DRAVIK has three ports. Dravik refused to pay."
    assert names_of(diplo, text) == {"Dravik"}


def test_a_group_of_a_state_acts_by_word_order(diplo: Any) -> None:
    found = brief(diplo, "On Monday Danish security forces agreed to leave the island.", "rules")
    (step,) = found["next_steps"]
    assert [found["names"][id] for id in step["actors"]] == ["Danish security forces"]


@pytest.mark.parametrize("reader", READERS)
def test_a_headline_announces_a_step(diplo: Any, reader: str) -> None:
    text = "Orsolya Venn agrees to meet the fleet\n\nMinister Orsolya Venn said that the harbour was open."
    (step,) = brief(diplo, text, reader)["next_steps"]
    assert (step["action"], step["commitment"]) == ("meet the fleet", "agree")


@pytest.mark.parametrize("reader", READERS)
def test_the_items_of_a_list_are_steps_of_whoever_opens_it(diplo: Any, reader: str) -> None:
    text = "The Security Council,\n\nRecalling its earlier words,\n\n1. Calls upon all ships to wait;\n\n2. Decides to send pilots to the narrows."
    found = brief(diplo, text, reader)
    calls, decides = found["next_steps"]
    who = [found["names"][calls["proposed_by"][0]], found["names"][decides["actors"][0]]]
    assert [name.removeprefix("The ") for name in who] == ["Security Council", "Security Council"]
    assert [(step["action"], step["commitment"]) for step in (calls, decides)] == [
        ("wait", "request"),
        ("send pilots to the narrows", "schedule"),
    ]


@pytest.mark.parametrize("reader", READERS)
def test_who_announces_a_thing_without_a_doer_proposes_it(diplo: Any, reader: str) -> None:
    found = brief(diplo, "“The pier will be rebuilt by June,” said Minister Orsolya Venn.", reader)
    (step,) = found["next_steps"]
    assert ([found["names"][id] for id in step["proposed_by"]], step["actors"]) == (["Orsolya Venn"], [])


@pytest.mark.parametrize("reader", READERS)
def test_what_is_proposed_is_one_step(diplo: Any, reader: str) -> None:
    found = brief(diplo, "Minister Orsolya Venn suggested the fleet should wait. She called for more “patience”.", reader)
    assert [step["action"] for step in found["next_steps"]] == ["the fleet should wait", "more “patience”"]


def test_one_actor_a_person_with_and_without_initial_and_rank(diplo: Any) -> None:
    text = (
        "The talks went on. General Tor F. Calloway rejected the loan on Monday. Tor Calloway said that the island would pay. "
        "Calloway warned the Harbour Council, and Attorney General Orsolya Venn agreed to meet the fleet next week."
    )
    names = {actor["name"] for actor in brief(diplo, text, "parse")["actors"]}
    assert names == {"Harbour Council", "Tor F. Calloway", "Orsolya Venn"}


def test_of_two_spellings_the_one_with_capitals_counts_in_every_run(diplo: Any) -> None:
    text = (
        "The talks went on. The Syrian Navy rejected the loan on Monday. The Iraqi Navy rejected the ban. "
        "The Danish Navy rejected the toll. On Friday the Syrian navy said that the island would pay. "
        "The Iraqi navy said that it would stay. The Danish navy said that it would leave."
    )
    names = {actor["name"] for actor in brief(diplo, text, "parse")["actors"]}
    assert names == {"Syrian Navy", "Iraqi Navy", "Danish Navy"}


@pytest.mark.parametrize("reader", READERS)
def test_a_pronoun_that_may_mean_two_means_nobody(diplo: Any, reader: str) -> None:
    start = "Foreign Minister Edvard Osk said that the road was open. "
    one = brief(diplo, start + "“It is safe for every cart,” he added.", reader)
    assert {one["names"][item["actor"]] for item in one["positions"]} == {"Edvard Osk"}
    two = brief(diplo, start + "President Tor Brandt left early. “It is safe for every cart,” he added.", reader)
    assert not any(item["quotes"] for item in two["positions"])


def test_other_languages_are_refused_by_both_readers(diplo: Any) -> None:
    french = (
        "Le ministre a déclaré que les pêcheurs de l'île ne paieraient plus rien, et que le port resterait ouvert cet hiver. "
        * 2
    )
    for reader in READERS:
        result = diplo("-", "-m", "diplo-offline", "-o", "reader", reader, input=french.encode())
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: diplo-offline reads English, and this text looks French (fr)")


def stance_counts(diplo: Any, reader: str) -> Counter[str]:
    """How many stances of tests/gold/stances.jsonl are found, how many others, how many not."""
    counts = Counter[str]()
    for line in (ROOT / "tests" / "gold" / "stances.jsonl").read_text(encoding="utf-8").splitlines():
        marked = json.loads(line)
        found = brief(diplo, f"Talks on the narrows\n\n{marked['text']}\n", reader)
        issues = {issue["id"]: issue["proposition"].casefold() for issue in found["issues"]}
        given = [
            (found["names"][item["actor"]], item["stance"], issues[item["issue"]])
            for item in found["positions"]
            if item["issue"]
        ]
        right = {(actor, stance, issue.casefold()) for actor, stance, issue in marked["stances"]}
        counts.update("right" if stance in right else "wrong" for stance in given)
        counts["marked"] += len(right)
    return counts


@pytest.mark.parametrize(("reader", "recall"), [("rules", 0.3), ("parse", 0.7)])
def test_stances_are_right_where_they_are_given(diplo: Any, reader: str, recall: float) -> None:
    """The precision that was asked for; and recall, so that silence is not taken for precision."""
    counts = stance_counts(diplo, reader)
    assert counts["right"] >= 0.9 * (counts["right"] + counts["wrong"])
    assert counts["right"] >= recall * counts["marked"]


FRAGMENTS = ["Ketter's backs continue to face the wind, Tor Brandt wrote.", "Tor Brandt welcomes continue."]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("sentence", FRAGMENTS)
def test_no_issue_is_a_fragment(diplo: Any, sentence: str, reader: str) -> None:
    assert brief(diplo, sentence, reader)["issues"] == []


def names_of(diplo: Any, text: str) -> set[str]:
    return set(brief(diplo, text, "parse")["names"].values())


def test_a_body_is_named_with_what_stands_behind_of(diplo: Any) -> None:
    text = "The Church of Karstad said on Monday that the tolls would fall. The Church denied that it had been paid."
    assert names_of(diplo, text) == {"Church of Karstad"}


def test_a_company_that_is_named_often_is_an_actor(diplo: Any) -> None:
    often = "The harbour was full. Ships of Lumex lay at the pier. The crew of Lumex slept, and the flag of Lumex was down."
    once = "The harbour was full. Ships of Lumex lay at the pier."
    assert "Lumex" in names_of(diplo, often)
    assert "Lumex" not in names_of(diplo, once)


@pytest.mark.parametrize("reader", READERS)
def test_the_head_of_a_longer_name_is_no_actor(diplo: Any, reader: str) -> None:
    text = (
        "The talks went on. The Ministry said on Monday that the tolls would fall. The Republic of Karstad said that it agreed. "
        "The Court said that it would wait."
    )
    assert set(brief(diplo, text, reader)["names"].values()) <= {"Republic of Karstad", "The Republic of Karstad"}


@pytest.mark.parametrize("reader", READERS)
def test_a_lone_surname_is_the_same_actor(diplo: Any, reader: str) -> None:
    text = (
        "Calloway said that the road was open. President Ines Calloway said that the tolls would fall. Calloway said no more."
    )
    found = brief(diplo, text, reader)
    assert set(found["names"].values()) == {"Ines Calloway"}


def test_credits_and_letters_behind_a_name_are_no_actors(diplo: Any) -> None:
    text = "Image: Edvard Marlow.\n\nInes Calloway, QC, said at 15:11 GMT that the tolls would fall."
    assert names_of(diplo, text) == {"Ines Calloway"}


def test_people_of_an_armed_group_are_the_group_and_titles_are_no_bodies(diplo: Any) -> None:
    text = (
        "The talks went on. Hamas fighters left the harbour on Monday. The Hamas leadership said that it would stay. "
        "Harbour Press Secretary Ines Calloway said that a group of Danes had seen it. Senators left with a UVB."
    )
    assert names_of(diplo, text) == {"Hamas", "Ines Calloway"}


def test_a_name_ends_before_its_acronym_and_goes_on_behind_of(diplo: Any) -> None:
    text = (
        "The talks went on. The World Seafarers Organisation (WSO) said that the tolls would fall. "
        "The Union of Strait Pilots said that it agreed. WSO said that it would stay."
    )
    assert names_of(diplo, text) == {"World Seafarers Organisation", "Union of Strait Pilots"}


def test_nobody_that_is_talked_of_speaks(diplo: Any) -> None:
    """“Critics of the union” are not the union, and who is named inside a quotation does not speak it."""
    text = "The Dockers' Union met on Monday. Critics of the Dockers' Union said that the strike would fail."
    assert brief(diplo, text, "parse")["positions"] == []
