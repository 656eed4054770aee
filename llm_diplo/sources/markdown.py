"""Markdown as plain text, and front matter as metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from llm_diplo.sources.document import Document, titled
from llm_diplo.text.dates import resolve_date

if TYPE_CHECKING:
    from markdown_it.token import Token

LONGEST_DATE = 40  # characters

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
_LINK = re.compile(r"\[[^\[\]\n]{1,300}\]\(https?://[^\s()]{1,500}\)")
_HEADING = re.compile(r"^#{1,6} \S", re.MULTILINE)
_BOLD = re.compile(r"\*\*[^*\s][^*\n]{0,300}\*\*")
_TAG = re.compile(r"<[^<>]{0,1000}>")


def has_front_matter(text: str) -> bool:
    """Return True if a text begins with metadata between lines of `---`."""
    return bool(_front_matter(text)[0])


def looks_like_markdown(text: str) -> bool:
    """Return True if a text without a telling name is Markdown: it has a link, or a heading and bold type."""
    return bool(_LINK.search(text) or (_HEADING.search(text) and _BOLD.search(text)))


def read_markdown(text: str) -> Document:
    """Return the plain text of Markdown (CommonMark and tables), and the metadata in its front matter (YAML)."""
    facts, body = _front_matter(text)
    body = "\n\n".join(filter(None, map(str.strip, _markdown_blocks(body))))
    return Document(titled(body, facts), facts)


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return the metadata in front matter and the text after it; no metadata and the whole text if there is none."""
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
    """Return a YAML value as text: a time as its day, and nothing for what is neither text nor date."""
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
