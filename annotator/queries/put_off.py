"""Items that a person has put off, by a skip or a flag: they come after everything else."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotator.models import Flag, Item, Skip, User
from annotator.prepared import Slot


def is_put_off(actor: User | Slot) -> Q:
    """Of items: skipped by a person, or with an open flag of theirs; one look-up each for an item."""
    return Q(Exists(_skips(actor))) | Q(Exists(_flags(actor)))


def _skips(actor: User | Slot) -> QuerySet[Skip]:
    return Skip.objects.filter(item=OuterRef("pk"), user=actor)


def _flags(actor: User | Slot) -> QuerySet[Flag]:
    return Flag.objects.filter(item=OuterRef("pk"), raised_by=actor, closed_at__isnull=True)


def list_put_off(items: QuerySet[Item], actor: User, *, n: int) -> list[tuple[int, str]]:
    """The first items of those put off, in the order in which they were, each with how it was drawn before."""
    skips = Skip.objects.filter(user=actor).values("item")
    flags = Flag.objects.filter(raised_by=actor, closed_at__isnull=True).values("item")
    skipped_at = Subquery(_skips(actor).values("skipped_at")[:1])
    flagged_at = Subquery(_flags(actor).order_by("-created_at").values("created_at")[:1])
    found = items.filter(Q(pk__in=skips) | Q(pk__in=flags)).annotate(put_off_at=Coalesce(skipped_at, flagged_at))
    return list(found.order_by("put_off_at", "pk").values_list("pk", "drawn_by")[:n])
