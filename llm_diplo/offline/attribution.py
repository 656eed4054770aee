"""Who reports what: all attributed speech of an article, by parse where spaCy is installed, else by word order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from llm_diplo.offline.clauses import find_clause_frames
from llm_diplo.offline.direct import find_direct_speech
from llm_diplo.offline.fragments import cut_after_quotation, find_quoted_fragments
from llm_diplo.offline.indirect import find_indirect_speech, kind_of
from llm_diplo.offline.parse import Block, parse_blocks
from llm_diplo.offline.speech import QUOTING, Rule, Speech, settle
from llm_diplo.schema import Attribution
from llm_diplo.text.article import Article
from llm_diplo.text.quotations import NumberedArticle

_HEADLINE = re.compile(r"\s*(?P<speaker>[A-Z][^\n:\"]{1,40}): (?P<said>[^\n]{15,200})")


def read_speech(numbered: NumberedArticle) -> tuple[Speech, ...]:
    """Return what word order tells: the numbered quotations with the frames beside them. Any language."""
    return tuple(
        Speech(
            Attribution.DIRECT,
            quotation.spans,
            Rule.FRAME_AFTER if quotation.cue and quotation.cue.start > quotation.spans[0].start else Rule.FRAME_BEFORE,
            quotation.cue,
            quotation.speaker,
            last_word(numbered.article, quotation.speaker.start, quotation.speaker.end) if quotation.speaker else "",
        )
        for quotation in numbered.quotations
    )


def parse_speech(article: Article, blocks: Iterable[Block] | None = None) -> tuple[Speech, ...]:
    """Return what a parse tells: direct, mixed and indirect speech, in order, none inside another. English only.

    `blocks` are the article's, where they are parsed already. Linear in the article's length, quadratic in a paragraph's.
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


def last_word(article: Article, start: int, end: int) -> str:
    """Return the last word of a stretch: the head of a name."""
    words = re.findall(r"\w+", article.text[start:end])
    return words[-1] if words else ""
