"""What a user chooses about an import, before and after the preview."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django import forms
from django.core.files.base import ContentFile, File

from annotator.forms.projects import LanguageField
from annotator.models import Import, Layer, Project
from annotator.services.imports import ID_TABLE, SOURCE, TARGET, ImportChoice, ImportSpec, Upload, spec_of
from projection.formats import FORMATS

OTHER = "other"
_FORMATS = [
    ("auto", "Recognise"),
    *((name, FORMATS[name].title) for name in ("conll", "plain", "tsv", "jsonl")),
]
_TGT_FORMATS = [choice for choice in _FORMATS if choice[0] in ("auto", "conll", "plain")]
# Named as messages name them.
_CODECS = {
    "utf-16-le": "without its mark",
    "utf-16-be": "without its mark",
    "cp1252": "Western European, Windows",
    "iso-8859-1": "Western European",
    "cp1250": "Central European, Windows",
    "iso-8859-2": "Central European",
    "cp1251": "Cyrillic, Windows",
    "koi8-r": "Cyrillic",
    "cp1253": "Greek, Windows",
    "cp1254": "Turkish, Windows",
    "cp1255": "Hebrew, Windows",
    "cp1256": "Arabic, Windows",
    "cp1257": "Baltic, Windows",
    "cp1258": "Vietnamese, Windows",
    "cp874": "Thai, Windows",
    "gb18030": "Chinese, simplified",
    "big5": "Chinese, traditional",
    "shift-jis": "Japanese",
    "euc-jp": "Japanese",
    "euc-kr": "Korean",
}
_ENCODINGS = [
    ("", "UTF-8, or UTF-16 with its mark"),
    *((codec, f"{codec} ({title})") for codec, title in _CODECS.items()),
]
_PAIRINGS = [
    ("auto", "Recognise"),
    ("position", "By position: n-th with n-th"),
    ("id", "By the ids in the files"),
    ("table", "By an id table"),
]
_DOCUMENTS = [
    ("file", "As the file says; the whole file where it says nothing"),
    ("one", "The whole file is one document"),
    ("each", "Every sentence is its own document"),
]
_PASTE = {"rows": 6, "spellcheck": "false", "dir": "auto", "autocomplete": "off"}


def _pasted(label: str) -> forms.CharField:
    return forms.CharField(label=label, required=False, strip=False, widget=forms.Textarea(attrs=_PASTE))


class ImportForm(forms.Form):
    """Files or pasted texts, and how to read them."""

    tgt_lang = forms.ChoiceField(label="Target language")
    new_lang = LanguageField(
        label="Code of the new language", required=False, help_text="Such as de, pt-BR or th; only with “another”."
    )
    source_file = forms.FileField(
        label="Source file", required=False, help_text="CoNLL with tags, or JSON Lines or a table with both sides."
    )
    source_text = _pasted("or paste the source")
    target_file = forms.FileField(
        label="Target file", required=False, help_text="Plain text, one sentence a line, or CoNLL."
    )
    target_text = _pasted("or paste the target")
    table_file = forms.FileField(
        label="Id table", required=False, help_text="Only if the files list their sentences in different orders."
    )
    src_format = forms.ChoiceField(label="Source format", choices=_FORMATS)
    tgt_format = forms.ChoiceField(label="Target format", choices=_TGT_FORMATS)
    src_encoding = forms.ChoiceField(label="Source encoding", choices=_ENCODINGS, required=False)
    tgt_encoding = forms.ChoiceField(label="Target encoding", choices=_ENCODINGS, required=False)
    pairing = forms.ChoiceField(label="Pairing", choices=_PAIRINGS)
    table_src_column = forms.CharField(label="Column of the source in the id table", required=False, max_length=100)
    table_tgt_column = forms.CharField(label="Column of the target in the id table", required=False, max_length=100)
    layer = forms.CharField(
        label="Layer", max_length=100, help_text="Which kind of annotation the labels are; a new name makes a new one."
    )
    documents = forms.ChoiceField(label="Documents", choices=_DOCUMENTS)
    id_prefix = forms.CharField(
        label="Id prefix",
        required=False,
        max_length=100,
        help_text="Put before every id, so that several files without ids of their own fit into one project.",
    )

    def __init__(self, *args: Any, project: Project, replaces: Import | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = _initial_of(project, replaces) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.project = project
        self.kept = {row.role: row for row in replaces.files.all()} if replaces else {}
        codes = list(project.target_languages.values_list("code", flat=True))
        field = self.fields["tgt_lang"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [*((code, code) for code in codes), (OTHER, "another …")]

    def clean_layer(self) -> str:
        name = str(self.cleaned_data["layer"]).strip()
        layer = self.project.layers.filter(name=name).first()
        if layer is not None and layer.kind != Layer.Kind.SPAN:
            raise forms.ValidationError(f"The layer {name} holds {layer.get_kind_display()}, not spans.")
        return name

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("tgt_lang") == OTHER and not data.get("new_lang") and "new_lang" not in self.errors:
            self.add_error("new_lang", "Write the code of the language.")
        for side in ("source", "target"):
            if data.get(f"{side}_file") and data.get(f"{side}_text"):
                self.add_error(f"{side}_text", "There is a file too: give one of them only.")
        if not self.errors and not data.get("source_file") and not data.get("source_text") and not self.kept:
            self.add_error("source_file", "Choose the source file or paste its text.")
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
    layer = project.layers.filter(kind=Layer.Kind.SPAN).first()
    return layer.name if layer is not None else ImportSpec().layer


class ConfirmForm(forms.Form):
    """What is to become of rows with problems."""

    bad_rows = forms.ChoiceField(choices=[("", ""), ("skip", "skip"), ("keep", "keep")], required=False)
    surplus = forms.BooleanField(required=False)

    def choice(self) -> ImportChoice:
        """The choice, as the service takes it."""
        return ImportChoice(bad_rows=self.cleaned_data["bad_rows"], surplus=self.cleaned_data["surplus"])
