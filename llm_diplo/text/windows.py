"""Windows: the parts of a long article that a model reads one by one, cut at paragraph breaks.

Units keep their numbers in the whole article, and answers are checked against the whole article. A window repeats what it
needs from before it: the headline, up to three units, and the full form of names that it shortens. These are read from
the text and not from earlier answers, so windows depend only on the article and can be read in parallel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from llm_diplo.schema import Evidence
from llm_diplo.text.article import Article
from llm_diplo.text.block import quotation_line, unit_line
from llm_diplo.text.folding import fold_name
from llm_diplo.text.names import LONGEST_ACRONYM, acronym_of
from llm_diplo.text.quotations import NumberedArticle, Quotation
from llm_diplo.text.units import UNITS_BEFORE
from llm_diplo.text.voices import Voices

DEFAULT_WINDOW = 24_000
"""Tokens."""
LEAST_WINDOW = 200
"""Tokens; a unit with its quotation may have this many."""
BYTES_A_TOKEN = 4
"""Bytes of UTF-8. The model's tokenizer is unknown; English has four or more a token, Russian and Chinese three to five."""
OVERLAP_SHARE = 8
NAMES_SHARE = 16
"""The units from before a window, and the names, may each take at most one part in this many of it."""
MOST_REPEATED = 4_096
"""Bytes that each of the two may take at most."""
FRAME = 200
"""Bytes of the lines around units and quotations."""
LINE_ENDS = 2
MOST_HEADLINE_UNITS = 5

LONGEST_DEFINED = 10
"""Words of a name before its acronym."""

_IN_BRACKETS = re.compile(rf"\(([^\W\d_a-z]{{2,{LONGEST_ACRONYM}}})\)")


def tokens_in(text: str) -> int:
    """Return how many tokens a text has, by estimate."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_A_TOKEN)


@dataclass(frozen=True)
class Window(NumberedArticle):
    """One part of an article as a model sees it."""

    whole: NumberedArticle
    number: int
    """From 1."""
    count: int
    """How many windows the article has."""
    units: range
    """The units that belong to this window only."""
    repeated: tuple[int, ...]
    """The units from before it that are shown again: the headline's, and the last ones."""
    names: tuple[str, ...]
    """Names from before it, in full, of which it has only a part."""

    @property
    def own(self) -> range:
        """Its own units."""
        return self.units

    @cached_property
    def shown(self) -> Sequence[int]:
        """The numbers of the units that the model sees."""
        return (*self.repeated, *self.own)

    @cached_property
    def quotations_shown(self) -> tuple[Quotation, ...]:
        """The quotations that begin in one of these units."""
        shown = frozenset(self.shown)
        return tuple(quotation for quotation in self.quotations if quotation.unit in shown)

    @property
    def part(self) -> str:
        """Which part of the article this is."""
        return f"window {self.number} of {self.count}"

    @property
    def opening(self) -> tuple[str, ...]:
        """What the model is shown about the rest of the article."""
        named = (f"Named before: {'; '.join(self.names)}",) if self.names else ()
        return (f"Units {self.own[0]} to {self.own[-1]} of {len(self.article.units)}", *named)

    @property
    def quoted(self) -> tuple[tuple[Evidence, ...], ...]:
        """Those of the whole article."""
        return self.whole.quoted

    @property
    def injections(self) -> tuple[tuple[int, str], ...]:
        """Those of the whole article."""
        return self.whole.injections


def cut_windows(numbered: NumberedArticle, tokens: int = DEFAULT_WINDOW) -> tuple[NumberedArticle, ...]:
    """Return an article as it is if its block has at most `tokens`, else its windows, in order.

    Each unit belongs to one window. Windows are about equally long and end at a paragraph break outside quotations; a
    paragraph longer than a window is cut between its units. No block has more than `tokens`, unless a single unit has.
    Linear in the text. Raises `ValueError` for a window of no tokens.
    """
    if tokens < 1:
        raise ValueError(f"A window has 1 token or more, not {tokens}.")
    costs = _costs(numbered)
    room = tokens * BYTES_A_TOKEN - FRAME - _bytes(numbered.article.metadata.speaker or "")
    if sum(costs) <= room:
        return (numbered,)
    headline = _headline(numbered.article)
    overlap, names = (max(0, min(room // share, MOST_REPEATED)) for share in (OVERLAP_SHARE, NAMES_SHARE))
    own = max(1, room - overlap - names - sum(costs[unit - 1] for unit in headline))
    owned = _packed(list(_pieces(numbered, costs, own)), costs, own)
    named = _names(numbered)
    return tuple(
        Window(
            numbered.article,
            numbered.quotations,
            numbered,
            number,
            len(owned),
            units,
            () if number == 1 else (*headline, *_units_before(units, headline, costs, overlap)),
            tuple(_fitting(_shortened(named, *_stretch(units, numbered.article)), names)),
        )
        for number, units in enumerate(owned, start=1)
    )


def _stretch(units: range, article: Article) -> tuple[int, int]:
    return article.unit(units[0]).start, article.unit(units[-1]).end


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _costs(numbered: NumberedArticle) -> list[int]:
    """Bytes that each unit takes in a block, with the quotations that begin in it."""
    costs = [_bytes(unit_line(numbered.article, unit)) + LINE_ENDS for unit in numbered.article.units]
    for quotation in numbered.quotations:
        costs[quotation.unit - 1] += _bytes(quotation_line(numbered.article, quotation)) + LINE_ENDS
    return costs


def _headline(article: Article) -> range:
    """The units of the headline, where the text begins with it."""
    headline = article.metadata.headline
    first = [unit for unit in article.units[:MOST_HEADLINE_UNITS] if unit.paragraph == article.units[0].paragraph]
    shown = " ".join(article.text[first[0].start : first[-1].end].split())
    return range(1, len(first) + 1) if headline and shown.startswith(headline) else range(0)


def _pieces(numbered: NumberedArticle, costs: list[int], room: int) -> Iterator[range]:
    """Paragraphs, joined where one quotation spans several; one longer than a window is cut between its units."""
    units = numbered.article.units
    held = {number for quotation in numbered.quotations for number in _units_behind(quotation, numbered.article)}
    starts = [1, *(b.number for a, b in pairwise(units) if a.paragraph != b.paragraph and b.number not in held)]
    for start, stop in pairwise((*starts, len(units) + 1)):
        used, begin = 0, start
        for number in range(start, stop):
            if used and used + costs[number - 1] > room:
                yield range(begin, number)
                used, begin = 0, number
            used += costs[number - 1]
        yield range(begin, stop)


def _units_behind(quotation: Quotation, article: Article) -> range:
    """The units into which a quotation continues."""
    last = article.unit_at(quotation.spans[-1].end - 1)
    return range(quotation.unit + 1, last.number + 1 if last else 0)


def _packed(pieces: list[range], costs: list[int], room: int) -> list[range]:
    """Join neighbouring pieces into windows, as few and as equal in length as possible."""
    sizes = [sum(costs[piece[0] - 1 : piece[-1]]) for piece in pieces]
    count = -(-sum(sizes) // room)
    while len(windows := list(_shared_out(pieces, sizes, room, count))) > count:
        count += 1
    return windows


def _shared_out(pieces: list[range], sizes: list[int], room: int, count: int) -> Iterator[range]:
    share, number = sum(sizes) / count, 1
    done, used, start = 0, 0, 1
    for piece, size in zip(pieces, sizes, strict=True):
        if used and (used + size > room or done + size / 2 > share * number):
            yield range(start, piece[0])
            number, used, start = number + 1, 0, piece[0]
        done, used = done + size, used + size
    yield range(start, pieces[-1][-1] + 1)


def _units_before(units: range, headline: range, costs: list[int], room: int) -> range:
    """The last units before a window, as many as fit."""
    first = units[0]
    while first - 1 > len(headline) and units[0] - first < UNITS_BEFORE and costs[first - 2] <= room:
        first -= 1
        room -= costs[first - 1]
    return range(first, units[0])


def _fitting(names: Iterable[str], room: int) -> Iterator[str]:
    for name in names:
        room -= _bytes(name) + LINE_ENDS
        if room < 0:
            return
        yield name


@dataclass(frozen=True, slots=True)
class _Named:
    """A place where a person or a body is named."""

    start: int
    short: str
    """The surname or acronym, folded."""
    key: tuple[str, ...]
    """The words of the name as written there, folded."""
    written: str

    @property
    def is_full(self) -> bool:
        return len(self.key) > 1


def _names(numbered: NumberedArticle) -> list[_Named]:
    """The places that name a person, or a body whose acronym the text gives: “Narrows Commission (NC)”."""
    people = (
        (mention.start, mention.speaker) for mention in Voices(numbered.article, numbered.quotations).people
    )  # not kept: it is large
    named = [_Named(start, speaker.name[-1], speaker.name, speaker.written) for start, speaker in people]
    return sorted((*named, *_acronyms(numbered.article.text)), key=lambda name: name.start)


def _acronyms(text: str) -> Iterator[_Named]:
    defined = dict(filter(None, map(_defined, _IN_BRACKETS.finditer(text))))
    for start, name in defined.items():
        short = name[-1]
        yield _Named(start, short, name, f"{name[0]} ({short})")
    if defined:
        shorts = "|".join({name[-1] for name in defined.values()})
        for match in re.finditer(rf"(?<!\()\b(?:{shorts})\b", text):
            yield _Named(match.start(), match[0], (match[0],), match[0])


def _defined(match: re.Match[str]) -> tuple[int, tuple[str, str]] | None:
    """The offset of an acronym in brackets, and the name before it that has these initials, with the acronym."""
    words = match.string[max(0, match.start() - 200) : match.start()].split()[-LONGEST_DEFINED:]
    names = (" ".join(words[-count:]) for count in range(2, len(words) + 1) if words[-count][0].isupper())
    name = next((name for name in names if acronym_of(name) == fold_name(match[1])), None)
    return (match.start(), (name, match[1])) if name else None


def _shortened(named: list[_Named], start: int, end: int) -> list[str]:
    """Return the full names, in order, of those whom a stretch of text calls by surname or acronym only."""
    inside = [name for name in named if start <= name.start < end]
    short = {name.short for name in inside if not name.is_full}
    full = {name.key for name in inside if name.is_full}
    known: dict[tuple[str, ...], str] = {}
    for name in named:
        if name.start < start and name.is_full and name.short in short and name.key not in full:
            known.setdefault(name.key, name.written)
    return list(known.values())
