"""The rules of the house: modules, rooms and functions stay small enough to be read, and docstrings plain."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import llm_diplo

PACKAGE = Path(llm_diplo.__file__).parent
MODULES = {path.relative_to(PACKAGE): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
LONGEST_MODULE = 350  # lines
LONGEST_FUNCTION = 50  # lines
MOST_MODULES = 20  # of a room


def test_no_module_is_too_long() -> None:
    lines = {str(path): len(text.splitlines()) for path, text in MODULES.items()}
    assert {path: count for path, count in lines.items() if count > LONGEST_MODULE} == {}


def test_no_function_is_too_long() -> None:
    functions = {
        f"{path}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path, text in MODULES.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: count for name, count in functions.items() if count > LONGEST_FUNCTION} == {}


def test_no_room_is_too_full() -> None:
    rooms = Counter(str(path.parent) for path in MODULES if path.stem != "__init__")
    assert {room: count for room, count in rooms.items() if count > MOST_MODULES} == {}


def test_the_init_of_a_room_says_what_it_is_for_and_no_more() -> None:
    rooms = {path: ast.parse(text) for path, text in MODULES.items() if path.name == "__init__.py" and len(path.parts) > 1}
    assert rooms
    assert {str(path) for path, tree in rooms.items() if len(tree.body) != 1 or not ast.get_docstring(tree)} == set()


def test_docstrings_of_booleans_say_what_is_true() -> None:
    docstrings = {
        f"{path}: {node.name}": ast.get_docstring(node)
        for path, text in MODULES.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns and ast.unparse(node.returns) == "bool"
    }
    assert [
        name
        for name, text in docstrings.items()
        if text and not re.match(r"Whether|(?s:.*)\breturns? (True|False)", text, re.I)
    ] == []
