"""`bench`: all tables of figures, measured again from the evaluation sets."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from projection import __version__
from projection.bench import BITEXT_CHOICES, TABLES, Options, Table, run_bench
from projection.bench.report import head_lines, note_lines, row_line
from projection.bench.run import Measured
from projection.bench.store import Store
from projection.cli.console import show_lines, show_result, warn
from projection.cli.files import check_outputs
from projection.cli.options import add_json_option, add_set_option, read_settings
from projection.engines import get_engine, list_engines
from projection.errors import EngineError, FormatError, Problem, ProjectionError

_BITEXT = ("none", "all")


def add_command(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "bench",
        help="measure everything again",
        description="Measure the tables of the documentation from a folder of evaluation sets, and print them beside "
        "published figures. Every finished row is kept: an interrupted run goes on where it was.",
    )
    names = [engine.name for engine in list_engines()]
    parser.add_argument("folder", type=Path, help="folder of the evaluation sets, one folder for each")
    parser.add_argument("--tables", nargs="+", default=[], metavar="NAME", help=f"of {', '.join(TABLES)}")
    parser.add_argument("--langs", nargs="+", default=[], metavar="CODE", help="only these target languages")
    parser.add_argument(
        "--bitext",
        nargs="+",
        default=[],
        metavar="CHOICE",
        help="what is learned from besides the sentences of the set, a row for each choice: "
        f"{', '.join(BITEXT_CHOICES)} (default: {' '.join(_BITEXT)})",
    )
    parser.add_argument("--engine", default=names[0], help=f"one of {', '.join(names)} (default: {names[0]})")
    add_set_option(parser)
    parser.add_argument("--out", type=Path, default=Path("bench.json"), metavar="FILE", help="JSON file of all rows")
    parser.add_argument("--fresh", action="store_true", help="measure rows again that the file has already")
    add_json_option(parser)
    parser.set_defaults(run=run, interrupted="finished rows were kept; the same command goes on")


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        ProjectionError: rows could not be measured; the others are printed and kept.
    """
    check_outputs([args.out])
    if not args.folder.is_dir():
        raise FormatError(Problem("no-folder", "The folder does not exist.", "Name another.", place=str(args.folder)))
    options = _read_options(args)
    _check_names(args.tables, TABLES, "table")
    tables = [TABLES[name] for name in args.tables or TABLES]
    rows = run_bench(tables, options, Store(args.out, is_fresh=args.fresh))
    records = _collect(rows, is_quiet=args.json)
    missing = [table.name for table in tables if table.name not in {record["table"] for record in records}]
    problems = [_no_rows(name, args.folder) for name in missing]
    warn(problems)
    _show_end(args, options, records)
    failed = [record for record in records if record["error"]]
    if failed:
        raise ProjectionError(
            Problem("bench-failed", f"{len(failed)} rows could not be measured.", "See the lines with 'failed'.")
        )


def _check_names(given: Sequence[str], known: Iterable[str], what: str) -> None:
    for name in given:
        if name not in known:
            fault = f"There is no {what} {name!r}."
            raise FormatError(Problem(f"unknown-{what}", fault, f"Known: {', '.join(known)}."))


def _read_options(args: argparse.Namespace) -> Options:
    _check_names(args.bitext, BITEXT_CHOICES, "bitext")
    engine = get_engine(args.engine)
    for problem in engine.list_missing():
        raise EngineError(problem)
    settings = engine.read_settings(read_settings(args.set))
    return Options(args.folder, tuple(args.langs), tuple(args.bitext or _BITEXT), engine.name, settings)


def _collect(rows: Iterator[Measured], *, is_quiet: bool) -> list[dict[str, Any]]:
    """All records; each is shown as soon as it is there."""
    records: list[dict[str, Any]] = []
    for _, group in groupby(rows, key=lambda row: row.table.name):
        own: list[dict[str, Any]] = []
        for measured in group:
            if not is_quiet:
                _show_row(measured.table, measured.record, is_first=not own)
            own.append(measured.record)
        if not is_quiet:
            show_lines(note_lines(own))
        records += own
    return records


def _show_row(table: Table, record: dict[str, Any], *, is_first: bool) -> None:
    show_lines([*(head_lines(table) if is_first else []), row_line(table, record)])


def _no_rows(name: str, folder: Path) -> Problem:
    return Problem("no-rows", f"The table {name} has no rows for these options.", "", place=str(folder))


def _show_end(args: argparse.Namespace, options: Options, records: Sequence[dict[str, Any]]) -> None:
    result = {
        "rows": list(records),
        "engine": options.engine,
        "settings": dict(options.settings),
        "versions": {"crossgloss": __version__} | get_engine(options.engine).versions(),
        "outputs": [str(args.out)],
    }
    show_result(result, as_json=args.json, lines=["", f"{len(records)} rows", f"wrote {args.out}"])
