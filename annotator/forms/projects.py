"""Forms of projects, labels and members."""

from __future__ import annotations

from typing import Any

from django import forms
from langcodes import tag_is_valid

from annotator.models import Label, Membership, Project

MAX_CODE_CHARS = 35


def _is_code(given: str) -> bool:
    return len(given) <= MAX_CODE_CHARS and tag_is_valid(given)


class LanguagesField(forms.CharField):
    """Language codes separated by commas or blanks."""

    def clean(self, value: Any) -> list[str]:
        codes = str(super().clean(value)).replace(",", " ").split()
        wrong = [code for code in codes if not _is_code(code)]
        if wrong:
            raise forms.ValidationError(f"{wrong[0]!r} is not a language code. Write codes such as de, pt-BR or th.")
        return codes


class LanguageField(forms.CharField):
    """One language code."""

    def clean(self, value: Any) -> str:
        code = str(super().clean(value)).strip()
        if code and not _is_code(code):
            raise forms.ValidationError(f"{code!r} is not a language code. Write a code such as en.")
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

    name = forms.CharField(max_length=200)
    src_lang = LanguageField(
        label="Source language",
        initial="en",
        help_text="The code of the language that has labels, for example en.",
        widget=forms.TextInput(attrs=_OFFERED),
    )
    tgt_langs = LanguagesField(
        label="Target languages",
        help_text="The codes of the languages that labels are wanted in, separated by commas; for example: de, ar, th.",
        widget=forms.TextInput(attrs=_OFFERED),
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ProjectEditForm(forms.Form):
    """What may be changed later; the source language stays."""

    name = forms.CharField(max_length=200)
    tgt_langs = LanguagesField(label="Target languages", help_text="Languages that have items stay in the list.")
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    guidelines = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="What reviewers read beside the texts. Blank lines separate paragraphs.",
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

    name = forms.CharField(max_length=100)


class LabelEditForm(forms.Form):
    """How a label is shown and typed."""

    key = forms.ChoiceField(
        required=False,
        choices=[("", "none"), *((digit, digit) for digit in "123456789")],
        help_text="Digit that sets this label on the review screen.",
    )
    color = forms.RegexField(
        label="Colour", regex=r"^#[0-9a-fA-F]{6}$", widget=forms.TextInput(attrs={"type": "color"})
    )
    description = forms.CharField(label="Meaning", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    names = forms.CharField(
        label="Translated names",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One a line: language code, equals sign, name. For example: de=Ort",
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
                raise forms.ValidationError(f"Line {number} is not of the form de=Ort.")
            names[code] = text
        return names


class MemberAddForm(forms.Form):
    """An account and its role."""

    username = forms.CharField(label="User name", max_length=150)
    role = forms.ChoiceField(choices=Membership.Role.choices, initial=Membership.Role.REVIEWER)


class ItemFilterForm(forms.Form):
    """Which items of a project are listed; lives in the URL."""

    lang = forms.CharField(required=False)
    state = forms.ChoiceField(
        required=False,
        choices=[("", "all states"), ("new", "not projected"), ("open", "to review"), ("done", "reviewed")],
    )
    text = forms.CharField(
        required=False, label="Text", widget=forms.TextInput(attrs={"type": "search", "placeholder": "Find in texts"})
    )
