"""What follows for an item from the states of its reviews: open, to be settled by a curator, or done with gold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime

from django.db.models import CharField, DateTimeField

from annotator.models import Annotation, Item, Review, User
from annotator.prepared import PreparedUpdate, Slot
from annotator.services.events import record_event

Kind = Review.Kind
LIVE_STATES = (Annotation.State.ACCEPTED, Annotation.State.REJECTED)


_SAVE_REVIEW = PreparedUpdate(
    lambda: (
        Review.objects.filter(pk=Slot("pk"), version=Slot("seen_version")),
        {
            "state": Slot("state", CharField()),
            "finished_at": Slot("finished_at", DateTimeField()),
            "version": Slot("version"),
            "active_ms": Slot("active_ms"),
            "claimed_by": Slot("claimed_by"),
            "claim_expires_at": Slot("until", DateTimeField()),
        },
    )
)


_SAVE_ITEM = PreparedUpdate(
    lambda: (
        Item.objects.filter(pk=Slot("pk")),
        {"state": Slot("state", CharField()), "gold_review": Slot("gold")},
    )
)


def save_review(review: Review, *, seen_version: int, claimed_by: User | None, until: datetime | None) -> bool:
    """Save the state of a review, and who holds it until when; False when it has moved on since it was read."""
    n_saved = _SAVE_REVIEW.run(
        pk=review.pk,
        seen_version=seen_version,
        state=review.state,
        finished_at=review.finished_at,
        version=review.version,
        active_ms=review.active_ms,
        claimed_by=claimed_by.pk if claimed_by else None,
        until=until,
    )
    return bool(n_saved)


def settle_item(*, item: Item, actor: User, reviews: Iterable[Review]) -> None:
    """Set the state of a locked item, and which of its reviews is gold.

    Args:
        reviews: all of the item, as they are now.
    """
    was, was_gold_id = item.state, item.gold_review_id
    item.state, item.gold_review = _find_state(item, reviews)
    if (item.state, item.gold_review_id) != (was, was_gold_id):
        _SAVE_ITEM.run(pk=item.pk, state=item.state, gold=item.gold_review_id)
    if item.state == was or item.n_reviews == 1:
        return
    if item.gold_review is not None and item.gold_review.kind == Kind.REVIEW:
        record_event(
            project=item.project, actor=actor, kind="item-agreed", subject_id=item.pk, data={"n": item.n_reviews}
        )


def _find_state(item: Item, reviews: Iterable[Review]) -> tuple[Item.State, Review | None]:
    rows = sorted(reviews, key=lambda row: row.number)
    settled = next((row for row in rows if row.kind == Kind.ADJUDICATION), None)
    if settled and settled.state == Review.State.DONE:
        return Item.State.DONE, settled
    done = [row for row in rows if row.kind == Kind.REVIEW and row.state == Review.State.DONE]
    if len(done) < item.n_reviews:
        return Item.State.OPEN, None
    if settled and settled.version:
        return Item.State.REVIEWED, None
    return (Item.State.DONE, done[0]) if are_identical(done) else (Item.State.REVIEWED, None)


def are_identical(reviews: Sequence[Review]) -> bool:
    """Whether reviews say the same: for each source span the same label and place or a rejection, and the same
    additions. Reasons of rejections may differ."""
    if len(reviews) < 2:
        return True
    found: dict[int, list[Annotation]] = {review.pk: [] for review in reviews}
    for row in Annotation.objects.filter(review__in=reviews, state__in=LIVE_STATES).select_related("head", "tail"):
        found[row.review_id].append(row)
    first, *others = (_summarise(rows) for rows in found.values())
    return all(first == other for other in others)


def _summarise(rows: Sequence[Annotation]) -> Counter[Hashable]:
    kept = (row for row in rows if row.source_span_id or row.state == Annotation.State.ACCEPTED)
    return Counter(_content(row) for row in kept)


def _content(row: Annotation) -> Hashable:
    if row.state == Annotation.State.REJECTED:
        return row.source_span_id, "rejected"
    ends = tuple(_end(end) for end in (row.head, row.tail))
    return row.source_span_id, row.layer_id, row.label_id, _place(row), row.concept_id, ends


def _end(row: Annotation | None) -> Hashable:
    return None if row is None else (row.source_span_id, row.label_id, _place(row))


def _place(row: Annotation) -> Hashable:
    return row.segment_id, tuple(tuple(pair) for pair in row.intervals)
