"""People of a project: open invitations, and how far and how fast each reviewer is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.utils import timezone

from annotator.models import Decision, Invitation, Membership, Project, Review, User

PACE_DAYS = 7
MS_PER_HOUR = 3_600_000

Kind = Decision.Kind


@dataclass(frozen=True, slots=True)
class Pace:
    """What a person has done, and how fast.

    Attributes:
        user: the person.
        role: in words.
        n_items: items that the person finished reviewing.
        n_labels: labels that the person decided on, each counted once.
        n_undone: decisions that the person took back.
        active_ms: time spent, pauses left out.
        n_recent: items finished in the last seven days.
        last_at: time of the newest decision.
    """

    user: User
    role: str
    n_items: int
    n_labels: int
    n_undone: int
    active_ms: int
    n_recent: int
    last_at: datetime | None

    @property
    def active_hours(self) -> float:
        return self.active_ms / MS_PER_HOUR

    @property
    def labels_per_hour(self) -> float | None:
        """Labels decided in an hour of active time; None below one minute, where it says nothing."""
        return self.n_labels / self.active_hours if self.active_ms >= MS_PER_HOUR / 60 else None


def list_open_invitations(project: Project) -> QuerySet[Invitation]:
    """Invitations that can still be followed."""
    open_ones = project.invitations.filter(revoked_at=None, expires_at__gt=timezone.now(), n_used__lt=F("max_uses"))
    return open_ones.select_related("created_by")


def list_paces(project: Project, *, of: User | None = None, now: datetime | None = None) -> list[Pace]:
    """What each member has done, in three queries however many there are.

    Args:
        of: only this person.
        now: end of the last seven days; for tests.
    """
    members = Membership.objects.filter(project=project).select_related("user")
    if of is not None:
        members = members.filter(user=of)
    since = (now or timezone.now()) - timedelta(days=PACE_DAYS)
    reviews = _by_person(
        Review.objects.filter(item__project=project, kind=Review.Kind.REVIEW)
        .values("reviewer")
        .annotate(
            n_items=Count("pk", filter=Q(state=Review.State.DONE)),
            n_recent=Count("pk", filter=Q(state=Review.State.DONE, finished_at__gte=since)),
            active_ms=Sum("active_ms"),
        ),
        key="reviewer",
    )
    decisions = _by_person(
        Decision.objects.filter(project=project)
        .exclude(review__kind=Review.Kind.QUALIFICATION)
        .order_by()
        .values("actor")
        .annotate(
            n_labels=Count("annotation", distinct=True),
            n_undone=Count("pk", filter=Q(kind=Kind.UNDO)),
            last_at=Max("created_at"),
        ),
        key="actor",
    )
    return [_pace(row, reviews.get(row.user_id, {}), decisions.get(row.user_id, {})) for row in members]


def _by_person(rows: Iterable[Mapping[str, Any]], *, key: str) -> dict[int, Mapping[str, Any]]:
    return {row[key]: row for row in rows}


def _pace(member: Membership, review: Mapping[str, Any], decision: Mapping[str, Any]) -> Pace:
    return Pace(
        user=member.user,
        role=str(Membership.Role(member.role).label),
        n_items=review.get("n_items") or 0,
        n_labels=decision.get("n_labels") or 0,
        n_undone=decision.get("n_undone") or 0,
        active_ms=review.get("active_ms") or 0,
        n_recent=review.get("n_recent") or 0,
        last_at=decision.get("last_at"),
    )
