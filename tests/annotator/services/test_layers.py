"""Layers: what goes together, and what stays once there are labels."""

from __future__ import annotations

from typing import Any

import pytest

from annotator.errors import BadRequestError, ConflictError, ServiceError
from annotator.models import Layer, Project
from annotator.services import layers
from tests.annotator.factories import make_items, make_project

pytestmark = pytest.mark.django_db


def create(project: Project, **values: Any) -> Layer:
    return layers.create_layer(project=project, actor=project.created_by, values=values)


def edit(layer: Layer, **values: Any) -> Layer:
    return layers.edit_layer(project=layer.project, actor=layer.project.created_by, layer=layer, values=values)


def test_a_layer_of_another_kind_is_added_after_the_others() -> None:
    project = make_project()
    layer = create(project, name=" sentiment ", kind="class", scope="item", choice="multiple", is_open=False)
    assert [each.name for each in project.layers.all()] == ["spans", "sentiment"]
    assert (layer.kind, layer.scope, layer.choice, layer.is_open) == ("class", "item", "multiple", False)
    assert project.events.latest("id").kind == "layer-created"


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"name": " "}, BadRequestError, "name: The layer has no name. Give it one."),
        ({"name": "spans"}, ConflictError, "name: The project has a layer spans already. Use another name."),
        (
            {"name": "a", "kind": "token", "allows_overlap": True},
            BadRequestError,
            "allows_overlap: Overlap is for layers of spans; this one holds token tags. Leave it as it was.",
        ),
        (
            {"name": "a", "kind": "span", "choice": "graded"},
            BadRequestError,
            "choice: How many classes there are is for layers of classes; this one holds spans. Leave it as it was.",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(values: dict[str, Any], error: type[ServiceError], message: str) -> None:
    with pytest.raises(error) as caught:
        create(make_project(), **values)
    assert str(caught.value) == message


def test_before_there_are_labels_everything_can_be_changed() -> None:
    layer = make_project().layers.get()
    changed = edit(layer, name="pos", kind="token")
    assert (changed.name, changed.kind) == ("pos", "token")
    assert edit(changed, kind="span", allows_overlap=True).allows_overlap


def test_what_labels_rest_on_stays_and_permissions_can_only_grow() -> None:
    project = make_project()
    make_items(project)
    layer = project.layers.get()
    with pytest.raises(ConflictError) as caught:
        edit(layer, kind="token", name="pos")
    assert str(caught.value) == (
        "name: The layer spans has labels, and they rest on its name, kind. Leave that as it is, or make another layer."
    )
    layer = edit(layer, allows_overlap=True, has_concepts=True, is_open=False)
    assert (layer.allows_overlap, layer.has_concepts, layer.is_open) == (True, True, False)
    with pytest.raises(ConflictError, match="permission to overlap"):
        edit(layer, allows_overlap=False)
    with pytest.raises(ConflictError, match="The layer spans has labels"):
        layers.delete_layer(project=project, actor=project.created_by, layer=layer)


def test_an_unused_layer_can_be_taken_out() -> None:
    project = make_project()
    layers.delete_layer(project=project, actor=project.created_by, layer=project.layers.get())
    assert not project.layers.exists()
    assert project.events.latest("id").data == {"name": "spans"}
