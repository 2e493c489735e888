"""Projects, layers, labels and members, in and out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotator.api.serializers import IdField, LanguageCode, RequestSerializer
from annotator.models import Label, Layer, Membership, Project, RejectReason, TargetLanguage
from annotator.services.layers import FIELDS
from annotator.services.project_templates import TEMPLATES


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project as lists show it; `role` is that of whoever asks."""

    tgt_langs: serializers.SlugRelatedField[TargetLanguage] = serializers.SlugRelatedField(
        source="target_languages", slug_field="code", many=True, read_only=True, help_text="Languages of the targets."
    )
    role = serializers.ChoiceField(choices=Membership.Role.choices, read_only=True)

    class Meta:
        model = Project
        fields = ["id", "name", "description", "guidelines", "src_lang", "tgt_langs", "template", "role", "created_at"]
        read_only_fields = fields


class LanguageProgressSerializer(serializers.Serializer[Any]):
    """Items of one target language by state."""

    tgt_lang = serializers.CharField()
    n_items = serializers.IntegerField()
    n_new = serializers.IntegerField(help_text="Not projected yet.")
    n_open = serializers.IntegerField(help_text="To review.")
    n_done = serializers.IntegerField(help_text="Reviewed.")


class ProjectDetailSerializer(ProjectSerializer):
    """A project with how far it is."""

    progress = LanguageProgressSerializer(many=True, read_only=True)

    class Meta(ProjectSerializer.Meta):
        fields = [*ProjectSerializer.Meta.fields, "progress"]
        read_only_fields = fields


class ProjectCreate(RequestSerializer):
    """What a project needs at the start."""

    name = serializers.CharField(max_length=200)
    src_lang = LanguageCode(max_length=35)
    tgt_langs = serializers.ListField(child=LanguageCode(max_length=35), allow_empty=False)
    description = serializers.CharField(required=False, allow_blank=True)
    guidelines = serializers.CharField(required=False, allow_blank=True)
    template = serializers.ChoiceField(
        choices=list(TEMPLATES),
        required=False,
        allow_blank=True,
        help_text="What it is made for: decides its layers. Without one it has one open layer of spans.",
    )


class ProjectChange(RequestSerializer):
    """What may be changed later; what is left out stays."""

    name = serializers.CharField(max_length=200, required=False)
    tgt_langs = serializers.ListField(child=LanguageCode(max_length=35), allow_empty=False, required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    guidelines = serializers.CharField(required=False, allow_blank=True)


class LabelSerializer(serializers.ModelSerializer[Label]):
    """One value of a tagset."""

    translated_names = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Label
        fields = ["id", "layer", "name", "key", "color", "description", "translated_names"]
        read_only_fields = fields


class LayerSerializer(serializers.ModelSerializer[Layer]):
    """One kind of annotation."""

    class Meta:
        model = Layer
        fields = ["id", *FIELDS]
        read_only_fields = fields


class LayerChange(RequestSerializer):
    """What is to be changed; what labels rest on stays once there are any."""

    name = serializers.CharField(max_length=100, required=False)
    kind = serializers.ChoiceField(choices=Layer.Kind.choices, required=False)
    scope = serializers.ChoiceField(choices=Layer.Scope.choices, required=False, help_text="What a class is about.")
    choice = serializers.ChoiceField(choices=Layer.Choice.choices, required=False, help_text="How many classes.")
    role = serializers.CharField(max_length=20, required=False, allow_blank=True, help_text="Of its segments.")
    has_concepts = serializers.BooleanField(required=False)
    allows_overlap = serializers.BooleanField(required=False)
    allows_discontinuous = serializers.BooleanField(required=False)
    is_by_character = serializers.BooleanField(required=False, help_text="Edges move by characters, not by tokens.")
    is_open = serializers.BooleanField(required=False, help_text="Imports may bring new labels.")


class LayerCreate(LayerChange):
    """A new layer."""

    name = serializers.CharField(max_length=100)


class LabelCreate(RequestSerializer):
    """A new label; it gets the next free key and colour."""

    layer = IdField(required=False, help_text="May be left out where the project has one layer only.")
    name = serializers.CharField(max_length=100)


class LabelChange(RequestSerializer):
    """How a label is shown and typed; its name stays."""

    key = serializers.RegexField(r"^[1-9]?\Z", required=False, allow_blank=True, help_text="Digit 1 to 9, or nothing.")
    color = serializers.RegexField(r"^#[0-9a-fA-F]{6}\Z", required=False, help_text="Such as #0a6ebd.")
    description = serializers.CharField(required=False, allow_blank=True)
    translated_names = serializers.DictField(
        child=serializers.CharField(allow_blank=True), required=False, help_text="Display names by language code."
    )

    def validate_translated_names(self, names: dict[str, str]) -> dict[str, str]:
        """Names stand under language codes."""
        code = LanguageCode()
        return {code.run_validation(key): name for key, name in names.items()}


class RejectReasonSerializer(serializers.ModelSerializer[RejectReason]):
    """Why a target label was rejected."""

    class Meta:
        model = RejectReason
        fields = ["code", "text", "key", "version"]
        read_only_fields = fields


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A person's role in the project."""

    username = serializers.CharField(source="user.username", read_only=True)
    name = serializers.CharField(source="user", read_only=True, help_text="The name that pages show.")

    class Meta:
        model = Membership
        fields = ["id", "username", "name", "role", "created_at"]
        read_only_fields = fields


class MemberAdd(RequestSerializer):
    """An account and its role."""

    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=Membership.Role.choices)


class MemberChange(RequestSerializer):
    """Another role."""

    role = serializers.ChoiceField(choices=Membership.Role.choices)
