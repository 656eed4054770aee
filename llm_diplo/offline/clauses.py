"""Frames around a clause without quote marks: “The talks will go on, Kerry said.” “The talks, officials said, …”

The parser often splits such a frame wrongly, so it is found by its commas: the words between two commas (or the sentence's
ends) that hold a subject and a verb of saying, and nothing that is reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llm_diplo.offline.indirect import report
from llm_diplo.offline.parse import Block, Token, is_finite, is_noun, is_verb
from llm_diplo.offline.speech import Rule, Speech, reporting_words

SHORTEST_CLAUSE = 3  # words

_BOUNDS = frozenset({",", '"', ";", "--", "-"})
_BOUNDS_AFTER = _BOUNDS | {".", "?", "!", ")"}
_LINKS = frozenset("that who which and but as while because if to when what whether how".split())
_MODIFIERS = frozenset(
    "in on at to by during after it this last of about recently later earlier today yesterday"
    " monday tuesday wednesday thursday friday saturday sunday".split()
)
_OBJECTS = frozenset("that it this these those to".split())


@dataclass(frozen=True)
class _Frame:
    verb: Token
    first: int
    """First token of the frame."""
    end: int
    """One past its last token."""
    left: list[Token]
    """Its words before the verb."""
    right: list[Token]
    """Its words after the verb."""


def find_clause_frames(block: Block, taken: frozenset[int], cues: frozenset[int]) -> Iterator[tuple[int, Speech]]:
    """Return the attributions of such frames, each with the index of its verb."""
    verbs = reporting_words("verbs", "frame") | reporting_words("verbs", "parenthetical")
    for verb in block.doc:
        says = verb.lemma_.lower() in verbs and verb.tag_ in {"VBD", "VBZ", "VBP", "VBN"}
        if says and block.quoted[verb.i] < 0 and verb.i not in cues and (frame := _read_frame(block, verb)):
            for speech in _reported(block, frame, taken):
                yield verb.i, speech


def _read_frame(block: Block, verb: Token) -> _Frame | None:
    doc, sentence = block.doc, verb.sent
    first = verb.i
    while first > sentence.start and block.quoted[first - 1] < 0 and doc[first - 1].text not in _BOUNDS:
        first -= 1
    if first == sentence.start:
        return None  # nothing comes before it
    end = verb.i + 1
    while end < sentence.end and doc[end].text not in _BOUNDS_AFTER and not (doc[end].is_space and "\n" in doc[end].text):
        end += 1
    frame = _Frame(verb, first, end, _words(doc[first : verb.i]), _words(doc[verb.i + 1 : end]))
    if any(token.lower_ in _LINKS for token in frame.left) and not _is_as_put(frame):
        return None
    fits = _fits_inverted(frame) if _is_inverted(frame) else _fits(block, frame)
    return frame if fits else None


def _is_as_put(frame: _Frame) -> bool:
    return bool(frame.verb.lemma_.lower() == "put" and frame.left[0].lower_ == "as")


def _is_inverted(frame: _Frame) -> bool:
    return all(token.pos_ in {"ADV", "AUX", "PART"} for token in frame.left)


def _fits_inverted(frame: _Frame) -> bool:
    """Whether it is like “…, said Kerry”."""
    first = frame.right[0] if frame.right else None
    if first is None or first.pos_ not in {"PROPN", "NOUN", "DET", "PRON", "ADJ", "NUM"} or first.lower_ in _OBJECTS:
        return False
    return not any(is_finite(token) for token in frame.right)


def _fits(block: Block, frame: _Frame) -> bool:
    """Whether it is like “…, Kerry said on Friday”."""
    if not any(is_noun(token) for token in frame.left):
        return False
    if any(is_finite(token) or token.tag_ in {"VBG", "TO"} for token in frame.left):
        return False
    if any(is_verb(token) and token.tag_ not in {"VBN", "VBG"} for token in frame.right):
        return False
    if frame.right and frame.right[0].lower_ not in _MODIFIERS:
        return False
    return bool(frame.end >= frame.verb.sent.end or block.doc[frame.end].text != '"')


def _reported(block: Block, frame: _Frame, taken: frozenset[int]) -> Iterator[Speech]:
    sentence = frame.verb.sent
    before = [token for token in block.doc[sentence.start : frame.first] if block.quoted[token.i] not in taken]
    if len(before) < frame.first - sentence.start:
        return  # a quotation that is attributed already
    while before and before[-1].is_punct and block.quoted[before[-1].i] < 0:
        before.pop()
    end = _after_appositions(block, frame) if _is_inverted(frame) else frame.end
    goes_on = end < sentence.end and block.doc[end].text == ","
    after = list(block.doc[end : sentence.end]) if goes_on else []
    speaker = _speaker(frame)
    if speaker is not None and _is_clause(before, after):
        yield from report(block, frame.verb, Rule.PARENTHESIS, before + after, speaker)


def _after_appositions(block: Block, frame: _Frame) -> int:
    """Skip “, a spokesman for the ministry,” after the name of an inverted frame."""
    doc, end, stop = block.doc, frame.end, frame.verb.sent.end
    while end < stop and doc[end].text == ",":
        following = next((i for i in range(end + 1, stop) if doc[i].text in {",", ".", ";"}), stop)
        apposition = doc[end + 1 : following]
        relative = any(token.lower_ in {"who", "which"} for token in apposition)
        if not len(apposition) or (any(is_finite(token) for token in apposition) and not relative):
            break
        end = following
    return end


def _is_clause(before: list[Token], after: list[Token]) -> bool:
    counts = [sum(token.is_alpha for token in side) for side in (before, after)]
    if not counts[0] or max(counts) < SHORTEST_CLAUSE:
        return False
    opening = before[0].pos_ in {"ADP", "SCONJ"} and not any(token.text == "," for token in before)
    if opening and not after:
        return False
    return counts[0] < SHORTEST_CLAUSE or any(is_verb(token) for token in (*before, *after))


def _speaker(frame: _Frame) -> Token | None:
    zone = frame.right if _is_inverted(frame) else frame.left
    nouns = [token for token in zone if is_noun(token) and token.ent_type_ not in {"DATE", "TIME"}]
    subjects = [token for token in nouns if token.dep_ in {"nsubj", "nsubjpass"}]
    indexes = {token.i for token in zone}
    heads = [token for token in nouns if token.head.i not in indexes or token.head.i == frame.verb.i]
    return next(iter([*subjects, *heads, *nouns[-1:]]), None)


def _words(tokens: object) -> list[Token]:
    return [token for token in tokens if not token.is_punct and not token.is_space]  # type: ignore[attr-defined]
