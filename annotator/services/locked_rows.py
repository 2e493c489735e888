"""Items locked for writing, each with all rows that acts on it need: as many queries for one item as for hundreds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import F

from annotator.models import (
    Annotation,
    Assignment,
    Candidate,
    Item,
    Label,
    Layer,
    Project,
    RejectReason,
    Review,
    Segment,
    SourceSpan,
    User,
)
from annotator.prepared import OneOf, Prepared, Slot
from annotator.queries.review_spans import SPAN_RELATED

Kind = Review.Kind

# Claims, which only point to the items, need not wait. In one order, so that no two wait for each other.
_ITEMS = Prepared(
    lambda: (
        Item.objects.select_for_update(no_key=True).filter(OneOf("pk", "items"), project=Slot("project")).order_by("pk")
    )
)
_IS_OF_ITEMS = OneOf("item_id", "items")
_REVIEWS = Prepared(lambda: Review.objects.filter(_IS_OF_ITEMS).order_by("number"))
_ASSIGNMENTS = Prepared(lambda: Assignment.objects.filter(_IS_OF_ITEMS).order_by())
_SEGMENTS = Prepared(lambda: Segment.objects.filter(_IS_OF_ITEMS))
_SOURCE_SPANS = Prepared(lambda: SourceSpan.objects.filter(_IS_OF_ITEMS).select_related("layer"))
_ANNOTATIONS = Prepared(
    lambda: (
        Annotation.objects.filter(OneOf("review_id", "reviews")).select_related(*SPAN_RELATED).order_by("start_char")
    )
)
_SHOWN = Prepared(
    lambda: Candidate.objects.filter(
        _IS_OF_ITEMS,
        rank=0,
        run__project=Slot("project"),
        run__tgt_lang=F("item__tgt_lang"),
        run__is_active=True,
    )
)
_LABELS = Prepared(lambda: Label.objects.filter(layer__project=Slot("project")).select_related("layer"))
_REASONS = Prepared(lambda: RejectReason.objects.filter(project=Slot("project")))


class ProjectRows:
    """What acts on all items of a project need."""

    def __init__(self, project: Project) -> None:
        self._project_id = project.pk
        self.labels = {row.pk: row for row in _LABELS.list(project=project.pk)}

    @cached_property
    def reasons(self) -> dict[str, RejectReason]:
        """The newest list of reject reasons, by code."""
        rows = _REASONS.list(project=self._project_id)
        newest = max((row.version for row in rows), default=0)
        return {row.code: row for row in rows if row.version == newest}


@dataclass(slots=True)
class ItemRows:
    """What belongs to one locked item. While it is locked, neither states nor versions of its reviews change.

    Attributes:
        reviews: by number.
        annotations: of all its reviews.
        candidates: the best ones of the run that is shown.
        made_review_id: the review that was made when the item was locked.
    """

    item: Item
    project: ProjectRows
    reviews: list[Review] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    source_spans: list[SourceSpan] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    made_review_id: int | None = None


def lock_items(
    project: Project, item_ids: Collection[int], *, actor: User, makes_reviews: bool = False
) -> dict[int, ItemRows]:
    """Lock those items of a project that there are, for the rest of the transaction; in a fixed number of queries.

    Args:
        actor: whose acts they are locked for.
        makes_reviews: whether the person gets a review of each item that has none.
    """
    shared = ProjectRows(project)
    found = {item.pk: ItemRows(item, shared) for item in _ITEMS.list(project=project.pk, items=item_ids)}
    if not found:
        return {}
    asked = {"items": list(found), "project": project.pk}
    _read_reviews(found, list(found))
    if makes_reviews:
        _make_reviews(found, actor)
    begun = [row for rows in found.values() for row in rows.reviews if row.version]
    if len({row.item_id for row in begun if actor.pk in (row.reviewer_id, row.claimed_by_id)}) < len(found):
        # Asked about whoever has not begun an item only.
        _give(found, "assignments", _ASSIGNMENTS.list(**asked))
    _give(found, "segments", _SEGMENTS.list(**asked))
    _give(found, "source_spans", _SOURCE_SPANS.list(**asked))
    # Annotations begin with a decision; a flag or comment on a tag without a source makes its row, too.
    has_tags = any(label.layer.kind == Layer.Kind.TOKEN for label in shared.labels.values())
    read = [row.pk for rows in found.values() for row in rows.reviews] if has_tags else [row.pk for row in begun]
    _give(found, "annotations", _ANNOTATIONS.list(reviews=read) if read else ())
    _give(found, "candidates", _SHOWN.list(**asked))
    return found


def _make_reviews(found: Mapping[int, ItemRows], actor: User) -> None:
    without = [item_id for item_id, rows in found.items() if not any(row.kind == Kind.REVIEW for row in rows.reviews)]
    if not without:
        return
    # Somebody may claim one at this moment.
    made = [Review(item_id=item_id, reviewer=actor) for item_id in without]
    Review.objects.bulk_create(made, ignore_conflicts=True)
    _read_reviews(found, without)
    for item_id in without:
        own = [row.pk for row in found[item_id].reviews if row.reviewer_id == actor.pk and row.claimed_by_id is None]
        found[item_id].made_review_id = next(iter(own), None)


def _read_reviews(found: Mapping[int, ItemRows], item_ids: Collection[int]) -> None:
    for item_id in item_ids:
        found[item_id].reviews.clear()
    _give(found, "reviews", _REVIEWS.list(items=item_ids))


def _give(found: Mapping[int, ItemRows], name: str, rows: Iterable[Any]) -> None:
    for row in rows:
        getattr(found[row.item_id], name).append(row)
