"""The words of a quote laid beside those of a text: which stand, and which were added, dropped or replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from llm_diplo.quotes.contractions import say_the_same
from llm_diplo.quotes.critical import word_spans
from llm_diplo.text.folding import fold_with_offsets
from llm_diplo.text.numbers import belongs_to_number

_BRACKET = re.compile(r"\[[^\[\]]+\]")
SENTENCE_END = re.compile(r"[.!?。！？;:\n]")


class Edit(NamedTuple):
    """One step from the source to the quote: `equal`, `insert` (quote only), `delete` (source only) or `replace`."""

    op: str
    quote_words: str
    """The words, “…” for an ellipsis, or a bracket with its marks."""
    source_words: str

    @property
    def is_ellipsis(self) -> bool:
        """Whether the quote has an ellipsis here."""
        return self.quote_words == "…"

    @property
    def is_bracket(self) -> bool:
        """Whether the quote has a bracket here."""
        return self.op != "equal" and self.quote_words.startswith("[")


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a text, folded, with the span of each in that text."""

    text: str
    folded: list[str]
    spans: list[tuple[int, int]]
    bracketed: frozenset[int] = frozenset()
    """The words in brackets; the brackets are in the spans."""

    @classmethod
    def of(cls, text: str) -> Words:
        """Split a whole text."""
        folding = fold_with_offsets(text)
        folded = word_spans(folding.text)
        spans = [folding.original(*span) for span in folded]
        bracketed: set[int] = set()
        for bracket in _BRACKET.finditer(text):
            if inside := [at for at, (start, _) in enumerate(spans) if bracket.start() < start < bracket.end()]:
                spans[inside[0]] = bracket.start(), spans[inside[0]][1]
                spans[inside[-1]] = spans[inside[-1]][0], bracket.end()
                bracketed.update(inside)
        return cls(text, [folding.text[slice(*span)] for span in folded], spans, frozenset(bracketed))

    def in_brackets(self, span: tuple[int, int]) -> bool:
        """Whether there are words in a range, and all of them in brackets."""
        return span[0] < span[1] and self.bracketed.issuperset(range(*span))

    def slice(self, start: int, end: int) -> str:
        """Return the text of the words `start` to `end`, with what is between them."""
        return self.text[self.spans[start][0] : self.spans[end - 1][1]] if start < end else ""


class Block(NamedTuple):
    op: str
    quote: tuple[int, int]
    source: tuple[int, int]


def align(quote: Words, source: Words, core: tuple[int, int]) -> tuple[list[Block], tuple[int, int]]:
    """Return the edits as blocks, neighbours joined, and the source words that they cover."""
    first, last = core
    blocks: list[Block] = []
    for op in Levenshtein.opcodes(quote.folded, source.folded[first:last]):
        block = make_block((op.src_start, op.src_end), (first + op.dest_start, first + op.dest_end), op.tag == "equal")
        if blocks and block.op != "equal" and blocks[-1].op != "equal":
            before = blocks.pop()
            block = make_block((before.quote[0], block.quote[1]), (before.source[0], block.source[1]), False)
        blocks.append(block)
    blocks = [part for block in blocks for part in _without_brackets(block, quote)]
    if blocks and blocks[0].quote[1] > blocks[0].quote[0] and blocks[0].op != "equal":
        first = _faced(quote, source, blocks[0], blocks[0].source[1], -1)
        blocks[0] = make_block(blocks[0].quote, (first, blocks[0].source[1]), False)
    if len(blocks) > 1 and blocks[-1].quote[1] > blocks[-1].quote[0] and blocks[-1].op != "equal":
        last = _faced(quote, source, blocks[-1], blocks[-1].source[0], 1)
        blocks[-1] = make_block(blocks[-1].quote, (blocks[-1].source[0], last), False)
    return blocks, (first, last)


def _without_brackets(block: Block, quote: Words) -> Iterator[Block]:
    """Yield a changed block in two where its first or last words are in brackets: the others face as many of the source."""
    (first, last), (start, stop) = block.quote, block.source
    outside = [word for word in range(first, last) if word not in quote.bracketed]
    if block.op == "equal" or not outside or len(outside) == last - first:
        yield block
    elif outside[0] == first and outside[-1] - first < len(outside):
        middle = min(stop, start + len(outside))
        yield make_block((first, first + len(outside)), (start, middle), False)
        yield make_block((first + len(outside), last), (middle, stop), False)
    elif outside[-1] == last - 1 and last - outside[0] <= len(outside):
        middle = max(start, stop - len(outside))
        yield make_block((first, last - len(outside)), (start, middle), False)
        yield make_block((last - len(outside), last), (middle, stop), False)
    else:
        yield block


def make_block(quote: tuple[int, int], source: tuple[int, int], equal: bool) -> Block:
    if equal:
        return Block("equal", quote, source)
    op = "insert" if source[0] == source[1] else "delete" if quote[0] == quote[1] else "replace"
    return Block(op, quote, source)


def _faced(quote: Words, source: Words, block: Block, inner: int, step: int) -> int:
    """Return how far the source's words reach outwards from `inner` that changed words at an end of the quote stand for.

    They are those that say the same in full or contracted, else as many as the quote has, in the same sentence, so that
    a swapped name is a replacement, and a number is seen whole.
    """
    if quote.in_brackets(block.quote):
        return inner
    said, behind = quote.folded[slice(*block.quote)], quote.folded[block.quote[1] :][:1]
    most = max(len(said), block.source[1] - block.source[0])
    outer, beyond = inner, most + len(said)
    counted = inner
    while abs(outer - inner) < beyond and (word := _next_word(source, outer, step)) is not None:
        outer += step
        if say_the_same(said, source.folded[min(inner, outer) : max(inner, outer)], behind):
            return outer
        if abs(counted - inner) == abs(outer - inner) - 1 and (abs(outer - inner) <= most or belongs_to_number(word)):
            counted = outer
    return counted


def _next_word(words: Words, at: int, step: int) -> str | None:
    """Return the word behind or before the place `at`, unless a sentence or the words end there."""
    if not 0 <= min(at, at + step) < len(words.folded) or (0 < at < len(words.folded) and is_apart(words, at)):
        return None
    return words.folded[min(at, at + step)]


def is_apart(words: Words, at: int) -> bool:
    """Whether a sentence ends before the word `at`."""
    return bool(SENTENCE_END.search(words.text, words.spans[at - 1][1], words.spans[at][0]))


def reach(blocks: list[Block], core: tuple[int, int], wider: tuple[int, int]) -> list[Block]:
    """Add the source words by which `core` was widened, as deleted."""
    start, end = blocks[0].quote[0], blocks[-1].quote[1]
    before = [Block("delete", (start, start), (wider[0], core[0]))] if wider[0] < core[0] else []
    after = [Block("delete", (end, end), (core[1], wider[1]))] if wider[1] > core[1] else []
    return [*before, *blocks, *after]
