"""Checking a draft: each quotation against its sources, the words and the mouth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st

from llm_diplo.errors import SourceError
from llm_diplo.quotes.check import Attribution, CheckedQuote, check_quotes
from llm_diplo.quotes.finder import QuoteStatus

REPORT = """The foreign minister of Norway, Kari Holm, said on Monday: “We will keep the port open.” She met Ola Berg of Sweden.

“There will be no agreement without guarantees,” Berg told reporters. “Nobody wants a blockade,” the European Union said.

Denmark said it would not send ships.
"""
DEBATE = """HOLM: We will never leave the talks, whatever the price.
BERG: The treaty is dead and everybody knows it.
HOLM: Then write a better one.
"""
SOURCES = [("report.txt", REPORT), ("debate.txt", DEBATE)]


def check(draft: str) -> list[CheckedQuote]:
    checked = check_quotes(draft, SOURCES)
    texts = dict(SOURCES)
    for quote in checked:
        assert quote.quote in draft[quote.start : quote.end]
        if quote.source:
            assert quote.match.found == texts[quote.source][quote.match.start : quote.match.end]
    return checked


@pytest.mark.parametrize(
    ("draft", "status", "attribution"),
    [
        ("Kari Holm said: “We will keep the port open.”", "verbatim", "same"),
        ("Norway said: “We will keep the port open.”", "verbatim", "same"),
        ("Berg said: “We will keep the port open.”", "verbatim", "other"),
        ("Johansen said: “We will keep the port open.”", "verbatim", "other"),
        ("“We may keep the port open,” Holm said.", "altered", "same"),
        ("“There will be an agreement without guarantees,” Berg said.", "altered", "same"),
        ("“Nobody wants a blockade,” the EU said.", "verbatim", "same"),
        ("“Nobody wants a blockade,” China said.", "verbatim", "other"),
        ("Officials said that Denmark “would not send ships” north.", "verbatim", "unnamed"),
        ("“The treaty is dead and everybody knows it,” Berg said.", "verbatim", "same"),
        ("“The treaty is dead and everybody knows it,” Holm said.", "verbatim", "other"),
        ("“We will close the harbour and go home,” Holm said.", "absent", "unnamed"),
        ("He said: “We will keep the port open.”", "verbatim", "unnamed"),
    ],
)
def test_one_quotation(draft: str, status: str, attribution: str) -> None:
    [checked] = check(draft)
    assert (checked.match.status, checked.attribution) == (status, attribution)
    assert checked.sound == (status in ("verbatim", "normalized") and attribution != "other")


def test_every_quotation_in_order() -> None:
    checked = check(
        "“Nobody wants a blockade,” the EU said.\n\nHolm said: “Then write a better one.”\n\n“It is over for good,” said Berg."
    )
    assert [quote.source for quote in checked] == ["report.txt", "debate.txt", None]
    assert [quote.sound for quote in checked] == [True, True, False]


def test_a_passage_with_a_frame_of_its_own_has_its_own_speaker() -> None:
    checked = check("“Nobody wants a blockade,” the EU said. “We will keep the port open,” said Berg.")
    assert [quote.attribution for quote in checked] == [Attribution.SAME, Attribution.OTHER]


def test_a_source_with_the_right_speaker_is_preferred() -> None:
    sources = [("one", "“Peace must come first,” Berg said."), ("two", "“Peace must come first,” Holm said.")]
    [checked] = check_quotes("“Peace must come first,” Holm said.", sources)
    assert (checked.source, checked.source_speaker) == ("two", "Holm")


def test_the_same_surname_in_another_case() -> None:
    source = "«Мы не подпишем этот договор», — сказал Андрей Коваленков журналистам."
    [checked] = check_quotes("По словам Коваленкова, «мы не подпишем этот договор».", [("источник", source)])
    assert checked.match.status.grounded
    assert checked.attribution is not Attribution.OTHER


def test_an_empty_draft_is_refused() -> None:
    with pytest.raises(SourceError):
        check_quotes(" \n", SOURCES)


def test_empty_and_missing_sources() -> None:
    for sources in ([], [("empty", "")]):
        [checked] = check_quotes("Holm said: “We will keep the port open.”", sources)
        assert checked.match.status is QuoteStatus.ABSENT


@given(st.text(st.sampled_from("“”\"'«» ,.\nabAB…中said Holm "), max_size=120).filter(str.strip), st.text(max_size=40))
def test_any_draft(draft: str, source: str) -> None:
    for checked in check_quotes(draft, [("source", source), ("report", REPORT)]):
        assert 0 <= checked.start < checked.end <= len(draft)


STRAIT = EXAMPLES / "strait-conference.txt"


def test_the_command_says_what_was_changed_and_whose_words_they_are(diplo: Any) -> None:
    result = diplo("check", EXAMPLES / "draft.md", "--against", STRAIT, EXAMPLES / "harbour-talks.txt")
    assert result.exit_code == 1
    assert "2 of 7 borne out by the sources · 2 altered · 1 not found · 2 in the wrong mouth" in result.stdout
    assert "then we will **never** see" in result.stdout
    assert "cheaper than ~~one month~~ **two months** of closed harbours" in result.stdout
    assert "**not Tor Brandt's words**: there “Venn”" in result.stdout


def test_the_command_gives_every_offset_in_json(diplo: Any) -> None:
    data = json.loads(diplo("check", EXAMPLES / "draft.md", "--against", STRAIT, "--json").stdout)
    draft, source = (EXAMPLES / "draft.md").read_text(encoding="utf-8"), STRAIT.read_text(encoding="utf-8")
    assert (data["sound"], len(data["quotations"])) == (False, 7)
    for quotation in data["quotations"]:
        assert quotation["quote"] in draft[quotation["start"] : quotation["end"]]
        if quotation["source"]:
            assert source[quotation["source_start"] : quotation["source_end"]] == quotation["found"]


def test_sound_drafts_and_drafts_without_a_quotation_pass(diplo: Any, tmp_path: Path) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_text("“Our patience is not a natural resource,” said Orsolya Venn.", encoding="utf-8")
    assert diplo("check", draft, "--against", STRAIT).exit_code == 0
    draft.write_text("Nothing is quoted here.", encoding="utf-8")
    result = diplo("check", draft, "--against", STRAIT)
    assert (result.exit_code, "It holds no quotation." in result.stdout) == (0, True)


def test_a_draft_from_a_pipe_and_missing_files(diplo: Any) -> None:
    draft = "Venn said: “Our patience is a natural resource.”"
    result = diplo("check", "-", "--against", STRAIT, input=draft)
    assert result.exit_code == 1
    assert "**altered**" in result.stdout
    missing = diplo("check", "-", "--against", STRAIT, "nosuch.txt", input=draft)
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "nosuch.txt cannot be read" in missing.stderr
    assert diplo("check", "-", input=draft).exit_code == 2
