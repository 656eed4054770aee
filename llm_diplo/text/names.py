"""Names of people, states and bodies, taken apart and compared."""

from __future__ import annotations

import re
from functools import lru_cache

from llm_diplo.text.folding import fold_name

_POSSESSIVE = re.compile(r"['’]s?$")


_LEADING = frozenset("the a an mr mrs ms dr sir lord le la les el los der die das".split())


@lru_cache(maxsize=1 << 14)
def normal_name(name: str) -> str:
    """Fold a name; articles, honorifics and a possessive ending left out."""
    words = re.sub(r"[^\w ]+", " ", fold_name(_POSSESSIVE.sub("", name.strip())).replace(".", "")).split()
    while len(words) > 1 and words[0] in _LEADING:
        words.pop(0)
    return " ".join(words)


def acronym_of(name: str) -> str:
    """Return the initials of a name's capitalized words, folded; empty for fewer than two."""
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", name) if word[0].isupper())
    return initials.casefold() if len(initials) > 1 else ""


def surname_of(name: str) -> str:
    """Return the last word of a person's name of two or more words, generational suffixes left out; else nothing."""
    words = [word for word in name.split() if fold_name(word) not in {"jr", "sr", "ii", "iii"}]
    return words[-1] if len(words) > 1 else ""
