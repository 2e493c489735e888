"""Claims: who works on which review of an item, for 15 minutes after the last sign of life.

Unique constraints decide between two people who ask at the same moment: the loser is given something else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotator.errors import ConflictError, conflict
from annotator.models import Item, Review, User
from annotator.prepared import OneOf, Prepared, Slot
from annotator.services.qualification import attempt_over, find_review

CLAIM_S = 15 * 60
# Two people who ask at the same moment may want the same slot; the loser asks again this often.
CLAIM_ROUNDS = 3

Kind = Review.Kind

_N_REVIEWS = Prepared(
    lambda: Item.objects.filter(OneOf("pk", "items"), state=Item.State.OPEN).order_by().values_list("pk", "n_reviews")
)
_REVIEWS_OF = Prepared(lambda: Review.objects.filter(OneOf("item_id", "items"), kind=Kind.REVIEW).order_by("number"))
_HELD_OF = Prepared(
    lambda: Review.objects.filter(OneOf("item_id", "items"), kind=Kind.REVIEW, claimed_by=Slot("actor")).values_list(
        "item_id", flat=True
    )
)


def claim_end(now: datetime) -> datetime:
    """When a claim made now runs out."""
    return now + timedelta(seconds=CLAIM_S)


def claim_reviews(*, actor: User, item_ids: Collection[int], now: datetime) -> set[int]:
    """Take a review of each open item that is free for a person; gives the items that were won."""
    n_reviews = dict(_N_REVIEWS.list(items=item_ids))
    won: set[int] = set()
    for _round in range(CLAIM_ROUNDS):
        missing = {item_id: n for item_id, n in n_reviews.items() if item_id not in won}
        found, is_beaten = _claim_once(actor, missing, now=now)
        won |= found
        if not is_beaten:
            break
    return won


def _claim_once(actor: User, n_reviews: dict[int, int], *, now: datetime) -> tuple[set[int], bool]:
    """The items won, and whether another person was quicker somewhere, so that asking again may help."""
    by_item: dict[int, list[Review]] = {}
    for row in _REVIEWS_OF.list(items=n_reviews) if n_reviews else ():
        by_item.setdefault(row.item_id, []).append(row)
    wanted = [
        review
        # In one order, as everybody does it, so that no two wait for each other.
        for item_id, n in sorted(n_reviews.items())
        if (review := _choose(by_item.get(item_id, ()), actor, item_id=item_id, n_reviews=n, now=now))
    ]
    held = {row.item_id for row in wanted if row.pk and _hold(row, actor, now=now)}
    new = [row for row in wanted if not row.pk]
    if new:
        for row in new:
            row.claimed_by, row.claim_expires_at = actor, claim_end(now)
        Review.objects.bulk_create(new, ignore_conflicts=True)
        held |= set(_HELD_OF.list(items=[row.item_id for row in new], actor=actor.pk))
    return held, len(held) < len(wanted)


def _choose(reviews: Sequence[Review], actor: User, *, item_id: int, n_reviews: int, now: datetime) -> Review | None:
    """The review of an item that a person may work on, saved or new; None where none is free."""
    own = next((row for row in reviews if row.reviewer_id == actor.pk), None)
    if n_reviews > 1 and own:
        return own if own.state == Review.State.OPEN else None
    if n_reviews == 1 and reviews:
        only = reviews[0]
        is_free = only.state == Review.State.OPEN and not is_held_by_other(only, actor, now=now)
        return only if is_free else None
    idle = next((row for row in reviews if not row.version and not is_held_by_other(row, actor, now=now)), None)
    if idle or len(reviews) >= n_reviews:
        return idle
    return Review(item_id=item_id, number=_free_number(reviews), reviewer=actor)


def _free_number(reviews: Iterable[Review]) -> int:
    taken = {row.number for row in reviews}
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


def is_held_by_other(review: Review, actor: User, *, now: datetime) -> bool:
    """Whether the claim of somebody else lasts."""
    until = review.claim_expires_at
    return review.claimed_by_id not in (None, actor.pk) and until is not None and until > now


def _hold(review: Review, actor: User, *, now: datetime) -> bool:
    """Claim a saved row unless somebody was quicker; one without decisions becomes the person's own."""
    as_read = Review.objects.filter(
        pk=review.pk,
        state=Review.State.OPEN,
        version=review.version,
        claimed_by=review.claimed_by_id,
        claim_expires_at=review.claim_expires_at,
    )
    reviewer_id = review.reviewer_id if review.version else actor.pk
    try:
        with transaction.atomic():
            n_held = as_read.update(reviewer=reviewer_id, claimed_by=actor, claim_expires_at=claim_end(now))
    except IntegrityError:
        # The same person has just got another one of this item, in another tab.
        return False
    return bool(n_held)


def hold_review(
    *,
    item: Item,
    actor: User,
    now: datetime,
    rows: Sequence[Review],
    assigned: Collection[int],
    kind: Review.Kind = Kind.REVIEW,
) -> Review:
    """The review that a person's decisions on a locked item belong to; made where there is none.

    On a qualification item it is of the kind `qualification`, whatever was asked for, unless the person sees its gold.

    Args:
        rows: all reviews of the item, by number.
        assigned: the people to whom the item is assigned; asked about who begins it only.

    Raises:
        ConflictError: somebody else holds it, all its reviews are taken, or a curator has settled the item; or the
            person has to qualify first.
    """
    if kind != Kind.ADJUDICATION and (asked := find_review(item=item, actor=actor)):
        return asked
    if kind == Kind.QUALIFICATION:
        raise attempt_over(item)
    reviews = [row for row in rows if row.kind == kind]
    if kind == Kind.REVIEW and any(row.kind == Kind.ADJUDICATION and row.version for row in rows):
        raise conflict(
            "settled",
            _("A curator has settled this item."),
            _("Tell the curator if you differ."),
            place=item.external_id,
        )
    if kind == Kind.REVIEW and item.state == Item.State.OPEN:
        _check_assigned(item, reviews, actor, assigned)
    if kind == Kind.REVIEW and item.n_reviews > 1:
        return _hold_own(item, reviews, actor, now=now)
    return _hold_shared(item, reviews, actor, now=now, kind=kind)


def _check_assigned(item: Item, reviews: Sequence[Review], actor: User, assigned: Collection[int]) -> None:
    if any(row.version and actor.pk in (row.reviewer_id, row.claimed_by_id) for row in reviews):
        return
    if assigned and actor.pk not in assigned:
        raise conflict(
            "assigned",
            _("This item is assigned to other people."),
            _("Go on with the next item, or ask a manager to assign it to you."),
            place=item.external_id,
        )


def _hold_shared(item: Item, reviews: Sequence[Review], actor: User, *, now: datetime, kind: Review.Kind) -> Review:
    number = 0 if kind == Kind.ADJUDICATION else 1
    review = next(iter(reviews), None)
    if review is None:
        review, _is_new = Review.objects.get_or_create(
            item=item, kind=kind, number=number, defaults={"reviewer": actor}
        )
    if is_held_by_other(review, actor, now=now):
        raise conflict(
            "claimed",
            _("%(person)s is reviewing this item until %(time)s UTC.")
            % {"person": review.claimed_by, "time": f"{review.claim_expires_at:%H:%M}"},
            _("Go on with the next item."),
            place=item.external_id,
        )
    if not review.version and review.reviewer_id != actor.pk:
        review.reviewer = actor
        review.save(update_fields=["reviewer"])
    return review


def _hold_own(item: Item, reviews: Sequence[Review], actor: User, *, now: datetime) -> Review:
    own = next((row for row in reviews if row.reviewer_id == actor.pk), None)
    if own:
        return own
    if item.state != Item.State.OPEN or actor.pk is None:
        raise _full(item)
    for _round in range(CLAIM_ROUNDS):
        won, is_beaten = _claim_once(actor, {item.pk: item.n_reviews}, now=now)
        if won:
            return item.reviews.get(kind=Kind.REVIEW, reviewer=actor)
        if not is_beaten:
            break
    raise _full(item)


def _full(item: Item) -> ConflictError:
    return conflict(
        "no-slot",
        _("All %(n)s reviews of this item are taken.") % {"n": item.n_reviews},
        _("Go on with the next item."),
        place=item.external_id,
    )
