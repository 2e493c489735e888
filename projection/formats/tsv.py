"""Parallel tables: a header, then one sentence pair a row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from projection.errors import FormatError, Problem
from projection.formats.base import Decoded, ReadResult, Sentence, WriteResult, decode, line_problem
from projection.formats.pairing import Pair
from projection.formats.spans import lost_links
from projection.types import SOURCE, TARGET, Item

Quoting = Literal["auto", "csv", "none"]

COLUMN_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "pair_id", "sent_id"),
    "document": ("document", "doc", "doc_id", "file"),
    "source": ("source", "src", "source_text"),
    "target": ("target", "tgt", "target_text"),
}
_NEEDED = ("source", "target")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_BREAKS = re.compile(r"[\t\r\n]+")
_NEEDS_QUOTES = re.compile(r'[\t\r\n"]')
_DELIMITERS = ("\t", ";", ",")


def read_tsv(
    data: bytes, *, columns: Mapping[str, str] | None = None, quoting: Quoting = "auto", encoding: str | None = None
) -> ReadResult[Pair]:
    """Read a table with a source and a target column; id and document are optional, others go to `Sentence.meta`.

    Args:
        data: the file, separated by tabs (or, if its header has none, by semicolons or commas).
        columns: column names of the file for `source`, `target`, `id`, `document`; usual names are recognised.
        quoting: `csv` when fields may stand in double quotes, `none` when quotes are part of the text, `auto` to see
            from the file: `csv` if the header is quoted, or a quoted field holds a doubled quote and none is broken.
        encoding: see `projection.formats.base.decode`.

    Raises:
        FormatError: the file cannot be decoded (also `broken-quotes`), or has no such columns (`no-such-column`).
    """
    decoded = decode(data, encoding=encoding)
    table = split_table(decoded, quoting)
    reader = _TableReader(table.header, find_columns(table.header, COLUMN_NAMES, columns or {}, needed=_NEEDED))
    rows = [reader.read(line, fields) for line, fields in table.rows]
    info = {**table.info, **reader.chosen}
    return ReadResult(
        rows,
        sorted([*reader.problems, *_duplicates(rows)], key=lambda problem: problem.line),
        encoding=decoded.encoding,
        newline=decoded.newline,
        n_lines=len(decoded.lines),
        info=info,
    )


class Cells(NamedTuple):
    """A table in cells: its header, and each row with its line; `info` says how they were found."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    info: dict[str, str]


def split_table(decoded: Decoded, quoting: Quoting) -> Cells:
    """The cells of a table with a header.

    Raises:
        FormatError: `broken-quotes`.
    """
    delimiter = _find_delimiter(decoded.lines[0]) if decoded.lines else "\t"
    is_quoted = quoting == "csv" or (quoting == "auto" and _looks_quoted(decoded.lines, delimiter))
    table = list(_split(decoded, delimiter, is_quoted=is_quoted))
    header = [name.strip() for name in table[0][1]] if table else []
    return Cells(header, table[1:], {"delimiter": delimiter, "quoting": "csv" if is_quoted else "none"})


def _find_delimiter(header: str) -> str:
    return next((mark for mark in _DELIMITERS if mark in header), "\t")


def _looks_quoted(lines: Sequence[str], delimiter: str) -> bool:
    if delimiter != "\t" or (lines and lines[0].startswith('"')):
        return True
    quoted = [field for line in lines for field in line.split("\t") if field.startswith('"')]
    return all(map(_QUOTED.fullmatch, quoted)) and any('""' in field[1:-1] for field in quoted)


def _split(decoded: Decoded, delimiter: str, *, is_quoted: bool) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each row that is not empty."""
    if not is_quoted:
        for number, line in enumerate(decoded.lines, start=1):
            if line.strip():
                yield number, line.split(delimiter)
        return
    # Lines are split at line feeds only, as everywhere, unless the file has none.
    stream = io.StringIO(decoded.text, newline="" if decoded.newline == "cr" else "\n")
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    first = 1
    try:
        for fields in reader:
            if fields:
                yield first, fields
            first = reader.line_num + 1
    except csv.Error as err:
        fault = "The row that starts here has broken quotes, or a carriage return outside quotes."
        remedy = "Mend the row, or read the file without quoting."
        raise FormatError(line_problem("broken-quotes", fault, remedy, line=first)) from err


def find_columns(
    header: Sequence[str], known: Mapping[str, Sequence[str]], given: Mapping[str, str], *, needed: Collection[str]
) -> dict[str, int]:
    """Where the parts of a row stand, by their usual or given names.

    Raises:
        FormatError: `no-such-column` for one that is given or needed and not there.
    """
    found: dict[str, int] = {}
    lowered = [name.lower() for name in header]
    for part, names in known.items():
        wanted = [given[part]] if part in given else list(names)
        places = [header if part in given else lowered]
        index = next((places[0].index(name) for name in wanted if name in places[0]), None)
        if index is not None:
            found[part] = index
        elif part in given or part in needed:
            fault = f"The table has no column {wanted[0]!r}."
            columns = ", ".join(header) or "none"
            raise FormatError(line_problem("no-such-column", fault, f"Its columns: {columns}.", line=1))
    return found


class _TableReader:
    """Makes pairs of rows."""

    def __init__(self, header: Sequence[str], columns: Mapping[str, int]) -> None:
        self.header = header
        self.columns = columns
        self.problems: list[Problem] = []
        self.n_rows = 0
        self.chosen = {part: header[index] for part, index in columns.items()}

    def read(self, line: int, fields: list[str]) -> Pair:
        row = self.n_rows
        self.n_rows += 1
        if len(fields) != len(self.header):
            fault = f"The row has {len(fields)} column(s), the header {len(self.header)}."
            remedy = "Missing columns were read as empty, surplus ones left out."
            self.problems.append(line_problem("wrong-columns", fault, remedy, line=line, row=row))
        cells = {part: fields[index] if index < len(fields) else "" for part, index in self.columns.items()}
        for part in ("source", "target"):
            if not cells[part].strip():
                fault = f"The {part} sentence is empty."
                remedy = "Fill it in or skip this row."
                self.problems.append(line_problem("empty-sentence", fault, remedy, line=line, row=row))
        return self._make_pair(line, row, fields, cells)

    def _make_pair(self, line: int, row: int, fields: Sequence[str], cells: Mapping[str, str]) -> Pair:
        name = cells.get("id", "").strip() or str(row + 1)
        used = set(self.columns.values())
        named = zip(self.header, fields, strict=False)
        meta = {column: field for index, (column, field) in enumerate(named) if index not in used}
        source, target = (
            Sentence(name, cells[part], cells.get("document", "").strip(), line=line, row=row, meta=meta)
            for part in ("source", "target")
        )
        return Pair(name, source, target)


def _duplicates(rows: Iterable[Pair]) -> Iterator[Problem]:
    lines: dict[str, int] = {}
    for pair in rows:
        line = pair.source.line
        first = lines.setdefault(pair.id, line)
        if first != line:
            fault = f"The id {pair.id!r} was used before, in line {first}."
            remedy = "Give each sentence its own id."
            yield line_problem("duplicate-id", fault, remedy, line=line, row=pair.source.row)


def write_tsv(items: Iterable[Item], *, quoting: Literal["csv", "none"] = "csv") -> WriteResult:
    """Write id, document, source and target of each item, the first segment of each side.

    Without quoting, tabs and line breaks in a text become blanks. The loss report names these texts, and items whose
    spans or links are left out.
    """
    problems: list[Problem] = []
    # The header is quoted, so that a reader knows that fields may be.
    lines = ["id\tdocument\tsource\ttarget" if quoting == "none" else '"id"\t"document"\t"source"\t"target"']
    for row, item in enumerate(items):
        cells = [item.id, item.document, item.source.text, item.target.text]
        written = [_BREAKS.sub(" ", cell) if quoting == "none" else quote_cell(cell) for cell in cells]
        problems.extend(_losses(item, row, is_changed=quoting == "none" and written != cells))
        lines.append("\t".join(written))
    return WriteResult("".join(f"{line}\n" for line in lines), problems, len(lines) - 1)


def quote_cell(cell: str) -> str:
    """A cell as it stands in a quoted table."""
    if not _NEEDS_QUOTES.search(cell):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def _losses(item: Item, row: int, *, is_changed: bool) -> Iterator[Problem]:
    place = f"item {item.id}"
    if is_changed:
        fault = "Tabs or line breaks were replaced by blanks."
        yield Problem("line-break-lost", fault, "Write the table with quoting.", place, item_id=item.id, row=row)
    if item.spans:
        fault = f"{len(item.spans)} span(s) are left out: a table holds none."
        yield Problem("spans-lost", fault, "Use JSON Lines to keep them.", place, item_id=item.id, row=row)
    for side in (SOURCE, TARGET):
        yield from lost_links(item, side=side, row=row, has_spans=False)
    if item.alignments:
        fault = "The links are left out: a table holds none."
        yield Problem("links-lost", fault, "Use JSON Lines to keep them.", place, item_id=item.id, row=row)
