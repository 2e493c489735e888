"""Files handed out, with what they could not hold."""

from __future__ import annotations

from django.db import models

from annotator.models.accounts import User
from annotator.models.jobs import Job
from annotator.models.projects import Project


class Export(models.Model):
    """One exported file with its filters, loss report and hash."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="exports")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="export")
    format = models.CharField(max_length=50)
    filters = models.JSONField(default=dict)
    # The user has read that the format cannot hold everything and wants the file all the same.
    is_loss_confirmed = models.BooleanField(default=False)
    report = models.JSONField(default=dict)
    file = models.FileField(upload_to="exports/%Y/%m", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"export {self.pk} ({self.format})"
