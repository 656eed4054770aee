"""The words of an article, unit by unit, made comparable once for all checks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import cached_property

from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold, fold_name
from llm_diplo.text.mentions import find_mentions
from llm_diplo.text.numbers import Value, find_numbers
from llm_diplo.text.quotations import NumberedArticle, Quotation
from llm_diplo.text.scripts import EAST_ASIAN

SHORTEST_CONTENT_WORD = 4
STEM = 6

_NO_WORD = re.compile(r"\W+")


class Wording:
    """What the units and the masthead of one article say, folded; every lookup is by unit numbers."""

    def __init__(self, numbered: NumberedArticle) -> None:
        self.numbered = numbered
        self.article = numbered.article
        metadata = self.article.metadata
        self.masthead = padded(
            " ".join(filter(None, (metadata.headline, metadata.author, metadata.speaker, metadata.publisher)))
        )
        self.units = tuple(
            padded(f"{unit.label or ''} {self.article.text[unit.start : unit.end]}") for unit in self.article.units
        )

    @cached_property
    def cased(self) -> tuple[str, ...]:
        """The units with their case kept: “US” is no pronoun, “us” no country."""
        return tuple(_words(self.article.text[unit.start : unit.end]) for unit in self.article.units)

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
        mentions = find_mentions(self.article.text, [name])
        return self.article.text[mentions[0].start : mentions[0].end] if mentions else None

    @cached_property
    def tokens(self) -> frozenset[str]:
        """Every word of text and masthead."""
        return frozenset(word for words in (*self.units, self.masthead) for word in words.split())

    @cached_property
    def folded(self) -> str:
        """The whole text, folded as quotes are."""
        return fold(self.article.text)

    @cached_property
    def numbers(self) -> frozenset[Value]:
        """Every value that a number in the text may have."""
        return frozenset(value for number in find_numbers(self.article.text) for value in number.values)

    def numbers_in(self, units: Iterable[int]) -> frozenset[Value]:
        """Every value that a number in some units may have."""
        texts = map(self.article.unit_text, units)
        return frozenset(value for text in texts for number in find_numbers(text) for value in number.values)

    def content(self, unit: int) -> frozenset[str]:
        """The stems of a unit's longer words."""
        return content_stems(self.units[unit - 1])

    def names(self, units: Iterable[int], forms: Iterable[str]) -> bool:
        """Say whether some unit holds one of the forms as whole words."""
        wanted = [form for form in forms if form.strip()]
        return any(self._holds(unit, form) for unit in units if 1 <= unit <= len(self.units) for form in wanted)

    def _holds(self, unit: int, form: str) -> bool:
        if is_acronym(form):
            return f" {form.replace('.', '')} " in self.cased[unit - 1]
        return holds(self.units[unit - 1], form)

    def named(self, form: str) -> bool:
        """Say whether text or masthead holds a form as whole words."""
        return self.names(range(1, len(self.units) + 1), [form]) or holds(self.masthead, form)


def _words(text: str) -> str:
    return " " + _NO_WORD.sub(" ", text.replace(".", "")) + " "


def padded(text: str) -> str:
    """Fold a text for whole-word search."""
    return f" {fold_name(text)} "


def holds(padded_text: str, form: str) -> bool:
    """Say whether a padded text holds a form as whole words; in scripts without spaces, anywhere."""
    folded = fold_name(form)
    if not folded:
        return False
    return (folded in padded_text) if EAST_ASIAN.search(folded) else (f" {folded} " in padded_text)


def is_acronym(form: str) -> bool:
    """Say whether a form is capitals only and so short that its case tells it from a word (US, WHO, U.N.)."""
    letters = form.replace(".", "")
    return letters.isalpha() and letters.isascii() and letters.isupper() and 2 <= len(letters) <= 4


def content_stems(text: str) -> frozenset[str]:
    """Return the stems of the longer words of a text."""
    return frozenset(word[:STEM] for word in fold_name(text).split() if len(word) >= SHORTEST_CONTENT_WORD)


SHORTEST_STEM = 4


LONGEST_ENDING = {True: 2, False: 3}  # by whether the word is ASCII: case endings are longer outside Latin script


class Written(Enum):
    """How an article bears a name out."""

    WHOLE = "whole"
    STEM = "stem"
    ABSENT = "absent"


def check_name(name: str, wording: Wording, *, person: bool = False) -> Written:
    """Say how the article bears a name out.

    Every word must occur, folded, in the text or its masthead; a shared stem of four letters or more with a short
    ending is `STEM`. The words of a person's name must stand in one unit, so that no given name meets another's surname.
    """
    if wording.named(name):
        return Written.WHOLE
    words = fold_name(name).split()
    if not words or (not name[0].isalnum() and not words):
        return Written.ABSENT
    stems = [word for word in words if word not in wording.tokens]
    matches = {word: _with_stem(word, wording.tokens) for word in stems}
    if not all(matches.values()):
        return Written.ABSENT
    if person and not _together([word for word in words if not gazetteer.is_title(word)], matches, wording):
        return Written.ABSENT
    return Written.STEM if stems else Written.WHOLE


def _with_stem(word: str, tokens: frozenset[str]) -> frozenset[str]:
    """The words of the text that share a stem with `word`: the same but for a short ending."""
    if len(word) < SHORTEST_STEM:
        return frozenset()
    return frozenset(token for token in tokens if token[:SHORTEST_STEM] == word[:SHORTEST_STEM] and _same_stem(word, token))


def _same_stem(one: str, other: str) -> bool:
    shared = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    latin = one.isascii() and other.isascii()
    endings = sorted((len(one) - shared, len(other) - shared))
    return endings[1] <= LONGEST_ENDING[latin] and (not latin or endings[0] == 0)


def _together(words: list[str], matches: dict[str, frozenset[str]], wording: Wording) -> bool:
    return any(
        all(any(holds(unit, form) for form in matches.get(word) or (word,)) for word in words)
        for unit in (*wording.units, wording.masthead)
    )
