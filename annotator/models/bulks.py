"""Acts on many items at once."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotator.models.accounts import User
from annotator.models.jobs import Job
from annotator.models.projects import Project


class Bulk(models.Model):
    """One act on all items that fit a filter. Its decisions share one step, so that it is undone as a whole."""

    class Kind(models.TextChoices):
        ACCEPT = "accept", _("accept all proposals")
        REJECT = "reject", _("reject all proposals")
        ASSIGN = "assign", _("assign to a reviewer")
        # Gold by a rule, in the name of the curator who applies it.
        AGREED = "agreed", _("gold where reviewers agree")
        UNANIMOUS = "unanimous", _("gold where machines agree")
        # Items with known gold become qualification items, or real work again.
        QUALIFY = "qualify", _("use as qualification items")
        RELEASE = "release", _("take out of the qualification")

    class State(models.TextChoices):
        DOING = "doing", _("under way")
        DONE = "done", _("done")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="bulks")
    kind = models.CharField(max_length=20, choices=Kind)
    # {"filter": parameters, "reason": code, "assignee": user id, "n_agreeing", "min_percent", "audit", ...}.
    settings = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.DOING)
    # The step of all its decisions, and that of their reversals.
    step = models.UUIDField(unique=True, default=uuid.uuid4)
    undo_step = models.UUIDField(null=True, blank=True, unique=True)
    # Where many items are meant, a worker does it.
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="bulk")
    undo_job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="bulk_undo")
    # Items that it was meant for, and how many it changed; decisions and spans left undecided.
    n_meant = models.PositiveIntegerField(default=0)
    n_items = models.PositiveIntegerField(default=0)
    n_decisions = models.PositiveIntegerField(default=0)
    n_left = models.PositiveIntegerField(default=0)
    # Number of items that were refused, by the code of why.
    refused = models.JSONField(default=dict)
    # Items up to this id are dealt with, so that whoever goes on after a crash does nothing twice.
    last_item_id = models.BigIntegerField(default=0)
    # Who items were assigned to before: {item id: [user ids]}; or which came into the set or left it: {item id: true}.
    before = models.JSONField(default=dict)
    n_undone = models.PositiveIntegerField(default=0)
    # Items that somebody has changed since, which keep what they have.
    n_kept = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["accept", "reject", "assign", "agreed", "unanimous", "qualify", "release"]),
                name="bulk_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["doing", "done", "undoing", "undone"]), name="bulk_state_known"
            ),
        ]

    @property
    def changes_labels(self) -> bool:
        """Whether it takes decisions; else `before` says what it changed."""
        return self.kind not in (self.Kind.ASSIGN, self.Kind.QUALIFY, self.Kind.RELEASE)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
