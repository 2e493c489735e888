"""Concepts of a project's terminology, found by what people type."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length

from annotator.models import Concept, Project

N_FOUND = 20


def find_concepts(project: Project, text: str) -> QuerySet[Concept]:
    """Concepts with a name or code that holds a text: those with one that begins with it first."""
    wanted = text.strip().lower()
    concepts = Concept.objects.filter(project=project)
    if not wanted:
        return concepts.order_by("name", "id")
    begins = Q(search_text__startswith=wanted) | Q(search_text__contains=f"\n{wanted}")
    place = Case(
        When(Q(code__iexact=wanted) | Q(name__iexact=wanted), then=Value(0)),
        When(begins, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    found = concepts.filter(search_text__contains=wanted).annotate(place=place)
    return found.order_by("place", Length("name"), "name", "id")


def search_concepts(project: Project, text: str, *, limit: int = N_FOUND) -> list[dict[str, Any]]:
    """The first concepts that are found, as the review screen takes them."""
    return [
        {"id": row.pk, "code": row.code, "name": row.name, "description": row.description, "synonyms": row.synonyms}
        for row in find_concepts(project, text)[:limit]
    ]
