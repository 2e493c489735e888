"""What a user chooses about an import, before and after the preview."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django import forms
from django.core.files.base import ContentFile, File
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotator.forms.projects import LanguageField
from annotator.models import Import, Layer, Project
from annotator.services.imports import ID_TABLE, SOURCE, TARGET, ImportChoice, ImportSpec, Upload, spec_of
from projection.formats import FORMATS

OTHER = "other"
_FORMATS = [
    ("auto", _("Recognise")),
    *((name, FORMATS[name].title) for name in ("conll", "conllu", "plain", "table", "tsv", "jsonl", "squad")),
]
_TGT_FORMATS = [choice for choice in _FORMATS if choice[0] not in ("tsv", "jsonl")]
# What a project must hold for files of a format to bring labels to it; formats that are not named fit all.
_FITTING = {
    "conll": {Layer.Kind.SPAN, Layer.Kind.TOKEN},
    "conllu": {Layer.Kind.TOKEN},
    "table": {Layer.Kind.CLASS},
    "squad": {Layer.Kind.SPAN},
}
# Named as messages name them.
_CODECS = {
    "utf-16-le": _("without its mark"),
    "utf-16-be": _("without its mark"),
    "cp1252": _("Western European, Windows"),
    "iso-8859-1": _("Western European"),
    "cp1250": _("Central European, Windows"),
    "iso-8859-2": _("Central European"),
    "cp1251": _("Cyrillic, Windows"),
    "koi8-r": _("Cyrillic"),
    "cp1253": _("Greek, Windows"),
    "cp1254": _("Turkish, Windows"),
    "cp1255": _("Hebrew, Windows"),
    "cp1256": _("Arabic, Windows"),
    "cp1257": _("Baltic, Windows"),
    "cp1258": _("Vietnamese, Windows"),
    "cp874": _("Thai, Windows"),
    "gb18030": _("Chinese, simplified"),
    "big5": _("Chinese, traditional"),
    "shift-jis": _("Japanese"),
    "euc-jp": _("Japanese"),
    "euc-kr": _("Korean"),
}
_ENCODINGS = [
    ("", _("UTF-8, or UTF-16 with its mark")),
    *((codec, format_lazy("{} ({})", codec, title)) for codec, title in _CODECS.items()),
]
_PAIRINGS = [
    ("auto", _("Recognise")),
    ("position", _("By position: n-th with n-th")),
    ("id", _("By the ids in the files")),
    ("table", _("By an id table")),
]
_DOCUMENTS = [
    ("file", _("As the file says; the whole file where it says nothing")),
    ("one", _("The whole file is one document")),
    ("each", _("Every sentence is its own document")),
]
_PASTE = {"rows": 6, "spellcheck": "false", "dir": "auto", "autocomplete": "off"}


def _pasted(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, strip=False, widget=forms.Textarea(attrs=_PASTE))


class ImportForm(forms.Form):
    """Files or pasted texts, and how to read them."""

    tgt_lang = forms.ChoiceField(label=_("Target language"))
    new_lang = LanguageField(
        label=_("Code of the new language"),
        required=False,
        help_text=_("Such as de, pt-BR or th; only with “another”."),
    )
    source_file = forms.FileField(
        label=_("Source file"),
        required=False,
        help_text=_("Columns with tags, a table with classes, SQuAD JSON; or JSON Lines or a table with both sides."),
    )
    source_text = _pasted(_("or paste the source"))
    target_file = forms.FileField(
        label=_("Target file"),
        required=False,
        help_text=_("Plain text, one sentence a line, or the format of the source."),
    )
    target_text = _pasted(_("or paste the target"))
    table_file = forms.FileField(
        label=_("Id table"), required=False, help_text=_("Only if the files list their sentences in different orders.")
    )
    src_format = forms.ChoiceField(label=_("Source format"), choices=_FORMATS)
    tgt_format = forms.ChoiceField(label=_("Target format"), choices=_TGT_FORMATS)
    src_encoding = forms.ChoiceField(label=_("Source encoding"), choices=_ENCODINGS, required=False)
    tgt_encoding = forms.ChoiceField(label=_("Target encoding"), choices=_ENCODINGS, required=False)
    pairing = forms.ChoiceField(label=_("Pairing"), choices=_PAIRINGS)
    table_src_column = forms.CharField(label=_("Column of the source in the id table"), required=False, max_length=100)
    table_tgt_column = forms.CharField(label=_("Column of the target in the id table"), required=False, max_length=100)
    layer = forms.CharField(
        label=_("Layer"),
        required=False,
        max_length=100,
        help_text=_("Where spans or token tags go that name no layer; a new name makes a new layer of spans."),
    )
    class_layer = forms.ChoiceField(label=_("Layer of the classes"), required=False)
    class_from = forms.CharField(
        label=_("Where classes stand"),
        required=False,
        max_length=100,
        help_text=_("Column of a table, or key of a comment in CoNLL. Empty: usual names, such as label or intent."),
    )
    documents = forms.ChoiceField(label=_("Documents"), choices=_DOCUMENTS)
    id_prefix = forms.CharField(
        label=_("Id prefix"),
        required=False,
        max_length=100,
        help_text=_("Put before every id, so that several files without ids of their own fit into one project."),
    )

    def __init__(self, *args: Any, project: Project, replaces: Import | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = _initial_of(project, replaces) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.project = project
        self.kept = {row.role: row for row in replaces.files.all()} if replaces else {}
        codes = list(project.target_languages.values_list("code", flat=True))
        field = self.fields["tgt_lang"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [*((code, code) for code in codes), (OTHER, _("another …"))]
        self._offer_what_fits(list(project.layers.all()))

    def _offer_what_fits(self, layers: list[Layer]) -> None:
        """Formats that can bring labels to the project first, and its layers of classes."""
        kinds = {layer.kind for layer in layers}
        for name in ("src_format", "tgt_format"):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                ranked = sorted(_choices_of(field), key=lambda choice: not _FITTING.get(choice[0], kinds) & kinds)
                field.choices = ranked
        self.class_layers = [layer.name for layer in layers if layer.kind == Layer.Kind.CLASS]
        classes = self.fields["class_layer"]
        if isinstance(classes, forms.ChoiceField):
            classes.choices = [("", _("The first one")), *((name, name) for name in self.class_layers)]

    def clean_layer(self) -> str:
        name = str(self.cleaned_data["layer"]).strip()
        layer = self.project.layers.filter(name=name).first()
        if layer is not None and layer.kind not in (Layer.Kind.SPAN, Layer.Kind.TOKEN):
            raise forms.ValidationError(
                gettext("The layer %(name)s holds %(kind)s, not spans or token tags.")
                % {"name": name, "kind": layer.get_kind_display()}
            )
        return name

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("tgt_lang") == OTHER and not data.get("new_lang") and "new_lang" not in self.errors:
            self.add_error("new_lang", _("Write the code of the language."))
        for side in ("source", "target"):
            if data.get(f"{side}_file") and data.get(f"{side}_text"):
                self.add_error(f"{side}_text", _("There is a file too: give one of them only."))
        if not self.errors and not data.get("source_file") and not data.get("source_text") and not self.kept:
            self.add_error("source_file", _("Choose the source file or paste its text."))
        return data

    @property
    def chosen_language(self) -> str:
        """The target language, listed or new."""
        data = self.cleaned_data
        return str(data["new_lang"] if data["tgt_lang"] == OTHER else data["tgt_lang"])

    def spec(self) -> ImportSpec:
        """How to read the files."""
        names = ImportSpec.__dataclass_fields__
        return ImportSpec(**{name: value for name, value in self.cleaned_data.items() if name in names})

    def uploads(self) -> list[Upload]:
        """The files given now; pasted texts count as files."""
        found = [
            self._upload(SOURCE, "source_file", "source_text"),
            self._upload(TARGET, "target_file", "target_text"),
            self._upload(ID_TABLE, "table_file", ""),
        ]
        return [upload for upload in found if upload is not None]

    def _upload(self, role: str, file_name: str, text_name: str) -> Upload | None:
        file: File[bytes] | None = self.cleaned_data.get(file_name)
        if file is not None:
            return Upload(role, PurePath(file.name or file_name).name, file)
        text = self.cleaned_data.get(text_name)
        if not text:
            return None
        return Upload(role, f"pasted {role}.txt", ContentFile(text.encode("utf-8", "surrogatepass")))


def _initial_of(project: Project, replaces: Import | None) -> dict[str, Any]:
    spec = spec_of(replaces.spec) if replaces else ImportSpec(layer=_first_layer(project))
    initial = {name: getattr(spec, name) for name in ImportSpec.__dataclass_fields__}
    if replaces is None:
        return initial
    is_listed = project.target_languages.filter(code=replaces.tgt_lang).exists()
    initial["tgt_lang"] = replaces.tgt_lang if is_listed else OTHER
    initial["new_lang"] = "" if is_listed else replaces.tgt_lang
    return initial


def _first_layer(project: Project) -> str:
    layer = project.layers.filter(kind__in=(Layer.Kind.SPAN, Layer.Kind.TOKEN)).first()
    return layer.name if layer is not None else ""


def _choices_of(field: forms.ChoiceField) -> list[tuple[str, Any]]:
    return list(field.choices)  # type: ignore[arg-type]


class ConfirmForm(forms.Form):
    """What is to become of rows with problems."""

    bad_rows = forms.ChoiceField(choices=[("", ""), ("skip", "skip"), ("keep", "keep")], required=False)
    surplus = forms.BooleanField(required=False)

    def choice(self) -> ImportChoice:
        """The choice, as the service takes it."""
        return ImportChoice(bad_rows=self.cleaned_data["bad_rows"], surplus=self.cleaned_data["surplus"])
