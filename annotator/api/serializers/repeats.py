"""Repeats of a decision, in and out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotator.api.serializers import IdField, ProblemSerializer, RequestSerializer
from annotator.queries.repeats import MAX_REPEATS


class RepeatQuery(RequestSerializer):
    """The decided span whose repeats are wanted."""

    item = IdField()
    source_span = IdField(required=False, help_text="Names a projected span.")
    annotation = serializers.UUIDField(required=False, help_text="Names an added span.")


class ContextSerializer(serializers.Serializer[Any]):
    """Words in their sentence."""

    before = serializers.CharField()
    form = serializers.CharField()
    after = serializers.CharField()
    lang = serializers.CharField()
    dir = serializers.CharField()


class RepeatSerializer(serializers.Serializer[Any]):
    """An equal proposal that is undecided."""

    source_span = serializers.IntegerField()
    item = serializers.IntegerField()
    external_id = serializers.CharField()
    source = ContextSerializer()  # type: ignore[assignment]
    target = ContextSerializer()


class RepeatsSerializer(serializers.Serializer[Any]):
    """What a decision can be repeated on."""

    form = serializers.CharField(help_text="The words that all of them cover.")
    label = serializers.IntegerField(help_text="That all of them propose.")  # type: ignore[assignment]
    new_label = serializers.IntegerField(help_text="That they would get.")
    reason = serializers.CharField(allow_blank=True, help_text="For which they would be rejected; empty: accepted.")
    is_more = serializers.BooleanField(help_text=f"There are more than the {MAX_REPEATS} listed.")
    repeats = RepeatSerializer(many=True)


class RepeatCreate(RepeatQuery):
    """Which spans are decided on likewise: all in one step."""

    step = serializers.UUIDField(help_text="Made by the caller, new for each step.")
    spans = serializers.ListField(
        child=IdField(), min_length=1, max_length=MAX_REPEATS, help_text="Source spans of the list."
    )


class RepeatedSerializer(serializers.Serializer[Any]):
    """What was decided."""

    step = serializers.UUIDField()
    items = serializers.ListField(child=serializers.IntegerField(), source="item_ids")
    n_spans = serializers.IntegerField()
    left_out = ProblemSerializer(many=True, help_text="Why spans were left out, one entry each.")
    is_repeat = serializers.BooleanField(help_text="It had been done before; nothing was done now.")
