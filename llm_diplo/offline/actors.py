"""Actors by parse: persons and bodies that spaCy names, groups that a head noun shows, and states where they act.

A name counts by its fullest form; surnames, titles, acronyms (“… (ISIL)”), nationality words and seats of power are
folded into it. Kept out: places that never act, datelines, and halves of titles (“State”, “Defense”).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from llm_diplo.offline.parse import Block, Token, is_verb
from llm_diplo.schema import ActorType, Span
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.marks import QUOTE_MARKS
from llm_diplo.text.names import acronym_of, normal_name
from llm_diplo.text.tables import read_table

SHORTEST = 2  # characters of a name
LONGEST_NAME = 9  # tokens of a name in the gazetteer

_ORGANIZATIONS = frozenset({"ORG"})
_NO_ACTOR = re.compile(
    r"(?:Near|Operation|USS|HMS|FS|Resolution|Image|Photo|Passcode|Law of|@)\b|.*(?:Resolutions?|Conference|Act|Treaty) *\d*$"
)
_EDGES = QUOTE_MARKS + " \t\n,;:.()[]-–—"


@dataclass
class ActorFound:
    """One actor, while its forms are gathered."""

    name: str
    type: ActorType
    country: str | None = None
    aliases: set[str] = field(default_factory=set)
    mentions: list[Span] = field(default_factory=list)
    entry: gazetteer.Entry | None = None


@dataclass(frozen=True, slots=True)
class ActorMention:
    """One name as it stands."""

    words: str
    type: ActorType
    span: Span
    acts: bool
    entry: gazetteer.Entry | None = None
    titled: str | None = None


# Mentions


def actor_mentions(block: Block) -> Iterator[ActorMention]:
    """Return the mentions of actors in a paragraph, none inside another; the surest first."""
    taken: set[int] = set()
    known = list(_known(block))
    whole = [pair for pair in known if len(pair[1]) > 2]
    for mention, tokens in (*whole, *_collectives(block), *_entities(block), *_offices(block), *known, *_unseen(block)):
        indexes = {token.i for token in tokens}
        if taken.isdisjoint(indexes):
            taken |= indexes
            yield mention


def _collectives(block: Block) -> Iterator[tuple[ActorMention, list[Token]]]:
    """“Iraqi security forces”: a noun for a group with a name or a nationality before it."""
    for token in block.doc:
        kind = _collective_type(token)
        if kind is None or (token.dep_ == "compound" and token.head.i > token.i):
            continue
        tokens = [t for t in token.lefts if t.dep_ in {"amod", "compound", "nmod", "poss", "nummod"}]
        named = [inner for t in tokens for inner in t.subtree if _is_name(inner)]
        own = token.pos_ == "PROPN" and token.text[:1].isupper()
        behind = _of_name(token)
        if not named and not behind and not (own and token.i > 0 and token.sent.start != token.i):
            continue
        first = min([t.left_edge.i for t in tokens if t.dep_ != "nummod"] or [token.i])
        phrase = list(block.doc[first : (behind.i if behind is not None else token.i) + 1])
        last = phrase[-1]
        words = block.text[phrase[0].idx : last.idx + len(last)].strip(_EDGES)
        entry = gazetteer.lookup(words)
        country = next(
            (entry_ for t in phrase if (entry_ := gazetteer.lookup_demonym(t.text) or gazetteer.lookup(t.text))), None
        )
        made = entry or (gazetteer.Entry(words, kind, country.country if country else None, (words,)) if country else None)
        yield _mention(block, phrase, words, entry.type if entry else kind, made), phrase


def _collective_type(token: Token) -> ActorType | None:
    if token.pos_ not in {"NOUN", "PROPN"}:
        return None
    return _collective_nouns().get(token.lower_)


def _of_name(token: Token) -> Token | None:
    """“the government of Iraq”: the name behind the noun."""
    for child in token.rights:
        if child.lower_ == "of" and child.i == token.i + 1:
            for inner in child.children:
                if inner.dep_ == "pobj" and inner.ent_type_ in {"GPE", "NORP"} and inner.right_edge.i == inner.i:
                    return inner
    return None


def _is_name(token: Token) -> bool:
    return token.ent_type_ in {"NORP", "GPE", "ORG", "PERSON"} or gazetteer.lookup_demonym(token.text) is not None


def _offices(block: Block) -> Iterator[tuple[ActorMention, list[Token]]]:
    """An office that acts without a name: “The Foreign Secretary said”."""
    for token in block.doc:
        acts = token.dep_ in {"nsubj", "nsubjpass"} and token.text[:1].isupper() and gazetteer.is_title(token.text)
        if acts and token.ent_type_ != "PERSON":
            phrase = [t for t in token.lefts if t.dep_ in {"compound", "amod", "nmod"}]
            phrase = [inner for t in phrase for inner in t.subtree] + [token]
            words = block.text[phrase[0].idx : token.idx + len(token)]
            if len(phrase) > 1 and "\n" not in words:
                yield _mention(block, phrase, words, ActorType.PERSON, None), phrase


def _unseen(block: Block) -> Iterator[tuple[ActorMention, list[Token]]]:
    """A name that the parser tags but does not class, where it acts: “Google said”."""
    for token in block.doc:
        acts = token.pos_ == "PROPN" and (
            token.dep_ in {"nsubj", "nsubjpass"} or (token.dep_ == "pobj" and token.head.dep_ == "agent")
        )
        if acts and token.text[:1].isupper() and token.ent_type_ in {"", "GPE", "PRODUCT", "FAC", "NORP", "WORK_OF_ART"}:
            phrase = [t for t in token.lefts if t.dep_ == "compound" and t.text[:1].isupper()] + [token]
            words = block.text[phrase[0].idx : token.idx + len(token)].strip(_EDGES)
            if "\n" not in words and len(words) > SHORTEST and not _NO_ACTOR.match(words) and _entry(words) is None:
                kind = ActorType.PERSON if _is_person(phrase) else ActorType.OTHER
                yield _mention(block, phrase, words, kind, None), phrase


def _titled(block: Block, tokens: list[Token]) -> str | None:
    """A person's name with the office or honorific before it: “Defense Secretary Ash Carter”."""
    first = tokens[0].i
    while first > 0 and _is_title_part(block.doc[first - 1]):
        first -= 1
    if first == tokens[0].i or not any(gazetteer.is_title(token.text) for token in block.doc[first : tokens[0].i]):
        return None
    return block.text[block.doc[first].idx : tokens[-1].idx + len(tokens[-1])]


def _is_title_part(token: Token) -> bool:
    linking = token.lower_ in {"of", "for"}
    named = token.text[:1].isupper() and token.pos_ in {"PROPN", "NOUN", "ADJ"} and not token.is_sent_start
    return bool(linking or named or gazetteer.is_title(token.text))


def _entities(block: Block) -> Iterator[tuple[ActorMention, list[Token]]]:
    for entity in block.doc.ents:
        tokens = [token for token in entity if not token.is_space]
        if tokens and tokens[-1].text in {"'s", "’s", "'"}:
            tokens.pop()
        person = entity.label_ == "PERSON"
        while len(tokens) > 1 and (tokens[0].lower_ in {"the", "a", "an"} or (person and gazetteer.is_title(tokens[0].text))):
            tokens.pop(0)
        if len(tokens) > 2 and entity.label_ == "ORG" and fold_name(tokens[0].text) in gazetteer.offices("en"):
            tokens.pop(0)
        if not tokens:
            continue
        words = block.text[tokens[0].idx : tokens[-1].idx + len(tokens[-1])].strip(_EDGES)
        kind = _entity_type(entity.label_, words, tokens)
        if kind is not None and len(words) >= SHORTEST and any(map(str.isalpha, words)) and "\n" not in words:
            titled = _titled(block, tokens) if kind is ActorType.PERSON else None
            yield _mention(block, tokens, words, kind, _entry(words), titled), tokens


def _entity_type(label: str, words: str, tokens: list[Token]) -> ActorType | None:
    entry = _entry(words)
    if entry is not None:
        return entry.type if label != "NORP" or _is_people(tokens) else None
    if gazetteer.is_title(words) or fold_name(words) in _title_halves() or _NO_ACTOR.match(words):
        return None
    if label == "PERSON":
        return ActorType.PERSON
    if label in _ORGANIZATIONS:
        return ActorType.PERSON if _is_person(tokens) else ActorType.OTHER
    if label == "NORP":
        return ActorType.CIVIL_SOCIETY if _is_people(tokens) else None
    return None


def _is_person(tokens: list[Token]) -> bool:
    """“Edvard Osk, chairman of …”, “Minister Ines Calloway”: an office beside two or three words that name no body."""
    if not 2 <= len(tokens) <= 3 or any(fold_name(token.text) in gazetteer.words("bodies", "en") for token in tokens):
        return False
    doc, first, last = tokens[0].doc, tokens[0].i, tokens[-1].i
    before = first > 0 and gazetteer.is_title(doc[first - 1].text)
    beside = [token.text for token in doc[last + 1 : last + 6]]
    return before or (beside[:1] == [","] and any(fold_name(word) in gazetteer.offices("en") for word in beside[1:]))


def _is_people(tokens: list[Token]) -> bool:
    """“the Russians”, not “Russian” before a noun."""
    return bool(tokens[-1].dep_ not in {"amod", "compound", "nmod", "poss"} and tokens[-1].tag_ in {"NNPS", "NNS", "NNP"})


def _known(block: Block) -> Iterator[tuple[ActorMention, list[Token]]]:
    """Names of the gazetteer that the parser did not see as such."""
    for token in block.doc:
        if token.text[:1].isupper():
            for length in range(LONGEST_NAME, 0, -1):
                phrase = list(block.doc[token.i : token.i + length])
                if phrase[-1].is_punct or phrase[-1].is_space or phrase[-1].tag_ == "POS":
                    continue
                words = block.text[phrase[0].idx : phrase[-1].idx + len(phrase[-1])]
                entry = gazetteer.lookup(words)
                if entry:
                    yield _mention(block, phrase, words, entry.type, entry), phrase
                    break


def _entry(words: str) -> gazetteer.Entry | None:
    return gazetteer.lookup(words) or gazetteer.lookup_metonym(words) or gazetteer.lookup_demonym(words)


def _mention(
    block: Block, tokens: list[Token], words: str, kind: ActorType, entry: gazetteer.Entry | None, titled: str | None = None
) -> ActorMention:
    head = next((t for t in tokens if t.head.i < tokens[0].i or t.head.i > tokens[-1].i or t.head.i == t.i), tokens[-1])
    last = tokens[-1]
    return ActorMention(words, kind, block.span(tokens[0].idx, last.idx + len(last)), _acts(head), entry, titled)


def _acts(token: Token) -> bool:
    """Say whether a name is a subject, an agent, a possessor of deeds, or the one spoken to or about with a verb."""
    if token.dep_ in {"nsubj", "nsubjpass", "csubj"}:
        return True
    if token.dep_ == "pobj":
        head = token.head
        return head.dep_ == "agent" or (head.lower_ in {"with", "against", "to", "between", "by"} and is_verb(head.head))
    if token.dep_ in {"conj", "appos"} and token.head.i != token.i:
        return _acts(token.head)
    return bool(token.dep_ in {"dobj", "dative"} and is_verb(token.head))


# Folding


def fold_mentions(mentions: list[ActorMention]) -> list[ActorFound]:
    """Return the actors that mentions name, in the order of their first one; quadratic in the persons."""
    actors: dict[str, ActorFound] = {}
    for mention in mentions:
        key = _key(mention)
        actor = actors.setdefault(key, ActorFound(mention.words, mention.type, entry=mention.entry))
        actor.aliases |= {mention.words, *filter(None, [mention.titled])}
        actor.mentions.append(mention.span)
        if mention.entry:
            actor.country = mention.entry.country
    acting = {_key(mention) for mention in mentions if mention.acts or mention.type is not ActorType.STATE}
    _merge_surnames(actors)
    _merge_acronyms(actors)
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
    unclear = [key for key, actor in actors.items() if actor.type is ActorType.OTHER and " " not in key and actor.entry is None]
    for key in (*persons, *unclear):
        fuller = [other for other in persons if other != key and other in actors and _is_part(key, other)]
        if len(fuller) == 1:
            _absorb(actors, fuller[0], key)


def _is_part(short: str, full: str) -> bool:
    words, others = short.split(), full.split()
    return len(words) < len(others) and (others[-len(words) :] == words or others[: len(words)] == words)


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


def _name_fully(actor: ActorFound) -> None:
    """The fullest form written is the name: of a state its own, not its people's or its seat's."""
    if actor.type is ActorType.PERSON:
        actor.aliases |= {_without_titles(form) for form in actor.aliases}
    forms = sorted(
        actor.aliases, key=lambda form: (actor.type is not ActorType.PERSON or not _has_title(form), len(form)), reverse=True
    )
    if actor.entry is not None:
        own = [form for form in forms if gazetteer.lookup(form) is not None]
        forms = own or forms
    plain = [form for form in forms if actor.entry is not None and fold_name(form) == fold_name(actor.entry.name)]
    actor.name = (plain or forms)[0]
    actor.aliases.discard(actor.name)


def _without_titles(form: str) -> str:
    words = form.split()
    titles = [place for place, word in enumerate(words[:-1]) if gazetteer.is_title(word)]
    return " ".join(words[titles[-1] + 1 :] if titles else words)


def _has_title(form: str) -> bool:
    return gazetteer.is_title(form.split(maxsplit=1)[0]) or (len(form.split()) > 1 and gazetteer.is_title(form.split()[1]))


@cache
def _collective_nouns() -> dict[str, ActorType]:
    tables = read_table("collectives")
    return {noun: ActorType(kind) for kind, nouns in tables.items() if isinstance(nouns, str) for noun in nouns.split()}


@cache
def _title_halves() -> frozenset[str]:
    """“State”, “Defense”, “Foreign”: parts of offices that parsers take for bodies."""
    return frozenset("state defense defence foreign interior treasury justice commerce finance secretary house".split())
