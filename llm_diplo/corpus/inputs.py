"""The sources of a corpus: files, folders, lists, tables and feeds, as a stream of articles to be read."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from llm_diplo.corpus.records import USUAL, Columns, LineError, Lines, Record, reader_of
from llm_diplo.errors import NoSuchSourceError, SourceError
from llm_diplo.sources.feed import ACCEPTED, Item, is_feed, read_feed
from llm_diplo.sources.read import (
    exists,
    file_bytes,
    files_of,
    no_files,
    read_article,
    read_file,
    read_page,
    read_record,
    read_url,
    standard_input,
)
from llm_diplo.sources.web import fetch_page, is_url
from llm_diplo.text.article import Article

__all__ = ["Columns", "Entry", "entries"]

LONGEST_NAME = 4_096
"""Characters of a path or URL in a list."""
FEEDS = (".xml", ".rss", ".atom")

_NAMED_AS_FEED = re.compile(r"(?:\.(?:xml|rss|atom)|/(?:feed|rss|atom))/?(?:[?#].*)?$", re.IGNORECASE)
_FRAGMENT = re.compile(r"[A-Za-z][\w-]+:")


@dataclass(frozen=True)
class Entry:
    """One article of a corpus, not yet read."""

    name: str
    """Its name in the journal: a path, a URL, or the file and the record's id or line (`speeches.csv#17`)."""
    stamp: str
    """Changes when the source does: time and size of a file, hash of a record, empty for a URL."""
    read: Callable[[], Article]
    """Read it; raises `SourceError`."""
    problem: str | None = None
    """Why a line or file is skipped; the message names it."""


def entries(
    sources: Iterable[str], *, columns: Columns = USUAL, glob: str | None = None, allow_private: bool = False, **metadata: Any
) -> Iterator[Entry]:
    """Find the articles of `sources`, in order, one at a time, so that memory does not grow with their number.

    A source is a file, a folder (with its subfolders; see `files_of`), a URL, a fragment, a file of many texts (see
    `reader_of`), a feed, or `-` for one path or URL a line on standard input. Keyword arguments are fields of
    `ArticleMetadata` and win over what a source states. Raises `SourceError` at once for a source that does not exist
    or holds no article; what turns up in folders and lists and cannot be used is an entry with a `problem`.
    """
    inputs = _Inputs(columns, glob, allow_private, {name: value for name, value in metadata.items() if value})
    named = tuple(map(str, sources))
    for source in named:
        inputs.check(source)
    return chain.from_iterable(map(inputs.named, named))


@dataclass(frozen=True)
class _Inputs:
    columns: Columns
    glob: str | None
    allow_private: bool
    metadata: dict[str, Any]

    def check(self, source: str) -> None:
        """Raise `SourceError` for a source that gives no article."""
        path = Path(source)
        if not exists(path):
            if source != "-" and not is_url(source) and not _FRAGMENT.match(source):
                raise NoSuchSourceError(f"{source} cannot be read: there is no such file or folder.")
        elif path.is_dir():
            if next(files_of(path, self.glob), None) is None:
                raise no_files(path, self.glob)
        elif reader_of(path) or _is_feed(path):
            next(self._file(path), None)

    def named(self, source: str) -> Iterator[Entry]:
        """Yield the entries of a source that the user named."""
        if source == "-":
            return self._listed()
        if exists(path := Path(source)):
            return self._folder(path) if path.is_dir() else self._file(path)
        return self._url(source) if is_url(source) else iter([self._other(source)])

    def _listed(self) -> Iterator[Entry]:
        """The entries of each line of standard input."""
        lines = Lines(standard_input(), "standard input")
        while True:
            try:
                line = next(lines).strip()
                if len(line) > LONGEST_NAME:
                    raise LineError("is too long for a path or URL")
            except StopIteration:
                return
            except LineError as error:
                yield _skipped(f"-#{lines.number}", f"standard input, line {lines.number}: {error}.")
                continue
            if line:
                yield from self._found(line)

    def _found(self, source: str) -> Iterator[Entry]:
        """The entries of a source in a list, or of a file in a folder."""
        path = Path(source)
        try:
            if is_url(source) and not exists(path):
                # A feed is recognized by its name only, not by fetching it: a list may hold thousands of pages.
                yield from self._url(source) if _NAMED_AS_FEED.search(source) else [self._page(source)]
            else:
                yield from self._folder(path) if path.is_dir() else self._file(path)
        except SourceError as error:
            yield _skipped(source, str(error))

    def _folder(self, folder: Path) -> Iterator[Entry]:
        problems: list[Entry] = []
        for path in files_of(folder, self.glob, lambda path, error: problems.append(_skipped(str(path), str(error)))):
            yield from self._found(str(path))
        yield from problems

    def _file(self, path: Path) -> Iterator[Entry]:
        if reader := reader_of(path):
            for record in reader(path, self.columns):
                yield self._record(record, str(path))
        elif _is_feed(path):
            yield from self._items(file_bytes(path), str(path))
        else:
            yield Entry(_encodable(str(path)), _stamp(path), partial(read_file, path, **self.metadata))

    def _record(self, record: Record, source: str) -> Entry:
        name = _encodable(f"{source}#{record.key}")
        if record.problem:
            return _skipped(name, record.problem)
        facts = {**record.facts, **self.metadata}
        read = partial(read_record, record.text, name, warnings=record.warnings, **facts)
        return Entry(name, _hash(record.text, record.facts), read)

    def _url(self, url: str) -> Iterator[Entry]:
        """The items of a feed, or the page that was found instead."""
        try:
            page = fetch_page(url, allow_private=self.allow_private, accept=ACCEPTED)
        except SourceError:
            yield self._page(url)
            return
        if is_feed(page.data):
            yield from self._items(page.data, url)
        else:
            yield Entry(url, "", partial(read_page, page, url, **self.metadata))

    def _page(self, url: str, **facts: str) -> Entry:
        return Entry(url, "", partial(read_url, url, allow_private=self.allow_private, **{**facts, **self.metadata}))

    def _other(self, source: str) -> Entry:
        return Entry(source, "", partial(read_article, source, **self.metadata))

    def _items(self, data: bytes, source: str) -> Iterator[Entry]:
        for number, item in enumerate(read_feed(data, source), 1):
            yield self._item(item, source, number)

    def _item(self, item: Item, source: str, number: int) -> Entry:
        name = _encodable(f"{source}#{item.id or number}")
        if item.content:
            facts = {**item.facts, **self.metadata}
            return Entry(
                name, _hash(item.content, item.facts), partial(read_record, item.content, name, is_part=item.is_html, **facts)
            )
        if not item.link:
            return _skipped(name, f"{source}: item {number} has neither a text nor a link.")
        # The page knows its own headline and address better.
        stated = {field: item.facts[field] for field in ("date_published", "author") if field in item.facts}
        return self._page(urljoin(source, item.link) if is_url(source) else item.link, **stated)


def _skipped(name: str, problem: str) -> Entry:
    return Entry(_encodable(name), "", partial(_fail, problem), problem)


def _fail(problem: str) -> Article:
    raise SourceError(problem)


def _is_feed(path: Path) -> bool:
    return path.name.lower().endswith(FEEDS)


def _stamp(path: Path) -> str:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ""
    return f"{found.st_mtime_ns}-{found.st_size}"


def _hash(text: str, facts: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps([text, facts], sort_keys=True).encode()).hexdigest()[:16]


def _encodable(name: str) -> str:
    """A name that any database can store: a file name may have bytes that are not UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode()
