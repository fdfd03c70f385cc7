"""Executing the monthly notebook with its parameters."""

from __future__ import annotations

import logging
from pathlib import Path

NAMES = (
    "01_load_and_reconcile",
    "02_denials_by_cause",
    "03_recoverable_revenue",
    "04_trends_and_prevention",
    "05_monthly_report",
)


def notebook_path(name: str) -> Path:
    """Where a notebook of the package lies, installed or in a checkout.

    Raises:
        ValueError: if there is no such notebook.

    Example:
        >>> notebook_path("05_monthly_report").suffix
        '.ipynb'
    """
    if name not in NAMES:
        raise ValueError(f"no notebook {name!r}; there are {', '.join(NAMES)}")
    package = Path(__file__).resolve().parents[1]
    installed = package / "notebooks" / f"{name}.ipynb"
    return installed if installed.exists() else package.parent / "notebooks" / f"{name}.ipynb"


def execute_notebook(
    target: str | Path,
    *,
    remits: str | Path | None,
    claims: str | Path | None,
    month: str,
    focus: list[str],
    settings: str | Path | None = None,
    store: str | Path | None = None,
    acknowledgements: str | Path | None = None,
    name: str = "05_monthly_report",
) -> Path:
    """Execute a notebook on the given inputs and save it with its outputs.

    Raises:
        papermill.PapermillExecutionError: if a cell fails.

    Example:
        >>> execute_notebook.__name__
        'execute_notebook'
    """
    # It takes seconds and 33 MB to import, which nothing else needs.
    import papermill

    # It logs each cell's progress, which would hide the one line that matters.
    logging.getLogger("papermill").setLevel(logging.ERROR)
    papermill.execute_notebook(
        str(notebook_path(name)),
        str(target),
        parameters={
            "remits": _absolute(remits) if remits is not None else None,
            "claims": _absolute(claims) if claims is not None else None,
            "month": month,
            "focus": focus,
            "settings": _absolute(settings) if settings is not None else None,
            **{
                key: _absolute(path)
                for key, path in (("store", store), ("acknowledgements", acknowledgements))
                if path is not None
            },
        },
        kernel_name="python3",
        progress_bar=False,
        # The kernel's own advice on its connection is not for the reader of a report.
        extra_arguments=["--log-level=ERROR"],
    )
    return Path(target)


def _absolute(path: str | Path) -> str:
    return str(Path(path).resolve())
