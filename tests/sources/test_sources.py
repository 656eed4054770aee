"""Sources: web pages and PDF files, addresses that lie, and what is no article. One line each, no traceback."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

import llm_diplo.sources.web
from llm_diplo import Article, Brief, DiploError, SourceError, asummarize, summarize, summarize_many
from llm_diplo.errors import NoSuchSourceError
from llm_diplo.sources.read import read_article, to_article
from llm_diplo.sources.web import fetch_page

PARAGRAPHS = [
    "The five states on the strait agreed on Monday to hold a conference in September, after seven months without talks.",
    "“A strait that nobody talks about is a strait that somebody will close,” Edvard Osk told reporters in Karstad.",
    "Ketter insists that the tolls pay for lights, pilots and dredging, and that no cut is possible before an audit.",
]
MENU = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/sport'>Sport</a></li></ul></nav>"
PAGE = (
    "<!doctype html><html lang='en'><head><title>Five shores agree to a conference</title>"
    "<meta property='og:site_name' content='Marrow Courier'><meta name='author' content='Halima Roth'>"
    "<meta property='article:published_time' content='2026-05-18'></head><body>"
    f"{MENU}<article><h1>Five shores agree to a conference</h1>{''.join(f'<p>{p}</p>' for p in PARAGRAPHS)}</article>"
    "<footer>All rights reserved</footer></body></html>"
)
RUSSIAN = (
    "В 2026 г. министр иностранных дел Маррова С. В. Корнев прибыл в Карстад. Он сказал: «Переговоры начнутся в понедельник, "
    "и мы не будем их откладывать». Представители пяти государств пролива с этим согласились."
)
FRENCH = (
    "M. Duval et Mme. Roche ont signé l'accord lundi à Karstad, après sept mois de silence entre les cinq États du détroit. "
    "Ils se reverront en septembre."
)
WALL = "<html><body><div><p>Subscribe now to continue. Already a subscriber? Sign in to read the whole article.</p></div></body></html>"


REDIRECTS = {"loop": "/loop", "away": "http://169.254.1.1/x", "hop": "/page", "broken": "http://[::1"}


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.strip("/")
        if name in REDIRECTS:
            return self._answer(302, b"", location=REDIRECTS[name])
        if name == "endless":
            return self._endless()
        if name == "bomb":
            return self._answer(200, gzip.compress(b"a" * 50_000_000), "text/html", encoding="gzip")
        if name == "broken-gzip":
            return self._answer(200, b"\x1f\x8bnothing", "text/html", encoding="gzip")
        status, kind, body = {
            "page": (200, "text/html; charset=utf-8", PAGE.encode()),
            "wall": (200, "text/html", WALL.encode()),
            "forbidden": (403, "text/html", b""),
            "picture": (200, "image/png", b"\x89PNG"),
            "text": (200, "text/plain", PARAGRAPHS[1].encode()),
            "cyrillic": (200, "text/plain; charset=windows-1251", RUSSIAN.encode("cp1251")),
            "pdf": (200, "application/pdf", pdf([PARAGRAPHS])),
        }.get(name, (404, "text/html", b"gone"))
        return self._answer(status, body, kind)

    def _answer(self, status: int, body: bytes, kind: str = "text/html", location: str = "", encoding: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()
        self.wfile.write(body)

    def _endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"<p>and so on</p>" * 5_000)
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def drawn(lines: list[str]) -> bytes:
    """Lines as the operators that draw them."""
    rows = [line.encode("cp1252").replace(b"(", rb"\(").replace(b")", rb"\)") for line in lines]
    return b" ".join(b"(" + row + b") Tj T*" for row in rows)


def pdf(
    pages: list[list[str]], password: str = "", stated: dict[str, str] | None = None, headline: list[str] | None = None
) -> bytes:
    """A PDF of pages of lines, drawn in Helvetica; each page begins with a headline in large letters, if there is one."""
    writer = PdfWriter()
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
         NameObject("/BaseFont"): NameObject("/Helvetica"), NameObject("/Encoding"): NameObject("/WinAnsiEncoding")}
    )  # fmt: skip
    for lines in pages:
        page = writer.add_blank_page(595, 842)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})}
        )
        stream = DecodedStreamObject()
        head = b"/F1 20 Tf 26 TL " + drawn(headline or []) + b" "
        stream.set_data(b"BT 40 800 Td " + (head if headline else b"") + b"/F1 9 Tf 12 TL " + drawn(lines) + b" ET")
        page[NameObject("/Contents")] = writer._add_object(stream)
    writer.add_metadata(stated or {})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
def test_a_page_is_its_article_with_what_it_says_of_itself(site: str) -> None:
    article = read_article(f"{site}/hop", allow_private=True)
    assert [unit for unit in PARAGRAPHS if unit in article.text] == PARAGRAPHS
    assert "Sport" not in article.text
    assert "rights reserved" not in article.text
    facts = article.metadata
    assert (facts.headline, facts.publisher, facts.author) == (
        "Five shores agree to a conference",
        "Marrow Courier",
        "Halima Roth",
    )
    assert (facts.date_published, facts.language, facts.url) == ("2026-05-18", "en", f"{site}/page")


def page_of(*paragraphs: str, head: str = "") -> bytes:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<html><head><title>Five shores</title>{head}</head><body>{MENU}<article>{body}</article></body></html>".encode()


LAW = (
    "The commission fined two platforms because their banners let people accept all cookies at once but not refuse them, "
    "and because a privacy policy of forty pages does not tell anybody what becomes of the data."
)
NOT_FREE = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'
WALLS = {
    "teaser": page_of(*PARAGRAPHS, "Want more? Subscribe to continue. Already a subscriber? Sign in."),
    "teaser in French": page_of(*PARAGRAPHS, "Cet article est réservé aux abonnés."),
    "not free, by its metadata": page_of(*PARAGRAPHS, head=NOT_FREE),
    "consent": page_of(
        "Before you continue: we and our partners use cookies to store information on a device, for audience measurement, "
        "for advertising that suits you and to see how the service is used by people who visit it.",
        "You can accept all of it, reject all of it, or manage preferences; some partners rely on a legitimate interest. "
        "You may change your choices whenever you like at the foot of any page of this site.",
    ),
    "browser check": page_of(
        "We need to know that you are no machine. " * 6, "Please enable JavaScript, and the page will open."
    ),
    "links": page_of(*[f"Strait, part {number}: what the five shores want from the conference" for number in range(30)]),
}
ARTICLES = {
    "on cookies": page_of(*PARAGRAPHS, LAW),
    "long, not free": page_of(*PARAGRAPHS * 8, head=NOT_FREE),
    "with an advertisement inside": page_of(PARAGRAPHS[0], "Subscribe to read our letters.", *PARAGRAPHS * 3),
}


DATES = {
    "published and changed": (
        '<meta property="article:modified_time" content="2026-05-20"><meta property="article:published_time" content="2026-05-18T09:00:00Z">',
        "",
        "2026-05-18",
    ),
    "JSON-LD": ('<script type="application/ld+json">{"datePublished": "2026-05-18T23:00:00+02:00"}</script>', "", "2026-05-18"),
    "only changed": ('<meta property="article:modified_time" content="2026-05-20">', "", None),
    "in the body": ("", '<div class="date">18 May 2026</div>', "2026-05-18"),
    "a time": ("", '<time datetime="2026-05-18T10:00">Monday</time>', "2026-05-18"),
    "a copyright line": ("", "<footer>© 2024 Marrow Courier</footer>", None),
    "a year": ("", "<div>© 2024 Marrow Courier</div>", None),
    "another article's": (
        "",
        "<aside><time datetime='2023-04-05'>5 April</time><a href='/2023/04/05/old'>Old</a></aside>",
        None,
    ),
    "an event's": ("", "<p>The treaty was signed on 3 May 1987 in Karstad.</p>", None),
}


@pytest.mark.parametrize(("head", "body", "day"), DATES.values(), ids=DATES)
def test_the_day_of_a_page_is_no_guess(tmp_path: Path, head: str, body: str, day: str | None) -> None:
    (tmp_path / "page.html").write_bytes(page_of(*PARAGRAPHS, head=head).replace(b"</article>", f"</article>{body}".encode()))
    assert read_article(str(tmp_path / "page.html")).metadata.date_published == day


@pytest.mark.parametrize(
    ("name", "opening", "encoding"),
    [
        ("page", "<?xml version='1.0' encoding='utf-8'?>\n", "utf-8"),
        ("page.htm", "<link rel='icon' href='x'>", "utf-8"),
        ("page", "", "utf-16"),
        ("page.html", "", "cp1252"),
    ],
)
def test_pages_are_known_as_such(tmp_path: Path, name: str, opening: str, encoding: str) -> None:
    page = PAGE.replace("<html", f"<meta charset='{encoding}'><html", 1) if encoding == "cp1252" else PAGE
    (tmp_path / name).write_bytes((opening + page).encode(encoding))
    article = read_article(str(tmp_path / name))
    assert article.metadata.headline == "Five shores agree to a conference"
    assert PARAGRAPHS[1] in article.text


@pytest.mark.parametrize("page", WALLS.values(), ids=WALLS)
def test_a_page_that_keeps_its_article_back(diplo: Any, tmp_path: Path, page: bytes) -> None:
    (tmp_path / "page.html").write_bytes(page)
    result = diplo(tmp_path / "page.html", "-m", "diplo-offline")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no article found" in result.stderr


@pytest.mark.parametrize("page", ARTICLES.values(), ids=ARTICLES)
def test_a_page_that_only_speaks_of_such_things(tmp_path: Path, page: bytes) -> None:
    (tmp_path / "page.html").write_bytes(page)
    assert PARAGRAPHS[2] in read_article(str(tmp_path / "page.html")).text


def test_nothing_that_is_said_is_lost_from_a_page(tmp_path: Path) -> None:
    said = "<div>Calloway said: “We go <em>no</em> further.”<br>Then she left.</div>"
    table = "<table><tr><th>State</th><th>Toll</th></tr><tr><td>Ketter</td><td>40 crowns</td></tr></table>"
    aside = "<aside class='related'><h3>Related</h3><ul><li><a href='/1'>Five reasons to visit</a></li></ul></aside>"
    path = tmp_path / "page.html"
    path.write_text(
        PAGE.replace("</article>", f"{table}{said}{aside}<p><q cite='/2'>I said ‘never’,</q> she added.</p></article>"),
        encoding="utf-8",
    )
    article = read_article(str(path))
    assert [article.unit_text(unit.number) for unit in article.units][4:] == [
        "State\tToll",
        "Ketter\t40 crowns",
        "Calloway said: “We go no further.”",
        "Then she left.",
        "“I said ‘never’,” she added.",
    ]


@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
def test_what_the_user_says_wins(site: str) -> None:
    article = read_article(f"{site}/page", allow_private=True, date_published="2026-05-19")
    assert article.metadata.date_published == "2026-05-19"


@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
def test_the_encoding_that_a_server_states_is_used(site: str) -> None:
    article = read_article(f"{site}/cyrillic", allow_private=True)
    assert (article.text, article.warnings) == (RUSSIAN, ())


@pytest.mark.block_network(allowed_hosts=["127.0.0.1", "127.0.0.2"])
def test_the_next_address_of_a_host_is_tried(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = socket.getaddrinfo

    def resolved(host: Any, *args: Any, **kwargs: Any) -> Any:
        names = ("127.0.0.2", "127.0.0.1") if host == "strait.test" else (host,)
        return [found for name in names for found in own(name, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    page = fetch_page(f"http://strait.test:{site.rsplit(':', 1)[1]}/text", allow_private=True)
    assert page.data.decode() == PARAGRAPHS[1]


@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("missing", "answered 404"),
        ("forbidden", "not public"),
        ("broken", "redirects to something that is no URL"),
        ("picture", "is image/png"),
        ("loop", "redirects in a loop"),
        ("endless", "larger than 10 MB"),
        ("bomb", "larger than 10 MB"),
        ("broken-gzip", "cannot be decompressed"),
        ("wall", "no article found"),
    ],
)
def test_a_page_that_is_none(diplo: Any, site: str, path: str, said: str) -> None:
    result = diplo(f"{site}/{path}", "--allow-private", "-m", "diplo-offline")
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1/", "private address 127.0.0.1"),
        ("http://localhost:8000/x", "private address"),
        ("http://[::1]/", "private address ::1"),
        ("http://[::ffff:10.0.0.1]/", "private address"),
        ("http://169.254.169.254/latest/meta-data", "private address"),
        ("http://10.1.2.3/", "private address"),
        ("http://2130706433/", "private address 127.0.0.1"),
        ("http://0.0.0.0/", "private address"),
        ("file:///etc/hosts", "only http and https"),
        ("ftp://example.org/x", "only http and https"),
        ("http:///x", "only http and https"),
        ("http://[::1", "is no URL"),
        ("http://10.0.0.1:99999/", "is no URL"),
        ("http://[64:ff9b::7f00:1]/", "private address"),
        ("http://[64:ff9b:1::a00:1]/", "private address"),
        ("http://[2002:7f00:1::]/", "private address"),
        ("http://[2002:a9fe:a9fe::1]/", "private address"),
        ("http://[::10.0.0.1]/", "private address"),
        ("http://[fec0::1]/", "private address"),
        ("http://192.0.0.170/", "private address"),
        ("http://168.63.129.16/", "private address"),
    ],
)
def test_private_addresses_are_refused_before_any_call(address: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        fetch_page(address)


@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
def test_a_redirect_into_a_private_network_is_refused(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = site.rsplit(":", 1)[1]
    own = llm_diplo.sources.web._is_public
    monkeypatch.setattr(llm_diplo.sources.web, "_is_public", lambda address: address == "127.0.0.1" or own(address))
    with pytest.raises(SourceError, match=r"private address 169\.254\.1\.1"):
        fetch_page(f"http://127.0.0.1:{port}/away")


def test_a_tag_with_endless_attributes_is_refused(diplo: Any, tmp_path: Path) -> None:
    attributes = " ".join(f"a{number}='<x'" for number in range(600))
    (tmp_path / "page.html").write_text(PAGE.replace("<article>", f"<article><p {attributes}>x</p>"), encoding="utf-8")
    result = diplo(tmp_path / "page.html", "-m", "diplo-offline")
    assert (result.exit_code, "more than 500 attributes" in result.stderr) == (1, True)


def test_attributes_in_scripts_and_comments_are_none(tmp_path: Path) -> None:
    script = f"<script>if(a<b){{{'x=1;' * 600}}}</script><!-- <p {'x=1 ' * 600}> -->"
    (tmp_path / "page.html").write_text(PAGE.replace("<article>", f"{script}<article>"), encoding="utf-8")
    assert PARAGRAPHS[2] in read_article(str(tmp_path / "page.html")).text


def test_a_page_of_endless_drawing_is_refused(diplo: Any, tmp_path: Path) -> None:
    (tmp_path / "article.pdf").write_bytes(pdf([["a"] * 30_000]))
    result = diplo(tmp_path / "article.pdf", "-m", "diplo-offline")
    assert (result.exit_code, "Page 1" in result.stderr, "50,000 steps" in result.stderr) == (1, True, True)


@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
def test_a_dead_link_is_reported(diplo: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    result = diplo(f"http://127.0.0.1:{port}/", "--allow-private", "-m", "diplo-offline")
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert "cannot be reached" in result.stderr


@pytest.mark.parametrize(
    ("text", "language", "units"),
    [(RUSSIAN, "ru", 3), (FRENCH, "fr", 2), (PARAGRAPHS[0], "en", 1), ("Ja. Nein.", None, 2)],
    ids=["Russian", "French", "English", "too short"],
)
def test_the_language_is_detected_and_used_to_split_sentences(text: str, language: str | None, units: int) -> None:
    article = Article.from_text(text)
    assert (article.metadata.language, len(article.units)) == (language, units)


@pytest.mark.parametrize(("stated", "told"), [("en-GB", "en-GB"), ("fr", "en"), ("{{lang}}", "en")])
def test_a_page_is_believed_its_language_if_the_text_is_in_it(tmp_path: Path, stated: str, told: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE.replace("lang='en'", f"lang='{stated}'"), encoding="utf-8")
    assert read_article(str(path)).metadata.language == told


def test_a_page_in_a_string_or_a_fragment_is_read_as_one(user_path: Path, run_llm: Any) -> None:
    page = user_path / "page.html"
    page.write_text(PAGE, encoding="utf-8")
    run_llm("fragments", "set", "saved", page)
    (user_path / "page.html").unlink()
    for article in (to_article(PAGE), read_article("saved")):
        assert (article.metadata.publisher, "<p>" in article.text) == ("Marrow Courier", False)


MARKDOWN = f"""---
title: "Five shores agree to a conference"
authors: [Halima Roth, Ada Lind]
date: 2026-05-18T09:30:00Z
source: https://example.org/five
site: Marrow Courier
draft: false
---

# Five shores agree to a *conference*

{PARAGRAPHS[0].replace("seven months", "**seven months**").replace("strait", "[strait](https://example.org/strait)", 1)}

> {PARAGRAPHS[1].replace(" somebody", chr(10) + "> somebody")}

1. Ketter keeps its pilots[^1].
2. Marrow <b>pays</b> for them.

| state | toll |
|---|---|
| Ketter | 40 *crowns* |

[^1]: So says the treaty.
"""


@pytest.mark.parametrize("name", ["page.md", "clipped.txt"])
def test_markdown_is_read_as_words_with_what_its_front_matter_states(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(MARKDOWN, encoding="utf-8")
    article = read_article(str(path), author="Ada Lind")
    assert [article.unit_text(unit.number) for unit in article.units] == [
        "Five shores agree to a conference",
        PARAGRAPHS[0],
        PARAGRAPHS[1],
        "1. Ketter keeps its pilots.",
        "2. Marrow pays for them.",
        "state\ttoll",
        "Ketter\t40 crowns",
        "So says the treaty.",
    ]
    facts = article.metadata
    assert (facts.headline, facts.author, facts.date_published, facts.publisher, facts.url) == (
        "Five shores agree to a conference",
        "Ada Lind",
        "2026-05-18",
        "Marrow Courier",
        "https://example.org/five",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[Osk](https://example.org/osk) “will *not* leave.”", "Osk “will not leave.”"),
        ("# Tolls\n\nOsk **will** leave.", "Tolls\n\nOsk will leave."),
        ("# 1 of the list is **secret", "# 1 of the list is **secret"),
        ("Osk [sic] (https://example.org) said *no*.", "Osk [sic] (https://example.org) said *no*."),
    ],
)
def test_markdown_of_a_fragment_is_known_without_a_name(user_path: Path, run_llm: Any, text: str, words: str) -> None:
    run_llm("fragments", "set", "clipped", "-", input=text)
    assert read_article("clipped").text == words
    assert to_article(text).text == text


@pytest.mark.parametrize("name", ["nosuch.txt", "./mine.tx", "articles/one", "a report of mine.pdf", r"C:\articles\one"])
def test_a_path_that_names_no_file_is_no_text(name: str) -> None:
    with pytest.raises(NoSuchSourceError, match="there is no such file"):
        to_article(name)


def test_a_short_text_is_a_text() -> None:
    for text in ("Tolls fell.", "Venn and/or Osk wrote it", "两国签署了A/B", "See tolls.example"):
        assert to_article(text).text == text


def test_an_empty_text_and_a_folder_are_refused_as_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="The text is empty"):
        to_article("")
    with pytest.raises(SourceError, match="no file to read"):
        to_article(tmp_path)
    (tmp_path / "one.txt").write_text("Tolls fell.")
    with pytest.raises(SourceError, match="name the files in it"):
        to_article(str(tmp_path))


@pytest.mark.parametrize(
    "opening", ["---\n: [\n---\n", "---\n- a\n- b\n---\n", "---\ncolour: red\n---\n", "---\ndate: 2026-13-45\n---\n", "---\n"]
)
def test_what_is_no_front_matter_stays(tmp_path: Path, opening: str) -> None:
    path = tmp_path / "article.txt"
    path.write_text(f"{opening}{PARAGRAPHS[0]}", encoding="utf-8")
    article = read_article(str(path))
    assert article.text == f"{opening}{PARAGRAPHS[0]}"


def test_properties_of_a_pdf_count_where_its_opening_bears_them_out(tmp_path: Path) -> None:
    stated = {"/Title": "Five shores agree", "/Author": "typist7"}
    path = tmp_path / "article.pdf"
    path.write_bytes(pdf([["Five shores agree", "", *PARAGRAPHS]], stated=stated))
    facts = read_article(str(path)).metadata
    assert (facts.headline, facts.author) == ("Five shores agree", None)


def test_a_pdf_keeps_its_pages(tmp_path: Path, diplo: Any) -> None:
    head = "Marrow Courier, page"
    first = [
        f"{head} 1",
        "Five shores agree to a confer-",
        "ence on the strait after long and difficult talks in the harbour town of",
        "Karstad, which ended on Monday.",
    ]
    second = [f"{head} 2", "“A strait that nobody talks about is a strait that somebody will close,” Edvard Osk said.", "2"]
    third = [f"{head} 3", "Nothing more was said, and the ministers left the town in the evening by train."]
    path = tmp_path / "article.pdf"
    path.write_bytes(pdf([first, second, third]))
    brief = json.loads(diplo(path, "-m", "diplo-offline", "--json").stdout)
    evidence = [part for position in brief["positions"] for part in position["evidence"]]
    assert [part["page"] for part in evidence] == [2]
    assert re.search(r"\[\d+; p\. 2\]", diplo(path, "-m", "diplo-offline").stdout)
    article = read_article(str(path))
    assert "a conference on the strait" in article.text
    assert head not in article.text


def test_a_large_headline_over_two_lines_is_one(tmp_path: Path) -> None:
    path = tmp_path / "article.pdf"
    path.write_bytes(pdf([["", *PARAGRAPHS]], headline=["Five shores agree to hold a", "conference on the strait"]))
    assert read_article(str(path)).metadata.headline == "Five shores agree to hold a conference on the strait"


def test_a_printed_page_is_read_as_it_was_written(tmp_path: Path) -> None:
    printed = ["11/24/26, 2:56 PM Five shores agree", "https://example.org/five 1/2"]
    first = ["Five shores agree", "", "The five states on the strait agreed to hold a conference. “There will be a", "confer-"]
    second = ["ence in September,” Edvard Osk said in the harbour town of Karstad, at its end."]
    more = ["Ketter insists that the tolls pay for lights and pilots, and that nothing will", "be cut before an audit."]
    path = tmp_path / "printed.pdf"
    path.write_bytes(pdf([[*first, *printed], [*second, "", *more, printed[0], printed[1].replace("1/2", "2/2")]]))
    article = read_article(str(path))
    assert article.text.split("\n\n") == [
        "Five shores agree",
        "The five states on the strait agreed to hold a conference. “There will be a conference in September,” "
        "Edvard Osk said in the harbour town of Karstad, at its end.",
        "Ketter insists that the tolls pay for lights and pilots, and that nothing will be cut before an audit.",
    ]
    assert [article.page_at(article.text.index(word)) for word in ("Five", "in September", "Ketter")] == [1, 2, 2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: pdf([PARAGRAPHS], password="x"), "is encrypted"),
        (lambda: pdf([[]]), "it is a scan"),
        (lambda: pdf([["x"]] * 600), "has 600 pages"),
        (lambda: b"%PDF-1.4\nnothing of the kind", "broken PDF"),
        (lambda: b"<html><body><p>Nothing here.</p></body></html>", "no article found"),
    ],
    ids=["encrypted", "scan", "too many pages", "broken", "no article"],
)
def test_a_file_that_is_no_article(diplo: Any, tmp_path: Path, content: Any, said: str) -> None:
    path = tmp_path / "source"
    path.write_bytes(content())
    result = diplo(path, "-m", "diplo-offline")
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


HEAVY = {"trafilatura", "pypdf", "spacy", "networkx", "genai_prices"}


@pytest.mark.parametrize(
    ("name", "used"),
    [("article.txt", set()), ("article.md", set()), ("page.html", {"trafilatura"}), ("article.pdf", {"pypdf"})],
)
def test_nothing_heavy_is_imported_unless_it_is_used(tmp_path: Path, name: str, used: set[str]) -> None:
    page = (
        PAGE.encode()
        if name.endswith("html")
        else pdf([PARAGRAPHS])
        if name.endswith("pdf")
        else "\n\n".join(PARAGRAPHS).encode()
    )
    (tmp_path / name).write_bytes(page)
    command = ["-m", "llm", "diplo", str(tmp_path / name), "-m", "diplo-offline", "-o", "reader", "rules", "-n"]
    ran = subprocess.run([sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True)
    imported = {line.rsplit("|", 1)[1].strip() for line in ran.stderr.splitlines() if line.startswith("import time:")}
    assert "llm_diplo.summarizer" in imported
    assert imported & HEAVY == used


def _silence(client: socket.socket) -> Iterator[bytes]:
    while True:
        yield b""


def _dripped_headers(client: socket.socket) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X: 1\r\n"


def _dripped_body(client: socket.socket) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n"
    while True:
        yield b"<"


def _endless_informational(client: socket.socket) -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 103 Early Hints\r\n\r\n"


@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
@pytest.mark.parametrize("replies", [_silence, _dripped_headers, _dripped_body, _endless_informational])
def test_the_deadline_holds_for_the_whole_request(
    replies: Callable[[socket.socket], Iterator[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server writes a little every 0.05 s until it is hung up on: without a deadline the call would never end."""
    hung_up = threading.Event()

    def serve() -> None:
        with listener, listener.accept()[0] as client, contextlib.suppress(OSError):
            for reply in replies(client):
                client.sendall(reply)
                time.sleep(0.05)
                if not reply and not client.recv(65_536):
                    break
        hung_up.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        threading.Thread(target=serve, daemon=True).start()
        monkeypatch.setattr(llm_diplo.sources.web, "LONGEST_WAIT", 0.5)
        with pytest.raises(SourceError, match="took longer than"):
            fetch_page(f"http://127.0.0.1:{port}/", allow_private=True)
        assert hung_up.wait(20)


def test_the_language_is_asked_for_and_the_article_stays(
    diplo: Any, tmp_path: Path, run_llm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    (tmp_path / "article.txt").write_text(PARAGRAPHS[1], encoding="utf-8")
    diplo(tmp_path / "article.txt", "-m", "echo", "--language", "fr", "--retries", "0")
    logged = run_llm("logs", "-n", "1").output
    assert "Write summary, issues, statement, action and condition in French (fr)." in logged
    assert PARAGRAPHS[1] in logged


@pytest.mark.parametrize("way", ["summarize", "asummarize", "summarize_many"])
def test_python_asks_for_the_language_too(tmp_path: Path, run_llm: Any, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    settings: dict[str, Any] = {"model": "echo", "language": "French", "retries": 0, "log": True}
    with suppress(DiploError):
        if way == "summarize":
            summarize(PARAGRAPHS[1], **settings)
        elif way == "asummarize":
            asyncio.run(asummarize(PARAGRAPHS[1], **settings))
        else:
            list(summarize_many([PARAGRAPHS[1]], **settings))
    assert "statement, action and condition in French." in run_llm("logs", "-n", "1").output


@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
def test_python_reads_addresses(site: str) -> None:
    assert summarize(f"{site}/page", model="diplo-offline", allow_private=True).article.publisher == "Marrow Courier"
    with pytest.raises(SourceError, match="private address"):
        summarize(f"{site}/page", model="diplo-offline")
    refused, brief = [
        next(summarize_many([f"{site}/page"], model="diplo-offline", allow_private=allow)) for allow in (False, True)
    ]
    assert isinstance(refused, SourceError)
    assert isinstance(brief, Brief)


@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
def test_addresses_are_waited_for_side_by_side() -> None:
    both = threading.Barrier(2, timeout=10)

    class Waiting(Site):
        def do_GET(self) -> None:
            both.wait()
            self._answer(200, PAGE.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Waiting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pages = [f"http://127.0.0.1:{server.server_port}/{number}" for number in range(2)]
    briefs = list(summarize_many(pages, model="diplo-offline", allow_private=True, jobs=2))
    server.shutdown()
    assert [type(brief) for brief in briefs] == [Brief, Brief]


@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
def test_every_command_reads_addresses(diplo: Any, site: str, tmp_path: Path) -> None:
    (tmp_path / "draft.txt").write_text("Osk said: “A strait that nobody talks about is a strait that somebody will close.”")
    (tmp_path / "answer.json").write_text('{"summary": "Osk spoke."}')
    page = f"{site}/page"
    for command in (
        ("check", tmp_path / "draft.txt", "--against", page),
        ("resolve", tmp_path / "answer.json", "--against", page),
        ("prompts", "--render", page, "--language", "fr"),
    ):
        assert "private address" in diplo(*command).stderr
        assert diplo(*command, "--allow-private").exit_code == 0
    assert "in French (fr)." in diplo(*command, "--allow-private").stdout


def test_a_headline_in_front_matter_may_begin_with_a_date() -> None:
    article = to_article(
        "---\ntitle: 2026-05-18 was the day of the vote\ndate: 2026-05-19T08:00:00Z\n---\nThe vote was close.\n"
    )
    assert article.metadata.headline == "2026-05-18 was the day of the vote"
    assert article.metadata.date_published == "2026-05-19"


def test_many_comments_before_a_page_do_not_take_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "comments.txt"
    path.write_text("<!---->" * 200 + "Ketter keeps its tolls.", encoding="utf-8")
    assert read_article(path).text.endswith("Ketter keeps its tolls.")
    path.write_text("<!-- a -->\n" * 20 + PAGE, encoding="utf-8")
    assert PARAGRAPHS[0] in read_article(path).text
