"""Web pages: what a reader would call the article, not the menu around it."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

from llm_diplo.errors import SourceError
from llm_diplo.sources.document import Document, clean, need, titled
from llm_diplo.text.languages import detect_language

if TYPE_CHECKING:
    from lxml.html import HtmlElement
from functools import cache

from llm_diplo.text.marks import CLOSERS
from llm_diplo.text.tables import read_table

SHORTEST_ARTICLE = 200  # characters
HEAD = 20_000  # bytes
NO_DATES = {"extensive_search": False}
NONE_FOUND = "{}: no article found (a paywall, a consent page or a list of links?): save its text and give the file."

MOST_ATTRIBUTES = 500
"""Of one tag: the time to parse them grows with their square."""

# A tag up to its end, or a stretch in which “<” begins none. Something always matches, so that one pass is linear.
_TAG = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(?:script|style)\b.*?(?:</(?:script|style)|\Z)"
    rb"|(?P<tag><[a-z](?>[^<>\"']++|<|\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))*+)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTE_OPENS = re.compile(rb"<q(?:\s[^<>]{0,500})?>", re.IGNORECASE)
_QUOTE_CLOSES = re.compile(rb"</q\s*>", re.IGNORECASE)
_RULE = re.compile(r"[|:\s-]+")
_LANGUAGE = re.compile(rb"<html\b[^>]{0,500}?\slang\s*=\s*[\"']?([a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*)[\"'\s>]", re.IGNORECASE)
_HTML = re.compile(
    rb"\s*(?:<!--(?:(?!-->).)*-->\s*)*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:!doctype\s+html|html|head|body|article|div|meta)\b",
    re.IGNORECASE | re.DOTALL,
)
_PART = re.compile(
    rb"\s*</?(?:p|div|span|section|h[1-6]|[uo]l|blockquote|figure|table|strong|em|br|img|a|b|i)\b[^<>]{0,1000}>", re.IGNORECASE
)
_BLOCKS = (
    "address article blockquote body dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr "
    "li ol p pre section table tr ul"
)
_BREAKS = {**dict.fromkeys(_BLOCKS.split(), "\n\n"), "br": "\n", "td": " ", "th": " "}
_UNREAD = ("script", "style", "template", "noscript", "head")


def is_html(data: bytes) -> bool:
    """Return True if bytes begin as a web page does."""
    return _HTML.match(data[:2_000]) is not None


def is_part_of_html(data: bytes) -> bool:
    """Return True if bytes begin with a tag that stands inside a page."""
    return _PART.match(data) is not None


def read_part(data: bytes, source: str) -> Document:
    """Return the text of a part of a page that is all article, such as the content of a feed's item."""
    need("trafilatura", source, "texts in HTML")
    from lxml import etree, html

    root = html.document_fromstring(
        b"<html><body>%b</body></html>" % _with_quote_marks(data), parser=html.HTMLParser(encoding="utf-8")
    )
    etree.strip_elements(root, etree.Comment, *_UNREAD, with_tail=False)
    pieces: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        words = element.text if event == "start" else element.tail
        pieces += [_BREAKS.get(element.tag, ""), re.sub(r"\s+", " ", words or "")]
    lines = re.sub(r" *\n *", "\n", "".join(pieces))
    return Document(re.sub(r"\n{3,}", "\n\n", lines).strip())


def read_html(data: bytes, source: str, url: str | None = None) -> Document:
    """Return the article of a web page. Raises `SourceError` where there is none: paywalls, consent pages, lists of links."""
    need("trafilatura", source, "web pages")
    from trafilatura import bare_extraction, load_html

    if any(tag["tag"] and tag["tag"].count(b"=") > MOST_ATTRIBUTES for tag in _TAG.finditer(data)):
        raise SourceError(f"{source} has a tag with more than {MOST_ATTRIBUTES} attributes: save its text and give the file.")
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
    """A line without blanks at its ends; the row of a table, which trafilatura writes as Markdown, gets tabs."""
    line = line.strip()
    if not (line.startswith("|") and line.endswith("|")):
        return line
    return "" if _RULE.fullmatch(line) else "\t".join(cell.strip() for cell in line.strip("|").split("|"))


def _stated_language(data: bytes, text: str) -> str | None:
    """The language that a page states, if that is the language of its text: some templates state one for all pages."""
    found = detect_language(text)
    match = _LANGUAGE.search(data[:HEAD])
    stated = match[1].decode("ascii") if match else None
    return stated if stated and (found is None or stated.split("-")[0].casefold() == found) else found


# Names of <meta>, as property, name or itemprop: Open Graph, schema.org, Dublin Core, and those of publishing systems.
_PUBLISHED = (
    "article:published_time og:published_time article:published datepublished dc.date.issued dcterms.issued dc.date.created "
    "dcterms.created dc.date dcterms.date citation_publication_date parsely-pub-date sailthru.date publish-date publish_date "
    "publishdate pubdate date"
).split()


_MODIFIED = "article:modified_time og:updated_time datemodified dcterms.modified dc.date.modified last-modified lastmod".split()


_DAY = re.compile(r"\s*(\d{4})[-/]?(\d\d)[-/]?(\d\d)(?!\d)")


_JSON_DAY = re.compile(r'"datePublished"\s*:\s*"(\d{4}-\d\d-\d\d)')


_ELSEWHERE = "//aside|//nav|//footer|//script|//*[contains(@class,'related') or contains(@class,'comment')]"


def date_published(tree: HtmlElement, url: str | None = None) -> str | None:
    """Return the ISO date on which a page says it was published: its <meta>, its JSON-LD, else what htmldate finds in
    its body or URL, asides and footers left out; None where only a change is dated.
    """
    from htmldate import find_date

    stated = {name.casefold(): content for name, content in map(_meta, tree.iter("meta")) if name and content}
    for name in _PUBLISHED:
        if day := _DAY.match(stated.get(name, "")):
            return "-".join(day.groups())
    days: set[str] = {day for script in tree.iter("script") for day in _JSON_DAY.findall(script.text or "")}
    if len(days) == 1:
        return days.pop()
    own = deepcopy(tree)
    for element in own.xpath(_ELSEWHERE):
        element.drop_tree()
    found = find_date(own, extensive_search=False, original_date=True, url=url)
    changed = {"-".join(day.groups()) for name in _MODIFIED if (day := _DAY.match(stated.get(name, "")))}
    return found if found and found not in changed else None


def _meta(element: HtmlElement) -> tuple[str, str]:
    named = element.get("property") or element.get("name") or element.get("itemprop") or ""
    return str(named), str(element.get("content") or "")


FEW_LINES = 700  # characters


TEASER = 2_500


CLOSING = 500


LONGEST_CONSENT = 12_000


CONSENT_PHRASES = 4


SHORTEST_SENTENCE = 30


# https://developers.google.com/search/docs/appearance/structured-data/paywalled-content, of schema.org's CreativeWork
_NOT_FREE = re.compile(rb"isAccessibleForFree\"?\s*:\s*\"?false", re.IGNORECASE)


_SENTENCE = re.compile(rf"^.{{{SHORTEST_SENTENCE},}}[.!?…。！？؟।][{CLOSERS})]*$", re.MULTILINE)


def is_wall(text: str, page: bytes = b"") -> bool:
    """Return True if a page's text is not an article: a paywall's teaser, a consent page, a browser check, a list of links.

    `page` is the HTML; it may say that its article is not free to read. Phrases are those of `data/walls.toml`.
    """
    words = " ".join(text.casefold().replace("’", "'").split())
    phrases = _phrases()
    teaser = len(text) < TEASER and (bool(_NOT_FREE.search(page)) or _count(phrases["paywall"], words[-CLOSING:]) > 0)
    consent = len(text) < LONGEST_CONSENT and _count(phrases["consent"], words) >= CONSENT_PHRASES
    check = len(text) < FEW_LINES and _count(phrases["check"], words) > 0
    return teaser or consent or check or not _SENTENCE.search(text)


def _count(phrases: tuple[str, ...], words: str) -> int:
    return sum(phrase in words for phrase in phrases)


@cache
def _phrases() -> dict[str, tuple[str, ...]]:
    table = read_table("walls")
    return {kind: tuple(phrases) for kind, phrases in table.items()}
