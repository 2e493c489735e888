"""Set up projects: languages, tagsets, members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.errors import bad_request, conflict
from annotator.models import Label, Layer, Membership, Project, RejectReason, TargetLanguage, User
from annotator.models.projects import LANGUAGE_CODE
from annotator.services.events import record_event
from annotator.services.project_templates import LayerPlan, get_template

DEFAULT_LAYER = "spans"
# Told apart in the common forms of colour blindness, in every theme (tests/browser/test_themes.py).
LABEL_COLORS = ("#4e4aaa", "#b63000", "#596f4c", "#460083", "#6e0031", "#007877", "#3d2d00", "#480341", "#134f4a")
MAX_KEYS = 9

REJECT_REASONS = (
    ("1", "not-in-translation", "not in the translation"),
    ("2", "wrong-words", "wrong words"),
    ("3", "wrong-label", "wrong label"),
    ("4", "boundary-beyond-repair", "boundary beyond repair"),
    ("5", "source-label-wrong", "source label wrong"),
    ("6", "translation-wrong", "translation wrong"),
    ("7", "duplicate", "duplicate"),
    ("8", "other", "other"),
)


def lock_project(project_id: int) -> None:
    """Let those who change what belongs to the whole project (labels, documents, the active run) go one by one.

    Rows that only point to the project can be written meanwhile; for inside a transaction.
    """
    Project.objects.select_for_update(no_key=True).filter(pk=project_id).values_list("pk").get()


@transaction.atomic
def create_project(
    *,
    actor: User,
    name: str,
    src_lang: str,
    tgt_langs: Sequence[str],
    description: str = "",
    guidelines: str = "",
    template: str = "",
) -> Project:
    """Make a project with its layers and reject reasons; the actor becomes its manager.

    Args:
        template: what it is made for, a name of `project_templates.TEMPLATES`; "" makes one open layer of spans.

    Raises:
        BadRequestError: no name, wrong languages or an unknown template.
    """
    if not name.strip():
        raise bad_request("name-missing", _("The project has no name."), _("Give it one."), place="name")
    _check_languages(src_lang, tgt_langs)
    plans = get_template(template).layers if template else (LayerPlan(DEFAULT_LAYER),)
    project = Project.objects.create(
        name=name.strip(),
        src_lang=src_lang,
        description=description,
        guidelines=guidelines,
        template=template,
        created_by=actor,
    )
    TargetLanguage.objects.bulk_create(TargetLanguage(project=project, code=code) for code in sorted(set(tgt_langs)))
    for position, plan in enumerate(plans):
        _make_layer(project, plan, position)
    RejectReason.objects.bulk_create(
        RejectReason(project=project, key=key, code=code, text=text) for key, code, text in REJECT_REASONS
    )
    Membership.objects.create(project=project, user=actor, role=Membership.Role.MANAGER)
    record_event(project=project, actor=actor, kind="project-created", subject_id=str(project.pk))
    return project


def _make_layer(project: Project, plan: LayerPlan, position: int) -> None:
    values = {each.name: getattr(plan, each.name) for each in fields(plan) if each.name != "labels"}
    layer = Layer.objects.create(project=project, position=position, **values)
    labels = add_labels(layer, names=plan.labels)
    for name, meaning in plan.labels.items():
        labels[name].description = meaning
    Label.objects.bulk_update(labels.values(), ["description"])


def _check_languages(src_lang: str, tgt_langs: Iterable[str]) -> None:
    for code in (src_lang, *tgt_langs):
        try:
            LANGUAGE_CODE(code)
        except ValidationError as err:
            raise bad_request(
                "bad-language", _("%(code)r is not a language code.") % {"code": code}, err.messages[0]
            ) from err
    if src_lang in tgt_langs:
        raise bad_request(
            "same-language",
            _("%(src_lang)s is both the source and a target language.") % {"src_lang": src_lang},
            _("Leave it out of the target languages."),
        )


@transaction.atomic
def edit_project(
    *, project: Project, actor: User, name: str, description: str, guidelines: str, tgt_langs: Sequence[str]
) -> None:
    """Change what a project is called and says, and add target languages; languages with items stay."""
    if not name.strip():
        raise bad_request("name-missing", _("The project has no name."), _("Give it one."), place="name")
    _check_languages(project.src_lang, tgt_langs)
    lock_project(project.pk)
    project.name, project.description, project.guidelines = name.strip(), description, guidelines
    project.save(update_fields=["name", "description", "guidelines"])
    _set_target_languages(project, wanted=set(tgt_langs))
    record_event(project=project, actor=actor, kind="project-edited", subject_id=str(project.pk))


def _set_target_languages(project: Project, *, wanted: set[str]) -> None:
    present = set(project.target_languages.values_list("code", flat=True))
    for code in sorted(present - wanted):
        if project.items.filter(tgt_lang=code).exists():
            raise conflict(
                "language-in-use",
                _("%(code)s has items and cannot be taken out.") % {"code": code},
                _("Keep it in the list."),
            )
    project.target_languages.filter(code__in=present - wanted).delete()
    TargetLanguage.objects.bulk_create(TargetLanguage(project=project, code=code) for code in sorted(wanted - present))


def add_labels(layer: Layer, *, names: Iterable[str]) -> dict[str, Label]:
    """Add labels that the layer lacks, with free keys and the next colours; returns all its labels by name."""
    labels = {label.name: label for label in layer.labels.all()}
    keys = sorted(set("123456789") - {label.key for label in labels.values()})
    for name in names:
        if name in labels:
            continue
        position = len(labels)
        labels[name] = Label.objects.create(
            layer=layer,
            name=name,
            key=keys.pop(0) if keys else "",
            color=LABEL_COLORS[position % len(LABEL_COLORS)],
            position=position,
        )
    return labels


@transaction.atomic
def create_label(*, project: Project, actor: User, layer: Layer, name: str) -> Label:
    """Add one label to a layer."""
    if not name.strip():
        raise bad_request("label-name-missing", _("The label has no name."), _("Give it one."), place="name")
    lock_project(project.pk)
    if layer.labels.filter(name=name.strip()).exists():
        raise conflict(
            "label-exists",
            _("The layer %(layer)s has a label %(name)s already.") % {"layer": layer.name, "name": name.strip()},
            _("Use that one."),
        )
    label = add_labels(layer, names=[name.strip()])[name.strip()]
    record_event(
        project=project, actor=actor, kind="label-created", subject_id=str(label.pk), data={"name": label.name}
    )
    return label


@transaction.atomic
def edit_label(
    *, project: Project, actor: User, label: Label, key: str, color: str, description: str, names: Mapping[str, str]
) -> Label:
    """Change a label's key, colour, description and translated names; its name is what exports carry and stays."""
    lock_project(project.pk)
    taken = label.layer.labels.exclude(pk=label.pk).filter(key=key).first() if key else None
    if taken:
        raise conflict(
            "key-taken",
            _("The key %(key)s belongs to %(taken)s.") % {"key": key, "taken": taken.name},
            _("Choose another digit or none."),
            place="key",
        )
    label.key, label.color, label.description = key, color, description
    label.translated_names = {code: text for code, text in names.items() if text}
    label.full_clean()
    label.save(update_fields=["key", "color", "description", "translated_names"])
    record_event(project=project, actor=actor, kind="label-edited", subject_id=str(label.pk))
    return label
