"""The report runs from an installed wheel, far from the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

CODE_TABLES = 16
NOTEBOOKS = [
    "01_load_and_reconcile.ipynb",
    "02_denials_by_cause.ipynb",
    "03_recoverable_revenue.ipynb",
    "04_trends_and_prevention.ipynb",
    "05_monthly_report.ipynb",
]


def _call(*command: str | Path, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    run = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"{command} ended with {run.returncode}\n{run.stdout}{run.stderr}"
    return run.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A wheel built from the repository, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet")
    _call(sys.executable, "-m", "pip", "wheel", root, *options, "-w", folder, cwd=folder)
    (built,) = folder.glob("j2311_analytics-*.whl")
    return built


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Python of a fresh environment: the wheel first, then this one's dependencies."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    options = ("--no-deps", "--no-index", "--quiet")
    pip = (sys.executable, "-m", "pip", "--python", python)
    _call(*pip, "install", *options, wheel, cwd=folder)
    site = Path(
        _call(python, "-c", "import site; print(site.getsitepackages()[-1])", cwd=folder).strip()
    )
    # A path file appends: the wheel's package is found before this environment's.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python


def test_wheel_holds_everything_that_a_report_needs(wheel: Path, root: Path) -> None:
    with ZipFile(wheel) as archive:
        names = [n for n in archive.namelist() if n.startswith("j2311_analytics/")]
        other = {n.split("/")[0] for n in archive.namelist()} - {"j2311_analytics"}
    package = {f"{p.relative_to(root).as_posix()}" for p in root.glob("j2311_analytics/**/*.py")}
    assert package <= set(names)
    assert "j2311_analytics/py.typed" in names
    tables = [n for n in names if n.startswith("j2311_analytics/codes/") and n.endswith(".csv")]
    assert len(tables) >= CODE_TABLES
    assert {f"j2311_analytics/notebooks/{name}" for name in NOTEBOOKS} <= set(names)
    assert [n for n in names if n.startswith("j2311_analytics/report/") and n.endswith(".html")]
    assert not [n for n in names if "checkpoint" in n or "__pycache__" in n]
    assert [name for name in other if not name.endswith(".dist-info")] == []


def test_package_comes_from_the_wheel(python: Path, tmp_path: Path) -> None:
    code = "import j2311_analytics as j; from j2311_analytics import codes; print(j.__file__)"
    place = Path(_call(python, "-c", code, cwd=tmp_path).strip())
    assert place.is_relative_to(python.parent.parent)


def test_report_runs_from_the_wheel(python: Path, tmp_path: Path) -> None:
    tool = (python, "-m", "j2311_analytics.cli")
    world = ("--months", "3", "--claims", "60", "--seed", "5")
    _call(*tool, "sample", "--out", "world", *world, cwd=tmp_path)
    data = ("--remits", "world/835", "--claims", "world/claims.csv")
    said = _call(*tool, "report", *data, "--month", "2026-10", "--out", "runs", cwd=tmp_path)
    (run,) = (tmp_path / "runs" / "2026-10").iterdir()
    for name in ("report.html", "report.xlsx", "report.ipynb", "metrics.json", "manifest.json"):
        assert (run / name).stat().st_size > 0, name
    assert "recoverable" in said.splitlines()[-1]
