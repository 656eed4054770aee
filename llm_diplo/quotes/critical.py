"""Words that change what a quotation says: negations, numbers and dates, modals and hedges, actors, opposites.

The words are in `data/critical.toml`. They are compared as values: "won't" holds the same as "will not", "five" the
same as "5".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from llm_diplo.text.folding import fold
from llm_diplo.text.languages import CJK
from llm_diplo.text.number_words import months, weekdays
from llm_diplo.text.numbers import read_number
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

_PLAIN_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+")
_BLANKED = str.maketrans({code: " " for code in range(128) if not chr(code).isalnum()})

Value = tuple[str, str]

_LONGEST_PHRASE = 6
_ARABIC_PROCLITICS = ("وال", "فال", "بال", "كال", "لل", "ال", "و", "ف", "ب", "ل", "ك")
SPARE_WORDS = 3
"""How many words a bracket may replace beyond its own number."""
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


def plain_words(folded: str) -> list[str]:
    """Return the runs of letters and digits of a folded text; faster than `split_words`, which keeps “don't” whole."""
    return folded.translate(_BLANKED).split() if folded.isascii() else _PLAIN_WORD.findall(folded)


def find_plain_words(folded: str) -> frozenset[str]:
    """Return the distinct runs of letters and digits of a folded text."""
    return frozenset(plain_words(folded))


def word_spans(folded: str) -> list[tuple[int, int]]:
    """Return where the words of a folded text are, in order."""
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
    for kind in ("measures", "times"):
        for group, terms in data[kind].items():
            yield from ((term, (kind, group)) for term in terms)
    for kind, names in (("months", months()), ("weekdays", weekdays())):
        yield from ((name, (kind, str(number))) for name, number in names.items())


def _load(data: dict[str, Any]) -> tuple[dict[str, frozenset[Value]], dict[str, frozenset[Value]]]:
    """Return whole terms and stems with their values, keys folded and split into words."""
    whole: dict[str, set[Value]] = {}
    stems: dict[str, set[Value]] = {}
    for term, value in _read_terms(data):
        key = " ".join(split_words(fold(term.rstrip("*"))))
        (stems if term.endswith("*") else whole).setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in whole.items()}, {key: frozenset(values) for key, values in stems.items()}


_DATA = read_table("critical")
_WHOLE, _STEMS = _load(_DATA)  # with the module, so that the first quote does not pay for it
_PHRASE_STARTS = frozenset(key.split(" ", 1)[0] for key in _WHOLE if " " in key)
_HONORIFICS = frozenset(fold(word) for words in _DATA["honorifics"].values() for word in words)
_TOLD_BY_HYPHEN = tuple(_DATA["told_by_hyphen"]["en"])
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


def find_negations(words: Sequence[str]) -> list[tuple[int, int]]:
    """Return where the negations among a folded text's words begin and end: “not”, “failed to”, “instead of”."""
    return [(item.start, item.end) for item in find_critical(words) if _NOT in item.values]


def is_honorific(word: str) -> bool:
    """Whether a word is a title that may be dropped before a name."""
    return word in _HONORIFICS


def is_negated_form(one: str, other: str) -> bool:
    """Whether two words differ by a prefix that turns one into its opposite ("legal", "illegal")."""
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 3 and any(longer == prefix + shorter for prefix in _NEGATING_PREFIXES)


def is_told_by_hyphen(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether a hyphen makes two runs of words different ones: “re-sign”, “resign”."""
    return len(some) != len(others) and "".join(some).startswith(_TOLD_BY_HYPHEN)


def changes_critical(bracket: Sequence[str], replaced: Sequence[str]) -> bool:
    """Whether a bracket hides a critical word of the text, or adds one; names may be put for each other."""
    return critical_values(bracket) != critical_values(replaced)


def critical_values(words: Sequence[str]) -> set[Value]:
    """Return what folded words hold, actors apart."""
    return {value for item in find_critical(words) for value in item.values if value[0] != "actors"}


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
    number = read_number(words, at)
    if number is None or (words[at] == "一" and number.end == at + 1):  # 一 alone is mostly an article
        return None
    shares = frozenset(value for value in number.values if value[0] == "share")
    return number.end, shares or number.values
