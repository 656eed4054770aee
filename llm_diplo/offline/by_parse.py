"""An article read by parse: its actors and attributed speech. English; needs the `offline` extra."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from llm_diplo.brief.extraction import ExtractedActor, Extraction
from llm_diplo.offline.actors import ActorMention, actor_mentions
from llm_diplo.offline.attribution import parse_speech
from llm_diplo.offline.compose import compose
from llm_diplo.offline.merging import ActorFound, fold_mentions
from llm_diplo.offline.parse import Block, parse_blocks
from llm_diplo.schema import ActorType
from llm_diplo.text import gazetteer
from llm_diplo.text.article import Article
from llm_diplo.text.folding import fold_name
from llm_diplo.text.masthead import dateline_end
from llm_diplo.text.quotations import NumberedArticle

MASTHEAD_UNITS = 4  # headline, byline, dateline stand in these
MOST_ACTORS = 60


def extract_by_parse(numbered: NumberedArticle) -> Extraction:
    """Return what a parse finds in an English article; linear in its length."""
    named: list[ActorMention] = []
    # One pass: a parsed block is large, and is dropped when it has been read.
    parsed = parse_speech(numbered.article, _reading_names(parse_blocks(numbered.article), named))
    start = _start(numbered.article)
    found = fold_mentions([mention for mention in named if mention.span.start >= start])[:MOST_ACTORS]
    return compose(numbered, [_listed(actor) for actor in found], parsed)


def _start(article: Article) -> int:
    """Where the text proper begins: headlines are no sentences, and the places and agencies of datelines do not act."""
    start = 0
    for place, unit in enumerate(article.units[:MASTHEAD_UNITS]):
        if place == 0 and article.metadata.headline:
            start = unit.end
        end = dateline_end(article.text, unit.start)
        start = end if end > unit.start else start
    return start


def _reading_names(blocks: Iterable[Block], named: list[ActorMention]) -> Iterator[Block]:
    for block in blocks:
        named += actor_mentions(block)
        yield block


def _listed(actor: ActorFound) -> ExtractedActor:
    person = actor.type is ActorType.PERSON
    office, country = _office(actor) if person else ("", "")
    surname = [actor.name.split()[-1]] if person and " " in actor.name and actor.name.split()[-1] in actor.aliases else []
    aliases = sorted(actor.aliases - {actor.name, *surname})
    return ExtractedActor(
        name=actor.name, type=actor.type, country=country, office=office, affiliation="", aliases=[*surname, *aliases]
    )


def _office(actor: ActorFound) -> tuple[str, str]:
    """What stands before the name in its titled forms: “Iranian Foreign Minister” is an office and a country."""
    for form in sorted(actor.aliases, key=len, reverse=True):
        before = form.removesuffix(actor.name).strip() if form.endswith(actor.name) and form != actor.name else ""
        words = before.split()
        countries = [code for word in words if (code := gazetteer.country_code(word))]
        offices = [word for word in words if not gazetteer.country_code(word)]
        if offices and fold_name(offices[-1]) in gazetteer.offices("en"):
            return " ".join(offices), countries[0] if countries else ""
    return "", ""
