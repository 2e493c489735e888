"""Layers of a project: added and changed as long as nothing depends on what they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotator.errors import BadRequestError, bad_request, conflict
from annotator.models import Annotation, Layer, Project, SourceSpan, User
from annotator.services.events import record_event
from annotator.services.projects import lock_project
from projection.errors import Problem

# What decides how labels are stored, projected and shown: fixed from the first label on.
FIXED = ("name", "kind", "scope", "choice", "role")
# Permissions that labels may rest on: they can be given at any time, but not taken away.
PERMISSIONS = ("allows_overlap", "allows_discontinuous", "has_concepts")
FIELDS = (*FIXED, *PERMISSIONS, "is_by_character", "is_open")


def has_labels(layer: Layer) -> bool:
    """Whether anything of the source or target is labelled in a layer."""
    return SourceSpan.objects.filter(layer=layer).exists() or Annotation.objects.filter(layer=layer).exists()


@transaction.atomic
def create_layer(*, project: Project, actor: User, values: Mapping[str, Any]) -> Layer:
    """Add a layer.

    Args:
        values: some of `FIELDS`; the others have their defaults.

    Raises:
        BadRequestError: no name, or values that do not go together.
        ConflictError: there is a layer of that name.
    """
    lock_project(project.pk)
    layer = Layer(project=project, position=project.layers.count())
    _set(layer, values)
    _check(layer)
    layer.save()
    record_event(
        project=project,
        actor=actor,
        kind="layer-created",
        subject_id=layer.pk,
        data={"name": layer.name, "kind": layer.kind},
    )
    return layer


@transaction.atomic
def edit_layer(*, project: Project, actor: User, layer: Layer, values: Mapping[str, Any]) -> Layer:
    """Change a layer; what its labels rest on stays as soon as there are any.

    Raises:
        BadRequestError: values that do not go together.
        ConflictError: the layer has labels and something that they rest on would change, or its name is taken.
    """
    lock_project(project.pk)
    layer = Layer.objects.get(pk=layer.pk)
    before = {name: getattr(layer, name) for name in FIELDS}
    _set(layer, values)
    changed = [name for name in FIELDS if getattr(layer, name) != before[name]]
    _check(layer)
    if changed and has_labels(layer):
        _refuse_breaking(before, changed)
    layer.save(update_fields=list(FIELDS))
    record_event(project=project, actor=actor, kind="layer-edited", subject_id=layer.pk, data={"changed": changed})
    return layer


@transaction.atomic
def delete_layer(*, project: Project, actor: User, layer: Layer) -> None:
    """Take out a layer in which nothing is labelled.

    Raises:
        ConflictError: something is.
    """
    lock_project(project.pk)
    if has_labels(layer):
        fault = f"The layer {layer.name} has labels in imported or reviewed items."
        raise conflict("layer-in-use", fault, "It stays as long as these items do.")
    layer_id = layer.pk
    layer.delete()
    record_event(project=project, actor=actor, kind="layer-deleted", subject_id=layer_id, data={"name": layer.name})


def _set(layer: Layer, values: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in values:
            value = values[name]
            setattr(layer, name, value.strip() if isinstance(value, str) else value)


def _check(layer: Layer) -> None:
    if not layer.name:
        raise bad_request("layer-name-missing", "The layer has no name.", "Give it one.", place="name")
    if Layer.objects.filter(project=layer.project, name=layer.name).exclude(pk=layer.pk).exists():
        raise conflict(
            "layer-exists", f"The project has a layer {layer.name} already.", "Use another name.", place="name"
        )
    for name, kinds, words in _ONLY_FOR:
        if getattr(layer, name) != getattr(Layer(), name) and layer.kind not in kinds:
            allowed = " and ".join(str(Layer.Kind(kind).label) for kind in kinds)
            fault = f"{words} is for layers of {allowed}; this one holds {layer.get_kind_display()}."
            raise BadRequestError(Problem("setting-of-other-kind", fault, "Leave it as it was.", place=name))


_SPANS = (Layer.Kind.SPAN,)
_CLASSES = (Layer.Kind.CLASS,)
_ONLY_FOR = (
    ("scope", _CLASSES, "What a class is about"),
    ("choice", _CLASSES, "How many classes there are"),
    ("allows_overlap", _SPANS, "Overlap"),
    ("allows_discontinuous", _SPANS, "Having several pieces"),
    ("is_by_character", _SPANS, "Moving edges by characters"),
    ("has_concepts", _SPANS, "Concepts"),
)


def _refuse_breaking(before: Mapping[str, Any], changed: list[str]) -> None:
    taken = [name for name in PERMISSIONS if name in changed and before[name]]
    fixed = [name for name in FIXED if name in changed]
    if not taken and not fixed:
        return
    words = ", ".join(_WORDS[name] for name in (*fixed, *taken))
    fault = f"The layer {before['name']} has labels, and they rest on its {words}."
    raise conflict("layer-in-use", fault, "Leave that as it is, or make another layer.", place=(*fixed, *taken)[0])


_WORDS = {
    "name": "name",
    "kind": "kind",
    "scope": "scope",
    "choice": "number of classes",
    "role": "role of texts",
    "has_concepts": "concepts",
    "allows_overlap": "permission to overlap",
    "allows_discontinuous": "permission to have several pieces",
}
