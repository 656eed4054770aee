"""The masthead: headline, byline, dateline, publisher and date, where the text itself shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llm_diplo.text import gazetteer
from llm_diplo.text.dates import resolve_date
from llm_diplo.text.folding import fold_name
from llm_diplo.text.languages import UPPER
from llm_diplo.text.number_words import weekdays
from llm_diplo.text.units import find_blocks, number_units

LONGEST_HEADLINE = 200
LONGEST_SENTENCE = 120  # of a headline with a full stop
BLOCKS_READ = 8
LONGEST_DATE_LINE = 60

_BYLINE = re.compile(
    rf"(?:[Bb]y|BY|[Pp]ar|PAR|[Vv]on|VON|[Pp]or|POR)\s+((?:[{UPPER}][\w.'’-]*|and|et|und|y|de|van|von|,)(?:\s|$))+"
)
_PLACE = rf"[{UPPER}][{UPPER}'’. -]+(?:,\s[{UPPER}][^\W\d]+(?:\s[{UPPER}][^\W\d]+)*(?!\s?\d|\w))?"
_CITY = rf"(?P<place>{_PLACE}|[{UPPER}][\w’'-]+(?:[ -][{UPPER}][\w’'-]+){{0,2}})"
_DATELINES = (
    # PARIS, March 12 (AFP) — …
    re.compile(rf"{_CITY}(?:,\s(?P<date>[^()–—\n]{{3,30}}?))?\s*(?:\((?P<publisher>[^)\n]{{2,40}})\))?\s*(?:[–—]|--|\s-)\s+"),
    # МОСКВА, 12 марта. /ТАСС/. …  Москва. 12 марта. ИНТЕРФАКС - …
    re.compile(
        rf"{_CITY}[,.]\s(?P<date>\d{{1,2}}\s[^\W\d_]+(?:\s\d{{4}})?(?:\sгода)?)\.\s"
        r"/?(?P<publisher>[^/\n–—-]{2,40}?)(?:/\.?|\s[–—-])\s+"
    ),
)
_PLACE_ONLY = re.compile(_PLACE + r"\Z")


@dataclass(frozen=True, slots=True)
class Masthead:
    """What a text shows of itself; each part is None where it shows nothing."""

    headline: str | None = None
    author: str | None = None
    dateline: str | None = None
    publisher: str | None = None
    date_published: str | None = None


def read_masthead(text: str) -> Masthead:
    """Read the masthead from the first blocks of `text`."""
    head = text[:20_000]
    blocks = [head[block.start : block.end] for block in find_blocks(head)[:BLOCKS_READ]]
    headline = _headline(blocks)
    rest = blocks[1:] if headline else blocks
    place, publisher, dated = next(filter(None, map(_dateline, rest)), (None, None, None))
    return Masthead(
        headline=headline,
        author=next(filter(None, map(_byline, rest)), None),
        dateline=place,
        publisher=publisher,
        date_published=next(filter(None, map(_date, rest)), None) or dated,
    )


def dateline_end(text: str, start: int) -> int:
    """Return where the dateline that begins at `start` ends, else `start`: “KARSTAD (Courier) – ”."""
    block = text[start : start + LONGEST_HEADLINE]
    match = _dateline_match(block)
    return start + match.end() if match and _dateline(block) else start


def _headline(blocks: list[str]) -> str | None:
    """The first block, if it is short and text follows, without its full stop or semicolon."""
    if len(blocks) < 2 or len(blocks[0]) > LONGEST_HEADLINE or "\t" in blocks[0]:
        return None
    first = " ".join(blocks[0].split())
    if first.endswith((":", ",")) or _dateline_match(first):
        return None
    if _is_initialism(first) or not first.endswith((".", ";")):
        return first
    return first[:-1].rstrip() if first.endswith(";") or _may_be_headline(first, blocks[1:]) else None


def _is_initialism(line: str) -> bool:
    return bool(re.search(r"(?:\b[A-Z]\.){2,}\Z", line))


def _may_be_headline(sentence: str, rest: list[str]) -> bool:
    """Whether a sentence with a full stop before the text is its headline: alone, short, without a “we” or a weekday."""
    words = frozenset(fold_name(word) for word in sentence.split() if word == "I" or not word.isupper())  # “us” is not U.S.
    in_a_voice = words & gazetteer.words("pronouns_first", None) or "you" in words
    alone = len(number_units(sentence)) == 1 and len(sentence) <= LONGEST_SENTENCE < sum(map(len, rest))
    return alone and not in_a_voice and words.isdisjoint(weekdays())


def _byline(block: str) -> str | None:
    if len(block) > LONGEST_HEADLINE or not (match := _BYLINE.match(block)):
        return None
    return re.sub(r"^\w+\s+", "", match[0]).strip(" ,") or None


def _dateline_match(block: str) -> re.Match[str] | None:
    return next(filter(None, (pattern.match(block) for pattern in _DATELINES)), None)


def _dateline(block: str) -> tuple[str, str | None, str | None] | None:
    match = _dateline_match(block)
    if not match or not (match["publisher"] or _PLACE_ONLY.match(match["place"]) or match["date"]):
        return None
    return match["place"].strip(" ,."), match["publisher"], resolve_date(match["date"] or "", None)


def _date(block: str) -> str | None:
    return resolve_date(block, None) if len(block) <= LONGEST_DATE_LINE else None
