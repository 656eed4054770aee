"""Grounding: names and quotes in a text, with the property that no planted critical change is ever grounded."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_diplo.quotes.finder import QuoteFinder, QuoteStatus, find_quote, trim_quote
from llm_diplo.text.mentions import find_mentions

ENGLISH = "The chancellor said Norway would never join the alliance before 2030. “We may send five observers to Aden in March,” he added. Only the council can lift the embargo; the envoy Lindqvist supports the pact. Brazil will back the resolution after the vote, not before it.\n\nA second delegation of twenty-five members won't attend. The ministers cannot agree on the 3 April 2027 deadline, and Chile paid $2.5 million. He is not only a mediator but also a judge. The court found the strike illegal."
FRENCH = "Le Premier ministre a affirmé que la Suède n’acceptera pas la proposition avant le 14 juin. La Norvège soutient le plan de paix. Il pourrait envoyer douze observateurs."
SPANISH = "La ministra dijo que Chile nunca reconocerá la anexión. El gobierno apoya la resolución y podría enviar tropas el 9 de mayo. Perú no firmó."
GERMAN = "Der Kanzler sagte, Norwegen werde das Abkommen nicht unterzeichnen. Schweden unterstützt die Mission und könnte fünf Schiffe entsenden."
RUSSIAN = "Министр заявил, что Норвегия не подпишет договор до 5 мая. Швеция поддерживает миссию и может направить пять кораблей. Совет осудил удар."
ARABIC = "قالت الوزيرة إن النرويج لن توقع الاتفاق قبل خمسة أيام. وتدعم السويد البعثة وقد ترسل مراقبين إلى المنطقة."
CHINESE = "挪威外长表示，挪威不会在五月十二日之前签署协议。瑞典支持该决议，可能派遣五名观察员。巴西反对新的制裁措施。"

MIXED = "President Ilves of Estonia said the organisation’s defence programme was ready, and that fifty-one per cent of the U.S. troops had left by 3 March 2026. Zelenskyy thanked Erdoğan. “The honourable members, in their wisdom, will vote on Tuesday,” he said. The labour unions favour talks.\n\nNo habrá acuerdo sin garantías, dijo el canciller Muñoz. Der Außenminister begrüßte die Maßnahmen. L’État n’a pas cédé. Совет Безопасности ООН осудил удар по порту, заявил её представитель. 欧盟发言人说，“制裁将继续有效，直到停火协议签署”。وقال المتحدث باسم الأمم المتحدة إن الوضع خطير جدا في غزة."

CASES = [
    (ENGLISH, "Norway would never join the alliance before 2030", "verbatim"),
    (ENGLISH, "Norway would join the alliance before 2030", "altered"),
    (ENGLISH, "Norway will never join the alliance before 2030", "altered"),
    (ENGLISH, "Norway would never join the alliance after 2030", "altered"),
    (ENGLISH, "Norway would never join the alliance before 2031", "altered"),
    (ENGLISH, "Sweden would never join the alliance before 2030", "altered"),
    (ENGLISH, "We will send five observers to Aden in March", "altered"),
    (ENGLISH, "We may send 5 observers to Aden in March", "near"),
    (ENGLISH, "We may send six observers to Aden in March", "altered"),
    (ENGLISH, "We may send five observers to Aden in April", "altered"),
    (ENGLISH, "We might send five observers to Aden in March", "altered"),
    (ENGLISH, "the council can lift the embargo", "verbatim"),
    (ENGLISH, "All the council can lift the embargo", "altered"),
    (ENGLISH, "the envoy Lindqvist opposes the pact", "altered"),
    (ENGLISH, "the envoy Lindquist supports the pact", "altered"),
    (ENGLISH, "the envoy Lindqvist backs the pact", "altered"),
    (ENGLISH, "Brazil will back the resolution before the vote", "altered"),
    (ENGLISH, "Brazil won't back the resolution after the vote", "altered"),
    (ENGLISH, "A second delegation of 25 members will not attend", "near"),
    (ENGLISH, "A second delegation of 26 members won't attend", "altered"),
    (ENGLISH, "A second delegation of twenty-five members will attend", "altered"),
    (ENGLISH, "The ministers can agree on the 3 April 2027 deadline", "altered"),
    (ENGLISH, "The ministers can not agree on the April 3, 2027 deadline", "near"),
    (ENGLISH, "Chile paid $2,500,000", "near"),
    (ENGLISH, "Chile paid €2.5 million", "altered"),
    (ENGLISH, "He is only a mediator", "altered"),
    (ENGLISH, "He is not a mediator but also a judge", "altered"),
    (ENGLISH, "The court found the strike legal", "altered"),
    (ENGLISH, "Brazil will back the resolution … not before it", "elided"),
    (ENGLISH, "not before it … Brazil will back the resolution", "altered"),
    (ENGLISH, "Brazil will back the resolution ... members won't attend", "altered"),
    (ENGLISH, "Norway would … join the alliance", "altered"),
    (ENGLISH, "[...] the council can lift [...] the embargo", "elided"),
    (ENGLISH, "Russia", "absent"),
    (ENGLISH, "", "absent"),
    (ENGLISH, "   ", "absent"),
    (ENGLISH, "Norw", "verbatim"),
    (ENGLISH, "norw", "absent"),
    (ENGLISH, "norway", "normalized"),
    (ENGLISH, ENGLISH * 2, "altered"),
    (ENGLISH, "before it.\n\nA second delegation", "verbatim"),
    (ENGLISH, "before it. A second delegation", "normalized"),
    (FRENCH, "la Suède acceptera la proposition avant le 14 juin", "altered"),
    (FRENCH, "la Suède n'acceptera pas la proposition après le 14 juin", "altered"),
    (FRENCH, "La Norvège rejette le plan de paix", "altered"),
    (FRENCH, "Il va envoyer douze observateurs", "altered"),
    (FRENCH, "Il pourrait envoyer 12 observateurs", "near"),
    (FRENCH, "la Norvège n’acceptera pas la proposition", "altered"),
    (FRENCH, "Le Danemark soutient le plan de paix", "altered"),
    (SPANISH, "Chile reconocerá la anexión", "altered"),
    (SPANISH, "La ministra dijo que Chile reconocerá la anexión", "altered"),
    (SPANISH, "El gobierno rechaza la resolución", "altered"),
    (SPANISH, "podría enviar tropas el 10 de mayo", "altered"),
    (SPANISH, "va a enviar tropas el 9 de mayo", "altered"),
    (SPANISH, "Bolivia nunca reconocerá la anexión", "altered"),
    (SPANISH, "Perú firmó", "absent"),
    (GERMAN, "Norwegen werde das Abkommen unterzeichnen", "altered"),
    (GERMAN, "Schweden lehnt die Mission ab", "altered"),
    (GERMAN, "Schweden unterstützt die Mission nicht", "altered"),
    (GERMAN, "könnte 5 Schiffe entsenden", "near"),
    (GERMAN, "Dänemark unterstützt die Mission", "altered"),
    (GERMAN, "Schweden unterstützt die Mission und wird fünf Schiffe entsenden", "altered"),
    (RUSSIAN, "Норвегия подпишет договор до 5 мая", "altered"),
    (RUSSIAN, "Норвегия не подпишет договор после 5 мая", "altered"),
    (RUSSIAN, "Швеция отвергает миссию и может направить пять кораблей", "altered"),
    (RUSSIAN, "Дания поддерживает миссию", "altered"),
    (RUSSIAN, "Швеция будет направить пять кораблей", "altered"),
    (RUSSIAN, "может направить 5 кораблей", "near"),
    (ARABIC, "النرويج ستوقع الاتفاق قبل خمسة أيام", "altered"),
    (ARABIC, "الدنمارك لن توقع الاتفاق قبل خمسة أيام", "altered"),
    (ARABIC, "النرويج لن توقع الاتفاق بعد خمسة أيام", "altered"),
    (ARABIC, "النرويج توقع الاتفاق قبل خمسة أيام", "altered"),
    (ARABIC, "وترفض السويد البعثة", "altered"),
    (CHINESE, "挪威会在五月十二日之前签署协议", "altered"),
    (CHINESE, "挪威不会在五月十三日之前签署协议", "altered"),
    (CHINESE, "挪威不会在五月十二日之后签署协议", "altered"),
    (CHINESE, "瑞典反对该决议", "altered"),
    (CHINESE, "丹麦支持该决议", "altered"),
    (CHINESE, "瑞典支持该决议，将派遣五名观察员", "altered"),
    (CHINESE, "巴西支持新的制裁措施", "altered"),
    (CHINESE, "可能派遣5名观察员", "near"),
    (CHINESE, "巴西 反对新的制裁措施", "normalized"),
    (CHINESE, "挪威", "verbatim"),
    (CHINESE, "丹麦", "absent"),
    ("Talks will resume. Talks will resume.", "talks WILL resume", "normalized"),
    ("Egypt said it wants to re-\nopen the port.", "wants to re-open the port", "normalized"),
    ("Egypt said it wants to re-\nopen the port.", "wants to reopen the port", "normalized"),
    ("Egypt said it wants to reopen the port soon today.", "Egypt said it wants to re-open the port soon", "near"),
    ("The fleet of Norway, she said, will remain. Iraq left.", "The fleets of Norway, she said, will remain", "altered"),
    ("Iran attacked Iraq on Monday at dawn.", "Iraq attacked Iran on Monday at dawn", "altered"),
    ("Iran attacked Iraq on Monday at dawn.", "Iran attacked Iraq on Tuesday at dawn", "altered"),
    ("The talks in Geneva ended without an agreement on gas.", "The talks in Geneva ended with an agreement on gas", "altered"),
    ("He said: ‘we are ready to talk’ to them", '"we are ready to talk"', "normalized"),
    (
        "The minister Anders Holm said the fleet would stay in port.",
        "The minister Anders Berg said the fleet would stay in port",
        "altered",
    ),
    (
        "The minister said that the fleet would stay in port for a week.",
        "The minister said the fleet would stay in port for a week",
        "near",
    ),
    ("Some states oppose it but all members support the draft accord.", "some members support the draft accord", "altered"),
    (
        "The treaty is hardly perfect but the parties accept it as a base.",
        "The treaty is perfect but the parties accept it as a base",
        "altered",
    ),
    (
        "The group denied that it had fired the rockets at the port.",
        "The group confirmed that it had fired the rockets at the port",
        "altered",
    ),
    (MIXED, "the organization's defense program was ready", "near"),
    (MIXED, "fifty-one percent of the US troops had left by March 3, 2026", "near"),
    (MIXED, "51% of the U.S. troops had left", "near"),
    (MIXED, "Zelensky thanked Erdogan", "near"),
    (MIXED, "The honorable members in their wisdom will vote on Tuesday", "near"),
    (MIXED, "The honourable members will vote on Tuesday", "altered"),
    (MIXED, "The honourable members … will vote on Tuesday", "elided"),
    (MIXED, "The honourable members, in their wisdom, will vote on Wednesday", "altered"),
    (MIXED, "No habra acuerdo sin garantias", "near"),
    (MIXED, "habra acuerdo sin garantias", "altered"),
    (MIXED, "Der Aussenminister begrüsste die Massnahmen", "normalized"),
    (MIXED, "L'Etat n'a pas cédé", "near"),
    (MIXED, "Совет Безопасности ООН осудил удар по порту, заявил ее представитель", "near"),
    (MIXED, "Совет Безопасности осудил удар по порту", "altered"),
    (MIXED, "Совет Безопасности ООН поддержал удар по порту", "altered"),
    (MIXED, "制裁将继续有效", "verbatim"),
    (MIXED, "制裁不会继续有效", "altered"),
    (MIXED, "制裁将继续有效,直到停火协议签署", "normalized"),
    (MIXED, "制裁可能继续有效，直到停火协议签署", "altered"),
    (MIXED, "欧盟发言人说……停火协议签署", "elided"),
    (MIXED, "美国发言人说，“制裁将继续有效", "altered"),
    (MIXED, "وقال المتحدث باسم الامم المتحدة إن الوضع خطير جدا", "near"),
    (MIXED, "وقال المتحدث باسم الاتحاد الأوروبي إن الوضع خطير جدا", "altered"),
    (MIXED, "إن الوضع ليس خطير جدا في غزة", "altered"),
    (MIXED, "Estonia said the organisation’s", "verbatim"),
    (MIXED, "The labor unions favor talks", "near"),
    (MIXED, "The labour unions oppose talks", "altered"),
    (MIXED, "he said. The labour unions favour talks. No habrá acuerdo", "normalized"),
    (MIXED, "the U.S. troops had not left by 3 March 2026", "altered"),
    (MIXED, "fifty-two per cent of the U.S. troops had left", "altered"),
    (MIXED, "President Ilves of Latvia said", "altered"),
    (MIXED, "President Kask of Estonia said", "altered"),
    (MIXED, "Ilves of Estonia said the organisation’s defence programme was never ready", "altered"),
    (MIXED, "THE LABOUR UNIONS FAVOUR TALKS", "normalized"),
    (MIXED, "(The labour unions favour talks)", "normalized"),
    (MIXED, "labour unions", "verbatim"),
    (MIXED, "labour unions favor", "near"),
    (MIXED, "labour union", "verbatim"),
    (MIXED, "troop", "verbatim"),
    (MIXED, "he said … The labour unions", "elided"),
    (MIXED, "The labour unions favour talks … No habrá acuerdo", "altered"),
    (MIXED, "The labour unions favour talks, not war", "altered"),
    (MIXED, "some of the U.S. troops had left by 3 March 2026", "altered"),
    (MIXED, "President Ilves of Estonia … said … troops had left", "elided"),
    (MIXED, "No habrá acuerdo con garantías", "altered"),
    (MIXED, "Il n’a pas cédé, dit-on partout ici", "absent"),
]

# One sentence per row, a phrase in it, and what a careless or hostile copy might write instead.
PLANTED = [
    ("The foreign minister of Norway said his country would never recognise the annexation", [("Norway", "Sweden"), ("would", "will"), ("would never", "would"), ("recognise", "reject")]),
    ("Brazil and Chile will not join the blockade before the vote on 14 June", [("not ", ""), ("will", "may"), ("14", "15"), ("June", "July"), ("before", "after"), ("Chile", "Peru"), ("join", "leave")]),
    ("All nine members could support a ceasefire if the guns fall silent by Friday", [("All", "Some"), ("nine", "five"), ("could", "must"), ("support", "oppose"), ("Friday", "Monday"), ("could", "could not")]),
    ("Le président de la Colombie n’acceptera pas les quatre conditions avant lundi", [("n’acceptera pas", "acceptera"), ("quatre", "trois"), ("avant", "après"), ("lundi", "mardi"), ("Colombie", "Bolivie")]),
    ("La canciller de Chile dijo que el gobierno podría apoyar la misión el 3 de mayo", [("podría", "debe"), ("apoyar", "rechazar"), ("3", "13"), ("mayo", "junio"), ("Chile", "Cuba"), ("podría", "no podría")]),
    ("Die Regierung in Oslo wird dem Abkommen mit Finnland nicht vor März zustimmen", [("nicht ", ""), ("Finnland", "Estland"), ("wird", "könnte"), ("März", "April"), ("vor", "nach")]),
    ("Правительство Норвегии не поддержит договор до 12 июня без согласия Швеции", [("не ", ""), ("Швеции", "Дании"), ("12", "21"), ("июня", "июля"), (" до ", " после "), ("поддержит", "отвергнет")]),
    ("قالت وزيرة النرويج إن بلادها لن تدعم خطة السلام بعد خمسة أيام", [("لن ", ""), ("لن", "سوف"), ("بعد", "قبل"), ("خمسة", "تسعة"), ("النرويج", "السويد")]),
    ("挪威外交大臣表示该国不会支持五月十二日签署的协议", [("不会", "会"), ("支持", "反对"), ("十二", "十三"), ("五月", "六月"), ("挪威", "瑞典")]),
]  # fmt: skip
FILLERS = [
    "Rain fell on the harbour all morning.",
    "A spokeswoman gave no details.",
    "Le port est resté ouvert.",
    "Der Hafen blieb geöffnet.",
    "港口当天保持开放。",
    "Порт оставался открытым.",
]
EDITS = [(sentence, old, new) for sentence, edits in PLANTED for old, new in edits]


@pytest.mark.parametrize(("text", "quote", "expected"), CASES)
def test_statuses(text: str, quote: str, expected: str) -> None:
    match = find_quote(quote, text)
    assert match.status == expected
    assert match.found == text[match.start : match.end]
    changed = [edit for edit in match.difference if edit.op != "equal"]
    assert bool(changed) == (match.status in ("near", "altered", "elided")) or match.status == "elided"


@given(st.sampled_from(EDITS), st.lists(st.sampled_from(FILLERS)), st.lists(st.sampled_from(FILLERS)), st.data())
def test_a_planted_critical_change_is_never_grounded(
    edit: tuple[str, str, str], before: list[str], after: list[str], data: st.DataObject
) -> None:
    sentence, old, new = edit
    text = " ".join([*before, f"{sentence}.", *after])
    at = sentence.index(old)
    start = data.draw(st.integers(0, at))
    end = data.draw(st.integers(at + len(old), len(sentence)))
    while start and not sentence[start - 1].isspace():
        start -= 1
    while end < len(sentence) and not sentence[end].isspace():
        end += 1
    quote = sentence[start:at] + new + sentence[at + len(old) : end]
    match = find_quote(quote, text)
    # Cutting right after a dropped negation leaves words that do stand there: a slice, verbatim by definition.
    assert not match.status.grounded or quote.strip() in text


@pytest.mark.parametrize(("sentence", "old", "new"), EDITS)
def test_a_critical_change_in_a_whole_sentence_is_shown(sentence: str, old: str, new: str) -> None:
    match = find_quote(sentence.replace(old, new), f"Rain fell. {sentence}. Rain fell.")
    assert match.status is QuoteStatus.ALTERED
    assert any(edit.op != "equal" for edit in match.difference)


TEXTS = st.text(st.one_of(st.sampled_from("ab AB.,…'\"“”\n-é中文не"), st.characters(exclude_categories=())), max_size=80)


@given(TEXTS, TEXTS, st.none() | st.integers(-5, 200))
def test_any_text_and_quote(text: str, quote: str, hint: int | None) -> None:
    match = find_quote(quote, text, hint=hint)
    assert match.found == text[match.start : match.end]
    assert (match.status is QuoteStatus.VERBATIM) == bool(quote and quote in text)
    assert (match.found == "") == (match.status is QuoteStatus.ABSENT)


@given(TEXTS, st.integers(0, 80), st.integers(0, 80))
def test_a_slice_is_verbatim(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    match = find_quote(text[start:end], text)
    assert match.status is (QuoteStatus.VERBATIM if start < end else QuoteStatus.ABSENT)
    assert match.found == text[start:end]


@given(TEXTS, st.integers(0, 80), st.integers(0, 80), st.sampled_from([str, str.upper, str.title]))
def test_a_text_that_has_a_quote_may_have_it(text: str, one: int, other: int, written: Any) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    finder, quote = QuoteFinder(text), trim_quote(written(text[start:end]))
    assert finder.may_have(quote) or not finder.find_same(quote).status.grounded


@given(st.lists(st.sampled_from(" ".join(FILLERS).split()), min_size=3, max_size=30), st.data())
def test_a_folded_slice_is_normalized(words: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    quote = "  “" + "\n".join(words[start:end]).upper() + "” "
    assert find_quote(quote, " ".join(words)).status is QuoteStatus.NORMALIZED


def test_the_nearest_to_the_hint_wins() -> None:
    text = "Peace now. " * 5
    finder = QuoteFinder(text)
    assert finder.find("Peace now").start == 0
    assert finder.find("Peace now", hint=24).start == 22
    assert finder.find("peace NOW", hint=31).start == 33
    assert finder.find("Peace now", hint=1000).start == 44


def test_the_nearest_changed_passage_wins() -> None:
    text = "Norway will not join the pact today. " * 4
    assert find_quote("Norway will join the pact today", text, hint=80).start == 74


def test_whole_words_before_parts_of_words() -> None:
    assert find_quote("Oman", "Woman of Oman").start == 9


def test_elision_takes_the_closest_pieces() -> None:
    text = "The envoy came. The envoy left early and said that Oslo agrees."
    assert find_quote("The envoy … Oslo agrees", text).found == text[16:-1]


def test_the_difference_can_be_drawn() -> None:
    match = find_quote("Norway will join the pact", "Norway will not join the pact.")
    assert match.difference == (
        ("equal", "Norway will", "Norway will"),
        ("delete", "", "not"),
        ("equal", "join the pact", "join the pact"),
    )


def mentions(text: str, *names: str) -> list[str]:
    return [text[span.start : span.end] for span in find_mentions(text, names)]


def test_find_mentions() -> None:
    assert mentions("Oslo-based OSLO’s Oslonian Oslo", "Oslo") == ["Oslo", "OSLO", "Oslo"]
    assert mentions("Ana María\nSoto and Soto", "Soto", "Ana Mari\u0301a Soto") == ["Ana María\nSoto", "Soto"]
    assert mentions("He told us that the US knows who WHO is", "US", "WHO") == ["US", "WHO"]
    assert mentions("挪威外交部与瑞典Volvo会谈", "挪威", "挪威外交部", "Volvo") == ["挪威外交部", "Volvo"]
    assert mentions("والنرويج للسويد بالنرويج النرويجي", "النرويج") == ["النرويج", "النرويج"]
    assert mentions("노르웨이는 말했다", "노르웨이") == ["노르웨이"]
    assert mentions("nothing", "", "?!") == []


def test_contains_name() -> None:
    assert find_mentions("The envoy of CÔTE D'IVOIRE spoke", ["Côte d’Ivoire"])
    assert not find_mentions("Romania", ["Oman"])
    assert not find_mentions("they told us", ["US"])


@given(TEXTS, st.lists(st.text(max_size=5), max_size=5))
def test_mentions_are_in_order_and_apart(text: str, names: list[str]) -> None:
    spans = find_mentions(text, names)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
