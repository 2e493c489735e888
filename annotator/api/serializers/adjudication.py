"""Adjudication, in and out."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.api.serializers import INTERVALS, PageQuery, RequestSerializer
from annotator.queries.adjudication import Sheet, Side
from annotator.services.adjudication import MAX_REASON


class SheetQuery(PageQuery):
    """Which items are listed."""

    lang = serializers.CharField(required=False, help_text="Only items of this target language.")


class SheetSummarySerializer(serializers.Serializer[Any]):
    """An item that is to be settled."""

    item = serializers.IntegerField(source="pk")
    external_id = serializers.CharField()
    lang = serializers.CharField(source="tgt_lang")
    state = serializers.CharField()
    n_open = serializers.SerializerMethodField(help_text="Labels on which the reviewers do not all agree.")

    def get_n_open(self, item: Any) -> int:
        sheet: Sheet = self.context["sheets"][item.pk]
        return sheet.n_open


class ColumnSerializer(serializers.Serializer[Any]):
    """Whose answers those are; a letter where the project hides names."""

    key = serializers.CharField(help_text="Names the side in a choice; M is the machine.")
    name = serializers.CharField()


class SideSerializer(serializers.Serializer[Any]):
    """What one column says of a label."""

    key = serializers.CharField()
    state = serializers.ChoiceField(choices=["accepted", "rejected", "undecided", "withdrawn", "absent"])
    label = serializers.SerializerMethodField(  # type: ignore[assignment]
        help_text="Empty where the label is not there."
    )
    intervals = serializers.SerializerMethodField()
    surface = serializers.SerializerMethodField()
    differences = serializers.ListField(
        child=serializers.CharField(), source="words", help_text="From the first column, in words."
    )

    def get_label(self, side: Side) -> str:
        return side.mark.label if side.mark else ""

    @extend_schema_field(INTERVALS)
    def get_intervals(self, side: Side) -> list[list[int]]:
        return [list(interval) for interval in side.mark.intervals] if side.mark else []

    def get_surface(self, side: Side) -> str:
        return side.row.surface if side.row is not None and side.is_placed else ""


class UnitSerializer(serializers.Serializer[Any]):
    """A label with the answer of each column."""

    ref = serializers.CharField(help_text="Names the label in a choice.")
    layer = serializers.CharField(source="layer.name")
    source = serializers.CharField(  # type: ignore[assignment]
        source="source_span.surface", default="", help_text="Text of the source label."
    )
    source_label = serializers.CharField(source="source_span.label.name", default="")
    is_agreed = serializers.BooleanField(help_text="All reviewers decided alike and nobody flagged it.")
    chosen = serializers.CharField(help_text="The side that stands without a choice; empty where one has to be made.")
    n_flags = serializers.SerializerMethodField(help_text="Open ones.")
    sides = SideSerializer(many=True)

    def get_n_flags(self, unit: Any) -> int:
        return len(unit.flags)


class SheetSerializer(serializers.Serializer[Any]):
    """An item with the answers of all reviewers and of the machine."""

    item = serializers.IntegerField(source="item.pk")
    external_id = serializers.CharField(source="item.external_id")
    lang = serializers.CharField(source="item.tgt_lang")
    is_settled = serializers.BooleanField()
    seen = serializers.CharField(help_text="To be sent back: refused where a review has changed since.")
    columns = ColumnSerializer(many=True)
    labels = UnitSerializer(many=True, source="units")


class ChoiceInput(RequestSerializer):
    """Who is right about a label, and why."""

    label = serializers.CharField(help_text="`ref` of the label.")  # type: ignore[assignment]
    side = serializers.CharField(help_text="`key` of the column.")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=MAX_REASON)
    is_guideline_gap = serializers.BooleanField(required=False, help_text="The guidelines do not say it.")


class SettleCreate(RequestSerializer):
    """One step: the whole item is settled, or nothing is. The same step sent twice is done once."""

    step = serializers.UUIDField(help_text="Made by the caller, new for each step.")
    choices = ChoiceInput(many=True, required=False, help_text="Labels on which all agree need none.")
    seen = serializers.CharField(required=False, allow_blank=True, help_text="As it was sent with the item.")


class StepCreate(RequestSerializer):
    """An undo, which is a step too."""

    step = serializers.UUIDField(help_text="Made by the caller, new for each step.")
