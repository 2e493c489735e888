"""What to export, and as what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotator.interface import language_name
from annotator.models import Label, Project
from annotator.services.exports import list_formats

ITEM_CHOICES = (
    ("reviewed", _("Reviewed items only")),
    ("silver", _("Reviewed items, and silver: what all machines agree on")),
    ("all", _("All items; labels that nobody has decided on are left out and counted")),
)


class ExportForm(forms.Form):
    """Format and filters of an export; the service checks them against the project."""

    format = forms.ChoiceField(label=_("Format"), widget=forms.RadioSelect)
    tgt_lang = forms.ChoiceField(label=_("Target language"))
    state = forms.ChoiceField(label=_("Items"), choices=ITEM_CHOICES, widget=forms.RadioSelect)
    labels = forms.MultipleChoiceField(
        label=_("Labels"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked means all labels. Sentences without a ticked label stay in the file."),
    )
    document = forms.CharField(
        label=_("Document"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"list": "document-names", "autocomplete": "off"}),
        help_text=_("The full name of one document; empty means all."),
    )
    has_source = forms.BooleanField(
        label=_("Include the source side"),
        required=False,
        help_text=_("JSON Lines only: other formats hold the target alone."),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = [language.code for language in project.target_languages.all()]
        names = Label.objects.filter(layer__project=project).order_by("position", "id").values_list("name", flat=True)
        self.formats = list_formats(project)
        self._offer("format", [(each.name, each.title) for each in self.formats])
        self._offer("tgt_lang", [(code, f"{language_name(code)} ({code})") for code in codes])
        self._offer("labels", [(name, name) for name in dict.fromkeys(names)])
        self.initial = {"format": "jsonl", "state": "reviewed", "has_source": True, **self.initial}

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    @property
    def filters(self) -> dict[str, Any]:
        """The filters, as the service takes them."""
        return {name: value for name, value in self.cleaned_data.items() if name != "format"}
