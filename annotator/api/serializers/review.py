"""Review: queue, decisions, undo and redo, in and out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotator.api.serializers import IdField, IntervalsField, PageQuery, RequestSerializer
from annotator.api.serializers.items import ItemDetailSerializer, ItemParts
from annotator.models import Decision, Item, Review
from annotator.services.review import MAX_CLAIM
from annotator.services.review_acts import ACT_KINDS


class QueueQuery(ItemParts):
    """What part of the project is reviewed, in which order."""

    lang = serializers.CharField(required=False, help_text="Only items of this target language.")
    order = serializers.ChoiceField(choices=["unsure", "file"], required=False, help_text="`unsure` if left out.")
    state = serializers.ChoiceField(choices=Review.State.choices, required=False, help_text="`open` if left out.")
    n = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_CLAIM, help_text="How many items; 5 if left out."
    )


class ClaimRequest(QueueQuery):
    """What to be handed."""

    exclude = serializers.ListField(child=IdField(), required=False, help_text="Items that the caller has already.")


class PlaceSerializer(serializers.Serializer[Any]):
    """An item of the queue and why it stands there."""

    item = ItemDetailSerializer()
    drawn_by = serializers.ChoiceField(choices=["unsure", "random", "file", "qualification"])
    reason = serializers.CharField(help_text="In words.")


class QueueSerializer(serializers.Serializer[Any]):
    """The next items, and how far the project (or language) is."""

    n_done = serializers.IntegerField()
    n_open = serializers.IntegerField()
    n_new = serializers.IntegerField(help_text="Not projected yet, so not in the queue.")
    places = PlaceSerializer(many=True)


class ActInput(RequestSerializer):
    """One act on one target label: accept, relabel, move, reject, add, link, or nothing (this item has no labels)."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in ACT_KINDS])
    source_span = IdField(required=False, allow_null=True, help_text="Names a projected span.")
    annotation = serializers.UUIDField(
        required=False, allow_null=True, help_text="Names an added span; for add, the id that the new one gets."
    )
    layer = IdField(required=False, allow_null=True, help_text="For add; that of the label if left out.")
    label = IdField(  # type: ignore[assignment]
        required=False, allow_null=True, help_text="For relabel and add; for accept, the label that was seen."
    )
    segment = IdField(required=False, allow_null=True, help_text="Target segment, for move and add.")
    intervals = IntervalsField(
        required=False, allow_null=True, help_text="For move and add; for accept, the place that was seen."
    )
    surface = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        trim_whitespace=False,
        help_text="The covered text as it was seen, for accept, move and add: checked against the stored text.",
    )
    reason = serializers.CharField(
        required=False, allow_blank=True, help_text="Code of a reject reason; see reject-reasons/."
    )
    head = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="End of a relation, for add and link: s and the id of a source span, or the id of an added span.",
    )
    tail = serializers.CharField(required=False, allow_null=True, help_text="The other end, given in the same way.")
    concept = IdField(required=False, allow_null=True, help_text="Of a span, for add and link; null for none.")
    candidate = IdField(
        required=False,
        allow_null=True,
        help_text="The machine's proposal that was taken instead of the first; kept as cause of the decision.",
    )


class DecisionCreate(RequestSerializer):
    """One step: all its acts are done, or none. The same step sent twice is done once."""

    step = serializers.UUIDField(help_text="Made by the caller, new for each step.")
    item = IdField()
    acts = ActInput(many=True, allow_empty=False)
    seen_version = serializers.IntegerField(
        required=False, min_value=0, help_text="`version` of the review that was seen; 0 where there was none."
    )
    active_ms = serializers.IntegerField(required=False, min_value=0, help_text="Time spent since the step before.")


class ReversalCreate(RequestSerializer):
    """An undo or redo, which is a step too."""

    step = serializers.UUIDField(help_text="Made by the caller, new for each step.")
    expected = serializers.UUIDField(required=False, help_text="The step that is meant; refused if not the last.")


class OutcomeSerializer(serializers.Serializer[Any]):
    """What a step did."""

    step = serializers.UUIDField()
    item = serializers.IntegerField(source="item_id")
    item_state = serializers.ChoiceField(choices=Item.State.choices)
    review_state = serializers.ChoiceField(choices=Review.State.choices)
    version = serializers.IntegerField(help_text="Of the review, afterwards.")
    reversed_step = serializers.UUIDField(allow_null=True, help_text="For undo and redo.")
    is_repeat = serializers.BooleanField(help_text="It had been done before; nothing was done now.")


class DecisionQuery(PageQuery):
    """Which decisions are listed."""

    item = IdField(required=False)
    actor = serializers.CharField(required=False, help_text="User name.")
    kind = serializers.ChoiceField(choices=Decision.Kind.choices, required=False)
