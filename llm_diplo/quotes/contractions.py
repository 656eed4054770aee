"""Contracted forms: “it won't” says the same as “it will not”. They are in `data/critical.toml`; all words are folded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from llm_diplo.text.tables import read_table

_TABLE: dict[str, dict[str, list[str]]] = read_table("critical")["contractions"]
_MOST_CONTRACTED = 5  # words of a run, which may be several things each
_PARTICIPLE = re.compile(r"better|been|done|gone|had|seen|taken|given|known|\w+(?<!e)ed")  # after “'d”: had, not would


def say_the_same(some: Sequence[str], others: Sequence[str], behind: Sequence[str] = ()) -> bool:
    """Whether two runs of words, each before the words `behind`, differ in contracted forms only: “it won't”, “it will not”."""
    return not _in_full(some, behind).isdisjoint(_in_full(others, behind))


def other_forms(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Return a run of words in full and with every pair contracted that can be, where these differ from it."""
    forms = [_forms_in_full(word, following) for word, following in zip(words, [*words[1:], ""], strict=False)]
    full = tuple(" ".join(form[min(1, len(form) - 1)] for form in forms).split())
    short: list[str] = []
    for word in full:
        if contracted := short and _short_form(short[-1], word):
            short[-1] = contracted
        else:
            short.append(word)
    return [form for form in dict.fromkeys((full, tuple(short))) if form != tuple(words)]


def _short_form(word: str, following: str) -> str:
    """Return two words in one, as “it” and “is” are “it's”; nothing if they cannot be."""
    pair = f"{word} {following}"
    if found := next((short for short, full in _TABLE["words"].items() if pair in full), ""):
        return found
    ending = next((ending for ending, full in _TABLE["endings"].items() if following in full), "")
    return word + ending if ending and "'" not in word else ""


def _in_full(words: Sequence[str], behind: Sequence[str]) -> set[str]:
    """Return what a run of words may be in full; only the words themselves where it has too many contracted forms."""
    forms = [_forms_in_full(word, following) for word, following in zip(words, [*words[1:], *behind, ""], strict=False)]
    if sum(len(form) > 1 for form in forms) > _MOST_CONTRACTED:
        return {" ".join(words)}
    return set(map(" ".join, product(*forms)))


def _forms_in_full(word: str, following: str) -> list[str]:
    if whole := _TABLE["words"].get(word):
        return whole
    base, ending = (word[:-3], "n't") if word.endswith("n't") else (word[: word.rfind("'")], word[word.rfind("'") :])
    if "'" not in word or not base or ending not in _TABLE["endings"]:
        return [word]
    wrong = ("would" if _PARTICIPLE.fullmatch(following) else "had") if ending == "'d" else ""
    return [word, *(f"{base} {full}" for full in _TABLE["endings"][ending] if full != wrong)]
