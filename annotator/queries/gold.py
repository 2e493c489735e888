"""Gold labels with where they come from, in file order and in chunks, so that any number of items fits into memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from annotator import mapping
from annotator.models import Annotation, Decision, Item, Project, Review, Run, Segment, SourceSpan
from annotator.queries.gold_parts import describe_change, read_candidate, read_decision, read_run
from annotator.queries.proposed_tags import list_open_tags
from projection import types
from projection.errors import Problem

CHUNK_ITEMS = 500
DECIDED = (Annotation.State.ACCEPTED, Annotation.State.REJECTED)

# The review whose result is gold; of an item that one person reviews, what there is of it so far. Of several people's
# reviews none counts before they agree or a curator has settled them.
_IS_GOLD = Q(review=F("item__gold_review")) | Q(
    item__gold_review=None, item__n_reviews=1, review__kind=Review.Kind.REVIEW
)
# Added by a person, then reopened; a source span that nobody has decided on needs no row.
_UNDECIDED_ADDITION = Q(state=Annotation.State.UNDECIDED, source_span=None)

Labelled = TypeVar("Labelled", Annotation, SourceSpan)
OfItem = TypeVar("OfItem", Segment, SourceSpan, Annotation, Decision, Review)
ItemChoice = Literal["reviewed", "silver", "all"]


@dataclass(frozen=True, slots=True)
class GoldFilters:
    """What is to be exported.

    Attributes:
        tgt_lang: target language; a file holds one.
        state: `reviewed` items without silver (accepted by a rule of machines), `silver` for these as well, or `all`,
            whose undecided spans are left out and counted.
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
    """An item with its accepted target labels, how many it has of each fate, and what could not be taken along."""

    item: types.Item
    n_labels: int
    n_rejected: int
    n_undecided: int
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldCounts:
    """How much the filters let through."""

    n_items: int
    n_labels: int
    n_rejected: int
    n_undecided: int


def list_items(project: Project, filters: GoldFilters) -> QuerySet[Item]:
    """The items that the filters let through, in file order; those of the qualification are no data."""
    items = Item.objects.filter(project=project, tgt_lang=filters.tgt_lang, is_qualification=False)
    items = items.order_by("position", "id")
    if filters.state != "all":
        items = items.filter(state=Item.State.DONE)
    if filters.state == "reviewed":
        items = items.exclude(Exists(list_silver()))
    if filters.document:
        items = items.filter(document__name=filters.document)
    return items


def list_silver() -> QuerySet[Decision]:
    """Of an item: what a rule has accepted that rests on machines alone, and nobody has undone."""
    return Decision.objects.filter(
        review=OuterRef("gold_review"), cause__is_silver=True, reversed_by__isnull=True
    ).exclude(kind=Decision.Kind.UNDO)


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
    added = _of_labels(Annotation.objects.filter(_IS_GOLD, _UNDECIDED_ADDITION, item__in=items), filters)
    return spans.count() + added.count() + list_open_tags(items, labels=filters.labels).count()


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
    return _of_labels(Annotation.objects.filter(_IS_GOLD, state__in=DECIDED), filters)


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
    # How many proposed tags without a source wait for a decision.
    n_open_tags: Mapping[int, int]


def _load(item_ids: Sequence[int], filters: GoldFilters) -> _Chunk:
    shown = Q(state__in=DECIDED) | _UNDECIDED_ADDITION
    annotations = _of_labels(Annotation.objects.filter(_IS_GOLD, shown, item__in=item_ids), filters).select_related(
        *("label", "layer", "reason", "source_span", "concept", "head", "tail"),
        *("candidate__label", "candidate__concept"),
    )
    decisions = Decision.objects.filter(_IS_GOLD, item__in=item_ids).select_related("actor")
    is_only = Q(item__gold_review=None, item__n_reviews=1, kind=Review.Kind.REVIEW)
    reviews = Review.objects.filter(Q(gold_of__isnull=False) | is_only, item__in=item_ids).select_related("reviewer")
    source_spans = SourceSpan.objects.filter(item__in=item_ids).select_related("label", "layer", "concept")
    return _Chunk(
        segments=_by_item(Segment.objects.filter(item__in=item_ids).order_by("item", "position")),
        source_spans=_by_item(source_spans.order_by("item", "position")),
        annotations=_by_item(annotations),
        decisions=_by_item(decisions.order_by("id")),
        reviews=_by_item(reviews),
        runs=Run.objects.prefetch_related("links_runs").in_bulk(
            {row.candidate.run_id for row in annotations if row.candidate}
        ),
        n_open_tags=Counter(list_open_tags(item_ids, labels=filters.labels).values_list("item", flat=True)),
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
        self.n_additions = len(annotations) - len(self.accepted) - len(self.rejected) + chunk.n_open_tags[row.pk]
        self.fates = {each.source_span_id: each for each in annotations if each.source_span_id}

    def _place(self, annotation: Annotation) -> tuple[int, int, int, str, str]:
        start, end = annotation.start_char or 0, annotation.end_char or 0
        return self.index_by_pk[annotation.segment_id], start, end, annotation.label.name, str(annotation.pk)

    def read(self) -> GoldItem:
        source_spans = [span for span in self.source_spans if self._is_wanted(span)]
        sources = source_spans if self.filters.has_source else []
        spans = [self._source_span(span) for span in sources if span.head_id is None]
        spans.extend(self._target_span(each) for each in self.accepted if each.head_id is None)
        relations, lost = self._relations(sources)
        item = types.Item(
            id=self.row.external_id,
            segments=tuple(mapping.to_segment(segment) for segment in self.segments),
            spans=tuple(spans),
            document=self.row.document.name,
            meta=self._item_meta(),
            relations=tuple(relations),
        )
        return GoldItem(
            item=item,
            n_labels=len(self.accepted) - len(lost),
            problems=tuple(self._lost_relation(each) for each in lost),
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
        return replace(span, meta=self._fate(row))

    def _fate(self, row: SourceSpan) -> dict[str, str]:
        fate = self.fates.get(row.pk)
        if fate is None:
            return {"state": Annotation.State.UNDECIDED.value}
        meta = {"state": str(fate.state)}
        if fate.reason:
            meta["reason"] = fate.reason.code
        return meta

    def _relations(self, sources: Sequence[SourceSpan]) -> tuple[list[types.Relation], list[Annotation]]:
        """Relations of both sides whose ends are in the item too, and accepted ones that lack an end."""
        keys = {row.pk: row.key for row in sources if row.head_id is None}
        found = [
            types.Relation(
                row.label.name,
                head=keys[row.head_id],
                tail=keys[row.tail_id],
                layer=row.layer.name,
                id=row.key,
                meta=self._fate(row),
            )
            for row in sources
            if row.head_id in keys and row.tail_id in keys
        ]
        spans = {each.pk for each in self.accepted if each.head_id is None}
        relations = [each for each in self.accepted if each.head_id is not None]
        whole = [each for each in relations if each.head_id in spans and each.tail_id in spans]
        found += [self._target_relation(each) for each in whole]
        return found, [each for each in relations if each not in whole]

    def _target_relation(self, annotation: Annotation) -> types.Relation:
        return types.Relation(
            label=annotation.label.name,
            head=str(annotation.head_id),
            tail=str(annotation.tail_id),
            layer=annotation.layer.name,
            id=str(annotation.pk),
            source_id=annotation.source_span.key if annotation.source_span else "",
            meta={"state": annotation.state, **self._provenance(annotation)},
        )

    def _lost_relation(self, annotation: Annotation) -> Problem:
        fault = (
            f"The relation {annotation.label.name} lacks an end: it was rejected, or is not among the labels chosen."
        )
        item_id = self.row.external_id
        return Problem("relation-without-end", fault, "Left out.", place=f"item {item_id}", item_id=item_id)

    def _target_span(self, annotation: Annotation) -> types.Span:
        return types.Span(
            label=annotation.label.name,
            intervals=mapping.to_intervals(annotation.intervals),
            segment=self.index_by_pk[annotation.segment_id],
            layer=annotation.layer.name,
            id=str(annotation.pk),
            source_id=annotation.source_span.key if annotation.source_span else "",
            concept=annotation.concept.code if annotation.concept else "",
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
            "decisions": [read_decision(row) for row in decisions],
            "candidate": read_candidate(annotation),
        }

    def _item_meta(self) -> dict[str, Any]:
        meta: dict[str, Any] = {"state": self.row.state}
        review = self.review
        if review is not None:
            finished_at = review.finished_at.isoformat() if review.finished_at else ""
            meta["review"] = {"reviewer": review.reviewer.username, "state": review.state, "finished_at": finished_at}
        about_item = [read_decision(row) for row in self.decisions if row.annotation_id is None]
        if about_item:
            meta["decisions"] = about_item
        if self.rejected:
            meta["rejected"] = [self._rejected(annotation) for annotation in self.rejected]
        run_ids = {each.candidate.run_id for each in (*self.accepted, *self.rejected) if each.candidate}
        if run_ids:
            meta["runs"] = [read_run(self.runs[run_id]) for run_id in sorted(run_ids)]
        return meta


def list_documents(project: Project, *, limit: int = 200) -> Sequence[str]:
    """Names of the first documents of a project, for a list to choose from."""
    return list(project.documents.order_by("name").values_list("name", flat=True)[:limit])
