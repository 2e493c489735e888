"""A terminology to upload."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _


class TerminologyForm(forms.Form):
    """A table of concepts as a file."""

    terminology = forms.FileField(
        label=_("Terminology"),
        help_text=_("A table with the columns code, name, synonyms (separated by |) and description."),
    )

    def clean_terminology(self) -> object:
        file = self.cleaned_data["terminology"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            most = settings.UPLOAD_MAX_BYTES // 2**20
            raise forms.ValidationError(_now("The file is larger than %(most)s MB.") % {"most": most})
        return file

    def data_of_file(self) -> bytes:
        """The bytes of the file."""
        data: bytes = self.cleaned_data["terminology"].read()
        return data
