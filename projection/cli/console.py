"""What the command line says: results, progress, problems, errors. The only place of the package that writes to it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from projection.errors import Problem

_SHOWN_PROBLEMS = 20
_BAR_WIDTH = 30


class LossError(Exception):
    """The output would lose something that the user has not accepted."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} losses")
        self.problems = tuple(problems)


class Progress:
    """A bar on standard error, only where that is a terminal."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._shown = -1
        self._is_on = sys.stderr.isatty()

    def __call__(self, share: float) -> None:
        percent = int(100 * min(1.0, share))
        if not self._is_on or percent == self._shown:
            return
        self._shown = percent
        bar = "#" * (percent * _BAR_WIDTH // 100)
        sys.stderr.write(f"\r{self._title} [{bar:<{_BAR_WIDTH}}] {percent:3d} %")
        if percent == 100:
            sys.stderr.write("\n")
        sys.stderr.flush()


def show_result(result: Mapping[str, Any], *, as_json: bool, lines: Sequence[str]) -> None:
    """Write a result to standard output: as one JSON object, or as the lines made for people."""
    text = json.dumps(result, ensure_ascii=False) if as_json else "\n".join(lines)
    sys.stdout.write(text + "\n")


def show_lines(lines: Sequence[str]) -> None:
    """Write lines for people to standard output at once, while the work goes on."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def warn(problems: Sequence[Problem], *, path: str = "") -> None:
    """Name problems that did not stop the work, on standard error."""
    for problem in problems[:_SHOWN_PROBLEMS]:
        sys.stderr.write(f"note: {_located(problem, path)}\n")
    if len(problems) > _SHOWN_PROBLEMS:
        sys.stderr.write(f"note: and {len(problems) - _SHOWN_PROBLEMS} more (all of them with --json)\n")


def report_error(problem: Problem, *, as_json: bool) -> None:
    """Name what stopped the work."""
    if as_json:
        sys.stdout.write(json.dumps({"error": asdict(problem)}, ensure_ascii=False) + "\n")
    sys.stderr.write(f"error: {problem}\n")


def report_losses(err: LossError, *, as_json: bool) -> None:
    """Name what would be lost."""
    if as_json:
        losses = [asdict(problem) for problem in err.problems]
        sys.stdout.write(json.dumps({"losses": losses}, ensure_ascii=False) + "\n")
    warn(err.problems)
    sys.stderr.write(f"error: {len(err.problems)} loss(es), nothing was written. Add --accept-losses to go on.\n")


def _located(problem: Problem, path: str) -> str:
    return f"{path}: {problem}" if path else str(problem)
