"""Classes of characters by script, to be put inside the brackets of a regular expression: `re` has no classes for scripts."""

from __future__ import annotations

import re

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
