"""The sources of a corpus: what is found in files, folders, lists, tables and feeds, and what is named as broken."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_diplo import SourceError
from llm_diplo.corpus.inputs import Columns, Entry, entries

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

SPEECH = "Ines Calloway said that Ketter will not lower its tolls."
PAGE = (
    "<!doctype html><html><head><title>Talks resume</title><meta name='author' content='The page'></head><body><article>"
    "<h1>Talks resume</h1><p>The five states on the strait met on Monday, after seven months without talks.</p>"
    "<p>Ketter insists that the tolls pay for lights, pilots and dredging, and that no cut is possible.</p>"
    "<p>The commission will meet again in September, in the old customs house at Karstad, and publish what it decides.</p>"
    "</article>"
)
FEED = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Marrow Courier</title>
<item><title>Tolls</title><link>{0}/tolls</link><guid>t1</guid><pubDate>Fri, 01 May 2026 23:30:00 -0500</pubDate>
<dc:creator>Halima Roth</dc:creator><content:encoded><![CDATA[<p>Ketter will <b>not</b> lower
its tolls.</p><script>x()</script><p>Osk said: <q>They should fall.</q></p>]]></content:encoded></item>
<item><title>Talks</title><link>{0}/talks</link><guid>t2</guid><pubDate>Sat, 02 May 2026 08:00:00 GMT</pubDate>
<dc:creator>Halima Roth</dc:creator><description>The five states met&#8230;</description></item>
<item><title>Nothing</title></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Ministry</title><entry><id>urn:1</id><title>Statement</title>
<author><name>Press office</name></author><updated>2026-05-03T07:00:00Z</updated>
<content type="text">The minister regrets that 3 &lt; 4 boats came.</content></entry></feed>"""


def found(*sources: Any, **options: Any) -> list[Entry]:
    return list(entries(map(str, sources), **options))


def names(*sources: Any, **options: Any) -> list[str]:
    return [entry.name for entry in found(*sources, **options)]


def problems(*sources: Any, **options: Any) -> list[str]:
    return [entry.problem for entry in found(*sources, **options) if entry.problem]


def write(path: Path, text: str | bytes = SPEECH) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def table(path: Path, rows: list[list[str]], **dialect: Any) -> Path:
    written = io.StringIO()
    csv.writer(written, **dialect).writerows(rows)
    return write(path, written.getvalue())


def json_lines(path: Path, *records: object) -> Path:
    return write(path, "".join(json.dumps(record) + "\n" for record in records))


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Any:
    def give(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return give


class Site(BaseHTTPRequestHandler):
    """A feed and its pages."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        base = f"http://127.0.0.1:{self.server.server_address[1]}"
        kind, body = ("application/rss+xml", FEED.format(base)) if self.path.startswith("/news") else ("text/html", PAGE)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_folder_is_read_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.md", "a/.git/c.txt", ".hidden.txt", "c.HTML", "a/b/x.txt", "picture.png", "a/table.csv"):
        write(tmp_path / "desk" / name)
    (tmp_path / "desk" / "loop").symlink_to(tmp_path / "desk")
    folder = tmp_path / "desk"
    assert names(folder) == [f"{folder}/{name}" for name in ("a/b/x.txt", "a/z.md", "b.txt", "c.HTML")]
    assert names(folder, glob="*.txt") == [f"{folder}/{name}" for name in ("a/b/x.txt", "b.txt")]
    assert names(folder, glob="a/**/*.txt") == [f"{folder}/a/b/x.txt"]
    assert [entry.read().text for entry in found(folder, glob="*.txt")] == [SPEECH, SPEECH]


def test_a_source_without_an_article_is_an_error_at_once(tmp_path: Path) -> None:
    write(tmp_path / "empty" / "picture.png")
    for source, says in (
        (tmp_path / "missing.txt", "no such file or folder"),
        (tmp_path / "empty", r"is a folder with no file to read \(\.txt"),
        (json_lines(tmp_path / "a.jsonl", {"speech": SPEECH, "day": "x"}), "has no column text: it has speech, day"),
        (table(tmp_path / "a.csv", [["who", "what"], ["x", "y"]]), "has no column text: it has who, what. --text-key"),
        (write(tmp_path / "b.csv", ""), "is empty"),
        (write(tmp_path / "a.xml", "<notes/>"), "neither an RSS nor an Atom feed"),
    ):
        with pytest.raises(SourceError, match=says) as error:
            entries([str(write(tmp_path / "good.txt")), str(source)])
        assert str(source) in str(error.value)
        assert "\n" not in str(error.value)


def test_a_named_column_must_be_there(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", [["speech", "when"], [SPEECH, "1 May 2026"]])
    with pytest.raises(SourceError, match=r"has no column day: it has speech, when\. --date-key"):
        entries([str(path)], columns=Columns(text="speech", date="day"))
    (entry,) = found(path, columns=Columns(text="Speech", date="when"))
    assert entry.read().metadata.date_published == "2026-05-01"


def test_a_list_of_paths(tmp_path: Path, stdin: Any) -> None:
    first = write(tmp_path / "a.txt")
    records = json_lines(tmp_path / "desk" / "b.jsonl", {"text": SPEECH})
    write(tmp_path / "desk" / "c.txt")
    stdin(f"{first}\n\n  {tmp_path}/missing.txt\n{tmp_path}/desk\r\n{records}\nhttp://192.0.2.1/x\n{'x' * 5_000}\n")
    listed = found("-")
    assert [entry.name for entry in listed] == [
        str(first),
        f"{tmp_path}/missing.txt",
        f"{tmp_path}/desk/c.txt",
        f"{records}#1",
        "http://192.0.2.1/x",
        "-#7",
    ]
    assert listed[0].read().text == SPEECH
    assert not listed[1].problem
    with pytest.raises(SourceError, match=r"missing\.txt cannot be read: No such file"):
        listed[1].read()
    assert listed[-1].problem == "standard input, line 7: is too long for a path or URL."


def test_a_broken_table_in_a_folder_stops_nothing(tmp_path: Path) -> None:
    table(tmp_path / "desk" / "a.csv", [["who"], ["x"]])
    json_lines(tmp_path / "desk" / "b.jsonl", {"text": SPEECH})
    first, second = found(tmp_path / "desk", glob="*")
    assert (first.name, second.name) == (f"{tmp_path}/desk/a.csv", f"{tmp_path}/desk/b.jsonl#1")
    assert "has no column text: it has who" in str(first.problem)
    assert second.read().text == SPEECH
    with pytest.raises(SourceError, match="has no column text"):
        first.read()


def test_a_folder_that_vanishes_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    for name in ("a/1.txt", "b/2.txt", "c/3.txt"):
        write(tmp_path / "desk" / name)
    walk = entries([str(tmp_path / "desk")])
    read = [next(walk)]
    shutil.rmtree(tmp_path / "desk" / "b")
    read += walk
    assert [Path(entry.name).name for entry in read] == ["1.txt", "3.txt", "b"]
    assert read[2].problem == f"{tmp_path}/desk/b cannot be read: No such file or directory."


@pytest.mark.parametrize("ending", ["jsonl", "ndjson", "nl", "jsonl.gz"])
def test_json_lines(tmp_path: Path, ending: str) -> None:
    path = json_lines(
        tmp_path / f"a.{ending}",
        {"id": 7, "text": SPEECH, "date": 20260501, "speaker": "Ines Calloway", "authors": ["A. Roth", "B. Osk"]},
        {"text": "<p>First &amp; last.</p><p>Second.</p>", "published": "2026-05-02T23:00:00Z", "link": "https://a.test/1"},
        {"text": SPEECH, "date": "Easter"},
    )
    if ending.endswith(".gz"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    listed = found(path)
    assert [entry.name for entry in listed] == [f"{path}#7", f"{path}#2", f"{path}#3"]
    first, second, third = (entry.read() for entry in listed)
    assert (first.text, first.source) == (SPEECH, f"{path}#7")
    assert (first.metadata.date_published, first.metadata.speaker) == ("2026-05-01", "Ines Calloway")
    assert first.metadata.author == "A. Roth, B. Osk"
    assert second.text == "First & last.\n\nSecond."
    assert (second.metadata.date_published, second.metadata.url) == ("2026-05-02", "https://a.test/1")
    assert third.warnings == (f"{path}, line 3: the date Easter is not understood: write it as YYYY-MM-DD.",)


def test_malformed_lines_are_named_and_the_others_read(tmp_path: Path) -> None:
    good = json.dumps({"text": SPEECH}).encode()
    bad = [b'{"text": "cut', b"[1]", b'{"speech": 1}', b'{"text": 5}', b"[" * 100_000, b'{"text": "\xff\x00\x01\x02"}']
    path = write(tmp_path / "a.jsonl", b"\n".join([good, *bad, b"", good]))
    assert names(path)[::7] == [f"{path}#1", f"{path}#9"]
    told = problems(path)
    assert told[:4] == [
        f"{path}, line 2: is not JSON (Unterminated string starting at, column 10).",
        f"{path}, line 3: is not a JSON object.",
        f"{path}, line 4: has no text.",
        f"{path}, line 5: its text is not a string but of type int.",
    ]
    assert told[4].startswith(f"{path}, line 6: is not JSON (")
    assert told[5] == f"{path}, line 7: is not text in UTF-8."
    assert len(told) == 6
    assert max(map(len, told)) < 300


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables(tmp_path: Path, delimiter: str, encoding: str) -> None:
    speech = "“Nous sommes très déçus, et cela durera,” a déclaré le ministre à Bréhal; le président s’est tu.\nEncore."
    path = table(
        tmp_path / "a.csv",
        [["ID", "Text", "Title"], ["x", speech, "Déçus"], ["", "", ""], ["", SPEECH, ""], ["z", "", ""]],
        delimiter=delimiter,
    )
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    listed = found(path)
    assert [entry.name for entry in listed] == [f"{path}#x", f"{path}#5", f"{path}#z"]
    first = listed[0].read()
    assert (first.text, first.metadata.headline) == (speech, "Déçus")
    assert [f"guessed as {encoding}" in warning for warning in first.warnings] == ([True, True] if encoding == "cp1252" else [])
    with pytest.raises(SourceError, match=r"a\.csv#z is empty"):
        listed[2].read()


def test_a_carriage_return_does_not_end_a_line_of_json(tmp_path: Path) -> None:
    (entry,) = found(write(tmp_path / "a.jsonl", f'{{"text":\r"{SPEECH}"}}\r\n'))
    assert entry.read().text == SPEECH


def test_malformed_rows_are_named_and_the_others_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", f'id,text\n1,{SPEECH}\n2,a,b\n3\n4,"a" b\n5,{SPEECH}\n6,"never closed\n7,{SPEECH}\n')
    assert names(path) == [f"{path}#{key}" for key in ("1", "3", "4", "5", "5", "7")]
    assert problems(path) == [
        f"{path}, line 3: has 3 cells, the header has 2.",
        f"{path}, line 4: has 1 cells, the header has 2.",
        f"{path}, line 5: ',' expected after '\"'.",
        f"{path}, line 7: unexpected end of data.",
    ]


def test_a_tsv_and_a_gzipped_table(tmp_path: Path) -> None:
    rows = [["body", "Speaker"], [SPEECH, "Ines Calloway"]]
    tsv = table(tmp_path / "a.tsv", rows, delimiter="\t")
    packed = write(tmp_path / "a.csv.gz", gzip.compress(table(tmp_path / "a.csv", rows).read_bytes()))
    for entry in found(tsv, packed):
        assert (entry.read().text, entry.read().metadata.speaker) == (SPEECH, "Ines Calloway")


def test_a_damaged_archive_gives_what_can_be_read(tmp_path: Path) -> None:
    records = [{"text": f"{SPEECH} {os.urandom(500).hex()}"} for _ in range(200)]
    path = json_lines(tmp_path / "a.jsonl", *records)
    packed = write(tmp_path / "a.jsonl.gz", gzip.compress(path.read_bytes())[:60_000])
    listed = found(packed)
    assert len(listed) > 50
    assert [bool(entry.problem) for entry in listed] == [False] * (len(listed) - 1) + [True]
    assert len({entry.name for entry in listed}) == len(listed)
    assert f"{packed} cannot be read after line {len(listed) - 1}" in str(listed[-1].problem)


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_long_lines_and_gzip_bombs_are_refused_in_little_memory(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm_diplo.corpus.records.LONGEST_LINE", 100_000)
    line = json.dumps({"text": SPEECH}) if ending == "jsonl" else SPEECH
    head = "" if ending == "jsonl" else "text\n"
    path = write(tmp_path / f"a.{ending}.gz", gzip.compress(f"{head}{line}\n{'0' * 40_000_000}\n{line}\n".encode()))
    tracemalloc.start()
    listed = found(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [bool(entry.problem) for entry in listed] == [False, True, False]
    assert "is longer than" in str(listed[1].problem)
    assert peak < 5_000_000


def test_memory_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = json_lines(tmp_path / "a.jsonl", *({"id": number, "text": SPEECH * 50} for number in range(count)))
        tracemalloc.start()
        for entry in entries([str(path)]):
            assert not entry.problem
        bytes_used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return bytes_used

    peak(10)
    assert peak(3_000) < 1.5 * peak(100)


def test_stamps_change_with_the_source_only(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "a.jsonl", {"text": SPEECH, "date": "2026-05-01"}, {"text": "Osk said so."})
    plain = write(tmp_path / "a.txt")
    before = [entry.stamp for entry in found(path, plain)]
    assert before == [entry.stamp for entry in found(path, plain)]
    assert before[2] == f"{plain.stat().st_mtime_ns}-{len(SPEECH)}"
    json_lines(path, {"text": SPEECH, "date": "2026-05-02"}, {"text": "Osk said so."})
    write(plain, "Osk said so.")
    after = [entry.stamp for entry in found(path, plain)]
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, True, False]


def test_what_the_user_states_wins(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "a.jsonl", {"text": SPEECH, "date": "2026-05-01", "speaker": "Ines Calloway"})
    (entry,) = found(path, date_published="2026-06-01", speaker=None)
    assert (entry.read().metadata.date_published, entry.read().metadata.speaker) == ("2026-06-01", "Ines Calloway")


def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/desk/caf\xe9.txt"
    (tmp_path / "desk").mkdir()
    try:
        Path(os.fsdecode(name)).write_text(SPEECH, encoding="utf-8")
    except OSError:
        pytest.skip("this file system has no such names")
    (entry,) = found(tmp_path / "desk")
    assert entry.name.encode().endswith(b"caf\\udce9.txt")
    assert entry.read().text == SPEECH


def test_a_feed_in_a_file(tmp_path: Path, site: str) -> None:
    path = write(tmp_path / "a.xml", FEED.format(site))
    whole, linked, broken = found(path, allow_private=True)
    assert (whole.name, linked.name) == (f"{path}#t1", f"{site}/talks")
    article = whole.read()
    assert article.text == "Ketter will not lower its tolls.\n\nOsk said: “They should fall.”"
    facts = article.metadata
    assert (facts.date_published, facts.author, facts.headline) == ("2026-05-01", "Halima Roth", "Tolls")
    assert facts.url == f"{site}/tolls"
    assert Site.asked == []
    page = linked.read()
    assert "seven months without talks" in page.text
    assert (page.metadata.date_published, page.metadata.author) == ("2026-05-02", "Halima Roth")
    assert broken.problem == f"{path}: item 3 has neither a text nor a link."


@pytest.mark.parametrize(
    "before", ["", "<!-- x -->\n" * 200, '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://a.test/rss.dtd">\n']
)
def test_what_may_stand_before_a_feed(tmp_path: Path, before: str) -> None:
    items = "<rss><channel><item><description>Osk said so.</description></item></channel></rss>"
    (entry,) = found(write(tmp_path / "a.rss", f'\ufeff<?xml version="1.0"?>{before}{items}'))
    assert entry.read().text == "Osk said so."


def test_a_feed_that_defines_entities_or_only_looks_like_one_is_refused(tmp_path: Path) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><rss><channel/></rss>'
    for text in (bomb, "<!---->" * 1_000 + "x"):
        with pytest.raises(SourceError, match="neither an RSS nor an Atom feed"):
            entries([str(write(tmp_path / "a.xml", text))])


def test_an_atom_feed(tmp_path: Path) -> None:
    (entry,) = found(write(tmp_path / "a.atom", ATOM))
    article = entry.read()
    assert article.text == "The minister regrets that 3 < 4 boats came."
    assert (article.metadata.date_published, article.metadata.author) == ("2026-05-03", "Press office")


def test_content_that_breaks_off_is_a_teaser(tmp_path: Path, site: str) -> None:
    teaser = FEED.format(site).replace("They should fall.</q></p>", "They should […]</q></p>")
    whole, *_ = found(write(tmp_path / "a.xml", teaser))
    assert whole.name == f"{site}/tolls"


def test_a_url_may_be_a_feed_or_a_page(site: str) -> None:
    listed = found(f"{site}/news", f"{site}/talks", allow_private=True)
    assert [entry.name for entry in listed] == [f"{site}/news#t1", f"{site}/talks", f"{site}/news#3", f"{site}/talks"]
    assert Site.asked == ["/news", "/talks"]
    assert "Talks resume" in listed[3].read().text
    assert Site.asked == ["/news", "/talks"]


def test_in_a_list_only_what_is_named_as_a_feed_is_looked_at(site: str, stdin: Any) -> None:
    stdin(f"{site}/talks\n{site}/news.xml?all=1\n")
    assert len(found("-", allow_private=True)) == 4
    assert Site.asked == ["/news.xml?all=1"]


def test_private_addresses_are_refused(site: str) -> None:
    for entry in found(f"{site}/news"):
        with pytest.raises(SourceError, match="is the private address"):
            entry.read()
    assert Site.asked == []


def test_a_feed_reads_no_local_file(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.txt")
    (entry,) = found(write(tmp_path / "a.rss", f"<rss><channel><item><link>{secret.as_uri()}</link></item></channel></rss>"))
    with pytest.raises(SourceError, match="only http and https"):
        entry.read()


def test_parquet(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "a.parquet"
    duckdb.sql(f"COPY (SELECT 'n' || i AS id, '{SPEECH}' AS text, DATE '2026-05-01' AS date FROM range(250) t(i)) TO '{path}'")
    listed = found(path)
    assert [entry.name for entry in listed] == [f"{path}#n{number}" for number in range(250)]
    assert (listed[249].read().text, listed[249].read().metadata.date_published) == (SPEECH, "2026-05-01")
    with pytest.raises(SourceError, match="cannot be read"):
        entries([str(write(tmp_path / "b.parquet"))])


@pytest.mark.ray
def test_pyarrow_reads_the_same_parquet_as_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb, _ = pytest.importorskip("duckdb"), pytest.importorskip("pyarrow")
    path = tmp_path / "a.parquet"
    duckdb.sql(f"COPY (SELECT i AS id, '{SPEECH}' AS text, DATE '2026-05-01' AS date FROM range(250) t(i)) TO '{path}'")
    by_duckdb = [(entry.name, entry.read().metadata) for entry in found(path)]
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert [(entry.name, entry.read().metadata) for entry in found(path)] == by_duckdb
    with pytest.raises(SourceError, match=r"b\.parquet cannot be read"):
        entries([str(write(tmp_path / "b.parquet"))])


def test_parquet_without_duckdb_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SourceError, match=r"a\.parquet: Parquet files need DuckDB: pip install duckdb"):
        entries([str(write(tmp_path / "a.parquet"))])


texts = st.lists(st.text(min_size=1).filter(lambda text: text.strip() and not text.lstrip().startswith("<")), min_size=1)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts)
def test_any_text_comes_back_as_it_was(tmp_path: Path, written: list[str]) -> None:
    path = json_lines(tmp_path / "a.jsonl", *({"text": text} for text in written))
    rows = table(tmp_path / "a.csv", [["id", "text"], *(["x", text] for text in written)], quoting=csv.QUOTE_ALL)
    assert [entry.read().text for entry in found(path)] == written
    assert [entry.read().text for entry in found(rows)] == written
