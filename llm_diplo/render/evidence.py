"""The evidence page: the article with its evidence marked, beside the brief, in one HTML file that needs nothing else.

A pure function of a brief and its article. Offsets are known, so the marks are made here; the page's own script only
lights them up, and without it everything can still be read.
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

from llm_diplo.errors import MismatchError
from llm_diplo.render import outline
from llm_diplo.render.links import text_fragment_url, web_url
from llm_diplo.render.markdown import sections, sides, statements_by_speaker, steps_in_order, title_of
from llm_diplo.schema import Actor, Brief, Evidence, NextStep, Position
from llm_diplo.text.article import Article
from llm_diplo.text.injection import inert, one_line

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = "page"


@dataclass(frozen=True)
class Piece:
    """A stretch of a unit with the items that rest on it."""

    text: str
    items: tuple[str, ...] = ()
    """Ids of positions and next steps, in the order of the brief."""
    quoted: bool = False
    """Whether an item quotes these words, beyond resting on their unit."""


@dataclass(frozen=True)
class MarkedUnit:
    """A unit as pieces; `before` is what stands between it and the unit before."""

    number: int
    before: str
    pieces: tuple[Piece, ...]
    items: tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """Where words stand: their unit in the page, and on the live page where the source has a URL."""

    unit: int
    url: str | None


@dataclass(frozen=True)
class Entry:
    """A position or next step as the page shows it."""

    item: Position | NextStep
    kind: str
    """`position`, `statement` or `step`."""
    actors: tuple[Actor, ...]
    """Holder, or who proposed and would act."""
    links: tuple[Link, ...]
    citation: str


def evidence_page(brief: Brief, article: Article) -> str:
    """Return the page. Raises `MismatchError` when the brief was made from another text."""
    check_fit(brief, article)
    page = _environment().get_template("page.html")
    style, script = _asset("page.css"), _asset("page.js")
    return page.render(
        brief=brief,
        paragraphs=list(_paragraphs(brief, article)),
        entries={entry.item.id: entry for entry in _entries(brief, article)},
        title=title_of(brief.article),
        sections=sections(brief),
        held=_held(brief),
        statements=statements_by_speaker(brief),
        steps=steps_in_order(brief),
        sides=sides(brief.actors),
        whole_quotes=outline.whole_quotes,
        words_of=outline.words_of,
        names={actor.id: actor for actor in brief.actors},
        url=web_url(brief.article.url),
        style=_trusted(style),
        script=_trusted(script),
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
    )


def _held(brief: Brief) -> dict[str | None, list[Position]]:
    """The positions on each issue."""
    held: dict[str | None, list[Position]] = defaultdict(list)
    for position in brief.positions:
        held[position.issue].append(position)
    return held


def check_fit(brief: Brief, article: Article) -> None:
    """Raise `MismatchError` unless the brief was made from this article's text and its offsets are right."""
    name = article.source or "the article"
    if brief.article.text_sha256 != article.metadata.text_sha256:
        raise MismatchError(
            f"The brief was made from another text than {name} (SHA-256 {brief.article.text_sha256[:16]}…, "
            f"not {article.metadata.id}…): name the article as it was when the brief was made."
        )
    for item, part, _ in _cited(brief):
        if article.text[part.start : part.end] != part.quote:
            raise MismatchError(f"The evidence of {item} does not stand at {part.start}–{part.end} of {name}.")


def _paragraphs(brief: Brief, article: Article) -> Iterator[list[MarkedUnit]]:
    spans = _spans_by_unit(brief, article)
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


_Span = tuple[int, int, str, bool]
"""Start, end, item, whether the item quotes the words."""


def _spans_by_unit(brief: Brief, article: Article) -> dict[int, list[_Span]]:
    """Every evidence and quote, cut at the ends of the units it touches."""
    found: dict[int, list[_Span]] = defaultdict(list)
    starts = [unit.start for unit in article.units]
    for item, part, quoted in _cited(brief):
        for unit in article.units[max(0, bisect_right(starts, part.start) - 1) :]:
            if unit.start >= part.end:
                break
            if unit.end > part.start:
                found[unit.number].append((max(part.start, unit.start), min(part.end, unit.end), item, quoted))
    return found


def _cited(brief: Brief) -> Iterator[tuple[str, Evidence, bool]]:
    """Each item's id, each part of its evidence, and whether that is a quote."""
    for position in brief.positions:
        yield from ((position.id, part, False) for part in position.evidence)
        yield from ((position.id, part, True) for part in position.quotes)
    for step in brief.next_steps:
        yield from ((step.id, part, False) for part in step.evidence)


def _pieces(text: str, start: int, end: int, spans: list[_Span]) -> Iterator[Piece]:
    """Cut a unit wherever a span begins or ends; quadratic in the spans of one unit only."""
    cuts = sorted({start, end, *(span[0] for span in spans), *(span[1] for span in spans)})
    for first, last in pairwise(cuts):
        over = [span for span in spans if span[0] <= first and last <= span[1]]
        items = tuple(dict.fromkeys(item for _, _, item, _ in over))
        yield Piece(text[first:last], items, any(quoted for *_, quoted in over))


def _entries(brief: Brief, article: Article) -> Iterator[Entry]:
    actors = {actor.id: actor for actor in brief.actors}
    for position in brief.positions:
        kind = "position" if position.issue else "statement"
        yield _entry(position, kind, [actors[position.actor]], position.quotes or position.evidence, article, brief)
    for step in brief.next_steps:
        parties = [actors[name] for name in dict.fromkeys((*step.proposed_by, *step.actors, *step.recipients))]
        yield _entry(step, "step", parties, step.evidence, article, brief)


def _entry(
    item: Position | NextStep, kind: str, actors: list[Actor], words: Iterable[Evidence], article: Article, brief: Brief
) -> Entry:
    url = brief.article.url
    links = [Link(part.unit, None) for part in item.evidence]
    shown = {part.unit: text_fragment_url(url, article.text, part) for part in reversed((*words, *item.evidence))}
    linked = tuple(Link(link.unit, shown.get(link.unit)) for link in links)
    return Entry(item, kind, tuple(actors), linked, _citation(tuple(words), actors[:1], item, brief))


def _citation(words: tuple[Evidence, ...], speaker: list[Actor], item: Position | NextStep, brief: Brief) -> str:
    """Quote, speaker, source and unit on one line, to be pasted."""
    article = brief.article
    who = "".join(f"{actor.name} ({actor.office})" if actor.office else actor.name for actor in speaker)
    units = ", ".join(str(part.unit) for part in item.evidence)
    source = ", ".join(part for part in (article.headline, article.publisher, article.date_published) if part)
    quote = " … ".join(part.quote for part in words)
    facts = (who, source, f"unit {units}", web_url(article.url))
    return one_line(" — ".join([quote, "; ".join(fact for fact in facts if fact)]))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader

    environment = Environment(
        autoescape=True, loader=FunctionLoader(_asset), finalize=_finalize, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["STANCES"] = outline.STANCES
    environment.globals["STANDINGS"] = outline.STANDINGS
    return environment


def _finalize(value: Any) -> Any:
    """Everything that a page says passes here: text loses the characters that hide or reorder it."""
    return inert(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


@cache
def _asset(name: str) -> str:
    return (files(__package__) / FOLDER / name).read_text(encoding="utf-8")


def _trusted(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)


def _hash(text: str) -> str:
    """A source of the Content-Security-Policy: this very text and no other."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
