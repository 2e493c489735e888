"""Gold labels with where they come from, in file order and in chunks, so that any number of items fits into memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotator import mapping
from annotator.models import Annotation, Decision, Item, Project, Review, Run, Segment, SourceSpan
from projection import types

CHUNK_ITEMS = 500
# The pass of reviewing whose result is gold.
GOLD_REVIEW = 1
DECIDED = (Annotation.State.ACCEPTED, Annotation.State.REJECTED)

# Added by a person, then reopened; a source span that nobody has decided on needs no row.
_UNDECIDED_ADDITION = Q(review__number=GOLD_REVIEW, state=Annotation.State.UNDECIDED, source_span=None)

Labelled = TypeVar("Labelled", Annotation, SourceSpan)
OfItem = TypeVar("OfItem", Segment, SourceSpan, Annotation, Decision, Review)
ItemChoice = Literal["reviewed", "all"]


@dataclass(frozen=True, slots=True)
class GoldFilters:
    """What is to be exported.

    Attributes:
        tgt_lang: target language; a file holds one.
        state: `reviewed` items, or `all`, whose undecided spans are left out and counted.
        labels: only labels of these names; all when empty. Items without such labels stay.
        document: only items of the document of this name; all when "".
        has_source: whether the source segments and their spans are included, where the format can hold them.
    """

    tgt_lang: str
    state: ItemChoice = "reviewed"
    labels: tuple[str, ...] = ()
    document: str = ""
    has_source: bool = True


@dataclass(frozen=True, slots=True)
class GoldItem:
    """An item with its accepted target spans, and how many labels it has of each fate."""

    item: types.Item
    n_labels: int
    n_rejected: int
    n_undecided: int


@dataclass(frozen=True, slots=True)
class GoldCounts:
    """How much the filters let through."""

    n_items: int
    n_labels: int
    n_rejected: int
    n_undecided: int


def list_items(project: Project, filters: GoldFilters) -> QuerySet[Item]:
    """The items that the filters let through, in file order."""
    items = Item.objects.filter(project=project, tgt_lang=filters.tgt_lang).order_by("position", "id")
    if filters.state == "reviewed":
        items = items.filter(state=Item.State.DONE)
    if filters.document:
        items = items.filter(document__name=filters.document)
    return items


def count_gold(project: Project, filters: GoldFilters) -> GoldCounts:
    """Count items and decided labels before anything is written."""
    items = list_items(project, filters).order_by()
    decided = _annotations(filters).filter(item__in=items)
    return GoldCounts(
        n_items=items.count(),
        n_labels=decided.filter(state=Annotation.State.ACCEPTED).count(),
        n_rejected=decided.filter(state=Annotation.State.REJECTED).count(),
        n_undecided=_count_undecided(items, filters),
    )


def _count_undecided(items: QuerySet[Item], filters: GoldFilters) -> int:
    decided = _annotations(filters).filter(source_span=OuterRef("pk"))
    spans = _of_labels(SourceSpan.objects.filter(~Exists(decided), item__in=items), filters)
    added = _of_labels(Annotation.objects.filter(_UNDECIDED_ADDITION, item__in=items), filters)
    return spans.count() + added.count()


def list_gold(project: Project, filters: GoldFilters, *, chunk_items: int = CHUNK_ITEMS) -> Iterator[list[GoldItem]]:
    """Chunks of items with their gold labels; each chunk costs the same number of queries."""
    items = list_items(project, filters).select_related("document")
    after: Item | None = None
    while True:
        rows = list(_after(items, after)[:chunk_items])
        if not rows:
            return
        chunk = _load([row.pk for row in rows], filters)
        yield [_ItemReader(row, chunk, filters).read() for row in rows]
        after = rows[-1]


def _after(items: QuerySet[Item], last: Item | None) -> QuerySet[Item]:
    if last is None:
        return items
    return items.filter(Q(position__gt=last.position) | Q(position=last.position, pk__gt=last.pk))


def _annotations(filters: GoldFilters) -> QuerySet[Annotation]:
    return _of_labels(Annotation.objects.filter(review__number=GOLD_REVIEW, state__in=DECIDED), filters)


def _of_labels(rows: QuerySet[Labelled], filters: GoldFilters) -> QuerySet[Labelled]:
    return rows.filter(label__name__in=filters.labels) if filters.labels else rows


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The rows of some items, by item; grouped here because Django's prefetching takes several times as long."""

    segments: Mapping[int, list[Segment]]
    source_spans: Mapping[int, list[SourceSpan]]
    annotations: Mapping[int, list[Annotation]]
    decisions: Mapping[int, list[Decision]]
    reviews: Mapping[int, list[Review]]
    runs: Mapping[int, Run]


def _load(item_ids: Sequence[int], filters: GoldFilters) -> _Chunk:
    shown = Q(review__number=GOLD_REVIEW, state__in=DECIDED) | _UNDECIDED_ADDITION
    annotations = _of_labels(Annotation.objects.filter(shown, item__in=item_ids), filters).select_related(
        "label", "layer", "reason", "source_span", "candidate__label"
    )
    decisions = Decision.objects.filter(item__in=item_ids, review__number=GOLD_REVIEW).select_related("actor")
    reviews = Review.objects.filter(item__in=item_ids, number=GOLD_REVIEW).select_related("reviewer")
    source_spans = SourceSpan.objects.filter(item__in=item_ids).select_related("label", "layer")
    return _Chunk(
        segments=_by_item(Segment.objects.filter(item__in=item_ids).order_by("item", "position")),
        source_spans=_by_item(source_spans.order_by("item", "position")),
        annotations=_by_item(annotations),
        decisions=_by_item(decisions.order_by("id")),
        reviews=_by_item(reviews),
        runs=Run.objects.prefetch_related("links_runs").in_bulk(
            {row.candidate.run_id for row in annotations if row.candidate}
        ),
    )


def _by_item(rows: Iterable[OfItem]) -> Mapping[int, list[OfItem]]:
    grouped: defaultdict[int, list[OfItem]] = defaultdict(list)
    for row in rows:
        grouped[row.item_id].append(row)
    return grouped


class _ItemReader:
    """Turns one loaded row into an item with spans and provenance."""

    def __init__(self, row: Item, chunk: _Chunk, filters: GoldFilters) -> None:
        self.row = row
        self.runs = chunk.runs
        self.filters = filters
        segments = chunk.segments[row.pk]
        self.segments = [segment for segment in segments if filters.has_source or segment.side == types.TARGET]
        self.source_spans = chunk.source_spans[row.pk]
        self.decisions = chunk.decisions[row.pk]
        self.review = next(iter(chunk.reviews[row.pk]), None)
        self.index_by_pk = {segment.pk: index for index, segment in enumerate(self.segments)}
        annotations = sorted(chunk.annotations[row.pk], key=self._place)
        self.accepted = [each for each in annotations if each.state == Annotation.State.ACCEPTED]
        self.rejected = [each for each in annotations if each.state == Annotation.State.REJECTED]
        self.n_additions = len(annotations) - len(self.accepted) - len(self.rejected)
        self.fates = {each.source_span_id: each for each in annotations if each.source_span_id}

    def _place(self, annotation: Annotation) -> tuple[int, int, int, str, str]:
        start, end = annotation.start_char or 0, annotation.end_char or 0
        return self.index_by_pk[annotation.segment_id], start, end, annotation.label.name, str(annotation.pk)

    def read(self) -> GoldItem:
        source_spans = [span for span in self.source_spans if self._is_wanted(span)]
        spans = [self._source_span(span) for span in source_spans if self.filters.has_source]
        spans.extend(self._target_span(annotation) for annotation in self.accepted)
        item = types.Item(
            id=self.row.external_id,
            segments=tuple(mapping.to_segment(segment) for segment in self.segments),
            spans=tuple(spans),
            document=self.row.document.name,
            meta=self._item_meta(),
        )
        return GoldItem(
            item=item,
            n_labels=len(self.accepted),
            n_rejected=len(self.rejected),
            n_undecided=self._count_undecided(source_spans),
        )

    def _count_undecided(self, source_spans: Iterable[SourceSpan]) -> int:
        return self.n_additions + sum(span.pk not in self.fates for span in source_spans)

    def _is_wanted(self, span: SourceSpan) -> bool:
        labels = self.filters.labels
        return not labels or span.label.name in labels or span.pk in self.fates

    def _source_span(self, row: SourceSpan) -> types.Span:
        span = mapping.to_source_span(row, segment_index=self.index_by_pk[row.segment_id])
        fate = self.fates.get(row.pk)
        if fate is None:
            return replace(span, meta={"state": Annotation.State.UNDECIDED.value})
        meta = {"state": fate.state}
        if fate.reason:
            meta["reason"] = fate.reason.code
        return replace(span, meta=meta)

    def _target_span(self, annotation: Annotation) -> types.Span:
        return types.Span(
            label=annotation.label.name,
            intervals=mapping.to_intervals(annotation.intervals),
            segment=self.index_by_pk[annotation.segment_id],
            layer=annotation.layer.name,
            id=str(annotation.pk),
            source_id=annotation.source_span.key if annotation.source_span else "",
            meta={"state": annotation.state, **self._provenance(annotation)},
        )

    def _rejected(self, annotation: Annotation) -> dict[str, Any]:
        # Not among the spans: whoever reads those as gold must not find what was rejected.
        return {
            "id": str(annotation.pk),
            "source_id": annotation.source_span.key if annotation.source_span else "",
            "label": annotation.label.name,
            "intervals": annotation.intervals,
            "surface": annotation.surface,
            "state": annotation.state,
            "reason": annotation.reason.code if annotation.reason else "",
            **self._provenance(annotation),
        }

    def _provenance(self, annotation: Annotation) -> dict[str, Any]:
        decisions = [row for row in self.decisions if row.annotation_id == annotation.pk]
        return {
            "change": describe_change(annotation),
            "decisions": [_decision(row) for row in decisions],
            "candidate": _candidate(annotation),
        }

    def _item_meta(self) -> dict[str, Any]:
        meta: dict[str, Any] = {"state": self.row.state}
        review = self.review
        if review is not None:
            finished_at = review.finished_at.isoformat() if review.finished_at else ""
            meta["review"] = {"reviewer": review.reviewer.username, "state": review.state, "finished_at": finished_at}
        about_item = [_decision(row) for row in self.decisions if row.annotation_id is None]
        if about_item:
            meta["decisions"] = about_item
        if self.rejected:
            meta["rejected"] = [self._rejected(annotation) for annotation in self.rejected]
        run_ids = {each.candidate.run_id for each in (*self.accepted, *self.rejected) if each.candidate}
        if run_ids:
            meta["runs"] = [_run(self.runs[run_id]) for run_id in sorted(run_ids)]
        return meta


def describe_change(annotation: Annotation) -> str:
    """What people changed against the machine's proposal, in words: "LOC -> ORG, moved"; "" for nothing."""
    candidate = annotation.candidate
    if candidate is None or candidate.segment_id is None:
        return "added" if annotation.state == Annotation.State.ACCEPTED else ""
    changes: list[str] = []
    if candidate.label_id != annotation.label_id:
        changes.append(f"{candidate.label.name} -> {annotation.label.name}")
    if (candidate.segment_id, candidate.intervals) != (annotation.segment_id, annotation.intervals):
        changes.append("moved")
    return ", ".join(changes)


def _decision(row: Decision) -> dict[str, Any]:
    decision: dict[str, Any] = {
        "id": row.pk,
        "kind": row.kind,
        "actor": row.actor.username,
        "at": row.created_at.isoformat(),
    }
    if row.reverses_id is not None:
        decision["reverses"] = row.reverses_id
    return decision


def _candidate(annotation: Annotation) -> dict[str, Any] | None:
    row = annotation.candidate
    if row is None:
        return None
    return {
        "id": row.pk,
        "run": row.run_id,
        "rank": row.rank,
        "label": row.label.name,
        "intervals": row.intervals,
        "surface": row.surface,
        "score": row.score,
        "probability": row.probability,
        "parts": row.parts,
        "unprojected_reason": row.unprojected_reason,
    }


def _run(row: Run) -> dict[str, Any]:
    """A run with what it came from: the runs whose word links it took, the run whose model it used."""
    found = {"id": row.pk, "engine": row.engine, "settings": row.settings, "versions": row.versions}
    if links_runs := sorted(each.pk for each in row.links_runs.all()):
        found["links_runs"] = links_runs
    if row.model_run_id:
        found["model_run"] = row.model_run_id
    return found


def list_documents(project: Project, *, limit: int = 200) -> Sequence[str]:
    """Names of the first documents of a project, for a list to choose from."""
    return list(project.documents.order_by("name").values_list("name", flat=True)[:limit])
