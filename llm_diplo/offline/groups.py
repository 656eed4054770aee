"""Groups and bodies in parsed text: “Iraqi security forces”, “the government of Tarn”, “Court of the Seas”."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from llm_diplo.codes import ActorType
from llm_diplo.offline.parse import Block, Token
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.marks import QUOTE_MARKS
from llm_diplo.text.tables import read_table

RULERS = frozenset({"government", "administration", "regime", "leadership"})
EDGES = QUOTE_MARKS + " \t\n,;:.()[]|-–—"

_PEOPLED = frozenset({ActorType.ARMED_GROUP, ActorType.POLITICAL_PARTY})


class Group(NamedTuple):
    """A group as the text names it."""

    phrase: list[Token]
    words: str
    type: ActorType
    entry: gazetteer.Entry | None


def find_groups(block: Block) -> Iterator[Group]:
    """Return the groups of a paragraph: a noun for a group with a name or nationality before it, or “of” and a name behind."""
    for token in block.doc:
        phrase = _phrase(token)
        if phrase:
            yield _party(block, token, phrase)


def _phrase(token: Token) -> list[Token]:
    """The words that name the group whose noun a token is; none if it is no such noun, or nothing tells which group it is."""
    if _collective_type(token) is None or (token.dep_ == "compound" and token.head.i > token.i):
        return []
    tokens = [t for t in token.lefts if t.dep_ in {"amod", "compound", "nmod", "poss", "nummod"}]
    if any(t.dep_ == "poss" and t.ent_type_ == "PERSON" for t in tokens):
        return []
    owner = _owner(token)
    named = [inner for t in tokens for inner in t.subtree if _is_name(inner) or inner == owner]
    own = token.pos_ == "PROPN" and token.text[:1].isupper()
    behind = _of_name(token)
    if not named and not (own and token.tag_ == "NNP" and token.sent.start != token.i) and not (behind and _rules(token)):
        return []
    joined = max((t.i for t in token.subtree if t.dep_ == "cc" and t.i < token.i), default=-1)
    first = min([inner.i for inner in named if joined < inner.i < token.i] or [token.i])
    phrase = list(token.doc[first : (_last_capital(behind) if behind is not None else token.i) + 1])
    return whole_body(phrase) if own else phrase


def _last_capital(token: Token) -> int:
    """Where a name that goes on behind a token ends: “Union of Strait Pilots”."""
    doc, last = token.doc, int(token.i)
    for place in range(token.i + 1, len(doc)):
        if _is_capital(doc[place]) and token.pos_ == "PROPN" and token.ent_type_ not in {"GPE", "NORP"}:
            last = place
        elif doc[place].lower_ != "of":
            break
    return last


def _party(block: Block, token: Token, phrase: list[Token]) -> Group:
    """The party that a phrase names: an organization for its people, a state for its government, else the group itself."""
    kind = collective_nouns()[token.lower_]
    for end in range(len(phrase) - 1, 0, -1):
        words = " ".join(inner.text for inner in phrase[:end])
        entry = gazetteer.lookup(words)
        if entry is not None and entry.type in _PEOPLED:  # “Hamas fighters”, “the Taliban leadership”
            return Group(phrase, words, entry.type, entry)
    last = phrase[-1]
    words = block.text[phrase[0].idx : last.idx + len(last)].strip(EDGES)
    country = next((found for t in phrase if (found := gazetteer.lookup_demonym(t.text) or gazetteer.lookup(t.text))), None)
    owner = _owner(token)
    if owner is not None and country is None:  # “Ketter's government”: of a state in no table
        return Group(phrase, owner.text, ActorType.STATE, None)
    known = (country if token.lower_ in RULERS else None) or gazetteer.lookup(words)
    made = known or (gazetteer.Entry(words, kind, country.country, (words,)) if country else None)
    return Group(phrase, words, known.type if known else kind, made)


def _owner(token: Token) -> Token | None:
    """Whose government it is: “Ketter's government”."""
    if token.lower_ not in RULERS:
        return None
    return next((t for t in token.lefts if t.dep_ == "poss" and t.pos_ == "PROPN"), None)


def _rules(token: Token) -> bool:
    """Whether a noun with “of” and a name behind it is a party: “the government of Iraq”, but not “a group of Iraqis”."""
    return token.pos_ == "PROPN" or collective_nouns()[token.lower_] is ActorType.GOVERNMENT_BODY


def _collective_type(token: Token) -> ActorType | None:
    if token.pos_ not in {"NOUN", "PROPN"}:
        return None
    return collective_nouns().get(token.lower_)


def _of_name(token: Token) -> Token | None:
    """“the government of Iraq”, “the Church of Mercy”: the name after the noun."""
    for child in token.rights:
        if child.lower_ == "of" and child.i == token.i + 1:
            for inner in child.children:
                named = inner.ent_type_ in {"GPE", "NORP"} or (inner.pos_ == token.pos_ == "PROPN")
                if inner.dep_ == "pobj" and named and inner.right_edge.i == inner.i:
                    return inner
    return None


def _is_name(token: Token) -> bool:
    return token.ent_type_ in {"NORP", "GPE", "ORG", "PERSON"} or gazetteer.lookup_demonym(token.text) is not None


def whole_body(tokens: list[Token]) -> list[Token]:
    """A body's name with what the parser leaves beside it: “Dockers' Union”, “Court of the Seas”, “Task Force 50”."""
    doc, first, last = tokens[0].doc, tokens[0].i, tokens[-1].i
    if fold_name(tokens[-1].text) in bodies():
        if first == last and first > 1 and doc[first - 1].tag_ == "POS" and doc[first - 2].text[:1].isupper():
            first -= 2
        end = last + 1
        while end < len(doc) and (doc[end].lower_ in {"of", "the", "and"} or (end > last + 1 and _is_capital(doc[end]))):
            end += 1
            if _is_capital(doc[end - 1]) and doc[last + 1].lower_ == "of":
                last = end - 1
    elif tokens[-1].text.isupper() and last + 1 < len(doc) and doc[last + 1].text.isdigit() and len(doc[last + 1]) <= 3:
        last += 1
    return list(doc[first : last + 1])


def _is_capital(token: Token) -> bool:
    return bool(token.text[:1].isupper() and token.pos_ in {"PROPN", "NOUN"})


@cache
def collective_nouns() -> dict[str, ActorType]:
    tables = read_table("collectives")
    return {noun: ActorType(kind) for kind, nouns in tables.items() if kind in set(ActorType) for noun in nouns.split()}


@cache
def bodies() -> frozenset[str]:
    return frozenset(gazetteer.words("bodies", "en"))
