"""Every notebook runs on the sample, holds no function and is committed without outputs."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from j2311_analytics.report.notebook import NAMES, execute_notebook, notebook_path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "data" / "sample"


def sources(name: str) -> list[str]:
    book = nbformat.read(notebook_path(name), as_version=4)
    return [cell.source for cell in book.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_on_the_sample(name: str, tmp_path: Path) -> None:
    target = execute_notebook(
        tmp_path / f"{name}.ipynb",
        remits=SAMPLE / "835",
        claims=SAMPLE / "claims.csv",
        month="2026-10",
        focus=["J2311"],
        name=name,
    )
    book = nbformat.read(target, as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    assert any(cell.outputs for cell in code)


@pytest.mark.parametrize("name", NAMES)
def test_it_holds_no_function_of_its_own(name: str) -> None:
    hidden = (ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.For, ast.While, ast.If)
    for source in sources(name):
        assert not [node for node in ast.walk(ast.parse(source)) if isinstance(node, hidden)]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_committed_without_outputs(name: str) -> None:
    book = nbformat.read(notebook_path(name), as_version=4)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_the_folder_holds_the_named_notebooks_only() -> None:
    assert sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb")) == list(NAMES)
