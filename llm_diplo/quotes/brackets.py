"""Brackets in quotations, as newsrooms use them: insertions, replacements, changed capitals.

The words outside the brackets must be in the text, in order. A bracket may replace a few words, none of them
critical unless it holds the same; it may add none that is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llm_diplo.quotes.critical import find_critical, split_words
from llm_diplo.quotes.difference import Edit
from llm_diplo.text.folding import Folding, fold
from llm_diplo.text.languages import UNSPACED

_PART = re.compile(r"\[([^\[\]]*)\]|(…+|\.{3,}|\. \. \.)")
_DOTS = re.compile(r"\s*(?:…|\.{3,}|\. \. \.)\s*")
_IS_UNSPACED = re.compile(f"[{UNSPACED}]")
_SPARE_WORDS = 3  # that a bracket may replace beyond its own number
_WIDEST_GAP = 1_500
_FEWEST_OUTSIDE = 2  # words
_HARMLESS = frozenset({"actors"})


@dataclass(frozen=True, slots=True)
class Bracketed:
    """Where a quotation with brackets is in a folded text."""

    start: int
    end: int
    difference: tuple[Edit, ...]
    critical: bool
    elided: tuple[str, ...]
    """What is in the text where the quotation has an ellipsis."""


def has_brackets(quote: str) -> bool:
    """Whether a quotation has a bracket that is not an ellipsis."""
    return any(match[1] is not None and not _DOTS.fullmatch(match[1]) for match in _PART.finditer(quote))


def find_bracketed(quote: str, folding: Folding, text: str) -> Bracketed | None:
    """Return the first place where the words outside the brackets occur in order, with few words in between."""
    parts = _parts(quote)
    words = [part for kind, part in parts if kind == "words"]
    if sum(len(split_words(fold(part))) for part in words) < _FEWEST_OUTSIDE:
        return None
    if any(max(split_words(fold(part)), key=len, default="") not in folding.text for part in words):
        return None
    pattern = re.compile("".join(_pattern(kind, part) for kind, part in parts), re.DOTALL)
    match = pattern.search(folding.text)
    return _read(match, parts, folding, text) if match else None


def _parts(quote: str) -> list[tuple[str, str]]:
    """Return a quotation as words, brackets, word endings in brackets, and gaps; edge brackets are dropped to notes."""
    quote = re.sub(r"\[(\w)\](?=\w)", r"\1", quote)  # a letter may change its case: “[T]he”
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


def _pattern(kind: str, part: str) -> str:
    if kind == "words":
        words = split_words(fold(part))
        joint = "[^\\w\u241e]*?" if _IS_UNSPACED.search(part) else "[^\\w\u241e]+?"
        edge = "" if _IS_UNSPACED.search(part) else r"(?<!\w)"
        return edge + joint.join(map(re.escape, words)) + ("" if _IS_UNSPACED.search(part) else r"\b")
    if kind == "gap":
        return rf"([^\u241e]{{0,{_WIDEST_GAP}}}?)"
    if kind == "ending":
        return r"(\w{0,3})"
    most = len(split_words(fold(part))) + _SPARE_WORDS
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
        over = match[group]
        at = match.end(group)
        shown = text[slice(*folding.original(*match.span(group)))].strip(" ,.;:") if over.strip() else ""
        if kind == "gap":
            if inner[0] < number < inner[-1]:
                elided.append(over)
                edits.append(Edit("delete", "", shown))
            continue
        critical = critical or _differ(part, over if inner[0] < number < inner[-1] else "", kind == "ending")
        edits.append(Edit("replace" if shown else "insert", f"[{part}]", shown))
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


def _differ(bracket: str, over: str, ending: bool) -> bool:
    """Whether a bracket hides a critical word of the text, or adds one."""
    if ending:
        return False
    mine, theirs = _critical(bracket), _critical(over)
    return mine != theirs


def is_critical(words: str) -> bool:
    """Whether a text has a critical word other than a name."""
    return bool(_critical(words))


def _critical(words: str) -> set[str]:
    return {
        f"{kind}:{value}"
        for item in find_critical(split_words(fold(words)))
        for kind, value in item.values
        if kind not in _HARMLESS
    }
