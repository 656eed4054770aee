"""Who is who: names taken apart, compared, and found in texts of twelve languages."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from llm_diplo.text.inflection import Kind
from llm_diplo.text.mentions import index_names
from llm_diplo.text.names import acronym_of, read_name, same, surname_of

PERSON, GROUP, COUNTRY = Kind.PERSON, Kind.GROUP, Kind.COUNTRY

# Language, text, name, kind, what the text writes for it.
WRITTEN = [
    ("en", "Iran's envoy left. The Iranian said so.", "Iran", PERSON, ["Iran"]),
    ("en", "The C.I.A. denied it; a cia of sorts did not.", "CIA", GROUP, ["C.I.A."]),
    ("en", "They told us that the U.S. would pay.", "US", GROUP, ["U.S."]),
    (
        "en",
        "Anti-Toll League members met the Anti Toll League.",
        "Anti-Toll League",
        GROUP,
        ["Anti-Toll League", "Anti Toll League"],
    ),
    ("en", "Hadi al-Marwan met Hadi Marwan.", "Hadi al-Marwan", PERSON, ["Hadi al-Marwan", "Hadi Marwan"]),
    ("en", "Orla F. Brenn spoke; Orla, Finn and Brenn listened.", "Orla Brenn", PERSON, ["Orla F. Brenn"]),
    ("en", "The Saryks and a Saryk rebel", "Saryk", GROUP, ["Saryks", "Saryk"]),
    ("fr", "L’Iran et l'Union des Ports d’Ostrie", "Iran", PERSON, ["Iran"]),
    ("fr", "L’Iran et l'Union des Ports d’Ostrie", "Union des Ports", GROUP, ["Union des Ports"]),
    ("fr", "L’Iran et l'Union des Ports d’Ostrie", "l'Union des Ports", GROUP, ["Union des Ports"]),
    ("fr", "La marine sénégalaise est partie.", "Sénégal", COUNTRY, ["sénégalaise"]),
    ("fr", "Les ambassadeurs d'Ostrie", "ambassadeur", GROUP, ["ambassadeurs"]),
    ("it", "Il ministro dell'Iran e l'ambasciatore", "Iran", PERSON, ["Iran"]),
    ("it", "La flotta iraniana è salpata.", "Iran", COUNTRY, ["iraniana"]),
    ("it", "Nell’Unione dei Porti", "Unione dei Porti", GROUP, ["Unione dei Porti"]),
    ("es", "El canciller Íñigo Pérez-Sarria habló.", "Inigo Perez Sarria", PERSON, ["Íñigo Pérez-Sarria"]),
    ("es", "la ministra ucraniana", "Ucrania", COUNTRY, ["ucraniana"]),
    ("de", "Brandts Rede; Deutschlands Antwort", "Brandt", PERSON, ["Brandts"]),
    ("de", "der Berkutischen Republik", "Berkutische Republik", GROUP, ["Berkutischen Republik"]),
    ("de", "Die russische Flotte", "Russland", COUNTRY, ["russische"]),
    ("tr", "Ankara’nın yanıtı, Elvan Sarık'a göre", "Ankara", PERSON, ["Ankara"]),
    ("tr", "Ankara’nın yanıtı, Elvan Sarık'a göre", "Elvan Sarık", PERSON, ["Elvan Sarık"]),
    ("ru", "по словам Павла Ордынцева", "Павел Ордынцев", PERSON, ["Павла Ордынцева"]),
    ("ru", "с Сергеем Юрьевичем Лодыгиным", "Сергей Юрьевич Лодыгин", PERSON, ["Сергеем Юрьевичем Лодыгиным"]),
    ("ru", "Правительство Беркутской Республики", "Беркутская Республика", GROUP, ["Беркутской Республики"]),
    ("ru", "движение «Живой Сарык»", "Живой Сарык", GROUP, ["Живой Сарык"]),
    ("ru", "российский флот", "Россия", COUNTRY, ["российский"]),
    ("uk", "за словами Павла Ординця, у Києві", "Павло Ординець", PERSON, ["Павла Ординця"]),
    ("uk", "за словами Павла Ординця, у Києві", "Київ", PERSON, ["Києві"]),
    ("uk", "уряд України", "Україна", PERSON, ["України"]),
    ("pl", "rząd Ukrainy i prezydent Pawła Marka", "Ukraina", PERSON, ["Ukrainy"]),
    ("pl", "rząd Ukrainy i prezydent Pawła Marka", "Paweł Marek", PERSON, ["Pawła Marka"]),
    ("pl", "okręt ukraiński", "Ukraina", COUNTRY, ["ukraiński"]),
    ("ar", "قال الوزير والأردن وبالأردن وللأردن", "الأردن", PERSON, ["الأردن"]),
    ("ar", "الموقف الأردني", "الأردن", COUNTRY, ["الأردني"]),
    ("zh", "外交部发言人李明在北海表示", "李明", PERSON, ["李明"]),
    ("zh", "帕维尔·奥尔登说", "帕维尔・奥尔登", PERSON, ["帕维尔·奥尔登"]),
    ("ja", "パヴェル・オルデン外相は北海で", "パヴェル・オルデン", PERSON, ["パヴェル・オルデン"]),
    ("ja", "NATOは声明を出した", "NATO", GROUP, ["NATO"]),
    ("ko", "한서준은 북해에서 말했다", "한서준", PERSON, ["한서준"]),
    ("ko", "한서준은 북해에서 말했다", "북해", GROUP, ["북해"]),
]

# Near misses: what is another name must not be found.
NOT_WRITTEN = [
    ("en", "Oslonians, Romania and Romans", "Oman", PERSON),
    ("en", "Roberts left", "Robert", PERSON),
    ("en", "Lodgin met Lodgina", "Lodg", GROUP),
    ("en", "Orla Venn met Tor Brenn.", "Orla Brenn", PERSON),
    ("en", "Sana'a is far", "Sana", PERSON),
    ("fr", "L’Iranienne est partie", "Irak", COUNTRY),
    ("it", "dell'Irana", "Iran", PERSON),
    ("es", "Marino Pérez", "Marina Pérez", PERSON),
    ("de", "Brandtner sprach", "Brandt", PERSON),
    ("tr", "Ankaralı'nın", "Ankara", PERSON),
    ("ru", "Павлова и Лаврова", "Лавр", PERSON),
    ("ru", "Павлов сказал", "Павел", PERSON),
    ("ru", "Иванов сказал", "Иван", PERSON),
    ("uk", "Павленко сказав", "Павло", PERSON),
    ("pl", "Ukraińska Rada", "Ukraina", PERSON),
    ("ar", "السودان", "الأردن", COUNTRY),
    ("ar", "البنان", "لبنان", PERSON),
    ("zh", "李亮表示", "李明", PERSON),
    ("ja", "オルデンブルク", "パヴェル・オルデン", PERSON),
    ("ko", "대한서준", "한서준", PERSON),
]

SAME = [
    ("Foreign Minister Lodgin", "Pavel Lodgin"),
    ("Secretary of State Orla Brenn", "Orla F. Brenn"),
    ("Russian Foreign Minister Pavel Lodgin", "Lodgin"),
    ("Attorney General Brenn", "Orla Brenn"),
    ("General Orla Brenn", "O. Brenn"),
    ("O. Brenn", "Orla Brenn"),
    ("Harbour Council spokeswoman Orla Brenn", "Orla Brenn"),
    ("Orla Brenn, the chair of the Harbour Council", "Ms. Brenn"),
    ("Hadi al-Marwan", "Marwan"),
    ("the United Nations", "UN"),
    ("Narrows Harbour Authority", "NHA"),
    ("Orla Brenn’s", "Orla Brenn"),
    ("Павла Ордынцева", "Павел Ордынцев"),
    ("Ankara'nın", "Ankara"),
    ("Beaumont Hale Jr.", "Beaumont Hale"),
    ("奥尔登外长", "奥尔登"),
]
DIFFERENT = [
    ("Maria Lodgin", "Pavel Lodgin"),
    ("Pavel Lodgin", "Pavel Brenn"),
    ("Beaumont Hale Jr.", "Beaumont Hale Sr."),
    ("Foreign Ministry", "Defence Ministry"),
    ("Iran", "Iraq"),
    ("Harbour Council", "Council"),
    ("General Council", "Harbour Council"),
    ("General Brenn", "Pavel Lodgin"),
    ("", "Brenn"),
    ("?!", "?!"),
]


@pytest.mark.parametrize(("language", "text", "name", "kind", "found"), WRITTEN)
def test_a_name_is_found_as_the_text_writes_it(language: str, text: str, name: str, kind: Kind, found: list[str]) -> None:
    assert [text[m.start : m.end] for m in index_names(text, language).find(name, kind)][: len(found)] == found


@pytest.mark.parametrize(("language", "text", "name", "kind"), NOT_WRITTEN)
def test_another_name_is_not_found(language: str, text: str, name: str, kind: Kind) -> None:
    assert [text[m.start : m.end] for m in index_names(text, language).find(name, kind)] == []


@pytest.mark.parametrize(("one", "other"), SAME)
def test_names_of_one(one: str, other: str) -> None:
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_names_of_two(one: str, other: str) -> None:
    assert not same(one, other)
    assert not same(other, one)


def test_a_name_taken_apart() -> None:
    name = read_name("Secretary of State Orla de Brenn Jr.")
    assert (name.core, name.given, name.surname, name.generation, name.has_title) == (
        ("orla", "de", "brenn"),
        ("orla",),
        "brenn",
        "jr",
        True,
    )
    assert read_name("Foreign Ministry").core == ("foreign", "ministry")
    assert [surname_of(name) for name in ("Hadi al-Marwan", "Ana Soto-Vale", "Orla")] == ["Marwan", "Soto-Vale", ""]
    assert acronym_of("Narrows Harbour Authority of the North") == "nhan"


def test_the_case_of_a_name_is_noted() -> None:
    index = index_names("Павел Ордынцев уехал. Павла Ордынцева ждут.", "ru")
    assert [mention.inflected for mention in index.find("Павел Ордынцев", PERSON)] == [False, True]


@given(st.text(alphabet="abcdefgh -’.'ÉБж王김ا", min_size=1, max_size=20), st.text(max_size=20))
@example(".f", "耋")  # no initialism
def test_a_text_holds_the_name_that_it_is(name: str, around: str) -> None:
    """What is written by itself is found, whatever marks it has."""
    assume(not re.search(r"\W{3}", name))
    text = f"{around}\n\n{name}\n\n{around}"
    found = index_names(text, "en").find(name)
    assert all(0 <= mention.start < mention.end <= len(text) for mention in found)
    assert found or not read_name(name, "en").words or name.replace(".", "").isupper()
