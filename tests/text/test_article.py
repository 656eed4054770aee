"""Decoding, and what an article shows of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_diplo import Article, SourceError
from llm_diplo.text.article import decode

TEXT = "Ketter et l’île négocient\n\n« Nous n’irons pas à Genève », a déclaré la ministre à la presse étrangère."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_or_utf8_text_is_read_without_a_warning(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == (TEXT, ())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_read_with_a_warning(encoding: str) -> None:
    text, warnings = decode(TEXT.encode(encoding))
    assert text == TEXT
    assert encoding in warnings[0]


def test_another_encoding_is_guessed_with_a_warning() -> None:
    text = (TEXT + " Elle espère que l'autre côté cèdera à l'été, après la fête du détroit. ") * 8
    article = Article.from_bytes(text.encode("cp1252"), source="note.txt")
    assert article.text == text
    assert "the text is not UTF-8; its encoding was guessed as cp1252" in article.warnings[0]


def test_newlines_stay_as_they_are() -> None:
    assert decode(b"one\r\ntwo\rthree\n")[0] == "one\r\ntwo\rthree\n"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), b"\0" * 100])
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(SourceError, match="binary"):
        decode(data)


@pytest.mark.parametrize("text", ["", " \n\t ", "\u00a0"])
def test_empty_text_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="empty"):
        Article.from_text(text)


@given(st.binary(max_size=300))
def test_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        text, _ = decode(data)
    except SourceError:
        return
    assert isinstance(text, str)


WIRE = """Island and Ketter resume harbour talks

By Ines Calloway and Tor Brandt

Thursday, 12 March 2026

PORT KETTER (Marrow Courier) – Envoys met on the quay. They will meet again.
"""


def test_a_masthead_is_read() -> None:
    metadata = Article.from_text(WIRE).metadata
    assert metadata.headline == "Island and Ketter resume harbour talks"
    assert metadata.author == "Ines Calloway and Tor Brandt"
    assert metadata.dateline == "PORT KETTER"
    assert metadata.publisher == "Marrow Courier"
    assert metadata.date_published == "2026-03-12"
    assert (metadata.characters, metadata.units) == (len(WIRE), 5)


@pytest.mark.parametrize(
    ("opening", "dateline"),
    [
        ("GENEVA (Reuters) - Envoys met.", "GENEVA"),
        ("PARIS, March 12 (AFP) — Envoys met.", "PARIS"),
        ("NEW YORK — Envoys met.", "NEW YORK"),
        ("МОРСК, 12 марта. /Вестник Морска/. Послы встретились.", "МОРСК"),
        ("МОРСК, 12 мар — Вестник. Послы встретились.", "МОРСК"),
        ("Морск. 12 марта. ВЕСТНИК - Послы встретились.", "Морск"),
        ("The minister — a lawyer — left.", None),
        ("Envoys met in Geneva.", None),
        ("Port Ketter – the island's rival – gave way.", None),
    ],
)
def test_datelines(opening: str, dateline: str | None) -> None:
    assert Article.from_text(f"A headline\n\n{opening}").metadata.dateline == dateline


BODY = "Envoys of the island met the harbour board on the quay, and they will meet again after the storm has passed. " * 2


@pytest.mark.parametrize(
    ("opening", "headline"),
    [
        ("Island and Ketter resume talks.", "Island and Ketter resume talks"),
        ("Will the tolls fall?", "Will the tolls fall?"),
        ("Tolls fall despite the storm;", "Tolls fall despite the storm"),
        ("Envoy of the U.S. Visits Ketter.", "Envoy of the U.S. Visits Ketter"),
        ("Island breaks with the U.S.", "Island breaks with the U.S."),
        ("Envoys met on the quay. They will meet again.", None),
        ("We thank the board for its patience.", None),
        ("Envoys met on the quay on Tuesday.", None),
        ("The parties agreed:", None),
        ("Mr. Harbour Master,", None),
    ],
)
def test_headlines(opening: str, headline: str | None) -> None:
    assert Article.from_text(f"{opening}\n\n{BODY}").metadata.headline == headline


def test_one_short_paragraph_after_another_is_no_headline() -> None:
    assert Article.from_text("The envoy of the island left on the ferry.\n\nShe was tired.").metadata.headline is None


def test_what_is_given_wins_over_what_the_text_shows() -> None:
    metadata = Article.from_text(WIRE, date_published="2026-03-13", speaker="Ines Calloway", url=None).metadata
    assert (metadata.date_published, metadata.speaker) == ("2026-03-13", "Ines Calloway")


def test_a_text_without_a_headline_has_none() -> None:
    assert Article.from_text("Envoys met on the quay. They will meet again.").metadata.headline is None


def test_halves_of_characters_are_replaced_with_a_warning() -> None:
    article = Article.from_text("Osk said: “We go \ud83d on Monday \ud83d\ude00.”")
    assert article.text == "Osk said: “We go \ufffd on Monday \U0001f600.”"
    assert len(article.warnings) == 1


def test_the_id_is_the_beginning_of_the_digest() -> None:
    metadata = Article.from_text(WIRE).metadata
    assert metadata.text_sha256.startswith(metadata.id)
    assert len(metadata.id) == 16
