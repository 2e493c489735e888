"""Forms for starting and comparing runs; an engine's settings become fields by their kinds."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotator.models import Project, Run
from annotator.queries.pretrained import list_models
from annotator.queries.runs import list_link_runs, list_model_runs
from annotator.wording import in_words
from projection.engines import ENGINES, Engine, Setting
from projection.errors import EngineError

PREFIX = "setting-"


def _describe(run: Run) -> str:
    engine = ENGINES.get(run.engine)
    title = in_words(engine.title) if engine else run.engine
    return gettext("no. %(number)s: %(language)s, %(engine)s") % {
        "number": run.pk,
        "language": run.tgt_lang,
        "engine": title,
    }


class RunChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A run, described by number, language and engine."""

    def label_from_instance(self, obj: Run) -> str:
        return _describe(obj)


class RunsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Runs to tick, described alike."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Run) -> str:
        return _describe(obj)


class RunForm(forms.Form):
    """Language, what becomes of the result, and the settings of one engine."""

    tgt_lang = forms.ChoiceField(label=_("Target language"))
    is_activated_at_end = forms.BooleanField(
        label=_("Show to reviewers when it is finished"),
        help_text=_("The first run of a language is always shown. Decisions that were taken stay as they are."),
        required=False,
    )
    # Makes a second click, or a form sent again, find the run of the first.
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, project: Project, engine: Engine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = list(project.target_languages.values_list("code", flat=True))
        offered = [(code, code) for code in codes]
        self.fields["tgt_lang"] = forms.ChoiceField(label=_("Target language"), choices=offered)
        learned = list_model_runs(project, engine=engine)
        if engine.learns and learned.exists():
            self.fields["model_run"] = RunChoiceField(
                learned,
                label=_("Learn"),
                empty_label=_("anew from all sentence pairs"),
                required=False,
                help_text=_(
                    "What an earlier run with the same settings learned also serves sentences that came later."
                ),
            )
        if engine.uses_links:
            self.fields["links_runs"] = RunsField(
                list_link_runs(project).order_by("pk"),
                label=_("Word links of"),
                help_text=_(
                    "Spans are carried over the word links that these runs made. "
                    "Of several, the one with the lowest number is the first."
                ),
                error_messages={"required": _("Choose a finished run whose word links it takes.")},
            )
        for setting in engine.settings:
            self.fields[PREFIX + setting.name] = _field_of(setting)

    @property
    def setting_fields(self) -> list[forms.BoundField]:
        """The fields of the engine's settings, in its order."""
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    @property
    def links_runs(self) -> list[Run]:
        """The runs whose links are taken."""
        return list(self.cleaned_data.get("links_runs", ()))

    @property
    def settings(self) -> dict[str, object]:
        """The settings as given, by name."""
        return {
            name.removeprefix(PREFIX): value for name, value in self.cleaned_data.items() if name.startswith(PREFIX)
        }

    def read_given(self, engine: Engine) -> dict[str, float | int | bool | str] | None:
        """Complete settings as the form shows them, for an estimate; None while something in them is wrong."""
        given = {name.removeprefix(PREFIX): self[name].value() for name in self.fields if name.startswith(PREFIX)}
        try:
            complete = engine.read_settings(given)
            engine.members(complete)
        except EngineError:
            return None
        return complete


def _field_of(setting: Setting) -> forms.Field:
    given: dict[str, Any] = {
        "label": in_words(re.sub(r"^n_", "number of ", setting.name).replace("_", " ").capitalize()),
        "help_text": in_words(setting.help),
        "initial": setting.default,
    }
    if setting.kind == "model":
        return _model_field(setting, given)
    if setting.choices:
        return forms.ChoiceField(choices=[(choice, choice) for choice in setting.choices], **given)
    if setting.kind == "boolean":
        return forms.BooleanField(required=False, **given)
    if setting.kind == "integer":
        return forms.IntegerField(min_value=_whole(setting.minimum), max_value=_whole(setting.maximum), **given)
    if setting.kind == "number":
        widget = forms.NumberInput(attrs={"step": "any"})
        return forms.FloatField(min_value=setting.minimum, max_value=setting.maximum, widget=widget, **given)
    return forms.CharField(required=False, **given)


def _model_field(setting: Setting, given: dict[str, Any]) -> forms.Field:
    listed = [(name, name) for name in list_models()]
    if not listed:
        lack = gettext("There is none on this server yet: the operator puts models into MODELS_DIR.")
        given["help_text"] = f"{given['help_text']} {lack}"
    nothing = [] if setting.is_required and listed else [("", _("none"))]
    return forms.ChoiceField(choices=[*nothing, *listed], required=setting.is_required, **given)


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


class CompareForm(forms.Form):
    """Two runs of one project into one language."""

    first = RunChoiceField(Run.objects.none(), label=_("Run"), empty_label=None)
    second = RunChoiceField(Run.objects.none(), label=_("compared with"), empty_label=None)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "second"):
            self.fields[name] = RunChoiceField(
                Run.objects.filter(project=project), label=self.fields[name].label, empty_label=None
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, second = cleaned.get("first"), cleaned.get("second")
        if first and second and first.tgt_lang != second.tgt_lang:
            raise forms.ValidationError(_("These runs have different target languages; choose two of the same one."))
        return cleaned
