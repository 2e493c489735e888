"""Results of a bench in a JSON file that is complete after every row, so that an interrupted run goes on."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import projection
from projection.bench.base import Case, Options, RowKey
from projection.errors import FormatError, Problem

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A measured row.

    Attributes:
        key: its name.
        figures: by name, unrounded.
        note: what a reader must know about them.
        references: published figures and baselines: system, figure, value.
        seconds: wall time.
        fingerprint: of the code, the settings and the files that it was measured with.
        error: why it could not be measured, or "".
    """

    key: RowKey
    figures: Mapping[str, float]
    note: str
    references: tuple[Mapping[str, Any], ...]
    seconds: float
    fingerprint: str
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values; figures rounded to 2 decimals, those below 1 to 4."""
        values = {name: round(value, 4 if abs(value) < 1 else 2) for name, value in self.figures.items()}
        record = {**self.key._asdict(), "figures": values, "references": list(self.references)}
        record |= {"note": self.note, "error": self.error, "seconds": round(self.seconds, 2)}
        return record | {"fingerprint": self.fingerprint}


def code_digest() -> str:
    """Hash of the library's own source files, so that rows measured with other code are measured again."""
    root = Path(projection.__file__).parent
    digest = hashlib.sha256()
    for path in sorted((*root.rglob("*.py"), *root.rglob("*.json"))):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def fingerprint(case: Case, options: Options, code: str) -> str:
    """Hash of all that a row's figures depend on: code, engine, settings, names and sizes of its files."""
    parts = {
        "code": code,
        "engine": options.engine,
        "settings": dict(sorted(options.settings.items())),
        "files": [(path.name, path.stat().st_size) for path in case.files],
    }
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:16]


class Store:
    """The rows of a results file."""

    def __init__(self, path: Path, *, is_fresh: bool = False) -> None:
        """Open a results file, or begin one.

        Raises:
            FormatError: `bad-results` when the file is something else.
        """
        self._path = path
        self._rows: dict[RowKey, dict[str, Any]] = {}
        if path.exists() and not is_fresh:
            self._rows = {_key(record): record for record in _read(path)}

    def find(self, key: RowKey, wanted: str) -> dict[str, Any] | None:
        """The row of this name if it was measured without error under this fingerprint."""
        record = self._rows.get(key)
        if record is None or record.get("fingerprint") != wanted or record.get("error"):
            return None
        return record

    def add(self, row: Row) -> dict[str, Any]:
        """Take a row and write the file."""
        record = row.to_json()
        self._rows[row.key] = record
        temporary = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}.tmp")
        try:
            temporary.write_text(self._text(), encoding="utf-8")
            temporary.replace(self._path)
        finally:
            temporary.unlink(missing_ok=True)
        return record

    def _text(self) -> str:
        rows = [self._rows[key] for key in sorted(self._rows)]
        whole = {"format": _FORMAT, "version": projection.__version__, "rows": rows}
        return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _key(record: Mapping[str, Any]) -> RowKey:
    return RowKey(*(str(record[name]) for name in RowKey._fields))


def _read(path: Path) -> Iterable[dict[str, Any]]:
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        rows: list[dict[str, Any]] = whole["rows"] if whole["format"] == _FORMAT else []
        list(map(_key, rows))
    except (ValueError, KeyError, TypeError) as err:
        fault = "This is not a results file of the bench."
        remedy = "Name another file with --out, or begin anew with --fresh."
        raise FormatError(Problem("bad-results", fault, remedy, place=str(path))) from err
    return rows
