"""Figures of a reader against the truth: which files are right, and in what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Figures = Mapping[str, int]

# What every reader carries.
CORE = (
    "claims",
    "service_lines",
    "charge_cents",
    "paid_cents",
    "line_charge_cents",
    "line_paid_cents",
)
COMPARED = (
    "n_st",
    *CORE,
    "patient_resp_cents",
    "cas_triplets",
    "cas_cents",
    "plb_adjustments",
    "plb_cents",
    "bpr_cents",
    "lq_remarks",
    "moa_mia_remarks",
    "n_reversals",
    "n_denied",
    "n_unbalanced_lines",
    "n_unbalanced_claims",
    "n_st_bpr_bad",
)


@dataclass(frozen=True)
class Tally:
    """How one reader did over all files.

    Args:
        right: Files with every figure it carries equal to the truth.
        core_right: Files with claims, lines and their money equal to the truth.
        wrong: Files read without an error and with a wrong figure.
        refused: Files it gave up on.
        carried: Figures it carries, in the order of `COMPARED`.
        agreed: For each carried figure, files with the right one.
    """

    files: int
    right: int
    core_right: int
    wrong: int
    refused: int
    carried: tuple[str, ...]
    agreed: dict[str, int]


def tally(found: Mapping[str, Figures | None], truth: Mapping[str, Figures]) -> Tally:
    """Compare what a reader found with the truth, file by file.

    Args:
        found: Figures by file name; None where the reader gave up.
        truth: The true figures of every file; a file missing from `found` counts
            as refused.

    Example:
        >>> truth = {"a": {"claims": 2}, "b": {"claims": 1}}
        >>> result = tally({"a": {"claims": 2}, "b": None}, truth)
        >>> result.right, result.wrong, result.refused
        (1, 0, 1)
    """
    read = {name: figures for name, figures in found.items() if figures is not None}
    unknown = sorted(set(found) - set(truth))
    if unknown:
        raise ValueError(f"{len(unknown)} files are not in the truth table")
    carried = tuple(c for c in COMPARED if any(c in figures for figures in read.values()))
    wrong = {name: _differences(figures, truth[name]) for name, figures in read.items()}
    return Tally(
        files=len(truth),
        right=sum(not columns for columns in wrong.values()),
        core_right=sum(not set(columns) & set(CORE) for columns in wrong.values()),
        wrong=sum(bool(columns) for columns in wrong.values()),
        refused=len(truth) - len(read),
        carried=carried,
        agreed={c: sum(c not in columns for columns in wrong.values()) for c in carried},
    )


def _differences(figures: Figures, truth: Figures) -> Sequence[str]:
    return [name for name, value in figures.items() if value != truth[name]]
