"""How far people are with what they were assigned."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from annotator.access import REVIEWERS
from annotator.models import Assignment, Membership, Project, Review


@dataclass(frozen=True, slots=True)
class Load:
    """What one person was assigned.

    Attributes:
        n_assigned: items, finished ones included.
        n_begun: those that the person has begun or finished.
    """

    member: Membership
    n_assigned: int
    n_begun: int

    @property
    def n_waiting(self) -> int:
        return self.n_assigned - self.n_begun


def list_assignable(project: Project) -> QuerySet[Membership]:
    """The members who may review, with their languages."""
    members = Membership.objects.filter(project=project, role__in=[str(role) for role in REVIEWERS])
    return members.select_related("user").order_by("user__username")


def list_loads(project: Project) -> list[Load]:
    """One row a member, in two queries."""
    own = Review.objects.filter(
        kind=Review.Kind.REVIEW, item=OuterRef("item"), reviewer=OuterRef("reviewer"), version__gt=0
    )
    rows = Assignment.objects.filter(item__project=project).annotate(is_begun=Exists(own)).order_by()
    counted = rows.values_list("reviewer").annotate(n=Count("pk"), n_begun=Count("pk", filter=Q(is_begun=True)))
    by_person = {user_id: (n, n_begun) for user_id, n, n_begun in counted}
    return [Load(member, *by_person.get(member.user_id, (0, 0))) for member in list_assignable(project)]
