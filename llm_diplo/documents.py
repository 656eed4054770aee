"""Web pages, PDF and Markdown files as text with metadata: what a reader would call the article, not the markup around it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

from llm_diplo.dates import resolve_date
from llm_diplo.errors import SourceError

if TYPE_CHECKING:
    from markdown_it.token import Token

SHORTEST_ARTICLE = 200  # characters
SHORT_ARTICLE = 700  # characters: words of a pay wall weigh in nothing longer
FIRST_PAGE = 3_000  # characters
HEAD = 20_000  # bytes
LONGEST_DATE = 40  # characters
MOST_PAGES = 500
MOST_CHARACTERS = 20_000_000
SHARE_OF_WIDTH = 0.75  # a line that is shorter and ends a sentence ends its paragraph
MANY_PAGES = 3  # a line on top of as many pages is a running head

_WALL = re.compile(
    r"subscrib|sign in to|log in to (?:read|continue)|already a (?:member|subscriber)|enable javascript|accept (?:all )?cookies"
    r"|cookie (?:policy|settings|preferences)|your consent|access denied|are you a (?:robot|human)"
    r"|abonn|réservé aux|zustimm|suscri",
    re.IGNORECASE,
)
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-‐\xad]\n(?=[^\W\d_A-ZÀ-Þ])")
_LANGUAGE = re.compile(rb"<html\b[^>]{0,500}?\slang\s*=\s*[\"']?([a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*)[\"'\s>]", re.IGNORECASE)
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.{1,10000}?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FRONT_MATTER_NAMES = {  # field of `ArticleMetadata` to what sites, clippers and static generators call it
    "headline": ("title", "headline"),
    "author": ("author", "authors", "byline", "creator"),
    "publisher": ("publisher", "site", "site_name", "sitename", "source_name", "publication"),
    "date_published": ("date_published", "published", "date", "pubdate"),
    "url": ("url", "link", "canonical", "canonical_url", "source_url", "source"),
    "language": ("language", "lang"),
    "speaker": ("speaker",),
}
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d(?!\d)")
_FOOTNOTE = re.compile(r"^\[\^[\w-]{1,40}\]:[ \t]*|\[\^[\w-]{1,40}\]", re.MULTILINE)
_TAG = re.compile(r"<[^<>]{0,1000}>")
_SENTENCE_END = re.compile(r"[.!?:][\"”’»)]*$")
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|article|div|meta)\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Document:
    """Text and what its source says of it; `facts` are fields of `ArticleMetadata`."""

    text: str
    facts: dict[str, str] = field(default_factory=dict)
    pages: tuple[int, ...] = ()
    """Offset at which each page begins, for a PDF."""


def is_html(data: bytes) -> bool:
    """Say whether bytes begin as a web page does."""
    return _HTML.match(data[:2_000]) is not None


def is_pdf(data: bytes) -> bool:
    """Say whether bytes are a PDF file."""
    return b"%PDF-" in data[:1024]


def read_html(data: bytes, source: str, url: str | None = None) -> Document:
    """Return the article of a web page. Raises `SourceError` where there is none: pay walls, consent pages, lists of links."""
    _need("trafilatura", source, "web pages")
    from trafilatura import bare_extraction

    found = bare_extraction(data, url=url, with_metadata=True, include_comments=False, favor_precision=True)
    text = _clean(str(getattr(found, "text", "") or ""))
    if len(text) < SHORTEST_ARTICLE or (len(text) < SHORT_ARTICLE and _WALL.search(text)):
        raise SourceError(f"{source} holds no article that can be read without a browser: save its text and give the file.")
    facts = {
        "headline": getattr(found, "title", None),
        "author": getattr(found, "author", None),
        "publisher": getattr(found, "sitename", None) or getattr(found, "hostname", None),
        "date_published": getattr(found, "date", None),
        "url": url or getattr(found, "url", None),
        "language": _stated_language(data, text),
    }
    known = {name: " ".join(str(value).split()) for name, value in facts.items() if value}
    body = "\n\n".join(filter(None, (line.strip() for line in text.split("\n"))))
    title = known.get("headline", "")
    opening = body.split("\n", 1)[0]
    return Document(body if not title or _same(title, opening) else f"{title}\n\n{body}", known)


def has_front_matter(text: str) -> bool:
    """Say whether a text begins with metadata between lines of `---`."""
    return bool(_front_matter(text)[0])


def read_markdown(text: str) -> Document:
    """Return the words of a Markdown text (CommonMark and tables), and what its front matter (YAML) states."""
    facts, body = _front_matter(text)
    body = "\n\n".join(filter(None, map(str.strip, _markdown_blocks(body))))
    title, opening = facts.get("headline", ""), body.split("\n", 1)[0]
    return Document(body if not title or _same(title, opening) else f"{title}\n\n{body}", facts)


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """What front matter states, and the text behind it; nothing and the whole text where there is none."""
    import yaml

    match = _FRONT_MATTER.match(text)
    try:
        stated = yaml.safe_load(match[1]) if match else None
    except (yaml.YAMLError, ValueError, RecursionError):
        stated = None
    if match is None or not isinstance(stated, dict):
        return {}, text
    stated = {str(name).casefold(): value for name, value in stated.items()}
    facts = {
        field: shown for field, names in _FRONT_MATTER_NAMES.items() if (shown := next(_stated(field, stated, names), None))
    }
    return facts, text[match.end() :] if facts else text


def _stated(field: str, stated: dict[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = stated.get(name)
        shown = " ".join(", ".join(map(_shown, value if isinstance(value, list) else [value])).split())
        if field == "date_published":
            shown = resolve_date(shown[:LONGEST_DATE], None) or ""
        if shown and (field != "url" or "://" in shown):
            yield shown


def _shown(value: Any) -> str:
    """A value of YAML as text: of a time its day, of what is neither text nor date nothing."""
    text = value.isoformat() if isinstance(value, date) else value if isinstance(value, str) else ""
    return text[:10] if _ISO_DAY.match(text) else text


def _markdown_blocks(text: str) -> Iterator[str]:
    """The words of each paragraph, heading, list item and table row, markup left out."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table")
    row: list[str] = []
    marker, in_row = "", False
    for token in parser.parse(_FOOTNOTE.sub("", text)):
        if token.type in {"tr_open", "tr_close"}:
            yield "\t".join(row)
            row, in_row = [], token.type == "tr_open"
        elif token.type == "list_item_open":
            marker = f"{token.info}{token.markup} " if token.info else "- "
        elif token.type == "inline":
            words = "".join(map(_inline, token.children or ()))
            if in_row:
                row.append(words)
            else:
                yield marker + words
                marker = ""
        elif token.type in {"fence", "code_block"}:
            yield token.content
        elif token.type == "html_block":
            yield _TAG.sub("", token.content)


def _inline(token: Token) -> str:
    if token.type in {"text", "code_inline"}:
        return token.content
    return {"softbreak": " ", "hardbreak": "\n"}.get(token.type, "")


def read_pdf(data: bytes, source: str) -> Document:
    """Return the text of a PDF: running heads left out, hyphens at line ends mended, lines joined to paragraphs.

    Raises `SourceError` for an encrypted or broken file, one of more than `MOST_PAGES` pages, and a scan without text.
    """
    _need("pypdf", source, "PDF files")
    pages, properties = _pdf_pages(data, source)
    bodies = [_paragraphs(lines) for lines in _without_running_heads(pages)]
    text, starts = "", []
    for body in bodies:
        going_on = bool(text) and not _SENTENCE_END.search(text) and body[:1].islower()
        text += "" if not text or not body else " " if going_on else "\n\n"
        starts.append(len(text))
        text += body
    if len(text.strip()) < 20:
        raise SourceError(
            f"{source} has {len(pages)} pages and no text in them: it is a scan. Run it through text recognition first."
        )
    return Document(text, _borne_out(properties, text[:FIRST_PAGE]), tuple(starts))


def _borne_out(properties: dict[str, str], opening: str) -> dict[str, str]:
    """Keep of a PDF's properties what its opening shows: they are often left over from a template or name a typist."""
    shown = _letters(opening)
    return {name: value for name, value in properties.items() if (letters := _letters(value)) and letters in shown}


def _pdf_pages(data: bytes, source: str) -> tuple[list[list[str]], dict[str, str]]:
    """Lines of each page, and the file's title and author."""
    import logging

    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceError(f"{source} is encrypted: save a copy without a password and give that.")
        count = len(reader.pages)
        if count > MOST_PAGES:
            raise SourceError(f"{source} has {count:,} pages, more than {MOST_PAGES}: give the pages that hold the article.")
        texts = [page.extract_text() for page in reader.pages]
        stated = {"headline": reader.metadata and reader.metadata.title, "author": reader.metadata and reader.metadata.author}
    except (FileNotDecryptedError, DependencyError):
        raise SourceError(f"{source} is encrypted: save a copy without a password and give that.") from None
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise SourceError(f"{source} is a broken PDF ({type(error).__name__}): save it anew and give that.") from None
    if sum(map(len, texts)) > MOST_CHARACTERS:
        raise SourceError(f"{source} holds more than {MOST_CHARACTERS:,} characters: an article is less, give only that.")
    properties = {name: " ".join(_clean(str(value)).split()) for name, value in stated.items() if value}
    return [_clean(text).split("\n") for text in texts], properties


def _without_running_heads(pages: Sequence[list[str]]) -> list[list[str]]:
    """Leave out first and last lines that stand on many pages, page numbers made alike."""
    trimmed = [[line.strip() for line in lines] for lines in pages]
    edges = Counter(_edge(lines[place]) for lines in trimmed for place in (0, -1) if any(lines) and lines[place])
    heads = {edge for edge, count in edges.items() if count >= MANY_PAGES or edge == "#"}
    return [_strip_edges(lines, heads) for lines in trimmed]


def _strip_edges(lines: list[str], heads: set[str]) -> list[str]:
    while lines and (not lines[0] or _edge(lines[0]) in heads):
        lines = lines[1:]
    while lines and (not lines[-1] or _edge(lines[-1]) in heads):
        lines = lines[:-1]
    return lines


def _edge(line: str) -> str:
    return re.sub(r"\d+", "#", line.casefold()).strip(" -–—|·")


def _paragraphs(lines: Iterable[str]) -> str:
    """Join lines: a blank one, or a short one that ends a sentence, ends a paragraph."""
    rows = list(lines)
    widths = sorted(len(row) for row in rows if row)
    full = widths[int(len(widths) * 0.8)] if widths else 0
    text = ""
    for row in rows:
        if not row:
            text = text.rstrip() + "\n\n" if text else ""
            continue
        text += row + ("\n\n" if len(row) < SHARE_OF_WIDTH * full and _SENTENCE_END.search(row) else "\n")
    text = _HYPHEN.sub("", re.sub(r"\n{3,}", "\n\n", text.strip()))
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


def _clean(text: str) -> str:
    """Drop control characters other than newline and tab; ligatures of typesetting become letters."""
    kept = "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c in "\n\t" or unicodedata.category(c) != "Cc")
    return re.sub("[ﬀ-ﬆ]", lambda match: unicodedata.normalize("NFKC", match[0]), kept)


def _same(one: str, other: str) -> bool:
    return _letters(one) == _letters(other)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _stated_language(data: bytes, text: str) -> str | None:
    """The language that a page states, if its text is in it: templates state one for all pages."""
    from llm_diplo.languages import detect_language

    found = detect_language(text)
    match = _LANGUAGE.search(data[:HEAD])
    stated = match[1].decode("ascii") if match else None
    return stated if stated and (found is None or stated.split("-")[0].casefold() == found) else found


def _need(package: str, source: str, what: str) -> None:
    if find_spec(package) is None:
        raise SourceError(f"{source}: {what} need the extra `documents`: pip install 'llm-diplo[documents]'.")
