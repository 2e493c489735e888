"""What people say about items without deciding: comments, flags, skips."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from annotator.models.accounts import User
from annotator.models.annotations import Annotation, Review
from annotator.models.items import Item, SourceSpan
from annotator.models.projects import Project, RejectReason


class Thread(models.Model):
    """A conversation about an item, or about one of its spans."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="threads")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="threads")
    source_span = models.ForeignKey(SourceSpan, on_delete=models.CASCADE, null=True, blank=True, related_name="threads")
    # An added span, which has no source span.
    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, null=True, blank=True, related_name="threads")
    is_open = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["project", "is_open", "created_at"], name="thread_of_project")]

    def __str__(self) -> str:
        return f"thread {self.pk}"


class Comment(models.Model):
    """One post of a thread. The browser makes the id: sent twice, it is posted once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="comment_not_empty")]

    def __str__(self) -> str:
        return f"comment {self.pk}"


class Flag(models.Model):
    """That a reviewer wants the adjudicator to look at a span (or an item); the span stays undecided.

    Taken back or resolved, it stays as a record.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="flags")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="flags")
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="flags")
    source_span = models.ForeignKey(SourceSpan, on_delete=models.CASCADE, null=True, blank=True, related_name="flags")
    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, null=True, blank=True, related_name="flags")
    reason = models.ForeignKey(RejectReason, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="flags")
    created_at = models.DateTimeField(auto_now_add=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | Q(closed_at__isnull=False), name="flag_closed_has_time"
            ),
            models.UniqueConstraint(
                fields=["review", "source_span"],
                condition=Q(closed_at__isnull=True, source_span__isnull=False),
                name="flag_open_once_per_span",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "item"], condition=Q(closed_at__isnull=True), name="flag_open_of_project")
        ]

    def __str__(self) -> str:
        return f"flag {self.pk}"


class Skip(models.Model):
    """That a person put an item to the end of the own queue; counted, and moved to the end again each time."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="skips")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="skips")
    n_times = models.PositiveSmallIntegerField(default=1)
    skipped_at = models.DateTimeField()
    # Made in the browser for each skipping: sent twice, it is counted once.
    last_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "user"], name="skip_once_per_person")]
        indexes = [models.Index(fields=["user", "skipped_at"], name="skip_of_person")]

    def __str__(self) -> str:
        return f"item {self.item_id} skipped by {self.user_id}"
