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
    ("ar", "قالت إيناس مارول: «لن ندفع ثمن ماء هذا النهر».", UNCONFIRMED),
    ("ar", "قالت مارول: “لن ندفع ثمن ماء هذا النهر”.", UNCONFIRMED),
    ("ar", "قالت إيناس مارول: «سندفع ثمن ماء هذا النهر».", WRONG),
    ("ar", "قال بيت أولبرخت: «لن ندفع ثمن ماء هذا النهر».", BAD),
    ("ar", "قال بيت أولبرخت: «ستغادر السفن في مايو مع خمسة قباطنة».", WRONG),
    ("ar", "قال بيت أولبرخت: «ستغادر السفن في أبريل مع ستة قباطنة».", WRONG),
    ("ar", "قال بيت أولبرخت: «لن تغادر السفن في أبريل مع خمسة قباطنة».", WRONG),
    ("ar", "قال بيت أولبرخت: «ستغادر السفن … مع خمسة قباطنة».", UNCONFIRMED),
    ("ar", "قال بيت أولبرخت: «ستغادر السفن [جميعا] في أبريل».", UNCONFIRMED),
    ("ar", "نفى بيت أولبرخت أن «ستغادر السفن في أبريل».", BAD),
    ("zh", "马露说:“我们不会为这条河的水付钱。”", UNCONFIRMED),
    ("zh", "马露说:「我们不会为这条河的水付钱。」", UNCONFIRMED),
    ("zh", "马露说:“我们会为这条河的水付钱。”", WRONG),
    ("zh", "奥布说:“我们不会为这条河的水付钱。”", BAD),
    ("zh", "奥布说:“船将在五月与五位船长一起离开。”", WRONG),
    ("zh", "奥布说:“船将在四月与六位船长一起离开。”", WRONG),
    ("zh", "奥布说:“船可能在四月与五位船长一起离开。”", WRONG),
    ("zh", "奥布说:“船将……与五位船长一起离开。”", UNCONFIRMED),
    ("zh", "奥布说:“船将在四月[从港口]与五位船长一起离开。”", UNCONFIRMED),
    ("zh", "奥布否认“船将在四月与五位船长一起离开”。", BAD),
]


@pytest.mark.parametrize(("language", "draft", "expected"), CASES)
def test_verdicts_in_six_languages(language: str, draft: str, expected: str) -> None:
    [checked] = check_quotes(draft, [(language, SOURCES[language])])
    assert checked.verdict in expected.split("|"), checked.reason


LIGHTHOUSES = {
    "fr": (
        "« Le phare restera allumé », a dit Anna Brel, la directrice du phare. « Il restera allumé toute la nuit », a-t-elle "
        "ajouté. « Un pêcheur m’a crié “le phare est mort” hier soir », a dit Anna Brel."
    ),
    "es": (
        "«El faro seguirá encendido», dijo Ana Brel, directora del faro. «Seguirá encendido toda la noche», añadió ella. "
        "«Un pescador me gritó “el faro está muerto” anoche», dijo Ana Brel."
    ),
    "de": (
        "„Der Leuchtturm bleibt an“, sagte Anna Brel, die Leiterin des Turms. „Er bleibt die ganze Nacht an“, fügte sie hinzu. "
        "„Ein Fischer rief mir gestern ‚der Leuchtturm ist tot‘ zu“, sagte Anna Brel."
    ),
    "ru": (
        "«Маяк будет гореть», — сказала Анна Брель, директор маяка. «Он будет гореть всю ночь», — добавила она. "
        "«Рыбак вчера крикнул мне „маяк уже мёртв“ и ушёл», — сказала Анна Брель."
    ),
    "ar": (
        "قالت آنا بريل مديرة المنارة: «ستبقى المنارة مضاءة». وأضافت: «ستبقى مضاءة طوال الليل». "
        "وقالت آنا بريل: «صاح بي صياد “المنارة ماتت منذ زمن” ثم رحل»."
    ),
    "zh": ("灯塔主任安布尔说:“灯塔会一直亮着。”她补充说:“它会整夜亮着。”安布尔说:“一个渔夫昨晚对我喊‘灯塔已经死了’就走了。”"),
}
SPOKEN = [  # the words of a pronoun's frame, given to its speaker and to somebody else; two quotations joined; second-hand words
    ("fr", "« Il restera allumé toute la nuit », a dit Brel.", CONFIRMED),
    ("fr", "« Il restera allumé toute la nuit », a dit Olbrecht.", WRONG),
    ("fr", "« Le phare restera allumé. Il restera allumé toute la nuit », a dit Anna Brel.", CONFIRMED),
    ("fr", "Brel a dit : « Le phare est mort. »", UNCONFIRMED),
    ("es", "«Seguirá encendido toda la noche», dijo Brel.", CONFIRMED),
    ("es", "«Seguirá encendido toda la noche», dijo Olbrecht.", WRONG),
    ("es", "«El faro seguirá encendido. Seguirá encendido toda la noche», dijo Ana Brel.", CONFIRMED),
    ("es", "Brel dijo: «El faro está muerto».", UNCONFIRMED),
    ("de", "„Er bleibt die ganze Nacht an“, sagte Brel.", CONFIRMED),
    ("de", "„Er bleibt die ganze Nacht an“, sagte Olbrecht.", WRONG),
    ("de", "„Der Leuchtturm bleibt an. Er bleibt die ganze Nacht an“, sagte Anna Brel.", CONFIRMED),
    ("de", "Brel sagte: „Der Leuchtturm ist tot.“", UNCONFIRMED),
    ("ru", "«Он будет гореть всю ночь», — сказала Брель.", CONFIRMED),
    ("ru", "«Он будет гореть всю ночь», — сказал Ольбрехт.", WRONG),
    ("ru", "«Маяк будет гореть. Он будет гореть всю ночь», — сказала Анна Брель.", CONFIRMED),
    ("ru", "Брель сказала: «Маяк уже мёртв».", UNCONFIRMED),
    ("ar", "قالت آنا بريل: «ستبقى مضاءة طوال الليل».", UNCONFIRMED),
    ("ar", "قال بيت أولبرخت: «ستبقى مضاءة طوال الليل».", UNCONFIRMED),
    ("ar", "قالت آنا بريل: «المنارة ماتت منذ زمن».", UNCONFIRMED),
    ("zh", "安布尔说:“它会整夜亮着。”", UNCONFIRMED),
    ("zh", "奥布说:“它会整夜亮着。”", UNCONFIRMED),
    ("zh", "奥布:“它会整夜亮着。”", UNCONFIRMED),
    ("zh", "安布尔说:“灯塔已经死了。”", UNCONFIRMED),
]


@pytest.mark.parametrize(("language", "draft", "expected"), SPOKEN)
def test_pronouns_joins_and_second_hand_words_in_six_languages(language: str, draft: str, expected: str) -> None:
    [checked] = check_quotes(draft, [(language, LIGHTHOUSES[language])])
    assert checked.verdict == expected, checked.reason


@pytest.mark.parametrize("language", SOURCES)
def test_every_language_has_ten_cases_of_both_kinds(language: str) -> None:
    expected = [verdict for code, _, verdict in [*CASES, *SPOKEN] if code == language]
    assert len(expected) >= 10
    assert WRONG in expected
    assert any(verdict in {CONFIRMED, UNCONFIRMED} for verdict in expected)


JAPANESE = "港湾大臣の佐倉氏は記者団に「水の代金を払わない」と述べた。大川氏は「船は四月に五人の船長と出る」と語った。"


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ("佐倉氏は「水の代金を払わない」と述べた。", UNCONFIRMED),
        ("佐倉氏は『水の代金を払わない』と述べた。", UNCONFIRMED),
        ("佐倉氏は「水の代金を払う」と述べた。", WRONG),
        ("佐倉氏は「水の代金を払」と述べた。", WRONG),
        ("大川氏は「水の代金を払わない」と述べた。", UNCONFIRMED),
        ("「水の代金を払わない」", CONFIRMED),
        ("大川氏は「船は五月に五人の船長と出る」と語った。", WRONG),
        ("大川氏は「船は四月に六人の船長と出る」と語った。", WRONG),
        ("大川氏は「船は四月に五人の船長と出ない」と語った。", WRONG),
        ("大川氏は「船は……五人の船長と出る」と語った。", UNCONFIRMED),
        ("大川氏は「船は四月に[港から]五人の船長と出る」と語った。", UNCONFIRMED),
        ("佐倉氏は「水の代金を払わない。船は四月に五人の船長と出る」と述べた。", UNCONFIRMED),
        ("「水の代金を払わない。船は四月に五人の船長と出る」", UNCONFIRMED),
    ],
)
def test_japanese_words_negations_and_speakers(draft: str, expected: str) -> None:
    [checked] = check_quotes(draft, [("ja", JAPANESE)])
    assert checked.verdict == expected, checked.reason


@pytest.mark.parametrize(
    ("source", "draft"),
    [
        (
            "«Il faro resterà acceso tutta la notte», ha detto Anna Brel.",
            "«Il faro resterà acceso tutta la notte», ha detto Piet Olb.",
        ),
        ("“O farol ficará aceso toda a noite”, disse Ana Brel.", "“O farol ficará aceso toda a noite”, disse Piet Olbrecht."),
        ("Anna Brel, “Fener bütün gece yanacak” dedi.", "Piet Olbrecht, “Fener bütün gece yanacak” dedi."),
        ("„Latarnia będzie świecić całą noc” – mówiła Anna Brel.", "„Latarnia będzie świecić całą noc” – mówił Piet Olbrecht."),
        ("«Маяк світитиме всю ніч», — сказала Анна Брель.", "«Маяк світитиме всю ніч», — сказав Піт Ольбрехт."),
        ("안나 브렐은 “등대는 밤새 켜져 있을 것이다”라고 말했다.", "피트는 “등대는 밤새 켜져 있을 것이다”라고 말했다."),
        ("آنا برل گفت: «فانوس تمام شب روشن می‌ماند».", "پیت اولبرخت گفت: «فانوس تمام شب روشن می‌ماند»."),
    ],
)
def test_a_speaker_in_a_language_whose_frames_are_not_read_is_unclear(source: str, draft: str) -> None:
    [checked] = check_quotes(draft, [("source", source)])
    assert (checked.verdict, checked.reason) == (Verdict.UNCONFIRMED, "the draft does not make clear who speaks")


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


@pytest.mark.parametrize(
    "sentence",
    [
        "Tor Brandtは「{}」と述べた。",
        "Tor Brandt toplantıda şöyle söyledi ve masadan hemen kalktı, çünkü kimse onu dinlemek istemiyordu: “{}”",
    ],
    ids=["Japanese", "Turkish"],
)
def test_a_sentence_in_a_language_whose_frames_are_not_read_confirms_nothing(sentence: str) -> None:
    words = "We will not pay for the water of the river."
    draft = f"The council met on Monday in the old hall and talked for two hours about money.\n\n{sentence.format(words)}\n"
    (found,) = check_quotes(draft, [("source", f"Mayor Orla Brenn said: “{words}” Tor Brandt listened.\n")])
    assert found.verdict == "unconfirmed"
