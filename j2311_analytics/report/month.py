"""The monthly run: from folders of files to a finished report folder.

Everything is written into a hidden folder first and moved into place at the end,
so that a run that fails leaves nothing that looks finished.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from j2311_analytics.errors import AnalyticsWarning
from j2311_analytics.ingest.acknowledgements import ClaimStatuses, read_acknowledgements
from j2311_analytics.ingest.claim_files import read_claims
from j2311_analytics.ingest.exports import Claims
from j2311_analytics.ingest.remittance import Remittance, read_835
from j2311_analytics.ingest.store import open_store
from j2311_analytics.report.analysis import MonthAnalysis, analyse_month
from j2311_analytics.report.closing import previous_close
from j2311_analytics.report.evidence import read_totals
from j2311_analytics.report.figures import report_figures
from j2311_analytics.report.notebook import execute_notebook
from j2311_analytics.report.notes import previous_workbook, read_notes
from j2311_analytics.report.page import write_page
from j2311_analytics.report.scope import month_end
from j2311_analytics.report.settings import Settings, read_settings
from j2311_analytics.report.workbook import write_workbook

_PACKAGES = ("j2311-analytics", "pandas", "numpy", "pyarrow", "scipy", "matplotlib", "openpyxl")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class MonthRun:
    """A finished monthly run.

    Args:
        folder: Where the report lies.
        headline: The sentence that the report leads with.
        note: A sentence about something unusual; empty where there is none.
        exceptions: How many things are listed in exceptions.csv.

    Example:
        >>> MonthRun(Path("runs/2026-10/001"), "…", "", 0).report.name
        'report.html'
    """

    folder: Path
    headline: str
    note: str
    exceptions: int

    @property
    def report(self) -> Path:
        """The page to open.

        Example:
            >>> MonthRun(Path("a"), "", "", 0).report.as_posix()
            'a/report.html'
        """
        return self.folder / "report.html"


def run_month(
    remits: str | Path | None = None,
    claims: str | Path | None = None,
    *,
    month: str,
    focus: tuple[str, ...] | None = None,
    settings: str | Path | None = None,
    store: str | Path | None = None,
    out: str | Path = "runs",
    hours: float | None = None,
    notes: str | Path | None = None,
    acknowledgements: str | Path | None = None,
    notebook: bool = True,
    progress: Progress | None = None,
) -> MonthRun:
    """Read everything, analyse a month and write its report folder.

    Args:
        remits: Folder, file or glob of 835 files; all months there are. Without them
            the claim export's own denials count.
        claims: Claim export (CSV, Excel, Parquet), 837s, or a folder of them.
        month: "2026-10"; nothing after its last day is used.
        focus: Codes the report is about; J2311 where not given.
        settings: Folder with the user's own rates, contracts and readings.
        store: Folder that keeps what was read, so that the next run parses only files
            that are new; the report is the same with and without it.
        out: Parent folder; the run gets `out/2026-10/001`, then 002 and so on.
        hours: Hours there are to work open denials; the action list marks the best set.
        notes: A report.xlsx with what analysts wrote into the action list; that of the
            latest run of this month or one before, where not given.
        acknowledgements: Folder or file of 277s (claim statuses, 277CA too); answers to
            files (999, 997) may lie among them.
        notebook: False leaves out the executed notebook (faster).
        progress: Called with each step's name.

    Returns:
        The folder, the headline and the number of exceptions.

    Raises:
        FileNotFoundError: if an input does not exist or holds no file.
        ValueError: for a month outside the data, settings that make no sense, an
            export whose columns cannot be told, or a store among other files.
        X12Error: if no 835 could be read at all.

    Example:
        >>> run_month("no such folder", month="2026-10")
        Traceback (most recent call last):
        FileNotFoundError: no such folder does not exist; check the path of the file or folder
    """
    month_end(month)
    given = read_settings(settings, focus=focus)
    written = Path(notes) if notes is not None else previous_workbook(out, month)
    with warnings.catch_warnings():
        # What warnings summarise is listed in full in exceptions.csv.
        warnings.simplefilter("ignore", AnalyticsWarning)
        tell = progress or _silent
        tell("reading remittances")
        remittance = _read_remits(remits, claims, store)
        export, told = _read_claims(claims, acknowledgements, given, tell)
        tell("analysing")
        analysis = analyse_month(
            remittance,
            export,
            month=month,
            hours=hours,
            **_of_the_user(given),
            handed=previous_close(out, month, input_files(remits)),
            notes=read_notes(written) if written is not None else None,
            acknowledgements=told,
        )
    inputs = {"remits": remits, "claims": claims, "acknowledgements": acknowledgements}
    draft = _draft_in(Path(out) / month)
    try:
        _write(analysis, draft, tell)
        _write_manifest(analysis, draft, inputs | {"settings": settings, "notes": written}, given)
        if notebook:
            tell("executing the notebook")
            execute_notebook(
                draft / "report.ipynb",
                remits=remits,
                claims=claims,
                acknowledgements=acknowledgements,
                month=month,
                focus=list(analysis.assumptions.focus),
                settings=settings,
                store=store,
            )
        folder = _publish(draft, draft.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return MonthRun(folder, analysis.headline, analysis.note, len(analysis.exceptions))


def _draft_in(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=".unfinished-", dir=parent))


def _read_remits(
    remits: str | Path | None, claims: str | Path | None, store: str | Path | None
) -> Remittance | None:
    if remits is None and claims is None:
        raise ValueError("give remittances (--remits), a claim export (--claims), or both")
    if remits is None:
        return None
    return read_835(remits) if store is None else open_store(store).read(remits)


def _read_claims(
    claims: str | Path | None, acknowledgements: str | Path | None, given: Settings, tell: Progress
) -> tuple[Claims | None, ClaimStatuses | None]:
    tell("reading claims")
    export = read_claims(claims, columns=given.columns) if claims is not None else None
    told = read_acknowledgements(acknowledgements) if acknowledgements is not None else None
    return export, told


def _of_the_user(given: Settings) -> dict[str, Any]:
    names = ("assumptions", "fee_schedule", "drug_costs", "policies", "unit_limits")
    return {name: getattr(given, name) for name in names}


def _silent(_step: str) -> None:
    """Tell nobody."""


def _write(analysis: MonthAnalysis, folder: Path, tell: Progress) -> None:
    tell("drawing charts")
    figures = report_figures(analysis)
    (folder / "charts").mkdir()
    for figure in figures:
        (folder / "charts" / f"{figure.name}.png").write_bytes(figure.png)
    tell("writing the page and the workbook")
    write_page(analysis, figures, folder / "report.html")
    write_workbook(analysis, folder / "report.xlsx")
    analysis.close.inventory.to_csv(
        folder / "inventory.csv", index=False, lineterminator="\n", float_format="%.2f"
    )
    analysis.exceptions.to_csv(folder / "exceptions.csv", index=False, lineterminator="\n")
    _write_json(folder / "metrics.json", analysis.metrics)


def _write_manifest(
    analysis: MonthAnalysis,
    folder: Path,
    sources: Mapping[str, str | Path | None],
    given: Settings,
) -> None:
    _write_json(
        folder / "manifest.json",
        {
            "month": analysis.month,
            "headline": analysis.headline,
            "inputs": {name: input_files(source) for name, source in sources.items()},
            "control_totals": [
                {"what": what, "number": number, "cents": total}
                for what, number, total in read_totals(analysis.remittance, analysis.claims)
            ],
            "assumptions": {
                **{
                    name: value
                    for name, value in asdict(analysis.assumptions).items()
                    if name != "as_of"
                },
                "as_of": str(analysis.assumptions.as_of),
            },
            "fee_schedule_rows": 0 if given.fee_schedule is None else len(given.fee_schedule),
            "versions": {
                "python": platform.python_version(),
                **{name: metadata.version(name) for name in _PACKAGES},
            },
        },
    )


def input_files(source: str | Path | None) -> list[dict[str, object]]:
    """Name, size and hash of every file behind a source, for the manifest.

    Example:
        >>> input_files(None)
        []
    """
    if source is None or not Path(source).exists():
        return []
    root = Path(source)
    folder = root.is_dir()
    paths = sorted(item for item in root.rglob("*") if item.is_file()) if folder else [root]
    return [
        {
            "file": path.relative_to(root).as_posix() if folder else path.name,
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in paths
    ]


def _write_json(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _publish(draft: Path, parent: Path) -> Path:
    """Move the finished draft to the next free number; never over an old run."""
    draft.chmod(0o755)
    number = 1 + max(
        (int(item.name) for item in parent.iterdir() if item.name.isdigit()), default=0
    )
    while True:
        folder = parent / f"{number:03d}"
        try:
            # mkdir first: renaming onto an empty folder would not tell two runs apart.
            folder.mkdir()
        except FileExistsError:
            number += 1
            continue
        folder.rmdir()
        return draft.rename(folder)
