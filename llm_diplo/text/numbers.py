"""Numbers in a text, as values: “5” and “five”, “quatre-vingts” and “80”, “a fifth” and “20 percent” are the same.

Cardinals, ordinals and shares (fractions and percentages) are three kinds of value, so that “a third country” is neither
3 nor a third. The words are those of `number_words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from llm_diplo.text.folding import fold
from llm_diplo.text.number_words import Term, find_term, idle_words, is_month, phrases

Value = tuple[str, str]
"""Kind (`number`, `ordinal`, `share`, `vague`) and value, written out as a decimal."""

_LONGEST_NUMBER = 18  # digits and marks; a longer one is compared as written
_LONGEST_PHRASE = 3  # words of “and a half”
_LARGEST_NUMERATOR = 99
_SMALLEST_PART = 3  # “a second” is never a half

_DIGITS = r"(?:\d{1,3}(?:[\u00a0\u202f’' ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*)(?:(?:st|nd|rd|th)\b)?"
_TOKEN = re.compile(rf"{_DIGITS}|[〇零一二两三四五六七八九十百千万亿兆半第分之]|[^\W\d_]+|[^\w\s\-–’']")
_ORDINAL_SUFFIX = re.compile(r"(?:st|nd|rd|th)\Z")
_CURRENCY = frozenset("$€£¥")
_BEHIND_DIGITS = frozenset({"scales", "plurals", "groups", "han_scales"})
_BEHIND_WORDS = frozenset({"scales", "plurals", "groups", "in_words"})
_HAN = frozenset({"han_digits", "han_scales"})
_NONE = Term("", Decimal(0))


class Number(NamedTuple):
    """A number in a text or among words: `start` and `end` are offsets there, half-open."""

    start: int
    end: int
    values: frozenset[Value]
    """What it may mean: “3rd” is a number and an ordinal, “20 percent” a share and a number."""
    is_figure: bool
    """Whether it states a figure: “one” may just mean “a”, and some number words mean something else, too."""


_Amount = tuple[int, Decimal]
"""The word at which an amount ends, and its value."""


def find_numbers(text: str) -> Iterator[Number]:
    """Yield the numbers of `text` in order, with offsets in code points; linear in its length.

    A single point or comma before three digits separates thousands (“2.000” is two thousand), else it is a decimal mark.
    Known limit: a Chinese numeral counts inside a word, too.
    """
    tokens = list(_TOKEN.finditer(text))
    words = [_folded(token[0]) for token in tokens]
    end = 0
    for at, word in enumerate(words):
        if at >= end and _may_begin(word) and (number := read_number(words, at)):
            end = number.end
            yield number._replace(start=tokens[at].start(), end=tokens[end - 1].end())


def read_number(words: Sequence[str], at: int) -> Number | None:
    """Read the number that begins at the folded word `at`, with offsets in words; None where none begins."""
    if not _may_begin(words[at]):
        return None
    return _fraction(words, at) or _ordinal(words, at) or _cardinal(words, at)


def belongs_to_number(word: str) -> bool:
    """Return True if a folded word is, or can be part of, a number."""
    return word[0].isdecimal() or find_term(word) is not None


# Steps of the reader: each takes the words and where to begin


def _at(words: Sequence[str], place: int) -> str:
    return words[place] if 0 <= place < len(words) else ""


def _term(words: Sequence[str], place: int) -> Term:
    return (find_term(words[place]) if 0 <= place < len(words) else None) or _NONE


def _phrase_end(words: Sequence[str], at: int, kind: str) -> int:
    """Where the longest phrase of a kind that begins at `at` ends; `at` itself where none does."""
    listed = phrases(kind)
    ends = range(min(len(words), at + _LONGEST_PHRASE), at, -1)
    return next((end for end in ends if " ".join(words[at:end]) in listed), at)


@lru_cache(maxsize=1 << 14)
def _folded(word: str) -> str:
    return word.lower() if word.isascii() else fold(word) or word


@lru_cache(maxsize=1 << 14)
def _may_begin(word: str) -> bool:
    return belongs_to_number(word) or word in phrases("articles")


def _fraction(words: Sequence[str], at: int) -> Number | None:
    """Read “half”, “two thirds”, “a fifth of”, 三分之一."""
    first = _term(words, at)
    if first.kind == "shares":
        return _standing_share(words, at)
    if words[at] in phrases("articles") or first.value == 1:
        part = _term(words, at + 1)
        if part.kind == "parts" or (part.kind == "ordinals" and part.value >= _SMALLEST_PART):
            return _one_part(words, at, part)
    amount = _amount(words, at)
    if amount is None:
        return None
    end, value = amount
    part = _term(words, end)
    if part.kind == "parts" and value <= _LARGEST_NUMERATOR:
        return Number(at, end + 1, _shares(value / part.value), True)
    if (_at(words, end), _at(words, end + 1)) == ("分", "之") and value and (over := _amount(words, end + 2)):
        percentage = _plain("share", over[1] / 100) | _plain("number", over[1])
        return Number(at, over[0], percentage if value == 100 else _shares(over[1] / value), True)
    return None


def _standing_share(words: Sequence[str], at: int) -> Number:
    """Read “half”, or “half a million”, which is an amount."""
    share = 1 / _term(words, at).value
    scale = at + 2 if _at(words, at + 1) in phrases("articles") else at + 1
    if _term(words, scale).kind in _BEHIND_WORDS:
        return Number(at, scale + 1, _plain("number", share * _term(words, scale).value), True)
    is_of_a_row = _term(words, at - 1).kind == "ordinals"  # “the second half”
    return Number(at, at + 1, _shares(share), not is_of_a_row and words[at] not in idle_words())


def _one_part(words: Sequence[str], at: int, part: Term) -> Number:
    """Read “a quarter”, “one third”, “a fifth of”, but “a fifth ship” as an ordinal, and “by a fifth” as either."""
    share, ordinal = _shares(1 / part.value), _plain("ordinal", part.value)
    following = _at(words, at + 2)
    if part.kind == "parts" or words[at] == "one" or following in phrases("of"):
        return Number(at, at + 2, share, True)
    if not following.isalpha() or following in phrases("small"):
        return Number(at, at + 2, share | ordinal, True)
    return Number(at, at + 2, ordinal, words[at + 1] not in idle_words())


def _ordinal(words: Sequence[str], at: int) -> Number | None:
    """Read “third”, “twenty-first”, 第三; a day of the month counts as a number, too."""
    end, value = at, Decimal(0)
    if _term(words, at).kind == "tens" and _term(words, at + 1).kind == "ordinals":
        end, value = at + 1, _term(words, at).value
    if _term(words, end).kind != "ordinals":
        return None
    value += _term(words, end).value
    values = _plain("ordinal", value)
    if any(map(is_month, words[end + 1 : end + 3])):
        values |= _plain("number", value)
    return Number(at, end + 1, values, words[at] not in idle_words())


def _cardinal(words: Sequence[str], at: int) -> Number | None:
    """Read an amount, and what makes it a percentage, an ordinal or vague."""
    term = _term(words, at)
    if term.kind == "plurals":
        return Number(at, at + 1, _plain("vague", term.value), False)
    amount = _amount(words, at)
    if amount is None:
        is_written = words[at][0].isdecimal()
        return Number(at, at + 1, frozenset({("number", words[at])}), True) if is_written else None
    end, value = amount
    values = _plain("number", value)
    percent = _phrase_end(words, end, "percent")
    if percent > end:
        values |= _plain("share", value / 100)
    elif _ORDINAL_SUFFIX.search(words[at]):
        values |= _plain("ordinal", value)
    elif _at(words, at - 1) == "第":
        values = _plain("ordinal", value)
    return Number(at, percent, values, end > at + 1 or percent > end or words[at] not in idle_words())


# Amounts


def _amount(words: Sequence[str], at: int) -> _Amount | None:
    """Read the amount that begins at `at`: digits, number words, Chinese numerals, and the scales after them."""
    kind = _term(words, at).kind
    if _at(words, at)[:1].isdecimal():
        return _digit_amount(words, at)
    if kind in _HAN:
        return _han_amount(words, at)
    if kind in {"units", "tens", "scales", "in_words", "groups"}:
        return _with_half(words, *_word_amount(words, at))
    return None


def _digit_amount(words: Sequence[str], at: int) -> _Amount | None:
    value = _read_digits(words[at])
    if value is None:
        return None
    end = at + 1
    while _continues_thousands(words[end - 1], _at(words, end)):
        value, end = value * 1000 + Decimal(words[end]), end + 1
    if _term(words, end).kind == "money" and _at(words, at - 1) in _CURRENCY:
        return end + 1, value * _term(words, end).value
    end, value = _with_half(words, end, value)
    while _term(words, end).kind in _BEHIND_DIGITS:
        value, end = value * _term(words, end).value, end + 1
    return end, value


def _read_digits(word: str) -> Decimal | None:
    """Read digits with their marks; None if they are not one number (“12.05.2026”) or too long."""
    word = _ORDINAL_SUFFIX.sub("", word)
    if len(word) > _LONGEST_NUMBER:
        return None
    *groups, last = re.split(r"[.,]", re.sub(r"[^\d.,]", "", word))
    marks = re.findall(r"[.,]", word)
    if not groups:
        return Decimal(last)
    grouped = all(len(group) == 3 for group in groups[1:]) and groups[0] != "0"
    if grouped and len(last) == 3 and len(set(marks)) == 1:
        return Decimal("".join((*groups, last)))
    if len(groups) == 1 or (grouped and marks[-1] not in marks[:-1]):
        return Decimal(f"{''.join(groups)}.{last}")
    return None


def _continues_thousands(before: str, word: str) -> bool:
    """Whether `word` is the second part of “12 000”."""
    return word.isdecimal() and len(word) == 3 and before.isdecimal() and len(before) <= 3 and before[0] != "0"


def _word_amount(words: Sequence[str], at: int) -> _Amount:
    """Add up number words while each fits under the one before: “two thousand and twenty-six”."""
    total = current = Decimal(0)
    last, end = _NONE, at
    while term := _next_term(words, at, end, last, current):
        end, (kind, value) = end + 1, term
        if kind not in _BEHIND_WORDS:
            current += 76 if value == 20 and current % 100 == 4 else value  # quatre-vingts
        elif value < 1000:
            current = max(current, Decimal(1)) * value
        else:
            total, current = total + max(current, Decimal(1)) * value, Decimal(0)
        last = term
        end += _is_joined(words, end, last)
    return end, total + current


def _next_term(words: Sequence[str], at: int, end: int, last: Term, current: Decimal) -> Term | None:
    """The number word at `end`, if it belongs to the amount that began at `at`."""
    term = _term(words, end)
    if end == at:
        return term
    if term.kind in _BEHIND_WORDS:
        return term if last.kind != "groups" and (term.value >= 1000 or last.kind in {"units", "tens"}) else None
    if term.kind not in {"units", "tens"}:
        return None
    if last.kind in {"scales", "in_words"} or last.value >= 100:
        fits = term.value < last.value
    elif last.kind == "tens":
        fits = term.value < (20 if current % 100 in {60, 80} else 10)
    else:  # quatre-vingts, خمسة وعشرون
        fits = term.kind == "tens" and (words[end][0] == "و" or (term.value == 20 and last.value == 4))
    return term if fits else None


def _is_joined(words: Sequence[str], end: int, last: Term) -> bool:
    """Whether number words continue after an “and” at `end`: “hundred and five”, “treinta y cinco”."""
    kind = "and_after_tens" if last.kind == "tens" and last.value < 100 else "and_after_scales"
    follows = _term(words, end + 1)
    return _at(words, end) in phrases(kind) and follows.kind in {"units", "tens"} and follows.value < last.value


def _with_half(words: Sequence[str], end: int, value: Decimal) -> _Amount:
    """Add the half of “two and a half”, and what it is a half of: “two and a half million”."""
    behind = _phrase_end(words, end, "and_a_half")
    if behind == end:
        return end, value
    value += Decimal("0.5")
    scale = _term(words, behind)
    return (behind + 1, value * scale.value) if scale.kind in _BEHIND_WORDS else (behind, value)


def _han_amount(words: Sequence[str], at: int) -> _Amount:
    """Read Chinese numerals by place: 二十三 is 23, 两千 2,000, 二〇二六 2026."""
    total = section = digit = Decimal(0)
    end, is_placed = at, False
    while (term := _term(words, end)).kind in _HAN:
        end += 1
        if term.kind == "han_digits":
            digit = term.value if is_placed else digit * 10 + term.value
        elif term.value >= 10_000:
            total, section, digit, is_placed = (total + section + digit) * term.value, Decimal(0), Decimal(0), True
        else:
            section, digit, is_placed = section + max(digit, Decimal(1)) * term.value, Decimal(0), True
    return end, total + section + digit


def _plain(kind: str, value: Decimal) -> frozenset[Value]:
    return frozenset({(kind, f"{value.normalize():f}")})


def _shares(value: Decimal) -> frozenset[Value]:
    """A fraction as a percentage may write it: a third is also 33 and 33.3 percent."""
    return frozenset().union(*(_plain("share", round(value, places)) for places in (2, 3, 6)))
