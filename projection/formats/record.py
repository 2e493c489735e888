"""From a decoded JSON record to an item, checking types, references and offsets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from projection.errors import OffsetError, Problem
from projection.formats.base import line_problem
from projection.text import check_span
from projection.types import SOURCE, TARGET, Alignment, Candidate, Interval, Item, Link, Segment, Span

Value = TypeVar("Value")
Note = Callable[[str], None]

_ITEM = frozenset({"id", "document", "segments", "spans", "alignments", "candidates", "meta"})
_SEGMENT = frozenset({"text", "lang", "side", "role", "tokens"})
_SPAN = frozenset({"id", "label", "segment", "intervals", "surface", "layer", "source_id", "meta"})
_ALIGNMENT = frozenset({"src_segment", "tgt_segment", "links"})
_KINDS = {"str": "a string", "list": "a list", "dict": "an object"}
_CANDIDATE = frozenset({"source_id", "rank", "score", "span", "parts", "reason", "probability"})


class BadRecordError(Exception):
    """A record that cannot be used; becomes a `Problem` where the line is known."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class UnknownFields:
    """Names of fields that the format does not have, with the line where each was first seen."""

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}

    def at(self, line: int) -> Note:
        """A function that notes a name for this line."""
        return lambda name: self._note(name, line)

    def _note(self, name: str, line: int) -> None:
        self._lines.setdefault(name, line)

    def problems(self) -> Iterator[Problem]:
        """One problem for each name."""
        for name, line in self._lines.items():
            fault = f"The field {name!r} is not part of the format; the first one is here."
            yield line_problem("unknown-field", fault, "It was left out; put it into 'meta' to keep it.", line=line)


def read_item(record: object, *, unknown: Note) -> Item:
    """Build an item.

    Args:
        record: a decoded JSON value.
        unknown: is told the name of each field that the format does not have.

    Raises:
        BadRecordError: `bad-record`, `bad-offset`, `bad-reference`.
    """
    fields = _mapping(record, "the record")
    _note_unknown(fields, _ITEM, "", unknown)
    item_id = _get(fields, "id", str)
    if not item_id:
        raise _bad("'id' is empty.")
    segments = tuple(_segment(entry, f"segments[{n}]", unknown) for n, entry in _entries(fields, "segments"))
    if not segments:
        raise _bad("'segments' is empty.")
    spans = tuple(_span(entry, segments, f"spans[{n}]", unknown) for n, entry in _entries(fields, "spans"))
    _check_span_ids(spans)
    return Item(
        id=item_id,
        segments=segments,
        spans=spans,
        document=_get(fields, "document", str, ""),
        alignments=tuple(
            _alignment(entry, segments, f"alignments[{n}]", unknown) for n, entry in _entries(fields, "alignments")
        ),
        candidates=tuple(
            _candidate(entry, segments, f"candidates[{n}]", unknown) for n, entry in _entries(fields, "candidates")
        ),
        meta=_get(fields, "meta", dict, {}),
    )


def _segment(entry: object, place: str, unknown: Note) -> Segment:
    fields = _mapping(entry, place)
    _note_unknown(fields, _SEGMENT, "segments.", unknown)
    text = _get(fields, "text", str, place=place)
    side = _get(fields, "side", str, place=place)
    if side not in (SOURCE, TARGET):
        raise _bad(f"'side' in {place} is {side!r}, not 'source' or 'target'.")
    tokens = _intervals(fields.get("tokens", []), f"'tokens' in {place}")
    _check_tokens(tokens, len(text), place)
    return Segment(
        text=text,
        lang=_get(fields, "lang", str, place=place),
        side=SOURCE if side == SOURCE else TARGET,
        role=_get(fields, "role", str, "text", place=place),
        tokens=tokens,
    )


def _check_tokens(tokens: Sequence[Interval], length: int, place: str) -> None:
    end_before = 0
    for number, (start, end) in enumerate(tokens):
        if not end_before <= start < end <= length:
            fault = f"Token {number} in {place} ({start}-{end}) is empty, out of order or outside the text."
            raise BadRecordError("bad-offset", fault)
        end_before = end


def _span(entry: object, segments: Sequence[Segment], place: str, unknown: Note) -> Span:
    fields = _mapping(entry, place)
    _note_unknown(fields, _SPAN, "spans.", unknown)
    label = _get(fields, "label", str, place=place)
    if not label:
        raise _bad(f"'label' in {place} is empty.")
    segment = _index(fields, "segment", len(segments), place)
    intervals = _intervals(_get(fields, "intervals", list, place=place), f"'intervals' in {place}")
    surface = _get(fields, "surface", str, place=place) if "surface" in fields else None
    try:
        check_span(segments[segment].text, intervals, surface=surface)
    except OffsetError as err:
        raise BadRecordError("bad-offset", f"{place}: {err.problem.message}") from err
    return Span(
        label=label,
        intervals=intervals,
        segment=segment,
        layer=_get(fields, "layer", str, "spans", place=place),
        id=_get(fields, "id", str, "", place=place),
        source_id=_get(fields, "source_id", str, "", place=place),
        meta=_get(fields, "meta", dict, {}, place=place),
    )


def _check_span_ids(spans: Sequence[Span]) -> None:
    seen: set[str] = set()
    for span in spans:
        if span.id and span.id in seen:
            raise BadRecordError("bad-reference", f"Two spans have the id {span.id!r}.")
        seen.add(span.id)


def _alignment(entry: object, segments: Sequence[Segment], place: str, unknown: Note) -> Alignment:
    fields = _mapping(entry, place)
    _note_unknown(fields, _ALIGNMENT, "alignments.", unknown)
    source = _index(fields, "src_segment", len(segments), place, default=0)
    target = _index(fields, "tgt_segment", len(segments), place, default=1)
    sizes = len(segments[source].tokens), len(segments[target].tokens)
    links = tuple(_link(link, sizes, place) for link in _get(fields, "links", list, place=place))
    return Alignment(links, source, target)


def _link(link: object, sizes: tuple[int, int], place: str) -> Link:
    if not (isinstance(link, list) and len(link) in (2, 3) and _is_index(link[0]) and _is_index(link[1])):
        raise _bad(f"{place} has a link that is not [source token, target token, probability].")
    probability = link[2] if len(link) == 3 else 1.0
    if not _is_number(probability) or not 0 <= probability <= 1:
        raise _bad(f"{place} has a link whose probability is not between 0 and 1.")
    if link[0] >= sizes[0] or link[1] >= sizes[1]:
        fault = f"{place}: the link {link[0]}-{link[1]} is outside {sizes[0]} source and {sizes[1]} target tokens."
        raise BadRecordError("bad-reference", fault)
    return Link(link[0], link[1], probability)


def _candidate(entry: object, segments: Sequence[Segment], place: str, unknown: Note) -> Candidate:
    fields = _mapping(entry, place)
    _note_unknown(fields, _CANDIDATE, "candidates.", unknown)
    span = fields.get("span")
    score = fields.get("score", "")
    parts = _get(fields, "parts", dict, {}, place=place)
    if not _is_number(score) or not all(_is_number(part) for part in parts.values()):
        raise _bad(f"'score' or 'parts' in {place} is not a number.")
    probability = fields.get("probability")
    if probability is not None and not (_is_number(probability) and 0 <= probability <= 1):
        raise _bad(f"'probability' in {place} is not a number from 0 to 1.")
    rank = fields.get("rank", 0)
    if not _is_index(rank):
        raise _bad(f"'rank' in {place} is not 0 or more.")
    return Candidate(
        source_id=_get(fields, "source_id", str, place=place),
        span=None if span is None else _span(span, segments, f"{place}.span", unknown),
        score=float(score),
        parts=parts,
        rank=rank,
        reason=_get(fields, "reason", str, "", place=place),
        probability=None if probability is None else float(probability),
    )


# -------------------------------------------------------------------------------------------------------- small checks


def _bad(message: str) -> BadRecordError:
    return BadRecordError("bad-record", "The" + message[3:] if message.startswith("the ") else message)


def _mapping(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(f"{place} is not an object.")
    return value


def _get(
    fields: Mapping[str, Any], name: str, kind: type[Value], default: Value | None = None, *, place: str = "the record"
) -> Value:
    value = fields.get(name, default)
    if value is None:
        raise _bad(f"{place} has no {name!r}.")
    if not isinstance(value, kind):
        raise _bad(f"{name!r} in {place} is not {_KINDS[kind.__name__]}.")
    return value


def _entries(fields: Mapping[str, Any], name: str) -> Iterator[tuple[int, object]]:
    return enumerate(_get(fields, name, list, []))


def _index(fields: Mapping[str, Any], name: str, size: int, place: str, *, default: int = 0) -> int:
    value = fields.get(name, default)
    if not _is_index(value):
        raise _bad(f"{name!r} in {place} is not 0 or more.")
    if value >= size:
        raise BadRecordError("bad-reference", f"{place}: there is no segment {value}.")
    return int(value)


def _intervals(values: object, place: str) -> tuple[Interval, ...]:
    if not isinstance(values, list):
        raise _bad(f"{place} is not a list.")
    for value in values:
        # Exact types: a decoded `true` is an `int` too.
        if type(value) is not list or len(value) != 2 or type(value[0]) is not int or type(value[1]) is not int:
            raise _bad(f"{place} is not a list of pairs of whole numbers.")
    return tuple(Interval(start, end) for start, end in values)


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _note_unknown(fields: Mapping[str, Any], known: frozenset[str], prefix: str, unknown: Note) -> None:
    for name in fields.keys() - known:
        unknown(prefix + name)
