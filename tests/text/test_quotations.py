"""Quotations: which quoted words are speech, and which are the name of something."""

from __future__ import annotations

import pytest

from llm_diplo import Article
from llm_diplo.text.quotations import find_quotations

NAMES = [
    ("en", "The company “Q-West” said on Monday that it would leave."),
    ("en", "Ordyn told the “Lake Courier” that the tolls would fall."),
    ("en", "The newspaper “Lantern of the North”, which said so, is closed."),
    ("ru", "Об этом сообщил «Береговой листок», где Орлин сказал, что пошлины упадут."),
    ("ru", "Партия «Тихий берег» заявила, что уйдёт."),
    ("fr", "Le journal « Le Quai » a écrit que les taxes baisseraient."),
    ("es", "El partido “Costa Abierta” dijo que no."),
    ("de", "Die „Kettener Zeitung“ berichtete, die Zölle würden sinken."),
    ("de", "Die Zeitung „Hafenblatt“ schrieb, die Zölle würden sinken."),
]
SPEECH = [
    ("en", "The envoy called the deal a “breakthrough”.", "“breakthrough”"),
    ("en", "“Never,” said Osk.", "“Never,”"),
    ("en", "“Nonsense”, Brandt replied.", "“Nonsense”"),
    ("en", "Osk said “No” and left.", "“No”"),
    ("ru", "Он назвал сделку «прорывом».", "«прорывом»"),
    ("ru", "Орлин сказал: «Нет».", "«Нет»"),
    ("fr", "La ministre a qualifié l’accord de « percée ».", "« percée »"),
    ("es", "La ministra calificó el acuerdo de “avance”.", "“avance”"),
    ("de", "Die Ministerin nannte das Abkommen einen „Durchbruch“.", "„Durchbruch“"),
    ("zh", "外交部发言人说，“绝不”。", "“绝不”"),
]


def quotations(text: str, language: str) -> list[str]:
    article = Article.from_text(text, language=language)
    return [article.text[span.start : span.end] for found in find_quotations(article) for span in found.spans]


@pytest.mark.parametrize(("language", "text"), NAMES, ids=[text for _, text in NAMES])
def test_names_of_papers_parties_and_companies_are_no_quotations(language: str, text: str) -> None:
    assert quotations(text, language) == []


@pytest.mark.parametrize(("language", "text", "said"), SPEECH, ids=[text for _, text, _ in SPEECH])
def test_one_quoted_word_with_a_speech_verb_is_a_quotation(language: str, text: str, said: str) -> None:
    assert quotations(text, language) == [said]


def test_a_quoted_word_without_a_speech_verb_is_none() -> None:
    assert quotations("The “reforms” failed, and the harbour closed.", "en") == []
