"""The README, the pages in docs/ and every docstring run as written."""

from __future__ import annotations

import doctest
import importlib
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "j2311_analytics"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted(PACKAGE.rglob("*.py"))
]
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Fences that run, fences whose commands are checked, and fences that only show.
LANGUAGES = {"python", "sh", "powershell", "text", "toml", "mermaid"}
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


@pytest.fixture
def like_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that looks like the repository's root, where examples may write."""
    if (ROOT / "data").is_dir():
        shutil.copytree(ROOT / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    from matplotlib import pyplot

    pyplot.close("all")


def fences(text: str) -> list[tuple[int, str, str]]:
    """Line, language and content of each fence."""
    return [(text[: m.start(2)].count("\n"), m[1], m[2]) for m in FENCE.finditer(text)]


def run_page(text: str, name: str) -> int:
    """Run the python fences of a page in one namespace; the number that ran."""
    namespace: dict[str, Any] = {"__name__": "__page__"}
    ran = 0
    for line, language, code in fences(text):
        if language != "python":
            continue
        if ">>> " in code:
            test = doctest.DocTestParser().get_doctest(code, namespace, name, name, line)
            _run(test)
            namespace.update(test.globs)
        else:
            exec(compile("\n" * line + code, name, "exec"), namespace)
        ran += 1
    return ran


def _run(test: doctest.DocTest) -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    failed = runner.run(test, out=said.append, clear_globs=False).failed
    assert failed == 0, "".join(said)


@pytest.mark.usefixtures("like_root")
@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_page_runs(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert run_page(text, page.name) == len(re.findall(r"^```python", text, re.MULTILINE))


@pytest.mark.usefixtures("like_root")
@pytest.mark.parametrize("module", MODULES)
def test_docstrings_run(module: str) -> None:
    for test in doctest.DocTestFinder().find(importlib.import_module(module)):
        _run(test)


def test_docstrings_are_seen() -> None:
    tests = doctest.DocTestFinder().find(importlib.import_module("j2311_analytics.tables"))
    assert sum(len(test.examples) for test in tests) >= 6


def test_a_wrong_example_fails() -> None:
    with pytest.raises(AssertionError, match="Expected"):
        run_page("```python\nx = 1\n```\n\n```python\n>>> x + 1\n3\n```\n", "page")
    with pytest.raises(ZeroDivisionError):
        run_page("```python\n1 / 0\n```\n", "page")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_fence_has_a_known_language(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert {language for _, language, _ in fences(text)} <= LANGUAGES
    assert len(re.findall(r"^```", text, re.MULTILINE)) == 2 * len(fences(text))


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_generated_pages_are_up_to_date() -> None:
    pages = runpy.run_path(str(ROOT / "docs" / "make_docs.py"))["pages"]()
    assert {path.name for path in pages} == {"tables.md", "assumptions.md"}
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is old: run make docs"


def commands(page: Path) -> set[tuple[str, frozenset[str]]]:
    """Each command of the tool that a page shows, with the options it uses."""
    shown = [code for _, language, code in fences(page.read_text("utf-8")) if language != "text"]
    lines = [line for code in shown for line in code.splitlines()]
    calls = [re.search(r"(?:\bj2311|-m j2311_analytics\.cli) ([a-z]+)\b(.*)", x) for x in lines]
    return {(m[1], frozenset(re.findall(r"--[a-z-]+", m[2]))) for m in calls if m}


def test_the_commands_shown_exist() -> None:
    shown = set().union(*map(commands, PAGES))
    assert "report" in {command for command, _ in shown}
    for command, options in shown:
        call = [sys.executable, "-m", "j2311_analytics.cli", command, "--help"]
        help_text = subprocess.run(call, capture_output=True, text=True, check=True).stdout
        assert [option for option in sorted(options) if option not in help_text] == []
