"""Plain text: one sentence a line, as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from projection.errors import Problem
from projection.formats.base import ReadResult, Sentence, WriteResult, decode, line_problem
from projection.types import TARGET, Item, Side


def read_plain(data: bytes, *, encoding: str | None = None) -> ReadResult[Sentence]:
    """Read one sentence a line. Empty lines stay as rows, so that positions do not shift.

    Raises:
        FormatError: see `projection.formats.base.decode`.
    """
    decoded = decode(data, encoding=encoding)
    rows: list[Sentence] = []
    problems: list[Problem] = []
    for row, text in enumerate(decoded.lines):
        line = row + 1
        rows.append(Sentence(id=str(line), text=text, line=line, row=row))
        if not text.strip():
            fault = "The line is empty: there is no sentence here."
            problems.append(line_problem("empty-sentence", fault, "Fill it in or skip this row.", line=line, row=row))
    return ReadResult(rows, problems, Counter(), decoded.encoding, decoded.newline, len(decoded.lines))


def write_plain(items: Iterable[Item], *, side: Side = TARGET) -> WriteResult:
    """Write the text of the first segment of a side, one line each; line breaks inside a text become blanks.

    The loss report names every item whose text was changed or whose spans are left out.
    """
    lines: list[str] = []
    problems: list[Problem] = []
    for row, item in enumerate(items):
        index = item.segment_index(side)
        text = item.segments[index].text
        flat = " ".join(text.splitlines()) if len(text.splitlines()) > 1 else text.rstrip("\r\n")
        lines.append(flat)
        n_spans = sum(span.segment == index for span in item.spans)
        problems.extend(_losses(item.id, row, is_changed=flat != text, n_spans=n_spans))
    return WriteResult("".join(f"{line}\n" for line in lines), problems, len(lines))


def _losses(item_id: str, row: int, *, is_changed: bool, n_spans: int) -> Iterable[Problem]:
    place = f"item {item_id}"
    if is_changed:
        message = "The line breaks of the text were replaced by blanks."
        yield Problem("line-break-lost", message, "Use JSON Lines to keep them.", place=place, item_id=item_id, row=row)
    if n_spans:
        message = f"{n_spans} span(s) are left out: plain text holds none."
        yield Problem("spans-lost", message, "Use JSON Lines or CoNLL.", place=place, item_id=item_id, row=row)
