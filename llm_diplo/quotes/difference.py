"""What was changed between a quote and the words of its source, and whether it changes what is said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

from llm_diplo.quotes.alignment import SENTENCE_END, Block, Edit, Words, align, is_apart, make_block, reach
from llm_diplo.quotes.contractions import say_the_same
from llm_diplo.quotes.critical import (
    SPARE_WORDS,
    CriticalItem,
    Value,
    changes_critical,
    find_critical,
    find_negations,
    is_honorific,
    is_negated_form,
    is_told_by_hyphen,
    split_words,
)
from llm_diplo.text.folding import fold_name, fold_with_offsets
from llm_diplo.text.gazetteer import country_code
from llm_diplo.text.languages import CJK
from llm_diplo.text.marks import QUOTE_MARKS
from llm_diplo.text.number_words import is_month
from llm_diplo.text.numbers import belongs_to_number

_NEAR_ENOUGH = 0.8  # share of the words that must stand for a quote to be near
_FOUND_ENOUGH = 0.5  # and for an altered one to be found at all
_SPELLINGS = [
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"[ _-]", ""),
        (r"([iy])s(e|ed|es|er|ers|ing|ation|ations)\b", r"\1z\2"),
        ("our", "or"),
        ("ae|oe", "e"),
        (r"mme\b", "m"),
        ("yy", "y"),
        (r"(\w*[aeiouy]\w*[aeiou])ll", r"\1l"),  # travelled; filling is not filing
        (r"(\w*[aeiouy]\w*[aeiou])([ptgms])\2(?=ed|ing|er)", r"\1\2"),
        (r"tre\b", "ter"),
        (r"ence\b", "ense"),
        (r"ogue\b", "og"),
        ("ß", "ss"),
    )
]
_ARTICLES = frozenset("the a an le la les l' un une el los las der die das den dem ein eine that".split())
_NAME_SPELLING = 0.85  # and two names, of six letters or more
_SPELLING_COST = 0.3  # of a word that is only spelled otherwise, or holds the same value
_VALUES = frozenset("number share ordinal vague measures months weekdays".split())
_CASELESS = re.compile(f"[{CJK}\u0590-\u08ff\u0900-\u0eff]")


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a quote differs from a stretch of the source: the stretch, the edits, their cost in words."""

    start: int
    end: int
    edits: tuple[Edit, ...]
    cost: float
    critical: bool


def compare_words(quote: Words, source: Words, core: tuple[int, int], whole: str) -> Comparison | None:
    """Compare a quote with the words `core` of a source whose other words are context; nothing if too different.

    `whole` is the source's full text, asked only whether a word at a sentence's start is also written small.
    """
    blocks, core = align(quote, source, core)
    cost, critical = _Critic(quote, source, whole).judge(blocks)
    share = 1 - cost / max(len(quote.folded), core[1] - core[0], 1)
    if share < _FOUND_ENOUGH:
        return None
    if not critical and share < _NEAR_ENOUGH:
        return None
    if not critical and (wider := _with_negation_beside(source, core)) != core:
        blocks, core, critical = reach(blocks, core, wider), wider, True
    edits = tuple(Edit(block.op, quote.slice(*block.quote), source.slice(*block.source)) for block in blocks)
    return Comparison(source.spans[core[0]][0], source.spans[core[1] - 1][1], edits, cost, critical)


def hides_negation(gap: str) -> bool:
    """Whether words left out at an ellipsis have a negation right at the cut ("will [not] accept")."""
    gap = fold_with_offsets(gap).text.strip("' ")
    words = split_words(gap)
    if words and gap.startswith(words[0]) and any(start == 0 for start, _ in find_negations(words)):
        return True
    tail = split_words(re.split(r"[,.!?;:。，、！？；：]", gap)[-1])
    return any(end > len(tail) - 2 for _, end in find_negations(tail))


def _with_negation_beside(source: Words, core: tuple[int, int]) -> tuple[int, int]:
    """Widen the found words by a negation right beside them, which the quote's edge cut off."""
    first, last = core
    negations = find_negations(source.folded)
    before = [start for start, end in negations if end == first and not is_apart(source, first)]
    behind = [end for start, end in negations if start == last and not is_apart(source, last)]
    return min(before, default=first), max(behind, default=last)


def _is_variant(one: str, other: str) -> bool:
    """Whether two words are spellings of the same word (-ise and -ize, -our and -or, one consonant or two)."""
    return bool(one and other) and _spelling(one) == _spelling(other)


def _spelling(word: str) -> str:
    for pattern, plain in _SPELLINGS:
        word = pattern.sub(plain, word)
    return word


class _Critic:
    """Judges the changed blocks of one comparison."""

    def __init__(self, quote: Words, source: Words, whole: str) -> None:
        self._quote, self._source, self._whole = quote, source, whole
        self._in_quote = find_critical(quote.folded)
        self._in_source = find_critical(source.folded)

    def judge(self, blocks: Sequence[Block]) -> tuple[float, bool]:
        """Return what the changes cost, in words, and whether any adds, drops or replaces a critical word or name."""
        verdicts = [self._judge(block, dated) for block, dated in self._changes(blocks)]
        return sum(cost for cost, _ in verdicts), any(critical for _, critical in verdicts)

    def _changes(self, blocks: Sequence[Block]) -> Iterator[tuple[Block, bool]]:
        """Yield the changed blocks; two may be one date in another order ("3 March", "March 3")."""
        number = 0
        while number < len(blocks):
            block = blocks[number]
            number += 1
            if block.op == "equal":
                continue
            dated = False
            while number + 1 < len(blocks) and self._is_one_date(block, blocks[number], blocks[number + 1]):
                after = blocks[number + 1]
                block = make_block((block.quote[0], after.quote[1]), (block.source[0], after.source[1]), False)
                number, dated = number + 2, True
            yield block, dated

    def _is_one_date(self, before: Block, pivot: Block, after: Block) -> bool:
        """Whether two changes with one word between them only write a date in another order."""
        if pivot.quote[1] - pivot.quote[0] != 1:
            return False
        words = self._quote.folded[before.quote[0] : after.quote[1]] + self._source.folded[before.source[0] : after.source[1]]
        return any(map(is_month, words)) and all(is_month(word) or belongs_to_number(word) for word in words)

    def _judge(self, block: Block, dated: bool) -> tuple[float, bool]:
        said, meant = self._quote.folded[slice(*block.quote)], self._source.folded[slice(*block.source)]
        one, other = fold_name("".join(said)), fold_name("".join(meant))
        spelling = _SPELLING_COST * max(1, min(len(said), len(meant)))
        if self._quote.in_brackets(block.quote):
            return spelling, len(meant) > len(said) + SPARE_WORDS or changes_critical(said, meant)
        if say_the_same(said, meant, self._source.folded[block.source[1] :][:1]):
            return spelling, False
        size = max(len(said), len(meant))
        if one and one == other and self._spells_the_same(block):
            return spelling, False
        theirs, ours = _overlapping(self._in_quote, block.quote), _overlapping(self._in_source, block.source)
        if not _hold_the_same(theirs, ours, dated):
            return size, True
        if (one and one == other) or (_are_values(theirs) and _covers(theirs, block.quote) and _covers(ours, block.source)):
            return spelling, is_told_by_hyphen(said, meant)
        if len(said) == len(meant) == 1 and is_negated_form(said[0], meant[0]):
            return size, True
        variant = len(said) == len(meant) and all(map(_is_variant, map(fold_name, said), map(fold_name, meant)))
        variant = variant or _is_variant(one, other)
        if not variant and not _ARTICLES.issuperset([*said, *meant]):
            return size, True
        swaps_name = self._swaps_name(block) or (not theirs and not variant and _may_swap_caseless_name(one, other))
        return spelling if variant else size, swaps_name

    def _spells_the_same(self, block: Block) -> bool:
        """Whether the same letters make as many words or differ by a hyphen: “co-operate”, but not “may be” and “maybe”."""
        said, meant = self._quote.folded[slice(*block.quote)], self._source.folded[slice(*block.source)]
        hyphened = "-" in self._quote.slice(*block.quote) + self._source.slice(*block.source)
        return len(said) == len(meant) or (hyphened and not is_told_by_hyphen(said, meant))

    def _swaps_name(self, block: Block) -> bool:
        named = [fold_name(word) for word in self._names(self._quote, block.quote)]
        source = [fold_name(word) for word in self._names(self._source, block.source)]
        if named == source:
            return False
        if len(named) == len(source):
            return not all(map(_is_spelling_of_name, named, source))
        return True

    def _names(self, words: Words, span: tuple[int, int]) -> Iterator[str]:
        """Yield the capitalised words of a block that are not only capitalised because a sentence begins."""
        for number in range(*span):
            word = words.text[slice(*words.spans[number])]
            if len(word) < 2 or not word[0].isupper() or is_honorific(words.folded[number]):
                continue
            begins = _begins_sentence(words, number)
            if not begins or word.lower() not in self._whole:
                yield word


def _may_swap_caseless_name(one: str, other: str) -> bool:
    """Whether words are replaced in a script without capitals, where any word may be a name."""
    return min(len(one), len(other)) >= 2 and bool(_CASELESS.match(one))


def _are_values(items: Sequence[CriticalItem]) -> bool:
    """Whether all are numbers, dates or measures, which may be written in words or figures; another verb is another word."""
    return bool(items) and all(kind in _VALUES for item in items for kind, _ in item.values)


def _covers(items: Sequence[CriticalItem], span: tuple[int, int]) -> bool:
    covered = {number for item in items for number in range(item.start, item.end)}
    return covered.issuperset(range(*span))


def _begins_sentence(words: Words, number: int) -> bool:
    before = words.text[: words.spans[number][0]].rstrip(QUOTE_MARKS + " (\t") if number == 0 else None
    if before is not None:
        return not before or bool(SENTENCE_END.match(before[-1]))
    return is_apart(words, number)


def _is_spelling_of_name(one: str, other: str) -> bool:
    if one == other:
        return True
    if country_code(one) != country_code(other):
        return False
    alike = Indel.normalized_similarity(one, other) >= _NAME_SPELLING
    return alike and min(len(one), len(other)) >= 6 and one[0] == other[0]


def _overlapping(items: Sequence[CriticalItem], span: tuple[int, int]) -> list[CriticalItem]:
    return [item for item in items if item.start < span[1] and item.end > span[0]]


def _hold_the_same(some: Sequence[CriticalItem], others: Sequence[CriticalItem], dated: bool) -> bool:
    """Whether two runs of critical words have the same values, with numbers in the same order outside a date."""
    if len(some) != len(others):
        return False
    if not dated and _numbers(some) != _numbers(others):
        return False
    rest = list(others)
    for item in some:
        match = next((other for other in rest if item.values & other.values), None)
        if match is None:
            return False
        rest.remove(match)
    return True


def _numbers(items: Sequence[CriticalItem]) -> list[frozenset[Value]]:
    return [item.values for item in items if any(kind == "number" for kind, _ in item.values)]
