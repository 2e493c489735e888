"""Imports: files or texts and how to read them, in; preview and what became of it, out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.forms import ChoiceField
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.api.serializers import IdField, LanguageCode, ObjectField, RequestSerializer
from annotator.api.serializers.jobs import JobSerializer
from annotator.forms.imports import ImportForm
from annotator.models import Import, ImportFile
from annotator.services.imports import ImportChoice, ImportSpec, Upload, spec_of

ROLES = [str(role) for role in ImportFile.Role.values]


def _choices(field_name: str) -> list[tuple[str, str]]:
    """The choices that the page offers too."""
    field = ImportForm.base_fields[field_name]
    return list(field.choices) if isinstance(field, ChoiceField) else []  # type: ignore[arg-type]


ENCODINGS = _choices("src_encoding")


@extend_schema_field({"type": "string", "description": "The text itself; in multipart/form-data a file."})
class FileOrText(serializers.Field["File[bytes]", Any, Any, Any]):
    """A file of a form, or a text."""

    default_error_messages = {"invalid": "This is neither a file nor a text."}

    def to_internal_value(self, data: Any) -> File[bytes]:
        """The file, or one that holds the text as UTF-8."""
        if isinstance(data, UploadedFile):
            return data
        if not isinstance(data, str):
            self.fail("invalid")
        return ContentFile(data.encode("utf-8", errors="surrogatepass"))


class ImportCreate(RequestSerializer):
    """Labelled source and target, as files (multipart/form-data) or texts (JSON), and how to read them."""

    tgt_lang = LanguageCode(max_length=35)
    source = FileOrText(  # type: ignore[assignment]
        required=False, help_text="Labelled source, or one file with both sides."
    )
    target = FileOrText(required=False)
    id_table = FileOrText(required=False, help_text="Which source id belongs to which target id.")
    source_name = serializers.CharField(required=False, max_length=300, help_text="Name of a text given as such.")
    target_name = serializers.CharField(required=False, max_length=300)
    id_table_name = serializers.CharField(required=False, max_length=300)
    src_format = serializers.ChoiceField(choices=_choices("src_format"), required=False)
    tgt_format = serializers.ChoiceField(choices=_choices("tgt_format"), required=False)
    src_encoding = serializers.ChoiceField(choices=ENCODINGS, required=False, allow_blank=True)
    tgt_encoding = serializers.ChoiceField(choices=ENCODINGS, required=False, allow_blank=True)
    pairing = serializers.ChoiceField(choices=_choices("pairing"), required=False)
    table_src_column = serializers.CharField(required=False, allow_blank=True, max_length=100)
    table_tgt_column = serializers.CharField(required=False, allow_blank=True, max_length=100)
    layer = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="Of spans and token tags that name none; the first that fits where it is not given.",
    )
    class_layer = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="Of classes of whole texts; the first of that kind."
    )
    class_from = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="Column of a table or key of a comment in CoNLL that holds the class; usual names are known.",
    )
    documents = serializers.ChoiceField(choices=_choices("documents"), required=False)
    id_prefix = serializers.CharField(required=False, allow_blank=True, max_length=100)
    replaces = IdField(
        required=False, help_text="A draft that this one takes the place of; files not given anew are taken from it."
    )

    @staticmethod
    def spec_of(given: dict[str, Any], *, replaces: Import | None) -> ImportSpec:
        """How to read the files; what is not given is taken from the draft that is replaced."""
        before = spec_of(replaces.spec) if replaces else ImportSpec()
        return replace(before, **{name: given[name] for name in ImportSpec.__dataclass_fields__ if name in given})

    @staticmethod
    def uploads_of(given: dict[str, Any]) -> list[Upload]:
        """The files that were given; an empty text counts as none."""
        found = [(role, given[role]) for role in ROLES if role in given]
        return [
            Upload(role, PurePath(given.get(f"{role}_name") or content.name or f"{role}.txt").name, content)
            for role, content in found
            if content.size or isinstance(content, UploadedFile)
        ]


class ImportConfirm(RequestSerializer):
    """What is to become of rows with problems, when there are any."""

    bad_rows = serializers.ChoiceField(
        choices=["skip", "keep"],
        required=False,
        help_text="`skip` leaves out every row with a problem, `keep` only those that cannot be used.",
    )
    surplus = serializers.BooleanField(
        required=False, help_text="With different counts, pair the first sentences and leave out the rest."
    )

    @staticmethod
    def choice_of(given: dict[str, Any]) -> ImportChoice:
        """The choice, as the service takes it."""
        return ImportChoice(**given)


class FoundFileSerializer(serializers.Serializer[Any]):
    """What a file turned out to be."""

    role = serializers.CharField()
    name = serializers.CharField()
    n_bytes = serializers.IntegerField()
    format = serializers.CharField()
    reason = serializers.CharField(help_text="Why it is taken for this format.")
    encoding = serializers.CharField()
    newline = serializers.CharField()
    n_rows = serializers.IntegerField()


class FoundPairingSerializer(serializers.Serializer[Any]):
    """How sentences find each other, and why so."""

    kind = serializers.CharField()
    reason = serializers.CharField()


class FoundLabelSerializer(serializers.Serializer[Any]):
    """A label in the files."""

    layer = serializers.CharField()
    name = serializers.CharField()
    n = serializers.IntegerField()
    is_new = serializers.BooleanField(help_text="The project does not have it yet.")


class PieceSerializer(serializers.Serializer[Any]):
    """A piece of a text; its label is empty outside of spans."""

    text = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class FoundPairSerializer(serializers.Serializer[Any]):
    """One of the first pairs, the last, or one of those that fit least."""

    id = serializers.CharField()
    document = serializers.CharField()
    source = PieceSerializer(many=True)  # type: ignore[assignment]
    target = serializers.CharField()
    mark = serializers.CharField(required=False, help_text="What is wrong with it, in a few words.")


class FoundShiftSerializer(serializers.Serializer[Any]):
    """Where a missing line probably put pairs by position out of step."""

    line = serializers.IntegerField(help_text="Line of the source.")
    message = serializers.CharField()
    remedy = serializers.CharField()
    n_doubtful = serializers.IntegerField(help_text="Pairs without other problems that are probably wrong.")


class RowProblemSerializer(serializers.Serializer[Any]):
    """One row with a problem."""

    place = serializers.CharField()
    line = serializers.IntegerField()
    message = serializers.CharField()
    remedy = serializers.CharField()
    text = PieceSerializer(many=True, required=False, help_text="What a repaired row was read as.")


class ProblemGroupSerializer(serializers.Serializer[Any]):
    """Equal problems of one file."""

    severity = serializers.ChoiceField(choices=["fatal", "surplus", "unusable", "repaired", "note"])
    code = serializers.CharField()
    role = serializers.CharField()
    n = serializers.IntegerField(help_text="How many there are; the first 2,000 are listed.")
    rows = RowProblemSerializer(many=True)


class ImportReportSerializer(serializers.Serializer[Any]):
    """The preview; empty while the files are being checked. Counts of the result are added when it is done."""

    files = FoundFileSerializer(many=True, required=False)
    pairing = FoundPairingSerializer(required=False)
    n_source = serializers.IntegerField(required=False)
    n_target = serializers.IntegerField(required=False)
    n_pairs = serializers.IntegerField(required=False)
    n_clean = serializers.IntegerField(required=False, help_text="Pairs without any problem.")
    n_repaired = serializers.IntegerField(required=False, help_text="Pairs that were read with a guess.")
    n_unusable = serializers.IntegerField(required=False)
    n_unchanged = serializers.IntegerField(required=False, help_text="Pairs that the project has already.")
    n_differing = serializers.IntegerField(
        required=False, help_text="Pairs whose id the project has with other texts or labels, which are kept."
    )
    n_left_over = serializers.IntegerField(required=False, help_text="Rows that are in no pair.")
    n_spans = serializers.IntegerField(required=False)
    n_documents = serializers.IntegerField(required=False)
    labels = FoundLabelSerializer(many=True, required=False)
    preview = FoundPairSerializer(many=True, required=False)
    shift = FoundShiftSerializer(required=False, allow_null=True)
    problems = ProblemGroupSerializer(many=True, required=False)
    is_fatal = serializers.BooleanField(required=False, help_text="It cannot be confirmed as it is.")
    has_surplus = serializers.BooleanField(required=False)
    n_items = serializers.IntegerField(required=False, help_text="Imported.")
    n_imported_spans = serializers.IntegerField(required=False)
    n_new_labels = serializers.IntegerField(required=False)
    skipped = serializers.ListField(
        child=serializers.ListField(), required=False, help_text="Rows left out: [file, line, [code, ...]]."
    )


class ImportFileSerializer(serializers.ModelSerializer[ImportFile]):
    """One uploaded file."""

    class Meta:
        model = ImportFile
        fields = ["role", "name", "n_bytes", "sha256"]
        read_only_fields = fields


class ImportSerializer(serializers.ModelSerializer[Import]):
    """One upload; its job checks large files first, and writes the items after it was confirmed."""

    files = ImportFileSerializer(many=True, read_only=True)
    job = JobSerializer(read_only=True, allow_null=True)
    spec = ObjectField(read_only=True)
    created_by = serializers.CharField(source="created_by.username", read_only=True)

    class Meta:
        model = Import
        fields = ["id", "state", "tgt_lang", "files", "spec", "job", "created_by", "created_at", "finished_at"]
        read_only_fields = fields


class ImportDetailSerializer(ImportSerializer):
    """An upload with its preview."""

    report = ImportReportSerializer(read_only=True)

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "report"]
        read_only_fields = fields
