"""The command line: `python -m projection align|transfer|project|translate|tprojection|measure|convert|vote|bench`.

Exit codes: 0 done; 1 nothing written, because the output would lose something and `--accept-losses` was not given;
2 wrong usage or input, with place, fault and remedy on standard error; 130 interrupted. Results go to standard output
or to the files named; files appear whole or not at all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from projection import __version__
from projection.cli import align, bench, convert, measure, project, tprojection, transfer, translate, vote
from projection.cli.console import LossError, report_error, report_losses
from projection.errors import Problem, ProjectionError

COMMANDS = (align, transfer, project, translate, tprojection, measure, convert, vote, bench)

EXIT_OK = 0
EXIT_LOSSES = 1
EXIT_WRONG = 2
EXIT_INTERRUPTED = 130

_EPILOG = (
    "Exit codes: 0 done; 1 nothing written because something would be lost (see --accept-losses); "
    "2 wrong usage or input; 130 interrupted."
)


def make_parser() -> argparse.ArgumentParser:
    """The parser with all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m projection",
        description="Carry labels from one language to another, and measure how well that went.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add_command(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = make_parser().parse_args(argv)
    as_json = bool(getattr(args, "json", False))
    try:
        args.run(args)
    except LossError as err:
        report_losses(err, as_json=as_json)
        return EXIT_LOSSES
    except ProjectionError as err:
        report_error(err.problem, as_json=as_json)
        return EXIT_WRONG
    except OSError as err:
        report_error(_file_problem(err), as_json=as_json)
        return EXIT_WRONG
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted: {getattr(args, 'interrupted', 'nothing was written')}\n")
        return EXIT_INTERRUPTED
    return EXIT_OK


def _file_problem(err: OSError) -> Problem:
    fault = f"{err.strerror or err}."
    return Problem("file-error", fault, "Check the path and its permissions.", place=str(err.filename or "file"))
