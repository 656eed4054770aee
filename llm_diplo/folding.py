"""Text made comparable: the differences that a quote may have and still be the same words."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Return `text` with quote marks, dashes, white space, case and Unicode form made uniform."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
