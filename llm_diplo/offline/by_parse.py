"""An article read with a parser: its actors and attributed speech. English; needs the `offline` extra."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from llm_diplo.brief.extraction import ExtractedActor, Extraction
from llm_diplo.codes import ActorType
from llm_diplo.offline.actors import ActorMention, actor_mentions
from llm_diplo.offline.attribution import parse_speech
from llm_diplo.offline.compose import compose
from llm_diplo.offline.parse import Block, VerbSubject, parse_blocks, verb_subjects
from llm_diplo.schema import Span
from llm_diplo.text import gazetteer
from llm_diplo.text.article import Article, dateline_end
from llm_diplo.text.folding import fold_name
from llm_diplo.text.names import acronym_of, normal_name, read_name, same, without_titles
from llm_diplo.text.quotations import NumberedArticle

MASTHEAD_UNITS = 4  # headline, byline, dateline stand in these
MOST_ACTORS = 60
OFTEN = 3  # mentions
SHORTEST_SHOUT = 6  # characters


def extract_by_parse(numbered: NumberedArticle) -> Extraction:
    """Return the actors and speech of an English article; linear in its length."""
    named: list[ActorMention] = []
    # One pass: a parsed block is large, and is dropped once it is read.
    subjects: dict[int, VerbSubject] = {}
    parsed = parse_speech(numbered.article, _reading_names(parse_blocks(numbered.article), named, subjects))
    start = _start(numbered.article)
    found = fold_mentions([mention for mention in named if mention.span.start >= start])[:MOST_ACTORS]
    return compose(numbered, [_listed(actor) for actor in found], parsed, subjects)


def _start(article: Article) -> int:
    """Where the body text begins: headlines are not sentences, and places and agencies in datelines do not act."""
    start = 0
    for place, unit in enumerate(article.units[:MASTHEAD_UNITS]):
        if place == 0 and article.metadata.headline:
            start = unit.end
        end = dateline_end(article.text, unit.start)
        start = end if end > unit.start else start
    return start


def _reading_names(blocks: Iterable[Block], named: list[ActorMention], subjects: dict[int, VerbSubject]) -> Iterator[Block]:
    for block in blocks:
        named += actor_mentions(block)
        subjects.update(verb_subjects(block))
        yield block


def _listed(actor: ActorFound) -> ExtractedActor:
    last = actor.name.split()[-1]
    surname = [last] if actor.type is ActorType.PERSON and " " in actor.name and last in actor.aliases else []
    aliases = sorted(actor.aliases - {actor.name, *surname})
    return ExtractedActor(name=actor.name, type=actor.type, country="", office="", affiliation="", aliases=[*surname, *aliases])


# One actor per party: the mentions in an article grouped by name, surname, acronym and head word


@dataclass
class ActorFound:
    """One actor, while its forms are collected."""

    name: str
    type: ActorType
    country: str | None = None
    aliases: set[str] = field(default_factory=set)
    mentions: list[Span] = field(default_factory=list)
    entry: gazetteer.Entry | None = None


def fold_mentions(mentions: list[ActorMention]) -> list[ActorFound]:
    """Return the actors that mentions name, in order of first mention; quadratic in the persons."""
    actors: dict[str, ActorFound] = {}
    for mention in mentions:
        key = _key(mention)
        actor = actors.setdefault(key, ActorFound(mention.words, mention.type, entry=mention.entry))
        actor.aliases |= {mention.words, *filter(None, [mention.titled])}
        actor.mentions.append(mention.span)
        if mention.entry:
            actor.country = mention.entry.country
    acting = {_key(mention) for mention in mentions if mention.acts}
    bodies = gazetteer.words("bodies", "en")
    often = {key for key, actor in actors.items() if actor.type is ActorType.OTHER and len(actor.mentions) >= OFTEN}
    acting |= {key for key in often if key not in bodies}
    _merge_surnames(actors)
    _merge_acronyms(actors)
    _merge_heads(actors)
    found = [actor for key, actor in actors.items() if key in acting]
    for actor in found:
        _name_fully(actor)
    return found


def _key(mention: ActorMention) -> str:
    if mention.entry is not None and mention.entry.type is not ActorType.PERSON:
        return normal_name(mention.entry.name)
    return normal_name(mention.words)


def _merge_surnames(actors: dict[str, ActorFound]) -> None:
    persons = [key for key, actor in actors.items() if actor.type is ActorType.PERSON]
    unclear = [key for key, actor in actors.items() if actor.type is ActorType.OTHER and actor.entry is None]
    for key in (*persons, *unclear):
        fuller = [other for other in persons if other != key and other in actors and _is_part(key, other)]
        if fuller and (len(fuller) == 1 or key in persons):
            _absorb(actors, fuller[0], key)
    for key, actor in list(actors.items()):
        lone = actor.type is ActorType.PERSON and " " not in key
        bodies = (
            [other for other, named in actors.items() if named.type is ActorType.OTHER and _is_part(key, other)] if lone else []
        )
        if len(bodies) == 1 and key == bodies[0].split()[-1]:
            actors[bodies[0]].type = ActorType.PERSON
            _absorb(actors, bodies[0], key)


def _merge_heads(actors: dict[str, ActorFound]) -> None:
    """“the Commission” beside one “Strait Commission”, “the Church” beside one “Church of …”."""
    for key, actor in list(actors.items()):
        bodies = [
            other
            for other, named in actors.items()
            if named.type is not ActorType.PERSON
            and key != other
            and (other.split()[-1] == key or other.startswith(f"{key} of "))
        ]
        if len(bodies) == 1 and actor.type is not ActorType.PERSON:
            _absorb(actors, bodies[0], key)


def _is_part(short: str, full: str) -> bool:
    """Whether a name is a shorter form of another: its end, or a given name."""
    words, others = short.split(), full.split()
    return len(words) < len(others) and (others[: len(words)] == words or same(short, full, "en"))


def _merge_acronyms(actors: dict[str, ActorFound]) -> None:
    for key, actor in list(actors.items()):
        if actor.name.isupper() and " " not in key and actor.entry is None:
            full = [other for other, named in actors.items() if other != key and acronym_of(named.name) == key]
            if len(full) == 1:
                _absorb(actors, full[0], key)


def _absorb(actors: dict[str, ActorFound], into: str, key: str) -> None:
    gone = actors.pop(key)
    actors[into].aliases |= gone.aliases
    actors[into].mentions += gone.mentions


def _is_shouted(form: str) -> bool:
    """Whether a name is written in capitals, as in datelines, and is too long for an acronym."""
    return form.isupper() and len(form) >= SHORTEST_SHOUT


def _name_fully(actor: ActorFound) -> None:
    """The name is the fullest form written; a state's is its own, not that of its people or seat of power."""
    if actor.type is ActorType.PERSON:
        actor.aliases |= {without_titles(form, "en") for form in actor.aliases}
    titled = {form for form in actor.aliases if actor.type is ActorType.PERSON and read_name(form, "en").has_title}
    # Sorted by spelling first: a set has another order in each run, and among equal forms the one with capitals wins.
    forms = sorted(sorted(actor.aliases), key=lambda form: (form not in titled, len(form), not _is_shouted(form)), reverse=True)
    if actor.entry is not None:
        own = [form for form in forms if gazetteer.lookup(form) is not None]
        forms = own or forms
    plain = [form for form in forms if actor.entry is not None and fold_name(form) == fold_name(actor.entry.name)]
    actor.name = (plain or forms)[0]
    actor.aliases.discard(actor.name)
