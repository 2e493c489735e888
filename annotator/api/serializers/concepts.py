"""Concepts and terminologies, in and out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotator.api.serializers import ProblemSerializer, RequestSerializer
from annotator.api.serializers.imports import FileOrText
from annotator.models import Concept
from annotator.queries.concepts import N_FOUND


class ConceptSerializer(serializers.ModelSerializer[Concept]):
    """An entry of the terminology."""

    synonyms = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Concept
        fields = ["id", "code", "name", "synonyms", "description"]
        read_only_fields = fields


class FoundConceptsSerializer(serializers.Serializer[Any]):
    """What a search found."""

    results = ConceptSerializer(many=True, help_text=f"At most {N_FOUND}.")


class ConceptQuery(RequestSerializer):
    """What is looked for."""

    q = serializers.CharField(required=False, allow_blank=True, max_length=300, help_text="Part of a name or code.")


class TerminologyUpload(RequestSerializer):
    """A terminology, as a file (multipart/form-data) or a text (JSON)."""

    terminology = FileOrText(help_text="A table: code, name, synonyms (separated by |), description.")
    is_preview = serializers.BooleanField(required=False, help_text="Only say what it would bring.")


class TerminologySerializer(serializers.Serializer[Any]):
    """What a terminology brings."""

    n_new = serializers.IntegerField()
    n_changed = serializers.IntegerField(help_text="Replaced: the project had them with other names.")
    n_unchanged = serializers.IntegerField()
    n_problems = serializers.IntegerField(help_text="Rows left out.")
    problems = ProblemSerializer(many=True, help_text="The first of them.")
