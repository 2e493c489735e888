"""The pass mark, and whether the gold is shown."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class QualificationForm(forms.Form):
    """What is needed to pass."""

    pass_percent = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=100,
        label=_("Pass mark in percent"),
        help_text=_("Empty: nobody has to qualify."),
    )
    shows_gold = forms.BooleanField(
        required=False,
        label=_("Training: show what differs from the gold after each item"),
        help_text=_("Then an answer cannot be changed any more."),
    )
