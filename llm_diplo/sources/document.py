"""A document: the plain text of a web page, PDF or Markdown file, with its metadata."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from importlib.util import find_spec

from llm_diplo.errors import SourceError, install_command


@dataclass(frozen=True)
class Document:
    """Text and metadata; `facts` are fields of `ArticleMetadata`."""

    text: str
    facts: dict[str, str] = field(default_factory=dict)
    pages: tuple[int, ...] = ()
    """Offset at which each page begins, for a PDF."""


def titled(body: str, facts: dict[str, str]) -> str:
    """Put the headline before a text that does not begin with it."""
    title = facts.get("headline", "")
    return body if not title or letters(title) == letters(body.split("\n", 1)[0]) else f"{title}\n\n{body}"


def clean(text: str) -> str:
    """Drop control characters other than newline and tab, and spell out ligatures."""
    kept = "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c in "\n\t" or unicodedata.category(c) != "Cc")
    return re.sub("[ﬀ-ﬆ]", lambda match: unicodedata.normalize("NFKC", match[0]), kept)


def letters(text: str) -> str:
    """Return a text's letters and digits only, case folded."""
    return "".join(filter(str.isalnum, text.casefold()))


def need(package: str, source: str, what: str) -> None:
    """Raise `SourceError` if a package of the extra `documents` is missing."""
    if find_spec(package) is None:
        raise SourceError(f"{source}: {what} need the extra `documents`: {install_command('documents')}.")
