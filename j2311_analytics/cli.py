"""The command line: `j2311 report`, `ingest`, `map`, `check`, `sample` and what they share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import metadata

from tqdm import tqdm

from j2311_analytics.errors import X12Error, count_of
from j2311_analytics.ingest.mapping_file import propose_columns, write_columns
from j2311_analytics.ingest.store import open_store
from j2311_analytics.ingest.titles import REQUIRED
from j2311_analytics.report.check import check_claims
from j2311_analytics.report.month import run_month
from j2311_analytics.sample import make_sample

DONE, EXCEPTIONS, MISTAKE = 0, 1, 2
_STEPS = 6
_COLUMNS_HINT = (
    "On the command line: write it into columns.csv (titles: column,field) in a folder and "
    "pass that folder as --settings."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: Words after `j2311`; those of the process where not given.

    Returns:
        0 done, 1 done with exceptions listed, 2 the caller's mistake.

    Example:
        >>> main(["report", "--remits", "no such folder", "--month", "2026-10"])
        2
    """
    parser = build_parser()
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as stop:
        # argparse has already said what is wrong; --help ends with 0.
        return MISTAKE if stop.code else DONE
    try:
        return int(arguments.run(arguments))
    except (ValueError, OSError, X12Error) as error:
        print(f"j2311: {error}", file=sys.stderr)
        if "columns={" in str(error):
            print(_COLUMNS_HINT, file=sys.stderr)
        return MISTAKE


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command line, from which its help is printed.

    Example:
        >>> "report" in build_parser().format_help()
        True
    """
    parser = argparse.ArgumentParser(
        prog="j2311",
        description="How much refused J2311 revenue can still be recovered: from whom, for "
        "which cause, by when.",
    )
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {metadata.version('j2311-analytics')}"
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_report(commands)
    _add_ingest(commands)
    _add_map(commands)
    _add_check(commands)
    _add_sample(commands)
    return parser


def _add_report(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    report = commands.add_parser(
        "report",
        help="write the monthly report",
        description="Reads a folder of 835 remittances and, if you have them, the claims: an "
        "export of the practice system, or the 837s sent; writes a report folder with an HTML "
        "page, an Excel workbook, a notebook, charts and figures. Nothing leaves this machine.",
        epilog="Ends with 0 when done, 1 when done with exceptions listed in exceptions.csv, 2 "
        "when something has to be put right first.",
    )
    _add_inputs(report)
    report.add_argument(
        "--month", required=True, metavar="YYYY-MM", help="month to close, such as 2026-10"
    )
    report.add_argument(
        "--focus",
        action="append",
        metavar="CODE",
        help="code the report is about (default J2311); may be given more than once",
    )
    report.add_argument(
        "--settings",
        metavar="FOLDER",
        help="folder with your rates, contract windows and readings of codes",
    )
    report.add_argument(
        "--store",
        metavar="FOLDER",
        help="folder that keeps what was read, so that only new files are parsed",
    )
    report.add_argument(
        "--out", default="runs", metavar="FOLDER", help="where reports go (default: runs)"
    )
    report.add_argument(
        "--hours",
        type=float,
        metavar="NUMBER",
        help="hours there are to work open denials; the action list marks the best set",
    )
    report.add_argument(
        "--notes",
        metavar="FILE",
        help="a report.xlsx whose action list you filled in (default: that of the run before)",
    )
    report.add_argument(
        "--no-notebook", action="store_true", help="leave out the executed notebook (faster)"
    )
    report.set_defaults(run=_report)


def _add_inputs(report: argparse.ArgumentParser) -> None:
    report.add_argument(
        "--remits",
        metavar="FOLDER",
        help="folder (or file) of 835 remittances; without them the denials that the claim "
        "export carries count",
    )
    report.add_argument(
        "--claims",
        metavar="FILE",
        help="claims: an export (CSV, Excel or Parquet), 837 files, or a folder of them",
    )
    report.add_argument(
        "--acknowledgements",
        metavar="FOLDER",
        help="277 claim statuses (folder or file): claims rejected before a decision, and proof "
        "of timely filing; 999s and 997s may lie among them",
    )


def _add_ingest(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    ingest = commands.add_parser(
        "ingest",
        help="read new remittances into a store",
        description="Reads the 835 remittances that are not in the store yet, and keeps them "
        "there, so that a report with the same --store need not read them again. It may be "
        "stopped and started again at any time.",
        epilog="Ends with 0 when done, 1 when done with files that cannot be read, 2 when "
        "something has to be put right first.",
    )
    ingest.add_argument(
        "--remits", required=True, metavar="FOLDER", help="folder (or file) of 835 remittances"
    )
    ingest.add_argument(
        "--store", required=True, metavar="FOLDER", help="folder of the store; made if not there"
    )
    ingest.set_defaults(run=_ingest)


def _add_map(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    mapping = commands.add_parser(
        "map",
        help="show which column of a claim export is taken for what",
        description="Proposes which column of a claim export is which field, and says why. "
        "Saved as columns.csv in a settings folder, and corrected where it is wrong, it is "
        "what the report goes by.",
        epilog="Ends with 0 when every required field has one column, 1 when one is missing, "
        "guessed or in doubt, 2 when the file cannot be read.",
    )
    mapping.add_argument("export", metavar="FILE", help="claim export: CSV, Excel or Parquet")
    mapping.add_argument("--sheet", metavar="NAME", help="sheet of a workbook")
    mapping.add_argument("--columns", metavar="FILE", help="a mapping saved before, to start from")
    mapping.add_argument(
        "--save", metavar="FILE", help="write the proposal, such as settings/columns.csv"
    )
    mapping.set_defaults(run=_map)


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser(
        "check",
        help="check claims before they go out",
        description="Checks a claim export by the rules of the field, your payers' policies and "
        "your unit limits, and writes an Excel workbook with a row per finding.",
        epilog="Ends with 0 when nothing was found, 1 when findings are listed, 2 when "
        "something has to be put right first.",
    )
    check.add_argument("claims", metavar="FILE", help="claim export: CSV, Excel or Parquet")
    check.add_argument("--history", metavar="FILE", help="export of claims sent before")
    check.add_argument("--settings", metavar="FOLDER", help="folder with policies/, windows …")
    check.add_argument("--as-of", metavar="DATE", help="day of sending, such as 2026-10-31")
    check.add_argument(
        "--out", default="findings.xlsx", metavar="FILE", help="workbook (default: findings.xlsx)"
    )
    check.set_defaults(run=_check)


def _add_sample(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sample = commands.add_parser(
        "sample",
        help="write made-up files to try the report on",
        description="Writes a made-up practice's remittances and claims, with the truth they "
        "were drawn from beside them. No real person or payer is in them.",
    )
    sample.add_argument("--out", required=True, metavar="FOLDER", help="folder to write")
    sample.add_argument("--months", type=int, default=18, help="months of history (default 18)")
    sample.add_argument("--claims", type=int, default=1200, help="claims in all (default 1200)")
    sample.add_argument("--seed", type=int, default=1, help="another number, another world")
    sample.add_argument(
        "--last-month", default="2026-10", metavar="YYYY-MM", help="last month (default 2026-10)"
    )
    sample.add_argument(
        "--future", action="store_true", help="also write the twelve months that follow"
    )
    sample.add_argument(
        "--hard", action="store_true", help="make remittances hard to match with the claims"
    )
    sample.add_argument(
        "--contradictions",
        action="store_true",
        help="also plant denials whose claims contradict or confirm the payer",
    )
    sample.set_defaults(run=_sample)


def _report(arguments: argparse.Namespace) -> int:
    look = "{desc:<40}{bar}| {n_fmt}/{total_fmt}"
    # Without a terminal (disable=None) a bar would fill a log with half-drawn lines.
    with tqdm(total=_STEPS, leave=False, disable=None, bar_format=look) as bar:

        def show(step: str) -> None:
            bar.set_description_str(step)
            bar.update()

        run = run_month(
            arguments.remits,
            arguments.claims,
            month=arguments.month,
            focus=tuple(arguments.focus) if arguments.focus else None,
            settings=arguments.settings,
            store=arguments.store,
            out=arguments.out,
            hours=arguments.hours,
            notes=arguments.notes,
            acknowledgements=arguments.acknowledgements,
            notebook=not arguments.no_notebook,
            progress=show,
        )
    if run.note:
        print(run.note)
    if run.exceptions:
        verb = "is" if run.exceptions == 1 else "are"
        listed = f"{count_of(run.exceptions, 'exception')} {verb} listed in"
        print(f"{listed} {run.folder / 'exceptions.csv'}.")
    print(f"{run.report}: {run.headline}")
    return EXCEPTIONS if run.exceptions else DONE


def _ingest(arguments: argparse.Namespace) -> int:
    ingested = open_store(arguments.store).ingest(arguments.remits)
    for note in ingested.notes:
        print(f"{note}.")
    for name, problem in ingested.failed:
        print(f"{name}: {problem}")
    new, known, failed = len(ingested.new), len(ingested.known), len(ingested.failed)
    print(f"{arguments.store}: {new} new, {known} known, {failed} failed.")
    return EXCEPTIONS if ingested.failed else DONE


def _map(arguments: argparse.Namespace) -> int:
    proposal = propose_columns(arguments.export, columns=arguments.columns, sheet=arguments.sheet)
    fields = proposal["field"].fillna("-")
    widths = proposal["column"].str.len().max(), fields.str.len().max()
    for column, field, why in zip(proposal["column"], fields, proposal["why"], strict=True):
        print(f"{column:<{widths[0]}}  {field:<{widths[1]}}  {why}")
    sure = set(proposal.loc[proposal["step"] != "guess", "field"])
    open_fields = [field for field in REQUIRED if field not in sure]
    if open_fields:
        print(f"Still to be said: which column is {', '.join(open_fields)}.")
    if arguments.save:
        print(f"Proposal written to {write_columns(proposal, arguments.save)}; check it.")
    return EXCEPTIONS if open_fields else DONE


def _check(arguments: argparse.Namespace) -> int:
    check = check_claims(
        arguments.claims,
        history=arguments.history,
        settings=arguments.settings,
        as_of=arguments.as_of,
        out=arguments.out,
    )
    print(f"{check.workbook}: {check.headline}")
    return EXCEPTIONS if len(check.findings) else DONE


def _sample(arguments: argparse.Namespace) -> int:
    folder = make_sample(
        arguments.out,
        months=arguments.months,
        claims=arguments.claims,
        seed=arguments.seed,
        last_month=arguments.last_month,
        future=arguments.future,
        hard=arguments.hard,
        contradictions=arguments.contradictions,
    )
    print(f"Sample files written to {folder}.")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
