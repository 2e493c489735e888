"""Term lists: known translations of words and terms, one a line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from projection.errors import Problem
from projection.formats.base import ReadResult, decode, line_problem

DEFAULT_WEIGHT = 5.0

_N_COLUMNS = (2, 3)


@dataclass(frozen=True, slots=True)
class Term:
    """A known translation, with its weight in pseudo-counts (as if it had been seen so often).

    Terms are as the file writes them, perhaps of several words.
    """

    src: str
    tgt: str
    weight: float = DEFAULT_WEIGHT


def read_lexicon(data: bytes, *, encoding: str | None = None, weight: float = DEFAULT_WEIGHT) -> ReadResult[Term]:
    """Read lines of source term, target term and perhaps a weight, separated by tabs; `#` begins a comment line.

    Args:
        data: the file.
        encoding: see `decode`.
        weight: weight of lines without one.

    Raises:
        FormatError: the file cannot be decoded.
    """
    decoded = decode(data, encoding=encoding)
    problems: list[Problem] = []
    rows = list(_read_terms(decoded.lines, weight, problems))
    return ReadResult(rows, problems, encoding=decoded.encoding, newline=decoded.newline, n_lines=len(decoded.lines))


def _read_terms(lines: list[str], weight: float, problems: list[Problem]) -> Iterator[Term]:
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        term = _make_term(cells, weight)
        if term is None:
            fault = "The line is not a source term, a target term and perhaps a weight above 0, separated by tabs."
            problems.append(line_problem("bad-term", fault, "The line was left out.", line=number))
            continue
        yield term


def _make_term(cells: list[str], weight: float) -> Term | None:
    if len(cells) not in _N_COLUMNS or not (cells[0] and cells[1]):
        return None
    if len(cells) == _N_COLUMNS[1] and cells[2]:
        try:
            weight = float(cells[2])
        except ValueError:
            return None
    return Term(cells[0], cells[1], weight) if 0 < weight < math.inf else None
