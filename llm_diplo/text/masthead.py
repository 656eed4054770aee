"""The masthead: headline, byline, dateline, publisher and date, where the text itself shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llm_diplo.text.dates import resolve_date
from llm_diplo.text.scripts import UPPER
from llm_diplo.text.units import find_blocks

LONGEST_HEADLINE = 200
BLOCKS_READ = 8
LONGEST_DATE_LINE = 60

_BYLINE = re.compile(
    rf"(?:[Bb]y|BY|[Pp]ar|PAR|[Vv]on|VON|[Pp]or|POR)\s+((?:[{UPPER}][\w.'’-]*|and|et|und|y|de|van|von|,)(?:\s|$))+"
)
_PLACE = rf"[{UPPER}][{UPPER}'’. -]+(?:,\s[{UPPER}][^\W\d]+(?:\s[{UPPER}][^\W\d]+)*(?!\s?\d|\w))?"
_DATELINE = re.compile(
    rf"({_PLACE}|[{UPPER}][\w’'-]+(?:[ -][{UPPER}][\w’'-]+){{0,2}})"
    r"(?:,\s(?P<date>[^()–—\n]{3,30}?))?\s*(?:\((?P<publisher>[^)\n]{2,40})\))?\s*(?:[–—]|--|\s-)\s+"
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


def _headline(blocks: list[str]) -> str | None:
    """The first block, if it is one short line without a full stop and text follows."""
    if len(blocks) < 2 or len(blocks[0]) > LONGEST_HEADLINE or "\t" in blocks[0]:
        return None
    first = " ".join(blocks[0].split())
    unfinished = not first.endswith((".", ":", ";", ",")) or first.endswith(("U.S.", "U.N.", "U.K."))
    return first if unfinished and not _DATELINE.match(first) else None


def _byline(block: str) -> str | None:
    if len(block) > LONGEST_HEADLINE or not (match := _BYLINE.match(block)):
        return None
    return re.sub(r"^\w+\s+", "", match[0]).strip(" ,") or None


def _dateline(block: str) -> tuple[str, str | None, str | None] | None:
    match = _DATELINE.match(block)
    if not match or not (match["publisher"] or _PLACE_ONLY.match(match[1]) or match["date"]):
        return None
    return match[1].strip(" ,"), match["publisher"], resolve_date(match["date"] or "", None)


def _date(block: str) -> str | None:
    return resolve_date(block, None) if len(block) <= LONGEST_DATE_LINE else None
