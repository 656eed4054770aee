"""Indirect and mixed speech in parsed text: what a verb, noun or adjective of reporting governs.

The span of the content follows PARC 3.0: it includes "that" and "to", and not a final full stop after the marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from llm_diplo.codes import Attribution
from llm_diplo.offline.direct import cue_span, named, speaker_of
from llm_diplo.offline.parse import Block, Token, is_verb, subject
from llm_diplo.offline.speech import Rule, Speech, reporting_pairs, reporting_words
from llm_diplo.schema import Span

SHORTEST = 3  # characters of a span
MARK_REACH = 4  # characters between a clause and the closing mark that belongs to it

_CUE_CLAUSE = frozenset(
    "nsubj nsubjpass aux auxpass neg advmod npadvmod prep dobj dative advcl punct mark prt cc agent".split()
)
_NAMES = frozenset({"PERSON", "ORG", "GPE", "NORP"})

Found = tuple[Rule, Sequence[Token], Token | None]
"""Rule, tokens of the content, speaker."""


def find_indirect_speech(block: Block, taken: frozenset[int], cues: frozenset[int]) -> Iterator[Speech]:
    """Return what is reported in a paragraph.

    `taken` are the spans that are already direct speech, `cues` the tokens that frame them or another clause.
    """
    for token in block.doc:
        if token.i in cues or block.quoted[token.i] in taken:
            continue
        found = _reported(block, token, taken)
        if found:
            yield from report(block, token, *found)


def report(block: Block, cue: Token, rule: Rule, tokens: Iterable[Token], speaker: Token | None) -> Iterator[Speech]:
    """Make an attribution of content tokens, if there are enough of them."""
    spans = content_spans(block, tokens)
    if spans:
        yield Speech(kind_of(block, spans), spans, rule, cue_span(block, cue), *named(block, speaker))


def _reported(block: Block, token: Token, taken: frozenset[int]) -> Found | None:
    if token.lower_ == "according":
        return _according_to(block, token, taken)
    if is_verb(token):
        return next(filter(None, (rule(block, token) for rule in _VERB_RULES)), None)
    if token.pos_ == "NOUN":
        return _noun(token)
    if token.pos_ == "ADJ" and token.lemma_.lower() in reporting_words("adjectives", "clause"):
        clauses = [child for child in token.children if child.dep_ in {"ccomp", "xcomp"} and child.i > token.i]
        return (
            (Rule.ADJECTIVE, list(clauses[0].subtree), subject(token.head) if is_verb(token.head) else None)
            if clauses
            else None
        )
    return None


def _according_to(block: Block, token: Token, taken: frozenset[int]) -> Found | None:
    speaker = next((inner for inner in token.subtree if inner.dep_ == "pobj" and inner.head.lower_ == "to"), None)
    head = token.head
    while not is_verb(head) and head.head.i != head.i:
        head = head.head
    frame = {inner.i for inner in token.subtree}
    return Rule.ACCORDING_TO, [t for t in head.subtree if t.i not in frame and block.quoted[t.i] not in taken], speaker


# Verbs


def _clause(block: Block, verb: Token) -> Found | None:
    """He said (that) it would rain. If the clause comes first, the frame is cut out of it."""
    if verb.lemma_.lower() not in reporting_words("verbs", "clause"):
        return None
    clause = next((child for child in verb.children if child.dep_ == "ccomp"), None)
    if clause is None:
        return None
    own = _frame_tokens(verb) if clause.i < verb.i else frozenset()
    return Rule.CLAUSE, [token for token in clause.subtree if token.i not in own], speaker_of(block, verb)


def _parenthesis(block: Block, verb: Token) -> Found | None:
    """The road, officials say, is open."""
    says = verb.lemma_.lower() in reporting_words("verbs", "frame") and verb.tag_ in {"VBD", "VBZ", "VBP"}
    if not says or verb.dep_ not in {"parataxis", "ccomp"} or not is_verb(verb.head) or subject(verb) is None:
        return None
    if any(child.dep_ in {"dobj", "xcomp"} for child in verb.children):
        return None
    left = verb.left_edge.i
    if verb.dep_ != "parataxis" and (left == 0 or block.doc[left - 1].text not in {",", "-", '"'}):
        return None
    frame = {token.i for token in verb.subtree}
    return Rule.PARENTHESIS, [token for token in verb.head.subtree if token.i not in frame], speaker_of(block, verb)


def _infinitive(block: Block, verb: Token) -> Found | None:
    """They agreed to meet."""
    if verb.lemma_.lower() not in reporting_words("verbs", "infinitive"):
        return None
    clauses = [c for c in verb.children if c.dep_ == "xcomp" and any(inner.tag_ == "TO" for inner in c.children)]
    return (Rule.INFINITIVE, _subtrees(clauses), speaker_of(block, verb)) if clauses else None


def _naming(block: Block, verb: Token) -> Found | None:
    """She called the vote a farce."""
    if verb.lemma_.lower() not in reporting_words("verbs", "naming"):
        return None
    parts = [
        child
        for child in verb.children
        if child.dep_ in {"oprd", "dobj", "ccomp", "xcomp"} or (child.dep_ == "prep" and child.lower_ == "as")
    ]
    named_one = any(part.dep_ in {"dobj", "ccomp"} for part in parts)
    return (Rule.NAMING, _subtrees(parts), speaker_of(block, verb)) if named_one else None


def _preposition(block: Block, verb: Token) -> Found | None:
    """They called for a ceasefire."""
    pairs = reporting_pairs("verbs")
    for child in verb.children:
        if child.dep_ in {"prep", "prt"} and (verb.lemma_.lower(), child.lower_) in pairs:
            objects = [inner for inner in child.children if inner.dep_ in {"pobj", "pcomp"}]
            if objects:
                return Rule.VERB_PREPOSITION, _subtrees(objects), speaker_of(block, verb)
    return None


def _object(block: Block, verb: Token) -> Found | None:
    """He condemned the strike; a participle without an auxiliary does not count."""
    active = verb.tag_ != "VBN" or any(child.dep_ == "aux" for child in verb.children)
    if verb.lemma_.lower() not in reporting_words("verbs", "object") or not active or subject(verb) is None:
        return None
    objects = [child for child in verb.children if child.dep_ == "dobj"]
    if not objects:
        return None
    more = [c for c in verb.children if c.dep_ == "prep" and c.lower_ in {"for", "as", "of"} and c.i > objects[0].i]
    return Rule.OBJECT, _subtrees([objects[0], *more]), speaker_of(block, verb)


_VERB_RULES: tuple[Callable[[Block, Token], Found | None], ...] = (
    _clause,
    _parenthesis,
    _infinitive,
    _naming,
    _preposition,
    _object,
)


def _frame_tokens(verb: Token) -> frozenset[int]:
    """The verb with its subject, auxiliaries and modifiers: the frame, not the clause."""
    own = chain.from_iterable(child.subtree for child in verb.children if child.dep_ in _CUE_CLAUSE)
    return frozenset({verb.i, *(token.i for token in own)})


def _subtrees(tokens: Iterable[Token]) -> list[Token]:
    return [inner for token in tokens for inner in token.subtree]


# Nouns


def _noun(noun: Token) -> Found | None:
    """Her claim that …; his refusal to …; their criticism of …"""
    lemma = noun.lemma_.lower()
    if lemma in reporting_words("nouns", "clause"):
        for child in noun.children:
            if child.i > noun.i and _is_content_clause(child):
                return Rule.NOUN_CLAUSE, list(child.subtree), _possessor(noun)
    pairs = reporting_pairs("nouns")
    for child in noun.children:
        if child.dep_ == "prep" and (lemma, child.lower_) in pairs:
            objects = [inner for inner in child.children if inner.dep_ in {"pobj", "pcomp"}]
            if objects:
                return Rule.NOUN_PREPOSITION, list(objects[0].subtree), _possessor(noun)
    return None


def _is_content_clause(child: Token) -> bool:
    that = any(inner.lower_ == "that" and inner.dep_ == "mark" for inner in child.children)
    infinitive = child.dep_ == "acl" and any(inner.tag_ == "TO" for inner in child.children)
    return child.dep_ in {"acl", "ccomp", "relcl"} and (that or infinitive)


def _possessor(noun: Token) -> Token | None:
    """Whose noun it is: “Tehran's refusal”, “criticism from Paris”, “they voiced fears”."""
    for child in noun.children:
        if child.dep_ == "poss":
            return child
    for child in noun.children:
        if child.dep_ == "prep" and child.lower_ in {"by", "from", "of", "among"}:
            for inner in child.children:
                if inner.dep_ == "pobj" and inner.ent_type_ in _NAMES:
                    return inner
    if noun.dep_ == "dobj" and noun.head.lemma_.lower() in reporting_words("nouns", "carrier"):
        return subject(noun.head)
    return None


# Spans


def content_spans(block: Block, tokens: Iterable[Token]) -> tuple[Span, ...]:
    """Return content tokens as spans: gaps of punctuation are closed, edges trimmed, quotations included whole."""
    spans = []
    for first, last in _runs(block, sorted(token.i for token in tokens)):
        start, end = block.doc[first].idx, block.doc[last].idx + len(block.doc[last])
        for stretch in block.stretches_in(start, end):
            if stretch.start < end < stretch.end and (stretch.end - end <= MARK_REACH or stretch.start >= start - 2):
                end = stretch.end
            if 0 < start - stretch.start <= 2:
                start = stretch.start
        if end - start >= SHORTEST:
            spans.append(block.span(start, end))
    return tuple(spans)


def _runs(block: Block, indexes: list[int]) -> Iterator[tuple[int, int]]:
    doc, start = block.doc, 0
    for place in range(1, len(indexes) + 1):
        if place < len(indexes) and all(
            doc[gap].is_punct or doc[gap].is_space for gap in range(indexes[place - 1] + 1, indexes[place])
        ):
            continue
        first, last = indexes[start], indexes[place - 1]
        start = place
        while first <= last and (doc[first].is_space or doc[first].text in {",", ";", ":", "-"}):
            first += 1
        while last >= first and (
            doc[last].is_space or (doc[last].text in {",", ";", ":", "-", ".", "!", "?"} and block.quoted[last] < 0)
        ):
            last -= 1
        if first <= last:
            yield first, last


def kind_of(block: Block, spans: Sequence[Span]) -> Attribution:
    """Mixed when quoted words stand inside, else indirect."""
    inside = (
        span.start - block.start < stretch.end - 1 and span.end - block.start > stretch.start + 1
        for span in spans
        for stretch in block.stretches_in(span.start - block.start, span.end - block.start)
    )
    return Attribution.MIXED if any(inside) else Attribution.INDIRECT
