"""Forms of projects, labels and members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from langcodes import tag_is_valid

from annotator.models import Label, Membership, Project
from annotator.services.project_templates import TEMPLATES, ProjectTemplate
from annotator.services.reviewing import MAX_REVIEWS

MAX_CODE_CHARS = 35


def _is_code(given: str) -> bool:
    return len(given) <= MAX_CODE_CHARS and tag_is_valid(given)


class LanguagesField(forms.CharField):
    """Language codes separated by commas or blanks."""

    def clean(self, value: Any) -> list[str]:
        codes = str(super().clean(value)).replace(",", " ").split()
        wrong = [code for code in codes if not _is_code(code)]
        if wrong:
            raise forms.ValidationError(
                gettext("%(code)r is not a language code. Write codes such as de, pt-BR or th.") % {"code": wrong[0]}
            )
        return codes


class LanguageField(forms.CharField):
    """One language code."""

    def clean(self, value: Any) -> str:
        code = str(super().clean(value)).strip()
        if code and not _is_code(code):
            raise forms.ValidationError(
                gettext("%(code)r is not a language code. Write a code such as en.") % {"code": code}
            )
        return code


# Offered while a code is typed; any other language code may be written too.
COMMON_CODES = (
    *("af", "am", "ar", "bg", "bn", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr"),
    *("ga", "gl", "gu", "ha", "he", "hi", "hr", "hu", "hy", "id", "ig", "is", "it", "ja", "ka", "kk", "km", "ko"),
    *("lt", "lv", "mk", "ml", "mr", "ms", "my", "nb", "ne", "nl", "pa", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl"),
    *("sq", "sr", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi", "yo", "zh", "zh-Hant", "zu"),
)
_OFFERED = {"list": "language-codes", "autocomplete": "off"}


class ProjectCreateForm(forms.Form):
    """What a project needs at the start."""

    language_codes = COMMON_CODES

    name = forms.CharField(label=_("Name"), max_length=200)
    src_lang = LanguageField(
        label=_("Source language"),
        initial="en",
        help_text=_("The code of the language that has labels, for example en."),
        widget=forms.TextInput(attrs=_OFFERED),
    )
    tgt_langs = LanguagesField(
        label=_("Target languages"),
        help_text=_(
            "The codes of the languages that labels are wanted in, separated by commas; for example: de, ar, th."
        ),
        widget=forms.TextInput(attrs=_OFFERED),
    )
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    template = forms.ChoiceField(
        label=_("What is labelled"),
        required=False,
        choices=[*((each.name, each.title) for each in TEMPLATES.values()), ("", _("Something else"))],
        initial=next(iter(TEMPLATES)),
    )

    @property
    def templates(self) -> list[tuple[ProjectTemplate, bool]]:
        """The templates, and whether each one is chosen."""
        chosen = self["template"].value()
        return [(each, each.name == chosen) for each in TEMPLATES.values()]


class ProjectEditForm(forms.Form):
    """What may be changed later; the source language stays."""

    name = forms.CharField(label=_("Name"), max_length=200)
    tgt_langs = LanguagesField(label=_("Target languages"), help_text=_("Languages that have items stay in the list."))
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    guidelines = forms.CharField(
        label=_("Guidelines"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("What reviewers read beside the texts. Blank lines separate paragraphs."),
    )

    @classmethod
    def initial_of(cls, project: Project) -> dict[str, str]:
        """Present values of a project."""
        codes = project.target_languages.values_list("code", flat=True)
        return {
            "name": project.name,
            "tgt_langs": ", ".join(codes),
            "description": project.description,
            "guidelines": project.guidelines,
        }


class LabelCreateForm(forms.Form):
    """The name of a new label."""

    name = forms.CharField(label=_("Name"), max_length=100)


class LabelEditForm(forms.Form):
    """How a label is shown and typed."""

    key = forms.ChoiceField(
        label=_("Key"),
        required=False,
        choices=[("", _("none")), *((digit, digit) for digit in "123456789")],
        help_text=_("Digit that sets this label on the review screen."),
    )
    color = forms.RegexField(
        label=_("Colour"), regex=r"^#[0-9a-fA-F]{6}$", widget=forms.TextInput(attrs={"type": "color"})
    )
    description = forms.CharField(label=_("Meaning"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    names = forms.CharField(
        label=_("Translated names"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line: language code, equals sign, name. For example: de=Ort"),
    )

    @classmethod
    def initial_of(cls, label: Label) -> dict[str, str]:
        """Present values of a label."""
        names = "\n".join(f"{code}={text}" for code, text in label.translated_names.items())
        return {"key": label.key, "color": label.color, "description": label.description, "names": names}

    def clean_names(self) -> dict[str, str]:
        """Translated names by language code."""
        names = {}
        for number, line in enumerate(self.cleaned_data["names"].splitlines(), start=1):
            code, separator, text = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not separator or not text or not tag_is_valid(code):
                raise forms.ValidationError(gettext("Line %(number)s is not of the form de=Ort.") % {"number": number})
            names[code] = text
        return names


class MemberAddForm(forms.Form):
    """An account and its role."""

    username = forms.CharField(label=_("User name"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices, initial=Membership.Role.REVIEWER)


class ReviewingForm(forms.Form):
    """How many people review an item, and whether blind."""

    n_reviews = forms.IntegerField(
        label=_("People per item"),
        min_value=1,
        max_value=MAX_REVIEWS,
        help_text=_("Each reviews the item alone. Where all agree, it is done; else a curator settles it."),
    )
    overlap_percent = forms.IntegerField(
        label=_("Share of such items, in percent"),
        min_value=0,
        max_value=100,
        help_text=_("The rest is reviewed by one person. Which items these are is drawn at random."),
    )
    blind = forms.ChoiceField(
        label=_("Reviewed blind"),
        choices=[
            (Project.Blind.NONE, _("no items")),
            (Project.Blind.OVERLAP, _("items that several people review")),
            (Project.Blind.ALL, _("all items")),
        ],
        help_text=_("Labels, scores and votes of machines are kept from reviewers until they have decided."),
    )
    hides_names = forms.BooleanField(label=_("Curators do not see who decided what"), required=False)
