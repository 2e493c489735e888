"""Inviting people and following an invitation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotator.models import Membership, Project, User
from annotator.services.assignments import AssignmentPlan
from annotator.services.invitations import MAX_DAYS, MAX_USES


class InvitationForm(forms.Form):
    """Which role an invitation gives, to how many people, for how long."""

    role = forms.ChoiceField(choices=Membership.Role.choices, initial=Membership.Role.REVIEWER, label=_("Role"))
    max_uses = forms.IntegerField(min_value=1, max_value=MAX_USES, initial=1, label=_("For how many people"))
    n_days = forms.IntegerField(min_value=1, max_value=MAX_DAYS, initial=14, label=_("Days until it runs out"))
    tgt_langs = forms.MultipleChoiceField(
        required=False,
        label=_("Languages"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all languages of the project."),
    )

    def __init__(self, project: Project, *args: Any) -> None:
        super().__init__(*args)
        codes = list(project.target_languages.values_list("code", flat=True))
        languages = self.fields["tgt_langs"]
        if isinstance(languages, forms.MultipleChoiceField):
            languages.choices = [(code, code) for code in codes]
        if len(codes) < 2:
            del self.fields["tgt_langs"]


class JoinForm(forms.Form):
    """A new account for somebody who follows an invitation."""

    username = forms.CharField(
        max_length=150,
        label=_("User name"),
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    name = forms.CharField(
        max_length=150,
        required=False,
        label=_("Name that others see"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        strip=False,
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least ten characters; a few words are best."),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse what is too easy to guess."""
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if password:
            try:
                validate_password(password, User(username=cleaned.get("username", "")))
            except forms.ValidationError as err:
                self.add_error("password", err)
        return cleaned


class AssignmentForm(forms.Form):
    """A share of the items for each person, all or of one language."""

    tgt_lang = forms.ChoiceField(label=_("Language"), required=False)
    is_anew = forms.BooleanField(label=_("Also what is assigned already and not begun"), required=False)

    def __init__(self, *args: Any, project: Project, members: Sequence[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = project.target_languages.values_list("code", flat=True)
        field = cast(forms.ChoiceField, self.fields["tgt_lang"])
        field.choices = [("", _("All languages")), *((code, code) for code in codes)]
        self._members = {self.name_of(member): member for member in members}
        for name, member in self._members.items():
            label = gettext("Share of %(person)s, in percent") % {"person": member.user}
            self.fields[name] = forms.IntegerField(label=label, min_value=0, max_value=100, required=False)

    @staticmethod
    def name_of(member: Membership) -> str:
        """Name of the field of a person."""
        return f"share-{member.pk}"

    @property
    def plan(self) -> AssignmentPlan:
        """What a valid form asks for."""
        shares = {member.user_id: self.cleaned_data[name] or 0 for name, member in self._members.items()}
        return AssignmentPlan(
            shares={user_id: share for user_id, share in shares.items() if share},
            tgt_lang=self.cleaned_data["tgt_lang"],
            is_anew=self.cleaned_data["is_anew"],
        )
