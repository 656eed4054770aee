"""Where a quote may be in a long text: its very words, or the windows worth comparing with it."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from rapidfuzz.distance import Levenshtein

from llm_diplo.quotes.critical import word_spans
from llm_diplo.text.folding import strip_accents
from llm_diplo.text.languages import UNSPACED

_RARE = 8  # a word this rare is a seed by itself; others only in pairs
_MOST_PLACES = 24  # per seed
_MOST_WINDOWS = 4
_BUCKET = 3  # windows are gathered in steps of 2 ** 3 words
_LEAST_SHARED = 0.4  # of the words: spellings may differ in the others
_LEAST_VOTES = 1 / 6  # of the words: fewer than one change in three leaves more pairs whole
_MOST_SLACK = 40  # words that a window may be longer than the quote, at each side
_UNSPACED = re.compile(f"[{UNSPACED}]")
_FIRST_CODE = 0x100
_SURROGATES = 0xD800


class WordIndex:
    """The words of a folded text, one private character each, so that runs of words are found at string speed."""

    def __init__(self, folded: str) -> None:
        self._spans = word_spans(folded)
        self.words = [folded[start:end] for start, end in self._spans]
        plain = {word: strip_accents(word) for word in dict.fromkeys(self.words)}
        forms = dict.fromkeys(plain.values())
        codes = range(_FIRST_CODE, _SURROGATES)
        if len(forms) > len(codes):
            codes = range(0x10000, 0x110000)  # later words of a larger vocabulary are never found; no article has it
        self._codes = dict(zip(forms, map(chr, codes), strict=False))
        coded = {word: self._codes.get(form, "\0") for word, form in plain.items()}
        self._text = "".join([coded[word] for word in self.words])
        self._counts = Counter(self._text)

    def span(self, word: int) -> tuple[int, int]:
        """Return where a word is in the folded text."""
        return self._spans[word]

    def windows(self, quote: Sequence[str], near: int | None) -> Iterator[tuple[int, int]]:
        """Yield up to four half-open word ranges that a quote of these words may be a changed copy of, best first.

        `near` is an offset in the folded text: of equally good windows those near it come first.
        """
        coded = "".join([self._codes.get(strip_accents(word), "\1") for word in quote])
        votes = self._vote(coded)
        if not votes:
            return
        scores = {bucket: votes[bucket] + votes.get(bucket + 1, 0) for bucket in votes}
        least = max(max(scores.values()) / 2, len(coded) * _LEAST_VOTES)
        target = -1 if near is None else bisect_left(self._spans, (near, near))

        def rank(bucket: int) -> tuple[float, int, int]:
            return -scores[bucket], 0 if target < 0 else abs((bucket << _BUCKET) - target), bucket

        seen: set[tuple[int, int]] = set()
        for bucket in sorted((b for b in scores if scores[b] >= least), key=rank)[:_MOST_WINDOWS]:
            window = self._refine(coded, bucket << _BUCKET, target)
            if window and window not in seen:
                seen.add(window)
                yield window

    def _vote(self, coded: str) -> dict[int, float]:
        """Let each seed of the quote vote for the place where the quote would begin."""
        votes: dict[int, float] = {}
        for number, code in enumerate(coded):
            if code == "\1":
                continue
            if self._counts[code] <= _RARE:
                seed = code
            elif coded[number + 1 : number + 2] not in ("", "\1"):
                seed = coded[number : number + 2]
            else:
                continue
            place, places = self._text.find(seed), 0
            while place >= 0 and places < _MOST_PLACES:
                bucket = (place - number) >> _BUCKET
                votes[bucket] = votes.get(bucket, 0) + 1
                place, places = self._text.find(seed, place + 1), places + 1
        return votes

    def _refine(self, coded: str, begin: int, target: int) -> tuple[int, int] | None:
        """Return the word range near `begin` with the fewest changes: a start, the end for it, the start for that end.

        Of equal ones the nearest to the word `target`. Nothing where too few of the words stand.
        """
        slack = min(max(4, len(coded) // 4), _MOST_SLACK)
        low, high = max(0, begin - slack), min(len(self._text), begin + len(coded) + (2 << _BUCKET) + slack)
        present = set(self._text[low:high])
        if sum(code in present for code in coded) < _LEAST_SHARED * len(coded):
            return None
        text, distance = self._text, Levenshtein.distance
        size = len(coded)
        starts = range(low, max(low + 1, min(high, begin + (2 << _BUCKET) + slack)))
        start = min(starts, key=lambda at: (distance(coded, text[at : at + size]), abs(at - target)))
        ends = range(min(high, max(start + 1, start + size - 2 * slack)), min(high, start + size + 2 * slack) + 1)
        end = min(ends, key=lambda at: (distance(coded, text[start:at]), abs(at - start - size)))
        starts = range(max(low, end - size - 2 * slack), end)
        start = min(starts, key=lambda at: (distance(coded, text[at:end]), abs(end - at - size)))
        shared = len(coded) - distance(coded, text[start:end])
        return (start, end) if shared >= _LEAST_SHARED * len(coded) else None


def locate(text: str, needle: str, hint: int | None) -> int:
    """Return where `needle` is in `text` as whole words, nearest to `hint` or first; -1 for nowhere."""
    after = locate_after(text, needle, max(0, hint or 0))
    if not hint:
        return after
    before = text.rfind(needle, 0, max(0, hint) + len(needle) - 1)
    while before >= 0 and _cuts_word(text, before, before + len(needle)):
        before = text.rfind(needle, 0, before + len(needle) - 1)
    if before < 0 or after < 0:
        return max(before, after)
    return before if hint - before <= after - hint else after


def locate_after(text: str, needle: str, start: int, end: int | None = None) -> int:
    """Return the first place of `needle` as whole words in `text[start:end]`; -1 for nowhere."""
    at = text.find(needle, start, end)
    while at >= 0 and _cuts_word(text, at, at + len(needle)):
        at = text.find(needle, at + 1, end)
    return at


def _cuts_word(text: str, start: int, end: int) -> bool:
    """Whether a span begins or ends inside a word."""
    return _joins(text, start) or _joins(text, end)


def _joins(text: str, at: int) -> bool:
    """Whether the characters on both sides of an offset belong to one word."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if unicodedata.combining(after):
        return True
    return before.isalnum() and after.isalnum() and not _UNSPACED.match(before) and not _UNSPACED.match(after)
