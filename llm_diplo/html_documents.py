"""Web pages: what a reader would call the article, not the menu around it."""

from __future__ import annotations

import re

from llm_diplo.documents import Document, clean, need, titled
from llm_diplo.errors import SourceError
from llm_diplo.languages import detect_language
from llm_diplo.page_dates import date_published
from llm_diplo.walls import is_wall

SHORTEST_ARTICLE = 200  # characters
HEAD = 20_000  # bytes
NO_DATES = {"extensive_search": False}
NONE_FOUND = "{}: no article found (a pay wall, a consent page or a list of links?): save its text and give the file."

_QUOTE_OPENS = re.compile(rb"<q(?:\s[^<>]{0,500})?>", re.IGNORECASE)
_QUOTE_CLOSES = re.compile(rb"</q\s*>", re.IGNORECASE)
_RULE = re.compile(r"[|:\s-]+")
_LANGUAGE = re.compile(rb"<html\b[^>]{0,500}?\slang\s*=\s*[\"']?([a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*)[\"'\s>]", re.IGNORECASE)
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:!doctype\s+html|html|head|body|article|div|meta)\b",
    re.IGNORECASE | re.DOTALL,
)


def is_html(data: bytes) -> bool:
    """Say whether bytes begin as a web page does."""
    return _HTML.match(data[:2_000]) is not None


def read_html(data: bytes, source: str, url: str | None = None) -> Document:
    """Return the article of a web page. Raises `SourceError` where there is none: pay walls, consent pages, lists of links."""
    need("trafilatura", source, "web pages")
    from trafilatura import bare_extraction, load_html

    tree = load_html(_with_quote_marks(data))
    if tree is None:
        raise SourceError(NONE_FOUND.format(source))
    day = date_published(tree, url)
    found = bare_extraction(tree, url=url, with_metadata=True, include_comments=False, date_extraction_params=NO_DATES)
    text = clean(str(getattr(found, "text", "") or ""))
    if len(text) < SHORTEST_ARTICLE or is_wall(text, data):
        raise SourceError(NONE_FOUND.format(source))
    facts = {
        "headline": getattr(found, "title", None),
        "author": getattr(found, "author", None),
        "publisher": getattr(found, "sitename", None) or getattr(found, "hostname", None),
        "date_published": day,
        "url": url or getattr(found, "url", None),
        "language": _stated_language(data, text),
    }
    known = {name: " ".join(str(value).split()) for name, value in facts.items() if value}
    body = "\n\n".join(filter(None, map(_row, text.split("\n"))))
    return Document(titled(body, known), known)


def _with_quote_marks(data: bytes) -> bytes:
    """Write out the marks that browsers put around `<q>` (WHATWG HTML, 4.5.7)."""
    return _QUOTE_CLOSES.sub(b"&rdquo;", _QUOTE_OPENS.sub(b"&ldquo;", data))


def _row(line: str) -> str:
    """A line without edges; rows of a table, which trafilatura writes as Markdown does, with tabs."""
    line = line.strip()
    if not (line.startswith("|") and line.endswith("|")):
        return line
    return "" if _RULE.fullmatch(line) else "\t".join(cell.strip() for cell in line.strip("|").split("|"))


def _stated_language(data: bytes, text: str) -> str | None:
    """The language that a page states, if its text is in it: templates state one for all pages."""
    found = detect_language(text)
    match = _LANGUAGE.search(data[:HEAD])
    stated = match[1].decode("ascii") if match else None
    return stated if stated and (found is None or stated.split("-")[0].casefold() == found) else found
