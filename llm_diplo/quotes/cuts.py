"""Words cut off right before or after a quotation that reverse or limit what it says."""

from __future__ import annotations

import re
from enum import StrEnum

from llm_diplo.quotes.critical import find_critical, find_negations, split_words
from llm_diplo.schema import Span
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold, fold_name
from llm_diplo.text.frames import has_speech_verb
from llm_diplo.text.languages import CJK
from llm_diplo.text.marks import QUOTE_MARKS
from llm_diplo.text.numbers import read_number

_SENTENCE = re.compile(r"[.!?؟。！？;；:：\n\u241e]")
_MARKS = re.compile(r"[“”„«»「」『』\"]")
_COMMA = re.compile(r"[,，、،—–](?!\s*(?:что|чтобы|dass|daß|ob|que)(?:\s|$))")
_REACH = 300
_WORDS_BEHIND = 3
_NEAR = 6  # words before a quotation among which one may turn its sense
_NUMBER_WITHIN = 30  # characters
_BOUNDS = frozenset("if unless until except only provided whether si sauf salvo wenn falls sofern если только".split())
_RESTRICTIVE = frozenset("that who which whose where".split()) | _BOUNDS
_DOUBTS = frozenset("maybe likely reported almost about partly only".split())
_THINKING = _BOUNDS | frozenset("think believe hope hopefully doubt crois espère creo espero glaube hoffe думаю".split())
_AS = frozenset("as comme como als как come".split())
_JAPANESE_NEGATION = re.compile(r"\A[\u3040-\u30ff]{0,3}(?:ない|なかった|ません|なく|ず|ぬ)")


_ASKED = frozenset("?？؟")
_CLAUSE_OPENS = frozenset("that whether if dass daß ob que что чтобы أن بأن إن".split())


class Cut(StrEnum):
    """What was cut off beside a quotation."""

    NEGATION = "negation"
    DOUBT = "doubt"
    """A hedge, a condition, or a negation that may not govern the words."""


def cut_before(text: str, start: int, *, framed: bool = False) -> Cut | None:
    """Return what the sentence before `start` holds that the quotation leaves out.

    If `framed`, the source's own quotation begins there: behind “asked if he stays, Osk said” only the last clause counts.
    """
    sentence = _SENTENCE.split(text[max(0, start - _REACH) : start])[-1]
    pieces = _MARKS.split(sentence.rstrip(QUOTE_MARKS + " "))
    clause = pieces[-1]
    last = _COMMA.split(clause.rstrip(" ,，"))[-1]
    clause = last if framed and has_speech_verb(last) else clause
    words = split_words(fold(_COMMA.split(clause)[-1]))
    if find_negations(words) or _is_denied(words):
        return Cut.NEGATION
    words = split_words(fold(clause))
    doubtful = _is_hedged(words, split_words(fold(text[start : start + _NUMBER_WITHIN]))) or (
        not framed and _is_reversed(words)
    )
    return Cut.DOUBT if doubtful else None


def is_part_of(text: str, start: int, end: int) -> bool:
    """Whether a passage is cut out of the middle of a question, or is a clause that another verb governs (“doubt that …”)."""
    words = split_words(fold(_SENTENCE.split(text[max(0, start - _REACH) : start])[-1].lstrip(QUOTE_MARKS)))
    behind = _SENTENCE.search(text, end, end + _REACH)
    asked = behind is not None and behind[0] in _ASKED
    return bool(words) and (asked or (words[-1] in _CLAUSE_OPENS and len(words) > 1))


def opens_with_condition(text: str) -> bool:
    """Whether the last sentence of a text begins with “if”, “unless” and the like."""
    return not _BOUNDS.isdisjoint(split_words(fold(_SENTENCE.split(text)[-1]))[:1])


def is_asked(text: str, end: int) -> bool:
    """Whether a question mark follows a passage, before or behind the closing quote marks."""
    return text[end : end + 4].lstrip(QUOTE_MARKS + " \u00a0\u202f")[:1] in _ASKED


def cut_behind(text: str, end: int) -> Cut | None:
    """Return what follows directly after a quotation, in its sentence, that it leaves out."""
    rest = text[end : end + 80]
    if _JAPANESE_NEGATION.match(rest) and re.match(f"[{CJK}]", text[end - 1 : end]):
        return Cut.NEGATION
    clause = _COMMA.split(_SENTENCE.split(rest)[0])[0]
    if re.search(f"[{QUOTE_MARKS}]", clause):
        clause = re.split(f"[{QUOTE_MARKS}]", clause)[0]
    words = split_words(fold(clause))[:_WORDS_BEHIND]
    if find_negations(words):
        return Cut.NEGATION
    return Cut.DOUBT if not _BOUNDS.isdisjoint(words) else None


def negates(text: str, start: int, *, close: bool = False) -> bool:
    """Whether the words before `start` in its clause, or with `close` the last three, contain a negation."""
    if not close:
        return cut_before(text, start) is Cut.NEGATION
    last = split_words(fold(text[max(0, start - _REACH) : start].rstrip(QUOTE_MARKS + " ")))[-_WORDS_BEHIND:]
    return bool(find_negations(last))


def is_denial(text: str, cue: Span | None) -> bool:
    """Whether the verb after a quotation denies or refuses: “…,” Venn denied."""
    return cue is not None and fold_name(text[cue.start : cue.end]) in gazetteer.words("denials", None)


def _is_denied(words: list[str]) -> bool:
    """Whether a verb of denial governs what follows: “denied that”, but not “rejected it as”."""
    return bool(words) and words[-1] not in _AS and not gazetteer.words("denials", None).isdisjoint(map(fold_name, words))


def _is_reversed(words: list[str]) -> bool:
    """Whether a word right before a quotation turns its sense: “impossible to”, “avoid having to”."""
    return not gazetteer.words("reversals", None).isdisjoint(map(fold_name, words[-_NEAR:]))


def bounds(omitted: str) -> bool:
    """Whether words left out at an ellipsis restrict, condition or negate what is said."""
    words = split_words(fold(omitted))
    restrictive = bool(words) and words[0] in _RESTRICTIVE and not omitted.lstrip().startswith((",", "，"))
    return restrictive or bool(find_negations(words)) or not _BOUNDS.isdisjoint(words)


def _is_hedged(words: list[str], quoted: list[str]) -> bool:
    """Whether the words before a quotation have a hedge; “about” is one only before a number."""
    hedges = (
        (item.end, value.rpartition(".")[2]) for item in find_critical(words) for kind, value in item.values if kind == "hedges"
    )
    hedged = any(hedge in _DOUBTS and (hedge != "about" or _counts(words, quoted, end)) for end, hedge in hedges)
    return hedged or not _THINKING.isdisjoint(words) or bool(find_negations(words))


def _counts(words: list[str], quoted: list[str], at: int) -> bool:
    """Whether a number follows at a place of `words`, or where they end in `quoted`."""
    following = [*words[at:], *quoted]
    return bool(following) and read_number(following, 0) is not None
