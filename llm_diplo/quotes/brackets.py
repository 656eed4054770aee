"""Brackets in quotations, as newsrooms use them: insertions, replacements, changed capitals.

The words outside the brackets must be in the text, in order. A bracket may replace a few words, none of them
critical unless it holds the same; it may add none that is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llm_diplo.quotes.alignment import Edit
from llm_diplo.quotes.critical import SPARE_WORDS, changes_critical, split_words
from llm_diplo.text.folding import Folding, fold
from llm_diplo.text.languages import UNSPACED
from llm_diplo.text.marks import LOOKALIKES, QUOTE_MARKS

CASED = re.compile(r"\[(\w)\](?=\w)")
"""A letter whose case was changed: “[T]he”."""
_PART = re.compile(r"\[(?!\w\]\w)([^\[\]]*)\]|(…+|\.{3,}|\. \. \.)")
_DOTS = re.compile(r"\s*(?:…|\.{3,}|\. \. \.)\s*")
_IS_UNSPACED = re.compile(f"[{UNSPACED}]")
_WIDEST_GAP = 1_500
_FEWEST_OUTSIDE = 2  # words


_EDGES = (
    " \t\r\n\xa0\xad\u200b\u2009\u202f\u3000\ufeff"
    + QUOTE_MARKS
    + LOOKALIKES
    + ".,;:!?…·-‐‑‒–—―()[]{}<>。、，；：！？（）［］《》〈〉¿¡؟،؛"
)


@dataclass(frozen=True, slots=True)
class Bracketed:
    """Where a quotation with brackets is in a folded text."""

    start: int
    end: int
    difference: tuple[Edit, ...]
    critical: bool
    elided: tuple[str, ...]
    """What is in the text where the quotation has an ellipsis."""


def trim_quote(quote: str) -> str:
    """Return a quote without the blanks, quote marks and punctuation at its edges, and without brackets around all of it."""
    trimmed = quote.strip(_EDGES)
    start = quote.find(trimmed)
    end = start + len(trimmed)
    for opening, closing in ("[]", "()"):
        opens, closes = _unmatched(quote[start:end], opening, closing)
        if closes and (outside := quote.rfind(opening, 0, start)) >= 0:
            start = outside
        if opens and (outside := quote.find(closing, end)) >= 0:
            end = outside + 1
    return quote[start:end]


def _unmatched(words: str, opening: str, closing: str) -> tuple[bool, bool]:
    """Whether a bracket in `words` is closed or opened only outside them: “[T]he” without its edges is “T]he”."""
    first, last = words.find(closing), words.rfind(opening)
    return last > words.rfind(closing), first >= 0 and words.rfind(opening, 0, first) < 0


def has_brackets(quote: str) -> bool:
    """Whether a quotation has a bracket that is not an ellipsis."""
    brackets = (match[1] for match in _PART.finditer(quote) if match[1] is not None)
    return CASED.search(quote) is not None or not all(map(_DOTS.fullmatch, brackets))


def find_bracketed(quote: str, folding: Folding, text: str) -> Bracketed | None:
    """Return the first place where the words outside the brackets occur in order, with few words in between."""
    parts = _parts(quote)
    words = [part for kind, part in parts if kind == "words"]
    if sum(len(_words(part)) for part in words) < _FEWEST_OUTSIDE:
        return None
    if any(max(_words(part), key=len, default="") not in folding.text for part in words):
        return None
    pattern = re.compile("".join(_pattern(kind, part) for kind, part in parts), re.DOTALL)
    match = pattern.search(folding.text)
    return _read(match, parts, folding, text) if match else None


def _parts(quote: str) -> list[tuple[str, str]]:
    """Return a quotation as words, brackets, word endings in brackets, and gaps; edge brackets are dropped to notes."""
    parts: list[tuple[str, str]] = []
    at = 0
    for match in _PART.finditer(quote):
        if outside := quote[at : match.start()].strip(" ,.;:\u00a0"):
            parts.append(("words", outside))
        joined = match.start() > 0 and quote[match.start() - 1].isalnum() and match[1] is not None
        if match[1] is None or _DOTS.fullmatch(match[1]):
            parts.append(("gap", ""))
        else:
            parts.append(("ending" if joined and not _IS_UNSPACED.match(match[1][:1]) else "bracket", match[1].strip()))
        at = match.end()
    if rest := quote[at:].strip(" ,.;:\u00a0"):
        parts.append(("words", rest))
    return parts


def _words(part: str) -> list[str]:
    return split_words(fold(CASED.sub(r"\1", part)))


def _pattern(kind: str, part: str) -> str:
    if kind == "words":
        words = _words(part)
        joint = "[^\\w\u241e]*?" if _IS_UNSPACED.search(part) else "[^\\w\u241e]+?"
        edge = "" if _IS_UNSPACED.search(part) else r"(?<!\w)"
        return edge + joint.join(map(re.escape, words)) + ("" if _IS_UNSPACED.search(part) else r"\b")
    if kind == "gap":
        return rf"([^\u241e]{{0,{_WIDEST_GAP}}}?)"
    if kind == "ending":
        return r"(\w{0,3})"
    most = len(_words(part)) + SPARE_WORDS
    if _IS_UNSPACED.search(part):
        return rf"([^\u241e]{{0,{2 * most}}}?)"
    return rf"((?:[^\w\u241e]+\w+(?:['-]\w+)*){{0,{most}}}?[^\w\u241e]*?)"


def _read(match: re.Match[str], parts: list[tuple[str, str]], folding: Folding, text: str) -> Bracketed | None:
    inner = [number for number, (kind, _) in enumerate(parts) if kind == "words"]
    groups = iter(range(1, (match.re.groups or 0) + 1))
    edits: list[Edit] = []
    critical, elided = False, []
    at = match.start()
    for number, (kind, part) in enumerate(parts):
        if kind == "words":
            stop = next((match.start(g) for g in _later(parts, number, match)), match.end())
            edits.append(Edit("equal", part, text[slice(*folding.original(at, stop))].strip()))
            at = stop
            continue
        group = next(groups)
        at = match.end(group)
        over = match[group] if inner[0] < number < inner[-1] else ""  # at an edge nobody can tell what was replaced
        shown = text[slice(*folding.original(*match.span(group)))].strip(" ,.;:") if over.strip() else ""
        if kind != "gap":
            critical = critical or (kind != "ending" and changes_critical(_words(part), _words(over)))
            edits.append(Edit("replace" if shown else "insert", f"[{part}]", shown))
        elif inner[0] < number < inner[-1]:
            elided.append(over)
            edits.append(Edit("replace", "…", shown))
    start, end = _outer(match, parts)
    return Bracketed(*folding.original(start, end), tuple(edits), critical, tuple(elided))


def _later(parts: list[tuple[str, str]], number: int, match: re.Match[str]) -> list[int]:
    """Return the groups of the parts after `number`, in order."""
    done = sum(kind != "words" for kind, _ in parts[:number])
    return list(range(done + 1, (match.re.groups or 0) + 1))


def _outer(match: re.Match[str], parts: list[tuple[str, str]]) -> tuple[int, int]:
    """Return the match without what brackets or gaps at its edges took."""
    start = match.end(1) if parts[0][0] != "words" else match.start()
    last = match.re.groups
    return start, match.start(last) if parts[-1][0] != "words" else match.end()
