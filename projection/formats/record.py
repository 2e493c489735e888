"""From a decoded JSON record to an item, checking types, references and offsets."""

from __future__ import annotations

from collections.abc import Sequence

from projection.errors import OffsetError
from projection.formats.fields import (
    BadRecordError,
    Note,
    as_intervals,
    as_mapping,
    bad_record,
    get_field,
    get_index,
    is_index,
    is_number,
    list_entries,
    note_unknown,
)
from projection.text import check_span
from projection.types import SOURCE, TARGET, Alignment, Candidate, Interval, Item, Link, Relation, Segment, Side, Span

_ITEM = frozenset({"id", "document", "segments", "spans", "relations", "alignments", "candidates", "meta"})
_SEGMENT = frozenset({"text", "lang", "side", "role", "tokens"})
_SPAN = frozenset({"id", "label", "segment", "intervals", "surface", "layer", "source_id", "concept", "meta"})
_RELATION = frozenset({"id", "label", "head", "tail", "layer", "source_id", "meta"})
_ALIGNMENT = frozenset({"src_segment", "tgt_segment", "links"})
_CANDIDATE = frozenset({"source_id", "rank", "score", "span", "parts", "reason", "probability"})


def read_item(record: object, *, unknown: Note) -> Item:
    """Build an item.

    Args:
        record: a decoded JSON value.
        unknown: is told the name of each field that the format does not have.

    Raises:
        BadRecordError: `bad-record`, `bad-offset`, `bad-reference`.
    """
    fields = as_mapping(record, "the record")
    note_unknown(fields, _ITEM, "", unknown)
    item_id = get_field(fields, "id", str)
    if not item_id:
        raise bad_record("'id' is empty.")
    segments = tuple(_segment(entry, f"segments[{n}]", unknown) for n, entry in list_entries(fields, "segments"))
    if not segments:
        raise bad_record("'segments' is empty.")
    spans = tuple(read_span(entry, segments, f"spans[{n}]", unknown) for n, entry in list_entries(fields, "spans"))
    relations = tuple(_relation(entry, f"relations[{n}]", unknown) for n, entry in list_entries(fields, "relations"))
    _check_ids(spans, relations)
    _check_ends(segments, spans, relations)
    return Item(
        id=item_id,
        segments=segments,
        spans=spans,
        document=get_field(fields, "document", str, ""),
        alignments=tuple(
            _alignment(entry, segments, f"alignments[{n}]", unknown) for n, entry in list_entries(fields, "alignments")
        ),
        candidates=tuple(
            _candidate(entry, segments, f"candidates[{n}]", unknown) for n, entry in list_entries(fields, "candidates")
        ),
        meta=get_field(fields, "meta", dict, {}),
        relations=relations,
    )


def _segment(entry: object, place: str, unknown: Note) -> Segment:
    fields = as_mapping(entry, place)
    note_unknown(fields, _SEGMENT, "segments.", unknown)
    text = get_field(fields, "text", str, place=place)
    side = get_field(fields, "side", str, place=place)
    if side not in (SOURCE, TARGET):
        raise bad_record(f"'side' in {place} is {side!r}, not 'source' or 'target'.")
    tokens = as_intervals(fields.get("tokens", []), f"'tokens' in {place}")
    _check_tokens(tokens, len(text), place)
    return Segment(
        text=text,
        lang=get_field(fields, "lang", str, place=place),
        side=SOURCE if side == SOURCE else TARGET,
        role=get_field(fields, "role", str, "text", place=place),
        tokens=tokens,
    )


def _check_tokens(tokens: Sequence[Interval], length: int, place: str) -> None:
    end_before = 0
    for number, (start, end) in enumerate(tokens):
        if not end_before <= start < end <= length:
            fault = f"Token {number} in {place} ({start}-{end}) is empty, out of order or outside the text."
            raise BadRecordError("bad-offset", fault)
        end_before = end


def read_span(entry: object, segments: Sequence[Segment], place: str, unknown: Note) -> Span:
    """Build a span, checking that it lies in its segment.

    Raises:
        BadRecordError: `bad-record`, `bad-offset`, `bad-reference`.
    """
    fields = as_mapping(entry, place)
    note_unknown(fields, _SPAN, "spans.", unknown)
    label = get_field(fields, "label", str, place=place)
    if not label:
        raise bad_record(f"'label' in {place} is empty.")
    segment = get_index(fields, "segment", len(segments), place)
    intervals = as_intervals(get_field(fields, "intervals", list, place=place), f"'intervals' in {place}")
    surface = get_field(fields, "surface", str, place=place) if "surface" in fields else None
    try:
        check_span(segments[segment].text, intervals, surface=surface)
    except OffsetError as err:
        raise BadRecordError("bad-offset", f"{place}: {err.problem.message}") from err
    return Span(
        label=label,
        intervals=intervals,
        segment=segment,
        layer=get_field(fields, "layer", str, "spans", place=place),
        id=get_field(fields, "id", str, "", place=place),
        source_id=get_field(fields, "source_id", str, "", place=place),
        meta=get_field(fields, "meta", dict, {}, place=place),
        concept=get_field(fields, "concept", str, "", place=place),
    )


def _relation(entry: object, place: str, unknown: Note) -> Relation:
    fields = as_mapping(entry, place)
    note_unknown(fields, _RELATION, "relations.", unknown)
    label = get_field(fields, "label", str, place=place)
    if not label:
        raise bad_record(f"'label' in {place} is empty.")
    return Relation(
        label=label,
        head=get_field(fields, "head", str, place=place),
        tail=get_field(fields, "tail", str, place=place),
        layer=get_field(fields, "layer", str, "relations", place=place),
        id=get_field(fields, "id", str, "", place=place),
        source_id=get_field(fields, "source_id", str, "", place=place),
        meta=get_field(fields, "meta", dict, {}, place=place),
    )


def _check_ids(spans: Sequence[Span], relations: Sequence[Relation]) -> None:
    seen: set[str] = set()
    named = [
        *((span.id, "Two spans") for span in spans),
        *((each.id, "A relation and another label") for each in relations),
    ]
    for name, kinds in named:
        if name and name in seen:
            raise BadRecordError("bad-reference", f"{kinds} have the id {name!r}.")
        seen.add(name)


def _check_ends(segments: Sequence[Segment], spans: Sequence[Span], relations: Sequence[Relation]) -> None:
    """Whether each relation joins two spans of one side."""
    sides: dict[str, Side] = {span.id: segments[span.segment].side for span in spans if span.id}
    for number, relation in enumerate(relations):
        for end, name in (("head", relation.head), ("tail", relation.tail)):
            if name not in sides:
                raise BadRecordError("bad-reference", f"relations[{number}]: there is no span {name!r} for its {end}.")
        if sides[relation.head] != sides[relation.tail]:
            raise BadRecordError("bad-reference", f"relations[{number}]: its ends are on different sides.")


def _alignment(entry: object, segments: Sequence[Segment], place: str, unknown: Note) -> Alignment:
    fields = as_mapping(entry, place)
    note_unknown(fields, _ALIGNMENT, "alignments.", unknown)
    source = get_index(fields, "src_segment", len(segments), place, default=0)
    target = get_index(fields, "tgt_segment", len(segments), place, default=1)
    sizes = len(segments[source].tokens), len(segments[target].tokens)
    links = tuple(_link(link, sizes, place) for link in get_field(fields, "links", list, place=place))
    return Alignment(links, source, target)


def _link(link: object, sizes: tuple[int, int], place: str) -> Link:
    if not (isinstance(link, list) and len(link) in (2, 3) and is_index(link[0]) and is_index(link[1])):
        raise bad_record(f"{place} has a link that is not [source token, target token, probability].")
    probability = link[2] if len(link) == 3 else 1.0
    if not is_number(probability) or not 0 <= probability <= 1:
        raise bad_record(f"{place} has a link whose probability is not between 0 and 1.")
    if link[0] >= sizes[0] or link[1] >= sizes[1]:
        fault = f"{place}: the link {link[0]}-{link[1]} is outside {sizes[0]} source and {sizes[1]} target tokens."
        raise BadRecordError("bad-reference", fault)
    return Link(link[0], link[1], probability)


def _candidate(entry: object, segments: Sequence[Segment], place: str, unknown: Note) -> Candidate:
    fields = as_mapping(entry, place)
    note_unknown(fields, _CANDIDATE, "candidates.", unknown)
    span = fields.get("span")
    score = fields.get("score", "")
    parts = get_field(fields, "parts", dict, {}, place=place)
    if not is_number(score) or not all(is_number(part) for part in parts.values()):
        raise bad_record(f"'score' or 'parts' in {place} is not a number.")
    probability = fields.get("probability")
    if probability is not None and not (is_number(probability) and 0 <= probability <= 1):
        raise bad_record(f"'probability' in {place} is not a number from 0 to 1.")
    rank = fields.get("rank", 0)
    if not is_index(rank):
        raise bad_record(f"'rank' in {place} is not 0 or more.")
    return Candidate(
        source_id=get_field(fields, "source_id", str, place=place),
        span=None if span is None else read_span(span, segments, f"{place}.span", unknown),
        score=float(score),
        parts=parts,
        rank=rank,
        reason=get_field(fields, "reason", str, "", place=place),
        probability=None if probability is None else float(probability),
    )
