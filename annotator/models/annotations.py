"""What people decided: reviews of items, target labels under review, and the append-only decisions behind them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from annotator.models.accounts import User
from annotator.models.candidates import Candidate
from annotator.models.items import Item, Segment, SourceSpan
from annotator.models.projects import Label, Layer, Project, RejectReason


class Review(models.Model):
    """One pass of reviewing over an item; made with its first decision."""

    class State(models.TextChoices):
        OPEN = "open", "to review"
        DONE = "done", "reviewed"

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="reviews")
    # 1 for the first pass; items that several people review have more.
    number = models.PositiveSmallIntegerField(default=1)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # Number of its decisions; the browser says which one it saw.
    version = models.PositiveIntegerField(default=0)
    # Time that people spent on it, pauses of more than a minute left out.
    active_ms = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="review_number_once"),
            models.CheckConstraint(condition=Q(state__in=["open", "done"]), name="review_state_known"),
        ]

    def __str__(self) -> str:
        return f"review {self.number} of item {self.item_id}"


class Annotation(models.Model):
    """A target label as a person left it. State, label and place are derived from its decisions.

    A span keeps its id, its source span and the candidate that it began as, however it is moved or relabelled.
    """

    class State(models.TextChoices):
        UNDECIDED = "undecided", "undecided"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"
        # An added span whose addition was undone: kept for its history, never exported.
        WITHDRAWN = "withdrawn", "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="annotations")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="annotations")
    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="+")
    # Empty for a span that a person added without a source span.
    source_span = models.ForeignKey(
        SourceSpan, on_delete=models.PROTECT, null=True, blank=True, related_name="annotations"
    )
    # The machine's proposal that it began as; empty where a person added it or the machine found nothing.
    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, null=True, blank=True, related_name="annotations"
    )
    state = models.CharField(max_length=10, choices=State, default=State.UNDECIDED)
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="+")
    intervals = models.JSONField(default=list)
    start_char = models.PositiveIntegerField(null=True, blank=True)
    end_char = models.PositiveIntegerField(null=True, blank=True)
    surface = models.TextField(blank=True)
    reason = models.ForeignKey(RejectReason, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["review", "source_span"],
                condition=Q(source_span__isnull=False),
                name="annotation_once_per_source_span",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["undecided", "accepted", "rejected", "withdrawn"]), name="annotation_state_known"
            ),
            models.CheckConstraint(
                condition=Q(start_char__isnull=True, end_char__isnull=True) | Q(start_char__lt=F("end_char")),
                name="annotation_not_empty",
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(start_char__isnull=False), name="annotation_accepted_has_place"
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | Q(reason__isnull=False), name="annotation_rejected_has_reason"
            ),
        ]
        indexes = [models.Index(fields=["item", "state"], name="annotation_of_item")]

    def __str__(self) -> str:
        return f"{self.surface or 'no span'} ({self.state})"


class Decision(models.Model):
    """A reviewer's act on one target label (or on an item that has none). Append-only.

    Decisions of one keystroke share a `step`, whose id is made in the browser: sent twice, it is done once. Undo and
    redo are decisions too, each reversing exactly one other.
    """

    class Kind(models.TextChoices):
        ACCEPT = "accept", "accepted"
        RELABEL = "relabel", "relabelled"
        MOVE = "move", "moved"
        REJECT = "reject", "rejected"
        ADD = "add", "added"
        NOTHING = "nothing", "nothing here"
        UNDO = "undo", "undone"
        REDO = "redo", "redone"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="decisions")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="decisions")
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="decisions")
    annotation = models.ForeignKey(
        Annotation, on_delete=models.CASCADE, null=True, blank=True, related_name="decisions"
    )
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    step = models.UUIDField()
    # Place inside the step, from 0.
    ordinal = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind)
    # State of the annotation before and after: {state, label, intervals, reason}.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["step", "ordinal"], name="decision_step_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["accept", "relabel", "move", "reject", "add", "nothing", "undo", "redo"]),
                name="decision_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["undo", "redo"], reverses__isnull=False)
                | (~Q(kind__in=["undo", "redo"]) & Q(reverses__isnull=True)),
                name="decision_reversal_names_what",
            ),
            models.CheckConstraint(
                condition=Q(annotation__isnull=False) | Q(kind__in=["nothing", "undo", "redo"]),
                name="decision_is_about_something",
            ),
        ]
        indexes = [models.Index(fields=["project", "actor", "id"], name="decision_history")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
