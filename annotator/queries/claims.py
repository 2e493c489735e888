"""Who holds which review of which item, and which items are free for a person.

Where one person reviews an item, its only review goes to whoever holds the claim. Where several do, each has a review
of their own; only an empty one whose claim has run out goes to somebody else.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotator.models import Assignment, Item, Membership, Project, Review, User
from annotator.prepared import Prepared, Slot
from annotator.queries.qualification import read_gate

_LANGUAGES = Prepared(
    lambda: (
        Membership.objects.filter(project=Slot("project"), user=Slot("actor"))
        .order_by()
        .values_list("tgt_langs", flat=True)
    )
)


def is_held(*, now: datetime | Slot) -> Q:
    """Of reviews: that somebody's claim lasts."""
    return Q(claimed_by__isnull=False, claim_expires_at__gt=now)


def free_for(actor: User | Slot, *, now: datetime | Slot) -> Q:
    """Of items: that a person may be handed them; nothing that this person has finished, nothing that is full."""
    reviews = Review.objects.filter(kind=Review.Kind.REVIEW)
    held_by_others = reviews.filter(is_held(now=now)).exclude(claimed_by=actor)
    is_single = Q(n_reviews=1) & ~Q(pk__in=held_by_others.values("item"))
    of_item = reviews.filter(item=OuterRef("pk")).order_by()
    # One look-up an item: whoever has finished half a large project walks past all of that.
    has_finished = Exists(of_item.filter(reviewer=actor, state=Review.State.DONE))
    taken = of_item.filter(Q(version__gt=0) | is_held(now=now)).exclude(reviewer=actor)
    n_taken = Coalesce(Subquery(taken.values("item").annotate(n=Count("pk")).values("n")), 0)
    # What the person has finished is never open where one person reviews it.
    return ~Q(has_finished) & _is_meant_for(actor) & (is_single | Q(n_reviews__gt=n_taken, n_reviews__gte=2))


def list_free(project: Project, actor: User, *, now: datetime) -> QuerySet[Item]:
    """Open items that a person may be handed: free, in a language of this person, and qualified for."""
    items = list_free_in_any(project, actor, now=now)
    langs = list_own_languages(project, actor)
    return items.filter(tgt_lang__in=langs) if langs else items


def list_free_in_any(project: Project | Slot, actor: User | Slot, *, now: datetime | Slot) -> QuerySet[Item]:
    """Open items that are free for a person, in whatever language."""
    return Item.objects.filter(free_for(actor, now=now), project=project, state=Item.State.OPEN, is_qualification=False)


def list_own_languages(project: Project, actor: User) -> list[str]:
    """The target languages in which a person gets real work, without those to qualify in first; none for all."""
    own = [lang for listed in _LANGUAGES.list(project=project.pk, actor=actor.pk) for lang in listed]
    gate = read_gate(project, actor)
    if not gate:
        return own
    langs = own or project.target_languages.values_list("code", flat=True)
    # None at all is not the same as all of them.
    return [lang for lang in langs if lang not in gate] or [""]


def _is_meant_for(actor: User | Slot) -> Q:
    """Of items: assigned to a person, or to nobody."""
    assigned = Assignment.objects.filter(item=OuterRef("pk"))
    return ~Q(Exists(assigned)) | Q(Exists(assigned.filter(reviewer=actor)))


def list_held(project: Project | Slot, actor: User | Slot, *, now: datetime | Slot) -> QuerySet[Review]:
    """Unfinished reviews that a person holds, of items that are open."""
    return Review.objects.filter(
        kind=Review.Kind.REVIEW,
        state=Review.State.OPEN,
        claimed_by=actor,
        claim_expires_at__gt=now,
        item__project=project,
        item__state=Item.State.OPEN,
    )


def count_held_by_others(project: Project, actor: User, *, tgt_lang: str, now: datetime) -> int:
    """Open items that a person cannot have because other people hold them at the moment."""
    held = Review.objects.filter(is_held(now=now), kind=Review.Kind.REVIEW).exclude(claimed_by=actor)
    finished = Review.objects.filter(kind=Review.Kind.REVIEW, reviewer=actor, state=Review.State.DONE)
    items = Item.objects.filter(project=project, state=Item.State.OPEN, pk__in=held.values("item"))
    items = items.filter(_is_meant_for(actor)).exclude(pk__in=finished.values("item"))
    items = items.exclude(pk__in=list_free(project, actor, now=now).filter(pk__in=held.values("item")).values("pk"))
    return (items.filter(tgt_lang=tgt_lang) if tgt_lang else items).count()
