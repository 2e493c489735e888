"""Labels of an item as the review screen reads them: those of the source, and what became of each in the target."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from annotator.models import Annotation, Candidate, Concept, Item, Layer, SourceSpan
from annotator.queries.proposed_tags import Proposals
from annotator.wording import in_words
from projection.reasons import reason_words

Json = dict[str, Any]
# What has to be loaded with annotations, so that reading them asks nothing more.
SPAN_RELATED = ("layer", "candidate__run", "candidate__concept", "reason", "source_span", "concept", "head", "tail")


def read_source_span(row: SourceSpan) -> Json:
    """A gold label of the source."""
    return {
        "id": row.pk,
        "segment": row.segment_id,
        "layer": row.layer_id,
        "label": row.label_id,
        "intervals": row.intervals,
        "surface": row.surface,
        "head": row.head_id,
        "tail": row.tail_id,
        "concept": _concept(row.concept),
    }


def read_spans(row: Item, annotations: Sequence[Annotation], tags: Proposals) -> list[Json]:
    """Target spans: one a source span, decided or not, those that people added, and proposed tags without a source."""
    proposed: dict[int, list[Candidate]] = {}
    without_source: list[Candidate] = []
    for candidate in row.candidates.all():
        if candidate.source_span_id:
            proposed.setdefault(candidate.source_span_id, []).append(candidate)
        else:
            without_source.append(candidate)
    by_source = {each.source_span_id: each for each in annotations if each.source_span_id}
    spans = [_span(span, proposed.get(span.pk, []), by_source.get(span.pk)) for span in row.source_spans.all()]
    spans += [_without_source(each, without_source) for each in annotations if not each.source_span_id]
    spans += [_proposed_tag(tag, candidates) for tag, candidates in tags.items()]
    return spans


def _span(source: SourceSpan, proposed: Sequence[Candidate], annotation: Annotation | None) -> Json:
    best = proposed[0] if proposed else None
    span = {
        "source_span": source.pk,
        "annotation": None,
        "layer": source.layer_id,
        "kind": source.layer.kind,
        "state": Annotation.State.UNDECIDED.value,
        "label": best.label_id if best else source.label_id,
        "segment": best.segment_id if best and best.intervals else None,
        "intervals": best.intervals if best else [],
        "head": _source_ref(source.head_id),
        "tail": _source_ref(source.tail_id),
        "concept": _concept(best.concept if best else source.concept),
        "reason": "",
        "machine": _machine(best),
        "others": [_machine(each) for each in proposed[1:] if each.segment_id],
    }
    if annotation is None or is_untouched(annotation):
        return span
    return {**span, **_decided(annotation), "machine": _machine(annotation.candidate)}


def _without_source(annotation: Annotation, candidates: Sequence[Candidate]) -> Json:
    """What a person added, or made of a proposed tag that no tag of the source belongs to."""
    return {
        "source_span": None,
        "annotation": str(annotation.pk),
        "layer": annotation.layer_id,
        "kind": annotation.layer.kind,
        "is_proposed": annotation.candidate is not None,
        "machine": _machine(annotation.candidate),
        "others": [_machine(each) for each in candidates if _is_other_tag(annotation, each)],
        **_decided(annotation),
    }


def _is_other_tag(annotation: Annotation, other: Candidate) -> bool:
    """Whether a candidate is another tag for the token of a proposed one, by the same run."""
    first = annotation.candidate
    if first is None or first.pk == other.pk or other.label.layer_id != annotation.layer_id:
        return False
    return (first.run_id, first.segment_id, first.intervals) == (other.run_id, other.segment_id, other.intervals)


def _proposed_tag(tag: uuid.UUID, candidates: Sequence[Candidate]) -> Json:
    best = candidates[0]
    return {
        "source_span": None,
        "annotation": str(tag),
        "layer": best.label.layer_id,
        "kind": Layer.Kind.TOKEN.value,
        "is_proposed": True,
        "state": Annotation.State.UNDECIDED.value,
        "label": best.label_id,
        "segment": best.segment_id,
        "intervals": best.intervals,
        "head": None,
        "tail": None,
        "concept": None,
        "reason": "",
        "machine": _machine(best),
        "others": [_machine(each) for each in candidates[1:]],
    }


def _decided(annotation: Annotation) -> Json:
    return {
        "state": annotation.state,
        "label": annotation.label_id,
        "segment": annotation.segment_id if annotation.intervals else None,
        "intervals": annotation.intervals,
        "head": _ref(annotation.head),
        "tail": _ref(annotation.tail),
        "concept": _concept(annotation.concept),
        "reason": annotation.reason.code if annotation.reason else "",
    }


def _ref(end: Annotation | None) -> str | None:
    """What the screen calls a span: by its source span, an added one by its own id."""
    if end is None:
        return None
    return _source_ref(end.source_span_id) or str(end.pk)


def _source_ref(source_span_id: int | None) -> str | None:
    return f"s{source_span_id}" if source_span_id else None


def _concept(concept: Concept | None) -> Json | None:
    return {"id": concept.pk, "code": concept.code, "name": concept.name} if concept else None


def _machine(candidate: Candidate | None) -> Json | None:
    if candidate is None:
        return None
    return {
        "candidate": candidate.pk,
        "label": candidate.label_id,
        "segment": candidate.segment_id,
        "intervals": candidate.intervals,
        "concept": _concept(candidate.concept),
        "score": round(candidate.score, 4),
        "probability": candidate.probability,
        "parts": candidate.parts,
        "unprojected": in_words(reason_words(candidate.unprojected_reason)),
        "engine": candidate.run.engine,
        "run": candidate.run_id,
    }


def is_untouched(annotation: Annotation) -> bool:
    """Whether an undecided annotation is what its candidate proposed, so that the run shown now replaces it."""
    source = annotation.source_span
    if annotation.state != Annotation.State.UNDECIDED or source is None or not _has_ends_of(annotation, source):
        return False
    candidate = annotation.candidate
    segment_id = annotation.segment_id if annotation.intervals else None
    given = (annotation.label_id, annotation.concept_id, segment_id, annotation.intervals)
    if candidate is None:
        return given == (source.label_id, source.concept_id, None, [])
    proposed_segment_id = candidate.segment_id if candidate.intervals else None
    return given == (candidate.label_id, candidate.concept_id, proposed_segment_id, candidate.intervals)


def _has_ends_of(annotation: Annotation, source: SourceSpan) -> bool:
    head, tail = annotation.head, annotation.tail
    ends = (head.source_span_id if head else None, tail.source_span_id if tail else None)
    return ends == (source.head_id, source.tail_id)
