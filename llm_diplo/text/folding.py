"""Text made comparable: the differences that a quote may have and still be the same words.

Folding makes quote marks and apostrophes, dashes, white space, case, Unicode form, ligatures, full-width forms and the
ellipsis uniform, and drops soft hyphens, zero-width and direction marks, line-break hyphens and the blanks that only
typesetting puts there (inside guillemets, around dashes, beside Chinese and Japanese characters). Accents stay.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from llm_diplo.text.languages import CJK
from llm_diplo.text.marks import LOOKALIKES, QUOTE_MARKS

_QUOTE_MARKS = QUOTE_MARKS + LOOKALIKES
_DASHES = "-‐‑‒–—―⁃−﹘﹣－⸺⸻֊᠆─"
_SPECIAL = {ord(c): "'" for c in _QUOTE_MARKS} | {ord(c): "-" for c in _DASHES}
_ASCII = {code: " " if chr(code).isspace() else _SPECIAL.get(code, chr(code).lower()) for code in range(128)}

_TYPOGRAPHY = "“”„«»‘’–—\xa0"  # each is folded to one character

_ARABIC_POINTS = frozenset(map(chr, (*range(0x064B, 0x0653), 0x0670, 0x0640)))  # optional vowel marks, tatweel
_VISIBLE_FORMATS = frozenset(map(chr, (*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x08E2, 0x110BD, 0x110CD)))

_LINE_BREAK_HYPHEN = re.compile(r"[-‐‑\xad](?<=[^\W\d_].)[^\S\n]*\n[^\S\n]*(?=[^\W\d_])")  # the hyphen first: found faster
_GUILLEMET_BLANK = re.compile(r"(?<![^\s(\[])[«‹]\s+|(?<!\s)\s+[»›](?!\w)")
_ASCII_RUNS = re.compile(r" (?: *-[- ]*| +)|-[- ]+|''+|\.(?: *\.){2,}")
_RUNS = re.compile(
    rf" (?: *-[- ]*| *(?=[{CJK}])| +)|(?<=[{CJK}]) +(?![\u3099\u309a])"
    r"|-[- ]+|''+|\.(?: *\.){2,}"
)
_CJK = re.compile(f"[{CJK}]")
_VOICING = ("\u3099", "\u309a")  # would join the character before, were the blank dropped
_LONGEST_CLUSTER = 30  # Unicode's stream-safe limit: keeps the sorting of combining marks linear


class _Edits:
    """Where one pass of folding changed the length of the text: stretches replaced, in order."""

    __slots__ = ("after", "at", "ends", "starts")

    def __init__(self) -> None:
        self.at: list[int] = []  # offset of the replacement in the new text
        self.after: list[int] = []  # its end
        self.starts: list[int] = []  # the stretch in the old text
        self.ends: list[int] = []

    def start(self, offset: int) -> int:
        i = bisect_right(self.at, offset) - 1
        if i < 0:
            return offset
        return self.starts[i] if offset < self.after[i] else self.ends[i] + offset - self.after[i]

    def end(self, offset: int) -> int:
        i = bisect_right(self.at, offset - 1) - 1
        if i < 0:
            return offset
        return self.ends[i] + max(0, offset - self.after[i])

    def forward(self, offset: int) -> int:
        i = bisect_right(self.starts, offset) - 1
        if i < 0:
            return offset
        return self.at[i] if offset < self.ends[i] else self.after[i] + offset - self.ends[i]


@dataclass(frozen=True, slots=True)
class Folding:
    """A folded text that knows where each piece of it stood before.

    `original(start, end)` gives the half-open span, in code points of the original, of `text[start:end]`;
    `folded(offset)` goes the other way.
    """

    text: str
    _passes: tuple[_Edits, ...] = ()

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original text that folds to `text[start:end]` (0 <= start <= end <= length)."""
        if end <= start:
            for edits in reversed(self._passes):
                start = edits.start(start)
            return start, start
        for edits in reversed(self._passes):
            start, end = edits.start(start), edits.end(end)
        return start, end

    def folded(self, offset: int) -> int:
        """Return where the original's code point `offset` went."""
        for edits in self._passes:
            offset = edits.forward(offset)
        return min(offset, len(self.text))


def fold(text: str) -> str:
    """Return `text` in its folded form; folding twice changes nothing more."""
    return fold_with_offsets(text).text


def fold_with_offsets(text: str, *, keep_hyphens: bool = False) -> Folding:
    """Fold `text` and keep the way back to its offsets.

    A hyphen at a line's end is dropped ("co-⏎operate" is "cooperate"); with `keep_hyphens` it stays and only the line
    break goes, because the word may be written "co-operate". Linear in the length of the text.
    """
    passes: list[_Edits] = []
    if "\n" in text:
        hyphens = (m for m in _LINE_BREAK_HYPHEN.finditer(text) if not text[m.end()].isupper())
        text = _replace(hyphens, lambda _: "-" if keep_hyphens else "", text, passes)
    if text.isascii():
        text = text.translate(_ASCII)
        text = _replace(_ASCII_RUNS.finditer(text), _shortest, text, passes)
    else:
        if any(mark in text for mark in "«»‹›"):
            text = _replace(_GUILLEMET_BLANK.finditer(text), lambda match: match[0].strip(), text, passes)
        text = _fold_characters(text, passes)
        runs = _RUNS if _CJK.search(text) else _ASCII_RUNS
        text = _replace(runs.finditer(text), _shortest, text, passes)
    if text.startswith(" "):
        text = _replace(re.finditer(r"\A +", text), lambda _: "", text, passes)
    return Folding(text.rstrip(" "), tuple(passes))


def has_line_end_hyphen(text: str) -> bool:
    """Whether a word of `text` is cut at a line's end, so that `keep_hyphens` matters."""
    return "\n" in text and _LINE_BREAK_HYPHEN.search(text) is not None


def _replace(
    matches: Iterable[re.Match[str]], replacement: Callable[[re.Match[str]], str], text: str, passes: list[_Edits]
) -> str:
    """Replace every match in `text` and note the edits as one more pass."""
    edits, pieces, done, length = _Edits(), [], 0, 0
    for match in matches:
        start, end = match.span()
        new = replacement(match)
        length += start - done
        edits.at.append(length)
        length += len(new)
        edits.after.append(length)
        edits.starts.append(start)
        edits.ends.append(end)
        pieces.append(text[done:start])
        pieces.append(new)
        done = end
    if not edits.at:
        return text
    passes.append(edits)
    pieces.append(text[done:])
    return "".join(pieces)


def _shortest(match: re.Match[str]) -> str:
    """Return what a run of blanks, dashes, quote marks or dots is folded to."""
    run = match[0]
    if run[0] != " " or "-" in run:
        return "..." if run[0] == "." else "'" if run[0] == "'" else "-"
    text, start, end = match.string, match.start(), match.end()
    after = text[end : end + 1]
    if _CJK.match(after) and after not in _VOICING:
        return ""
    return "" if start and _CJK.match(text[start - 1]) and after not in _VOICING else " "


def _fold_characters(text: str, passes: list[_Edits]) -> str:
    """Fold character by character where that is one to one, cluster by cluster where it is not.

    Only the distinct characters are looked at one by one, so the cost is that of `str.translate` and one regex.
    """
    text = _fold_typography(text)
    if text.isascii():
        return text.translate(_ASCII)
    table, joining, expanding = {}, [], []
    for character in set(text):
        folded, joins = _fold_character(character)
        if joins:
            joining.append(character)
        elif len(folded) != 1:
            expanding.append(character)
        table[ord(character)] = character if joins or len(folded) != 1 else folded
    text = text.translate(table)
    alternatives = []
    if joining:
        marks = re.escape("".join(joining))
        alternatives.append(f"[^{marks}]?[{marks}]{{1,{_LONGEST_CLUSTER}}}")
    if expanding:
        alternatives.append(f"[{re.escape(''.join(expanding))}]")
    if not alternatives:
        return text
    clusters = re.compile("|".join(alternatives), re.DOTALL).finditer(text)
    return _replace(clusters, lambda match: _fold_cluster(match[0]), text, passes)


def _fold_typography(text: str) -> str:
    """Fold quote marks, dashes and blanks: often the only characters of a text that are not ASCII, which is folded fastest."""
    for mark in _TYPOGRAPHY:
        text = text.replace(mark, _fold_character(mark)[0])
    return text


@lru_cache(maxsize=1 << 16)
def _fold_character(character: str) -> tuple[str, bool]:
    """Return the folded form of one character, and whether it belongs to the character before it."""
    folded = _fold_cluster(character)
    if not folded:
        return "", True
    first = unicodedata.normalize("NFKC", character)[0]
    joins = unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff" or "\ud7b0" <= first <= "\ud7fb"
    return folded, joins


@lru_cache(maxsize=1 << 16)
def _fold_cluster(cluster: str) -> str:
    """Fold a character with the marks that belong to it, to the point where folding again changes nothing."""
    if len(cluster) == 1 and cluster not in _QUOTE_MARKS and unicodedata.normalize("NFKC", cluster).startswith(" "):
        return " " if cluster.isspace() else cluster  # a spacing accent would leave a space
    for _ in range(4):
        folded = "".join(map(_simplify, cluster))
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
        if folded == cluster:
            break
        cluster = folded
    return cluster


def _simplify(character: str) -> str:
    if ord(character) in _SPECIAL:
        return _SPECIAL[ord(character)]
    if character.isspace():
        return " "
    return "" if _is_invisible(character) else character


def _is_invisible(character: str) -> bool:
    """Whether a character is a soft hyphen, zero-width or direction mark, variation selector or optional vowel point."""
    if unicodedata.category(character) == "Cf":
        return character not in _VISIBLE_FORMATS
    variation = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef" or character == "\u034f"
    return variation or character in _ARABIC_POINTS


_ACCENTS = dict.fromkeys((*range(0x0300, 0x0370), 0x0653, 0x0654, 0x0655))
_PLAIN_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
_POSSESSIVE = re.compile(r"(?<=\w)'(?:s\b)?(?!\w)")
_INITIALISM_DOT = re.compile(r"(?<=\b\w)\.(?=\w\b)")
_PUNCTUATION = re.compile(r"[\W_]+")


def strip_accents(folded: str) -> str:
    """Return a folded text without accents, strokes and ligatures ("erdoğan" gives "erdogan")."""
    if folded.isascii():
        return folded
    bare = unicodedata.normalize("NFD", folded).translate(_ACCENTS)
    return unicodedata.normalize("NFC", bare).translate(_PLAIN_LETTERS)


@lru_cache(maxsize=1 << 12)
def fold_name(text: str) -> str:
    """Return `text` for comparing names: folded, without accents, possessive ending and punctuation.

    "Côte d’Ivoire’s" gives "cote divoire", "U.S." gives "us", "al-Assad" gives "al assad".
    """
    folded = _POSSESSIVE.sub("", strip_accents(fold(text)))
    folded = _INITIALISM_DOT.sub("", folded).replace("'", "")
    return _PUNCTUATION.sub(" ", folded).strip()
