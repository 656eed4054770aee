"""Facts that a source states by name, in front matter or in columns, as fields of `ArticleMetadata`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

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
