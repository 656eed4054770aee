"""Direct speech in parsed text: quotations with a frame after or before them, in a list of names, or with no frame.

A frame is the clause with the verb of saying around a quotation: "…," Kerry said; Kerry said: "…".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from llm_diplo.codes import Attribution
from llm_diplo.offline.parse import Block, Token, agent, head_word, is_finite, is_noun, is_verb, noun_phrase, subject
from llm_diplo.offline.speech import Rule, Speech, reporting_words
from llm_diplo.schema import Span
from llm_diplo.text.marks import CLOSERS, QUOTE_MARKS, Stretch
from llm_diplo.text.units import NOT_AFTER_TITLE

REACH_AFTER = 160
REACH_BEFORE = 200
WORDS_AFTER = 28
WORDS_BEFORE = 22
WORDS_BEFORE_COLON = 30
LONGEST_GAP = 320
SHORTEST_SENTENCE = 5  # words of a quotation that can stand without a frame

_MARKS = QUOTE_MARKS + " "
_NO_BREAK = NOT_AFTER_TITLE + r"(?<!\bSt\.)(?<!\bJr\.)(?<!\bInc\.)"
_SENTENCE_BREAK = re.compile(rf"(?<![A-Z])[.!?]{_NO_BREAK}[{CLOSERS})]*\s+(?=\S)")
_GAP_ENDS = re.compile(r"[.,:;]$|\band( that)?$|[-–—]$")
_LIST_NAME = re.compile(r"\s*[―—–-]{1,2}\s*(?P<name>[^\W\d_a-zà-ÿ][^\n,;:.―—–]{2,60})")
_CONJUNCTIONS = frozenset("but and while which as because when after before although though".split())


def find_direct_speech(block: Block, before: Speech | None) -> Iterator[Speech]:
    """Return the quotations in a paragraph that are whole utterances; `before` is the last one before the paragraph."""
    quotes = [_Quote(block, index) for index in range(len(block.stretches))]
    index = 0
    while index < len(quotes):
        found = _framed(block, quotes, index) or _listed(block, quotes[index]) or _unframed(block, quotes[index], before)
        if found:
            yield found
            before = found
            index += max(1, len(found.spans))
        else:
            index += 1


@dataclass(frozen=True)
class _Quote:
    """Quoted words with what is around them."""

    block: Block
    index: int

    @property
    def stretch(self) -> Stretch:
        return self.block.stretches[self.index]

    @cached_property
    def words(self) -> str:
        return self.block.text[self.stretch.start : self.stretch.end].strip(_MARKS)

    @property
    def left(self) -> str:
        """The paragraph up to the quotation, white space trimmed."""
        return self.block.text[: self.stretch.start].rstrip()

    @property
    def introduced(self) -> bool:
        return self.left[-1:] in {",", ":"}

    @property
    def capital(self) -> bool:
        return self.words[:1].isupper() or self.words[:1] in {"[", "(", ".", "…"}

    @property
    def opens_sentence(self) -> bool:
        return not self.left or self.left[-1:] in ".!?:,–—" + CLOSERS

    @property
    def attached(self) -> bool:
        """Whether it ends as if a frame follows: with a comma inside or after the mark, a question mark, a dash."""
        after = self.block.text[self.stretch.end :].lstrip()[:1]
        return self.words[-1:] in {",", "?", "!", "-", "—"} or after == ","

    @cached_property
    def cue_after(self) -> Token | None:
        return _cue_after(self.block, self.stretch) if self.attached else None

    @cached_property
    def cue_before(self) -> Token | None:
        reportable = self.introduced or (self.capital and len(self.words.split()) >= 4)
        return _cue_before(self.block, self.stretch) if reportable else None


def _framed(block: Block, quotes: list[_Quote], index: int) -> Speech | None:
    quote = quotes[index]
    led_in = quote.cue_before is not None and quote.introduced and _touches(block, quote.cue_before, quote.stretch)
    if quote.cue_after is not None and quote.opens_sentence and (quote.capital or quote.introduced) and not led_in:
        cue, rule = quote.cue_after, Rule.FRAME_AFTER
    elif quote.cue_before is not None and (quote.capital or quote.introduced):
        cue, rule = quote.cue_before, Rule.FRAME_BEFORE
        if len(quote.words.split()) < 2 and quote.words[-1:] not in {".", ",", "?", "!"}:
            return None
    else:
        return None
    last = index
    while last + 1 < len(quotes) and _goes_on(block, quotes, last, rule, first=last == index):
        last += 1
    spans = tuple(block.span(q.stretch.start, q.stretch.end) for q in quotes[index : last + 1])
    return _speech(block, spans, rule, cue, speaker_of(block, cue))


def _goes_on(block: Block, quotes: list[_Quote], last: int, rule: Rule, *, first: bool) -> bool:
    """Whether the next quotation in the paragraph is part of this one, with only its frame in between."""
    following = quotes[last + 1]
    gap = block.text[quotes[last].stretch.end : following.stretch.start].strip()
    if following.cue_after is not None:
        return False
    if rule is Rule.FRAME_AFTER and first:
        own = following.cue_before is None or following.cue_before.i == quotes[last].cue_after.i  # type: ignore[union-attr]
        return own and bool(_GAP_ENDS.search(gap)) and not _SENTENCE_BREAK.search(gap) and len(gap) < LONGEST_GAP
    return (rule is Rule.FRAME_AFTER or following.cue_before is None) and gap in {"", ". . .", "...", "…"}


def _touches(block: Block, cue: Token, stretch: Stretch) -> bool:
    return len(block.text[cue.idx + len(cue) : stretch.start].strip()) <= 2


def _listed(block: Block, quote: _Quote) -> Speech | None:
    """An entry in a list: “…” ― Name."""
    match = _LIST_NAME.match(block.text, quote.stretch.end)
    if not match or quote.left or not match["name"][0].isupper():
        return None
    start, name = match.start("name"), match["name"].rstrip()
    return Speech(
        Attribution.DIRECT,
        (block.span(quote.stretch.start, quote.stretch.end),),
        Rule.LIST_NAME,
        speaker=block.span(start, start + len(name)),
        head=name.split()[-1],
    )


def _unframed(block: Block, quote: _Quote, before: Speech | None) -> Speech | None:
    """A quotation of whole sentences without a frame: the previous speaker goes on, unless named in a list."""
    whole = quote.opens_sentence and quote.capital and len(quote.words.split()) >= SHORTEST_SENTENCE
    if not whole or quote.words[-1:] not in {".", "?", "!"} or quote.left.endswith(","):
        return None
    speaker, head = (before.speaker, before.head) if before and before.rule is not Rule.LIST_NAME else (None, "")
    span = block.span(quote.stretch.start, quote.stretch.end)
    return Speech(Attribution.DIRECT, (span,), Rule.UNFRAMED, speaker=speaker, head=head)


def _cue_after(block: Block, stretch: Stretch) -> Token | None:
    """The first verb of saying after a quotation, in its sentence and outside other quotations."""
    tokens = block.tokens(stretch.end, stretch.end + REACH_AFTER)
    words = [token for token in tokens if not token.is_punct and not token.is_space]
    if words and words[0].lower_ in _CONJUNCTIONS:
        return None
    frames = reporting_words("verbs", "frame")
    for token in tokens[:WORDS_AFTER]:
        if block.quoted[token.i] >= 0 or token.text in {".", "!", "?", ":"}:
            break
        if is_verb(token) and token.lemma_.lower() in frames and token.tag_ != "VB":
            return token
    return next((token for token in tokens[:2] if token.lower_ == "according"), None)


def _cue_before(block: Block, stretch: Stretch) -> Token | None:
    """The last verb of saying before a quotation, in its sentence; or the colon after a name alone."""
    tokens = block.tokens(max(0, stretch.start - REACH_BEFORE), stretch.start)
    colon = bool(tokens) and tokens[-1].text == ":"
    frames = reporting_words("verbs", "frame")
    for distance, token in enumerate(reversed(tokens[-(WORDS_BEFORE_COLON if colon else WORDS_BEFORE) :])):
        if block.quoted[token.i] >= 0:
            return None
        if token.text in {".", "!", "?"}:
            break
        if is_verb(token) and token.lemma_.lower() in frames:
            return token
        if not colon and _stands_between(token, distance):
            return None
    if colon and 2 <= len(tokens) <= 6 and is_noun(tokens[-2]):
        return tokens[-1]
    return None


def _stands_between(token: Token, distance: int) -> bool:
    """Whether a separate clause lies between a verb and a quotation: then the verb is not its frame."""
    if token.lower_ == "that" and token.dep_ == "mark":
        return True
    relative = any(child.lower_ in {"who", "which", "that"} for child in token.children)
    return distance > 0 and is_verb(token) and is_finite(token) and not relative


def speaker_of(block: Block, cue: Token) -> Token | None:
    """Return the speaker of a cue: the object of “according to”, a verb's subject, else the noun beside it."""
    if cue.text == ":":
        return block.doc[cue.i - 1]
    if cue.lower_ == "according":
        return next((token for token in cue.subtree if token.dep_ == "pobj" and token.head.lower_ == "to"), None)
    found = subject(cue)
    if found is not None and found.dep_ == "nsubjpass" and found.head.i == cue.i:
        return agent(cue)  # the subject of a passive says nothing
    if found is not None and block.quoted[found.i] < 0 and found.ent_type_ not in {"DATE", "TIME"}:  # noqa: SIM102
        if found.dep_ != "pobj" or found.head.dep_ == "agent":
            return found
    return _noun_after(block, cue) or _noun_before(block, cue) or found


def _noun_after(block: Block, cue: Token) -> Token | None:
    doc = block.doc
    for index in range(cue.i + 1, min(cue.i + 8, len(doc))):
        token = doc[index]
        if block.quoted[index] >= 0 or token.text in {",", ".", ";", ":"}:
            return None
        if is_noun(token) and token.dep_ != "npadvmod":
            return _last_of_compound(token)
    return None


def _last_of_compound(token: Token) -> Token:
    doc, index = token.doc, token.i
    while index + 1 < len(doc) and doc[index].dep_ in {"compound", "nmod", "amod"} and doc[index + 1].pos_ in {"PROPN", "NOUN"}:
        index += 1
    return doc[index]


def _noun_before(block: Block, cue: Token) -> Token | None:
    for index in range(cue.i - 1, max(cue.i - 12, -1), -1):
        token = block.doc[index]
        if block.quoted[index] >= 0 or token.text in {".", ";", ":"}:
            return None
        if is_noun(token) and token.dep_ not in {"npadvmod", "pobj"}:
            return token
    return None


def _speech(block: Block, spans: tuple[Span, ...], rule: Rule, cue: Token, speaker: Token | None) -> Speech:
    return Speech(Attribution.DIRECT, spans, rule, cue_span(block, cue), *named(block, speaker))


def cue_span(block: Block, cue: Token) -> Span:
    """Return a cue's place in the article."""
    return block.span(cue.idx, cue.idx + len(cue))


def named(block: Block, speaker: Token | None) -> tuple[Span | None, str]:
    """Return a speaker's place in the article and the word that identifies it."""
    if speaker is None:
        return None, ""
    return block.span(*noun_phrase(speaker)), head_word(speaker)
