"""A document: the plain text of a web page, PDF or Markdown file, with the metadata that it states."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from llm_diplo.errors import SourceError, install_command
from llm_diplo.text.dates import resolve_date

LONGEST_DATE = 40  # characters

NAMES = {  # field of `ArticleMetadata` to what sites, clippers, static generators and data sets call it
    "headline": ("headline", "title"),
    "author": ("author", "authors", "byline", "creator"),
    "publisher": ("publisher", "site", "site_name", "sitename", "source_name", "publication", "outlet", "agency"),
    "date_published": ("date_published", "published", "date", "pubdate", "publication_date", "published_at"),
    "url": ("url", "link", "canonical", "canonical_url", "source_url", "source"),
    "language": ("language", "lang"),
    "speaker": ("speaker",),
}
_ISO_DAY = re.compile(r"(\d{4})(-?)(\d\d)\2(\d\d)(?!\d)")


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


def stated_facts(stated: Mapping[Any, Any], chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the fields of `ArticleMetadata` that names with values state; other values are left out.

    `chosen` says for a field which name holds it, else it is looked up in `NAMES`, without regard to case.
    """
    known = {str(name).casefold(): value for name, value in stated.items()}
    places = {**NAMES, **{field: (name.casefold(),) for field, name in (chosen or {}).items()}}
    return {field: shown for field, names in places.items() if (shown := next(_stated(field, known, names), None))}


def _stated(field: str, known: dict[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        shown = _text(known.get(name))
        if field == "date_published":
            shown = iso_day(shown) or ""
        if shown and (field != "url" or "://" in shown):
            yield shown


def stated_date(stated: Mapping[Any, Any], chosen: Mapping[str, str] | None = None) -> str:
    """Return the first of the stated dates as it is written, whether it is understood or not; empty if there is none."""
    known = {str(name).casefold(): value for name, value in stated.items()}
    names = (chosen["date_published"].casefold(),) if chosen and "date_published" in chosen else NAMES["date_published"]
    return next(filter(None, (_text(known.get(name)) for name in names)), "")


@lru_cache(maxsize=1_000)
def iso_day(text: str) -> str | None:
    """Return the ISO date of a day, or of a time on that day, however it is written; None if it is not understood."""
    day = _ISO_DAY.match(text)
    return resolve_date("-".join(day.group(1, 3, 4)) if day else text[:LONGEST_DATE], None)


def _text(value: Any) -> str:
    """Return a value, or the values of a list, on one line."""
    return " ".join(", ".join(map(_shown, value)).split()) if isinstance(value, list) else " ".join(_shown(value).split())


def _shown(value: Any) -> str:
    """Return a value as text: a time in ISO form, and nothing for what is neither text, whole number nor date."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if type(value) in {str, int} else ""
