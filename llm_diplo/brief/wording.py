"""The words of an article, unit by unit, made comparable once for all checks, and what of an answer is in them.

Names are found in any form, quoted fragments must be verbatim, numbers must occur.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from functools import cached_property, lru_cache

from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold, fold_name
from llm_diplo.text.inflection import Kind
from llm_diplo.text.marks import marked_words
from llm_diplo.text.mentions import Mention, NameIndex, index_names
from llm_diplo.text.numbers import Value, find_numbers
from llm_diplo.text.quotations import NumberedArticle, Quotation

SHORTEST_CONTENT_WORD = 4
STEM = 6
MOST_PLACES = 50

_FRACTION = re.compile(r"half|quarter|third", re.IGNORECASE)
_JOINED = re.compile(r"-[^\W\d]")
_EDGES = " .,;:!?…-"
_ELLIPSIS = re.compile(r"\s*(?:\[?(?:…|\.\.\.)\]?)\s*")


class Wording:
    """What the units and the masthead of one article say, folded; every lookup is by unit numbers."""

    def __init__(self, numbered: NumberedArticle) -> None:
        self.numbered = numbered
        self.article = numbered.article
        self._units: dict[int, str] = {}
        self._named: dict[tuple[str, Kind], frozenset[int]] = {}

    def words(self, unit: int) -> str:
        """Return a unit's words, folded as names are, with one space between them."""
        if unit not in self._units:
            self._units[unit] = fold_name(f"{self.article.unit(unit).label or ''} {self.article.unit_text(unit)}")
        return self._units[unit]

    @cached_property
    def index(self) -> NameIndex:
        """Where names are in the text."""
        return index_names(self.article.text, self.language)

    @cached_property
    def masthead(self) -> NameIndex:
        """Where names are in the headline, byline, speaker and publisher."""
        metadata = self.article.metadata
        parts = (metadata.headline, metadata.author, metadata.speaker, metadata.publisher)
        return index_names("\n\n".join(filter(None, parts)), self.language)

    @property
    def language(self) -> str | None:
        """The article's language, where it is known."""
        return self.article.metadata.language

    def quotation(self, number: int) -> Quotation:
        """Return the quotation of that number, from 1."""
        return self.numbered.quotations[number - 1]

    def spelling(self, name: str) -> str | None:
        """Return a name as the text first writes it, or None where it does not write all of it."""
        if name in self.article.text:
            return name.strip() or None
        mentions = self.index.find(name)
        return self.article.text[mentions[0].start : mentions[0].end] if mentions else None

    @cached_property
    def folded(self) -> str:
        """The whole text, folded as quotes are."""
        return self.index.folded

    @cached_property
    def numbers(self) -> frozenset[Value]:
        """Every value that a number in the text may have."""
        return _values(self.article.text)

    def numbers_in(self, units: Iterable[int]) -> frozenset[Value]:
        """Every value that a number in some units may have."""
        texts = map(self.article.unit_text, units)
        return frozenset(value for text in texts for number in find_numbers(text) for value in number.values)

    def content(self, unit: int) -> frozenset[str]:
        """The stems of a unit's longer words."""
        return content_stems(self.words(unit))

    def names(self, units: Iterable[int], forms: Iterable[str], kind: Kind = Kind.PERSON) -> bool:
        """Return True if some unit or its speaker's label holds one of the forms."""
        asked = frozenset(unit for unit in units if 1 <= unit <= len(self.article.units))
        return any(not asked.isdisjoint(self._units_of(form, kind)) or self._labels(asked, form, kind) for form in forms)

    def _units_of(self, form: str, kind: Kind) -> frozenset[int]:
        """The units that hold a form."""
        if (form, kind) not in self._named:
            units = (self.article.unit_at(mention.start) for mention in self.index.find(form, kind))
            self._named[form, kind] = frozenset(unit.number for unit in units if unit)
        return self._named[form, kind]

    def _labels(self, units: Iterable[int], form: str, kind: Kind) -> bool:
        labels = {self.article.unit(unit).label for unit in units}
        return any(label and index_names(label, self.language).find(form, kind) for label in labels)

    def named(self, form: str, kind: Kind = Kind.PERSON) -> bool:
        """Return True if text or masthead holds a form."""
        return bool(self.index.find(form, kind) or self.masthead.find(form, kind))

    def holds_all(self, words: str) -> bool:
        """Return True if text or masthead holds every one of some words, whatever their endings."""
        return all(self.named(word, Kind.GROUP) for word in fold_name(words).split())

    def names_country(self, code: str) -> bool:
        """Return True if text or masthead names a state (alpha-3 code), its people, its capital or its seat of power."""
        state = gazetteer.country_name(code) or code
        entry = gazetteer.lookup(state)
        names = entry.forms if entry else (state,)
        return any(self.named(name, Kind.COUNTRY) for name in names) or any(
            self.named(form) for form in gazetteer.surface_forms(state)
        )


@lru_cache(maxsize=16)
def _values(text: str) -> frozenset[Value]:
    # Paragraph by paragraph, so that memory does not grow with the text.
    return frozenset(value for part in text.split("\n\n") for number in find_numbers(part) for value in number.values)


def content_stems(text: str) -> frozenset[str]:
    """Return the stems of the longer words of a text."""
    return frozenset(word[:STEM] for word in fold_name(text).split() if len(word) >= SHORTEST_CONTENT_WORD)


class Written(Enum):
    """How an article writes a name."""

    WHOLE = "whole"
    STEM = "stem"
    """With other endings."""
    ABSENT = "absent"


def check_name(name: str, wording: Wording, *, person: bool = False) -> Written:
    """Say how text or masthead write a name.

    Its words stand together; or, titles left out, in any order in one unit, so that no given name meets another's surname.
    """
    kind = Kind.PERSON if person else Kind.GROUP
    found = (*wording.index.find(name, kind), *wording.masthead.find(name, kind)) or apart_in_text(name, wording, kind)
    if not found:
        return Written.ABSENT
    return Written.STEM if all(mention.inflected for mention in found) else Written.WHOLE


def apart_in_text(name: str, wording: Wording, kind: Kind) -> tuple[Mention, ...]:
    """Return the first place where one unit holds all words of a name, though not side by side."""
    mention = wording.index.find_together(name, kind, [unit.start for unit in wording.article.units])
    return (mention,) if mention else ()


def invented_quotes(prose: str, wording: Wording) -> list[str]:
    """Return the quoted fragments in `prose` that are not verbatim in the article, after folding and trimming the edges.

    Words that stand there only right after a negation are not verbatim without it: “reached” for “not reached”.
    """
    return [fragment for fragment in marked_words(prose) if not _verbatim(fragment, wording.folded)]


def distant_quotes(prose: str, units: Sequence[int], wording: Wording) -> list[str]:
    """Return the quoted fragments in `prose` that are in the article, but neither in the units nor in a quotation that
    begins in one of them."""
    fragments = [fragment for fragment in marked_words(prose) if _verbatim(fragment, wording.folded)]
    if not fragments:
        return []
    quotations = (quotation for quotation in wording.numbered.quotations if quotation.unit in units)
    spans = (wording.article.text[span.start : span.end] for quotation in quotations for span in quotation.spans)
    near = fold(" ".join((*map(wording.article.unit_text, units), *spans)))
    return [fragment for fragment in fragments if not _verbatim(fragment, near)]


def _verbatim(fragment: str, text: str) -> bool:
    pieces = [fold(piece).strip(_EDGES + "'\"") for piece in _ELLIPSIS.split(fragment)]
    return all(_stands(piece, text) for piece in pieces)


def _stands(piece: str, text: str) -> bool:
    place = text.find(piece)
    for _ in range(MOST_PLACES):
        if place < 0:
            return False
        before = text[max(0, place - 20) : place].split()
        if not before or before[-1].strip(_EDGES + "'\"()[]") not in gazetteer.words("negations", None):
            return True
        place = text.find(piece, place + 1)
    return False


def invented_numbers(prose: str, wording: Wording) -> list[str]:
    """Return the numbers in `prose`, as written there, whose value is nowhere in the article."""
    return [written for written, values in _figures(prose) if values.isdisjoint(wording.numbers)]


def distant_numbers(prose: str, units: list[int], wording: Wording) -> list[str]:
    """Return the numbers in `prose` that are in the article, but in none of the units given."""
    figures = [(written, values) for written, values in _figures(prose) if not values.isdisjoint(wording.numbers)]
    near = wording.numbers_in(units) if figures else frozenset()
    return [written for written, values in figures if values.isdisjoint(near)]


def _figures(prose: str) -> Iterator[tuple[str, frozenset[Value]]]:
    for number in find_numbers(prose):
        # “half-hearted” counts nothing; the number in “half-million” does not end at its hyphen
        if number.is_figure and not (_FRACTION.fullmatch(prose, number.start, number.end) and _JOINED.match(prose, number.end)):
            yield prose[number.start : number.end], number.values


def bare_condition(condition: str) -> str:
    """Return a condition without its “if”."""
    return condition.removeprefix("if ").removeprefix("If ")
