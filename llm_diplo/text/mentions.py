"""Where names are mentioned in a text. Offsets are Unicode code points, half-open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from llm_diplo.schema import Span
from llm_diplo.text.folding import Folding, fold, fold_with_offsets
from llm_diplo.text.scripts import HANGUL, UNSPACED

# Scripts whose words stand without blanks, or carry their particles without one (Hangul, Thai).
_UNSPACED = UNSPACED + HANGUL
# Each looks back over the name's first letter, so that the letter itself is what a search jumps to.
_BEFORE = rf"(?:(?<!\w.)|(?<=[{_UNSPACED}].))"
_BEFORE_ARABIC = r"(?:(?<!\w.)|(?<=\b[وفبلك].)|(?<=\b[وف][بلك].))"  # "and", "so", "by", "to", "like" are written on
_AFTER = rf"(?:(?!\w)|(?=[{_UNSPACED}]))"
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_IS_WORD = re.compile(r"\w")
_LONGEST_ACRONYM = 5

_Trie = dict[str, "_Trie"]


def find_mentions(text: str, names: Iterable[str]) -> tuple[Span, ...]:
    """Return every place in `text` where one of `names` stands as a word, in order and without overlaps.

    Compared after folding; where several names start at one place the longest wins. Names in scripts without blanks
    need no word boundary. A short name all in capitals ("US", "WHO") is found in capitals only. One pass over the
    text, whatever the number of names.
    """
    pattern, acronyms = _compile_names(tuple(names))
    if pattern is None:
        return ()
    folding = _folding(text)
    spans = (folding.original(*match.span()) for match in pattern.finditer(folding.text))
    return tuple(Span(start=start, end=end) for start, end in spans if not _is_lowered_acronym(text[start:end], acronyms))


def contains_name(text: str, name: str) -> bool:
    """Tell whether `name` stands in `text` as a word, compared as `find_mentions` does."""
    pattern, acronyms = _compile_names((name,))
    if pattern is None:
        return False
    folding = _folding(text)
    found = (text[slice(*folding.original(*match.span()))] for match in pattern.finditer(folding.text))
    return any(not _is_lowered_acronym(words, acronyms) for words in found)


@lru_cache(maxsize=64)
def _folding(text: str) -> Folding:
    return fold_with_offsets(text)


def _is_lowered_acronym(words: str, acronyms: frozenset[str]) -> bool:
    """Tell "us" from "US"."""
    return not words.isupper() and fold(words) in acronyms


@lru_cache(maxsize=512)
def _compile_names(names: tuple[str, ...]) -> tuple[re.Pattern[str] | None, frozenset[str]]:
    """Return one regular expression for all names, and the folded ones that must stand in capitals."""
    forms = {name: fold(name).strip("' ") for name in names}
    forms = {name: form for name, form in forms.items() if re.search(r"\w", form)}
    if not forms:
        return None, frozenset()
    acronyms = {form for name, form in forms.items() if _is_acronym(name)}
    acronyms -= {form for name, form in forms.items() if not _is_acronym(name)}
    first_letters = _trie(forms.values())
    branches = [re.escape(first) + _before(first) + _pattern(rest, first) for first, rest in first_letters.items()]
    return re.compile("|".join(branches), re.DOTALL), frozenset(acronyms)


def _is_acronym(name: str) -> bool:
    return name.isalpha() and name.isupper() and len(name) <= _LONGEST_ACRONYM


def _before(first: str) -> str:
    """Return what must stand before a name that begins with the letter `first`."""
    if _IS_UNSPACED.match(first) or not _IS_WORD.match(first):
        return ""
    return _BEFORE_ARABIC if "\u0600" <= first <= "\u06ff" else _BEFORE


def _after(last: str) -> str:
    return "" if _IS_UNSPACED.match(last) or not _IS_WORD.match(last) else _AFTER


def _trie(forms: Iterable[str]) -> _Trie:
    root: _Trie = {}
    for form in forms:
        node = root
        for character in form:
            node = node.setdefault(character, {})
        node[""] = {}
    return root


def _pattern(node: _Trie, last: str) -> str:
    """Write a trie as a pattern: each letter is tried once, longer names before shorter ones."""
    stem = ""
    while len(node) == 1 and "" not in node:
        [(last, node)] = node.items()
        stem += re.escape(last)
    branches = [re.escape(letter) + _pattern(rest, letter) for letter, rest in node.items() if letter]
    if "" in node:
        branches.append(_after(last))
    return stem + (branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})")
