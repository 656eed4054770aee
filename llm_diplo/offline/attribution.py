"""Who says what: all attributed speech of a parsed article."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from llm_diplo.offline.direct import cue_span, find_direct_speech, named, speaker_of
from llm_diplo.offline.indirect import find_indirect_speech, kind_of, report
from llm_diplo.offline.parse import Block, Token, is_finite, is_noun, is_verb, parse_blocks, subject
from llm_diplo.offline.speech import QUOTING, Rule, Speech, SpeechIndex, reporting_words, settle
from llm_diplo.schema import Span
from llm_diplo.text.article import Article
from llm_diplo.text.marks import CLOSERS, OPENERS, QUOTE_MARKS, Stretch

SHORTEST_CLAUSE = 3  # words
LONGEST_TITLE = 6  # words
HIGHEST = 8  # steps up the tree
REACH = 30  # tokens
SHORTEST_REST = 4  # characters after a quotation that are cut off

_HEADLINE = re.compile(r"\s*(?P<speaker>[A-Z][^\n:\"]{1,40}): (?P<said>[^\n]{15,200})")
_MARKS = QUOTE_MARKS + " .,"
_SENTENCE_IN_MARKS = re.compile(rf"[,.?!][{CLOSERS}]+$")
_BOUNDS = frozenset({",", '"', ";", "--", "-"})
_BOUNDS_AFTER = _BOUNDS | {".", "?", "!", ")"}
_LINKS = frozenset("that who which and but as while because if to when what whether how".split())
_MODIFIERS = frozenset(
    "in on at to by during after it this last of about recently later earlier today yesterday"
    " monday tuesday wednesday thursday friday saturday sunday".split()
)
_OBJECTS = frozenset("that it this these those to".split())
_SMALL = frozenset("the of and in a to for on".split())
_BEHIND = frozenset("dobj oprd prep ccomp xcomp pobj attr acomp advcl".split())


def parse_speech(article: Article, blocks: Iterable[Block] | None = None) -> tuple[Speech, ...]:
    """Return direct, mixed and indirect speech in order, none inside another. English only.

    Pass `blocks` if the article is already parsed. Linear in the article's length, quadratic in a paragraph's.
    """
    found: list[Speech] = []
    before: Speech | None = None
    for block in blocks if blocks is not None else parse_blocks(article):
        speeches = list(_block_speech(block, before, first=not found))
        direct = [speech for speech in speeches if speech.rule in QUOTING or speech.rule is Rule.UNFRAMED]
        before = direct[-1] if direct else before
        found += settle(speeches)
    return tuple(found)


def _block_speech(block: Block, before: Speech | None, *, first: bool) -> Iterator[Speech]:
    direct = list(find_direct_speech(block, before))
    spoken = {
        stretch
        for speech in direct
        for span in speech.spans
        for stretch in block.stretches_in(span.start - block.start, span.end - block.start)
    }
    taken = frozenset(index for index, stretch in enumerate(block.stretches) if stretch in spoken)
    starts = {speech.cue.start - block.start for speech in direct if speech.cue}
    cues = frozenset(token.i for token in block.doc if token.idx in starts)
    framed = list(find_clause_frames(block, taken, cues))
    frames = [speech for _, speech in framed]
    indirect = list(find_indirect_speech(block, taken, cues | {index for index, _ in framed}))
    fragments = list(find_quoted_fragments(block, taken, [*direct, *frames, *indirect]))
    yield from direct
    yield from frames
    yield from (cut_after_quotation(block, speech) for speech in (*indirect, *fragments))
    if first and block.start == 0:
        yield from _headline(block)


def _headline(block: Block) -> Iterator[Speech]:
    """“Kerry: talks will go on”"""
    match = _HEADLINE.match(block.text)
    if match and len(match["speaker"].split()) <= 4:
        end = match.start("said") + len(match["said"].rstrip(". "))
        spans = (block.span(match.start("said"), end),)
        yield Speech(
            kind_of(block, spans),
            spans,
            Rule.HEADLINE,
            block.span(match.end("speaker"), match.end("speaker") + 1),
            block.span(*match.span("speaker")),
            match["speaker"].split()[-1],
        )


# Quoted fragments that no other rule took: they belong to the verb above them


def find_quoted_fragments(block: Block, taken: frozenset[int], found: Sequence[Speech]) -> Iterator[Speech]:
    """Return attributions of the quoted fragments that none of `found` overlaps."""
    known = SpeechIndex(found)
    for index, stretch in enumerate(block.stretches):
        span = [block.span(stretch.start + 2, max(stretch.start + 2, stretch.end - 2))]
        if index in taken or known.touching(span) or _is_title(block, stretch):
            continue
        yield from _governed(block, stretch) or _after_verb(block, stretch)


def _is_title(block: Block, stretch: Stretch) -> bool:
    words = block.text[stretch.start : stretch.end].strip(_MARKS).split()
    return len(words) <= LONGEST_TITLE and all(word[:1].isupper() or word.lower() in _SMALL for word in words)


def _governed(block: Block, stretch: Stretch) -> list[Speech]:
    """Climb from the fragment to a verb of reporting whose subject is outside it."""
    inside = [token for token in block.tokens(stretch.start, stretch.end) if not token.is_punct]
    if not inside:
        return []
    below = min(inside, key=lambda token: sum(1 for _ in token.ancestors))
    verb = below.head
    for _ in range(HIGHEST):
        if _reports(block, verb):
            speaker = subject(verb)
            if speaker is not None and speaker.i not in {token.i for token in below.subtree}:
                parts = [child for child in verb.children if child.i > verb.i and child.dep_ in _BEHIND]
                tokens = {token.i: token for part in (*parts, below) for token in part.subtree}
                return list(report(block, verb, Rule.FRAGMENT, tokens.values(), speaker_of(block, verb)))
        if verb.head.i == verb.i:
            break
        below, verb = verb, verb.head
    return []


def _after_verb(block: Block, stretch: Stretch) -> list[Speech]:
    """By word order: from the verb of reporting, or its “that”, to the fragment's end."""
    cues = reporting_words("verbs", "clause") | reporting_words("verbs", "governing")
    before = block.tokens(0, stretch.start)[-REACH:]
    for place, token in reversed(list(enumerate(before))):
        if block.quoted[token.i] >= 0 or token.text in {".", "!", "?", ";"}:
            break
        if token.pos_ == "VERB" and token.lemma_.lower() in cues:
            that = next((later for later in before[place:] if later.lower_ == "that"), None)
            start = that.idx if that is not None else (before[place + 1].idx if place + 1 < len(before) else stretch.start)
            spans: tuple[Span, ...] = (block.span(min(start, stretch.start), stretch.end),)
            speaker = named(block, speaker_of(block, token))
            return [Speech(kind_of(block, spans), spans, Rule.FRAGMENT, cue_span(block, token), *speaker)]
    return []


def _reports(block: Block, token: Token) -> bool:
    tables = ("frame", "clause", "infinitive", "object", "governing")
    lemma = token.lemma_.lower()
    return is_verb(token) and block.quoted[token.i] < 0 and any(lemma in reporting_words("verbs", t) for t in tables)


def cut_after_quotation(block: Block, speech: Speech) -> Speech:
    """End the content at a quoted sentence inside it: what follows the closing mark is the article's own."""
    spans = tuple(Span(start=span.start, end=_cut(block, span)) for span in speech.spans)
    return speech if spans == speech.spans else replace(speech, spans=spans)


def _cut(block: Block, span: Span) -> int:
    start, end = span.start - block.start, span.end - block.start
    for stretch in block.stretches_in(start, end):
        rest = block.text[stretch.end : stretch.end + SHORTEST_REST].lstrip()
        whole = stretch.start >= start and end - stretch.end >= SHORTEST_REST and not rest.startswith(tuple(OPENERS))
        if whole and _SENTENCE_IN_MARKS.search(block.text, stretch.start, stretch.end):
            return block.start + stretch.end
    return span.end


# Frames around a clause without quote marks: “The talks will go on, Kerry said.” “The talks, officials said, …”
# The parser often splits such a frame wrongly, so it is found by its commas: the words between two commas (or the
# sentence's ends) that hold a subject and a verb of saying, and nothing that is reported.


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
