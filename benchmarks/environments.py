"""A virtual environment for each other reader, so that none changes another's versions."""

from __future__ import annotations

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Reader:
    """A reader that can be installed.

    Args:
        name: As the package index knows it.
        requirement: What to install.
        adapter: Module in `benchmarks.adapters`.
    """

    name: str
    requirement: str
    adapter: str


OURS = Reader("j2311-analytics", "", "j2311_analytics")
PEERS = (
    Reader("oxedi", "oxedi[pandas]", "oxedi"),
    Reader("openx12", "openx12", "openx12"),
    Reader("pyx12", "pyx12", "pyx12"),
    Reader("edi-835-parser", "edi-835-parser", "edi_835_parser"),
    Reader("tigershark", "tigershark", "tigershark"),
)


def python_of(reader: Reader, folder: Path) -> Path | None:
    """Python of the reader's environment, made where it is missing; None if that fails.

    What pip said is kept in a log beside the environment.
    """
    if reader == OURS:
        return Path(sys.executable)
    place = folder / reader.name
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(place, with_pip=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", reader.requirement]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    (folder / f"{reader.name}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    return python if done.returncode == 0 else None


def version_of(reader: Reader, python: Path) -> str:
    """Version of the reader in its environment."""
    code = f"from importlib.metadata import version; print(version({reader.name!r}))"
    call = [str(python), "-c", code]
    return subprocess.run(call, capture_output=True, text=True, check=True).stdout.strip()
