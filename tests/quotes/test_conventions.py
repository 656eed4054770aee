"""How quotations are written: contracted forms, brackets, ellipses and joins, and how the report shows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llm_diplo.quotes.check import check_quotes
from llm_diplo.quotes.verdict import CheckedQuote

SOURCE = (
    "“I don't know whether the ferry will return, and I won't guess,” Venn said. “It is late,” she added. "
    "“The ships that carry papers may pass, in the morning, at slack water.”\n\n"
    "“I am sure we have won, and I would rather chair a bad conversation than a good blockade,” Osk said. “Let us go.”\n\n"
    "“They'd better pay, and they'd pay twice if we can not leave,” Brandt said. “There's no berth that isn't taken.”"
)
GERMAN = "Am Abend sprach sie im Hafen. „Das gibt es nicht, und so geht's nicht weiter am Kai“, sagte Orla Marsh."


def check(draft: str) -> CheckedQuote:
    [checked] = check_quotes(draft, [("talks.txt", GERMAN if "sagte" in draft else SOURCE)])
    return checked


@pytest.mark.parametrize(
    "draft",
    [
        "Venn said: “I do not know whether the ferry will return, and I will not guess.”",
        "Venn said: “It's late.”",
        "Osk said: “I'm sure we've won.”",
        "Osk said: “I'm sure we've won, and I'd rather chair a bad conversation than a good blockade.”",
        "Osk said: “Let's go.”",
        "Brandt said: “They had better pay, and they would pay twice if we cannot leave.”",
        "Brandt said: “They'd better pay, and they'd pay twice if we can’t leave.”",
        "Brandt said: “There is no berth that is not taken.”",
        "Marsh sagte: „Das gibt's nicht, und so geht es nicht weiter am Kai.“",
    ],
)
def test_contracted_forms_are_confirmed(draft: str) -> None:
    assert check(draft).verdict == "confirmed", check(draft).reason


@pytest.mark.parametrize(
    "draft",
    [
        "Venn said: “I know whether the ferry will return, and I will not guess.”",
        "Venn said: “I did not know whether the ferry will return, and I won't guess.”",
        "Venn said: “I do not know whether the ferry will return, and I will guess.”",
        "Venn said: “It isn't late.”",
        "Osk said: “I'm sure we'd won.”",
        "Osk said: “I'm sure we've won, and I'll rather chair a bad conversation than a good blockade.”",
        "Brandt said: “They would better pay, and they had pay twice if we cannot leave.”",
        "Brandt said: “There is no berth that is taken.”",
        "Marsh sagte: „Das gibt's nicht, und so geht's weiter am Kai.“",
    ],
)
def test_contracted_forms_of_other_words_are_wrong(draft: str) -> None:
    assert check(draft).verdict == "wrong"


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("We will re-sign the treaty", "confirmed"),
        ("We will resign the treaty", "wrong"),
        ("We shall re-sign the treaty", "wrong"),
        ("The princess may be late in the travelling season", "wrong"),
        ("The princes may be late in the traveling season", "confirmed"),
        ("The princes maybe late in the travelling season", "wrong"),
        ("The princes might be late in the travelling season", "wrong"),
        ("We scraped a plan to co-operate, and we support the toll", "wrong"),
        ("We scrapped the plan to cooperate, and we support the toll", "confirmed"),
        ("We scrapped the plan to cooperate, and we back the toll", "wrong"),
        ("We scrapped the hope to cooperate, and we support the toll", "wrong"),
        ("the 5 talks resume in March", "confirmed"),
        ("the five talks begin in March", "wrong"),
        ("The princes may be late in the traveling season [of storms]", "confirmed"),
        ("The princes may be late in the traveling [weather]", "confirmed"),
        ("The princes may be [never] late in the traveling season", "wrong"),
        ("[T]he princes may be late in the traveling [autumn] season", "confirmed"),
    ],
)
def test_only_spelling_is_near(words: str, verdict: str) -> None:
    source = (
        "“We will re-sign the treaty,” Venn said. “The princes may be late in the travelling season.” She added: “We scrapped "
        "the plan to co-operate, and we support the toll.” She said: “Good, the five talks resume in March.”"
    )
    [checked] = check_quotes(f"Venn said: “{words}.”", [("talks.txt", source)])
    assert checked.verdict == verdict, checked.reason


def report(diplo: Any, tmp_path: Path, draft: str) -> tuple[str, dict[str, Any]]:
    """Return the Markdown report and the first quotation in JSON."""
    source = tmp_path / "talks.txt"
    source.write_text(SOURCE, encoding="utf-8")
    shown = diplo("check", "-", "--against", source, input=draft).stdout
    return shown, json.loads(diplo("check", "-", "--against", source, "--json", input=draft).stdout)["quotations"][0]


@pytest.mark.parametrize(
    ("draft", "verdict", "reason", "shown"),
    [
        (
            "Venn said: “The ships that carry papers may pass [the lock].”",
            "confirmed",
            "brackets",
            r"“The ships that carry papers may pass \[the lock\].”",
        ),
        (
            "Venn said: “[Their] ships that carry papers may pass.”",
            "confirmed",
            "brackets",
            r"“\[Their\] ships that carry papers may pass.”",
        ),
        (
            "Venn said: “The [vessels] that carry papers may pass, in the [early] morning.”",
            "confirmed",
            "brackets",
            r"“The \[vessels\] that carry papers may pass, in the \[early\] morning.”",
        ),
        (
            "Osk said: “[W]e have won … than a good blockade.”",
            "confirmed",
            "fair ellipsis",
            r"“\[W\]e have won … than a good blockade.”",
        ),
        (
            "Venn said: “I … know whether the ferry will return.”",
            "wrong",
            "altered",
            "“I ~~don't~~ … know whether the ferry will return.”",
        ),
        (
            "Venn said: “I know whether the ferry will return [soon].”",
            "wrong",
            "altered",
            r"“I ~~don't~~ know whether the ferry will return **\[soon\]**.”",
        ),
        (
            "Venn said: “It is late. The ships that carry papers may pass.”",
            "confirmed",
            "joined across its own attribution",
            "“It is late. The ships that carry papers may pass.”",
        ),
        (
            "Venn said: “It is late … The ships … may pass … at slack water.”",
            "unconfirmed",
            "the ellipsis drops a restriction",
            "“It is late … The ships … may pass … at slack water.”",
        ),
    ],
)
def test_the_report_shows_conventions_as_such(
    diplo: Any, tmp_path: Path, draft: str, verdict: str, reason: str, shown: str
) -> None:
    markdown, data = report(diplo, tmp_path, draft)
    assert (data["verdict"], data["reason"]) == (verdict, reason)
    assert shown in markdown
    assert data["quote"] == draft.partition("“")[2].partition("”")[0].rstrip(".")
