"""An SQLite file of values by key: what was made once, at great cost, and shall not be made again."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from projection.errors import FormatError, Problem

_MAX_VARIABLES = 500
_WAIT_S = 30.0


class KeyedFile:
    """One table of (key, source, value), texts all; for several threads and processes. Use it in a `with` block."""

    def __init__(self, path: Path, *, table: str, what: str) -> None:
        """Open or make the file.

        Args:
            path: the file.
            table: name of its table, a plain word.
            what: what the file is, for people: "cache of translations".

        Raises:
            FormatError: `bad-cache` when the file is something else, or cannot be opened.
        """
        self._table = table
        self._lock = threading.Lock()
        schema = f"CREATE TABLE IF NOT EXISTS {table} (key TEXT PRIMARY KEY, source TEXT NOT NULL, value TEXT NOT NULL)"
        try:
            self._connection = sqlite3.connect(path, timeout=_WAIT_S, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            # What was stored outlives a crash of the program; a power cut may cost the last entries.
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute(schema)
            self._connection.execute(f"SELECT key, source, value FROM {table} LIMIT 1")
        except sqlite3.Error as err:
            fault = f"The file is no {what} ({err})."
            raise FormatError(Problem("bad-cache", fault, "Name a new file.", place=str(path))) from err

    def __enter__(self) -> KeyedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def __len__(self) -> int:
        with self._lock:
            count: int = self._connection.execute(f"SELECT COUNT(*) FROM {self._table}").fetchone()[0]
        return count

    def get(self, keys: Sequence[str]) -> dict[str, str]:
        """Values of those of the keys that are known."""
        found: dict[str, str] = {}
        for start in range(0, len(keys), _MAX_VARIABLES):
            part = keys[start : start + _MAX_VARIABLES]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, value FROM {self._table} WHERE key IN ({marks})"
            with self._lock:
                found |= dict(self._connection.execute(query, part))
        return found

    def put(self, rows: Mapping[str, tuple[str, str]]) -> None:
        """Store (source, value) by key, in one transaction; values that are there are replaced."""
        written = [(key, source, value) for key, (source, value) in rows.items()]
        with self._lock, self._connection:
            self._connection.executemany(f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?, ?)", written)
