"""Imports go one way, and modules and functions stay small enough to read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "j2311_analytics"
FOLDER = Path(__file__).resolve().parent.parent / PACKAGE
ROOMS = (
    "errors",
    "tables",
    "assumptions",
    "codes",
    "ingest",
    "matching",
    "drugs",
    "denials",
    "revenue",
    "prevention",
    "report",
    "cli",
    "__main__",
)
# The sample world must not know how it will be read.
SAMPLE_MAY_IMPORT = {"errors", "tables", "codes", "sample"}
MAY_IMPORT_SAMPLE = {"sample", "cli"}
MODULE_LINES = 350
FUNCTION_LINES = 60

MODULES = {
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts): path
    for path in sorted(FOLDER.rglob("*.py"))
}


def imported(tree: ast.Module, module: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a module imports from the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*module.split(".")[: -node.level], *([base] if base else [])])
            # Only a name taken from the package itself can be a room of its own.
            names = [f"{base}.{a.name}" for a in node.names] if base == PACKAGE else [base]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name.split(".")[0] == PACKAGE)


def room_of(name: str) -> str:
    """The room of a module: the first part of its name below the package."""
    return [*name.split("."), ""][1]


def wrong_imports(source: str, module: str) -> list[str]:
    """Imports of a module that go up, in words; `module` ends in `.__init__` for a package."""
    room = room_of(module)
    if room == "__init__":
        return []
    if room not in (*ROOMS, "sample"):
        return [f"{module} is in no room"]
    found = []
    for line, name in imported(ast.parse(source), module):
        other = room_of(name)
        if room == "sample":
            allowed = other in SAMPLE_MAY_IMPORT
        elif other == "sample":
            allowed = room in MAY_IMPORT_SAMPLE
        else:
            allowed = other in ROOMS and ROOMS.index(other) <= ROOMS.index(room)
        if not allowed:
            found.append(f"{module}, line {line}: {room} must not import {other or PACKAGE}")
    return found


def _text_lines(node: ast.AST) -> set[int]:
    """Lines of a text over several lines, such as a docstring or a table's columns."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return set()


def too_long(source: str, module: str) -> list[str]:
    """Modules and functions over the limit; texts over several lines do not count."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    texts = [n for n in ast.walk(tree) if n not in docstrings and len(_text_lines(n)) > 1]
    lines = len(source.splitlines()) - len(set().union(*map(_text_lines, texts)))
    found = [f"{module} has {lines} lines"] if lines > MODULE_LINES else []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            text = _text_lines(first.value) if isinstance(first, ast.Expr) else set()
            lines = (node.end_lineno or node.lineno) - node.lineno + 1 - len(text)
            if lines > FUNCTION_LINES:
                found.append(f"{module}.{node.name} has {lines} lines")
    return found


def test_the_package_is_seen() -> None:
    assert {f"{PACKAGE}.__init__", f"{PACKAGE}.errors", f"{PACKAGE}.codes.__init__"} <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module: str) -> None:
    assert wrong_imports(MODULES[module].read_text(encoding="utf-8"), module) == []


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_too_long_to_read(module: str) -> None:
    assert too_long(MODULES[module].read_text(encoding="utf-8"), module) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ingest.x12", "from j2311_analytics.report import page"),
        ("ingest.x12", "import j2311_analytics.cli"),
        ("ingest.x12", "from j2311_analytics import denials"),
        ("ingest.x12", "from j2311_analytics import read_835"),
        ("ingest.x12", "import j2311_analytics"),
        ("ingest.x12", "from ..revenue import expected"),
        ("ingest.x12", "from .. import revenue"),
        ("ingest.__init__", "from ..matching import balance"),
        ("ingest.x12", "def late():\n    from j2311_analytics.denials.classify import cause"),
        ("errors", "from j2311_analytics.tables import TABLES"),
        ("sample.world", "from j2311_analytics.assumptions import Assumptions"),
        ("report.month", "from j2311_analytics.sample import make_sample"),
        ("attic.x12", ""),
    ],
)
def test_a_planted_import_is_found(module: str, source: str) -> None:
    assert len(wrong_imports(source, f"{PACKAGE}.{module}")) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ingest.x12", "import pandas\nfrom j2311_analytics.errors import X12Error"),
        ("ingest.remittance", "from .x12 import Segment\nfrom . import x12"),
        ("sample.world", "from j2311_analytics.codes import load"),
        ("cli", "from j2311_analytics.sample import make_sample"),
        ("__init__", "from j2311_analytics.cli import main"),
    ],
)
def test_a_right_import_is_let_through(module: str, source: str) -> None:
    assert wrong_imports(source, f"{PACKAGE}.{module}") == []


def test_planted_length_is_found() -> None:
    body = "    x = 1\n" * 60
    assert too_long(f"def long():\n{body}", "m") == ["m.long has 61 lines"]
    assert too_long("x = 1\n" * 351, "m") == ["m has 351 lines"]
    text = '"""\n' + "words\n" * 400 + '"""\n'
    assert too_long(f"columns = {text}", "m") == []
    assert len(too_long(text, "m")) == 1
