"""The log of everything that was done besides decisions. Append-only."""

from __future__ import annotations

from django.db import models

from annotator.models.accounts import User
from annotator.models.projects import Project


class Event(models.Model):
    """Who did what to which thing, when; never texts."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, blank=True, related_name="events")
    # Empty where a worker acted on its own.
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Noun and verb, as in URL names: "run-started".
    kind = models.CharField(max_length=50)
    subject_id = models.CharField(max_length=100, blank=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["project", "-id"], name="event_of_project")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"
