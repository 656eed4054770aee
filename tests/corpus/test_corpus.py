"""`llm diplo corpus`: what a user sees of it when all goes well."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
from conftest import ARTICLES, EXAMPLES, stats

from llm_diplo import Article, Brief, DiploError, summarize_many

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = (ARTICLES / "wire.txt").read_text(encoding="utf-8")
WORDS = ["heron", "plover", "curlew", "dunlin", "godwit", "avocet", "snipe", "turnstone", "knot", "ruff"]


def rows(db: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with sqlite3.connect(db) as connection:
        return connection.execute(sql, values).fetchall()


def states(db: Path) -> dict[str, int]:
    """How many sources are in which state."""
    return dict(rows(db, "select state, count(*) from sources group by state"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of ten articles whose answers name them."""
    path = tmp_path / "articles"
    path.mkdir()
    for word in WORDS:
        (path / f"{word}.txt").write_text(f"{WIRE}\n\nDispatch {word}.", encoding="utf-8")
    return path


@pytest.fixture
def asked(server: str) -> Callable[[], int]:
    """How many requests the server has had since the test began."""
    before = stats(server).get("requests", 0)
    return lambda: stats(server).get("requests", 0) - before


def test_every_source_has_its_own_brief_and_every_quote_its_words(diplo: Any, failing: Any, folder: Path) -> None:
    result = diplo("corpus", folder, "--db", "diplo.db", "-m", failing("good"), "--no-dedupe")
    assert result.exit_code == 0, result.output
    assert "10 done" in result.stderr
    assert states(Path("diplo.db")) == {"done": 10}
    briefs = rows(Path("diplo.db"), "select name, summary from sources join briefs on briefs.id = sources.brief")
    assert all(summary.startswith(f"Dispatch {Path(name).stem}") for name, summary in briefs)
    found = rows(
        Path("diplo.db"),
        'select quote, substr(text, "start" + 1, "end" - "start") from evidence '
        "join briefs on briefs.id = evidence.brief join texts on sha256 = text_sha256",
    )
    assert len(found) > 20
    assert all(quote == words for quote, words in found)


def test_a_second_run_asks_nothing_and_a_changed_source_only_for_itself(
    diplo: Any, failing: Any, folder: Path, asked: Callable[[], int]
) -> None:
    model = failing("good")
    command = ("corpus", folder, "--db", "diplo.db", "-m", model, "--no-dedupe")
    assert diplo(*command).exit_code == 0
    first = asked()
    again = diplo(*command)
    assert again.exit_code == 0
    assert "10 of these before" in again.stderr
    assert asked() == first
    (folder / "ruff.txt").write_text(f"{WIRE}\n\nDispatch redshank.", encoding="utf-8")
    assert diplo(*command).exit_code == 0
    assert asked() == first + 1
    assert states(Path("diplo.db")) == {"done": 10}
    summaries = [summary for (summary,) in rows(Path("diplo.db"), "select summary from briefs")]
    assert len(summaries) == 10
    assert sum(summary.startswith("Dispatch redshank") for summary in summaries) == 1
    assert diplo(*command, "--force").exit_code == 0
    assert asked() == first + 11


def test_other_settings_are_another_brief(diplo: Any, failing: Any, folder: Path, asked: Callable[[], int]) -> None:
    command = ("corpus", folder, "--db", "diplo.db", "-m", failing("good"), "--no-dedupe")
    assert diplo(*command).exit_code == 0
    before = asked()
    assert diplo(*command, "-o", "temperature", "0.5").exit_code == 0
    assert asked() == before + 10
    assert states(Path("diplo.db")) == {"done": 10}


def test_wire_copies_are_paid_for_once(diplo: Any, failing: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(WIRE, encoding="utf-8")
    (tmp_path / "b.txt").write_text(f"{WIRE}\n\nOur correspondent contributed to this report.", encoding="utf-8")
    (tmp_path / "c.txt").write_text((EXAMPLES / "harbour-talks.txt").read_text(encoding="utf-8"), encoding="utf-8")
    model = failing("good")
    result = diplo("corpus", "a.txt", "b.txt", "c.txt", "--db", "diplo.db", "-m", model, "-j", "1")
    assert rows(Path("diplo.db"), "select distinct name from answers join sources on sources.id = source") == [
        ("a.txt",),
        ("c.txt",),
    ]
    found = rows(
        Path("diplo.db"),
        "select sources.name, first.name, sources.similarity, sources.differing_units "
        "from sources join sources as first on first.id = sources.duplicate_of",
    )
    ((name, first, similarity, units),) = found
    assert (name, first) == ("b.txt", "a.txt")
    assert 0.8 <= similarity <= 1
    article = Article.from_text((tmp_path / "b.txt").read_text(encoding="utf-8"))
    assert [article.unit_text(number) for number in json.loads(units)] == ["Our correspondent contributed to this report."]
    assert "1 duplicate" in result.stderr


def test_a_failed_source_has_its_error_and_its_answer_and_can_be_tried_again(diplo: Any, failing: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(WIRE, encoding="utf-8")
    command = ("corpus", "a.txt", "gone.txt", "--db", "diplo.db", "-m", failing("prose,prose,good"))
    (tmp_path / "gone.txt").write_text("Gone.", encoding="utf-8")
    result = diplo("corpus", "a.txt", "--db", "diplo.db", *command[5:])
    assert result.exit_code == 1
    ((state, kind, raw),) = rows(Path("diplo.db"), "select state, error_kind, raw_answer from sources")
    assert (state, kind) == ("failed", "InvalidAnswerError")
    assert raw == "The minister wants lower tolls."
    assert "errors: 1 InvalidAnswerError" in result.stderr
    status = diplo("corpus", "--db", "diplo.db", "--status")
    assert "1 failed" in status.stdout
    assert "InvalidAnswerError" in status.stdout
    assert diplo("corpus", "a.txt", "--db", "diplo.db", *command[5:]).exit_code == 1
    again = diplo("corpus", "a.txt", "--db", "diplo.db", *command[5:], "--retry-failed")
    assert again.exit_code == 0, again.output
    assert states(Path("diplo.db")) == {"done": 1}


def test_a_malformed_line_is_named_and_skipped(diplo: Any, failing: Any, tmp_path: Path) -> None:
    lines = [json.dumps({"id": word, "text": f"{WIRE}\n\nDispatch {word}.", "date": "2031-05-06"}) for word in WORDS[:2]]
    (tmp_path / "speeches.jsonl").write_text("\n".join([lines[0], "{broken", lines[1]]), encoding="utf-8")
    result = diplo("corpus", "speeches.jsonl", "--db", "diplo.db", "-m", failing("good"), "--no-dedupe")
    assert result.exit_code == 1
    assert states(Path("diplo.db")) == {"done": 2, "skipped": 1}
    assert "line 2" in result.stderr
    dates = rows(Path("diplo.db"), "select distinct date_published from briefs")
    assert dates == [("2031-05-06",)]


def test_a_budget_stops_and_a_larger_one_goes_on(diplo: Any, failing: Any, folder: Path, asked: Callable[[], int]) -> None:
    model = failing("good")
    command = ("corpus", folder, "--db", "diplo.db", "-m", model, "--no-dedupe", "-j", "1")
    result = diplo(*command, "--budget", "9ktok")
    assert result.exit_code == 1
    assert "budget of 9,000 tokens is spent" in result.stderr
    done = states(Path("diplo.db"))["done"]
    assert 0 < done < 10
    assert rows(Path("diplo.db"), "select sum(input_tokens + output_tokens) <= 9000 from answers") == [(1,)]
    assert diplo(*command, "--budget", "2Mtok").exit_code == 0
    assert states(Path("diplo.db")) == {"done": 10}
    assert asked() == len(WORDS)


@pytest.mark.parametrize("budget", ["5", "5eur", "$5usd", "0usd", "-1usd"])
def test_a_budget_that_is_none(budget: str, diplo: Any, folder: Path) -> None:
    result = diplo("corpus", folder, "--db", "diplo.db", "-m", "diplo-offline", f"--budget={budget}")
    assert result.exit_code == 2
    assert "5usd or 2Mtok" in result.stderr


def test_dollars_need_a_known_price(diplo: Any, failing: Any, folder: Path, asked: Callable[[], int]) -> None:
    result = diplo("corpus", folder, "--db", "diplo.db", "-m", failing("good"), "--budget", "5usd")
    assert result.exit_code == 2
    assert "--budget 2Mtok" in result.stderr
    assert asked() == 0


def test_a_dry_run_counts_and_writes_nothing(diplo: Any, failing: Any, folder: Path, asked: Callable[[], int]) -> None:
    result = diplo("corpus", folder, "--db", "diplo.db", "-m", failing("good"), "--dry-run")
    assert result.exit_code == 0
    assert "1 to ask for" in result.stdout
    assert "9 near-identical to another" in result.stdout
    assert "tokens" in result.stdout
    assert not Path("diplo.db").exists()
    assert asked() == 0


def test_a_dry_run_needs_no_key_and_says_when_nothing_is_left(
    diplo: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    priced = diplo("corpus", folder, "--db", "diplo.db", "-m", "gpt-4o-mini", "--dry-run")
    assert (priced.exit_code, priced.stderr) == (0, "")
    assert re.search(r"about \$0\.0\d\d\d, about 1 min", priced.stdout)
    assert diplo("corpus", folder, "--db", "diplo.db", "-m", "diplo-offline").exit_code == 0
    assert diplo("corpus", folder, "--db", "diplo.db", "-m", "diplo-offline", "--dry-run").stdout.endswith(
        "\nnothing to ask for\n"
    )


def test_the_offline_model_is_free(diplo: Any, folder: Path) -> None:
    run = ("corpus", folder, "--db", "diplo.db", "-m", "diplo-offline")
    assert ", about $0.00, " in diplo(*run, "--dry-run").stdout
    assert diplo(*run, "--budget", "5usd").exit_code == 0
    assert ", about $0.00" in diplo(folder, "-m", "diplo-offline", "--estimate").stderr


def test_the_status_reads_no_source(diplo: Any, folder: Path) -> None:
    result = diplo("corpus", folder, "--db", "diplo.db", "-m", "diplo-offline", "--status")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "leave out the sources" in result.stderr
    assert not Path("diplo.db").exists()


def test_a_failed_source_has_the_same_error_in_the_next_run(diplo: Any, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    first, second = (
        diplo("corpus", tmp_path / "empty.txt", "--db", "diplo.db", "-m", "diplo-offline").stderr for _ in range(2)
    )
    assert "errors: 1 SourceError" in first
    assert "errors: 1 SourceError" in second
    path = tmp_path / "empty.txt"
    assert f"failed: {path} is empty" in first
    assert f"such as {path} is empty" in diplo("corpus", "--db", "diplo.db", "--status").stdout


def test_a_copy_is_rendered_as_the_first(diplo: Any, failing: Any, tmp_path: Path) -> None:
    for name, end in (("a.txt", ""), ("b.txt", "\n\nMore to follow.")):
        (tmp_path / name).write_text(WIRE + end)
    assert diplo("corpus", "a.txt", "b.txt", "--db", "diplo.db", "-m", failing("good"), "-j", "1").exit_code == 0
    first, copy = (diplo("render", f"diplo.db#{name}", "--json").stdout for name in ("a.txt", "b.txt"))
    assert json.loads(first) == json.loads(copy)


def test_export_and_import_give_the_same_database(diplo: Any, failing: Any, folder: Path) -> None:
    (folder / "short.txt").write_text("Too short.", encoding="utf-8")
    model = failing("good,good,good,prose,prose,good")
    assert diplo("corpus", folder, "--db", "diplo.db", "-m", model, "-j", "1", "--export", "out.jsonl").exit_code in (0, 1)
    assert len(states(Path("diplo.db"))) > 1
    assert diplo("corpus", "--db", "copy.db", "--import", "out.jsonl").exit_code == 0
    assert diplo("corpus", "--db", "copy.db", "--export", "again.jsonl").exit_code == 0
    assert Path("again.jsonl").read_bytes() == Path("out.jsonl").read_bytes()
    for table in ("actors", "positions", "next_steps", "evidence", "quotations", "rejected", "issues", "answers"):
        count = f"select count(*) from {table}"
        assert rows(Path("copy.db"), count) == rows(Path("diplo.db"), count)
    assert diplo("corpus", "--db", "copy.db", "--import", "out.jsonl", "--export", "twice.jsonl").exit_code == 0
    assert Path("twice.jsonl").read_bytes() == Path("out.jsonl").read_bytes()


def test_a_line_that_is_no_brief_of_its_text_is_named(diplo: Any, failing: Any, folder: Path) -> None:
    assert diplo("corpus", folder, "--db", "d.db", "-m", failing("good"), "--export", "out.jsonl", "-j", "1").exit_code == 0
    line = json.loads(Path("out.jsonl").read_text(encoding="utf-8").splitlines()[0])
    line["text"] += " More."
    Path("bad.jsonl").write_text(json.dumps(line), encoding="utf-8")
    result = diplo("corpus", "--db", "copy.db", "--import", "bad.jsonl")
    assert result.exit_code == 1
    assert "bad.jsonl, line 1: the brief was made from another text" in result.stderr


def test_the_views_and_the_search_answer(diplo: Any, failing: Any, folder: Path) -> None:
    db = Path("diplo.db")
    assert diplo("corpus", folder, "--db", db, "-m", failing("good"), "--no-dedupe").exit_code == 0
    positions = rows(db, "select actor, stance, quotes, units from positions_with_quotes")
    assert len(positions) == rows(db, "select count(*) from positions")[0][0] > 0
    assert any(quotes for _, _, quotes, _ in positions)
    assert rows(db, "select count(*) from steps_by_date")[0] == rows(db, "select count(*) from next_steps")[0]
    (briefs, sides) = rows(db, "select max(briefs), max(support + oppose + mixed + unclear) from actor_issue_matrix")[0]
    assert briefs == sides == len(WORDS)
    assert rows(db, "select answers, sources from cost_by_model") == [(10, 10)]
    word = rows(db, "select statement from positions")[0][0].split()[-1].strip(".,")
    assert rows(db, "select count(*) from positions_fts where positions_fts match ?", f'"{word}"')[0][0] >= 10


def test_no_row_is_looked_for_among_all_rows(diplo: Any, failing: Any, folder: Path) -> None:
    """For each row written SQLite looks for rows that point at it: without an index a large database gets slower and slower."""
    diplo("corpus", folder, "--db", "diplo.db", "-m", failing("good"))
    db = sqlite_utils.Database("diplo.db")
    for table in db.tables:
        indexed = {index.columns[0] for index in table.indexes} | set(table.pks)
        assert {key.column for key in table.foreign_keys if key.other_table != "runs"} <= indexed, table.name


def test_python_has_the_same_with_db(failing: Any, folder: Path, asked: Callable[[], int]) -> None:
    model = failing("good")
    sources = [*sorted(folder.iterdir()), folder / "missing.txt", f"{WIRE}\n\nDispatch redshank."]
    results = list(summarize_many(sources, jobs=3, model=model, db="diplo.db", dedupe=False))
    words = [*sorted(WORDS), None, "redshank"]
    for word, result in zip(words, results, strict=True):
        if word is None:
            assert isinstance(result, DiploError)
        else:
            assert isinstance(result, Brief)
            assert result.summary and result.summary.startswith(f"Dispatch {word}")
    before = asked()
    again = list(summarize_many(sources, jobs=3, model=model, db="diplo.db", dedupe=False))
    assert asked() == before
    assert [result for result in again if isinstance(result, Brief)] == [one for one in results if isinstance(one, Brief)]


def test_python_gives_a_copy_the_brief_of_the_first(failing: Any, asked: Callable[[], int]) -> None:
    first, copy, same = summarize_many([WIRE, f"{WIRE}\n\nMore to follow.", WIRE], model=failing("good"), db="diplo.db")
    assert asked() == 1
    assert first == copy == same


def test_a_brief_of_the_database_is_rendered_with_its_text(diplo: Any, run_llm: Any, failing: Any, folder: Path) -> None:
    assert diplo("corpus", folder, "--db", "diplo.db", "-m", failing("good"), "--no-dedupe").exit_code == 0
    page = diplo("render", "diplo.db#3", "--format", "html")
    assert page.exit_code == 0, page.output
    assert "<mark" in page.stdout
    named = diplo("render", f"diplo.db#{folder / 'ruff.txt'}", "--json")
    assert json.loads(named.stdout)["summary"].startswith("Dispatch ruff")
    missing = diplo("render", "diplo.db#99", "--json")
    assert missing.exit_code == 1
    assert "holds no brief 99" in missing.stderr


def test_llm_reads_a_brief_of_the_database(diplo: Any, run_llm: Any, failing: Any, folder: Path) -> None:
    from llm_diplo.plugin import Diplo, load_brief

    assert diplo("corpus", folder, "--db", "diplo.db", "-m", failing("good"), "--no-dedupe").exit_code == 0
    assert "Dispatch" in str(load_brief("diplo.db#1"))
    assert {row["kind"] for row in json.loads(Diplo().read_positions("diplo.db#1"))} == {"position"}
    with pytest.raises(ValueError, match=r"diplo\.db holds no brief 99"):
        load_brief("diplo.db#99")
    with pytest.raises(ValueError, match=r"gone\.db is not there"):
        load_brief("gone.db#1")


def test_a_refused_key_stops_the_run_and_costs_no_source(
    diplo: Any, failing: Any, folder: Path, asked: Callable[[], int]
) -> None:
    result = diplo("corpus", folder, "--db", "diplo.db", "-m", failing("401"), "--no-dedupe", "-j", "2")
    assert result.exit_code == 1
    assert "refuses the key" in result.stderr
    assert asked() <= 3
    assert set(states(Path("diplo.db"))) == {"pending"}


def test_a_copy_of_an_imported_source_is_found(diplo: Any, failing: Any, folder: Path, asked: Callable[[], int]) -> None:
    model = failing("good")
    source = folder / "ruff.txt"
    assert diplo("corpus", source, "--db", "diplo.db", "-m", model, "--export", "out.jsonl").exit_code == 0
    assert diplo("corpus", "--db", "copy.db", "--import", "out.jsonl").exit_code == 0
    (folder / "copy.txt").write_text(source.read_text(encoding="utf-8") + " More.", encoding="utf-8")
    assert diplo("corpus", folder / "copy.txt", "--db", "copy.db", "-m", model).exit_code == 0
    assert states(Path("copy.db")) == {"done": 1, "duplicate": 1}
    assert asked() == 1


@pytest.mark.parametrize("limits", [(), ("--rpm", "60")], ids=["no limits", "rpm"])
def test_without_the_extra_it_says_what_to_install(
    limits: tuple[str, ...], diplo: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("aiolimiter", "datasketch", "filelock"):
        monkeypatch.setitem(sys.modules, name, None)
    result = diplo("corpus", folder, "--db", "diplo.db", "-m", "diplo-offline", *limits)
    assert result.exit_code == 1
    assert "extra `corpus` (aiolimiter, datasketch, filelock)" in result.stderr
    with pytest.raises(DiploError, match="extra `corpus`"):
        list(summarize_many([WIRE], model="diplo-offline", db="diplo.db"))
