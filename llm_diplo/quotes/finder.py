"""Whether a quote is really in a text, where, and what was changed.

The statuses, best first: verbatim (the same code points), normalized (the same after folding and trimming the edges),
elided (pieces around an ellipsis, in order, in one paragraph), near (small edits, none of them critical), altered
(found, but a critical word was added, dropped or changed), absent. Altered and absent are never grounded.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import pairwise

from llm_diplo.quotes.alignment import Edit, Words
from llm_diplo.quotes.brackets import CASED, find_bracketed, has_brackets, trim_quote
from llm_diplo.quotes.candidates import WordIndex, locate, locate_after
from llm_diplo.quotes.contractions import other_forms
from llm_diplo.quotes.critical import find_plain_words, plain_words
from llm_diplo.quotes.difference import Comparison, compare_words, hides_negation
from llm_diplo.text.folding import Folding, fold_with_offsets, has_line_end_hyphen
from llm_diplo.text.languages import UNSPACED
from llm_diplo.text.marks import CLOSERS


class QuoteStatus(StrEnum):
    """How well a quote matches a text, best first."""

    VERBATIM = "verbatim"
    NORMALIZED = "normalized"
    ELIDED = "elided"
    NEAR = "near"
    ALTERED = "altered"
    ABSENT = "absent"

    @property
    def grounded(self) -> bool:
        """Whether the quote is found in the text."""
        return self not in (QuoteStatus.ALTERED, QuoteStatus.ABSENT)


@dataclass(frozen=True, slots=True)
class QuoteMatch:
    """Where a quote was found: `found == text[start:end]` unless it is absent (then 0, 0 and "").

    `difference` says how to draw what was changed, as edits (op, quote words, source words) with op `equal`, `insert`
    (the quote has words that the source has not), `delete` (the source has words that the quote has not) or
    `replace`; it is empty for verbatim, normalized and absent.
    """

    status: QuoteStatus
    start: int = 0
    end: int = 0
    found: str = ""
    difference: tuple[Edit, ...] = ()


ABSENT = QuoteMatch(QuoteStatus.ABSENT)

_ELLIPSIS = re.compile(r"[\[(]\s*(?:…|\.{3,}|\. \. \.)\s*[\])]|…+|\.{3,}|\.(?: \.){2,}")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n|\u2029")
_LINE = re.compile(rf"(?P<closed>[.!?…。！？:][{CLOSERS})]*)?(?<![^\S\n])[^\S\n]*\n")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_FEWEST_WORDS, _FEWEST_CHARACTERS = 3, 5  # under these only the very words count: "Russia" is not "Russian"
_MOST_WORDS = 1_000
_WIDEST_GAP = 1_500
_MOST_STARTS = 200
_CONTEXT = 6
_MOST_KEPT = 64


def find_quote(quote: str, text: str, *, hint: int | None = None) -> QuoteMatch:
    """Find `quote` in `text`: whether it is there, where, and what was changed.

    `hint` is a code-point offset: among equally good places the nearest wins, without it the first. For many quotes
    against one text make one `QuoteFinder`. An empty quote is absent. `verbatim` exactly when `quote in text`.
    """
    return QuoteFinder(text).find(quote, hint=hint)


# Cost, with n characters of text and a quote of m words (at most 1,000 beyond the folded search):
#   exact and folded search  O(n) each; folding and the word index are O(n), once per text and only when needed;
#   elision                  at most 200 starts, each looking at most 1,500 characters ahead per piece;
#   seeded windows           O(n) per two-word seed, at most 24 places per seed, at most 4 windows of O(m) words.
# Ties: the better stage wins; in it the place with the fewest changed words, among these one without a critical
# change, then the nearest to `hint`, then the first. Each quote is searched on its own, so order does not matter.
class QuoteFinder:
    """A text prepared for many quotes; what it needs is computed at the first quote that needs it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def find(self, quote: str, *, hint: int | None = None) -> QuoteMatch:
        """Find one quote; see `find_quote`."""
        same = self.find_same(quote, hint=hint)
        trimmed = trim_quote(quote)
        if same.status is not QuoteStatus.ABSENT or not trimmed:
            return same
        if has_brackets(quote):
            return self._find_bracketed(quote, trimmed, hint)
        if not _ELLIPSIS.search(trimmed):
            return self._find_near(trimmed, hint)
        pieces = [piece for part in _ELLIPSIS.split(trimmed) if (piece := trim_quote(part))]
        return self._find_elided(pieces, hint) or self._find_pieces(pieces, hint)

    def find_same(self, quote: str, *, hint: int | None = None) -> QuoteMatch:
        """Find one quote only as it is, verbatim or normalized, else absent: the cheap part of `find`."""
        if not quote:
            return ABSENT
        start = self.text.find(quote)
        if start >= 0:
            whole = locate(self.text, quote, hint)
            start = start if whole < 0 else whole  # inside a word: still the same code points
            return self._match(QuoteStatus.VERBATIM, start, start + len(quote))
        found = self._find_folded(trim_quote(quote), hint)
        return ABSENT if found is None else self._match(QuoteStatus.NORMALIZED, *found)

    def may_have(self, quote: str) -> bool:
        """Whether the text has the words of a quote in any order: False if `find_same` finds it nowhere."""
        forms = _inner_words(quote)
        return not forms or any(words <= self.words for words in forms)

    @property
    def folded(self) -> str:
        """The folded text."""
        return self._folding.text

    @cached_property
    def words(self) -> frozenset[str]:
        """The distinct words of the folded text, those cut by a line-end hyphen whole and in parts."""
        foldings = {self._folding.text, self._with_hyphens.text}
        return frozenset().union(*map(find_plain_words, foldings))

    def _find_bracketed(self, quote: str, trimmed: str, hint: int | None) -> QuoteMatch:
        found = find_bracketed(quote, self._folding, self.text)
        if found is None:
            return ABSENT if _ELLIPSIS.search(trimmed) else self._find_near(CASED.sub(r"\1", trimmed), hint)
        status = QuoteStatus.ALTERED if found.critical or any(map(hides_negation, found.elided)) else QuoteStatus.ELIDED
        return self._match(status, found.start, found.end, found.difference)

    @cached_property
    def _folding(self) -> Folding:
        return fold_with_offsets(self.text)

    @cached_property
    def _with_hyphens(self) -> Folding:
        """The text with hyphens at line ends kept: "co-⏎operate" may be "co-operate"."""
        return fold_with_offsets(self.text, keep_hyphens=True) if has_line_end_hyphen(self.text) else self._folding

    @cached_property
    def _index(self) -> WordIndex:
        return WordIndex(self._folding.text)

    @cached_property
    def _paragraph_ends(self) -> list[int]:
        """Offsets where paragraphs end: blank lines, and each line break where nearly all follow a full stop."""
        ends = [match.start() for match in _BLANK_LINE.finditer(self.text)]
        lines = list(_LINE.finditer(self.text))
        if 4 * sum(line["closed"] is not None for line in lines) >= 3 * len(lines):
            ends = sorted({*ends, *(line.end() - 1 for line in lines)})
        return ends

    def _match(self, status: QuoteStatus, start: int, end: int, difference: tuple[Edit, ...] = ()) -> QuoteMatch:
        return QuoteMatch(status, start, end, self.text[start:end], difference)

    def _find_folded(self, quote: str, hint: int | None) -> tuple[int, int] | None:
        """Return the span of the folded quote, with line-end hyphens dropped or kept on either side."""
        for folding in dict.fromkeys((self._folding, self._with_hyphens)):
            near = None if hint is None else folding.folded(hint)
            for form in _forms(quote):
                if (start := locate(folding.text, form, near)) >= 0:
                    return folding.original(start, start + len(form))
        return None

    def _find_elided(self, pieces: list[str], hint: int | None) -> QuoteMatch | None:
        """Find all pieces as they are, in order, in one paragraph, as close together as the first place allows."""
        folding = self._folding
        forms = [fold_with_offsets(piece).text for piece in pieces]
        chains: list[list[tuple[int, int]]] = []
        start = locate_after(folding.text, forms[0], 0)
        while start >= 0 and len(chains) < _MOST_STARTS:
            chain = self._follow(forms, start)
            if chain:
                chains.append(chain)
            start = locate_after(folding.text, forms[0], start + 1)
        if not chains:
            return None
        near = 0 if hint is None else folding.folded(hint)
        first = min(chains, key=lambda chain: (abs(chain[0][0] - near), chain[0][0]))
        best = max((chain for chain in chains if chain[-1] == first[-1]), key=lambda chain: chain[0][0])
        spans = [folding.original(*span) for span in best]
        hidden = any(hides_negation(folding.text[end:start]) for (_, end), (start, _) in pairwise(best))
        return self._joined(QuoteStatus.ALTERED if hidden else QuoteStatus.ELIDED, pieces, spans)

    def _follow(self, forms: list[str], start: int) -> list[tuple[int, int]]:
        """Return where the pieces are, after the first one's `start`, or nothing."""
        text = self._folding.text
        limit = self._paragraph_limit(start)
        chain = [(start, start + len(forms[0]))]
        for form in forms[1:]:
            after = chain[-1][1]
            at = locate_after(text, form, after, min(limit, after + _WIDEST_GAP + len(form)))
            if at < 0:
                return []
            chain.append((at, at + len(form)))
        return chain

    def _paragraph_limit(self, folded: int) -> int:
        original, _ = self._folding.original(folded, folded + 1)
        number = bisect_right(self._paragraph_ends, original)
        if number == len(self._paragraph_ends):
            return len(self._folding.text)
        return self._folding.folded(self._paragraph_ends[number])

    def _find_pieces(self, pieces: list[str], hint: int | None) -> QuoteMatch:
        """Judge pieces that are not in one paragraph as written: each by itself, then their order."""
        matches: list[QuoteMatch] = []
        for piece in pieces:
            after = matches[-1].end if matches else hint
            found = self._find_folded(piece, after)
            match = self._match(QuoteStatus.NORMALIZED, *found) if found else self._find_near(piece, after)
            if match.status is QuoteStatus.ABSENT:
                return ABSENT
            matches.append(match)
        spans = [(match.start, match.end) for match in matches]
        ordered = all(end <= start and start - end <= _WIDEST_GAP for (_, end), (start, _) in pairwise(spans))
        if not ordered or bisect_right(self._paragraph_ends, spans[0][0]) != bisect_right(self._paragraph_ends, spans[-1][0]):
            longest = max(range(len(pieces)), key=lambda number: len(pieces[number]))
            edits = (
                Edit("equal" if n == longest else "insert", piece, matches[n].found if n == longest else "")
                for n, piece in enumerate(pieces)
            )
            return self._match(QuoteStatus.ALTERED, *spans[longest], tuple(edits))
        hidden = any(hides_negation(self.text[end:start]) for (_, end), (start, _) in pairwise(spans))
        altered = hidden or any(match.status is QuoteStatus.ALTERED for match in matches)
        return self._joined(QuoteStatus.ALTERED if altered else QuoteStatus.NEAR, pieces, spans, matches)

    def _joined(
        self,
        status: QuoteStatus,
        pieces: list[str],
        spans: list[tuple[int, int]],
        matches: list[QuoteMatch] | None = None,
    ) -> QuoteMatch:
        """Make one match of pieces in order; what is between them is shown as deleted."""
        edits: list[Edit] = []
        for number, (piece, (start, end)) in enumerate(zip(pieces, spans, strict=True)):
            if number:
                edits.append(Edit("replace", "…", self.text[spans[number - 1][1] : start].strip()))
            inner = matches[number].difference if matches else ()
            edits.extend(inner or (Edit("equal", piece, self.text[start:end]),))
        return self._match(status, spans[0][0], spans[-1][1], tuple(edits))

    def _compare(self, quote: Words, first: int, last: int) -> Comparison | None:
        """Compare the quote with a range of the text's words, shown with a few words on either side."""
        low, high = max(0, first - _CONTEXT), min(len(self._index.words), last + _CONTEXT)
        spans = [self._folding.original(*self._index.span(n)) for n in range(low, high)]
        source = Words(self.text, self._index.words[low:high], spans)
        return compare_words(quote, source, (first - low, last - low), self.text)

    def _find_near(self, quote: str, hint: int | None) -> QuoteMatch:
        """Compare the quote word by word with the windows of the text that share its rarer words."""
        words = _split(quote)
        unspaced = sum(bool(_UNSPACED.match(word)) for word in words.folded)
        fewest = _FEWEST_CHARACTERS if 2 * unspaced > len(words.folded) else _FEWEST_WORDS
        if len(words.folded) < fewest:
            return self._find_other_form(quote, words, hint)
        if len(words.folded) > _MOST_WORDS:
            return ABSENT
        near = None if hint is None else self._folding.folded(hint)
        chosen = self._closest(words, words.folded, near)
        if chosen is None or chosen.critical:
            others = (self._closest(words, form, near) for form in other_forms(words.folded))
            chosen = next((one for one in others if one and not one.critical), chosen)
        if chosen is None:
            return ABSENT
        status = QuoteStatus.ALTERED if chosen.critical else QuoteStatus.NEAR
        return self._match(status, chosen.start, chosen.end, chosen.edits)

    def _find_other_form(self, quote: str, words: Words, hint: int | None) -> QuoteMatch:
        """Find a quote of one or two words that is contracted in the text, or in full."""
        for form in other_forms(words.folded):
            if found := self._find_folded(" ".join(form), hint):
                edit = Edit("replace", quote, self.text[slice(*found)])
                return self._match(QuoteStatus.NEAR, *found, (edit,))
        return ABSENT

    def _closest(self, quote: Words, form: Sequence[str], near: int | None) -> Comparison | None:
        """Compare a quote with the windows that may hold a form of its words; return the best comparison, if any."""
        best: tuple[float, float, int] | None = None
        chosen: Comparison | None = None
        for window in self._index.windows(form, near):
            comparison = self._compare(quote, *window)
            if comparison is None:
                continue
            distance = 0 if near is None else abs(self._index.span(window[0])[0] - near)
            rank = (comparison.cost + comparison.critical / 2, distance, window[0])
            if best is None or rank < best:
                best, chosen = rank, comparison
        return chosen


@lru_cache(maxsize=_MOST_KEPT)  # a quote is often looked for in many texts
def _forms(quote: str) -> tuple[str, ...]:
    """Return the folded forms of a quote: line-end hyphens dropped, and kept."""
    forms = fold_with_offsets(quote).text, fold_with_offsets(quote, keep_hyphens=True).text
    return tuple(form for form in dict.fromkeys(forms) if form)


@lru_cache(maxsize=_MOST_KEPT)
def _inner_words(quote: str) -> tuple[frozenset[str], ...]:
    """Return the words of each form of a quote but the first and the last, which may be cut: "perat" is in "operate"."""
    return tuple(frozenset(plain_words(form)[1:-1]) for form in _forms(quote))


@lru_cache(maxsize=_MOST_KEPT)
def _split(quote: str) -> Words:
    return Words.of(quote)
