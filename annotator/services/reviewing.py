"""How the items of a project are reviewed: by how many people, and whether blind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Case, F, IntegerField, Q, QuerySet, When
from django.db.models.functions import Floor
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.errors import bad_request
from annotator.models import Item, Project, Review, User
from annotator.queries.claims import is_held
from annotator.services.events import record_event

MAX_REVIEWS = 20
# Spreads the seeded random numbers anew, so that the overlap is no part of the queue's random share.
_SPREAD = 8191.0
_ALL, _NONE = Q(pk__isnull=False), Q(pk__isnull=True)


@dataclass(frozen=True, slots=True)
class ReviewingPlan:
    """How items shall be reviewed.

    Attributes:
        n_reviews: people for each item of the overlap share; all other items have one.
        overlap_percent: share of the items that get so many.
        blind: `none`, `overlap` or `all`: on which items machines are kept from reviewers until they have decided.
        hides_names: whether adjudication shows who decided what.
    """

    n_reviews: int
    overlap_percent: int
    blind: str
    hides_names: bool


@dataclass(frozen=True, slots=True)
class ReviewingCounts:
    """What a plan does to the items of a project.

    Attributes:
        n_free: items that nobody has begun or holds; the plan is applied to these.
        n_kept: items that somebody has; they stay as they are.
        n_overlap: items among the free ones that several people review.
        n_blind: items among the free ones that are reviewed blind.
        n_passes: reviews that the free items need, all people together.
    """

    n_free: int
    n_kept: int
    n_overlap: int
    n_blind: int
    n_passes: int


def get_plan(project: Project) -> ReviewingPlan:
    """How the items of a project are reviewed now."""
    return ReviewingPlan(project.n_reviews, project.overlap_percent, project.blind, project.hides_names)


def count_plan(project: Project, plan: ReviewingPlan) -> ReviewingCounts:
    """What a plan would do, before it is done."""
    check_plan(plan)
    items = Item.objects.filter(project=project)
    free = _list_free(items)
    n_free = free.count()
    n_overlap = free.filter(_is_overlap(plan)).count()
    n_blind = {"none": 0, "overlap": n_overlap, "all": n_free}[plan.blind]
    return ReviewingCounts(
        n_free=n_free,
        n_kept=items.count() - n_free,
        n_overlap=n_overlap,
        n_blind=n_blind,
        n_passes=n_free + n_overlap * (plan.n_reviews - 1),
    )


@transaction.atomic
def set_reviewing(*, project: Project, actor: User, plan: ReviewingPlan) -> ReviewingCounts:
    """Change how a project is reviewed, on all items that nobody has begun, and on all that are imported later.

    Raises:
        BadRequestError: a number is out of its range.
    """
    counts = count_plan(project, plan)
    for name in ("n_reviews", "overlap_percent", "blind", "hides_names"):
        setattr(project, name, getattr(plan, name))
    project.save(update_fields=["n_reviews", "overlap_percent", "blind", "hides_names"])
    apply_reviewing(project, Item.objects.filter(project=project))
    data: dict[str, Any] = {name: getattr(plan, name) for name in ("n_reviews", "overlap_percent", "blind")}
    data |= {"hides_names": plan.hides_names, "n_items": counts.n_free, "n_overlap": counts.n_overlap}
    record_event(project=project, actor=actor, kind="reviewing-changed", subject_id=project.pk, data=data)
    return counts


def apply_reviewing(project: Project, items: QuerySet[Item]) -> None:
    """Give items that nobody has begun the number of reviews and the blindness that the project asks for."""
    plan = get_plan(project)
    is_overlap = _is_overlap(plan)
    is_blind = {"none": _NONE, "overlap": is_overlap, "all": _ALL}[plan.blind]
    _list_free(items).update(
        n_reviews=Case(When(is_overlap, then=plan.n_reviews), default=1, output_field=IntegerField()),
        is_blind=Case(When(is_blind, then=True), default=False, output_field=BooleanField()),
    )


def check_plan(plan: ReviewingPlan) -> None:
    """Refuse what cannot be.

    Raises:
        BadRequestError: a number is out of its range, or there is no such choice.
    """
    if not 1 <= plan.n_reviews <= MAX_REVIEWS:
        fault = _("An item is reviewed by 1 to %(most)s people.") % {"most": MAX_REVIEWS}
        raise bad_request("bad-number", fault, _("Choose a number among these."), place="n_reviews")
    if not 0 <= plan.overlap_percent <= 100:
        raise bad_request(
            "bad-number", _("The share is from 0 to 100 percent."), _("Choose one."), place="overlap_percent"
        )
    if plan.blind not in Project.Blind.values:
        known = ", ".join(Project.Blind.values)
        fault = _("%(given)r is no such choice.") % {"given": plan.blind}
        raise bad_request("bad-choice", fault, _("Known: %(known)s.") % {"known": known}, place="blind")


def _is_overlap(plan: ReviewingPlan) -> Q:
    if plan.n_reviews == 1 or plan.overlap_percent == 0:
        return _NONE
    return Q(share__lt=plan.overlap_percent / 100) if plan.overlap_percent < 100 else _ALL


def _list_free(items: QuerySet[Item]) -> QuerySet[Item]:
    """Items that nobody has begun or holds, each with its seeded `share` from 0 to 1."""
    taken = Review.objects.filter(Q(version__gt=0) | is_held(now=timezone.now()))
    spread = F("shuffle_key") * _SPREAD
    free = items.filter(is_qualification=False).exclude(pk__in=taken.values("item"))
    return free.annotate(share=spread - Floor(spread))


def change_plan(project: Project, **changes: Any) -> ReviewingPlan:
    """The present plan of a project with some parts changed."""
    return replace(get_plan(project), **changes)
