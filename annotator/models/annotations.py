"""What people decided: reviews of items, target labels under review, and the append-only decisions behind them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotator.models.accounts import User
from annotator.models.candidates import Candidate, FormHead
from annotator.models.items import Item, Segment, SourceSpan
from annotator.models.projects import Label, Layer, Project, RejectReason
from annotator.models.qualification import Attempt


class Review(models.Model):
    """One pass of reviewing over an item; made when the item is handed out or first decided on."""

    class Kind(models.TextChoices):
        REVIEW = "review", _("review")
        # By a curator, after the reviews; its result is gold.
        ADJUDICATION = "adjudication", _("adjudication")
        # Of an item whose gold is known, to qualify the reviewer.
        QUALIFICATION = "qualification", _("qualification")

    class State(models.TextChoices):
        OPEN = "open", _("to review")
        DONE = "done", _("reviewed")

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="reviews")
    kind = models.CharField(max_length=15, choices=Kind, default=Kind.REVIEW)
    # Reviews count from 1 to the item's `n_reviews`; an adjudication is number 0; qualifications count from 1 too.
    number = models.PositiveSmallIntegerField(default=1)
    # Of a qualification, the attempt that it belongs to; empty for everything else.
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, null=True, blank=True, related_name="reviews")
    # Who began it. Where one person reviews an item, whoever holds the claim may go on with it.
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews")
    claimed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    claim_expires_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # Number of its decisions; the browser says which one it saw.
    version = models.PositiveIntegerField(default=0)
    # Time that people spent on it, pauses of more than a minute left out.
    active_ms = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "kind", "number"], name="review_number_once"),
            models.UniqueConstraint(
                fields=["item", "kind", "reviewer"],
                condition=~Q(kind="qualification"),
                name="review_once_per_person",
            ),
            models.UniqueConstraint(fields=["item", "attempt"], name="review_once_per_attempt"),
            models.CheckConstraint(
                condition=Q(kind="qualification", attempt__isnull=False)
                | (~Q(kind="qualification") & Q(attempt__isnull=True)),
                name="review_qualification_has_attempt",
            ),
            models.CheckConstraint(condition=Q(state__in=["open", "done"]), name="review_state_known"),
            models.CheckConstraint(
                condition=Q(kind="adjudication", number=0) | Q(kind__in=["review", "qualification"], number__gte=1),
                name="review_kind_and_number",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | Q(claim_expires_at__isnull=False), name="review_claim_expires"
            ),
        ]
        indexes = [
            models.Index(fields=["claimed_by"], condition=Q(claimed_by__isnull=False), name="review_claims"),
            models.Index(fields=["reviewer", "state", "finished_at"], name="review_of_person"),
        ]

    def __str__(self) -> str:
        return f"review {self.number} of item {self.item_id}"


class Annotation(models.Model):
    """A target label as a person left it. State, label and place are derived from its decisions.

    A span keeps its id, its source span and the candidate that it began as, however it is moved or relabelled.
    """

    class State(models.TextChoices):
        UNDECIDED = "undecided", _("undecided")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        # An added span whose addition was undone: kept for its history, never exported.
        WITHDRAWN = "withdrawn", _("withdrawn")

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
    # The ends of a relation; empty for everything else.
    head = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="relations_from")
    tail = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="relations_to")
    concept = models.ForeignKey(
        "annotator.Concept", on_delete=models.PROTECT, null=True, blank=True, related_name="annotations"
    )
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
                condition=~Q(state="accepted")
                | Q(start_char__isnull=False)
                | Q(head__isnull=False, tail__isnull=False),
                name="annotation_accepted_has_place",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | Q(reason__isnull=False), name="annotation_rejected_has_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["item", "state"], name="annotation_of_item"),
            models.Index("layer", FormHead("surface"), condition=Q(state="accepted"), name="annotation_of_form"),
        ]

    def __str__(self) -> str:
        return f"{self.surface or 'no span'} ({self.state})"


class Decision(models.Model):
    """A reviewer's act on one target label (or on an item that has none). Append-only.

    Decisions of one keystroke share a `step`, whose id is made in the browser: sent twice, it is done once. Undo and
    redo are decisions too, each reversing exactly one other.
    """

    class Kind(models.TextChoices):
        ACCEPT = "accept", _("accepted")
        RELABEL = "relabel", _("relabelled")
        MOVE = "move", _("moved")
        REJECT = "reject", _("rejected")
        ADD = "add", _("added")
        NOTHING = "nothing", _("nothing here")
        # Of a span: another concept. Of a relation: other ends.
        LINK = "link", _("linked")
        # Undecided again, because what it rests on changed: an end was rejected, the text was edited.
        REOPEN = "reopen", _("reopened")
        # Of a target text: another wording. Labels on it move along in the same step.
        EDIT = "edit", _("edited the text")
        UNDO = "undo", _("undone")
        REDO = "redo", _("redone")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="decisions")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="decisions")
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="decisions")
    annotation = models.ForeignKey(
        Annotation, on_delete=models.CASCADE, null=True, blank=True, related_name="decisions"
    )
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    step = models.UUIDField()
    # Place inside the step, from 0.
    ordinal = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind)
    # State of the annotation before and after: see `annotator.services.review_snapshots`.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    # Why, where it was more than a keystroke on this span: {"bulk", "rule", "repeat_of", "side", "reason",
    # "is_guideline_gap", "edit", ...}.
    cause = models.JSONField(default=dict, blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["step", "ordinal"], name="decision_step_once"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "accept",
                        "relabel",
                        "move",
                        "reject",
                        "add",
                        "nothing",
                        "link",
                        "reopen",
                        "edit",
                        "undo",
                        "redo",
                    ]
                ),
                name="decision_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["undo", "redo"], reverses__isnull=False)
                | (~Q(kind__in=["undo", "redo"]) & Q(reverses__isnull=True)),
                name="decision_reversal_names_what",
            ),
            models.CheckConstraint(
                condition=Q(annotation__isnull=False) | Q(kind__in=["nothing", "edit", "undo", "redo"]),
                name="decision_is_about_something",
            ),
        ]
        indexes = [models.Index(fields=["project", "actor", "id"], name="decision_history")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
