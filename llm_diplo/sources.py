"""Sources: whatever names an article (file, standard input, llm fragment) becomes an `Article`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from llm_diplo.article import Article
from llm_diplo.errors import NoSuchSourceError, SourceError

LARGEST_FILE = 20_000_000


def read_source(source: str, **metadata: Any) -> Article:
    """Read what the command line calls a SOURCE: an existing path, `-`, `prefix:` of a fragment loader, an alias or hash.

    Keyword arguments are fields of `ArticleMetadata` and win over what the source shows. Raises `SourceError`.
    """
    if source == "-":
        return Article.from_bytes(_bounded(sys.stdin.buffer.read(LARGEST_FILE + 1), "Standard input"), source="-", **metadata)
    path = Path(source)
    if _exists(path):
        return read_file(path, **metadata)
    return _read_fragment(source, metadata)


def read_file(path: Path, **metadata: Any) -> Article:
    """Read a text file; raises `SourceError` for a directory, an unreadable or a binary file."""
    try:
        if path.is_dir():
            raise SourceError(f"{path} is a folder: name the files in it ({path}/*.txt).")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}.") from None
    return Article.from_bytes(_bounded(data, str(path)), source=str(path), **metadata)


def to_article(given: str | Path | Article, **metadata: Any) -> Article:
    """Make an article of what the Python API takes: an `Article`, a `Path`, the text itself, or a path as text.

    A string is a path when it is one line that names an existing file; else it is the text. Raises `SourceError`.
    """
    if isinstance(given, Article):
        return given.with_metadata(**metadata)
    if isinstance(given, Path):
        return read_file(given, **metadata)
    if "\n" not in given and len(given) < 1_000 and _exists(Path(given)):
        return read_file(Path(given), **metadata)
    return Article.from_text(given, **metadata)


def _read_fragment(source: str, metadata: dict[str, Any]) -> Article:
    from llm.cli import FragmentNotFound, resolve_fragments

    from llm_diplo.logbook import Logbook

    logbook = Logbook()
    try:
        found = resolve_fragments(logbook.db, [source])
    except FragmentNotFound as error:
        raise _not_found(source, str(error)) from None
    finally:
        logbook.close()
    return Article.from_text("\n\n".join(map(str, found)), source=source, **metadata)


def _not_found(source: str, reason: str) -> SourceError:
    if ":" in source and not source.startswith(("http://", "https://")):
        return SourceError(f"{source} cannot be read: {reason}. `llm fragments loaders` lists the prefixes.")
    return NoSuchSourceError(f"{source} cannot be read: there is no such file, fragment alias or hash.")


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > LARGEST_FILE:
        raise SourceError(f"{name} is larger than {LARGEST_FILE // 1_000_000} MB: an article is text, give only that.")
    return data


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
