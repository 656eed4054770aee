"""`llm diplo corpus --batch` against a provider of files and batches: nothing is lost, and nothing is sent or paid twice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import batch_provider
import llm_anthropic
import pytest
from batch_provider import ARTICLES_ASKED, WIRE, command
from conftest import stats
from sqlite_utils import Database
from test_corpus_faults import check_briefs, rows, states

from llm_diplo.corpus import batch_files
from llm_diplo.corpus.tables import MIGRATIONS
from llm_diplo.models.answers import batch_prices, cost_usd

provider, folder = batch_provider.provider, batch_provider.folder
pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])


@pytest.mark.parametrize("responses", [False, True], ids=["/v1/chat/completions", "/v1/responses"])
def test_answers_in_any_order_become_the_briefs_of_their_own_articles(
    diplo: Any, provider: Any, folder: Path, responses: bool
) -> None:
    url = provider(responses=responses)
    result = diplo("corpus", *command(folder))
    assert result.exit_code == 0, result.output
    check_briefs(folder)
    assert states("diplo.db") == {"done": ARTICLES_ASKED}
    assert stats(url) == {"files": 1, "batches": 1, "requests": 12, "answers": 12, "twice": 0, "stored": 2}
    assert rows("diplo.db", "select count(*) from answers") == [(ARTICLES_ASKED,)]
    result = diplo("corpus", *command(folder))
    assert result.exit_code == 0, result.output
    assert stats(url)["batches"] == 1


@pytest.mark.parametrize("responses", [False, True], ids=["/v1/chat/completions", "/v1/responses"])
def test_faulty_failed_and_missing_answers_come_out_in_further_rounds(
    diplo: Any, provider: Any, folder: Path, responses: bool
) -> None:
    url = provider(
        "--mix", "500:0.1,lost:0.1,garbage:0.1,faulty:0.1,truncate:0.1,empty:0.1", "--seed", "3", responses=responses
    )  # fmt: skip
    result = diplo("corpus", *command(folder, "--retries", "4", "--rounds", "8"))
    assert result.exit_code == 0, result.output
    check_briefs(folder)
    assert states("diplo.db") == {"done": ARTICLES_ASKED}
    counted = stats(url)
    assert counted["batches"] > 2
    assert counted["answers"] > ARTICLES_ASKED
    assert counted["twice"] == 0
    assert rows("diplo.db", "select count(*) from batch_requests where status is null") == [(0,)]
    # An empty answer is asked for again and not kept.
    empty = rows("diplo.db", "select count(*) from batch_requests where status = 200 and answer_key is null")[0][0]
    assert rows("diplo.db", "select count(*) from answers") == [(counted["answers"] - empty,)]


@pytest.mark.parametrize("ending", ["expired", "cancelled", "no-credit", "failed", "nothing"])
def test_what_a_batch_leaves_open_goes_into_the_next(diplo: Any, provider: Any, folder: Path, ending: str) -> None:
    url = provider("--batches", f"{ending},completed")
    result = diplo("corpus", *command(folder))
    assert result.exit_code == 0, result.output
    check_briefs(folder)
    assert states("diplo.db") == {"done": ARTICLES_ASKED}
    first, second = rows("diplo.db", "select status, requests from batches order by id")
    assert first == ("completed" if ending in ("no-credit", "nothing") else ending, ARTICLES_ASKED)
    half = ARTICLES_ASKED if ending in ("failed", "nothing") else ARTICLES_ASKED // 2
    assert second == ("completed", half)
    assert stats(url)["answers"] == ARTICLES_ASKED


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("expired", "batch_expired"),
        ("no-credit", "insufficient_quota"),
        ("failed", "Too many tokens wait"),
        ("nothing", "The server had an error"),
    ],
)
def test_after_the_last_round_a_source_has_failed_with_the_reason(
    diplo: Any, provider: Any, folder: Path, ending: str, reason: str
) -> None:
    source = sorted(folder.iterdir())[:4]
    provider("--batches", f"{ending},{ending},completed")
    result = diplo("corpus", *source, *command(folder, "--rounds", "2")[1:])
    assert result.exit_code == 1
    assert reason in result.stderr
    left = {"expired": 1, "no-credit": 1}.get(ending, 4)
    assert states("diplo.db")["failed"] == left
    assert rows("diplo.db", "select distinct error_kind from sources where state = 'failed'") == [("UndeliveredAnswerError",)]
    result = diplo("corpus", *source, *command(folder, "--retry-failed")[1:])
    assert result.exit_code == 0, result.output
    assert states("diplo.db") == {"done": 4}


def test_without_waiting_the_same_command_goes_on(diplo: Any, provider: Any, folder: Path) -> None:
    url = provider("--polls", "1")
    result = diplo("corpus", *command(folder, "--no-wait"))
    assert result.exit_code == 0
    assert "12 requests sent: run the same command again" in result.stderr
    assert states("diplo.db") == {"pending": ARTICLES_ASKED}
    for path in folder.iterdir():
        path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")  # as if touched: another text
        break
    result = diplo("corpus", "--db", "diplo.db", "--batch-status")
    assert "batch_1: in_progress, 0 of 12 requests" in result.stdout
    result = diplo("corpus", "--db", "diplo.db", "-m", "rig", "--batch")
    assert result.exit_code == 0, result.output
    check_briefs(folder)
    assert states("diplo.db") == {"done": ARTICLES_ASKED}
    assert stats(url)["answers"] == ARTICLES_ASKED
    result = diplo("corpus", "--db", "diplo.db", "--batch-status")
    assert "batch_1: completed, collected, 12 of 12 requests to /v1/chat/completions for rig" in result.stdout


def test_what_was_read_is_not_read_again(diplo: Any, provider: Any, folder: Path) -> None:
    """A page that changes between two rounds would be another request."""
    url = provider("--batches", "expired,completed")
    result = diplo("corpus", *command(folder, "--no-wait", "--date", "2026-03-05"))
    assert result.exit_code == 0
    stamps = {path: path.stat() for path in folder.iterdir()}
    for path, stat in stamps.items():
        text = path.read_text(encoding="utf-8")
        path.write_text("x" * len(text.encode()), encoding="utf-8")
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    result = diplo("corpus", *command(folder, "--date", "2026-03-05"))
    assert result.exit_code == 0, result.output
    check_briefs(folder)
    assert rows("diplo.db", "select distinct date_published from briefs") == [("2026-03-05",)]
    assert stats(url)["answers"] == ARTICLES_ASKED


def test_a_budget_counts_before_anything_is_sent(diplo: Any, provider: Any, folder: Path) -> None:
    url = provider()
    result = diplo("corpus", *command(folder, "--budget", "10ktok"))
    assert result.exit_code == 1
    assert "run the same command with a larger one" in result.stderr
    first = stats(url)["answers"]
    assert 0 < first < ARTICLES_ASKED
    assert rows("diplo.db", "select sum(input_tokens + output_tokens) <= 10000 from answers") == [(1,)]
    result = diplo("corpus", *command(folder, "--budget", "10ktok"))
    assert result.exit_code == 1
    assert stats(url)["answers"] <= first + 1  # what the first cost less than was estimated
    result = diplo("corpus", *command(folder, "--budget", "1Mtok"))
    assert result.exit_code == 0, result.output
    check_briefs(folder)
    assert states("diplo.db") == {"done": ARTICLES_ASKED}
    assert stats(url)["answers"] == ARTICLES_ASKED


@pytest.mark.parametrize("limit", ["MOST_REQUESTS", "MOST_BYTES"])
def test_requests_are_split_by_what_a_file_may_hold(
    diplo: Any, provider: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    url = provider()
    monkeypatch.setattr(batch_files, limit, {"MOST_REQUESTS": 5, "MOST_BYTES": 45_000}[limit])
    uploaded: list[int] = []
    real = batch_files.Batches._upload

    def upload(self: Any, client: Any, row: Any) -> str:
        sent = rows("diplo.db", f"select length(cast(body as blob)) from batch_requests where batch = {row['id']}")
        uploaded.append(sum(size for (size,) in sent))
        return real(self, client, row)

    monkeypatch.setattr(batch_files.Batches, "_upload", upload)
    result = diplo("corpus", *command(folder))
    assert result.exit_code == 0, result.output
    check_briefs(folder)
    counts = [count for (count,) in rows("diplo.db", "select requests from batches")]
    assert sum(counts) == ARTICLES_ASKED
    assert stats(url)["batches"] == len(counts) == len(uploaded) > 2
    if limit == "MOST_REQUESTS":
        assert counts == [5, 5, 2]
    else:
        assert max(uploaded) <= 45_000


def test_windows_are_asked_in_one_round_and_the_summary_in_the_next(diplo: Any, provider: Any, tmp_path: Path) -> None:
    provider("--batches", "completed")
    source = tmp_path / "long.txt"
    source.write_text("\n\n".join([WIRE] * 12), encoding="utf-8")
    result = diplo("corpus", *command(source, "--window", "600", "--window-jobs", "2"))
    assert result.exit_code == 0, result.output
    windows, summary = (count for (count,) in rows("diplo.db", "select requests from batches order by id"))
    assert windows > 2
    assert summary == 1
    assert rows("diplo.db", "select summary from briefs") == [("Osk wants the tolls to fall, and Calloway does not.",)]


def test_a_second_reading_is_a_round_of_its_own_and_the_same_request_sent_once(diplo: Any, provider: Any, folder: Path) -> None:
    """All articles say the same but for their last line, so that the claims beside their evidence are one request."""
    provider()
    result = diplo("corpus", *command(folder, "--verify", "--retries", "0"))
    assert result.exit_code == 0, result.output
    counts = [count for (count,) in rows("diplo.db", "select requests from batches order by id")]
    assert counts == [ARTICLES_ASKED, 1]
    assert states("diplo.db") == {"done": ARTICLES_ASKED}


def test_costs_are_those_of_batches(diplo: Any, provider: Any, folder: Path) -> None:
    provider(model_id="gpt-4.1-mini-2025-04-14")
    source = next(folder.iterdir())
    result = diplo("corpus", source, "--db", "diplo.db", "-m", "gpt-4.1-mini-2025-04-14", "--batch")
    assert result.exit_code == 0, result.output
    read, written, cost = rows("diplo.db", "select input_tokens, output_tokens, cost_usd from answers")[0]
    list_price = cost_usd("gpt-4.1-mini", read, written)
    assert list_price
    assert cost == pytest.approx(list_price / 2)
    assert rows("diplo.db", "select cost_usd from briefs")[0][0] == pytest.approx(cost)
    with batch_prices():
        assert cost_usd("gpt-4", 1000, 1000) == pytest.approx(cost_usd_outside("gpt-4") / 2)
        assert cost_usd("no-such-model", 1000, 1000) is None


def cost_usd_outside(model: str) -> float:
    """The list price of a thousand tokens each way."""
    from contextvars import Context

    found = Context().run(cost_usd, model, 1000, 1000)
    assert found
    return found


def test_answers_of_a_live_run_are_not_asked_for_again(diplo: Any, provider: Any, folder: Path, failing: Any) -> None:
    live = failing("good")
    assert diplo("corpus", folder, "--db", "diplo.db", "-m", live, "--no-dedupe").exit_code == 0
    url = provider()
    assert diplo("corpus", *command(folder)).exit_code == 0  # another model: other settings
    assert stats(url)["answers"] == ARTICLES_ASKED
    assert states("diplo.db") == {"done": ARTICLES_ASKED}
    again = diplo("corpus", folder, "--db", "diplo.db", "-m", "rig", "--no-dedupe")  # live, under the same settings
    assert again.exit_code == 0
    assert f"{ARTICLES_ASKED} of these before" in again.stderr


def test_copies_are_sent_once(diplo: Any, provider: Any, folder: Path) -> None:
    url = provider()
    result = diplo("corpus", folder, "--db", "diplo.db", "-m", "rig", "--batch")
    assert result.exit_code == 0, result.output
    assert states("diplo.db") == {"done": 1, "duplicate": ARTICLES_ASKED - 1}
    assert stats(url)["answers"] == 1


def test_models_without_batches_are_refused_in_one_line(diplo: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none")
    assert llm_anthropic
    for model in ("diplo-offline", "claude-sonnet-4.5"):
        result = diplo("corpus", folder, "--db", "diplo.db", "-m", model, "--batch")
        assert result.exit_code == 1
        assert "has no batches that llm-diplo can use: leave out --batch" in result.stderr


@pytest.mark.parametrize("flag", ["--force", "--log"])
def test_flags_that_do_not_go_with_batches_are_refused(diplo: Any, folder: Path, flag: str) -> None:
    result = diplo("corpus", *command(folder, flag))
    assert result.exit_code == 2
    assert f"{flag} does not go with --batch" in result.stderr


def test_a_refused_key_ends_the_run_and_loses_nothing(diplo: Any, provider: Any, folder: Path) -> None:
    provider("--refuse", "401")
    result = diplo("corpus", *command(folder))
    assert result.exit_code == 1
    assert "refuses the key" in result.stderr
    assert states("diplo.db") == {"pending": ARTICLES_ASKED}
    assert rows("diplo.db", "select status, file from batches") == [("planned", None)]


def test_an_older_database_gets_the_tables_of_batches(diplo: Any, provider: Any, folder: Path) -> None:
    old = Database("diplo.db")
    MIGRATIONS.apply(old, stop_before="batches")
    old.close()
    provider()
    result = diplo("corpus", *command(folder))
    assert result.exit_code == 0, result.output
    assert Path("diplo.db.before-batches").exists()
    assert "batches" not in Database("diplo.db.before-batches").table_names()
    assert states("diplo.db") == {"done": ARTICLES_ASKED}
