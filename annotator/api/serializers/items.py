"""Items with segments, spans of both sides, candidates and decisions, out; filters of their list, in."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotator.api.serializers import (
    IntervalsField,
    LinksField,
    NumbersField,
    ObjectField,
    PageQuery,
    RequestSerializer,
)
from annotator.models import Alignment, Annotation, Candidate, Decision, Item, Review, Segment, SourceSpan

OPEN_ONLY = [("open", "open")]


class Share(serializers.FloatField):
    """A number from 0 to 1."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=1, **kwargs)


class ItemParts(RequestSerializer):
    """Which items are meant, besides language and state."""

    label = serializers.CharField(  # type: ignore[assignment]
        required=False, help_text="Only items with a span of a label of this name."
    )
    engine = serializers.CharField(required=False, help_text="Only items whose shown run is of this engine.")
    score_min = Share(required=False, help_text="Smallest probability (or score) of the least sure candidate.")
    score_max = Share(required=False, help_text="Largest probability (or score) of the least sure candidate.")
    disagreement = Share(required=False, help_text="Smallest share of the runs that differ from the one shown.")
    reviewer = serializers.CharField(required=False, help_text="Only items that this user reviews or has reviewed.")
    error = serializers.CharField(required=False, help_text="Only items whose translation has such an error: a code.")
    comment = serializers.ChoiceField(choices=OPEN_ONLY, required=False, help_text="Only items with open comments.")
    flag = serializers.ChoiceField(choices=OPEN_ONLY, required=False, help_text="Only items with an open flag.")
    text = serializers.CharField(required=False, help_text="Only items with this in a text of either side.")
    form = serializers.CharField(required=False, help_text="Only items with a span that covers exactly this.")
    side = serializers.ChoiceField(
        choices=["source", "target"], required=False, help_text="The side that text and form are looked for on."
    )
    document = serializers.CharField(required=False, help_text="Only items of the document of this name.")
    qualification = serializers.ChoiceField(
        choices=["yes", "no"], required=False, help_text="Only items that serve to qualify reviewers, or only others."
    )


class ItemQuery(ItemParts, PageQuery):
    """Which items are listed."""

    lang = serializers.CharField(required=False, help_text="Only items of this target language.")
    state = serializers.ChoiceField(choices=Item.State.choices, required=False, help_text="Only items in this state.")


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    """One text with its tokens."""

    tokens = IntervalsField(read_only=True)

    class Meta:
        model = Segment
        fields = ["id", "side", "role", "lang", "text", "tokens"]
        read_only_fields = fields


class SourceSpanSerializer(serializers.ModelSerializer[SourceSpan]):
    """A gold label of the source side."""

    label_name = serializers.CharField(source="label.name", read_only=True)
    intervals = IntervalsField(read_only=True)

    class Meta:
        model = SourceSpan
        fields = [
            "id",
            "key",
            "segment",
            "layer",
            "label",
            "label_name",
            "intervals",
            "surface",
            "head",
            "tail",
            "concept",
        ]
        read_only_fields = fields


class ItemSerializer(serializers.ModelSerializer[Item]):
    """An item with its texts and source spans."""

    document = serializers.CharField(source="document.name", read_only=True)
    segments = SegmentSerializer(many=True, read_only=True)
    source_spans = SourceSpanSerializer(many=True, read_only=True)
    confidence = serializers.SerializerMethodField(help_text="Null while the item is reviewed blind.")

    def get_confidence(self, row: Item) -> float | None:
        """Of the least sure candidate of the run that is shown."""
        return None if row.hides_machines else row.confidence

    class Meta:
        model = Item
        fields = [
            "id",
            "external_id",
            "document",
            "tgt_lang",
            "position",
            "state",
            "confidence",
            "segments",
            "source_spans",
        ]
        read_only_fields = fields


class CandidateSerializer(serializers.ModelSerializer[Candidate]):
    """A machine's proposal: rank 0 is its best, the others are alternatives."""

    label_name = serializers.CharField(source="label.name", read_only=True)
    intervals = IntervalsField(read_only=True)
    parts = NumbersField(read_only=True, help_text="What the score is made of.")
    unprojected_reason = serializers.CharField(read_only=True, help_text="Why there is no span; empty where there is.")

    class Meta:
        model = Candidate
        fields = [
            "id",
            "run",
            "item",
            "source_span",
            "rank",
            "label",
            "label_name",
            "segment",
            "intervals",
            "surface",
            "is_relation",
            "concept",
            "score",
            "probability",
            "parts",
            "unprojected_reason",
        ]
        read_only_fields = fields


class AlignmentSerializer(serializers.ModelSerializer[Alignment]):
    """Links between the tokens of two segments."""

    links = LinksField(read_only=True)

    class Meta:
        model = Alignment
        fields = ["run", "src_segment", "tgt_segment", "links"]
        read_only_fields = fields


class AnnotationSerializer(serializers.ModelSerializer[Annotation]):
    """A target label as people left it, with the candidate that it began as."""

    label_name = serializers.CharField(source="label.name", read_only=True)
    intervals = IntervalsField(read_only=True)
    reason = serializers.CharField(source="reason.code", default="", read_only=True, help_text="Of a rejection.")

    class Meta:
        model = Annotation
        fields = [
            "id",
            "review",
            "source_span",
            "candidate",
            "state",
            "layer",
            "label",
            "label_name",
            "segment",
            "intervals",
            "surface",
            "head",
            "tail",
            "concept",
            "reason",
            "updated_at",
        ]
        read_only_fields = fields


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """One pass of reviewing over an item."""

    reviewer = serializers.CharField(source="reviewer.username", read_only=True)

    class Meta:
        model = Review
        fields = ["id", "kind", "number", "reviewer", "state", "version", "active_ms", "created_at", "finished_at"]
        read_only_fields = fields


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """One act of a reviewer; decisions of one step belong together."""

    actor = serializers.CharField(source="actor.username", read_only=True)
    before = ObjectField(read_only=True)
    after = ObjectField(read_only=True)
    cause = ObjectField(read_only=True, help_text="Why, where it was more than an act on this label alone.")

    class Meta:
        model = Decision
        fields = [
            "id",
            "item",
            "annotation",
            "actor",
            "step",
            "ordinal",
            "kind",
            "before",
            "after",
            "cause",
            "reverses",
            "created_at",
        ]
        read_only_fields = fields


class ItemDetailSerializer(ItemSerializer):
    """An item with all that is known about it."""

    candidates = CandidateSerializer(many=True, read_only=True, help_text="Of the run that reviewers see.")
    alignments = AlignmentSerializer(many=True, read_only=True, help_text="Of the run that reviewers see.")
    reviews = ReviewSerializer(many=True, read_only=True)
    annotations = AnnotationSerializer(many=True, read_only=True)
    decisions = DecisionSerializer(many=True, read_only=True)

    class Meta(ItemSerializer.Meta):
        fields = [*ItemSerializer.Meta.fields, "candidates", "alignments", "reviews", "annotations", "decisions"]
        read_only_fields = fields
