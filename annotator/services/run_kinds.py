"""Labels of a run that no engine has to find: classes are copied, relations follow their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from annotator import mapping
from annotator.models import Candidate, Item, Layer, Run, Segment, SourceSpan
from projection import types
from projection.projectors.pairs import pair_segments
from projection.transfer.relations import transfer_relations

Kind = Layer.Kind

NO_TARGET_SEGMENT = "no-target-segment"
EMPTY_TARGET = "empty-target"
# Copied whole, a class can only be wrong where the translation is.
COPY_SCORE = 1.0
# The candidate of the head of a relation, the score of both ends together, why there is none.
RelationFate = tuple[types.Candidate | None, float, str]


def list_kinds(run: Run) -> frozenset[str]:
    """Kinds of the layers that the source of a run's items has labels in."""
    spans = SourceSpan.objects.filter(item__project=run.project_id, item__tgt_lang=run.tgt_lang)
    return frozenset(spans.order_by().values_list("layer__kind", flat=True).distinct())


def needs_engine(kinds: frozenset[str]) -> bool:
    """Whether there is anything to align or to find; classes alone are copied."""
    return bool(kinds & {Kind.SPAN, Kind.TOKEN})


def by_kind(row: Item) -> dict[str, list[SourceSpan]]:
    """The source labels of an item by the kind of their layer."""
    found: dict[str, list[SourceSpan]] = {}
    for span in row.source_spans.all():
        found.setdefault(span.layer.kind, []).append(span)
    return found


def unprojected(run: Run, span: SourceSpan, *, reason: str) -> Candidate:
    """The record that a label has no target."""
    return Candidate(
        run=run,
        item_id=span.item_id,
        source_span=span,
        label_id=span.label_id,
        concept_id=span.concept_id,
        rank=0,
        score=0.0,
        unprojected_reason=reason,
    )


# -------------------------------------------------------------------------------------------------------------- classes


def copy_classes(run: Run, row: Item, spans: Sequence[SourceSpan]) -> list[Candidate]:
    """Each class on the text that translates its own; a class of the item on the first text of its role."""
    if not spans:
        return []
    segments = list(row.segments.all())
    item = mapping.to_item(row, kinds=())
    targets = {segments[view.src_index].pk: segments[view.tgt_index] for view in pair_segments(item)}
    return [_copy_class(run, span, _find_target(span, segments, targets)) for span in spans]


def _find_target(span: SourceSpan, segments: Sequence[Segment], targets: Mapping[int, Segment]) -> Segment | None:
    if span.layer.scope == Layer.Scope.SEGMENT:
        return targets.get(span.segment_id)
    role = span.layer.role
    return next((each for each in segments if each.side == types.TARGET and role in ("", each.role)), None)


def _copy_class(run: Run, span: SourceSpan, segment: Segment | None) -> Candidate:
    if segment is None:
        return unprojected(run, span, reason=NO_TARGET_SEGMENT)
    if not segment.text.strip():
        return unprojected(run, span, reason=EMPTY_TARGET)
    return mapping.make_candidate_row(
        run_id=run.pk,
        span=span,
        label_id=span.label_id,
        segment=segment,
        intervals=[types.Interval(0, len(segment.text))],
        score=COPY_SCORE,
    )


# ------------------------------------------------------------------------------------------------------------ relations


def choose_ends(
    row: Item, relations: Sequence[SourceSpan], found: Sequence[types.Candidate]
) -> tuple[list[types.Candidate], dict[int, RelationFate]]:
    """Choose the candidates of both ends of each relation together.

    Args:
        row: with its source spans.
        relations: the relations among these.
        found: what the engine proposes for spans.

    Returns:
        The candidates with the chosen ones first among those of their span, and for each relation by id the candidate
        of its head, its score, and why it has no target ("" where it has one).
    """
    item = mapping.to_item(row)
    spans = {span.id: span for span in item.spans}
    wanted = [
        types.Relation(each.label.name, each.head.key, each.tail.key) for each in relations if each.head and each.tail
    ]
    results = transfer_relations(wanted, spans, found)
    chosen: dict[str, types.Candidate] = {}
    fates: dict[int, RelationFate] = {}
    for relation, result in zip(relations, results, strict=True):
        fates[relation.pk] = (result.head, result.score, result.reason)
        for end in (result.head, result.tail):
            if end is not None and not result.reason:
                chosen[end.source_id] = end
    ranked = sorted(found, key=lambda each: (chosen.get(each.source_id) is not each, each.rank))
    counts: dict[str, int] = {}
    reranked = []
    for each in ranked:
        rank = counts.get(each.source_id, 0)
        counts[each.source_id] = rank + 1
        reranked.append(replace(each, rank=rank))
    return reranked, fates


def make_relation(
    run: Run,
    span: SourceSpan,
    segments: Sequence[Segment],
    fate: RelationFate,
) -> Candidate:
    """The row of a relation; it belongs to the segment of its head."""
    head, score, reason = fate
    if reason or head is None or head.span is None:
        return unprojected(run, span, reason=reason or "ends-unprojected")
    row = mapping.make_candidate_row(
        run_id=run.pk, span=span, label_id=span.label_id, segment=segments[head.span.segment], intervals=(), score=score
    )
    row.is_relation = True
    return row
