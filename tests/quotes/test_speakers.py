"""Who says it: what the source's sentences tell about the speaker, and what they leave open."""

from __future__ import annotations

import pytest

from llm_diplo.errors import SourceError
from llm_diplo.quotes.check import check_quotes
from llm_diplo.text.article import Article

CONFIRMED, UNCONFIRMED, WRONG = "confirmed", "unconfirmed", "wrong"


def verdict(draft: str, source: str) -> str:
    [checked] = check_quotes(draft, [("source.txt", source)])
    return checked.verdict


FRAMES = [
    (  # an office and who holds it
        "According to the island's ambassador, Ines Venn, “the lights were paid for in 2019.” Tor Brandt left early.",
        "“the lights were paid for in 2019”",
        "Ines Venn",
    ),
    (
        "Selon la présidente du syndicat, Greta Venn, « la grève aura lieu vendredi ». Tor Brandt est parti.",
        "« la grève aura lieu vendredi »",
        "Greta Venn",
    ),
    (  # a participle behind a sentence that has its own verb
        "Venn stressed that “the way out is to get both harbours to one table,” suggesting that the old pilots might help Brandt.",
        "“The way out is to get both harbours to one table”",
        "Venn",
    ),
    (  # the subject of a participle after “with”
        "Osk and Brandt used the harshest words, with Venn recently promising to “close every gate of the lock.”",
        "“Close every gate of the lock”",
        "Venn",
    ),
    (  # a description that ends in a name
        "The island was “working to change its image of a haven for smugglers,” wrote the consul at the time, Edvard B. Osk.",
        "“Working to change its image of a haven for smugglers”",
        "Osk",
    ),
    (  # an adverb and an auxiliary between a name and its verb
        "The minister Tor Brandt met the pilots.\n\nEven as Mr. Osk has repeatedly said that he opposes “guns on the quay,” ships came.",
        "“Guns on the quay”",
        "Osk",
    ),
    ("Article 12 was read.\n\nVenn affirms: “No ship shall be turned away.”", "“No ship shall be turned away”", "Venn"),
    (  # the name of a programme in marks is no quotation
        "“The north is a lonely place,” Venn told Kanal 4's “Evening in Ames.” “It needs its neighbours.”",
        "“The north is a lonely place. It needs its neighbours”",
        "Venn",
    ),
    ("Venn spoke about a visit and said that it took place “at the harbour's request.”", "“At the harbour's request”", "Venn"),
]


@pytest.mark.parametrize(("source", "words", "speaker"), FRAMES)
def test_the_speaker_of_a_frame_is_found(source: str, words: str, speaker: str) -> None:
    assert verdict(f"{speaker} said: {words}.", source) == CONFIRMED
    assert verdict(f"Orla Marsh said: {words}.", source) == WRONG


def test_about_is_a_hedge_only_before_a_number() -> None:
    source = "Venn said that the port needs about “40 ships a day” and that she was glad about “a quiet winter.”"
    assert verdict("Venn said: “40 ships a day.”", source) == UNCONFIRMED
    assert verdict("Venn said: “A quiet winter.”", source) == CONFIRMED


@pytest.mark.parametrize(
    ("source", "draft"),
    [
        ("„Wir haben nur noch 40 Lotsen“, sagte Venn am Montag in der Hauptstadt.", "Venn sagte, es gebe „40 Lotsen“."),
        ("« Nous voulons seulement parler avec le port », a déclaré Venn lundi.", "Venn veut « parler avec le port »."),
        ("“We merely want to talk to the port,” Venn said.", "Venn said they would “talk to the port.”"),
    ],
)
def test_words_behind_an_only_are_not_confirmed_without_it(source: str, draft: str) -> None:
    assert verdict(draft, source) == UNCONFIRMED


@pytest.mark.parametrize(
    ("speaker", "right"),
    [
        ("The Norwegian energy minister", CONFIRMED),
        ("The Danish energy minister", WRONG),
        ("The Norwegian deputy energy minister", UNCONFIRMED),
        ("The former Norwegian energy minister", UNCONFIRMED),
        ("The Norwegian finance minister", UNCONFIRMED),
    ],
)
def test_an_office_behind_an_adjective_of_the_country_is_a_description(speaker: str, right: str) -> None:
    source = "“The tolls stay,” said the Norwegian energy minister, Sven Osk. The Danish delegation left early."
    assert verdict(f"{speaker} said: “The tolls stay.”", source) == right


@pytest.mark.parametrize(
    ("lead", "right"),
    [
        ("They failed to", WRONG),
        ("Instead of trying to", WRONG),
        ("We stopped short of plans to", WRONG),
        ("We are unlikely to", UNCONFIRMED),
        ("It would be a mistake to", UNCONFIRMED),
        ("We avoid having to", UNCONFIRMED),
        ("We are ready to", CONFIRMED),
    ],
)
def test_words_that_turn_the_sense_count_where_they_are_cut_off(lead: str, right: str) -> None:
    source = f"“{lead} sign the pact with the island,” Osk said on Monday."
    assert verdict("Osk said they would “sign the pact with the island.”", source) == right


@pytest.mark.parametrize(
    ("words", "source"),
    [
        ("They … sign the pact today.", "They failed to sign the pact today"),
        ("We want peace … a blockade.", "We want peace instead of a blockade"),
        ("We are … happy with the deal.", "We are far from happy with the deal"),
    ],
)
def test_an_ellipsis_hides_no_negation_of_two_words(words: str, source: str) -> None:
    assert verdict(f"Osk said: “{words}”", f"“{source},” Osk said on Monday.") == WRONG


def test_the_speaker_of_an_article_says_all_of_it() -> None:
    speech = Article.from_text("We will sign. The tolls stay.", source="speech.txt", speaker="Sven Osk")
    [checked] = check_quotes("Osk said: “The tolls stay.”", [speech])
    assert checked.verdict == CONFIRMED


def test_a_draft_without_text_is_named() -> None:
    with pytest.raises(SourceError, match="The draft is empty"):
        check_quotes(" ", [])
