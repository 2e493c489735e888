"""JSON Lines: one item a line, everything that the library knows about it, written and read without loss.

The fields are those of `projection.types`, in their order: intervals are `[start, end]`, links `[source token, target
token, probability]`. `surface` of a span is written for people and checked on reading. Parts that are empty or have
their default value are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from projection.errors import Problem
from projection.formats.base import ReadResult, WriteResult, decode, line_problem, no_collection
from projection.formats.fields import BadRecordError, UnknownFields, json_value
from projection.formats.record import read_item
from projection.types import Alignment, Candidate, Item, Relation, Segment, Span


@no_collection()
def read_jsonl(data: bytes | Iterable[str], *, encoding: str | None = None) -> ReadResult[Item]:
    """Read items, checking every offset.

    A record with a fault is left out and reported with its line; `Problem.row` counts the records of the file, those
    left out included. Fields that the format does not have are reported once each.

    Args:
        data: the file, or its lines.
        encoding: see `projection.formats.base.decode`.

    Raises:
        FormatError: the file cannot be decoded.
    """
    if isinstance(data, bytes):
        decoded = decode(data, encoding=encoding)
        lines, codec, newline = decoded.lines, decoded.encoding, decoded.newline
    else:
        lines, codec, newline = [line.rstrip("\r\n") for line in data], "utf-8", "lf"
    items: list[Item] = []
    problems: list[Problem] = []
    unknown = UnknownFields()
    for item, problem in _read_records(lines, unknown):
        if item is not None:
            items.append(item)
        if problem is not None:
            problems.append(problem)
    problems = sorted([*problems, *unknown.problems()], key=lambda problem: problem.line)
    labels = Counter(span.label for item in items for span in item.spans)
    labels.update(relation.label for item in items for relation in item.relations)
    return ReadResult(items, problems, labels, codec, newline, len(lines))


def _read_records(lines: Iterable[str], unknown: UnknownFields) -> Iterator[tuple[Item | None, Problem | None]]:
    seen: dict[str, int] = {}
    row = -1
    for line_number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row += 1
        try:
            item = _read_line(line, line_number, unknown)
            _check_new(item.id, seen, line_number)
        except BadRecordError as err:
            message, remedy = err.message, "The record was left out."
            yield None, line_problem(err.code, message, remedy, line=line_number, row=row)
        else:
            yield item, None


def _read_line(line: str, line_number: int, unknown: UnknownFields) -> Item:
    try:
        record = orjson.loads(line)
    except ValueError as err:
        raise BadRecordError("bad-json", f"The line is not valid JSON: {_first_part(str(err))}.") from err
    return read_item(record, unknown=unknown.at(line_number))


def _first_part(message: str) -> str:
    return message.partition(": line")[0]


def _check_new(item_id: str, seen: dict[str, int], line_number: int) -> None:
    first = seen.setdefault(item_id, line_number)
    if first != line_number:
        raise BadRecordError("duplicate-id", f"The id {item_id!r} was used before, in line {first}.")


# ------------------------------------------------------------------------------------------------------------- writing


def write_jsonl(items: Iterable[Item]) -> WriteResult:
    """Write items, one a line, with the same bytes for the same items.

    Returns:
        The file, and one problem for each value that JSON cannot hold (`value-lost`: written as null) and each item
        that cannot be written at all (`item-lost`).
    """
    pieces: list[str] = []
    problems: list[Problem] = []
    for piece, losses in iter_jsonl(items):
        pieces.append(piece)
        problems.extend(losses)
    return WriteResult("".join(pieces), problems, sum(map(bool, pieces)))


def iter_jsonl(items: Iterable[Item]) -> Iterator[tuple[str, list[Problem]]]:
    """As `write_jsonl`, one (line, losses) for each item, for streams; the line is "" for an item that is lost."""
    for row, item in enumerate(items):
        writer = _ItemWriter(item, row)
        yield writer.write(), writer.problems


class _ItemWriter:
    """Turns one item into JSON and notes what JSON cannot hold."""

    def __init__(self, item: Item, row: int) -> None:
        self.item = item
        self.row = row
        self.problems: list[Problem] = []

    def write(self) -> str:
        record = self._item()
        try:
            return orjson.dumps(record).decode() + "\n"
        except TypeError:
            self._report("item-lost", "The item holds a text that is not valid Unicode.", "The item was left out.")
            return ""

    def _item(self) -> dict[str, Any]:
        item = self.item
        record: dict[str, Any] = {"id": item.id}
        if item.document:
            record["document"] = item.document
        record["segments"] = [_segment(segment) for segment in item.segments]
        if item.spans:
            record["spans"] = [self._span(span) for span in item.spans]
        if item.relations:
            record["relations"] = [self._relation(relation) for relation in item.relations]
        if item.alignments:
            record["alignments"] = [self._alignment(alignment) for alignment in item.alignments]
        if item.candidates:
            record["candidates"] = [self._candidate(candidate) for candidate in item.candidates]
        if item.meta:
            record["meta"] = self._value(item.meta, "meta")
        return record

    def _span(self, span: Span) -> dict[str, Any]:
        record: dict[str, Any] = {"id": span.id} if span.id else {}
        record |= {"label": span.label, "segment": span.segment, "intervals": [list(pair) for pair in span.intervals]}
        if span.segment in range(len(self.item.segments)):
            record["surface"] = span.surface(self.item.segments[span.segment].text)
        if span.layer != "spans":
            record["layer"] = span.layer
        if span.source_id:
            record["source_id"] = span.source_id
        if span.concept:
            record["concept"] = span.concept
        if span.meta:
            record["meta"] = self._value(span.meta, "meta of a span")
        return record

    def _relation(self, relation: Relation) -> dict[str, Any]:
        record: dict[str, Any] = {"id": relation.id} if relation.id else {}
        record |= {"label": relation.label, "head": relation.head, "tail": relation.tail}
        if relation.layer != "relations":
            record["layer"] = relation.layer
        if relation.source_id:
            record["source_id"] = relation.source_id
        if relation.meta:
            record["meta"] = self._value(relation.meta, "meta of a relation")
        return record

    def _alignment(self, alignment: Alignment) -> dict[str, Any]:
        return {
            "src_segment": alignment.src_segment,
            "tgt_segment": alignment.tgt_segment,
            "links": [[src, tgt, self._value(value, "probability")] for src, tgt, value in alignment.links],
        }

    def _candidate(self, candidate: Candidate) -> dict[str, Any]:
        record: dict[str, Any] = {
            "source_id": candidate.source_id,
            "rank": candidate.rank,
            "score": self._value(candidate.score, "score"),
            "span": None if candidate.span is None else self._span(candidate.span),
        }
        if candidate.parts:
            record["parts"] = self._value(candidate.parts, "parts")
        if candidate.reason:
            record["reason"] = candidate.reason
        if candidate.probability is not None:
            record["probability"] = self._value(candidate.probability, "probability")
        return record

    def _value(self, value: object, name: str) -> Any:
        return json_value(
            value, lambda lost: self._report("value-lost", f"JSON cannot hold {lost!r} in {name}.", "Written as null.")
        )

    def _report(self, code: str, message: str, remedy: str) -> None:
        item_id = self.item.id
        self.problems.append(Problem(code, message, remedy, f"item {item_id}", item_id=item_id, row=self.row))


def _segment(segment: Segment) -> dict[str, Any]:
    record: dict[str, Any] = {"text": segment.text, "lang": segment.lang, "side": segment.side}
    if segment.role != "text":
        record["role"] = segment.role
    if segment.tokens:
        record["tokens"] = [list(token) for token in segment.tokens]
    return record
