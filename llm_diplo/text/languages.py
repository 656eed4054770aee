"""The language of a text: which abbreviations end no sentence and which words are cues depend on it."""

from __future__ import annotations

from threading import Lock

SHORTEST = 80  # letters; less is a guess
READ = 1_000  # characters

# py3langid loads its model in the first call, and would in each of several threads.
_ONE_AT_A_TIME = Lock()
# Creoles and dialects that the classifier takes short English texts for.
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
    """Return the BCP 47 code of a text's language as py3langid tells it from the beginning; None for a short text."""
    words = " ".join(text[: 2 * READ].split())[:READ]
    if sum(map(str.isalpha, words)) < SHORTEST:
        return None
    from py3langid import classify

    # The classifier counts letters' cases: a text in capitals looks foreign to it.
    with _ONE_AT_A_TIME:
        code = str(classify(words.casefold() if words.isupper() else words)[0])
    return "en" if code in _ENGLISH else code


def language_name(code: str) -> str:
    """Return the English name of a language, with its code: “French (fr)”."""
    return f"{_NAMES[code]} ({code})" if code in _NAMES else code
