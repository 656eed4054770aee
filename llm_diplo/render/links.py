"""Links into a live page by text fragment: `#:~:text=prefix-,quote,-suffix` (WICG Scroll to Text Fragment)."""

from __future__ import annotations

from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from llm_diplo.schema import Evidence

LONGEST_EXACT = 120
"""Characters up to which a quote is written in full; a longer one is given by its first and last words."""
ENDS = 40
"""Characters of the ends of a long quote, and of the context of one that is not unique."""


def web_url(url: str | None) -> str | None:
    """Return `url` if it is an http or https URL, else None: nothing else may become a link."""
    try:
        return url if url and urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None


def text_fragment_url(url: str | None, text: str, evidence: Evidence) -> str | None:
    """Return the URL at which a browser shows the quote on the live page; None without an http or https URL.

    `text` is the article's: if a quote occurs in it more than once, the words around it select the place.
    """
    page = web_url(url)
    if not page or not evidence.quote.strip():
        return None
    words = " ".join(evidence.quote.split())
    parts = [words]
    if len(words) > LONGEST_EXACT or "\n" in evidence.quote:
        parts = [_head(words), _tail(words)]
    directive = ",".join(map(_encoded, parts))
    if text.count(evidence.quote) > 1:
        before = _tail(_line(text[: evidence.start].rsplit("\n", 1)[-1]))
        after = _head(_line(text[evidence.end :].split("\n", 1)[0]))
        directive = (f"{_encoded(before)}-," if before else "") + directive + (f",-{_encoded(after)}" if after else "")
    return f"{page}{'' if '#' in page else '#'}:~:text={directive}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _head(words: str) -> str:
    """The first words, not cut inside a word where words are separated by spaces."""
    return words if len(words) <= ENDS else words[:ENDS].rsplit(" ", 1)[0]


def _tail(words: str) -> str:
    return words if len(words) <= ENDS else words[-ENDS:].split(" ", 1)[-1]


def _encoded(words: str) -> str:
    # A hyphen would separate prefix and suffix; `quote` does not escape it.
    return percent_encode(words, safe="").replace("-", "%2D")
