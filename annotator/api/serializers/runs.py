"""Engines and runs: what is wanted, in; what was found, out."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.api.serializers import IdField, ObjectField, PageQuery, RequestSerializer
from annotator.api.serializers.items import CandidateSerializer, SourceSpanSerializer
from annotator.api.serializers.jobs import JobSerializer
from annotator.models import Run, RunItem
from projection.engines import Engine


class EngineSettingSerializer(serializers.Serializer[Any]):
    """One setting of an engine."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["number", "integer", "choice", "boolean", "text", "model"])
    default = serializers.JSONField(help_text="Of the kind of the setting.")
    help = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField(), help_text="Empty where any value will do.")
    minimum = serializers.FloatField(allow_null=True)
    maximum = serializers.FloatField(allow_null=True)
    is_required = serializers.BooleanField(help_text="Whether it must be given; its default is empty then.")


class EngineSerializer(serializers.Serializer[Any]):
    """A machine that carries labels over."""

    name = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    uses_links = serializers.BooleanField(help_text="Whether it works on the links of other runs (`links_runs`).")
    makes_links = serializers.BooleanField(help_text="Whether its runs have word links for other runs to take.")
    learns = serializers.BooleanField(help_text="Whether what a run learned can serve later runs (`model_run`).")
    resource = serializers.ChoiceField(choices=["cpu", "gpu", "remote"])
    seconds_per_1000 = serializers.FloatField(help_text="CPU seconds for 1,000 sentence pairs of 20 tokens.")
    settings = EngineSettingSerializer(many=True)
    missing = serializers.SerializerMethodField(help_text="What is not installed here; a run is refused until it is.")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_missing(self, engine: Engine) -> list[str]:
        """Fault and remedy of each."""
        return [str(problem) for problem in engine.list_missing()]


class EstimateQuery(RequestSerializer):
    """A run that one thinks of."""

    tgt_lang = serializers.CharField()
    engine = serializers.CharField()


class EstimateSerializer(serializers.Serializer[Any]):
    """What a run would work on and how long it would take."""

    n_items = serializers.IntegerField()
    n_spans = serializers.IntegerField()
    n_seconds = serializers.FloatField(help_text="CPU seconds of a machine like the one measured.")


@extend_schema_field({"oneOf": [{"type": kind} for kind in ("number", "boolean", "string")]})
class SettingValueField(serializers.Field[Any, Any, Any, Any]):
    """A number, a truth value or a text; the engine says which, and checks its bounds."""

    default_error_messages = {"invalid": "This is neither a number nor a truth value nor a text."}

    def to_internal_value(self, data: Any) -> Any:
        """The value as it is."""
        if isinstance(data, str):
            return serializers.CharField(allow_blank=True).run_validation(data)
        if not isinstance(data, (bool, int, float)):
            self.fail("invalid")
        return data


class RunCreate(RequestSerializer):
    """Engine, settings and language."""

    tgt_lang = serializers.CharField()
    engine = serializers.CharField(help_text="A name of engines/.")
    settings = serializers.DictField(
        child=SettingValueField(), required=False, help_text="Those left out have their defaults."
    )
    is_activated_at_end = serializers.BooleanField(
        required=False, help_text="Show it to reviewers when it is finished, in place of the run shown before."
    )
    links_runs = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        required=False,
        max_length=100,
        help_text="Runs whose word links are taken, for engines that align nothing themselves.",
    )
    model_run = serializers.IntegerField(
        min_value=1, required=False, help_text="Run whose learned model is used, instead of learning anew."
    )


class RunSerializer(serializers.ModelSerializer[Run]):
    """One execution of an engine, with its frozen settings and versions."""

    job = JobSerializer(read_only=True)
    settings = ObjectField(read_only=True)
    versions = ObjectField(read_only=True)
    created_by = serializers.CharField(source="created_by.username", read_only=True)
    links_runs = serializers.SerializerMethodField(help_text="Runs whose word links it takes, in their order.")
    model_run = serializers.IntegerField(
        source="model_run_id", allow_null=True, read_only=True, help_text="Run whose learned model it uses."
    )

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_links_runs(self, run: Run) -> list[int]:
        """Ids, the lowest first."""
        return sorted(each.pk for each in run.links_runs.all())

    class Meta:
        model = Run
        fields = [
            "id",
            "tgt_lang",
            "engine",
            "settings",
            "versions",
            "is_active",
            "is_activated_at_end",
            "links_runs",
            "model_run",
            "job",
            "created_by",
            "created_at",
        ]
        read_only_fields = fields


class ScoreBarSerializer(serializers.Serializer[Any]):
    """How many best candidates have a score in [low, high)."""

    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.IntegerField()


class RunSummarySerializer(serializers.Serializer[Any]):
    """What a run found; each source span counts once, by its best candidate."""

    n_spans = serializers.IntegerField()
    n_projected = serializers.IntegerField()
    n_unprojected = serializers.IntegerField()
    n_failed_items = serializers.IntegerField()
    unprojected = serializers.SerializerMethodField(help_text="Spans without a target, by reason.")
    scores = ScoreBarSerializer(source="bars", many=True)

    def get_unprojected(self, summary: Any) -> dict[str, int]:
        """Counts by reason."""
        return dict(summary.unprojected)


class RunDetailSerializer(RunSerializer):
    """A run with what it found so far."""

    summary = RunSummarySerializer(read_only=True)
    calibration = ObjectField(read_only=True, help_text="What its probabilities come from; empty before it begins.")

    class Meta(RunSerializer.Meta):
        fields = [*RunSerializer.Meta.fields, "calibration", "summary"]
        read_only_fields = fields


class CandidateQuery(PageQuery):
    """Which candidates are listed."""

    item = IdField(required=False, help_text="Only those of this item.")
    rank = serializers.IntegerField(required=False, min_value=0, max_value=1000, help_text="0 is the best.")


class FailureSerializer(serializers.ModelSerializer[RunItem]):
    """An item that the engine failed on."""

    external_id = serializers.CharField(source="item.external_id", read_only=True)

    class Meta:
        model = RunItem
        fields = ["item", "external_id", "error_code", "error_message"]
        read_only_fields = fields


class CompareQuery(RequestSerializer):
    """Two runs over the same language."""

    a = IdField(help_text="Id of the first run.")
    b = IdField(help_text="Id of the second run.")


class ComparePageQuery(CompareQuery, PageQuery):
    """Two runs, and which page of the items that they differ on."""


class ComparisonRowSerializer(serializers.Serializer[Any]):
    """How often two runs agree on the source spans of one label."""

    label = serializers.CharField(  # type: ignore[assignment]
        allow_blank=True, help_text="Empty for all labels together."
    )
    n_spans = serializers.IntegerField()
    share_same = serializers.FloatField(help_text="Same target label, of the spans that either run projected.")
    same = serializers.IntegerField(source="counts.same")
    different = serializers.IntegerField(source="counts.different")
    only_a = serializers.IntegerField(source="counts.only_first")
    only_b = serializers.IntegerField(source="counts.only_second")
    neither = serializers.IntegerField(source="counts.neither")


class ComparisonSerializer(serializers.Serializer[Any]):
    """Two runs side by side."""

    a = RunSerializer()
    b = RunSerializer()
    total = ComparisonRowSerializer()
    labels = ComparisonRowSerializer(many=True)


class OutcomeField(serializers.ChoiceField):
    """What two runs made of a span, with the runs called as in the address."""

    def to_representation(self, value: str) -> str:
        """`only_first` is `only_a`."""
        return value.replace("first", "a").replace("second", "b")


class SpanPairSerializer(serializers.Serializer[Any]):
    """One source span with the best candidate of either run."""

    source_span = SourceSpanSerializer(source="span")
    outcome = OutcomeField(choices=["same", "different", "only_a", "only_b", "neither"])
    a = CandidateSerializer(source="first")
    b = CandidateSerializer(source="second")


class DifferingItemSerializer(serializers.Serializer[Any]):
    """An item on which two runs differ."""

    id = serializers.IntegerField()
    external_id = serializers.CharField()
    spans = serializers.SerializerMethodField()

    @extend_schema_field(SpanPairSerializer(many=True))
    def get_spans(self, item: Any) -> list[dict[str, Any]]:
        """Its source spans with both candidates."""
        return [SpanPairSerializer(pair).data for pair in self.context["pairs"][item.pk]]
