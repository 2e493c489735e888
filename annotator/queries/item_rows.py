"""Rows behind items of the review screen: texts, labels, what the active run proposes, reviews, decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F

from annotator.models import Alignment, Annotation, Candidate, Item, Project, Review, Segment, SourceSpan
from annotator.prepared import OneOf, Prepared, Slot
from annotator.queries.review_spans import SPAN_RELATED
from annotator.queries.text_versions import TextVersions

MAX_RANK = 4

_ITEMS = Prepared(
    lambda: Item.objects.filter(OneOf("pk", "items"), project=Slot("project")).select_related("document").order_by()
)
_IS_OF_ITEMS = OneOf("item_id", "items")
_IS_SHOWN = {"run__project": Slot("project"), "run__is_active": True, "run__tgt_lang": F("item__tgt_lang")}
# What belongs to items: candidates and links of the run that is shown.
_OF_ITEMS: dict[str, Prepared[Any]] = {
    "segments": Prepared(lambda: Segment.objects.filter(_IS_OF_ITEMS)),
    "source_spans": Prepared(
        lambda: SourceSpan.objects.filter(_IS_OF_ITEMS).select_related("label", "layer", "concept")
    ),
    "candidates": Prepared(
        lambda: (
            Candidate.objects.filter(_IS_OF_ITEMS, **_IS_SHOWN, rank__lte=MAX_RANK)
            .select_related("run", "concept", "label")
            .order_by("rank")
        )
    ),
    "alignments": Prepared(lambda: Alignment.objects.filter(_IS_OF_ITEMS, **_IS_SHOWN)),
    "reviews": Prepared(
        lambda: (
            Review.objects.filter(_IS_OF_ITEMS)
            .exclude(kind=Review.Kind.QUALIFICATION)
            .select_related("claimed_by")
            .order_by("pk")
        )
    ),
}
_ANNOTATIONS = Prepared(
    lambda: (
        Annotation.objects.filter(OneOf("review_id", "reviews"))
        .exclude(state=Annotation.State.WITHDRAWN)
        .select_related(*SPAN_RELATED)
    )
)


def bring_up_to_date(rows: Iterable[Item], annotations: Mapping[int, Sequence[Annotation]]) -> None:
    """Show what machines proposed for an earlier text where it lies in the text as it is now."""
    listed = list(rows)
    versions = TextVersions(segment for row in listed for segment in row.segments.all())
    for row in listed:
        decided = [each.candidate for each in annotations.get(row.pk, ()) if each.candidate]
        versions.update([*row.candidates.all(), *decided])
        versions.update_links(row.alignments.all())


def load_items(project: Project, item_ids: Sequence[int]) -> list[Item]:
    """Items of a project with all that belongs to them, in no order; the number of queries is always the same."""
    rows = _ITEMS.list(project=project.pk, items=item_ids) if item_ids else []
    for relation, query in _OF_ITEMS.items() if rows else ():
        query.prefetch(rows, relation, by="item_id", project=project.pk, items=[row.pk for row in rows])
    return rows


def load_annotations(reviews: Sequence[Review], *, are_begun: bool = False) -> dict[int, list[Annotation]]:
    """What was decided in some reviews, by item; annotations begin with a decision, unless `are_begun`."""
    begun = [review.pk for review in reviews if review.version or are_begun]
    by_item: dict[int, list[Annotation]] = {}
    for row in _ANNOTATIONS.list(reviews=begun) if begun else ():
        by_item.setdefault(row.item_id, []).append(row)
    return by_item
