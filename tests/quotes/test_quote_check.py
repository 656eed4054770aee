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
from llm_diplo.quotes.check import check_quotes
from llm_diplo.quotes.finder import QuoteStatus
from llm_diplo.quotes.verdict import CheckedQuote, SpeakerMatch
from llm_diplo.text.article import Article

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
    ("draft", "status", "verdict"),
    [
        ("Kari Holm said: “We will keep the port open.”", "verbatim", "confirmed"),
        ("Berg said: “We will keep the port open.”", "verbatim", "wrong"),
        ("Johansen said: “We will keep the port open.”", "verbatim", "wrong"),
        ("Norway said: “We will keep the port open.”", "verbatim", "unconfirmed"),
        ("“We may keep the port open,” Holm said.", "altered", "wrong"),
        ("“There will be an agreement without guarantees,” Berg said.", "altered", "wrong"),
        ("“Nobody wants a blockade,” the EU said.", "verbatim", "confirmed"),
        ("“Nobody wants a blockade,” China said.", "verbatim", "wrong"),
        ("Officials said that Denmark “would not send ships” north.", "verbatim", "unconfirmed"),
        ("“The treaty is dead and everybody knows it,” Berg said.", "verbatim", "confirmed"),
        ("“The treaty is dead and everybody knows it,” Holm said.", "verbatim", "wrong"),
        ("“We will close the harbour and go home,” Holm said.", "absent", "wrong"),
        ("An aide to Berg said: “We will keep the port open.”", "verbatim", "unconfirmed"),
        ("Berg's aide said: “We will keep the port open.”", "verbatim", "unconfirmed"),
        ("“We will keep the port open,” Holm and Berg said.", "verbatim", "unconfirmed"),
        ("He said: “We will keep the port open.”", "verbatim", "unconfirmed"),
    ],
)
def test_one_quotation(draft: str, status: str, verdict: str) -> None:
    [checked] = check(draft)
    assert (checked.match.status, checked.verdict) == (status, verdict)


@pytest.mark.parametrize(
    ("source", "draft", "expected"),
    [
        (
            "strait-conference.txt",
            "“Our patience is not a natural resource,” Venn said. “It runs out.”",
            "confirmed; confirmed",
        ),  # as written
        (
            "strait-conference.txt",
            "Brandt: “Our patience is not a natural resource.”",
            "wrong",
        ),  # name and colon: another person’s words
        (
            "strait-conference.txt",
            "“A strait that nobody talks about is a strait that somebody will close, and I would rather chair a bad conversation than a good blockade,” Osk said.",
            "confirmed",
        ),  # one quotation joined across its own attribution
        (
            "strait-conference.txt",
            "Osk said he “would rather chair a bad [meeting] than a good blockade.”",
            "confirmed",
        ),  # a word replaced in brackets, as newsrooms do
        (
            "strait-conference.txt",
            "Aldane called the loan “cheaper than one month of closed harbours [in winter].”",
            "confirmed",
        ),  # an insertion in brackets
        (
            "strait-conference.txt",
            "“I have not come to sell a treaty. I have come to keep the ships moving,” Aldane said.",
            "confirmed",
        ),  # joined across “he said”; “he” is Aldane
        (
            "strait-conference.txt",
            "Calloway told reporters: “I have not come to sell a treaty.”",
            "wrong",
        ),  # “he” is Aldane, a man; she is not
        (
            "strait-conference.txt",
            "“The agreement leaves open the question that caused the rupture,” Osk said.",
            "wrong|unconfirmed",
        ),  # the reporter’s own prose: no quotation in the source
        ("harbour-talks.txt", "Venn said the island would “pay for water”.", "wrong"),  # cut just behind the negation
        (
            "strait-conference.txt",
            "The accounts will be published “by the end of June”.",
            "unconfirmed",
        ),  # the reporter’s words, nobody named
        (
            "strait-conference.txt",
            "A diplomat said: “We will open the books.”",
            "wrong|unconfirmed",
        ),  # an article is no name; Calloway said it
        ("strait-conference.txt", "Osk spoke of a “bad conversation”.", "confirmed"),  # a fragment
        ("strait-conference.txt", "Venn called the audit “a way of buying another summer.”", "wrong"),  # one noun changed
        (
            "strait-conference.txt",
            "Calloway said: “We will open the books, and then we will see who has been subsidizing whom.”",
            "confirmed",
        ),  # spelling only
        (
            "strait-conference.txt",
            "“We will open the books … and then we will see who has been subsidising whom,” Calloway said.",
            "confirmed",
        ),  # a fair ellipsis
        ("harbour-talks.txt", "“We never did,” Calloway said.", "wrong"),  # the second half of Venn’s quotation
        (
            "strait-conference.txt",
            "« La patience n’est pas une ressource naturelle », a dit Venn.",
            "wrong|unconfirmed",
        ),  # translated
        (
            "strait-conference.txt",
            "“[T]he strait … is a strait that somebody will close,” Osk said.",
            "wrong|unconfirmed",
        ),  # an ellipsis and a bracket that bend the words
        (
            "strait-conference.txt",
            "A Tarn spokesman said the loan was “cheaper than one month of closed harbours.”",
            "wrong|unconfirmed",
        ),  # its president said so, no spokesman
        (
            "strait-conference.txt",
            "The union’s leader said that “a toll that is cut is a wage that is cut.”",
            "confirmed|unconfirmed",
        ),  # by office, not by name
    ],
)
def test_newsroom_conventions(source: str, draft: str, expected: str) -> None:
    checked = check_quotes(draft, [(source, (EXAMPLES / source).read_text(encoding="utf-8"))])
    allowed = [set(verdicts.split("|")) for verdicts in expected.split("; ")]
    assert len(checked) == len(allowed)
    assert all(quote.verdict in verdicts for quote, verdicts in zip(checked, allowed, strict=True))


def test_every_quotation_in_order() -> None:
    checked = check(
        "“Nobody wants a blockade,” the EU said.\n\nHolm said: “Then write a better one.”\n\n“It is over for good,” said Berg."
    )
    assert [quote.source for quote in checked] == ["report.txt", "debate.txt", None]
    assert [quote.verdict for quote in checked] == ["confirmed", "confirmed", "wrong"]


def test_a_passage_with_a_frame_of_its_own_has_its_own_speaker() -> None:
    checked = check("“Nobody wants a blockade,” the EU said. “We will keep the port open,” said Berg.")
    assert [quote.attribution for quote in checked] == [SpeakerMatch.SAME, SpeakerMatch.OTHER]


def test_a_source_with_the_right_speaker_is_preferred() -> None:
    sources = [("one", "“Peace must come first,” Berg said."), ("two", "“Peace must come first,” Holm said.")]
    [checked] = check_quotes("“Peace must come first,” Holm said.", sources)
    assert (checked.source, checked.source_speaker) == ("two", "Holm")


def test_the_same_surname_in_another_case() -> None:
    source = "«Мы не подпишем этот договор», — сказал Андрей Коваленков журналистам."
    [checked] = check_quotes("По словам Коваленкова, «мы не подпишем этот договор».", [("источник", source)])
    assert checked.match.status.grounded
    assert checked.attribution is not SpeakerMatch.OTHER


@pytest.mark.parametrize(
    ("draft", "source", "attribution"),
    [
        # A given name, too, has case endings; «Павел» loses a vowel before them.
        (
            "По словам Павла Ордынцева, «переговоры в порту будут продолжены завтра».",
            "«Переговоры в порту будут продолжены завтра», — заявил Павел Ордынцев.",
            SpeakerMatch.SAME,
        ),
        (
            "“The harbour talks go on tomorrow,” Orla F. Brenn said.",
            "“The harbour talks go on tomorrow,” said Orla Brenn.",
            SpeakerMatch.SAME,
        ),
        (
            "“The harbour talks go on tomorrow,” Orla F. Brenn said.",
            "“The harbour talks go on tomorrow,” said Orla G. Brenn.",
            SpeakerMatch.OTHER,
        ),
    ],
)
def test_given_names_are_compared_as_names_are(draft: str, source: str, attribution: SpeakerMatch) -> None:
    [checked] = check_quotes(draft, [("source", source)])
    assert checked.attribution is attribution


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
    result = diplo("check", EXAMPLES / "draft.md", "--against", STRAIT, "--against", EXAMPLES / "harbour-talks.txt")
    assert result.exit_code == 1
    assert "2 of 7 confirmed · 5 wrong" in result.stdout
    assert "then we will **never** see" in result.stdout
    assert "cheaper than ~~one month~~ **two months** of closed harbours" in result.stdout
    assert "**wrong**: Venn says it in the source (3:" in result.stdout


def test_a_report_in_a_file_and_several_drafts(diplo: Any, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text("“Our patience is not a natural resource,” Venn said.", encoding="utf-8")
    output = tmp_path / "report.json"
    drafts = [tmp_path / "one.txt", tmp_path / "two.txt"]
    result = diplo("check", *drafts, "--against", STRAIT.parent, "--json", "--output", output)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "2 of 2 confirmed" in result.stderr
    assert [draft["quotations"][0]["verdict"] for draft in json.loads(output.read_text())] == ["confirmed", "confirmed"]


def test_an_unconfirmed_quotation_fails_only_under_strict(diplo: Any) -> None:
    draft = "The accounts will be published “by the end of June”."
    assert diplo("check", "-", "--against", STRAIT, input=draft).exit_code == 0
    assert diplo("check", "-", "--against", STRAIT, "--strict", input=draft).exit_code == 1


def test_the_command_gives_every_offset_in_json(diplo: Any) -> None:
    data = json.loads(diplo("check", EXAMPLES / "draft.md", "--against", STRAIT, "--json").stdout)
    draft, source = (EXAMPLES / "draft.md").read_text(encoding="utf-8"), STRAIT.read_text(encoding="utf-8")
    assert len(data["quotations"]) == 7
    assert data["quotations"][0]["verdict"] == "wrong"
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
    assert "**wrong**: altered" in result.stdout
    assert "standard input" in result.stdout
    missing = diplo("check", "-", "--against", STRAIT, "--against", "nosuch.txt", input=draft)
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "nosuch.txt cannot be read" in missing.stderr
    assert diplo("check", "-", input=draft).exit_code == 2


def test_a_draft_is_no_source_of_its_own(diplo: Any, tmp_path: Path) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_text("Venn said: “Nobody will ever close the strait.”", encoding="utf-8")
    (tmp_path / "source.txt").write_text(STRAIT.read_text(encoding="utf-8"), encoding="utf-8")
    result = diplo("check", draft, "--against", tmp_path)
    assert (result.exit_code, "**wrong**: not found" in result.stdout) == (1, True)
    itself = diplo("check", draft, "--against", draft)
    assert (itself.exit_code, "only sources" in itself.stderr) == (2, True)
    second = tmp_path / "second.txt"
    second.write_text("Venn said: “It runs out.” Venn said: “Nobody will ever close the strait.”", encoding="utf-8")
    both = diplo("check", draft, second, "--against", tmp_path, "--json")
    verdicts = [[one["verdict"] for one in data["quotations"]] for data in json.loads(both.stdout)]
    assert verdicts == [["wrong"], ["confirmed", "wrong"]]


def test_a_folder_of_sources_is_read_as_elsewhere(diplo: Any, tmp_path: Path) -> None:
    draft, folder = tmp_path / "draft.txt", tmp_path / "sources"
    draft.write_text("Venn said: “It runs out.”", encoding="utf-8")
    (folder / "more").mkdir(parents=True)
    nothing = diplo("check", draft, "--against", folder)
    assert (nothing.exit_code, nothing.stdout) == (2, "")
    assert "sources holds no file that can be read (.txt" in nothing.stderr
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    (folder / "more" / "broken.txt").write_bytes(bytes(range(256)) * 20)
    unread = diplo("check", draft, "--against", folder)
    assert (unread.exit_code, "No source can be read" in unread.stderr) == (2, True)
    (folder / "more" / "strait.txt").write_text(STRAIT.read_text(encoding="utf-8"), encoding="utf-8")
    result = diplo("check", draft, "--against", folder)
    assert (result.exit_code, "1 of 1 confirmed" in result.stdout) == (0, True)
    assert "Left out, neither texts, web pages nor PDFs: " in result.stderr
    assert "picture.png" in result.stderr
    assert "Left out: " in result.stderr
    assert "broken.txt is binary data" in result.stderr
    assert diplo("check", draft, "--against", folder / "picture.png").exit_code == 2


def test_the_report_has_a_legend_and_says_what_is_not_checked(diplo: Any) -> None:
    changed = diplo("check", "-", "--against", STRAIT, input="Venn said: “Our patience is a natural resource.”").stdout
    assert changed.rstrip().endswith(
        "~~Struck out~~: the source's words; **bold**: the draft's words where they differ. Sentences without quotation marks are not checked."
    )
    same = diplo("check", "-", "--against", STRAIT, input="Venn said: “It runs out.”").stdout
    assert "Struck out" not in same
    assert same.count("Sentences without quotation marks are not checked.") == 1


MARKED = """---
title: We will open the books
date: 2026-01-02
---

# A head

Some **bold** text. Nobody wrote “We *will* open the
books, and [then](https://courier.example) we will see who has been subsidising whom,” but Calloway said so.

Venn said: “Our patience is not a natural resource.” Venn said: “Our patience is not a natural resource.”
"""


def test_places_are_those_of_the_file(diplo: Any, tmp_path: Path) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text(MARKED, encoding="utf-8")
    quotations = json.loads(diplo("check", draft, "--against", STRAIT, "--json").stdout)["quotations"]
    lines = MARKED.split("\n")
    assert [(one["line"], one["column"]) for one in quotations] == [
        (8, lines[7].index("“") + 1),
        (11, lines[10].index("“") + 1),
        (11, lines[10].rindex("“") + 1),
    ]


def test_the_words_around_a_quotation_are_shown(diplo: Any) -> None:
    draft = "On a long and grey Tuesday in the harbour office Venn said: “It runs out,” and left the room of the old harbour office."
    result = diplo("check", "-", "--against", STRAIT, input=draft)
    assert "> …in the harbour office Venn said: “It runs out,” and left the room of the old harbour…\n" in result.stdout
    [quotation] = json.loads(diplo("check", "-", "--against", STRAIT, "--json", input=draft).stdout)["quotations"]
    assert (quotation["before"][-12:], quotation["after"][:10]) == ("Venn said: “", ",” and lef")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("La patience n’est pas une ressource", ("unconfirmed", "other-language")),
        ("Nuestra paciencia no es eterna", ("unconfirmed", "other-language")),
        ("Unsere Geduld ist bald vorbei", ("unconfirmed", "other-language")),
        ("Our patience has run out at last", ("wrong", "not-found")),
        ("A tax on salt is a tax on nobody", ("wrong", "not-found")),
        ("Un temps", ("wrong", "not-found")),  # too short to tell
    ],
)
def test_short_quotations_in_another_language_are_no_inventions(words: str, expected: tuple[str, str]) -> None:
    [checked] = check_quotes(f"Kari Holm said on Monday that “{words}” and left.", SOURCES)
    assert (checked.verdict, checked.why.rule) == expected


def test_an_english_invention_in_a_french_draft_is_wrong() -> None:
    draft = "La ministre a quitté la salle lundi soir, après six heures de discussions, et n’a rien voulu ajouter. Kari Holm a dit: “{}”"
    [english] = check_quotes(draft.format("A tax on salt is a tax on nobody"), SOURCES)
    [french] = check_quotes(draft.format("Nous garderons le port ouvert"), SOURCES)
    assert (english.verdict, english.why.rule) == ("wrong", "not-found")
    assert (french.verdict, french.why.rule) == ("unconfirmed", "other-language")


def test_a_speaker_inside_a_quotation_is_none() -> None:
    source = "Osk spoke of “a bad conversation” and said “nobody will ever close a strait on my watch.” Venn smiled."
    [checked] = check_quotes("Osk said: “Nobody will ever close a strait on my watch.”", [("source", source)])
    assert (checked.verdict, checked.source_speaker) == ("confirmed", "Osk")
    [checked] = check_quotes("Venn said: “Nobody will ever close a strait on my watch.”", [("source", source)])
    assert checked.verdict == "wrong"


def test_of_many_sources_with_the_same_words_the_one_that_has_them_together_is_read() -> None:
    decoy = (
        "The charges of September were registered. A commission of the harbour met. Mooring was free, as papers publish. "
        "It would certainly rain."
    )
    said = "“The harbour commission will certainly publish the registered mooring charges in September,” Orsolya Venn said."
    sources = [*((f"decoy-{number}.txt", decoy) for number in range(8)), ("speech.txt", said)]
    draft = "“The harbour commission will never publish the registered mooring charges in September,” Orsolya Venn said."
    [checked] = check_quotes(draft, sources)
    assert (checked.source, checked.match.status) == ("speech.txt", QuoteStatus.ALTERED)


@pytest.mark.parametrize(
    "several",
    [
        "Two ministers",
        "Several officials of the island",
        "Both ministers of the island",
        "The ministers of the island",
        "Many islanders",
    ],
)
def test_several_people_are_not_the_one_who_spoke(several: str) -> None:
    source = (
        "“The tolls must fall,” Orsolya Venn, one of two ministers of the island and several officials and islanders, said."
    )
    [checked] = check_quotes(f"{several} said: “The tolls must fall.”", [("source", source)])
    assert checked.verdict == ("wrong" if several.startswith("Two") else "unconfirmed")


def test_words_of_two_speakers_joined_into_one_quotation_are_wrong() -> None:
    source = "“The tolls must fall,” Orsolya Venn said. “They will stay,” Tor Brandt said."
    (checked,) = check_quotes(Article.from_text("Venn said: “The tolls must fall. They will stay.”"), [("talks.txt", source)])
    assert (checked.verdict, checked.reason) == ("wrong", "joined over another speaker's words")


def test_a_bracket_may_change_the_case_of_a_letter_within_a_word() -> None:
    source = "“I said it before: the tolls must fall,” Orsolya Venn said."
    (checked,) = check_quotes(Article.from_text("Venn said: “[T]he tolls must fall.”"), [("talks.txt", source)])
    assert checked.verdict == "confirmed"


DESCRIBED = (
    "Norwegian officials met Tor Brandt of Denmark in Oslo. “The toll is older than the port,” Orla Fenn, a historian at the "
    "university, said. “The port is older than the town,” Ines Osk, an analyst and former Norwegian official, said. "
    "“The town is older than the sea,” Piet Olbrecht, a Norwegian economist, said. “The sea is older than the toll,” Norwegian Foreign "
    "Minister Kari Holm said. “The sea is colder than the town,” Runa Fisk, the minister attacked by Norway, said. “The sea is "
    "wider than the town,” Fisk and Holm said. “The town is older than the port,” the Council of Ports and Lakes said."
)


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ("Norway said: “The toll is older than the port.”", "wrong"),
        ("A Norwegian diplomat said: “The toll is older than the port.”", "wrong"),
        ("Norwegian officials said: “The toll is older than the port.”", "wrong"),
        ("Tor Brandt and Ines Osk said: “The toll is older than the port.”", "wrong"),
        ("Orla Fenn and Ines Osk said: “The toll is older than the port.”", "unconfirmed"),
        ("A scholar said: “The toll is older than the port.”", "unconfirmed"),
        ("Norway said: “The port is older than the town.”", "unconfirmed"),
        ("A Norwegian official said: “The port is older than the town.”", "unconfirmed"),
        ("An analyst said: “The port is older than the town.”", "confirmed"),
        ("Norway said: “The town is older than the sea.”", "unconfirmed"),
        ("Denmark said: “The town is older than the sea.”", "wrong"),
        ("Norwegian officials said: “The town is older than the sea.”", "unconfirmed"),
        ("Denmark said: “The sea is older than the toll.”", "wrong"),
        ("A Danish envoy said: “The sea is older than the toll.”", "wrong"),
        ("Norway said: “The sea is older than the toll.”", "unconfirmed"),
        ("A Norwegian envoy said: “The sea is older than the toll.”", "unconfirmed"),
        ("Denmark said: “The sea is colder than the town.”", "unconfirmed"),
        ("Fisk and Holm said: “The sea is wider than the town.”", "confirmed"),
        ("The Council of Ports and Lakes said: “The town is older than the port.”", "confirmed"),
        ("Piet Olbrecht said: “The sea is wider than the town.”", "wrong"),
        ("Fisk said: “The sea is wider than the town.”", "unconfirmed"),
    ],
)
def test_a_body_or_official_that_cannot_be_the_person_in_the_source_is_wrong(draft: str, expected: str) -> None:
    [checked] = check_quotes(draft, [("source", DESCRIBED)])
    assert checked.verdict == expected, checked.reason
