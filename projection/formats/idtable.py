"""Tables that say which sentence of one file belongs to which of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from projection.errors import FormatError, Problem
from projection.formats.base import decode, line_problem


@dataclass(frozen=True, slots=True)
class IdRow:
    """One row: an id and, for each column, a 0-based position or a sentence id as written; "" for none."""

    id: str
    cells: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class IdTable:
    """An id table.

    Attributes:
        id_column: name of the first column.
        columns: names of the others, one for each language or file.
        rows: in file order; each has as many cells as there are columns.
        problems: rows that could not be used.
    """

    id_column: str
    columns: tuple[str, ...]
    rows: tuple[IdRow, ...]
    problems: list[Problem]
    encoding: str = "utf-8"
    newline: str = "lf"
    n_lines: int = 0
    info: dict[str, str] = field(default_factory=dict)

    def column_index(self, name: str) -> int:
        """Index of a column.

        Raises:
            FormatError: `no-such-column`.
        """
        if name in self.columns:
            return self.columns.index(name)
        fault = f"The id table has no column {name!r}."
        raise FormatError(Problem("no-such-column", fault, f"Its columns: {', '.join(self.columns)}."))


def read_id_table(data: bytes, *, encoding: str | None = None) -> IdTable:
    """Read a tab-separated table with a header: first an id, then one column for each language.

    Each cell holds the 0-based position, or the id, of that sentence in the file of the language.

    Raises:
        FormatError: the file cannot be decoded, has no header of two columns, or names a column twice.
    """
    decoded = decode(data, encoding=encoding)
    header = decoded.lines[0].split("\t") if decoded.lines else []
    names = tuple(name.strip() for name in header)
    if len(names) < 2 or not all(names) or len(set(names)) < len(names):
        fault = "The first line is not a header of at least two different column names, separated by tabs."
        raise FormatError(line_problem("bad-header", fault, "Add one: an id column, then one per language.", line=1))
    problems: list[Problem] = []
    rows = tuple(_read_rows(decoded.lines, len(names), problems))
    return IdTable(names[0], names[1:], rows, problems, decoded.encoding, decoded.newline, len(decoded.lines))


def _read_rows(lines: list[str], n_columns: int, problems: list[Problem]) -> Iterator[IdRow]:
    seen: dict[str, int] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = tuple(cell.strip() for cell in line.split("\t"))
        problem = _row_problem(cells, n_columns, seen, number)
        if problem is not None:
            problems.append(problem)
            continue
        seen[cells[0]] = number
        yield IdRow(cells[0], cells[1:], number)


def _row_problem(cells: tuple[str, ...], n_columns: int, seen: dict[str, int], line: int) -> Problem | None:
    row = line - 2
    if len(cells) != n_columns:
        fault = f"The row has {len(cells)} column(s), the header {n_columns}."
        return line_problem("wrong-columns", fault, "The row was left out.", line=line, row=row)
    if not cells[0]:
        return line_problem("empty-id", "The row has no id.", "The row was left out.", line=line, row=row)
    if cells[0] in seen:
        fault = f"The id {cells[0]!r} was used before, in line {seen[cells[0]]}."
        return line_problem("duplicate-id", fault, "The row was left out.", line=line, row=row)
    return None
