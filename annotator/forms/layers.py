"""What a layer holds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotator.models import Layer
from annotator.services.layers import FIELDS


class LayerForm(forms.ModelForm):  # type: ignore[type-arg]
    """All that can be said about a layer; the service checks what goes together."""

    class Meta:
        model = Layer
        fields = FIELDS
        labels = {
            "name": _("Name"),
            "kind": _("Holds"),
            "scope": _("A class is about"),
            "choice": _("How many classes"),
            "role": _("Role of the texts"),
            "has_concepts": _("Spans carry concepts of the terminology"),
            "allows_overlap": _("Spans may overlap"),
            "allows_discontinuous": _("Spans may have several pieces"),
            "is_by_character": _("Edges move by characters"),
            "is_open": _("Imports may bring new labels"),
        }
        help_texts = {
            "scope": _("Of no meaning to other kinds."),
            "choice": _("Of no meaning to other kinds."),
            "role": _("Such as question, context or utterance; empty for all texts of an item."),
            "is_by_character": _("Where parts of words are labelled."),
        }

    def _post_clean(self) -> None:
        # Values are checked and set by the service; this form only reads them.
        return

    def values(self) -> dict[str, Any]:
        """The layer's values by name."""
        return dict(self.cleaned_data)
