"""Rows for the database out of checked items, and the one short transaction that writes them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice, takewhile
from typing import NamedTuple

from django.db.models import Max

from annotator.models import Document, Import, Item, Label, Layer, Project, Segment, SourceSpan, TargetLanguage
from annotator.services.bulk import insert_rows, reserve_ids
from annotator.services.projects import add_labels
from projection import types
from projection.text import tokenize

_ITEM_FIELDS = (
    "id",
    "project",
    "document",
    "imported_by",
    "external_id",
    "tgt_lang",
    "position",
    "state",
    "confidence",
    "shuffle_key",
    "drawn_by",
)
_SEGMENT_FIELDS = ("id", "item", "side", "role", "lang", "position", "text", "tokens", "flags")
_SPAN_FIELDS = (
    "id",
    "item",
    "segment",
    "layer",
    "label",
    "key",
    "intervals",
    "start_char",
    "end_char",
    "surface",
    "head",
    "tail",
    "concept",
    "position",
)


class _SegmentRow(NamedTuple):
    item: int
    side: str
    role: str
    lang: str
    position: int
    text: str
    tokens: str
    flags: str = "[]"


class _SpanRow(NamedTuple):
    item: int
    segment: int
    layer: str
    label: str
    key: str
    intervals: str
    start_char: int | None
    end_char: int | None
    surface: str
    head: int | None
    tail: int | None
    concept: str
    position: int


@dataclass(slots=True)
class Prepared:
    """Rows whose keys are still indices into these lists."""

    items: list[tuple[str, str]] = field(default_factory=list)
    segments: list[_SegmentRow] = field(default_factory=list)
    spans: list[_SpanRow] = field(default_factory=list)
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    overlapping: set[str] = field(default_factory=set)
    discontinuous: set[str] = field(default_factory=set)
    of_relations: set[str] = field(default_factory=set)


def shuffle_key(seed: int, external_id: str) -> float:
    """A number from 0 to 1 that depends on the project's seed and the item's id only."""
    digest = hashlib.sha256(f"{seed}\0{external_id}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def prepare_rows(items: Iterable[types.Item]) -> Prepared:
    """Turn items into rows; texts without tokens are tokenised here, outside any transaction."""
    prepared = Prepared()
    for item in items:
        _prepare_item(item, prepared)
    return prepared


def _prepare_item(item: types.Item, prepared: Prepared) -> None:
    index = len(prepared.items)
    first_segment = len(prepared.segments)
    prepared.items.append((item.id, item.document))
    for position, segment in enumerate(item.segments):
        tokens = segment.tokens or tokenize(segment.text, lang=segment.lang)
        prepared.segments.append(
            _SegmentRow(index, segment.side, segment.role, segment.lang, position, segment.text, intervals_json(tokens))
        )
    spans = [span for span in item.spans if item.segments[span.segment].side == types.SOURCE]
    spans.sort(key=lambda span: (span.segment, span.start_char, -span.end_char))
    _note_shapes(spans, prepared)
    relations = item.relations_of(types.SOURCE) if item.relations else []
    keys = _keys([*spans, *relations])
    first_span = len(prepared.spans)
    for position, (span, key) in enumerate(zip(spans, keys, strict=False)):
        text = item.segments[span.segment].text
        prepared.spans.append(_span_row(span, key, text, index, first_segment + span.segment, position))
        prepared.labels[(span.layer, span.label)] += 1
    if relations:
        places = {span.id: first_span + number for number, span in enumerate(spans) if span.id}
        _prepare_relations(relations, keys[len(spans) :], places, prepared)


def _prepare_relations(
    relations: Sequence[types.Relation], keys: Sequence[str], places: Mapping[str, int], prepared: Prepared
) -> None:
    """Rows for relations; they belong to the segment of their head, so that every label has one."""
    for relation, key in zip(relations, keys, strict=True):
        head, tail = places[relation.head], places[relation.tail]
        row = prepared.spans[head]
        position = prepared.spans[-1].position + 1
        prepared.spans.append(
            _SpanRow(
                row.item,
                row.segment,
                relation.layer,
                relation.label,
                key,
                "[]",
                None,
                None,
                "",
                head,
                tail,
                "",
                position,
            )
        )
        prepared.labels[(relation.layer, relation.label)] += 1
        prepared.of_relations.add(relation.layer)


def _keys(labelled: Sequence[types.Span | types.Relation]) -> list[str]:
    """Ids of spans and relations; those that have none get the next of s1, s2, ... that is free."""
    taken = {each.id for each in labelled}
    free = (key for number in count(1) if (key := f"s{number}") not in taken)
    return [each.id or next(free) for each in labelled]


def _span_row(span: types.Span, key: str, text: str, item: int, segment: int, position: int) -> _SpanRow:
    return _SpanRow(
        item,
        segment,
        span.layer,
        span.label,
        key,
        intervals_json(span.intervals),
        span.start_char,
        span.end_char,
        span.surface(text),
        None,
        None,
        span.concept,
        position,
    )


def intervals_json(intervals: Iterable[tuple[int, int]]) -> str:
    """Stored form of intervals; many times faster than a JSON library, which must ask what each value is."""
    return "[" + ",".join([f"[{start},{end}]" for start, end in intervals]) + "]"


def _note_shapes(spans: Sequence[types.Span], prepared: Prepared) -> None:
    for number, span in enumerate(spans):
        if len(span.intervals) > 1:
            prepared.discontinuous.add(span.layer)
        if next(iter_overlapping(spans, number), None):
            prepared.overlapping.add(span.layer)


def iter_overlapping(spans: Sequence[types.Span], number: int) -> Iterator[types.Span]:
    """The later spans of the same layer that share characters with one; sorted by segment, then by start."""
    span = spans[number]
    near = takewhile(
        lambda later: later.segment == span.segment and later.start_char < span.end_char,
        islice(spans, number + 1, None),
    )
    return (later for later in near if overlaps(span, later))


def overlaps(span: types.Span, later: types.Span) -> bool:
    """Whether two spans of one segment are of one layer and share characters."""
    return span.layer == later.layer and any(
        a.start_char < b.end_char and b.start_char < a.end_char for a in span.intervals for b in later.intervals
    )


# ------------------------------------------------------------------------------------------------------------- writing


def write_rows(record: Import, prepared: Prepared) -> int:
    """Write documents, items, segments, spans and labels; call it inside the transaction of the import.

    Returns:
        The number of new labels.
    """
    project = record.project
    TargetLanguage.objects.get_or_create(project=project, code=record.tgt_lang)
    labels, n_new = _write_labels(project, prepared)
    documents = _write_documents(project, (document for _, document in prepared.items))
    item_ids = reserve_ids(Item, len(prepared.items))
    first = _next_position(record)
    insert_rows(Item, _ITEM_FIELDS, _item_rows(record, prepared, item_ids, documents, first=first))
    segment_ids = reserve_ids(Segment, len(prepared.segments))
    insert_rows(
        Segment,
        _SEGMENT_FIELDS,
        ((pk, item_ids[row.item], *row[1:]) for pk, row in zip(segment_ids, prepared.segments, strict=True)),
    )
    span_ids = reserve_ids(SourceSpan, len(prepared.spans))
    concepts = _find_concepts(project, prepared)
    insert_rows(
        SourceSpan,
        _SPAN_FIELDS,
        (
            (
                pk,
                item_ids[row.item],
                segment_ids[row.segment],
                *_label_ids(labels[row.layer, row.label]),
                *row[4:9],
                None if row.head is None else span_ids[row.head],
                None if row.tail is None else span_ids[row.tail],
                concepts.get(row.concept),
                row.position,
            )
            for pk, row in zip(span_ids, prepared.spans, strict=True)
        ),
    )
    return n_new


def _label_ids(label: Label) -> tuple[int, int]:
    return label.layer_id, label.pk


def _find_concepts(project: Project, prepared: Prepared) -> dict[str, int]:
    """Ids of the concepts that are named, by code."""
    codes = {row.concept for row in prepared.spans if row.concept}
    if not codes:
        return {}
    return {code: pk for code, pk in project.concepts.values_list("code", "pk") if code in codes}


def _next_position(record: Import) -> int:
    last = record.project.items.filter(tgt_lang=record.tgt_lang).aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def _item_rows(
    record: Import, prepared: Prepared, item_ids: Sequence[int], documents: dict[str, int], *, first: int
) -> Iterator[tuple[object, ...]]:
    project_id, seed, import_id, tgt_lang = record.project_id, record.project.seed, record.pk, record.tgt_lang
    state = Item.State.NEW.value
    for position, (pk, (external_id, document)) in enumerate(zip(item_ids, prepared.items, strict=True), start=first):
        key = shuffle_key(seed, external_id)
        yield pk, project_id, documents[document], import_id, external_id, tgt_lang, position, state, 1.0, key, ""


def _write_documents(project: Project, names: Iterable[str]) -> dict[str, int]:
    documents = dict(project.documents.values_list("name", "pk"))
    new = [name for name in dict.fromkeys(names) if name not in documents]
    ids = reserve_ids(Document, len(new))
    insert_rows(
        Document, ("id", "project", "name"), ((pk, project.pk, name) for pk, name in zip(ids, new, strict=True))
    )
    documents.update(zip(new, ids, strict=True))
    return documents


def _write_labels(project: Project, prepared: Prepared) -> tuple[dict[tuple[str, str], Label], int]:
    found: dict[tuple[str, str], Label] = {}
    n_new = 0
    # The most frequent labels get the first digits; equal counts by name, so that the same file gives the same keys.
    names = sorted(prepared.labels, key=lambda key: (key[0], -prepared.labels[key], key[1]))
    for layer_name in dict.fromkeys(layer for layer, _ in names):
        layer = _get_layer(project, layer_name, prepared)
        n_before = layer.labels.count()
        labels = add_labels(layer, names=[label for name, label in names if name == layer_name])
        n_new += len(labels) - n_before
        found.update({(layer_name, name): label for name, label in labels.items()})
    return found, n_new


def _get_layer(project: Project, name: str, prepared: Prepared) -> Layer:
    layer, _ = Layer.objects.get_or_create(
        project=project,
        name=name,
        defaults={
            "kind": Layer.Kind.RELATION if name in prepared.of_relations else Layer.Kind.SPAN,
            "position": project.layers.count(),
            "allows_overlap": name in prepared.overlapping,
            "allows_discontinuous": name in prepared.discontinuous,
        },
    )
    return layer
