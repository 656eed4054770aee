"""RSS and Atom feeds: their items, with the date and author that the feed states."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from llm_diplo.errors import SourceError, install_command
from llm_diplo.sources.document import stated_facts

ACCEPTED = "application/atom+xml, application/rss+xml, application/xml, text/xml, text/html, text/plain, application/pdf"

_FEED = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]{0,300}\?>\s*|<!--(?:(?!-->).)*-->\s*|<!DOCTYPE\s[^>\[]{0,300}>\s*)*"
    rb"<(?:rss|feed|rdf:RDF|atom:feed)\b",
    re.DOTALL,
)
_TEASER = re.compile(r"(?:…|\.\.\.)[\])\s]*\Z")
_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True)
class Item:
    """An item of a feed."""

    id: str
    """What the feed calls it, else its link."""
    link: str
    content: str
    """The whole article where the feed has it, else empty."""
    is_html: bool
    facts: dict[str, str]
    """Fields of `ArticleMetadata`."""


def is_feed(data: bytes) -> bool:
    """Return True if bytes begin as an RSS or Atom feed does."""
    return _FEED.match(data[:10_000]) is not None


def read_feed(data: bytes, source: str) -> list[Item]:
    """Return the items of a feed, in its order. Raises `SourceError` if it is not a feed."""
    if find_spec("feedparser") is None:
        raise SourceError(f"{source}: feeds need the extra `corpus`: {install_command('corpus')}.")
    import feedparser

    if not is_feed(data):
        raise SourceError(f"{source} is neither an RSS nor an Atom feed: give the feed, or the articles themselves.")
    found = feedparser.parse(BytesIO(data), sanitize_html=False)
    if found.bozo and not found.entries:
        raise SourceError(f"{source} is a broken feed: {found.bozo_exception}.")
    return [_item(entry) for entry in found.entries]


def _item(entry: Any) -> Item:
    link = entry.get("link") or ""
    content = max(entry.get("content") or [{}], key=lambda part: len(part.get("value") or ""))
    text = content.get("value") or ""
    if not link and not text:
        content, text = entry.get("summary_detail") or {}, entry.get("summary") or ""
    is_whole = not link or not _TEASER.search(_TAG.sub("", text).rstrip())
    stated = {name: entry.get(name) for name in ("title", "author", "link", "published")}
    stated["published"] = stated["published"] or entry.get("updated")
    return Item(
        str(entry.get("id") or link),
        link,
        text if is_whole else "",
        "html" in (content.get("type") or ""),
        stated_facts(stated),
    )
