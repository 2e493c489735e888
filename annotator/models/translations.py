"""Translations under review: earlier texts of a segment, and what people think of the text."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotator.models.accounts import User
from annotator.models.items import Segment


class SegmentVersion(models.Model):
    """A text that a segment has or had. Version 1 is the imported one; written when the first edit is made."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    tokens = models.JSONField(default=list)
    # Empty for the imported text.
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # The step of the decisions that moved the spans along.
    step = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="segment_version_once")]

    def __str__(self) -> str:
        return f"version {self.number} of segment {self.segment_id}"


class TranslationMark(models.Model):
    """How good a person finds a target text: meaning and fluency 0, 0.5 or 1, stored as 0, 1, 2; error categories."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="marks")
    # The version of the text that was judged.
    version = models.PositiveSmallIntegerField(default=1)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    meaning = models.PositiveSmallIntegerField(null=True, blank=True)
    fluency = models.PositiveSmallIntegerField(null=True, blank=True)
    # Codes of the project's error categories.
    errors = models.JSONField(default=list, blank=True)
    note = models.TextField(blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "version", "reviewer"], name="translation_mark_once"),
            models.CheckConstraint(condition=Q(meaning=None) | Q(meaning__lte=2), name="translation_meaning_0_to_2"),
            models.CheckConstraint(condition=Q(fluency=None) | Q(fluency__lte=2), name="translation_fluency_0_to_2"),
        ]

    def __str__(self) -> str:
        return f"mark of segment {self.segment_id}"
