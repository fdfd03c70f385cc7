"""What every test shares: a fixed token key, no windows, and the PHI rule.

The PHI rule: people in tests are called PHINAME, their ids start with PHIID and
they were born on 1901-02-03. A test that prints or logs any of these fails, and
`no_phi` asserts that a text, a file or a folder holds none of them.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Generator
from pathlib import Path

# Set before the package is imported: a test never reads or makes the user's own key.
os.environ["J2311_TOKEN_KEY"] = "a fixed key, for tests only"
os.environ["MPLBACKEND"] = "Agg"

import hypothesis
import pytest

# Same examples on every machine; a busy machine is not a failure.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis.settings.load_profile("suite")

PHI = ("PHINAME", "PHIID", "19010203", "1901-02-03")


def leaks(data: bytes) -> list[str]:
    """Markers of a person found in some bytes, zip archives (xlsx) unpacked."""
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"\n".join(archive.read(name) for name in archive.namelist())
    return [marker for marker in PHI if marker.encode() in data.upper()]


def require_no_phi(output: str | Path) -> None:
    """Assert that a text, or every file at a path, holds no marker of a person."""
    if isinstance(output, str):
        contents = {"text": output.encode()}
    else:
        files = [p for p in output.rglob("*") if p.is_file()] if output.is_dir() else [output]
        contents = {file.name: file.read_bytes() for file in files}
    assert contents, f"{output} holds no file"
    found = {name: leaks(data) for name, data in contents.items() if leaks(data)}
    assert not found, f"health information in {found}"


@pytest.fixture
def no_phi() -> Callable[[str | Path], None]:
    """`require_no_phi`, for a text, a file or a folder."""
    return require_no_phi


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return Path(__file__).resolve().parent.parent


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    found = leaks((report.capstdout + report.capstderr + report.caplog).encode())
    if report.passed and found:
        report.outcome = "failed"
        report.longrepr = f"the test printed or logged health information: {found}"
    return report
