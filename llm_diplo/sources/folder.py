"""A folder as a source: the files in it that can be read as articles."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from llm_diplo.errors import SourceError

ENDINGS = (".txt", ".text", ".md", ".markdown", ".mdown", ".html", ".htm", ".xhtml", ".pdf")


def files_of(
    folder: Path, glob: str | None = None, on_error: Callable[[Path, SourceError], object] | None = None
) -> Iterator[Path]:
    """Yield the files of a folder and its subfolders in the order of their names, subfolders opened one at a time.

    Those whose ending is one of `ENDINGS`, or whose name or path in the folder matches `glob` (`*.txt`, `2024/**/*.md`).
    Hidden files and folders and links to folders are left out. A folder that cannot be opened goes to `on_error`, else
    it raises `SourceError`.
    """
    for path in _files(folder, on_error):
        if _matches(path.relative_to(folder).as_posix(), glob) if glob else path.name.lower().endswith(ENDINGS):
            yield path


def no_files(folder: Path, glob: str | None = None) -> SourceError:
    """Return the error for a folder in which `files_of` finds nothing."""
    wanted = glob or ", ".join(ENDINGS)
    return SourceError(f"{folder} is a folder with no file to read ({wanted}).", on_command_line="Use --glob PATTERN.")


def _files(folder: Path, on_error: Callable[[Path, SourceError], object] | None) -> Iterator[Path]:
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
            yield from _files(folder / entry.name, on_error)
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
