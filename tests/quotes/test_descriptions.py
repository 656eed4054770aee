"""A speaker who is described in the draft: whom the source gives the same office, and nobody else who may have it."""

from __future__ import annotations

from typing import Any

import pytest

from llm_diplo.quotes.check import check_quotes

SOURCE = (
    "Mayor Ines Osk of Karsholm met Energy Minister Tor Brandt of Vell on Monday. “We will keep the lock open,” Osk said. "
    "“The toll stays,” Brandt said.\n\nThe deputy harbour minister, Orla Venn, disagreed. “The lock is old,” Venn said."
)
LOCK = "“We will keep the lock open”"


def verdict(draft: str, source: str) -> str:
    [checked] = check_quotes(draft, [("source", source)])
    return checked.verdict


@pytest.mark.parametrize(
    "draft",
    [
        f"The mayor said: {LOCK}.",
        f"The mayor of Karsholm said: {LOCK}.",
        f"Karsholm's mayor said: {LOCK}.",
        "The energy minister said: “The toll stays.”",
        "The energy minister of Vell said: “The toll stays.”",
        "Vell's energy minister said: “The toll stays.”",
        "The deputy harbour minister said: “The lock is old.”",
    ],
)
def test_the_only_holder_of_an_office_is_meant_by_it(draft: str) -> None:
    assert verdict(draft, SOURCE) == "confirmed"


@pytest.mark.parametrize(
    "draft",
    [
        f"The mayor of Vell said: {LOCK}.",
        f"The deputy mayor said: {LOCK}.",
        f"The former mayor said: {LOCK}.",
        f"The mayor's aide said: {LOCK}.",
        f"An aide to the mayor said: {LOCK}.",
        f"Another mayor said: {LOCK}.",
        "The minister said: “The toll stays.”",
        "The harbour minister said: “The toll stays.”",
        "The harbour minister said: “The lock is old.”",
        f"Mayor Lund of Aldane came on Monday. The mayor said: {LOCK}.",
        f"In Aldane, the mayor said: {LOCK}.",
        f"In Vell, the mayor said: {LOCK}.",
        f"Aldane waited. The mayor said: {LOCK}.",
    ],
)
def test_another_office_and_another_holder_are_not(draft: str) -> None:
    assert verdict(draft, SOURCE) != "confirmed"


@pytest.mark.parametrize(
    ("who", "description"),
    [
        ("Former Mayor Ines Osk", "The mayor"),
        ("Vell's former energy minister, Ines Osk,", "The energy minister of Vell"),
        ("The former Energy Minister Ines Osk", "The energy minister"),
        ("Ines Osk, who ran against the mayor of Vell,", "The mayor of Vell"),
        ("Ines Osk, wife of the mayor of Vell,", "The mayor of Vell"),
        ("The wife of the mayor, Ines Osk,", "The mayor"),
        ("Ines Osk, a critic of the energy minister,", "The energy minister"),
        ("The energy minister's aide Ines Osk", "The energy minister"),
        ("Ines Osk, the next energy minister,", "The energy minister"),
        ("Ines Osk, candidate for mayor of Vell,", "The mayor of Vell"),
        ("Ines Osk, the shadow energy minister,", "The energy minister"),
        ("Ines Osk, mayor of Vell until last year,", "The mayor of Vell"),
        ("Vice President Ines Osk of Vell", "The president of Vell"),
        ("Mayor Ines Osk of Vell and Mayor Piet Lund of Aldane arrived, and Osk", "The mayor"),
        ("Mayor Ines Osk of Vell met Mayor Piet Lund of Vell. Osk", "The mayor of Vell"),
        ("Ines Osk, a minister,", "The minister"),
        ("Of the two mayors, Mayor Ines Osk", "The mayor"),
    ],
)
def test_words_of_an_office_do_not_give_it(who: str, description: str) -> None:
    assert verdict(f"{description} said: {LOCK}.", f"{who} spoke on Monday. {LOCK[:-1]},” Osk said.") == "unconfirmed"


@pytest.mark.parametrize(
    ("source", "description", "confirmed"),
    [
        ("« {} », a dit Osk, la ministre de l'Énergie de Vell.", "la ministre de l'Énergie", True),
        ("« {} », a dit Osk, l'ancienne ministre de l'Énergie de Vell.", "la ministre de l'Énergie", False),
    ],
)
def test_offices_in_french(source: str, description: str, confirmed: bool) -> None:
    words = "La mer ne nous appartient pas et les navires attendent depuis lundi"
    report = f"La séance a duré six heures dans le vieux bureau du port. {source.format(words)}"
    [checked] = check_quotes(f"« {words} », a dit {description} lundi soir.", [("source", report)])
    assert (checked.verdict == "confirmed") == confirmed, checked.reason


def test_the_reason_says_that_the_speaker_is_only_described(diplo: Any, tmp_path: Any) -> None:
    (tmp_path / "source.txt").write_text(SOURCE, encoding="utf-8")
    shown = diplo("check", "-", "--against", tmp_path / "source.txt", input=f"The deputy mayor said: {LOCK}.").stdout
    assert "**unconfirmed**: Osk says it in the source, and the draft only describes the speaker" in shown
    shown = diplo("check", "-", "--against", tmp_path / "source.txt", input=f"Norway said: {LOCK}.").stdout
    assert "**unconfirmed**: the source does not tell that this speaker says it" in shown


FOREIGN = [
    "Zdaniem Brandta „{}”.",
    "“{}”, aldus Brandt.",
    "Segundo Lund, “{}”.",
    "“{}”, sa Lund.",
    "Podle Lunda „{}“.",
    "Selon Lund, “{}”.",
]


@pytest.mark.parametrize("frame", FOREIGN)
@pytest.mark.parametrize(
    "before", ["", "The talks about the lock went on for hours, and nobody wanted to leave before the end of the shift. "]
)
def test_a_short_sentence_of_a_language_whose_frames_are_not_read_is_not_confirmed(frame: str, before: str) -> None:
    source = "Orsolya Venn met Tor Brandt. “We will keep the lock open all winter,” Venn said."
    assert verdict(before + frame.format("We will keep the lock open all winter"), source) != "confirmed"
