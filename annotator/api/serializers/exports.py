"""Exports: what is wanted, in; what became of it, out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotator.api.serializers import ObjectField, ProblemSerializer, RequestSerializer
from annotator.api.serializers.jobs import JobSerializer
from annotator.models import Export
from annotator.services.export_formats import FORMATS
from annotator.services.exports import ITEM_STATES, needs_confirmation


class ExportFilters(RequestSerializer):
    """Which labels are wanted."""

    tgt_lang = serializers.CharField(required=False, help_text="May be left out where the project has one only.")
    state = serializers.ChoiceField(choices=ITEM_STATES, required=False)
    labels = serializers.ListField(child=serializers.CharField(), required=False, help_text="All when left out.")
    document = serializers.CharField(required=False, allow_blank=True, help_text="Name of the only document wanted.")
    has_source = serializers.BooleanField(required=False, help_text="Source side too, where the format can hold it.")


class ExportCreate(RequestSerializer):
    """Format and filters."""

    format = serializers.ChoiceField(choices=[(each.name, each.title) for each in FORMATS.values()])
    filters = ExportFilters(required=False)
    is_loss_confirmed = serializers.BooleanField(
        required=False, help_text="Hand the file out whatever the format cannot hold."
    )


class ExportReportSerializer(serializers.Serializer[Any]):
    """What is in the file, and what the format could not hold."""

    n_items = serializers.IntegerField(required=False)
    n_labels = serializers.IntegerField(required=False)
    n_rejected = serializers.IntegerField(required=False)
    n_undecided = serializers.IntegerField(required=False)
    n_bytes = serializers.IntegerField(required=False)
    n_losses = serializers.IntegerField(required=False)
    losses_by_code = serializers.DictField(child=serializers.IntegerField(), required=False)
    losses = ProblemSerializer(many=True, required=False, help_text="The first of them.")


class ExportSerializer(serializers.ModelSerializer[Export]):
    """One export; its report stands when its job is done."""

    job = JobSerializer(read_only=True)
    filters = ObjectField(read_only=True)
    report = ExportReportSerializer(read_only=True)
    needs_confirmation = serializers.SerializerMethodField(help_text="The file is withheld until its losses are.")
    created_by = serializers.CharField(source="created_by.username", read_only=True)

    class Meta:
        model = Export
        fields = [
            "id",
            "format",
            "filters",
            "job",
            "report",
            "is_loss_confirmed",
            "needs_confirmation",
            "sha256",
            "created_by",
            "created_at",
        ]
        read_only_fields = fields

    def get_needs_confirmation(self, export: Export) -> bool:
        """Whether someone must confirm the losses first."""
        return needs_confirmation(export)
