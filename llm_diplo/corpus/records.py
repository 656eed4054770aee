"""Files of many texts and of any size, read in bounded memory: JSON lines, CSV and TSV, also gzipped, and Parquet."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from importlib.util import find_spec
from io import BufferedReader, TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

from llm_diplo.errors import SourceError
from llm_diplo.sources.document import stated_date, stated_facts
from llm_diplo.text.article import BYTE_ORDER_MARKS, guess_encoding, guess_warning, has_surrogates

ROWS = 100
"""Rows of a Parquet file that are held at a time."""
LONGEST_LINE = 20_000_000
"""Characters."""

_TEXT = ("text", "body", "content", "article", "full_text", "fulltext")
_ID = ("id", "_id", "doc_id", "uid", "guid")


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which column or key holds what. None: the usual names are tried (`text`, `body`; `id`; `date`, …)."""

    text: str | None = None
    id: str | None = None
    date: str | None = None
    speaker: str | None = None
    headline: str | None = None
    author: str | None = None
    publisher: str | None = None
    url: str | None = None
    language: str | None = None

    def named(self) -> dict[str, str]:
        """Return the columns that were named."""
        return {name: column for name, column in asdict(self).items() if column}

    @cached_property
    def of_facts(self) -> dict[str, str]:
        """Return the columns that were named for fields of `ArticleMetadata`."""
        fields = {name: column for name, column in self.named().items() if name not in {"text", "id"}}
        return {"date_published" if name == "date" else name: column for name, column in fields.items()}


USUAL = Columns()


@dataclass(frozen=True)
class Record:
    """One text of a file, or what is wrong with one line of it."""

    key: str
    """Its id, else the number of the line on which it begins (in Parquet, of the row), from 1."""
    text: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    """Fields of `ArticleMetadata`."""
    warnings: tuple[str, ...] = ()
    problem: str | None = None


Reader = Callable[[Path, Columns], Iterator[Record]]


def reader_of(path: Path) -> Reader | None:
    """Return the reader for a file of many texts, by its name; None for any other file.

    Readers yield one `Record` for each text and for each malformed line, and raise `SourceError` for a file without
    the columns, and for one that cannot be opened.
    """
    name = path.name.lower().removesuffix(".gz")
    return next((reader for endings, reader in _READERS.items() if name.endswith(endings)), None)


def _in_lines(parse: Callable[[Lines, Path, Columns], Iterator[Record]], newline: str) -> Reader:
    def read(path: Path, columns: Columns) -> Iterator[Record]:
        with open_bytes(path) as file:
            lines = None
            try:
                lines = Lines(file, str(path), newline)
                yield from parse(lines, path, columns)
            except (OSError, EOFError, zlib.error) as error:
                number = lines.number if lines else 0
                yield Record(str(number + 1), problem=f"{path} cannot be read after line {number}: {error}.")

    return read


def _json_lines(lines: Lines, path: Path, columns: Columns) -> Iterator[Record]:
    is_first = True
    while True:
        lines.warnings = ()
        try:
            line = next(lines)
            if not line.strip():
                continue
            values = _object(line)
        except StopIteration:
            return
        except LineError as error:
            yield _malformed(path, lines.number, error)
            continue
        if is_first:
            _column(values, columns.text, _TEXT, path)
            is_first = False
        yield _record(values, columns, path, lines.number, lines.warnings)


def _object(line: str) -> dict[str, Any]:
    try:
        values = json.loads(line.strip())
    except json.JSONDecodeError as error:
        raise LineError(f"is not JSON ({error.msg}, column {error.colno})") from None
    except (ValueError, RecursionError) as error:
        raise LineError(f"is not JSON ({error})") from None
    if not isinstance(values, dict):
        raise LineError("is not a JSON object")
    return values


def _table(lines: Lines, path: Path, columns: Columns) -> Iterator[Record]:
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
    rows, header = _header(lines, path, columns)
    while True:
        number = lines.number + 1
        lines.warnings = ()
        try:
            row = next(rows)
        except StopIteration:
            return
        except (csv.Error, LineError) as error:
            yield _malformed(path, number, error)
            continue
        if not any(row):
            continue
        if len(row) != len(header):
            yield _malformed(path, number, f"has {len(row)} cells, the header has {len(header)}")
        else:
            yield _record(dict(zip(header, row, strict=True)), columns, path, number, lines.warnings)


def _header(lines: Lines, path: Path, columns: Columns) -> tuple[Iterator[list[str]], list[str]]:
    """The rows of a table after the first, and the names in the first, which shows the delimiter."""
    try:
        first = next(filter(str.strip, lines), "")
        delimiter = max(",;\t|", key=first.count)
        rows = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
        header = [name.strip() for name in next(rows, [])]
    except (csv.Error, LineError) as error:
        raise SourceError(f"{path} has no header that can be read: its first line {error}.") from None
    if not header:
        raise SourceError(f"{path} is empty: a table begins with the names of its columns.")
    _check_columns(header, columns, path)
    return rows, header


def _parquet(path: Path, columns: Columns) -> Iterator[Record]:
    with parquet(path) as (header, rows):
        _check_columns(header, columns, path)
        for number, row in enumerate(rows, 1):
            yield _record(dict(zip(header, row, strict=True)), columns, path, number)


@contextmanager
def parquet(path: Path) -> Iterator[tuple[list[str], Iterator[Sequence[Any]]]]:
    """Open a Parquet file: the names of its columns, and its rows as a stream.

    It is read by DuckDB, or by PyArrow where that alone is installed. Raises `SourceError` for a file that cannot be read.
    """
    if find_spec("duckdb"):
        with _by_duckdb(path) as opened:
            yield opened
    elif find_spec("pyarrow"):
        with _by_pyarrow(path) as opened:
            yield opened
    else:
        raise SourceError(f"{path}: Parquet files need DuckDB: pip install duckdb.")


@contextmanager
def _by_duckdb(path: Path) -> Iterator[tuple[list[str], Iterator[Sequence[Any]]]]:
    import duckdb

    try:
        with closing(duckdb.connect()) as db:
            db.execute("SET enable_progress_bar = false")
            found = db.execute("SELECT * FROM read_parquet(?)", [str(path)])
            header = [column[0] for column in found.description or ()]
            yield header, chain.from_iterable(iter(partial(found.fetchmany, ROWS), []))
    except duckdb.Error as error:
        raise SourceError(f"{path} cannot be read: {str(error).splitlines()[0]}.") from None


@contextmanager
def _by_pyarrow(path: Path) -> Iterator[tuple[list[str], Iterator[Sequence[Any]]]]:
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            batches = file.iter_batches(ROWS)
            yield file.schema_arrow.names, (tuple(row.values()) for batch in batches for row in batch.to_pylist())
    except (OSError, pyarrow.ArrowException) as error:
        raise SourceError(f"{path} cannot be read: {str(error).splitlines()[0]}.") from None


_READERS: dict[tuple[str, ...], Reader] = {
    (".jsonl", ".ndjson", ".nl"): _in_lines(_json_lines, "\n"),
    (".csv", ".tsv"): _in_lines(_table, ""),
    (".parquet",): _parquet,
}


def _check_columns(header: Sequence[str], columns: Columns, path: Path) -> None:
    """Raise `SourceError` if a table has no text column, or lacks a column that was named."""
    _column(header, columns.text, _TEXT, path)
    for name, column in columns.named().items():
        _column(header, column, (), path, name)


def _column(
    header: Sequence[str] | Mapping[str, Any], named: str | None, usual: Sequence[str], path: Path, what: str = "text"
) -> str:
    """Return the column that was named or has a usual name. Raises `SourceError` if there is none."""
    known = {name.casefold(): name for name in header}
    for name in (named,) if named else usual:
        if name.casefold() in known:
            return known[name.casefold()]
    found = ", ".join([*header][:20]) or "none"
    raise SourceError(f"{path} has no column {named or usual[0]}: it has {found}. --{what}-key says which one to use.")


def _record(values: Mapping[str, Any], columns: Columns, path: Path, number: int, warnings: tuple[str, ...] = ()) -> Record:
    try:
        text = values[_column(values, columns.text, _TEXT, path)]
    except SourceError:
        return _malformed(path, number, f"has no {columns.text or 'text'}")
    if text is not None and not isinstance(text, str):
        return _malformed(path, number, f"its text is not a string but of type {type(text).__name__}")
    facts = stated_facts(values, columns.of_facts)
    if "date_published" not in facts and (written := stated_date(values, columns.of_facts)):
        warnings = (*warnings, f"{path}, line {number}: the date {written[:40]} is not understood: write it as YYYY-MM-DD.")
    return Record(_id(values, columns, path) or str(number), text or "", facts, warnings)


def _id(values: Mapping[str, Any], columns: Columns, path: Path) -> str:
    try:
        found = values[_column(values, columns.id, _ID, path)]
    except SourceError:
        return ""
    return str(found).strip() if isinstance(found, str | int) else ""


def _malformed(path: Path, number: int, problem: object) -> Record:
    return Record(str(number), problem=f"{path}, line {number}: {problem}.")


# Lines


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
