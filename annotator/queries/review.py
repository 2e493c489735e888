"""Items as the review screen needs them: texts, source spans, target spans with their machine original, links."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.db.models import BigIntegerField, F, Max, Prefetch, QuerySet

from annotator.models import (
    Alignment,
    Annotation,
    Candidate,
    Decision,
    Item,
    Label,
    Layer,
    Project,
    RejectReason,
    Review,
    SourceSpan,
    User,
)
from projection import text as texts
from projection.reasons import reason_words

REVIEW_NUMBER = 1
MAX_RANK = 4
N_HISTORY = 50

Kind = Decision.Kind
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """An item with what the page writes as text and what the script reads as data."""

    row: Item
    pairs: list[tuple[Json | None, Json | None]]
    data: Json

    @property
    def json(self) -> str:
        """The data as the page carries it, in an attribute."""
        return json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))


def get_item(project: Project, item_id: int) -> ReviewItem | None:
    """One item of a project, or None."""
    return next(iter(list_items(project, [item_id])), None)


def list_items(project: Project, item_ids: Sequence[int]) -> list[ReviewItem]:
    """Items in the given order; the number of queries does not depend on how many."""
    known = [item_id for item_id in item_ids if 0 < item_id <= BigIntegerField.MAX_BIGINT]
    rows = {row.pk: row for row in _load(project).filter(pk__in=known)}
    return [_read_item(rows[item_id]) for item_id in item_ids if item_id in rows]


def _load(project: Project) -> QuerySet[Item]:
    shown = Candidate.objects.filter(
        run__project=project, run__is_active=True, run__tgt_lang=F("item__tgt_lang"), rank__lte=MAX_RANK
    ).select_related("run")
    links = Alignment.objects.filter(run__project=project, run__is_active=True, run__tgt_lang=F("item__tgt_lang"))
    annotations = Annotation.objects.filter(review__number=REVIEW_NUMBER).exclude(state=Annotation.State.WITHDRAWN)
    return (
        Item.objects.filter(project=project)
        .select_related("document", "claimed_by")
        .prefetch_related(
            "segments",
            Prefetch("source_spans", SourceSpan.objects.select_related("label")),
            Prefetch("candidates", shown.order_by("rank")),
            Prefetch("alignments", links),
            Prefetch("annotations", annotations.select_related("candidate__run", "reason", "source_span")),
            Prefetch("reviews", Review.objects.filter(number=REVIEW_NUMBER)),
        )
    )


def _read_item(row: Item) -> ReviewItem:
    segments = [_segment(each) for each in row.segments.all()]
    review = next(iter(row.reviews.all()), None)
    data = {
        "id": row.pk,
        "external_id": row.external_id,
        "document": row.document.name,
        "lang": row.tgt_lang,
        "state": row.state,
        "version": review.version if review else 0,
        "claim": _claim(row),
        "segments": segments,
        "source_spans": [_source_span(each) for each in row.source_spans.all()],
        "spans": _spans(row),
        "links": [_links(each) for each in row.alignments.all()],
    }
    sources = [each for each in segments if each["side"] == "source"]
    targets = [each for each in segments if each["side"] == "target"]
    return ReviewItem(row=row, pairs=list(zip_longest(sources, targets)), data=data)


def _claim(row: Item) -> Json | None:
    """Who holds an item and until when, as an instant: the reader's clock says what time that is."""
    if row.claimed_by is None or row.claim_expires_at is None:
        return None
    return {"user": row.claimed_by.pk, "name": str(row.claimed_by), "until": row.claim_expires_at.isoformat()}


def _segment(row: Any) -> Json:
    return {
        "id": row.pk,
        "side": row.side,
        "role": row.role,
        "lang": row.lang,
        "dir": texts.direction(row.lang),
        "text": row.text,
        "tokens": row.tokens,
    }


def _links(row: Alignment) -> Json:
    return {"src": row.src_segment_id, "tgt": row.tgt_segment_id, "links": row.links}


def _source_span(row: SourceSpan) -> Json:
    return {
        "id": row.pk,
        "segment": row.segment_id,
        "layer": row.layer_id,
        "label": row.label_id,
        "intervals": row.intervals,
        "surface": row.surface,
    }


def _spans(row: Item) -> list[Json]:
    """Target spans: one a source span, decided or not, and those that people added."""
    proposed: dict[int, list[Candidate]] = {}
    for candidate in row.candidates.all():
        proposed.setdefault(candidate.source_span_id, []).append(candidate)
    annotations = list(row.annotations.all())
    by_source = {each.source_span_id: each for each in annotations if each.source_span_id}
    spans = [_span(span, proposed.get(span.pk, []), by_source.get(span.pk)) for span in row.source_spans.all()]
    spans += [_added(each) for each in annotations if not each.source_span_id]
    return spans


def _span(source: SourceSpan, proposed: Sequence[Candidate], annotation: Annotation | None) -> Json:
    best = proposed[0] if proposed else None
    span = {
        "source_span": source.pk,
        "annotation": None,
        "layer": source.layer_id,
        "state": Annotation.State.UNDECIDED.value,
        "label": best.label_id if best else source.label_id,
        "segment": best.segment_id if best else None,
        "intervals": best.intervals if best else [],
        "reason": "",
        "machine": _machine(best),
        "others": [_machine(each) for each in proposed[1:] if each.segment_id],
    }
    if annotation is None or is_untouched(annotation):
        return span
    return {**span, **_decided(annotation), "machine": _machine(annotation.candidate)}


def _added(annotation: Annotation) -> Json:
    return {
        "source_span": None,
        "annotation": str(annotation.pk),
        "layer": annotation.layer_id,
        "machine": None,
        "others": [],
        **_decided(annotation),
    }


def _decided(annotation: Annotation) -> Json:
    return {
        "state": annotation.state,
        "label": annotation.label_id,
        "segment": annotation.segment_id if annotation.intervals else None,
        "intervals": annotation.intervals,
        "reason": annotation.reason.code if annotation.reason else "",
    }


def _machine(candidate: Candidate | None) -> Json | None:
    if candidate is None:
        return None
    return {
        "label": candidate.label_id,
        "segment": candidate.segment_id,
        "intervals": candidate.intervals,
        "score": round(candidate.score, 4),
        "probability": candidate.probability,
        "parts": candidate.parts,
        "unprojected": reason_words(candidate.unprojected_reason),
        "engine": candidate.run.engine,
        "run": candidate.run_id,
    }


def is_untouched(annotation: Annotation) -> bool:
    """Whether an undecided annotation is what its candidate proposed, so that the run shown now replaces it."""
    if annotation.state != Annotation.State.UNDECIDED:
        return False
    candidate = annotation.candidate
    if candidate is None:
        source = annotation.source_span
        return source is not None and not annotation.intervals and annotation.label_id == source.label_id
    segment_id = annotation.segment_id if annotation.intervals else None
    proposed = (candidate.label_id, candidate.segment_id, candidate.intervals)
    return (annotation.label_id, segment_id, annotation.intervals) == proposed


def get_scheme(project: Project) -> Json:
    """Layers with their labels, and the newest list of reject reasons."""
    layers = Layer.objects.filter(project=project, kind=Layer.Kind.SPAN).prefetch_related("labels")
    reasons = RejectReason.objects.filter(project=project)
    newest = reasons.aggregate(newest=Max("version"))["newest"]
    return {
        "layers": [
            {
                "id": layer.pk,
                "name": layer.name,
                "allows_overlap": layer.allows_overlap,
                "allows_discontinuous": layer.allows_discontinuous,
                "labels": [_label(label) for label in layer.labels.all()],
            }
            for layer in layers
        ],
        "reasons": list(reasons.filter(version=newest).values("key", "code", "text")),
    }


def _label(row: Label) -> Json:
    return {
        "id": row.pk,
        "name": row.name,
        "key": row.key,
        "color": row.color,
        "description": row.description,
        "names": row.translated_names,
    }


@dataclass(frozen=True, slots=True)
class PastStep:
    """One step of the list of last decisions, in words."""

    step: str
    item_id: int
    external_id: str
    words: str
    is_undone: bool
    at: datetime


def list_history(project: Project, actor: User, *, n: int = N_HISTORY) -> list[PastStep]:
    """The last steps of a person, newest first, with what each changed; undos and redos show in `is_undone`."""
    rows = (
        Decision.objects.filter(project=project, actor=actor)
        .exclude(kind__in=[Kind.UNDO, Kind.REDO])
        .select_related("item", "annotation__segment", "annotation__source_span")
        .order_by("-id")[: n * 2]
    )
    labels = dict(Label.objects.filter(layer__project=project).values_list("pk", "name"))
    reasons = dict(RejectReason.objects.filter(project=project).values_list("pk", "text"))
    reversals = _Reversals(project, actor)
    steps: dict[str, list[Decision]] = {}
    for row in rows:
        steps.setdefault(str(row.step), []).append(row)
    return [_past_step(step, group[::-1], labels, reasons, reversals) for step, group in list(steps.items())[:n]]


class _Reversals:
    """Which decisions are undone at the moment: the end of the chain of undos and redos decides."""

    def __init__(self, project: Project, actor: User) -> None:
        rows = (
            Decision.objects.filter(project=project, actor=actor, reverses__isnull=False)
            .order_by("-id")
            .values_list("reverses_id", "pk")[: N_HISTORY * 20]
        )
        self._reversed_by: dict[int | None, int] = dict(rows)

    def is_undone(self, decision_id: int) -> bool:
        n_reversals = 0
        while decision_id in self._reversed_by:
            decision_id = self._reversed_by[decision_id]
            n_reversals += 1
        return n_reversals % 2 == 1


def _past_step(
    step: str, rows: Sequence[Decision], labels: dict[int, str], reasons: dict[int, str], reversals: _Reversals
) -> PastStep:
    first = rows[0]
    return PastStep(
        step=step,
        item_id=first.item_id,
        external_id=first.item.external_id,
        words=join_words(describe_decision(row, labels, reasons) for row in rows),
        is_undone=reversals.is_undone(first.pk),
        at=first.created_at,
    )


def join_words(words: Iterable[str]) -> str:
    """One line for a step; a long one is counted instead."""
    listed = list(words)
    if len(listed) <= 3:
        return "; ".join(listed)
    return "; ".join([*listed[:2], f"and {len(listed) - 2} more"])


def describe_decision(row: Decision, labels: dict[int, str], reasons: dict[int, str]) -> str:
    """A decision as "Bundestag: LOC → ORG"; texts stand in isolates, so that no script turns the line around."""
    if row.kind == Kind.NOTHING or row.annotation is None:
        return "nothing here"
    before, after = (_covered(row.annotation, row.before), _covered(row.annotation, row.after))
    name = _isolate(after or _source_surface(row.annotation))
    label = labels.get(row.after.get("label"), "")
    if row.kind == Kind.REJECT:
        return f"{name}: rejected, {reasons.get(row.after.get('reason'), '')}"
    if row.kind == Kind.RELABEL:
        return f"{name}: {labels.get(row.before.get('label'), '')} → {label}"
    if row.kind == Kind.MOVE:
        known = _isolate(_source_surface(row.annotation))
        return f"{_isolate(before)} → {name}" if before else f"{known}: marked {name}"
    return f"{name}: {Kind(row.kind).label} {label}"


def _isolate(inserted: str) -> str:
    return f"\u2068{inserted}\u2069"


def _covered(annotation: Annotation, snapshot: Json) -> str:
    text = annotation.segment.text
    return " ".join(text[start:end] for start, end in snapshot.get("intervals", ()))


def _source_surface(annotation: Annotation) -> str:
    return annotation.source_span.surface if annotation.source_span else "span"


def describe_place(item: ReviewItem, drawn_by: str) -> str:
    """Why an item stands where it does in the queue, in words."""
    if drawn_by == "random":
        return "random sample"
    if drawn_by == "file":
        return "next in the file"
    scored = [(_confidence(span["machine"]), span) for span in item.data["spans"] if span["machine"]]
    if not scored:
        return "nothing to project"
    score, span = min(scored, key=lambda each: each[0])
    surfaces = {each["id"]: each["surface"] for each in item.data["source_spans"]}
    surface = surfaces.get(span["source_span"], "")
    if not span["machine"]["segment"]:
        return f"not found: {surface}"
    is_probability = span["machine"]["probability"] is not None
    return f"least sure, {100 * score:.0f} %: {surface}" if is_probability else f"lowest score {score:.2f}: {surface}"


def _confidence(machine: Json) -> float:
    probability: float | None = machine["probability"]
    score: float = machine["score"]
    return score if probability is None else probability
