"""Terminologies: what spans can be linked to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotator.models.projects import Project


class Concept(models.Model):
    """An entry of the project's terminology: id, preferred name, other names."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="concepts")
    # As in the terminology that it comes from (Q64, C0004057, ...).
    code = models.CharField(max_length=100)
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    # Other names, in any language, to be found by.
    synonyms = models.JSONField(default=list, blank=True)
    # All its names in lower case, one a line: what a search looks through.
    search_text = models.TextField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "code"], name="concept_code_once"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="concept_named"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"
