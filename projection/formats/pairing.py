"""Bringing the sentences of two files together. Nothing is left out without a problem that says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from projection.errors import Problem
from projection.formats.base import Sentence
from projection.formats.idtable import IdRow, IdTable

CellKind = Literal["auto", "position", "id"]
_SOURCE, _TARGET = "source", "target"


class Pair(NamedTuple):
    """A source sentence and its target, under the id of the row that joined them."""

    id: str
    source: Sentence
    target: Sentence


@dataclass(frozen=True, slots=True)
class PairResult:
    """Pairs in source or table order, and what could not be paired.

    `Problem.row` and `Problem.line` of a problem count in the file that its place names: source, target or id table.
    """

    pairs: list[Pair]
    problems: list[Problem]


def pair_by_position(sources: Sequence[Sentence], targets: Sequence[Sentence]) -> PairResult:
    """Pair the n-th sentence with the n-th; different counts are a problem, and the surplus is named."""
    pairs = [Pair(source.id, source, target) for source, target in zip(sources, targets, strict=False)]
    problems: list[Problem] = []
    if len(sources) != len(targets):
        fault = f"The source has {len(sources)} sentences, the target {len(targets)}."
        remedy = "Check for a missing sentence, or pair by id or with an id table."
        problems.append(Problem("different-counts", fault, remedy))
    n_pairs = len(pairs)
    problems.extend(_unpaired(sources[n_pairs:], _SOURCE))
    problems.extend(_unpaired(targets[n_pairs:], _TARGET))
    return PairResult(pairs, problems)


def pair_by_id(sources: Sequence[Sentence], targets: Sequence[Sentence]) -> PairResult:
    """Pair sentences with equal ids, in source order. An id that a file has twice pairs nothing."""
    problems: list[Problem] = []
    by_id = _unique(targets, _TARGET, problems)
    usable = _unique(sources, _SOURCE, problems)
    pairs = [Pair(name, source, by_id[name]) for name, source in usable.items() if name in by_id]
    problems.extend(_unpaired((row for name, row in usable.items() if name not in by_id), _SOURCE))
    problems.extend(_unpaired((row for name, row in by_id.items() if name not in usable), _TARGET))
    return PairResult(pairs, problems)


def pair_by_table(
    table: IdTable,
    source_column: str,
    target_column: str,
    sources: Sequence[Sentence],
    targets: Sequence[Sentence],
    *,
    cells: CellKind = "auto",
) -> PairResult:
    """Pair the sentences that a row of an id table names, in table order.

    Args:
        table: from `read_id_table`; its own problems are not repeated.
        source_column: name of the column for the source file.
        target_column: name of the column for the target file.
        sources: sentences of the source file.
        targets: sentences of the target file.
        cells: what the cells hold; `auto` takes a column of nothing but digits for positions.

    Raises:
        FormatError: `no-such-column`.
    """
    problems: list[Problem] = []
    find_source = _Finder(table, source_column, sources, _SOURCE, cells, problems)
    find_target = _Finder(table, target_column, targets, _TARGET, cells, problems)
    pairs: list[Pair] = []
    for row in table.rows:
        source, target = find_source.find(row), find_target.find(row)
        if source is not None and target is not None:
            pairs.append(Pair(row.id, source, target))
    problems.extend(_unpaired((row for row in sources if row.row not in find_source.used), _SOURCE))
    problems.extend(_unpaired((row for row in targets if row.row not in find_target.used), _TARGET))
    return PairResult(pairs, problems)


class _Finder:
    """Looks up the sentences of one file that the rows of a table name."""

    def __init__(
        self,
        table: IdTable,
        column: str,
        sentences: Sequence[Sentence],
        side: str,
        cells: CellKind,
        problems: list[Problem],
    ) -> None:
        self.column = table.column_index(column)
        self.name = column
        self.sentences = sentences
        self.side = side
        self.problems = problems
        self.used: set[int] = set()
        values = [row.cells[self.column] for row in table.rows]
        self.is_position = cells == "position" or (cells == "auto" and all(is_number(cell) for cell in values if cell))
        self.by_id = {} if self.is_position else _unique(sentences, side, problems)

    def find(self, row: IdRow) -> Sentence | None:
        cell = row.cells[self.column]
        if not cell:
            self._refuse(row, "empty-cell", f"Column {self.name!r} is empty.")
            return None
        found = self._at_position(row, cell) if self.is_position else self._with_id(row, cell)
        if found is None:
            return None
        if found.row in self.used:
            self._refuse(row, "used-twice", f"The {self.side} sentence {cell} is in an earlier row already.")
            return None
        self.used.add(found.row)
        return found

    def _at_position(self, row: IdRow, cell: str) -> Sentence | None:
        if not is_number(cell):
            self._refuse(row, "not-a-position", f"{cell!r} in column {self.name!r} is not a position.")
            return None
        if int(cell) >= len(self.sentences):
            fault = f"Position {cell} is outside the {len(self.sentences)} {self.side} sentences, counted from 0."
            self._refuse(row, "position-out-of-range", fault)
            return None
        return self.sentences[int(cell)]

    def _with_id(self, row: IdRow, cell: str) -> Sentence | None:
        if cell not in self.by_id:
            self._refuse(row, "unknown-id", f"The {self.side} file has no sentence {cell!r}.")
            return None
        return self.by_id[cell]

    def _refuse(self, row: IdRow, code: str, message: str) -> None:
        place = f"id table, line {row.line}"
        self.problems.append(
            Problem(code, message, "The row was not paired.", place=place, line=row.line, row=row.line - 2)
        )


def is_number(text: str) -> bool:
    """Whether a cell is a position: ASCII digits only."""
    return text.isascii() and text.isdigit()


def _unique(sentences: Sequence[Sentence], side: str, problems: list[Problem]) -> dict[str, Sentence]:
    counts = Counter(sentence.id for sentence in sentences)
    for sentence in sentences:
        if counts[sentence.id] > 1:
            fault = f"{counts[sentence.id]} {side} sentences have the id {sentence.id!r}."
            problems.append(_problem("duplicate-id", fault, "Not paired: give each its own id.", sentence, side))
    return {sentence.id: sentence for sentence in sentences if counts[sentence.id] == 1}


def _unpaired(sentences: Iterable[Sentence], side: str) -> Iterator[Problem]:
    for sentence in sentences:
        other = _TARGET if side == _SOURCE else _SOURCE
        fault = f"The {side} sentence {sentence.id!r} has no {other} sentence."
        yield _problem("unpaired", fault, "It was not paired.", sentence, side)


def _problem(code: str, message: str, remedy: str, sentence: Sentence, side: str) -> Problem:
    place = f"{side}, line {sentence.line}"
    return Problem(code, message, remedy, place=place, line=sentence.line, row=sentence.row)
