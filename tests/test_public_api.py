"""Everything public is annotated, documented with an example, and listed once."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

PACKAGE = "j2311_analytics"
ROOT = Path(__file__).resolve().parent.parent
MODULES = [
    path
    for path in sorted((ROOT / PACKAGE).rglob("*.py"))
    if not path.stem.startswith("_") or path.stem == "__init__"
]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _public(body: list[ast.stmt]) -> list[Function | ast.ClassDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [n for n in body if isinstance(n, kinds) and not n.name.startswith("_")]


def _unannotated(function: Function, *, method: bool) -> list[str]:
    given = function.args
    named = [*given.posonlyargs, *given.args]
    static = any(
        isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list
    )
    named = named[1:] if method and not static else named
    named += [*given.kwonlyargs, *(a for a in (given.vararg, given.kwarg) if a)]
    missing = [f"argument {a.arg} has no type" for a in named if a.annotation is None]
    return missing + ([] if function.returns else ["the result has no type"])


def shortcomings(source: str, module: str, exported: set[str]) -> list[str]:
    """What is missing from a module; names that the package exports need an example too."""
    found = []
    for node in _public(ast.parse(source).body):
        name = f"{module}.{node.name}"
        text = ast.get_docstring(node) or ""
        if not text:
            found.append(f"{name}: no docstring")
        elif node.name in exported and not re.search(r"^Example:\n\s+>>> ", text, re.MULTILINE):
            found.append(f"{name}: no Example in the docstring")
        if isinstance(node, Function):
            found += [f"{name}: {lack}" for lack in _unannotated(node, method=False)]
            continue
        for method in _public(node.body):
            if not ast.get_docstring(method):
                found.append(f"{name}.{method.name}: no docstring")
            if isinstance(method, Function):
                found += [f"{name}.{method.name}: {t}" for t in _unannotated(method, method=True)]
    return found


def documented_names() -> list[str]:
    """Names in the table "Public names" of docs/index.md."""
    page = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    section = page.split("## Public names", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_everything_public_is_annotated_and_documented(path: Path) -> None:
    exported = set(importlib.import_module(PACKAGE).__all__)
    assert shortcomings(path.read_text(encoding="utf-8"), path.stem, exported) == []


def test_the_check_sees_the_package() -> None:
    seen = [n for path in MODULES for n in _public(ast.parse(path.read_text("utf-8")).body)]
    assert sum(isinstance(node, Function) for node in seen) > 20


def test_planted_shortcomings_are_found() -> None:
    source = '''
def bare(a, *, b: int, **rest): pass
def told(a: int) -> int:
    """Words."""
class Thing:
    """Words.

    Example:
        >>> Thing()
    """
    def method(self, a): pass
    def _private(self, a): pass
def _hidden(a): pass
'''
    assert shortcomings(source, "m", {"told"}) == [
        "m.bare: no docstring",
        "m.bare: argument a has no type",
        "m.bare: argument rest has no type",
        "m.bare: the result has no type",
        "m.told: no Example in the docstring",
        "m.Thing.method: no docstring",
        "m.Thing.method: argument a has no type",
        "m.Thing.method: the result has no type",
    ]


def test_public_names_are_the_documented_ones() -> None:
    package = importlib.import_module(PACKAGE)
    assert sorted(package.__all__) == sorted(documented_names())
    assert len(set(package.__all__)) == len(package.__all__)


def test_every_public_name_resolves() -> None:
    package = importlib.import_module(PACKAGE)
    assert [name for name in package.__all__ if not hasattr(package, name)] == []


def test_the_package_is_typed() -> None:
    assert (ROOT / PACKAGE / "py.typed").is_file()
