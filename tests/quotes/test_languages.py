"""One story in six languages and Japanese: the verdicts on true, altered, cut and misattributed quotations."""

from __future__ import annotations

import pytest

from llm_diplo.quotes.check import check_quotes
from llm_diplo.quotes.verdict import Verdict

SOURCES = {
    "fr": (
        "« Nous ne paierons pas l’eau de cette rivière, et nous le dirons demain au conseil », a déclaré Ines Maroul, "
        "ministre du port. « Les bateaux partiront en avril avec cinq capitaines », a ajouté Piet Olbrecht."
    ),
    "es": (
        "«No pagaremos el agua de este río, y lo diremos mañana en el consejo», dijo Inés Maroul, ministra del puerto. "
        "«Los barcos saldrán en abril con cinco capitanes», afirmó Piet Olbrecht."
    ),
    "de": (
        "„Wir werden das Wasser dieses Flusses nicht bezahlen, und wir sagen es morgen im Rat“, sagte Ines Maroul, die "
        "Hafenministerin. „Die Schiffe fahren im April mit fünf Kapitänen“, erklärte Piet Olbrecht."
    ),
    "ru": (
        "«Мы не будем платить за воду этой реки и завтра скажем об этом совету», — заявила Инес Марул, министр порта. "
        "«Корабли выйдут в апреле с пятью капитанами», — сказал Пит Ольбрехт."
    ),
    "ar": (
        "قالت إيناس مارول وزيرة الميناء: «لن ندفع ثمن ماء هذا النهر وسنقول ذلك غدا في المجلس». "
        "وقال بيت أولبرخت: «ستغادر السفن في أبريل مع خمسة قباطنة»."
    ),
    "zh": "港口部长马露说:“我们不会为这条河的水付钱,明天我们会告诉议会。”奥布说:“船将在四月与五位船长一起离开。”",
}
CONFIRMED, UNCONFIRMED, WRONG = "confirmed", "unconfirmed", "wrong"
OPEN = "confirmed|unconfirmed"
BAD = "wrong|unconfirmed"
CASES = [
    ("fr", "« Nous ne paierons pas l’eau de cette rivière », a déclaré Ines Maroul.", CONFIRMED),
    ("fr", "“Nous ne paierons pas l’eau de cette rivière”, a déclaré Maroul.", CONFIRMED),
    ("fr", "« Nous paierons l’eau de cette rivière », a déclaré Ines Maroul.", WRONG),
    ("fr", "« Nous ne paierons pas l’eau de cette rivière », a déclaré Piet Olbrecht.", WRONG),
    ("fr", "« Les bateaux partiront en mai avec cinq capitaines », a ajouté Olbrecht.", WRONG),
    ("fr", "« Les bateaux partiront en avril avec six capitaines », a ajouté Olbrecht.", WRONG),
    ("fr", "« Les bateaux pourraient partir en avril », a ajouté Olbrecht.", WRONG),
    ("fr", "« Les bateaux partiront … avec cinq capitaines », a ajouté Olbrecht.", CONFIRMED),
    ("fr", "« Les bateaux [du port] partiront en avril », a ajouté Olbrecht.", CONFIRMED),
    ("fr", "Olbrecht a nié que « les bateaux partiront en avril ».", BAD),
    ("es", "«No pagaremos el agua de este río», dijo Inés Maroul.", CONFIRMED),
    ("es", "“No pagaremos el agua de este río”, dijo Maroul.", CONFIRMED),
    ("es", "«Pagaremos el agua de este río», dijo Inés Maroul.", WRONG),
    ("es", "«No pagaremos el agua de este río», dijo Piet Olbrecht.", WRONG),
    ("es", "«Los barcos saldrán en mayo con cinco capitanes», afirmó Olbrecht.", WRONG),
    ("es", "«Los barcos saldrán en abril con seis capitanes», afirmó Olbrecht.", WRONG),
    ("es", "«Los barcos podrían salir en abril», afirmó Olbrecht.", WRONG),
    ("es", "«Los barcos saldrán … con cinco capitanes», afirmó Olbrecht.", CONFIRMED),
    ("es", "«Los barcos [del puerto] saldrán en abril», afirmó Olbrecht.", CONFIRMED),
    ("es", "Olbrecht negó que «los barcos saldrán en abril».", BAD),
    ("de", "„Wir werden das Wasser dieses Flusses nicht bezahlen“, sagte Ines Maroul.", CONFIRMED),
    ("de", "»Wir werden das Wasser dieses Flusses nicht bezahlen«, sagte Maroul.", CONFIRMED),
    ("de", "„Wir werden das Wasser dieses Flusses bezahlen“, sagte Ines Maroul.", WRONG),
    ("de", "„Wir werden das Wasser dieses Flusses nicht bezahlen“, sagte Piet Olbrecht.", WRONG),
    ("de", "„Die Schiffe fahren im Mai mit fünf Kapitänen“, erklärte Olbrecht.", WRONG),
    ("de", "„Die Schiffe fahren im April mit sechs Kapitänen“, erklärte Olbrecht.", WRONG),
    ("de", "„Die Schiffe könnten im April fahren“, erklärte Olbrecht.", WRONG),
    ("de", "„Die Schiffe fahren … mit fünf Kapitänen“, erklärte Olbrecht.", CONFIRMED),
    ("de", "„Die Schiffe [des Hafens] fahren im April“, erklärte Olbrecht.", CONFIRMED),
    ("de", "Olbrecht bestritt, dass „die Schiffe im April fahren“.", BAD),
    ("ru", "«Мы не будем платить за воду этой реки», — заявила Инес Марул.", CONFIRMED),
    ("ru", "„Мы не будем платить за воду этой реки“, — заявила Марул.", CONFIRMED),
    ("ru", "«Мы будем платить за воду этой реки», — заявила Инес Марул.", WRONG),
    ("ru", "«Мы не будем платить за воду этой реки», — заявил Пит Ольбрехт.", WRONG),
    ("ru", "«Корабли выйдут в мае с пятью капитанами», — сказал Ольбрехт.", WRONG),
    ("ru", "«Корабли выйдут в апреле с шестью капитанами», — сказал Ольбрехт.", WRONG),
    ("ru", "«Корабли могут выйти в апреле», — сказал Ольбрехт.", WRONG),
    ("ru", "«Корабли выйдут … с пятью капитанами», — сказал Ольбрехт.", CONFIRMED),
    ("ru", "«Корабли [порта] выйдут в апреле», — сказал Ольбрехт.", CONFIRMED),
    ("ru", "Ольбрехт отрицал, что «корабли выйдут в апреле».", BAD),
    ("ar", "قالت إيناس مارول: «لن ندفع ثمن ماء هذا النهر».", OPEN),
    ("ar", "قالت مارول: “لن ندفع ثمن ماء هذا النهر”.", OPEN),
    ("ar", "قالت إيناس مارول: «سندفع ثمن ماء هذا النهر».", WRONG),
    ("ar", "قال بيت أولبرخت: «لن ندفع ثمن ماء هذا النهر».", BAD),
    ("ar", "قال بيت أولبرخت: «ستغادر السفن في مايو مع خمسة قباطنة».", WRONG),
    ("ar", "قال بيت أولبرخت: «ستغادر السفن في أبريل مع ستة قباطنة».", WRONG),
    ("ar", "قال بيت أولبرخت: «لن تغادر السفن في أبريل مع خمسة قباطنة».", WRONG),
    ("ar", "قال بيت أولبرخت: «ستغادر السفن … مع خمسة قباطنة».", OPEN),
    ("ar", "قال بيت أولبرخت: «ستغادر السفن [جميعا] في أبريل».", OPEN),
    ("ar", "نفى بيت أولبرخت أن «ستغادر السفن في أبريل».", BAD),
    ("zh", "马露说:“我们不会为这条河的水付钱。”", OPEN),
    ("zh", "马露说:「我们不会为这条河的水付钱。」", OPEN),
    ("zh", "马露说:“我们会为这条河的水付钱。”", WRONG),
    ("zh", "奥布说:“我们不会为这条河的水付钱。”", BAD),
    ("zh", "奥布说:“船将在五月与五位船长一起离开。”", WRONG),
    ("zh", "奥布说:“船将在四月与六位船长一起离开。”", WRONG),
    ("zh", "奥布说:“船可能在四月与五位船长一起离开。”", WRONG),
    ("zh", "奥布说:“船将……与五位船长一起离开。”", OPEN),
    ("zh", "奥布说:“船将在四月[从港口]与五位船长一起离开。”", OPEN),
    ("zh", "奥布否认“船将在四月与五位船长一起离开”。", BAD),
]


@pytest.mark.parametrize(("language", "draft", "expected"), CASES)
def test_verdicts_in_six_languages(language: str, draft: str, expected: str) -> None:
    [checked] = check_quotes(draft, [(language, SOURCES[language])])
    assert checked.verdict in expected.split("|"), checked.reason


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ("港湾大臣は「水の代金を払わない」と述べた。", OPEN),
        ("港湾大臣は「水の代金を払う」と述べた。", WRONG),
        ("港湾大臣は「水の代金を払」と述べた。", WRONG),
    ],
)
def test_a_japanese_negation_counts(draft: str, expected: str) -> None:
    [checked] = check_quotes(draft, [("ja", "港湾大臣は記者団に「水の代金を払わない」と述べた。船は四月に出る。")])
    assert checked.verdict in expected.split("|"), checked.reason


@pytest.mark.parametrize(
    "draft",
    [
        "« Nous ne paierons pas l’eau », a déclaré la ministre du port lors d’une réunion du conseil, avant de quitter la salle.",
        "港口部长说:“我们不付水费。”",
        "قالت الوزيرة: «لن ندفع ثمن الماء».",
        "Министр сказала: «Мы не заплатим».",
    ],
)
def test_translated_quotations_are_unconfirmed_even_when_short(draft: str) -> None:
    source = (
        "The harbour minister, Ines Maroul, said: “We will not pay for the water of this river, and we will tell the council.”"
    )
    [checked] = check_quotes(draft, [("en", source)])
    assert (checked.verdict, checked.reason) == (Verdict.UNCONFIRMED, "in another language than the source")
