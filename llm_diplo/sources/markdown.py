"""Markdown as plain text, and front matter as metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from llm_diplo.sources.document import Document, stated_facts, titled

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.{1,10000}?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
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
    facts = stated_facts(stated)
    return facts, text[match.end() :] if facts else text


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
