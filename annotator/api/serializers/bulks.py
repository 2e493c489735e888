"""Acts on many items, in and out."""

from __future__ import annotations

from rest_framework import serializers

from annotator.api.serializers import IdField, ObjectField, RequestSerializer
from annotator.api.serializers.items import ItemParts
from annotator.models import Bulk, Item
from annotator.services.bulk_decisions import RULES

ACTS = [(kind, kind) for kind in RULES]


class BulkFilter(ItemParts):
    """Which items are meant; all if empty."""

    lang = serializers.CharField(required=False)
    state = serializers.ChoiceField(choices=Item.State.choices, required=False)


class BulkCreate(RequestSerializer):
    """An act on all items that a filter finds."""

    step = serializers.UUIDField(help_text="Made by the caller: sent twice, it is done once.")
    kind = serializers.ChoiceField(choices=ACTS)
    filter = BulkFilter(required=False)
    n_seen = serializers.IntegerField(
        required=False, min_value=0, help_text="Refused with 409 when it would be done on another number of items."
    )
    reason = serializers.CharField(required=False, help_text="For reject: a code of reject-reasons/.")
    assignee = IdField(required=False, help_text="For assign: id of a user; managers only.")


class BulkSerializer(serializers.ModelSerializer[Bulk]):
    """An act on many items: what it was for, and what it did."""

    created_by = serializers.CharField(source="created_by.username", read_only=True)
    settings = ObjectField(read_only=True)
    refused = ObjectField(read_only=True, help_text="Number of items left alone, by the code of why.")

    class Meta:
        model = Bulk
        fields = [
            "id",
            "kind",
            "settings",
            "state",
            "step",
            "job",
            "undo_job",
            "n_meant",
            "n_items",
            "n_decisions",
            "n_left",
            "refused",
            "n_undone",
            "n_kept",
            "created_by",
            "created_at",
        ]
        read_only_fields = fields
