"""The project's own files: pins, make targets, what the README promises, the PHI rule."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==(\d[A-Za-z0-9.!+]*)")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _pins(root: Path) -> dict[str, str]:
    lines = (root / "constraints.txt").read_text(encoding="ascii").splitlines()
    assert [line for line in lines if not PIN.fullmatch(line)] == []
    return {_normal(name): version for name, version in (line.split("==") for line in lines)}


def test_constraints_are_one_name_and_version_a_line(root: Path) -> None:
    lines = (root / "constraints.txt").read_text(encoding="ascii").splitlines()
    assert len(_pins(root)) == len(lines)
    assert "j2311-analytics" not in _pins(root)


def test_constraints_cover_every_dependency(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
        *project["build-system"]["requires"],
    ]
    pins = _pins(root)
    for requirement in wanted:
        match = re.fullmatch(r"([A-Za-z0-9._-]+)(?:>=([\d.]+))?", requirement)
        assert match, requirement
        assert _normal(match[1]) in pins, requirement
        assert _version(pins[_normal(match[1])]) >= _version(match[2] or "0"), requirement


@pytest.mark.skipif(os.name == "nt", reason="make and bash")
def test_ci_runs_the_commands_of_the_readme(root: Path) -> None:
    script = (root / ".ci" / "run").read_text(encoding="utf-8")
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert os.access(root / ".ci" / "run", os.X_OK)
    assert "set -euo pipefail" in script
    for command in ("make test", "make report"):
        assert re.search(rf"^{command}$", script, re.MULTILINE)
        assert re.search(rf"^{command}$", readme, re.MULTILINE)


def test_the_readme_shows_what_make_report_runs(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    ran = re.search(r"^report:.*\n\t\S+ (report .*?)(?: \\)?$", makefile, re.MULTILINE)
    assert ran
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert f"python -m j2311_analytics.cli {ran[1]}\n" in readme
    assert f"python -m j2311_analytics.cli {ran[1]}\n".replace("/", "\\") in readme


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_help_lists_every_target(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    told = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert [line.split()[1] for line in told.splitlines()] == phony[1].split()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_a_second_run_installs_nothing(root: Path, tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(root / name, tmp_path / name)

    def planned(target: str) -> str:
        call = ["make", "-n", "--no-print-directory", target]
        return subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    first = planned("test")
    assert first.index("-e .\n") < first.index("-e '.[dev]'") < first.index("pytest -n auto")
    assert "[dev]" not in planned("report")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "base.stamp").touch()
    assert "install" not in planned("report")
    assert "-e '.[dev]'" in planned("test")
    (tmp_path / ".venv" / "dev.stamp").touch()
    assert "install" not in planned("test")
    later = (tmp_path / ".venv" / "dev.stamp").stat().st_mtime + 10
    os.utime(tmp_path / "constraints.txt", (later, later))
    assert planned("test").count("install -c") == 2


def test_pages_name_no_host_and_no_path_of_a_machine(root: Path) -> None:
    for page in [*root.glob("*.md"), *(root / "docs").glob("*.md"), root / "Makefile"]:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"https?://|(?<![\w.])/(?:work|tmp|home|root|opt|Users)/", text), page


def test_no_phi_finds_a_person_in_a_text(no_phi: Callable[[str | Path], None]) -> None:
    no_phi("claim CLAIM1, $500.00")
    with pytest.raises(AssertionError, match="health information"):
        no_phi("claim of " + "phi" + "name")


def test_no_phi_looks_into_workbooks(tmp_path: Path, no_phi: Callable[[str | Path], None]) -> None:
    (tmp_path / "report.html").write_text("$500.00")
    no_phi(tmp_path)
    with ZipFile(tmp_path / "report.xlsx", "w") as archive:
        archive.writestr("xl/sharedStrings.xml", "<t>" + "1901" + "-02-03</t>")
    with pytest.raises(AssertionError, match=r"report\.xlsx"):
        no_phi(tmp_path)


def test_a_test_that_prints_a_person_fails(tmp_path: Path, root: Path) -> None:
    shutil.copy(root / "tests" / "conftest.py", tmp_path / "conftest.py")
    (tmp_path / "test_it.py").write_text("def test_it():\n    print('PHI' + 'NAME')\n")
    call = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    run = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "printed or logged health information" in run.stdout
