"""Actors in parsed text: persons and bodies that spaCy names, groups marked by a head noun, and states that act.

An actor has its fullest name; surnames, titles, acronyms (“… (ISIL)”), nationality words and seats of power are added to
it. Left out: places that never act, datelines, and parts of titles (“State”, “Defense”).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from llm_diplo.codes import ActorType
from llm_diplo.offline.groups import EDGES, bodies, find_groups, whole_body
from llm_diplo.offline.parse import Block, Token, is_verb
from llm_diplo.offline.speech import reporting_words
from llm_diplo.schema import Span
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.tables import read_table

SHORTEST = 2  # characters of a name
LONGEST_OFFICE = 4  # tokens
LONGEST_NAME = 9  # tokens of a name in the gazetteer

_ORGANIZATIONS = frozenset({"ORG"})
_NO_ACTOR = re.compile(
    r"(?:Near|Operation|USS|HMS|FS|Resolution|Image|Photo|Passcode|Law of|@)\b|.*(?:Resolutions?|Conference|Act|Treaty) *\d*$"
)
_UNCLASSED = frozenset({"", "GPE", "LOC", "PRODUCT", "FAC", "NORP", "WORK_OF_ART"})
_PORTFOLIOS = frozenset({"foreign affairs", "home affairs"})
_COMMON = frozenset("group people friends council university department team image members state president".split())


@dataclass(frozen=True, slots=True)
class ActorMention:
    """One name as it is written."""

    words: str
    type: ActorType
    span: Span
    acts: bool
    """Whether it may become an actor: a state that acts, or a single word with a verb of saying or a title."""
    entry: gazetteer.Entry | None = None
    titled: str | None = None


# Mentions


def actor_mentions(block: Block) -> Iterator[ActorMention]:
    """Return the mentions of actors in a paragraph, none inside another; the most certain first."""
    taken: set[int] = set()
    known = list(_known(block))
    whole = [pair for pair in known if len(pair[1]) > 2]
    for mention, tokens in (*whole, *_groups(block), *_entities(block), *_offices(block), *known, *_unseen(block)):
        indexes = {token.i for token in tokens}
        if taken.isdisjoint(indexes):
            taken |= indexes
            yield mention


def _groups(block: Block) -> Iterator[tuple[ActorMention, list[Token]]]:
    for group in find_groups(block):
        yield _mention(block, group.phrase, group.words, group.type, group.entry), group.phrase


def _offices(block: Block) -> Iterator[tuple[ActorMention, list[Token]]]:
    """An office that acts without a name: “The Foreign Secretary said”."""
    for token in block.doc:
        acts = token.dep_ in {"nsubj", "nsubjpass"} and token.text[:1].isupper() and gazetteer.is_title(token.text)
        if acts and token.ent_type_ != "PERSON":
            phrase = [t for t in token.lefts if t.dep_ in {"compound", "amod", "nmod"}]
            phrase = [inner for t in phrase for inner in t.subtree] + [token]
            words = block.text[phrase[0].idx : token.idx + len(token)]
            if 1 < len(phrase) <= LONGEST_OFFICE and "\n" not in words:
                yield _mention(block, phrase, words, ActorType.PERSON, None), phrase


def _unseen(block: Block) -> Iterator[tuple[ActorMention, list[Token]]]:
    """A name that acts and that the parser gives no entity type: “Google said”."""
    for token in block.doc:
        acts = token.pos_ == "PROPN" and (
            token.dep_ in {"nsubj", "nsubjpass"} or (token.dep_ == "pobj" and token.head.dep_ == "agent")
        )
        if (
            acts
            and token.text[:1].isupper()
            and token.ent_type_ in _UNCLASSED
            and (_reports(token) or fold_name(token.text) in bodies())
        ):
            phrase = whole_body([t for t in token.lefts if t.dep_ == "compound" and t.text[:1].isupper()] + [token])
            last = phrase[-1]
            words = block.text[phrase[0].idx : last.idx + len(last)].strip(EDGES)
            if _may_be_name(words):
                kind = ActorType.PERSON if _is_person(phrase) else ActorType.OTHER
                yield _mention(block, phrase, words, kind, None), phrase


def _may_be_name(words: str) -> bool:
    whole = "\n" not in words and len(words) > SHORTEST and not gazetteer.is_title(words.rsplit(maxsplit=1)[-1])
    return whole and not _NO_ACTOR.match(words) and _entry(words) is None


def _reports(token: Token) -> bool:
    """Return True if a name is the subject of a verb that only a party can be: of saying, wanting, agreeing."""
    verb = token.head.head if token.head.dep_ == "agent" else token.head
    return any(verb.lemma_.lower() in reporting_words("verbs", table) for table in ("frame", "infinitive"))


def _titled(block: Block, tokens: list[Token]) -> str | None:
    """A person's name with the office or honorific before it: “Defense Secretary Ash Carter”."""
    first = tokens[0].i
    while first > 0 and _is_title_part(block.doc[first - 1]):
        first -= 1
    while first < tokens[0].i and block.doc[first].lower_ in {"of", "for", "the"}:
        first += 1
    if first == tokens[0].i or not gazetteer.is_title(block.doc[tokens[0].i - 1].text):
        return None
    return block.text[block.doc[first].idx : tokens[-1].idx + len(tokens[-1])]


def _is_title_part(token: Token) -> bool:
    linking = token.lower_ in {"of", "for"}
    named = token.text[:1].isupper() and token.pos_ in {"PROPN", "NOUN", "ADJ"} and not token.is_sent_start
    return bool(linking or named or gazetteer.is_title(token.text))


def _entities(block: Block) -> Iterator[tuple[ActorMention, list[Token]]]:
    for entity in block.doc.ents:
        tokens = [token for token in entity if not token.is_space]
        while tokens and tokens[-1].text in {"'s", "’s", "'", "Image"}:
            tokens.pop()
        person = entity.label_ == "PERSON"
        while len(tokens) > 1 and (tokens[0].lower_ in {"the", "a", "an"} or (person and gazetteer.is_title(tokens[0].text))):
            tokens.pop(0)
        beyond = next((n for n, token in enumerate(tokens) if token.text == "(" or (person and token.lower_ == "for")), 0)
        tokens = tokens[:beyond] or tokens  # “World Health Organization (WHO”, “Venn for the Dockers' Union”
        if len(tokens) > 2 and entity.label_ == "ORG" and fold_name(tokens[0].text) in gazetteer.offices("en"):
            tokens.pop(0)
        if not tokens:
            continue
        tokens = whole_body(tokens)
        words = block.text[tokens[0].idx : tokens[-1].idx + len(tokens[-1])].strip(EDGES)
        kind = _entity_type(entity.label_, words, tokens)
        if kind is not None and len(words) >= SHORTEST and any(map(str.isalpha, words)) and "\n" not in words:
            titled = _titled(block, tokens) if kind is ActorType.PERSON else None
            yield _mention(block, tokens, words, kind, _entry(words), titled), tokens


def _entity_type(label: str, words: str, tokens: list[Token]) -> ActorType | None:
    entry = _entry(words)
    if entry is not None:
        return entry.type if label != "NORP" or _is_people(tokens) else None
    folded = fold_name(words)
    if (
        gazetteer.is_title(words)
        or _is_part_of_title(label, tokens)
        or folded in _title_halves() | _COMMON | _PORTFOLIOS | _letters()
        or _NO_ACTOR.match(words)
        or _is_thing(folded)
    ):
        return None
    if label == "PERSON":
        return None if words.isupper() and len(tokens) > 1 else ActorType.PERSON
    if label in _ORGANIZATIONS:
        return ActorType.PERSON if _is_person(tokens) else ActorType.OTHER
    if label == "NORP":
        return ActorType.CIVIL_SOCIETY if _is_people(tokens) else None
    return None


def _is_part_of_title(label: str, tokens: list[Token]) -> bool:
    """Whether a name is cut out of a title: “Pentagon Press” before “Secretary”, “Navy Capt”, which are no bodies."""
    doc, last = tokens[0].doc, tokens[-1]
    behind = doc[last.i + 1] if last.i + 1 < len(doc) else None
    ends = len(tokens) > 1 and (gazetteer.is_title(last.text) or last.lower_.strip(".") in _abbreviated())
    leads = behind is not None and behind.text[:1].isupper() and gazetteer.is_title(behind.text)
    return label != "PERSON" and (ends or leads or tokens[0].lower_ in {"of", "for"})


def _is_person(tokens: list[Token]) -> bool:
    """Whether an office stands beside two or three words that name no body: “Edvard Osk, chairman of …”."""
    if not 2 <= len(tokens) <= 3 or any(fold_name(token.text) in gazetteer.words("bodies", "en") for token in tokens):
        return False
    doc, first, last = tokens[0].doc, tokens[0].i, tokens[-1].i
    before = first > 0 and gazetteer.is_title(doc[first - 1].text)
    beside = [token.text for token in doc[last + 1 : last + 6]]
    return before or (beside[:1] == [","] and any(fold_name(word) in gazetteer.offices("en") for word in beside[1:]))


def _is_people(tokens: list[Token]) -> bool:
    """Whether it means people: “the Russians”, not “Russian” before a noun."""
    return bool(tokens[-1].dep_ not in {"amod", "compound", "nmod", "poss"} and tokens[-1].text.endswith("s"))


def _known(block: Block) -> Iterator[tuple[ActorMention, list[Token]]]:
    """Names in the gazetteer that the parser did not recognize."""
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
    found = gazetteer.lookup(words) or gazetteer.lookup_metonym(words) or gazetteer.lookup_demonym(words)
    if found is None and " " in words and gazetteer.country_code(words.split(maxsplit=1)[0]):
        found = gazetteer.lookup(words.split(maxsplit=1)[1])  # “the US State Department”
        found = found if found and found.type is ActorType.GOVERNMENT_BODY else None
    return found


def _mention(
    block: Block, tokens: list[Token], words: str, kind: ActorType, entry: gazetteer.Entry | None, titled: str | None = None
) -> ActorMention:
    head = next((t for t in tokens if t.head.i < tokens[0].i or t.head.i > tokens[-1].i or t.head.i == t.i), tokens[-1])
    last = tokens[-1]
    span = block.span(tokens[0].idx, last.idx + len(last))
    return ActorMention(words, kind, span, _makes_actor(head, words, kind, entry, titled), entry, titled)


def _makes_actor(head: Token, words: str, kind: ActorType, entry: gazetteer.Entry | None, titled: str | None) -> bool:
    if kind is ActorType.STATE:
        return _acts(head)
    if head.doc[max(0, head.left_edge.i - 2) : head.left_edge.i].text.endswith(":"):
        return False  # a credit: “Image: …”
    if fold_name(words) in bodies():
        return False  # cut out of a longer name, or short for one
    if " " in words or entry is not None or titled or kind not in {ActorType.PERSON, ActorType.OTHER}:
        return True
    agent = head.dep_ in {"nsubj", "nsubjpass"} or (head.dep_ == "pobj" and head.head.dep_ == "agent")
    return bool(agent and (kind is ActorType.OTHER or _reports(head)))


def _acts(token: Token) -> bool:
    """Whether a name acts or is acted on: a subject, an agent, an object, or one after “with”, “against”, “to”."""
    if token.dep_ in {"nsubj", "nsubjpass", "csubj"}:
        return True
    if token.dep_ == "pobj":
        head = token.head
        return head.dep_ == "agent" or (head.lower_ in {"with", "against", "to", "between", "by"} and is_verb(head.head))
    if token.dep_ in {"conj", "appos"} and token.head.i != token.i:
        return _acts(token.head)
    return bool(token.dep_ in {"dobj", "dative"} and is_verb(token.head))


def _is_thing(name: str) -> bool:
    """Return True for a place or thing that never acts: “Berlin Wall”, “Islamophobia”."""
    return name[name.rfind(" ") + 1 :] in _things() or name.endswith(("ism", "phobia"))


@cache
def _abbreviated() -> frozenset[str]:
    return reporting_words("titles", "abbreviated") | {"capt", "cmdr", "adm"}


@cache
def _things() -> frozenset[str]:
    return frozenset(read_table("collectives")["places"].split())


@cache
def _letters() -> frozenset[str]:
    return frozenset(read_table("collectives")["letters"].split())


@cache
def _title_halves() -> frozenset[str]:
    """“State”, “Defense”, “Foreign”: parts of offices that parsers mistake for bodies."""
    return frozenset("state defense defence foreign interior treasury justice commerce finance secretary house".split())
