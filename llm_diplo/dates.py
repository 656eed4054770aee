"""`date_text` and the article's date to EDTF."""

from __future__ import annotations


def resolve_date(date_text: str, published: str | None) -> str | None:
    return None
