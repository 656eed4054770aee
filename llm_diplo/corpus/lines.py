"""The lines of files of any size, plain or gzipped, in bounded memory."""

from __future__ import annotations

import gzip
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import IO, Any, cast

from llm_diplo.errors import SourceError
from llm_diplo.text.decoding import BYTE_ORDER_MARKS, guess_encoding, guess_warning, has_surrogates

LONGEST_LINE = 20_000_000
"""Characters."""


class LineError(ValueError):
    """What is wrong with one line; `str()` is the end of a sentence about it."""


class Lines:
    """The lines of a file. One longer than `LONGEST_LINE` or not text raises `LineError`; then the next can be read."""

    def __init__(self, file: IO[bytes], name: str, newline: str = "\n") -> None:
        whole = BufferedReader(cast(Any, file))
        head = whole.peek(4)[:4]
        encoding = next((encoding for mark, encoding in BYTE_ORDER_MARKS if head.startswith(mark)), "utf-8")
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        self._file = TextIOWrapper(whole, encoding, errors=errors, newline=newline)
        self._name = name
        self._guess = ""
        self.number = 0
        """Number of the line that was read last, from 1."""
        self.warnings: tuple[str, ...] = ()
        """Of the lines read since the caller last cleared it."""

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_LINE)
        self.number += bool(line)
        if _is_cut(line):
            while _is_cut(line):
                line = self._file.readline(LONGEST_LINE)
            raise LineError(f"is longer than {LONGEST_LINE // 1_000_000} MB")
        if not line:
            raise StopIteration
        return self._decoded(line.encode("utf-8", "surrogateescape")) if has_surrogates(line) else line

    def _decoded(self, line: bytes) -> str:
        """Decode a line that is not UTF-8: as the last such line was, or else in a guessed encoding."""
        name = f"{self._name}, line {self.number}"
        try:
            self._guess = self._guess or guess_encoding(line, name)
            text = line.decode(self._guess)
        except (SourceError, UnicodeError):
            self._guess = ""
            raise LineError("is not text in UTF-8") from None
        self.warnings = (*self.warnings, guess_warning(name, self._guess))
        return text


def _is_cut(line: str) -> bool:
    return len(line) == LONGEST_LINE and not line.endswith(("\n", "\r"))


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file, unpacked if its name ends in `.gz`. Raises `SourceError`."""
    try:
        return cast(IO[bytes], gzip.open(path)) if path.name.lower().endswith(".gz") else path.open("rb")
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
