"""Rows of the bench as lines for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from projection.bench.base import Table

_NAME_WIDTH = 44
_WIDTH = 9


def head_lines(table: Table) -> list[str]:
    """The title and the column heads of a table."""
    heads = "".join(f"{name:>{_WIDTH}}" for name in _shown(table.columns))
    return ["", f"{table.name}: {table.title}", f"{'':{_NAME_WIDTH}}{heads}  beside"]


def row_line(table: Table, record: Mapping[str, Any]) -> str:
    """One row: its name, its figures, what others reached."""
    name = " ".join(part for part in (record["lang"], record["part"], record["variant"]) if part)
    if record["error"]:
        return f"{name:{_NAME_WIDTH}}  failed: {record['error']}"
    cells = "".join(_cell(record["figures"].get(column), table.n_decimals) for column in table.columns)
    beside = ", ".join(f"{each['system']} {each['value']:g}" for each in record["references"])
    return f"{name:{_NAME_WIDTH}}{cells}  {beside}".rstrip()


def note_lines(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a reader must know about rows, each remark once."""
    notes = dict.fromkeys(record["note"] for record in records if record["note"])
    return [f"  note: {note}" for note in notes]


def _shown(columns: Sequence[str]) -> list[str]:
    return [name[: _WIDTH - 1] for name in columns]


def _cell(value: float | None, n_decimals: int) -> str:
    if value is None:
        return f"{'':>{_WIDTH}}"
    text = str(value) if isinstance(value, int) else f"{value:.{n_decimals}f}"
    return f"{text:>{_WIDTH}}"
