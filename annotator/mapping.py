"""Rows to the value objects of `projection`, and back; the only such place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from annotator import models
from projection import types


def to_intervals(stored: Iterable[Sequence[int]]) -> tuple[types.Interval, ...]:
    """Intervals or tokens from their stored form [[start, end], ...]."""
    return tuple(types.Interval(start, end) for start, end in stored)


def from_intervals(intervals: Iterable[types.Interval]) -> list[list[int]]:
    """Stored form of intervals or tokens."""
    return [[start, end] for start, end in intervals]


def to_segment(row: models.Segment) -> types.Segment:
    """A stored segment with its stored tokens."""
    side: types.Side = types.SOURCE if row.side == models.Segment.Side.SOURCE else types.TARGET
    return types.Segment(text=row.text, lang=row.lang, side=side, role=row.role, tokens=to_intervals(row.tokens))


def to_source_span(row: models.SourceSpan, *, segment_index: int) -> types.Span:
    """A gold source span; `label` and `layer` must be loaded."""
    return types.Span(
        label=row.label.name,
        intervals=to_intervals(row.intervals),
        segment=segment_index,
        layer=row.layer.name,
        id=row.key,
        concept=row.concept.code if row.concept_id and row.concept else "",
    )


def to_source_relation(row: models.SourceSpan) -> types.Relation:
    """A gold relation of the source; `label`, `layer`, `head` and `tail` must be loaded."""
    head, tail = row.head, row.tail
    if head is None or tail is None:
        raise ValueError(f"source span {row.pk} has no ends")
    return types.Relation(label=row.label.name, head=head.key, tail=tail.key, layer=row.layer.name, id=row.key)


def to_item(row: models.Item, *, kinds: Collection[str] | None = None) -> types.Item:
    """An item with segments and source labels; prefetch `segments` and `source_spans__label/layer` for many.

    Alignments come along where they were prefetched as `given_links`.

    Args:
        kinds: kinds of the layers whose labels are wanted; all when None.
    """
    segments = list(row.segments.all())
    index_by_pk = {segment.pk: index for index, segment in enumerate(segments)}
    wanted = row.source_spans.all() if kinds is None or kinds else ()
    labelled = [span for span in wanted if kinds is None or span.layer.kind in kinds]
    spans = [span for span in labelled if span.head_id is None]
    return types.Item(
        id=row.external_id,
        segments=tuple(to_segment(segment) for segment in segments),
        spans=tuple(to_source_span(span, segment_index=index_by_pk[span.segment_id]) for span in spans),
        relations=tuple(to_source_relation(span) for span in labelled if span.head_id is not None),
        document=row.document.name,
        alignments=tuple(to_alignment(links, index_by_pk=index_by_pk) for links in getattr(row, "given_links", ())),
    )


def to_alignment(row: models.Alignment, *, index_by_pk: dict[int, int]) -> types.Alignment:
    """A stored alignment; `index_by_pk` gives the index of each segment in its item."""
    return types.Alignment(
        links=tuple(to_links(row)),
        src_segment=index_by_pk[row.src_segment_id],
        tgt_segment=index_by_pk[row.tgt_segment_id],
    )


def to_links(row: models.Alignment) -> list[types.Link]:
    """The links of a stored alignment."""
    return [types.Link(src, tgt, probability) for src, tgt, probability in row.links]


def to_candidate(row: models.Candidate, *, source_key: str, layer: str, segment_index: int) -> types.Candidate:
    """A stored candidate; `label` must be loaded."""
    span = None
    if row.segment_id is not None:
        span = types.Span(
            label=row.label.name,
            intervals=to_intervals(row.intervals),
            segment=segment_index,
            layer=layer,
            source_id=source_key,
        )
    return types.Candidate(
        source_id=source_key,
        span=span,
        score=row.score,
        parts=row.parts,
        rank=row.rank,
        reason=row.unprojected_reason,
        probability=row.probability,
    )


def from_alignment(alignment: types.Alignment) -> list[list[Any]]:
    """Stored form of links: [[src, tgt, probability], ...], probabilities to four digits."""
    return [[link.src, link.tgt, round(link.probability, 4)] for link in alignment.links]


def make_candidate_row(
    *,
    run_id: int,
    span: models.SourceSpan | None,
    label_id: int,
    segment: models.Segment,
    intervals: Sequence[types.Interval],
    score: float,
    rank: int = 0,
) -> models.Candidate:
    """An unsaved row for what was found without an engine; only a token tag may have no source span."""
    row = models.Candidate(
        run_id=run_id,
        item_id=segment.item_id,
        source_span=span,
        label_id=label_id,
        concept_id=span.concept_id if span else None,
        rank=rank,
        score=min(1.0, max(0.0, score)),
        segment_id=segment.pk,
        version=segment.version,
        intervals=from_intervals(intervals),
    )
    if intervals:
        row.start_char, row.end_char = intervals[0].start_char, intervals[-1].end_char
        row.surface = " ".join(segment.text[start:end] for start, end in intervals)
    return row


def from_candidate(
    candidate: types.Candidate,
    *,
    run_id: int,
    item_id: int,
    source_span_id: int,
    label_id: int,
    segment: models.Segment,
) -> models.Candidate:
    """An unsaved row for a candidate of a run; `segment` is the target segment that its span lies in."""
    span = candidate.span
    row = models.Candidate(
        run_id=run_id,
        item_id=item_id,
        source_span_id=source_span_id,
        label_id=label_id,
        rank=candidate.rank,
        score=min(1.0, max(0.0, candidate.score)),
        probability=None if candidate.probability is None else round(candidate.probability, 4),
        parts={name: round(value, 4) for name, value in candidate.parts.items()},
        unprojected_reason=candidate.reason,
    )
    if span is not None:
        row.segment_id, row.version = segment.pk, segment.version
        row.intervals = from_intervals(span.intervals)
        row.start_char, row.end_char = span.start_char, span.end_char
        row.surface = span.surface(segment.text)
    return row
