"""Uploads: what was given, what was chosen, what was found in it, what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotator.models.accounts import User
from annotator.models.jobs import Job
from annotator.models.projects import Project


class Import(models.Model):
    """One confirmed or abandoned upload of labelled source and target."""

    class State(models.TextChoices):
        DRAFT = "draft", _("waiting for your choice")
        CONFIRMED = "confirmed", _("being imported")
        DONE = "done", _("imported")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="imports")
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    tgt_lang = models.CharField(max_length=35)
    # What the user chose: formats, pairing, columns, layer, what to do with bad rows.
    spec = models.JSONField(default=dict)
    # Counts, labels, problems and skipped rows.
    report = models.JSONField(default=dict)
    # Hash of file contents and target language: recognises a repeated import.
    fingerprint = models.CharField(max_length=64)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="import_record")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "fingerprint"], condition=Q(state="done"), name="import_of_same_files_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "confirmed", "done", "failed", "cancelled"]), name="import_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportFile(models.Model):
    """One file of an upload, kept as it came."""

    class Role(models.TextChoices):
        SOURCE = "source", _("labelled source")
        TARGET = "target", _("target")
        ID_TABLE = "id_table", _("id table")

    import_record = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="files")
    role = models.CharField(max_length=20, choices=Role)
    name = models.CharField(max_length=300)
    file = models.FileField(upload_to="imports/%Y/%m")
    sha256 = models.CharField(max_length=64)
    n_bytes = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["import_record", "role"], name="import_file_role_once")]

    def __str__(self) -> str:
        return self.name
