"""Running tables: row after row, each kept as soon as it is there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from projection.bench.base import Case, Options, Table, Workbench
from projection.bench.published import find_references
from projection.bench.store import Row, Store, code_digest, fingerprint
from projection.errors import ProjectionError


class Measured(NamedTuple):
    """A row as it stands in the results file.

    Attributes:
        table: it belongs to.
        record: the row.
        is_new: whether it was measured in this run, not taken from the file.
    """

    table: Table
    record: dict[str, Any]
    is_new: bool


def run_bench(tables: Sequence[Table], options: Options, store: Store) -> Iterator[Measured]:
    """Measure all rows of some tables, in order; rows that the store has already are not measured again.

    A row that cannot be measured is one with an `error`; the next run tries it again.
    """
    code = code_digest()
    bench = Workbench(options)
    for table in tables:
        for case in table.list_cases(bench):
            wanted = fingerprint(case, options, code)
            known = store.find(case.key, wanted)
            if known is not None:
                yield Measured(table, known, is_new=False)
            else:
                yield Measured(table, store.add(_measure(case, wanted)), is_new=True)


def _measure(case: Case, wanted: str) -> Row:
    references = tuple(
        {"system": each.system, "figure": each.figure, "value": each.value} for each in find_references(case.key)
    )
    start = time.perf_counter()
    try:
        outcome = case.measure()
    except (ProjectionError, OSError, ValueError) as err:
        seconds = time.perf_counter() - start
        return Row(case.key, {}, "", references, seconds, wanted, error=str(err) or type(err).__name__)
    return Row(case.key, outcome.figures, outcome.note, references, time.perf_counter() - start, wanted)
