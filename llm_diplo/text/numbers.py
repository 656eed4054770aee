"""Numbers in a text, as values: “5” and “five”, “2,000” and “two thousand” are the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

from llm_diplo.text.tables import read_table

_DIGITS = r"\d{1,3}(?:[,.\u00a0\u202f’' ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_CJK_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_CJK_SCALES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_GROUPED = re.compile(r"\d{1,3}(?:([,.\u00a0\u202f’' ])\d{3})(?:\1\d{3})*(?:[.,]\d+)?\Z")


def parse_numbers(text: str) -> list[tuple[int, int, Decimal]]:
    """Return every number in `text` as (start, end, value), in order; `text[start:end]` is the number as written.

    Digits in any script, grouped by comma, point, apostrophe or space, and number words in seven languages. A lone
    point or comma before three digits groups (“2.000” is two thousand), before others it is a decimal mark. Ordinals
    count as their value. Known limits: “one” is a number also where it is a pronoun, and a Chinese numeral also inside a
    word. Linear in the length of the text.
    """
    return list(_numbers(text))


def _numbers(text: str) -> Iterator[tuple[int, int, Decimal]]:
    values = _values()
    run: list[re.Match[str]] = []
    for match in _PATTERN.finditer(text):
        if match["word"] and match["word"].casefold() not in values:
            continue
        if run and not _continues(text, run[-1], match, values):
            yield _value(run, values)
            run = []
        run.append(match)
    if run:
        yield _value(run, values)


@cache
def _values() -> dict[str, tuple[str, int]]:
    """Number word to its kind (units, tens, ordinals, scales) and value, for all languages."""
    table = read_table("numbers")
    found: dict[str, tuple[str, int]] = {}
    for kinds in table.values():
        for kind, words in kinds.items():
            for pair in words.split():
                word, value = pair.split("=")
                found.setdefault(word, (kind, int(value)))
    return found


_CJK_NUMERALS = "".join((*_CJK_DIGITS, *_CJK_SCALES))
_PATTERN = re.compile(rf"(?P<digits>{_DIGITS})|(?P<cjk>[{_CJK_NUMERALS}]+)|(?<!\w)(?P<word>[^\W\d_]+)(?!\w)")


def _continues(text: str, one: re.Match[str], other: re.Match[str], values: dict[str, tuple[str, int]]) -> bool:
    """Say whether two neighbours are one number: “twenty-one”, “two thousand”, “3 million”, “2 hundred and five”."""
    between = text[one.end() : other.start()]
    if len(between) > 5 or between.strip().casefold() not in {"", "-", "and", "et", "y", "und"} or not other["word"]:
        return False
    kind, value = values[other["word"].casefold()]
    if kind == "scales":
        return not between.strip() or between == "-"
    if not one["word"]:
        return False
    before, size = values[one["word"].casefold()]
    return (before == "tens" and value < 10 and kind != "tens") or (before == "scales" and value < size)


def _value(run: list[re.Match[str]], values: dict[str, tuple[str, int]]) -> tuple[int, int, Decimal]:
    total, current = Decimal(0), Decimal(0)
    for match in run:
        if match["digits"]:
            current += _digits(match["digits"])
        elif match["cjk"]:
            current += _chinese(match["cjk"])
        else:
            kind, value = values[match["word"].casefold()]
            if kind != "scales":
                current += value
            elif value == 100:
                current = max(current, Decimal(1)) * value
            else:
                total, current = total + max(current, Decimal(1)) * value, Decimal(0)
    return run[0].start(), run[-1].end(), (total + current).normalize()


def _digits(written: str) -> Decimal:
    grouped = _GROUPED.match(written)
    if grouped:
        written = written.replace(grouped[1], "")
    return (
        Decimal(written.replace(",", "."))
        if written.count(",") + written.count(".") <= 1
        else Decimal(re.sub(r"\D", "", written))
    )


def _chinese(written: str) -> Decimal:
    """Read Chinese numerals by place: 二十三 is 23, 两千 2,000, 二〇二六 2026."""
    if not any(character in _CJK_SCALES for character in written):
        return Decimal("".join(str(_CJK_DIGITS[character]) for character in written))
    total = section = digit = 0
    for character in written:
        if character in _CJK_DIGITS:
            digit = _CJK_DIGITS[character]
        elif (scale := _CJK_SCALES[character]) >= 10_000:
            total, section, digit = total + max(section + digit, 1) * scale, 0, 0
        else:
            section, digit = section + max(digit, 1) * scale, 0
    return Decimal(total + section + digit)
