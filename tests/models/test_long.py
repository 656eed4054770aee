"""Long articles, against a server that reads each window: what is merged, what is lost with a window, what it costs."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llm_diplo import Brief, BriefEvent, EventKind, ModelError, asummarize, summarize, summarize_many

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

FILLER = "Boats waited at the pilot station all day. The harbour was quiet, and nobody spoke of money.\n\n"
SPEECH = "Edvard Osk said on Monday that “the toll in the narrows should fall.”\n\n", "Calloway said “that it would not.”\n\n"
HEADLINE = "Shores of the strait talk for a ninth day\n\n"
OPENING = "Foreign Minister Ines Calloway of Ketter said on Monday that the books would be opened.\n\n"
PART = 15 * FILLER
TEXT = HEADLINE + OPENING + PART + SPEECH[0] + PART + SPEECH[1] + PART + SPEECH[0] + PART + SPEECH[1] + PART
WINDOW = 700
COUNT = 5


def in_a_loop(text: str, **choices: Any) -> Brief:
    return asyncio.run(asummarize(text, **choices))


def first_of_many(text: str, **choices: Any) -> Brief:
    result = next(summarize_many([text], **choices))
    assert isinstance(result, Brief)
    return result


def essence(brief: Brief) -> Any:
    """A brief without how it was made."""
    return brief.model_dump(exclude={"provenance"})


@pytest.mark.parametrize("way", [summarize, in_a_loop, first_of_many])
def test_windows_are_merged(way: Callable[..., Brief], failing: Any) -> None:
    brief = way(TEXT, model=failing("good"), window=WINDOW)
    assert [(found.name, found.aliases) for found in brief.actors] == [("Ines Calloway", ()), ("Edvard Osk", ())]
    assert [issue.proposition for issue in brief.issues] == ["Tolls in the narrows should fall"]
    calloway, osk = brief.positions
    assert {TEXT[part.start : part.end] for part in osk.evidence} == {SPEECH[0].strip()}
    assert (len(osk.evidence), len(osk.quotes), len(calloway.evidence), len(calloway.quotes)) == (2, 2, 3, 2)
    assert all(TEXT[part.start : part.end] == part.quote for item in brief.positions for part in (*item.evidence, *item.quotes))
    assert (brief.coverage.quotations, brief.coverage.cited) == (4, 4)
    assert brief.summary == "Osk wants the tolls to fall, and Calloway does not."
    assert (brief.warnings, brief.rejected) == ((), ())
    assert brief.provenance.calls == COUNT + 1


def test_the_order_of_answers_does_not_matter(failing: Any) -> None:
    """One window after the other or all at once, sync or async: the brief is the same."""
    model = failing("good")
    briefs = [way(TEXT, model=model, window=WINDOW, window_jobs=jobs) for way in (summarize, in_a_loop) for jobs in (1, 2, 50)]
    assert all(essence(brief) == essence(briefs[0]) for brief in briefs)


def test_a_lost_window_costs_its_units_only(diplo: Any, failing: Any, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text(TEXT, encoding="utf-8")
    whole = Brief.model_validate_json(diplo(path, "-m", failing("good"), "--json", "--window", WINDOW).stdout)
    result = diplo(path, "-m", failing("good,401,good"), "--json", "--window", WINDOW, "--window-jobs", "1")
    assert result.exit_code == 1
    brief = Brief.model_validate_json(result.stdout)
    (warning,) = brief.warnings
    assert (warning.item, warning.field) == (None, "positions")
    first, last = map(int, warning.reason.removeprefix("Units ").split(" were ")[0].split(" to "))
    assert f"Units {first} to {last} were not read: " in result.stderr
    assert "refuses the key" in warning.reason
    kept = {part for item in whole.positions for part in item.evidence if not first <= part.unit <= last}
    assert kept == {part for item in brief.positions for part in item.evidence}
    assert len(kept) < sum(len(item.evidence) for item in whole.positions)
    assert brief.summary


def test_when_no_window_is_read_the_error_is_the_models(failing: Any) -> None:
    with pytest.raises(ModelError, match="refuses the key"):
        summarize(TEXT, model=failing("401"), window=WINDOW)


def test_in_a_corpus_a_window_that_may_come_later_is_waited_for(diplo: Any, failing: Any, tmp_path: Path) -> None:
    """The document is tried again, and only for the window that is missing: the others' answers are remembered."""
    path, db = tmp_path / "long.txt", tmp_path / "diplo.db"
    path.write_text(TEXT, encoding="utf-8")
    flags = ["--window", str(WINDOW), "--window-jobs", "1", "--timeout", "1"]
    result = diplo("corpus", path, "--db", db, "-m", failing("good,slow,good"), *flags)
    assert result.exit_code == 0, result.output
    with sqlite3.connect(db) as database:
        ((text,),) = database.execute("select json from briefs").fetchall()
    brief = Brief.model_validate_json(text)
    assert (brief.warnings, brief.coverage.cited, brief.provenance.calls) == ((), 4, COUNT + 1)


def test_faults_of_a_window_are_re_asked(failing: Any) -> None:
    """Each window has its own conversation, and its own re-asks."""
    told: list[BriefEvent] = []
    brief = summarize(TEXT, model=failing("faulty,good"), window=WINDOW, window_jobs=1, on_event=told.append)
    assert (brief.provenance.calls, brief.rejected, len(brief.positions)) == (COUNT + 2, (), 2)
    (again,) = [event for event in told if event.kind is EventKind.RE_ASK]
    assert (again.part, again.attempt) == (f"window 1 of {COUNT}", 2)
    assert any("there is no unit 999" in fault for fault in again.faults)


def test_events_name_the_window(failing: Any) -> None:
    told: list[BriefEvent] = []
    brief = summarize(TEXT, model=failing("good"), window=WINDOW, on_event=told.append)
    started = [event.part for event in told if event.kind is EventKind.CALL_STARTED]
    assert sorted(started) == [f"window {number} of {COUNT}" for number in range(1, COUNT + 1)]
    assert (told[-1].kind, told[-1].brief, told[-1].part) == (EventKind.DONE, brief, "")
    accepted = [event.item for event in told if event.kind is EventKind.ITEM_ACCEPTED]
    assert [item.name for item in accepted if hasattr(item, "name")].count("Edvard Osk") == 1


@pytest.mark.parametrize(("fault", "reason"), [("prose", "gave no valid answer in one try"), ("500", "HTTP 500")])
def test_a_summary_that_does_not_come_is_a_warning(diplo: Any, failing: Any, tmp_path: Path, fault: str, reason: str) -> None:
    path = tmp_path / "long.txt"
    path.write_text(TEXT, encoding="utf-8")
    faults = ",".join(["good"] * COUNT + [fault])
    result = diplo(path, "-m", failing(faults), "--json", "--window", WINDOW, "--window-jobs", "1", "--retries", "0")
    brief = Brief.model_validate_json(result.stdout)
    assert (result.exit_code, brief.summary, len(brief.positions)) == (0, None, 2)
    assert reason in brief.warnings[0].reason
    assert "No summary was written: " in result.stderr


def test_a_cut_answer_of_one_window(diplo: Any, failing: Any, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text(TEXT, encoding="utf-8")
    result = diplo(path, "-m", failing("truncate,good"), "--json", "--window", WINDOW, "--window-jobs", "1", "--retries", "0")
    brief = Brief.model_validate_json(result.stdout)
    assert result.exit_code == 1
    assert f"In window 1 of {COUNT}: The answer was cut at" in result.stderr
    assert brief.positions


def test_every_call_is_logged_and_counted(diplo: Any, failing: Any, run_llm: Any, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text(TEXT, encoding="utf-8")
    result = diplo(path, "-m", failing("good"), "--json", "--window", WINDOW)
    made = Brief.model_validate_json(result.stdout).provenance
    rows = {row["id"]: row for row in json.loads(run_llm("logs", "-n", "0", "--json").output)}
    assert set(made.log_ids) == rows.keys()
    assert len({row["conversation_id"] for row in rows.values()}) == COUNT + 1
    assert "<<items " in json.dumps(rows[made.log_ids[-1]])
    assert made.input_tokens == sum(row["input_tokens"] for row in rows.values())
    assert made.output_tokens == sum(row["output_tokens"] for row in rows.values())
    told = run_llm("-f", "diplo-brief:last", "what?", "-m", "diplo-offline").output
    assert "about part of a long article" in told
    assert "--output brief.json" in told


def test_claims_are_judged_in_portions(failing: Any) -> None:
    """A second reading is no longer than a window either; each portion counts its claims from 1."""
    brief = summarize(TEXT, model=failing("good"), verify=failing("judge"), window=200)
    second = brief.provenance.verification
    assert second
    assert second.calls == 2
    assert [brief.actor(item.actor).name for item in brief.positions] == ["Edvard Osk"]
    assert [item.reasons for item in brief.rejected] == [("the second reading finds another holder in its evidence",)]


def test_a_portion_that_is_not_judged_stays(failing: Any) -> None:
    brief = summarize(TEXT, model=failing("good"), verify=failing("401,judge"), window=200, window_jobs=1)
    assert len(brief.positions) == 2
    (warning,) = brief.warnings
    assert warning.reason.startswith("There was no second reading of 1 of 2 items: ")


def test_diplo_offline_reads_a_long_article_whole(diplo: Any, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text(TEXT, encoding="utf-8")
    result = diplo(path, "-m", "diplo-offline", "--json", "--window", WINDOW)
    brief = Brief.model_validate_json(result.stdout)
    assert (brief.provenance.calls, brief.coverage.quotations) == (1, 4)
    assert brief.positions


@pytest.mark.parametrize("flags", [("--window", "199"), ("--window-jobs", "0")])
def test_windows_that_cannot_be_meant(diplo: Any, flags: tuple[str, str]) -> None:
    assert diplo("-", *flags, input=TEXT).exit_code == 2
