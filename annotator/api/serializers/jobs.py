"""Background records, out."""

from __future__ import annotations

from rest_framework import serializers

from annotator.api.serializers import PageQuery
from annotator.models import Job


class JobQuery(PageQuery):
    """Which jobs are listed."""

    kind = serializers.ChoiceField(choices=Job.Kind.choices, required=False)
    state = serializers.ChoiceField(choices=Job.State.choices, required=False)


class JobSerializer(serializers.ModelSerializer[Job]):
    """How far a piece of background work is, and how it ended."""

    created_by = serializers.CharField(source="created_by.username", read_only=True)
    percent = serializers.IntegerField(read_only=True)

    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "state",
            "stage",
            "n_total",
            "n_done",
            "n_failed",
            "percent",
            "error_code",
            "error_message",
            "is_cancel_requested",
            "attempt",
            "created_by",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields
