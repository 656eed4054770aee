"""Sources: whatever names an article (file, URL, standard input, llm fragment) becomes an `Article`."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from llm_diplo.errors import NoSuchSourceError, SourceError
from llm_diplo.sources.document import Document
from llm_diplo.sources.html import is_html, is_part_of_html, read_html, read_part
from llm_diplo.sources.markdown import has_front_matter, looks_like_markdown, read_markdown
from llm_diplo.sources.pdf import is_pdf, read_pdf
from llm_diplo.sources.web import Page, fetch_page, is_url
from llm_diplo.text.article import Article, decode

LARGEST_FILE = 20_000_000
ENDINGS = (".txt", ".text", ".md", ".markdown", ".mdown", ".html", ".htm", ".xhtml", ".pdf")
HTML_ENDINGS = (".html", ".htm", ".xhtml")
MARKDOWN_ENDINGS = (".md", ".markdown", ".mdown")

_READABLE = frozenset(
    {"text/html", "application/xhtml+xml", "text/plain", "text/markdown", "application/pdf", "text/x-markdown"}
)


_PATH = re.compile(r"[!-~]*(?:[/\\][!-~]*|\.[A-Za-z]\w{0,4})", re.ASCII)
"""One word, such as no article is, with a separator of folders or an ending."""


def read_article(source: str | Path, *, allow_private: bool = False, **metadata: Any) -> Article:
    """Read a SOURCE: an existing path, a URL, `-`, `prefix:` of a fragment loader, an alias or hash.

    Keyword arguments are fields of `ArticleMetadata` and win over what the source shows. Raises `SourceError`.
    """
    source = str(source)
    if source == "-":
        return replace(_article(_standard_input(), "Standard input", metadata), source="-")
    path = Path(source)
    if exists(path):
        return read_file(path, **metadata)
    if is_url(source):
        return read_url(source, allow_private=allow_private, **metadata)
    return _read_fragment(source, metadata)


def read_file(path: Path, **metadata: Any) -> Article:
    """Read a text, Markdown, HTML or PDF file; raises `SourceError` for a directory, an unreadable or a binary file."""
    return _article(file_bytes(path), str(path), metadata)


def file_bytes(path: Path) -> bytes:
    """Return the bytes of a file, at most `LARGEST_FILE`; raises `SourceError`."""
    try:
        if path.is_dir():
            raise SourceError(f"{path} is a folder: name the files in it.") if next(files_of(path), None) else no_files(path)
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    return _bounded(data, str(path))


def standard_input() -> Any:
    """Open standard input for bytes, without the shared buffer: Python aborts at its end if a thread still reads from that."""
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except (OSError, ValueError):
        return sys.stdin.buffer


def _standard_input() -> bytes:
    return _bounded(standard_input().read(LARGEST_FILE + 1), "Standard input")


def read_text(source: str) -> str:
    """Read a text file or `-` as it is written, without numbering it. Raises `SourceError`."""
    if source == "-":
        return decode(_standard_input(), "Standard input")[0]
    return decode(file_bytes(Path(source)), source)[0]


def read_url(url: str, *, allow_private: bool = False, **metadata: Any) -> Article:
    """Read a web page, a PDF or a text from a URL; see `fetch_page` for what is refused. Raises `SourceError`."""
    return read_page(fetch_page(url, allow_private=allow_private), url, **metadata)


def read_page(page: Page, url: str, **metadata: Any) -> Article:
    """Read what `url` answered. Raises `SourceError`."""
    if page.content_type not in _READABLE:
        raise SourceError(f"{url} is {page.content_type or 'of no stated type'}: give the URL of a page, a text or a PDF.")
    return _article(_in_utf8(page), url, {"url": page.url, **metadata}, page.content_type)


def _in_utf8(page: Page) -> bytes:
    """The data of a text in UTF-8, where the server states another encoding and the data are in it."""
    if not page.charset or is_pdf(page.data):
        return page.data
    try:
        return page.data.decode(page.charset).encode()
    except (LookupError, UnicodeError):
        return page.data


def _article(data: bytes, source: str, metadata: dict[str, Any], content_type: str = "") -> Article:
    """Make an article of bytes of any kind; the user's metadata override the source's."""
    if is_pdf(data):
        return _of_document(read_pdf(data, source), source, metadata)
    if _kind(data, source, content_type) == "html" and not data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return _of_document(read_html(data, source, metadata.get("url")), source, metadata)
    text, warnings = decode(data, source or "The data")
    return _of_text(text, source, metadata, warnings, content_type)


def _of_text(
    text: str, source: str, metadata: dict[str, Any], warnings: tuple[str, ...] = (), content_type: str = ""
) -> Article:
    """Make an article of text, which may be HTML or Markdown."""
    kind = _kind(text[:2_000].encode("utf-8", "replace"), source, content_type)
    if kind == "html":
        document = read_html(text.encode("utf-8", "replace"), source or "The text", metadata.get("url"))
    elif kind == "markdown" or has_front_matter(text):
        document = read_markdown(text)
    else:
        document = Document(text)
    return _of_document(document, source, metadata, warnings)


def read_record(text: str, source: str, *, is_part: bool = False, warnings: tuple[str, ...] = (), **metadata: Any) -> Article:
    """Read a text that a table or a feed holds; `source` names it. Raises `SourceError` when there is no text in it.

    It is read as HTML if `is_part`, or if it begins as a page does or with a tag.
    """
    if not text.strip():
        raise SourceError(f"{source} is empty: there is nothing to read.")
    data = text.encode("utf-8", "replace")
    if is_part or is_part_of_html(data):
        document = read_part(data, source)
    elif is_html(data):
        document = read_html(data, source, metadata.get("url"))
    else:
        document = Document(text)
    return _of_document(document, source, metadata, warnings)


def _kind(data: bytes, source: str, content_type: str) -> str:
    """Return the kind of a text, from its media type, its name and its first characters."""
    name = source.split("?", maxsplit=1)[0].lower()
    if "markdown" in content_type or name.endswith(MARKDOWN_ENDINGS):
        return "markdown"
    named = "html" in content_type or name.endswith(HTML_ENDINGS)
    return "html" if is_html(data) or (named and b"<" in data[:2_000]) else "text"


def _of_document(document: Document, source: str, metadata: dict[str, Any], warnings: tuple[str, ...] = ()) -> Article:
    facts = {**document.facts, **{name: value for name, value in metadata.items() if value}}
    return Article.from_text(document.text, source=source, pages=document.pages, warnings=warnings, **facts)


def to_article(given: str | Path | Article, *, allow_private: bool = False, **metadata: Any) -> Article:
    """Make an article of what the Python API takes: an `Article`, a `Path`, a URL, the text itself, or a path as text.

    A string is a path when it is one line that names an existing file, a URL when it begins as one; else it is the
    text. Raises `SourceError`, also for what looks like a path but names no file, and for an empty string.
    """
    if isinstance(given, Article):
        return given.with_metadata(**metadata)
    if isinstance(given, Path):
        return read_file(given, **metadata)
    if not isinstance(given, str):
        raise SourceError(f"{type(given).__name__} is not a source: give a text, a path, a URL or an Article.")
    if not given.strip():
        raise SourceError("The text is empty: there is nothing to read.")
    is_short = "\n" not in given and len(given) < 1_000
    if is_short and exists(Path(given)):
        return read_file(Path(given), **metadata)
    if given.startswith(("http://", "https://")) and len(given.split()) == 1:
        return read_url(given, allow_private=allow_private, **metadata)
    if is_short and (given.lower().endswith(ENDINGS) or _PATH.fullmatch(given)):
        raise NoSuchSourceError(f"{given} cannot be read: there is no such file.")
    return _of_text(given, "", metadata)


def _read_fragment(source: str, metadata: dict[str, Any]) -> Article:
    import sqlite_utils
    from llm.cli import FragmentNotFound, logs_db_path, resolve_fragments
    from llm.migrations import migrate

    path = logs_db_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite_utils.Database(path)) as db:
            migrate(db)
            found = resolve_fragments(db, [source])
    except FragmentNotFound as error:
        raise _not_found(source, str(error)) from None
    except (OSError, sqlite3.Error) as error:
        raise SourceError(f"{source} cannot be read: llm's database {path} cannot be opened ({error}).") from None
    text = "\n\n".join(map(str, found))
    return _of_text(text, source, metadata, content_type="text/markdown" if looks_like_markdown(text) else "")


def _not_found(source: str, reason: str) -> SourceError:
    if ":" in source and not source.startswith(("http://", "https://")):
        return SourceError(f"{source} cannot be read: {reason}. `llm fragments loaders` lists the prefixes.")
    return NoSuchSourceError(f"{source} cannot be read: there is no such file, fragment alias or hash.")


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > LARGEST_FILE:
        raise SourceError(f"{name} is larger than {LARGEST_FILE // 1_000_000} MB: give only the article's text.")
    return data


def exists(path: Path) -> bool:
    """Return True if there is such a file or folder; a name that none can have is False too."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def files_of(
    folder: Path, glob: str | None = None, on_error: Callable[[Path, SourceError], object] | None = None
) -> Iterator[Path]:
    """Yield the files of a folder and its subfolders in the order of their names, subfolders opened one at a time.

    Those whose ending is one of `ENDINGS`, or whose name or path in the folder matches `glob` (`*.txt`, `2024/**/*.md`).
    Hidden files and folders and links to folders are left out. A folder that cannot be opened goes to `on_error`, else
    it raises `SourceError`.
    """
    for path in _files_below(folder, on_error):
        if _matches(path.relative_to(folder).as_posix(), glob) if glob else path.name.lower().endswith(ENDINGS):
            yield path


def no_files(folder: Path, glob: str | None = None) -> SourceError:
    """Return the error for a folder in which `files_of` finds nothing."""
    wanted = glob or ", ".join(ENDINGS)
    return SourceError(f"{folder} is a folder with no file to read ({wanted}).", on_command_line="Use --glob PATTERN.")


def _files_below(folder: Path, on_error: Callable[[Path, SourceError], object] | None) -> Iterator[Path]:
    try:
        found = _listed(folder)
    except SourceError as error:
        if on_error is None:
            raise
        on_error(folder, error)
        return
    for entry in found:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files_below(folder / entry.name, on_error)
        elif entry.is_file():
            yield folder / entry.name


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise SourceError(f"{folder} cannot be read: {error.strerror or error}.") from None


def _matches(path: str, glob: str) -> bool:
    names = (path, path.rpartition("/")[2])
    return any(fnmatchcase(name, pattern) for name in names for pattern in (glob, glob.replace("**/", "")))
