"""Near-identical texts, such as copies of one wire report: MinHash over word shingles (Broder 1997).

A text is the set of its shingles, which are runs of folded words; signatures give an estimate of how much two such sets
share (Jaccard). A text has the same signature in every process and on every machine.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from llm_diplo.errors import DiploError, install_command
from llm_diplo.text.folding import fold
from llm_diplo.text.languages import UNSPACED
from llm_diplo.text.quotations import NumberedArticle

if TYPE_CHECKING:
    from datasketch import MinHash

THRESHOLD = 0.6
"""Texts at least this similar count as copies; `benchmarks/duplicates.py` measures how well that works."""
SHINGLE = 5
"""Words, or characters of a script without spaces."""
PERMUTATIONS = 128
ROWS = 4
"""Values in a band. Two texts at `THRESHOLD` share one of the 32 bands with a probability of 0.99, at 0.2 of 0.05."""
BATCH = 500
"""Shingles hashed at a time, so that their values fit the processor's cache."""

# A combining mark is no `\\w`, but belongs to its word.
_WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}](?:[^\W{UNSPACED}]|[\u0300-\u036f\u0590-\u05c7\u0610-\u06ed\u0900-\u0dff])*")
_VALUE = "<u4"


def signature(text: str) -> bytes:
    """Return the MinHash of a text, 512 bytes. Linear in its length.

    Differences of typesetting, case and punctuation do not count. Raises `DiploError` if datasketch is not installed.
    """
    sketch = _empty().copy()
    shingles = _shingles(text)
    for start in range(0, len(shingles), BATCH):
        sketch.update_batch(shingles[start : start + BATCH])
    return bytes(sketch.hashvalues.astype(_VALUE))


@cache
def _empty() -> MinHash:
    if find_spec("datasketch") is None:
        how = install_command("corpus")
        raise DiploError(f"Finding copies needs the extra `corpus`: {how}.", on_command_line="Or use --no-dedupe.")
    from datasketch import MinHash

    return MinHash(PERMUTATIONS, seed=1, hashfunc=zlib.crc32, scheme="affine32")


def _shingles(text: str) -> list[bytes]:
    """The shingles of a text, with repetitions; a text without words is one shingle."""
    folded = fold(text)
    words = _WORD.findall(folded) or [folded]
    runs = zip(*(words[start:] for start in range(SHINGLE)), strict=False) if len(words) > SHINGLE else (words,)
    return [" ".join(run).encode("utf-8", "replace") for run in runs]


def bands(signature: bytes) -> list[bytes]:
    """Return 32 keys of 8 bytes; texts that share one may be near-identical: check with `similarity`."""
    size = ROWS * 4
    parts = enumerate(signature[start : start + size] for start in range(0, len(signature), size))
    return [bytes([number]) + hashlib.blake2b(part, digest_size=7).digest() for number, part in parts]


def similarity(a: bytes, b: bytes) -> float:
    """Return the estimated share of shingles that two texts have in common, 0 to 1, with a standard error of 0.04."""
    import numpy

    return float((numpy.frombuffer(a, _VALUE) == numpy.frombuffer(b, _VALUE)).mean())


def differing_units(first: NumberedArticle, copy: NumberedArticle) -> tuple[int, ...]:
    """Return the numbers of the units of `copy` that `first` does not have; typesetting does not count."""
    known = {fold(first.article.unit_text(unit.number)) for unit in first.article.units}
    units = copy.article.units
    return tuple(unit.number for unit in units if fold(copy.article.unit_text(unit.number)) not in known)
