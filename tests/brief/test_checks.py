"""The checks: what is repaired, warned of, and stopped."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_diplo.brief.checks import Checked, check_extraction
from llm_diplo.brief.extraction import Extraction
from llm_diplo.text.article import Article
from llm_diplo.text.quotations import number_article

TEXT = """Island and Ketter resume harbour talks

Orsolya Venn, the island's harbour minister, said that the tolls “must fall this year” to 12 crowns. Russia sent an envoy.

Tor Brandt refused. “We will strike in April,” he said.

The narrows are calm. Boats went out. Nets were dried.
"""
NUMBERED = number_article(Article.from_text(TEXT))
VENN = {
    "name": "Orsolya Venn",
    "type": "person",
    "country": "",
    "office": "harbour minister",
    "affiliation": "",
    "aliases": ["Venn"],
}
BRANDT = {"name": "Tor Brandt", "type": "person", "country": "", "office": "", "affiliation": "", "aliases": []}
POSITION = {
    "evidence": [2],
    "quotes": ["q1"],
    "actor": "Orsolya Venn",
    "issue": 1,
    "stance": "support",
    "statement": "Venn wants tolls to fall.",
    "condition": "",
    "date_text": "",
    "via": "",
}
STEP = {
    "evidence": [5],
    "action": "strike",
    "proposed_by": ["Tor Brandt"],
    "actors": [],
    "recipients": [],
    "event": "PROTEST",
    "commitment": "threaten",
    "condition": "",
    "date_text": "in April",
}


def check(**changes: Any) -> Checked:
    data = {
        "summary": "",
        "actors": [VENN, BRANDT],
        "issues": ["Tolls should fall"],
        "positions": [],
        "next_steps": [],
        **changes,
    }
    return check_extraction(Extraction.model_validate(data), NUMBERED)


def test_a_sound_extraction_passes_whole() -> None:
    checked = check(positions=[POSITION], next_steps=[STEP])
    assert (checked.faults, checked.rejected, checked.sound) == ([], [], 4)


FAULTS = {
    "no such unit": ({"evidence": [99]}, "there is no unit 99"),
    "no such quotation": ({"quotes": ["q9"]}, "there is no quotation q9"),
    "no such issue": ({"issue": 7}, "there is no issue 7"),
    "no evidence": ({"evidence": [], "quotes": []}, "it cites no evidence"),
    "an invented holder": ({"actor": "Marcus Holloway"}, "neither listed"),
    "a holder who is not in the evidence": ({"actor": "Tor Brandt", "quotes": []}, "not in the evidence"),
    "a quoted fragment that is bent": ({"statement": "Venn says tolls “must not fall this year”."}, "not verbatim"),
    "a bent fragment in single marks": ({"statement": "Venn says tolls ‘must never fall this year’."}, "not verbatim"),
    "a number that is nowhere": ({"statement": "Venn wants tolls of 15 crowns."}, "the number 15"),
}


@pytest.mark.parametrize(("change", "fault"), FAULTS.values(), ids=FAULTS.keys())
def test_faults(change: dict[str, Any], fault: str) -> None:
    checked = check(positions=[{**POSITION, **change}])
    assert checked.positions == []
    assert any(fault in reason for reason in checked.rejected[0].reasons), checked.rejected
    assert all(line.startswith("position 1: ") for line in checked.faults)


SOUND = {
    "a fragment that is verbatim": {"statement": "Venn says tolls “must fall this year”."},
    "the same number in words": {"statement": "Venn wants tolls of twelve crowns."},
    "an apostrophe": {"statement": "Venn wants the island's tolls and the dockers' pay to fall."},
    "a pronoun with its antecedent": {
        "actor": "Tor Brandt",
        "evidence": [5],
        "quotes": ["q2"],
        "statement": "Brandt announces a strike.",
    },
    "a surname": {"actor": "Venn"},
    "a label in capitals": {"quotes": ["Q1"]},
}


@pytest.mark.parametrize("change", SOUND.values(), ids=SOUND.keys())
def test_sound_items(change: dict[str, Any]) -> None:
    checked = check(positions=[{**POSITION, **change}])
    assert checked.rejected == []


def test_an_invented_actor_is_rejected() -> None:
    checked = check(actors=[VENN, {**BRANDT, "name": "Marcus Holloway"}])
    assert [review.item.name for review in checked.actors] == ["Orsolya Venn"]
    assert "nowhere in the article" in checked.rejected[0].reasons[0]


def test_one_persons_name_with_anothers_surname_is_rejected() -> None:
    assert check(actors=[{**VENN, "name": "Orsolya Brandt", "aliases": []}]).actors == []


def test_a_holder_who_is_named_but_not_listed_becomes_an_actor() -> None:
    position = {**POSITION, "evidence": [3], "quotes": [], "actor": "Russia", "statement": "Russia sent an envoy."}
    checked = check(positions=[position])
    assert checked.rejected == []
    assert [review.item.name for review in checked.actors][-1] == "Russia"


def test_of_two_holders_of_a_quotation_the_one_that_its_frame_names_keeps_it() -> None:
    other = {**POSITION, "actor": "Tor Brandt", "evidence": [4], "statement": "Brandt wants tolls to fall."}
    checked = check(positions=[POSITION, other])
    assert [review.item.actor for review in checked.positions] == ["Orsolya Venn"]
    assert [item.reasons for item in checked.rejected] == [("q1 is given to two holders; it has one speaker",)]


def test_of_two_holders_the_one_whom_the_pronoun_means_keeps_the_words() -> None:
    positions = [{**POSITION, "quotes": ["q2"], "evidence": [5], "actor": name} for name in ("Tor Brandt", "Russia")]
    [rejected] = check(positions=positions).rejected
    assert rejected.item["actor"] == "Russia"


def test_where_the_frame_names_both_holders_both_are_rejected() -> None:
    text = "Harbour talks\n\n“The tolls must fall,” Orsolya Venn and Tor Brandt said.\n"
    positions = [{**PLAIN, "actor": name} for name in ("Orsolya Venn", "Tor Brandt")]
    assert [item.kind for item in judged(text, positions=positions).rejected].count("position") == 2


WARNINGS = {
    "office": {"office": "Chancellor"},
    "country": {"country": "FRA"},
    "aliases": {"aliases": ["Iron Lady"]},
}


@pytest.mark.parametrize(("name", "change"), WARNINGS.items(), ids=WARNINGS.keys())
def test_what_is_not_in_the_text_is_dropped_with_a_warning(name: str, change: dict[str, Any]) -> None:
    checked = check(actors=[{**VENN, **change}])
    assert [warning.field for warning in checked.actors[0].warnings] == [name]
    assert not getattr(checked.actors[0].item, name)


@pytest.mark.parametrize(("via", "kept"), [("Narrows Gazette", ""), ("Russia", "Russia")])
def test_who_passed_words_on_is_named_in_the_text(via: str, kept: str) -> None:
    reviewed = check(positions=[{**POSITION, "via": via}]).positions[0]
    assert (reviewed.item.via, [(notice.field, notice.value) for notice in reviewed.warnings]) == (
        kept,
        [] if kept else [("via", via)],
    )


def test_a_date_that_is_not_in_the_text_is_dropped() -> None:
    checked = check(next_steps=[{**STEP, "date_text": "in May"}])
    assert checked.next_steps[0].item.date_text == ""
    assert [warning.field for warning in checked.next_steps[0].warnings] == ["date_text"]


def test_an_off_by_one_citation_is_warned_of() -> None:
    position = {
        **POSITION,
        "evidence": [3],
        "quotes": [],
        "actor": "Russia",
        "statement": "Tolls should fall to help harbour masters.",
    }
    warnings = check(positions=[position]).positions[0].warnings
    assert any(warning.field == "evidence" for warning in warnings)


def test_an_altered_summary_is_rejected() -> None:
    checked = check(summary="Venn said tolls “must rise this year”.")
    assert checked.summary == ""
    assert checked.rejected[0].kind == "summary"


@given(st.text(), st.lists(st.integers()), st.lists(st.text()), st.text(), st.integers())
def test_the_checks_never_raise(name: str, evidence: list[int], quotes: list[str], prose: str, issue: int) -> None:
    position = {**POSITION, "actor": name, "evidence": evidence, "quotes": quotes, "statement": prose, "issue": issue}
    check(
        actors=[{**VENN, "name": name}],
        positions=[position],
        next_steps=[{**STEP, "proposed_by": quotes, "action": prose}],
    )


def test_a_long_summary_keeps_its_first_three_sentences() -> None:
    checked = check(summary="Venn spoke. Brandt spoke. Boats went out. Nets were dried.")
    assert checked.summary == "Venn spoke. Brandt spoke. Boats went out."
    assert checked.warnings[0].field == "summary"
    assert check(summary="Venn spoke. Brandt spoke. Boats went out.").warnings == []


def test_words_cut_from_their_negation_are_not_verbatim() -> None:
    text = "Envoys met.\n\n“No treaty will be signed this year,” Tor Brandt said. “We are not afraid.”"
    numbered = number_article(Article.from_text(text))
    for fragment, stopped in {
        "treaty will be signed": True,
        "No treaty will be signed": False,
        "afraid": True,
        "not afraid": False,
    }.items():
        position = {
            **POSITION,
            "evidence": [2],
            "quotes": [],
            "actor": "Tor Brandt",
            "statement": f"Brandt spoke: “{fragment}”.",
        }
        data = {"summary": "", "actors": [BRANDT], "issues": ["x"], "positions": [position], "next_steps": []}
        checked = check_extraction(Extraction.model_validate(data), numbered)
        assert bool(checked.rejected) is stopped, fragment


SPOKEN = """Harbour talks open in Selm

Orsolya Venn, who leads the island's delegation, said that “the tolls must fall” to 12 crowns by June. Tor Brandt was not in the hall.

“The quays are ours,” Brandt said. He added, “We will strike in April.” It keeps its boats at home.

Mira Stoll opened the fair on 7 March. She smiled. Nobody answered. The choir sang twice.
"""
STOLL = {**BRANDT, "name": "Mira Stoll"}


def judged(text: str = SPOKEN, speaker: str | None = None, **changes: Any) -> Checked:
    data = {"summary": "", "actors": [VENN, BRANDT, STOLL], "issues": ["Tolls should fall"], "positions": [], "next_steps": []}
    article = Article.from_text(text, speaker=speaker)
    return check_extraction(Extraction.model_validate({**data, **changes}), number_article(article))


def reasons(checked: Checked) -> list[str]:
    return [reason for item in checked.rejected for reason in item.reasons]


PLAIN = {**POSITION, "actor": "Orsolya Venn", "evidence": [2], "quotes": ["q1"], "statement": "Lower tolls are needed."}
UNCITED = {
    "a number of another unit": (
        {"statement": "She wants 7 crowns."},
        "the number 7 is in the article, but not in the evidence",
    ),
    "words of another unit": (
        {"statement": "She says “the quays are ours”."},
        "“the quays are ours” are in the article, but not",
    ),
    "a number in a condition": ({"condition": "7 boats come"}, "the number 7 is in the article, but not in the evidence"),
}


@pytest.mark.parametrize(("change", "reason"), UNCITED.values(), ids=UNCITED.keys())
def test_numbers_and_quoted_words_stand_in_the_evidence(change: dict[str, Any], reason: str) -> None:
    assert reasons(judged(positions=[PLAIN])) == []
    assert any(reason in found for found in reasons(judged(positions=[{**PLAIN, **change}])))


def test_words_of_another_speaker_are_no_position_even_where_a_pronoun_goes_on() -> None:
    given = {**PLAIN, "quotes": ["q2", "q3"]}
    assert any("the article gives these words to Tor Brandt" in found for found in reasons(judged(positions=[given])))


def test_one_quotation_of_another_speaker_is_dropped_where_the_holders_own_is_left() -> None:
    checked = judged(positions=[{**PLAIN, "quotes": ["q1", "q2"]}])
    assert checked.rejected == []
    assert checked.positions[0].item.quotes == ["q1"]


def test_a_holder_has_one_position_on_an_issue() -> None:
    checked = judged(positions=[PLAIN, {**PLAIN, "stance": "oppose"}])
    assert [position.item.stance for position in checked.positions] == ["support"]
    assert reasons(checked) == ["Orsolya Venn has a position on issue 1 already: position 1"]
    statements = [{**PLAIN, "issue": 0, "stance": "unclear"}] * 2
    assert reasons(judged(positions=statements)) == []


@pytest.mark.parametrize(("units", "kept"), [([2], "by June"), ([3], "by June"), ([6], "")], ids=["in", "after", "elsewhere"])
def test_a_date_stands_in_the_evidence_or_the_unit_before(units: list[int], kept: str) -> None:
    step = {**STEP, "proposed_by": [], "evidence": units, "date_text": "by June"}
    (review,) = judged(next_steps=[step]).next_steps
    assert review.item.date_text == kept
    assert [warning.field for warning in review.warnings] == ([] if kept else ["date_text"])


def test_a_neuter_pronoun_stands_for_no_person() -> None:
    step = {**STEP, "evidence": [6], "date_text": ""}
    assert any(
        "not in the evidence" in found for found in reasons(judged(next_steps=[{**step, "proposed_by": ["Orsolya Venn"]}]))
    )


TWO_PERSONS = """Talks on the narrows

Orsolya Venn spoke on Monday. {}
"""


@pytest.mark.parametrize(
    ("unit", "is_shown"),
    [
        ("Tor Brandt was harsher in his remarks, and will leave if he must.", False),
        ("Tor Brandt's offer came late, as she has said before.", True),
        ("“Tor Brandt is late with his offer,” she said.", True),
        ("In her view Tor Brandt is late.", True),
        ("She will meet Tor Brandt and his crew.", True),
        ("Its tolls are high.", False),
    ],
)
def test_a_pronoun_stands_for_the_person_before_it_unless_it_speaks(unit: str, is_shown: bool) -> None:
    step = {**STEP, "evidence": [3], "action": "leave", "proposed_by": ["Orsolya Venn"], "date_text": ""}
    checked = judged(TWO_PERSONS.format(unit), next_steps=[step])
    assert any("the holder is not in the evidence" in found for found in reasons(checked)) is not is_shown


def test_a_person_who_would_act_is_named_near_the_evidence() -> None:
    step = {**STEP, "proposed_by": [], "evidence": [2], "date_text": ""}
    assert reasons(judged(next_steps=[{**step, "actors": ["Tor Brandt"]}])) == []
    assert any("Mira Stoll" in found for found in reasons(judged(next_steps=[{**step, "actors": ["Mira Stoll"]}])))


def test_a_speech_is_cited_where_its_words_are() -> None:
    position = {**PLAIN, "quotes": [], "statement": "The island's delegation wants lower tolls.", "evidence": [9]}
    assert any(
        "shares no word with its evidence" in found for found in reasons(judged(SPOKEN, "Orsolya Venn", positions=[position]))
    )
    assert reasons(judged(SPOKEN, "Orsolya Venn", positions=[{**position, "evidence": [2]}])) == []


@pytest.mark.parametrize(
    ("words", "counts"), [("half-hearted", False), ("half of the boats", True), ("half-million boats", True)]
)
def test_a_half_in_a_compound_counts_nothing(words: str, counts: bool) -> None:
    assert bool(reasons(judged(positions=[{**PLAIN, "statement": f"Tolls: {words}."}]))) is counts


def test_a_pronouns_words_belong_to_whom_it_means() -> None:
    text = (
        "Dockers and island\n\nOrsolya Venn, the harbour minister, left the hall.\n\n"
        "Tor Brandt said that the quays were empty. “We will strike in April,” he added.\n"
    )
    given = {**PLAIN, "evidence": [2, 4], "statement": "A strike is near."}
    assert any("the article gives these words to Tor Brandt" in found for found in reasons(judged(text, positions=[given])))
    assert not any(
        "gives these" in found
        for found in reasons(judged(text, positions=[{**given, "actor": "Tor Brandt", "evidence": [3, 4]}]))
    )
