"""Where names are mentioned in a text. Offsets are Unicode code points, half-open.

`index_names` reads a text once; the index then finds every place where a name is written, and its form there. Words are
compared folded, without accents, hyphens and dots; elided articles, clitics and possessives are split off; the words of
a name stand side by side, except that a particle or an initial may be written or left out (“Bashar al-Assad”).
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from llm_diplo.schema import Span
from llm_diplo.text.folding import Folding, fold, fold_with_offsets
from llm_diplo.text.inflection import Kind, are_forms, find_words, without_article, without_clitics
from llm_diplo.text.languages import HANGUL, UNSPACED
from llm_diplo.text.names import is_acronym, particles, read_name

SHARED_LETTERS = 2  # that all forms of a word begin with
WIDEST_GAP = 3  # characters other than white space between two words of a name: “, ” or “ («”

_JOINED = re.compile(f"[{UNSPACED}{HANGUL}]")
_PART = re.compile(r"[^\W_・]+")


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a name is written."""

    start: int
    end: int
    inflected: bool = False
    """Whether any of its words has another ending than in the name searched for."""


@lru_cache(maxsize=64)
def index_names(text: str, language: str | None = None) -> NameIndex:
    """Return the index over a text; linear in its length."""
    return NameIndex(text, language)


class NameIndex:
    """The words of a text, and where each is."""

    def __init__(self, text: str, language: str | None = None) -> None:
        self.text = text
        self.language = language
        self._folding: Folding = fold_with_offsets(text)
        self._found: dict[tuple[str, Kind | None], tuple[Mention, ...]] = {}
        # Arrays, and each word once: as a tuple a word would take a hundred bytes.
        self._starts, self._ends = array("I"), array("I")
        self._places: dict[str, array[int]] = {}
        self._words: list[str] = []
        known: dict[str, str] = {}
        for place, (start, word, end) in enumerate(find_words(self._folding.text, language)):
            self._starts.append(start)
            self._ends.append(end)
            self._words.append(known.setdefault(word, word))
            self._places.setdefault(word, array("I")).append(place)

    def find(self, name: str, kind: Kind | None = None) -> tuple[Mention, ...]:
        """Return every place where `name` is written, in order.

        `kind` allows the endings that words of such a name may have; without it only the words as they are count. A short
        name all in capitals (“US”) is found in capitals only. Names in scripts without spaces need no word boundary,
        those in Hangul none at their end. Cost: how often the name's first word is written.
        """
        key = (name, kind)
        if key not in self._found:
            joined = _JOINED.search(name)
            self._found[key] = tuple(self._joined(name) if joined else self._spaced(name, kind))
        return self._found[key]

    @property
    def folded(self) -> str:
        """The text, folded as quotes are."""
        return self._folding.text

    def find_together(self, name: str, kind: Kind, starts: Sequence[int]) -> Mention | None:
        """Return where all words of a name first stand in one piece of the text, from the first to the last of them.

        `starts` are the offsets at which the pieces begin, in order. Titles need not be there. None if no piece has them.
        """
        words = [word for word in read_name(name, self.language).core if word not in particles()]
        held: list[dict[int, tuple[Mention, ...]]] = []
        for word in words:
            found: dict[int, list[Mention]] = {}
            for mention in self.find(word, kind):
                found.setdefault(bisect_right(starts, mention.start) - 1, []).append(mention)
            held.append({piece: tuple(mentions) for piece, mentions in found.items()})
        shared = set(held[0]).intersection(*held[1:]) if held else set()
        if not shared:
            return None
        chosen = [mentions[min(shared)][0] for mentions in held]
        start, end = min(mention.start for mention in chosen), max(mention.end for mention in chosen)
        return Mention(start, end, any(mention.inflected for mention in chosen))

    def before(self, mention: Mention) -> str:
        """Return the word before a mention as it is written, if nothing but a space is between them."""
        start = self._folding.folded(mention.start)
        place = bisect_right(self._starts, start) - 1
        while place >= 0 and self._ends[place] > start:
            place -= 1
        if place < 0 or self._folding.text[self._ends[place] : start].strip(" -"):
            return ""
        return self.text[slice(*self._original(place, place))]

    def _spaced(self, name: str, kind: Kind | None) -> Iterable[Mention]:
        words = read_name(name, self.language).words
        if not words:
            return
        forms = [self._forms(word, kind) for word in words]
        starts = sorted((place, form) for form in forms[0] for place in self._places[form])
        cased = is_acronym(name)
        for place, form in starts:
            aligned = self._align(words, forms, place)
            if aligned is None:
                continue
            last, inflected = aligned
            start, end = self._original(place, last, without=forms[0][form][0])
            if not cased or self.text[start:end].replace(".", "").isupper():
                yield Mention(start, end, inflected)

    def _align(self, words: tuple[str, ...], forms: list[dict[str, tuple[int, bool]]], first: int) -> tuple[int, bool] | None:
        """Return the place of the last word of a name that begins at the word `first`, and whether it is inflected."""
        inflected, place = forms[0][self._words[first]][1], first
        for number, word in enumerate(words[1:], start=1):
            after = place + 1
            if self._fits(after, forms[number], attached=False):
                place = after
            elif self._is_optional(after) and self._fits(after + 1, forms[number], attached=False):
                place = after + 1
            elif word in particles() and number < len(words) - 1:
                continue
            else:
                return None
            inflected = inflected or forms[number][self._words[place]][1]
        return place, inflected

    def _fits(self, place: int, forms: dict[str, tuple[int, bool]], *, attached: bool) -> bool:
        """Whether the word at `place` follows the one before it closely and is one of `forms`."""
        if place >= len(self._words):
            return False
        form = forms.get(self._words[place])
        return form is not None and (attached or form[0] == 0) and self._is_close(place)

    def _is_close(self, place: int) -> bool:
        gap = self._folding.text[self._ends[place - 1] : self._starts[place]]
        return len(gap) <= WIDEST_GAP or gap.isspace()

    def _is_optional(self, place: int) -> bool:
        """Whether the word at `place` may be left out of a name: a particle or an initial."""
        if place >= len(self._words) or not self._is_close(place):
            return False
        word = self._words[place]
        return word in particles() or len(word) == 1

    def _forms(self, word: str, kind: Kind | None) -> dict[str, tuple[int, bool]]:
        """Return the words of the text that are a form of `word`: how many letters precede it, and if it is inflected."""
        found = {word: (0, False)} if word in self._places else {}
        for length, bare, written in self._attached.get(word[:SHARED_LETTERS], ()):
            if bare == word:
                found.setdefault(written, (length, False))
        if kind is None:
            return found
        for length, bare, written in (*self._by_prefix(word), *self._attached.get(_prefix(word), ())):
            if written not in found and are_forms(word, bare, kind, self.language):
                found[written] = (length, True)
        return found

    def _by_prefix(self, word: str) -> Iterable[tuple[int, str, str]]:
        return ((0, other, other) for other in self._prefixes.get(_prefix(word), ()))

    @cached_property
    def _prefixes(self) -> dict[str, list[str]]:
        """The text's words by the letters that every stem of them begins with."""
        found: dict[str, list[str]] = {}
        for word in self._places:
            found.setdefault(_prefix(word), []).append(word)
        return found

    @cached_property
    def _attached(self) -> dict[str, list[tuple[int, str, str]]]:
        """Words after a clitic (“والأردن”), by their first letters: the clitic's length, the word, the whole as written."""
        found: dict[str, list[tuple[int, str, str]]] = {}
        for written in self._places:
            for length, bare in without_clitics(written):
                for prefix in {bare[:SHARED_LETTERS], _prefix(bare)}:
                    found.setdefault(prefix, []).append((length, bare, written))
        return found

    def _original(self, first: int, last: int, without: int = 0) -> tuple[int, int]:
        return self._folding.original(self._starts[first] + without, self._ends[last])

    def _joined(self, name: str) -> Iterable[Mention]:
        pattern = _joined_pattern(name)
        if pattern is None:
            return
        for match in pattern.finditer(self._folding.text):
            yield Mention(*self._folding.original(*match.span()))


def _prefix(word: str) -> str:
    return without_article(word)[:SHARED_LETTERS]


@lru_cache(maxsize=1 << 12)
def _joined_pattern(name: str) -> re.Pattern[str] | None:
    """Return a regular expression for a name in a script without spaces; a dot or a space may separate its parts."""
    parts = _PART.findall(fold(name))
    if not parts:
        return None
    first, last = parts[0][0], parts[-1][-1]
    spaced = rf"[^\W_{UNSPACED}{HANGUL}]"
    before = f"(?<![{HANGUL}])" if re.match(f"[{HANGUL}]", first) else "" if _JOINED.match(first) else f"(?<!{spaced})"
    after = "" if _JOINED.match(last) else f"(?!{spaced})"
    return re.compile(before + rf"[\W・]{{0,{WIDEST_GAP}}}".join(map(re.escape, parts)) + after)


def find_mentions(text: str, names: Iterable[str]) -> tuple[Span, ...]:
    """Return every place in `text` where one of `names` stands as it is, in order and without overlaps, the longest first."""
    index = index_names(text)
    return tuple(
        Span(start=mention.start, end=mention.end)
        for _, mention in without_overlaps((name, mention) for name in names for mention in index.find(name))
    )


def without_overlaps(mentions: Iterable[tuple[str, Mention]]) -> list[tuple[str, Mention]]:
    """Return mentions with their names in order, none inside or across another; where some start together the longest wins."""
    found: list[tuple[str, Mention]] = []
    for name, mention in sorted(mentions, key=lambda pair: (pair[1].start, -pair[1].end)):
        if not found or mention.start >= found[-1][1].end:
            found.append((name, mention))
    return found
