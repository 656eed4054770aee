"""The words of an article, unit by unit, made comparable once for all checks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from llm_diplo.folding import fold, fold_name
from llm_diplo.grounding import find_mentions
from llm_diplo.numbers import parse_numbers
from llm_diplo.quotations import NumberedArticle, Quotation

SHORTEST_CONTENT_WORD = 4
STEM = 6

_NO_WORD = re.compile(r"\W+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


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
    def numbers(self) -> frozenset[object]:
        """The value of every number in the text."""
        return frozenset(value for _, _, value in parse_numbers(self.article.text))

    def numbers_in(self, units: Iterable[int]) -> frozenset[object]:
        """The value of every number in some units."""
        return frozenset(value for unit in units for _, _, value in parse_numbers(self.article.unit_text(unit)))

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
    return (folded in padded_text) if _CJK.search(folded) else (f" {folded} " in padded_text)


def is_acronym(form: str) -> bool:
    """Say whether a form is capitals only and so short that its case tells it from a word (US, WHO, U.N.)."""
    letters = form.replace(".", "")
    return letters.isalpha() and letters.isascii() and letters.isupper() and 2 <= len(letters) <= 4


def content_stems(text: str) -> frozenset[str]:
    """Return the stems of the longer words of a text."""
    return frozenset(word[:STEM] for word in fold_name(text).split() if len(word) >= SHORTEST_CONTENT_WORD)
