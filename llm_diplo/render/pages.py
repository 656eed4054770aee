"""What the HTML pages share: templates and their policy, marked words, and links into a live page.

A text fragment (`#:~:text=prefix-,quote,-suffix`) is defined by WICG's “URL Fragment Text Directives”.
"""

from __future__ import annotations

from base64 import b64encode
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from llm_diplo.brief.wording import bare_condition
from llm_diplo.render import outline
from llm_diplo.schema import Evidence
from llm_diplo.text.article import Article
from llm_diplo.text.injection import inert

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = "page"

Stretch = tuple[int, int, str, bool]
"""Start, end, the item that cites the words, and whether it quotes them."""

LONGEST_EXACT = 120
"""Characters up to which a quote is written in full; a longer one is given by its first and last words."""
ENDS = 40
"""Characters of the ends of a long quote, and of the context of one that is not unique."""


def draw_page(template: str, **values: Any) -> str:
    """Return a page: the template with the pages' style and script, and a Content-Security-Policy of their hashes."""
    style, script = _asset("page.css"), _asset("page.js")
    return draw(
        template,
        **values,
        style=_trusted(style),
        script=_trusted(script),
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
    )


def draw(template: str, **values: Any) -> str:
    """Return a template filled in; words from texts are escaped and inert."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader

    environment = Environment(
        autoescape=True, loader=FunctionLoader(_asset), finalize=_finalize, trim_blocks=True, lstrip_blocks=True
    )
    wording = ("STANCES", "STANDINGS", "aliases_of", "claim_of", "facts_of", "stance_of", "whole_quotes", "words_of")
    environment.globals.update({name: getattr(outline, name) for name in wording}, bare_condition=bare_condition)
    return environment


def _finalize(value: Any) -> Any:
    """Remove the characters that hide or reorder text; everything on a page passes through here."""
    return inert(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


@cache
def _asset(name: str) -> str:
    return (files(__package__) / FOLDER / name).read_text(encoding="utf-8")


def _trusted(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)


def _hash(text: str) -> str:
    """A Content-Security-Policy source that allows exactly this text."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


@dataclass(frozen=True)
class Piece:
    """A part of a unit with the items that cite it."""

    text: str
    items: tuple[str, ...] = ()
    """Ids of items, in the order in which they were given."""
    quoted: bool = False
    """Whether an item quotes these words, and does not just cite their unit."""


@dataclass(frozen=True)
class MarkedUnit:
    """A unit in pieces; `before` is the text between it and the previous unit."""

    number: int
    before: str
    pieces: tuple[Piece, ...]
    items: tuple[str, ...]


def marked_paragraphs(article: Article, stretches: Iterable[Stretch]) -> Iterator[list[MarkedUnit]]:
    """Yield the paragraphs of an article, cut wherever marked words begin or end."""
    spans = _by_unit(article, stretches)
    ends = [0, *(unit.end for unit in article.units)]
    for _, units in groupby(article.units, key=lambda unit: unit.paragraph):
        marked = []
        for unit in units:
            before = " ".join(article.text[ends[unit.number - 1] : unit.start].split())
            found = spans.get(unit.number, [])
            items = tuple(dict.fromkeys(item for _, _, item, _ in found))
            pieces = tuple(_pieces(article.text, unit.start, unit.end, found))
            marked.append(MarkedUnit(unit.number, before, pieces, items))
        yield marked


def _by_unit(article: Article, stretches: Iterable[Stretch]) -> dict[int, list[Stretch]]:
    """Cut marked spans at the ends of the units that they overlap."""
    found: dict[int, list[Stretch]] = defaultdict(list)
    starts = [unit.start for unit in article.units]
    for start, end, item, quoted in stretches:
        for unit in article.units[max(0, bisect_right(starts, start) - 1) :]:
            if unit.start >= end:
                break
            if unit.end > start:
                found[unit.number].append((max(start, unit.start), min(end, unit.end), item, quoted))
    return found


def _pieces(text: str, start: int, end: int, spans: list[Stretch]) -> Iterator[Piece]:
    """Cut a unit wherever a span begins or ends; quadratic in the spans of one unit only."""
    cuts = sorted({start, end, *(span[0] for span in spans), *(span[1] for span in spans)})
    for first, last in pairwise(cuts):
        over = [span for span in spans if span[0] <= first and last <= span[1]]
        items = tuple(dict.fromkeys(item for _, _, item, _ in over))
        yield Piece(text[first:last], items, any(quoted for *_, quoted in over))


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
