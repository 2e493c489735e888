"""Tables of one language: a header, then one text a row, with labels of the whole text in columns of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from projection.errors import Problem
from projection.formats.base import ReadResult, Sentence, WriteResult, decode, line_problem
from projection.formats.conll import duplicate_ids
from projection.formats.spans import lost_links
from projection.formats.tsv import Quoting, find_columns, quote_cell, split_table
from projection.types import TARGET, Interval, Item, Side

TABLE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "index_id", "sent_id", "text_id", "key"),
    "document": ("document", "doc", "doc_id", "file"),
    "text": ("text", "sentence", "utterance", "content"),
}
SEVERAL = "|"
"""Stands between the labels of a text that has several in one column."""


def read_table(
    data: bytes, *, columns: Mapping[str, str] | None = None, quoting: Quoting = "auto", encoding: str | None = None
) -> ReadResult[Sentence]:
    """Read a table with a column of texts; columns of other names go to `Sentence.meta`.

    Args:
        data: the file, separated by tabs (or, if its header has none, by semicolons or commas).
        columns: column names of the file for `text`, `id`, `document`; usual names are recognised.
        quoting: as in `projection.formats.tsv.read_tsv`.
        encoding: see `projection.formats.base.decode`.

    Raises:
        FormatError: the file cannot be decoded (also `broken-quotes`), or has no column of texts (`no-such-column`).
    """
    decoded = decode(data, encoding=encoding)
    cells = split_table(decoded, quoting)
    places = find_columns(cells.header, TABLE_COLUMNS, columns or {}, needed=("text",))
    problems: list[Problem] = []
    rows = [
        _read_row(number, line, fields, cells.header, places, problems)
        for number, (line, fields) in enumerate(cells.rows)
    ]
    problems = sorted([*problems, *duplicate_ids(rows)], key=lambda problem: problem.line)
    chosen = {part: cells.header[index] for part, index in places.items()}
    others = [name for index, name in enumerate(cells.header) if index not in places.values()]
    info = {**cells.info, **chosen, "labels": others}
    return ReadResult(
        rows,
        problems,
        encoding=decoded.encoding,
        newline=decoded.newline,
        n_lines=len(decoded.lines),
        info=info,
    )


def _read_row(
    row: int,
    line: int,
    fields: Sequence[str],
    header: Sequence[str],
    places: Mapping[str, int],
    problems: list[Problem],
) -> Sentence:
    if len(fields) != len(header):
        fault = f"The row has {len(fields)} column(s), the header {len(header)}."
        remedy = "Missing columns were read as empty, surplus ones left out."
        problems.append(line_problem("wrong-columns", fault, remedy, line=line, row=row))
    cells = {part: fields[index] if index < len(fields) else "" for part, index in places.items()}
    if not cells["text"].strip():
        remedy = "Fill it in or skip this row."
        problems.append(line_problem("empty-sentence", "The text is empty.", remedy, line=line, row=row))
    used = set(places.values())
    named = enumerate(zip(header, fields, strict=False))
    meta = {column: field.strip() for index, (column, field) in named if index not in used}
    name = cells.get("id", "").strip() or str(row + 1)
    return Sentence(name, cells["text"], cells.get("document", "").strip(), line=line, row=row, meta=meta)


def write_table(items: Iterable[Item], *, side: Side = TARGET, layers: Sequence[str] = ()) -> WriteResult:
    """Write the first segment of a side of each item, with one column for each layer of classes.

    Args:
        items: of any kind; of their labels those of the whole text are written.
        side: which side to write.
        layers: names of the layers to write; several labels of one text are joined by `|`.

    Returns:
        The file, and a loss report: labels of other layers or of parts of the text (`spans-lost`), relations and
        concepts, and labels that hold a `|` (`value-lost`).
    """
    pieces: list[str] = []
    problems: list[Problem] = []
    for piece, losses in iter_table(items, side=side, layers=layers):
        pieces.append(piece)
        problems += losses
    return WriteResult("".join(pieces), problems, len(pieces) - 1)


def iter_table(
    items: Iterable[Item], *, side: Side = TARGET, layers: Sequence[str] = ()
) -> Iterator[tuple[str, list[Problem]]]:
    """As `write_table`, for streams: the header, then one (row, losses) for each item."""
    # The header is quoted, so that a reader knows that fields may be.
    yield "\t".join(f'"{name}"' for name in ("id", "document", "text", *layers)) + "\n", []
    for row, item in enumerate(items):
        index = item.segment_index(side)
        text = item.segments[index].text
        found, n_lost = _classes(item, index, layers)
        labels = [SEVERAL.join(found[layer]) for layer in layers]
        problems = [*_losses(item, row, n_lost, found), *lost_links(item, side=side, row=row, has_spans=False)]
        yield "\t".join(map(quote_cell, (item.id, item.document, text, *labels))) + "\n", problems


def _classes(item: Item, index: int, layers: Sequence[str]) -> tuple[dict[str, list[str]], int]:
    """Labels of the whole text by layer, and how many other labels its side has."""
    segment = item.segments[index]
    whole = (Interval(0, len(segment.text)),)
    found: dict[str, list[str]] = {layer: [] for layer in layers}
    n_lost = 0
    for span in item.spans_of(segment.side):
        if span.segment == index and span.intervals == whole and span.layer in found:
            found[span.layer].append(span.label)
        else:
            n_lost += 1
    return found, n_lost


def _losses(item: Item, row: int, n_lost: int, found: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    place = f"item {item.id}"
    if n_lost:
        fault = f"{n_lost} label(s) are left out: a table holds classes of the first text only."
        yield Problem("spans-lost", fault, "Use JSON Lines to keep them.", place, item_id=item.id, row=row)
    if any(SEVERAL in label for labels in found.values() for label in labels):
        fault = f"A label holds the sign {SEVERAL}, which stands between labels."
        yield Problem("value-lost", fault, "Use JSON Lines to keep them apart.", place, item_id=item.id, row=row)
