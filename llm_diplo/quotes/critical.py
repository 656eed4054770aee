"""Words that change what a quotation says: negations, numbers and dates, modals and hedges, actors, opposites.

The words are in `data/critical.toml`. They are compared as values: "won't" holds the same as "will not", "five" the
same as "5", "backs" the same as "supports".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from llm_diplo.text.folding import fold
from llm_diplo.text.scripts import CJK
from llm_diplo.text.tables import read_table

WORD = re.compile(
    r"\d+(?:[.,/]\d+)*(?:(?:st|nd|rd|th)\b)?"
    r"|(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)'(?=\w)"  # French elision: "n'accepte" is two words
    rf"|(?=\w)[{CJK}]"
    rf"|[^\W\d_{CJK}]+(?:'[^\W\d_{CJK}]+)*"
    r"|[%$€£¥]"
)
"""A word of a folded text; each Chinese or Japanese character is one."""

_ASCII_WORD = re.compile(
    r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)'(?=\w)|[a-z]+(?:'[a-z]+)*|\d+(?:[.,/]\d+)*(?:(?:st|nd|rd|th)\b)?|[%$]"
)  # the same in two thirds of the time

Value = tuple[str, str]

_LONGEST_PHRASE = 6
_LONGEST_NUMBER = 18  # digits and marks; beyond it they are compared as written
_ARABIC_PROCLITICS = ("وال", "فال", "بال", "كال", "لل", "ال", "و", "ف", "ب", "ل", "ك")
_NOT: Value = ("negation", "")
_WILL: Value = ("modals", "en.will")


@dataclass(frozen=True, slots=True)
class CriticalItem:
    """A critical word or phrase: the words `start` to `end` of a sequence and the values it may hold."""

    start: int
    end: int
    values: frozenset[Value]


def split_words(folded: str) -> list[str]:
    """Return the words of a folded text, in order."""
    return (_ASCII_WORD if folded.isascii() else WORD).findall(folded)


def word_spans(folded: str) -> list[tuple[int, int]]:
    """Return where the words of a folded text stand, in order."""
    return [match.span() for match in (_ASCII_WORD if folded.isascii() else WORD).finditer(folded)]


def _read_terms(data: dict[str, Any]) -> Iterator[tuple[str, Value]]:
    """Yield each term of the data file with its value."""
    for terms in data["negation"].values():
        yield from ((term, _NOT) for term in terms)
    for kind in ("modals", "hedges"):
        for language, groups in data[kind].items():
            for group, terms in groups.items():
                yield from ((term, (kind, f"{language}.{group}")) for term in terms)
    for language, groups in data["opposites"].items():
        for number, terms in enumerate(groups):
            yield from ((term, ("opposites", f"{language}.{number}")) for term in terms)
    for terms in data["actors"].values():
        yield from ((term, ("actors", term)) for term in terms)
    for kind in ("measures", "months", "weekdays", "times"):
        for group, terms in data[kind].items():
            yield from ((term, (kind, group)) for term in terms)


def _load(data: dict[str, Any]) -> tuple[dict[str, frozenset[Value]], dict[str, frozenset[Value]]]:
    """Return whole terms and stems with their values, keys folded and split into words."""
    whole: dict[str, set[Value]] = {}
    stems: dict[str, set[Value]] = {}
    for term, value in _read_terms(data):
        key = " ".join(split_words(fold(term.rstrip("*"))))
        (stems if term.endswith("*") else whole).setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in whole.items()}, {key: frozenset(values) for key, values in stems.items()}


def _load_numbers(data: dict[str, Any]) -> dict[str, float]:
    numbers = {
        fold(word): float(value) for table in data["numbers"].values() for value, words in table.items() for word in words
    }
    han = data["han_numbers"]
    numbers |= {digit: float(value) for value, digit in enumerate(han["digits"])}
    return numbers | {character: float(value) for character, value in (han["units"] | han["also"]).items()}


_DATA = read_table("critical")
_WHOLE, _STEMS = _load(_DATA)  # with the module, so that the first quote does not pay for it
_PHRASE_STARTS = frozenset(key.split(" ", 1)[0] for key in _WHOLE if " " in key)
_NUMBERS = _load_numbers(_DATA)
_MULTIPLIERS = {fold(w.rstrip("*")): int(v) for v, words in _DATA["multipliers"].items() for w in words}
_MULTIPLIER_STEMS = tuple(fold(w[:-1]) for words in _DATA["multipliers"].values() for w in words if w.endswith("*"))
_HAN_UNITS: dict[str, int] = _DATA["han_numbers"]["units"]
_HAN_NUMBER = frozenset(_DATA["han_numbers"]["digits"]) | _HAN_UNITS.keys() | _DATA["han_numbers"]["also"].keys()
_HONORIFICS = frozenset(fold(word) for words in _DATA["honorifics"].values() for word in words)
_NEGATING_PREFIXES = tuple(sorted((fold(p) for p in _DATA["negating_prefixes"]["all"]), key=len, reverse=True))


def find_critical(words: Sequence[str]) -> list[CriticalItem]:
    """Return the critical words and phrases of a folded text's words, longest first at each place.

    Linear in the number of words: a phrase has at most six.
    """
    items: list[CriticalItem] = []
    at = 0
    while at < len(words):
        end, values = _read_number(words, at) or _read_phrase(words, at) or (at + 1, _word_values(words[at]))
        items.extend(CriticalItem(at, end, frozenset({value})) for value in values if value == _NOT)
        if rest := values - {_NOT}:
            items.append(CriticalItem(at, end, rest))
        at = end
    return items


def is_negation(word: str) -> bool:
    """Tell whether a folded word is, or holds, a negation."""
    return _NOT in _word_values(word)


def is_month(word: str) -> bool:
    """Tell whether a folded word can name a month."""
    return any(kind == "months" for kind, _ in _word_values(word))


def is_number(word: str) -> bool:
    """Tell whether a folded word is, or belongs to, a number."""
    return word[0].isdecimal() or word in _NUMBERS or bool(_multiplier(word))


def is_honorific(word: str) -> bool:
    """Tell titles that may be dropped before a name."""
    return word in _HONORIFICS


def is_negated_form(one: str, other: str) -> bool:
    """Tell whether two words differ by a prefix that turns one into its opposite ("legal", "illegal")."""
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 3 and any(longer == prefix + shorter for prefix in _NEGATING_PREFIXES)


def _read_phrase(words: Sequence[str], at: int) -> tuple[int, frozenset[Value]] | None:
    if words[at] not in _PHRASE_STARTS:
        return None
    for end in range(min(len(words), at + _LONGEST_PHRASE), at + 1, -1):
        if values := _WHOLE.get(" ".join(words[at:end])):
            return end, values
    return None


@lru_cache(maxsize=1 << 14)
def _word_values(word: str) -> frozenset[Value]:
    """Return what one folded word holds: listed, by stem, contracted (English) or with a proclitic (Arabic)."""
    if values := _WHOLE.get(word) or _by_stem(word):
        return values
    if word.endswith("n't"):
        base = {"wo": "will", "ca": "can", "sha": "shall"}.get(word[:-3], word[:-3])
        return _word_values(base) | {_NOT}
    if "'" in word:
        base, _, ending = word.rpartition("'")
        return _word_values(base) | ({_WILL} if ending == "ll" else frozenset())
    return _without_proclitic(word) if "\u0600" <= word[0] <= "\u06ff" else frozenset()


def _by_stem(word: str) -> frozenset[Value]:
    for length in range(len(word), 2, -1):
        if values := _STEMS.get(word[:length]):
            return values
    return frozenset()


def _without_proclitic(word: str) -> frozenset[Value]:
    if len(word) > 4 and word[0] == "س" and word[1] in "يتنأ":
        return _word_values(word[1:]) | {("modals", "ar.will")}
    for proclitic in _ARABIC_PROCLITICS:
        rest = word.removeprefix(proclitic)
        if rest != word and len(rest) > 1 and (values := _WHOLE.get(rest) or _by_stem(rest)):
            return values
    return frozenset()


def _read_number(words: Sequence[str], at: int) -> tuple[int, frozenset[Value]] | None:
    """Read the number that begins at the word `at`, in digits, words or both ("2.5 million", "twenty-five")."""
    word = words[at]
    if word[0].isdecimal():
        end, number = at + 1, _digits(word)
        if isinstance(number, str):
            return end, frozenset({("number", number)})
        while end < len(words) and _continues_thousands(words[end - 1], words[end]):
            number, end = number * 1000 + float(words[end]), end + 1
        while end < len(words) and (multiplier := _multiplier(words[end])):
            number, end = number * multiplier, end + 1
    elif word in _HAN_NUMBER:
        end, number = _read_han(words, at)
        if number == 1 and end == at + 1:
            return None  # 一 alone is mostly an article
    elif word in _NUMBERS or (_multiplier(word) and at + 1 < len(words)):
        end, number = _read_number_words(words, at)
    else:
        return None
    return end, frozenset({("number", _plain(number))})


def _plain(number: float) -> str:
    return str(int(number)) if number < 1e15 and number == int(number) else repr(number)


def _digits(word: str) -> float | str:
    word = re.sub(r"(?:st|nd|rd|th)$", "", word)
    if "/" in word or len(word) > _LONGEST_NUMBER:
        return word
    head, *groups = re.split(r"[.,]", word)
    if groups and all(len(group) == 3 for group in groups) and head != "0":
        return float(head + "".join(groups))
    return float(f"{head}.{groups[0]}") if len(groups) == 1 else float(head) if not groups else word


def _continues_thousands(before: str, word: str) -> bool:
    """Tell the second half of "12 000"."""
    return word.isdecimal() and len(word) == 3 and before.isdecimal() and len(before) <= 3 and before[0] != "0"


def _multiplier(word: str) -> int:
    if word in _MULTIPLIERS:
        return _MULTIPLIERS[word]
    if unit := _HAN_UNITS.get(word):
        return unit
    return next((_MULTIPLIERS[stem] for stem in _MULTIPLIER_STEMS if word.startswith(stem)), 0)


def _read_number_words(words: Sequence[str], at: int) -> tuple[int, float]:
    """Add up number words while each fits under the one before ("two thousand and twenty-six")."""
    total = current = 0.0
    last, end = float("inf"), at
    while end < len(words):
        word = words[end]
        value = _NUMBERS.get(word)
        multiplier = _multiplier(word)
        if multiplier >= 1000:
            total, current, last = total + (current or 1) * multiplier, 0, multiplier
        elif multiplier:
            current, last = (current or 1) * multiplier, multiplier
        elif value == 20 and current % 100 == 4:  # French quatre-vingts
            current, last = current + 76, 20
        elif value is not None and (end == at or (value < last and (last >= 20 or (last == 10 and value > 6)))):
            current, last = current + value, value
        elif (
            word in ("and", "et", "y", "и", "و")
            and end > at
            and end + 1 < len(words)
            and last >= 20
            and words[end + 1] in _NUMBERS
        ):
            pass
        else:
            break
        end += 1
    return end, total + current


def _read_han(words: Sequence[str], at: int) -> tuple[int, float]:
    """Read a run of Chinese numerals, written with units (二十五) or digit by digit (二〇二六)."""
    end = at
    while end < len(words) and words[end] in _HAN_NUMBER:
        end += 1
    run = words[at:end]
    if not any(character in _HAN_UNITS for character in run):
        return end, _NUMBERS[run[0]] if end == at + 1 else float("".join(f"{_NUMBERS[c]:.0f}" for c in run[:18]))
    total = section = digit = 0.0
    for character in run:
        unit = _HAN_UNITS.get(character)
        if unit is None:
            digit = _NUMBERS[character]
        elif unit >= 10_000:
            total, section, digit = (total + section + digit) * unit, 0, 0
        else:
            section, digit = section + (digit or 1) * unit, 0
    return end, total + section + digit
