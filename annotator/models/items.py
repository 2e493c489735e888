"""Items with their segments, stored tokens and the spans of the source side."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from annotator.models.accounts import User
from annotator.models.imports import Import
from annotator.models.projects import Label, Layer, Project


class Document(models.Model):
    """Where items come from; splits never separate a document."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="documents")
    name = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="document_name_once")]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """What a reviewer decides on at once: source segments and target segments of one language."""

    class State(models.TextChoices):
        NEW = "new", "not projected"
        OPEN = "open", "to review"
        DONE = "done", "reviewed"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="items")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="items")
    imported_by = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="items")
    external_id = models.CharField(max_length=300)
    tgt_lang = models.CharField(max_length=35)
    # Order in the imported files; exports keep it.
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    # Lowest score of the best candidates in the active run; 1 where there is nothing to project. Orders the queue.
    confidence = models.FloatField(default=1.0)
    # Seeded random number: orders the random share of the queue.
    shuffle_key = models.FloatField()
    # How the queue handed it out last (unsure, random, file), "" if never: the random share estimates the rest.
    drawn_by = models.CharField(max_length=10, blank=True)
    claimed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    claim_expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "tgt_lang", "external_id"], name="item_id_once"),
            models.CheckConstraint(condition=Q(state__in=["new", "open", "done"]), name="item_state_known"),
            models.CheckConstraint(condition=Q(confidence__gte=0, confidence__lte=1), name="item_confidence_in_0_1"),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | Q(claim_expires_at__isnull=False), name="item_claim_expires"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "state", "confidence", "id"], name="item_unsure_first"),
            models.Index(fields=["project", "tgt_lang", "state", "confidence", "id"], name="item_unsure_first_lang"),
            models.Index(fields=["project", "state", "shuffle_key", "id"], name="item_shuffled"),
            models.Index(fields=["project", "tgt_lang", "state", "shuffle_key", "id"], name="item_shuffled_lang"),
            models.Index(fields=["project", "tgt_lang", "position", "id"], name="item_in_file_order"),
            models.Index(fields=["project", "state", "tgt_lang", "position", "id"], name="item_next_in_file"),
            models.Index(fields=["project", "claimed_by"], condition=Q(claimed_by__isnull=False), name="item_claims"),
        ]

    def __str__(self) -> str:
        return self.external_id


class Segment(models.Model):
    """One text in one language with one role. Offsets count Unicode code points of `text`."""

    class Side(models.TextChoices):
        SOURCE = "source", "source"
        TARGET = "target", "target"

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="segments")
    side = models.CharField(max_length=10, choices=Side)
    role = models.CharField(max_length=20, default="text")
    lang = models.CharField(max_length=35)
    # Index of the segment in the item, source and target counted together.
    position = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    # [[start_char, end_char], ...]: stored once, so that no later step tokenises again.
    tokens = models.JSONField(default=list)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="segment_position_once"),
            models.CheckConstraint(condition=Q(side__in=["source", "target"]), name="segment_side_known"),
        ]

    def __str__(self) -> str:
        return f"{self.side} segment {self.pk}"


class SourceSpan(models.Model):
    """A gold label of the source side, to be projected."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="source_spans")
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="source_spans")
    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="+")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    # Identifier inside the item, as imported or given by the importer (s1, s2, ...).
    key = models.CharField(max_length=100)
    # [[start_char, end_char], ...]; more than one where the layer allows discontinuous spans.
    intervals = models.JSONField()
    start_char = models.PositiveIntegerField()
    end_char = models.PositiveIntegerField()
    surface = models.TextField()
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "key"], name="source_span_key_once"),
            models.UniqueConstraint(fields=["item", "position"], name="source_span_position_once"),
            models.CheckConstraint(condition=Q(start_char__lt=F("end_char")), name="source_span_not_empty"),
        ]

    def __str__(self) -> str:
        return self.surface
