"""The evidence page: the article with its evidence marked, beside the brief, in one self-contained HTML file.

A pure function of a brief and its article. The marks are made here from the offsets; the page's script only highlights
them, and the page can be read without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from llm_diplo.errors import MismatchError
from llm_diplo.render import outline
from llm_diplo.render.pages import draw, draw_page, marked_paragraphs, text_fragment_url, web_url
from llm_diplo.schema import Actor, Brief, Evidence, NextStep, Position
from llm_diplo.text.article import Article
from llm_diplo.text.injection import one_line


@dataclass(frozen=True)
class Link:
    """Where words are: their unit on this page, and a link to the live page if the source has a URL."""

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
    return draw_page(
        "evidence.html",
        **brief_parts(brief, article),
        in_place=True,
        left="Article",
        right="Brief",
        language=brief.article.language or "",
        paragraphs=list(
            marked_paragraphs(article, ((part.start, part.end, item, quoted) for item, part, quoted in _cited(brief)))
        ),
        url=web_url(brief.article.url),
    )


def brief_parts(brief: Brief, article: Article | None = None) -> dict[str, Any]:
    """Return what the template of a brief needs, for the page and for notebooks; without the article no link is made."""
    return {
        "brief": brief,
        "entries": {entry.item.id: entry for entry in _entries(brief, article)},
        "title": outline.title_of(brief.article),
        "sections": outline.sections(brief),
        "held": outline.positions_by_issue(brief),
        "statements": outline.statements_by_speaker(brief),
        "steps": outline.steps_in_order(brief),
        "sides": outline.sides(brief.actors),
        "names": {actor.id: actor for actor in brief.actors},
    }


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
            raise MismatchError(f"The evidence of {item} is not at {part.start}–{part.end} of {name}.")


def _cited(brief: Brief) -> Iterator[tuple[str, Evidence, bool]]:
    """Each item's id, each part of its evidence, and whether that is a quote."""
    for position in brief.positions:
        yield from ((position.id, part, False) for part in position.evidence)
        yield from ((position.id, part, True) for part in position.quotes)
    for step in brief.next_steps:
        yield from ((step.id, part, False) for part in step.evidence)


def _entries(brief: Brief, article: Article | None) -> Iterator[Entry]:
    actors = {actor.id: actor for actor in brief.actors}
    for position in brief.positions:
        kind = "position" if position.issue else "statement"
        yield _entry(position, kind, [actors[position.actor]], position.quotes or position.evidence, article, brief)
    for step in brief.next_steps:
        parties = [actors[name] for name in dict.fromkeys((*step.proposed_by, *step.actors, *step.recipients))]
        yield _entry(step, "step", parties, step.evidence, article, brief)


def _entry(
    item: Position | NextStep, kind: str, actors: list[Actor], words: Iterable[Evidence], article: Article | None, brief: Brief
) -> Entry:
    url, text = (brief.article.url, article.text) if article else (None, "")
    live = {part.unit: text_fragment_url(url, text, part) for part in reversed((*words, *item.evidence))}
    linked = tuple(Link(part.unit, live.get(part.unit)) for part in item.evidence)
    return Entry(item, kind, tuple(actors), linked, _citation(tuple(words), actors[:1], item, brief))


def _citation(words: tuple[Evidence, ...], speaker: list[Actor], item: Position | NextStep, brief: Brief) -> str:
    """Quote, speaker, source and unit on one line, for pasting."""
    article = brief.article
    who = "".join(f"{actor.name} ({actor.office})" if actor.office else actor.name for actor in speaker)
    units = ", ".join(str(part.unit) for part in item.evidence)
    source = ", ".join(part for part in (article.headline, article.publisher, article.date_published) if part)
    quote = " … ".join(part.quote for part in words)
    facts = (who, source, f"unit {units}", web_url(article.url))
    return one_line(" — ".join([quote, "; ".join(fact for fact in facts if fact)]))


def brief_html(brief: Brief) -> str:
    """Return a brief as an HTML fragment; HTML in the article's words is shown as text."""
    return draw("notebook.html", **brief_parts(brief), in_place=False)
