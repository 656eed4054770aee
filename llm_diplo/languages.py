"""The language of a text, told by py3langid where it is installed (the `offline` and `documents` extras)."""

from __future__ import annotations

from importlib.util import find_spec

SHORTEST = 120  # characters; less is a guess
READ = 5_000  # characters

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
    """Return the BCP 47 code of a text's language; None for a short text, or where the package is missing."""
    words = " ".join(text[: 2 * READ].split())[:READ]
    if len(words) < SHORTEST or find_spec("py3langid") is None:
        return None
    from py3langid import classify

    # The classifier counts letters' cases: a text in capitals looks foreign to it.
    code = str(classify(words.casefold() if words.isupper() else words)[0])
    return "en" if code in _ENGLISH else code


def language_name(code: str) -> str:
    """Return the English name of a language, with its code: “French (fr)”."""
    return f"{_NAMES[code]} ({code})" if code in _NAMES else code
