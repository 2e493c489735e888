"""How people come to a project and to their items."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from annotator.models.accounts import User
from annotator.models.items import Item
from annotator.models.projects import Membership, Project


class Invitation(models.Model):
    """A link that makes whoever opens it a member; only a hash of its secret is kept."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=20, choices=Membership.Role)
    tgt_langs = models.JSONField(default=list, blank=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    max_uses = models.PositiveSmallIntegerField(default=1)
    n_used = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(n_used__lte=F("max_uses")), name="invitation_not_overused"),
            models.CheckConstraint(
                condition=Q(role__in=["manager", "curator", "reviewer", "viewer"]), name="invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk} ({self.role})"


class Assignment(models.Model):
    """That a person is to review an item; an item with assignments is handed out to those people only."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="assignments")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "reviewer"], name="assignment_once")]
        indexes = [models.Index(fields=["reviewer", "item"], name="assignment_of_person")]

    def __str__(self) -> str:
        return f"item {self.item_id} to {self.reviewer_id}"
