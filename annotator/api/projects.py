"""Projects, layers, labels and members."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, find, operation, paged
from annotator.api.serializers import PageQuery
from annotator.api.serializers.projects import (
    LabelChange,
    LabelCreate,
    LabelSerializer,
    LayerChange,
    LayerCreate,
    LayerSerializer,
    MemberAdd,
    MemberChange,
    MemberSerializer,
    ProjectChange,
    ProjectCreate,
    ProjectDetailSerializer,
    ProjectSerializer,
    RejectReasonSerializer,
)
from annotator.errors import bad_request
from annotator.models import Label, Layer, Project, RejectReason
from annotator.queries.progress import list_language_progress
from annotator.services import layers, members, projects


class ProjectList(ApiView):
    @operation("project_list", response=paged(ProjectSerializer), query=PageQuery)
    def get(self, request: Request) -> Response:
        """The projects that you are a member of."""
        self.read_query()
        rows = access.list_projects(request.user).annotate(role=F("memberships__role"))
        return self.list_page(rows.prefetch_related("target_languages"), ProjectSerializer)

    @operation("project_create", request=ProjectCreate, response=ProjectDetailSerializer, status=201, is_write=True)
    def post(self, request: Request) -> Response:
        """Make a project; you become its manager."""
        project = projects.create_project(actor=self.actor, **self.read(ProjectCreate))
        return Response(_shape_project(request, project), status=201)


class ProjectDetail(ApiView):
    @operation("project_get", response=ProjectDetailSerializer)
    def get(self, request: Request, project_id: int) -> Response:
        """One project with how far it is."""
        return Response(_shape_project(request, access.get_readable_project(request.user, project_id)))

    @operation("project_edit", request=ProjectChange, response=ProjectDetailSerializer, is_write=True)
    def patch(self, request: Request, project_id: int) -> Response:
        """Change what a project is called and says, or its target languages."""
        project = access.get_managed_project(request.user, project_id)
        present = {
            "name": project.name,
            "description": project.description,
            "guidelines": project.guidelines,
            "tgt_langs": list(project.target_languages.values_list("code", flat=True)),
        }
        projects.edit_project(project=project, actor=self.actor, **{**present, **self.read(ProjectChange)})
        return Response(_shape_project(request, project))


def _shape_project(request: Request, project: Project) -> Any:
    project.role = access.get_role(request.user, project)  # type: ignore[attr-defined]
    project.progress = list_language_progress(project)  # type: ignore[attr-defined]
    return ProjectDetailSerializer(project).data


class LayerList(ApiView):
    @operation("layer_list", response=paged(LayerSerializer), query=PageQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """The layers of a project."""
        project = access.get_readable_project(request.user, project_id)
        self.read_query()
        return self.list_page(Layer.objects.filter(project=project), LayerSerializer)

    @operation("layer_create", request=LayerCreate, response=LayerSerializer, status=201, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Add a layer."""
        project = access.get_managed_project(request.user, project_id)
        layer = layers.create_layer(project=project, actor=self.actor, values=self.read(LayerCreate))
        return Response(LayerSerializer(layer).data, status=201)


class LayerDetail(ApiView):
    @operation("layer_get", response=LayerSerializer)
    def get(self, request: Request, project_id: int, layer_id: int) -> Response:
        """One layer."""
        project = access.get_readable_project(request.user, project_id)
        return Response(LayerSerializer(find(Layer.objects.filter(project=project), layer_id)).data)

    @operation("layer_edit", request=LayerChange, response=LayerSerializer, is_write=True)
    def patch(self, request: Request, project_id: int, layer_id: int) -> Response:
        """Change a layer; what its labels rest on stays."""
        project = access.get_managed_project(request.user, project_id)
        layer = find(Layer.objects.filter(project=project), layer_id)
        layer = layers.edit_layer(project=project, actor=self.actor, layer=layer, values=self.read(LayerChange))
        return Response(LayerSerializer(layer).data)

    @operation("layer_delete", status=204, is_write=True)
    def delete(self, request: Request, project_id: int, layer_id: int) -> Response:
        """Take out a layer in which nothing is labelled."""
        project = access.get_managed_project(request.user, project_id)
        layer = find(Layer.objects.filter(project=project), layer_id)
        layers.delete_layer(project=project, actor=self.actor, layer=layer)
        return Response(status=204)


def _labels(project: Project) -> QuerySet[Label]:
    return Label.objects.filter(layer__project=project).select_related("layer")


class LabelList(ApiView):
    @operation("label_list", response=paged(LabelSerializer), query=PageQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """The labels of all layers."""
        project = access.get_readable_project(request.user, project_id)
        self.read_query()
        return self.list_page(_labels(project), LabelSerializer)

    @operation("label_create", request=LabelCreate, response=LabelSerializer, status=201, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Add a label to a layer."""
        project = access.get_managed_project(request.user, project_id)
        given = self.read(LabelCreate)
        layer = _find_layer(project, given.get("layer"))
        label = projects.create_label(project=project, actor=self.actor, layer=layer, name=given["name"])
        return Response(LabelSerializer(label).data, status=201)


def _find_layer(project: Project, layer_id: int | None) -> Layer:
    layers = list(project.layers.all() if layer_id is None else project.layers.filter(pk=layer_id))
    if len(layers) == 1:
        return layers[0]
    if layer_id is None:
        raise bad_request("layer-missing", "The project has several layers.", "Say which one.", place="layer")
    raise bad_request("unknown-layer", f"The project has no layer {layer_id}.", "See layers/.", place="layer")


class LabelDetail(ApiView):
    @operation("label_get", response=LabelSerializer)
    def get(self, request: Request, project_id: int, label_id: int) -> Response:
        """One label."""
        project = access.get_readable_project(request.user, project_id)
        return Response(LabelSerializer(find(_labels(project), label_id)).data)

    @operation("label_edit", request=LabelChange, response=LabelSerializer, is_write=True)
    def patch(self, request: Request, project_id: int, label_id: int) -> Response:
        """Change a label's key, colour, description or translated names."""
        project = access.get_managed_project(request.user, project_id)
        label = find(_labels(project), label_id)
        present = {name: getattr(label, name) for name in ("key", "color", "description", "translated_names")}
        wanted = {**present, **self.read(LabelChange)}
        wanted["names"] = wanted.pop("translated_names")
        label = projects.edit_label(project=project, actor=self.actor, label=label, **wanted)
        return Response(LabelSerializer(label).data)


class RejectReasonList(ApiView):
    @operation("reject_reason_list", response=paged(RejectReasonSerializer), query=PageQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """Why a target label can be rejected; the newest version of the list is in use."""
        project = access.get_readable_project(request.user, project_id)
        self.read_query()
        return self.list_page(RejectReason.objects.filter(project=project), RejectReasonSerializer)


class MemberList(ApiView):
    @operation("member_list", response=paged(MemberSerializer), query=PageQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """Who belongs to the project."""
        project = access.get_readable_project(request.user, project_id)
        self.read_query()
        return self.list_page(project.memberships.select_related("user"), MemberSerializer)

    @operation("member_add", request=MemberAdd, response=MemberSerializer, status=201, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Give a person a role in the project."""
        project = access.get_managed_project(request.user, project_id)
        membership = members.add_member(project=project, actor=self.actor, **self.read(MemberAdd))
        return Response(MemberSerializer(membership).data, status=201)


class MemberDetail(ApiView):
    @operation("member_change", request=MemberChange, response=MemberSerializer, is_write=True)
    def patch(self, request: Request, project_id: int, membership_id: int) -> Response:
        """Give a member another role."""
        project = access.get_managed_project(request.user, project_id)
        membership = find(project.memberships.select_related("user", "project"), membership_id)
        members.change_member(membership=membership, actor=self.actor, role=self.read(MemberChange)["role"])
        return Response(MemberSerializer(membership).data)

    @operation("member_remove", status=204, is_write=True)
    def delete(self, request: Request, project_id: int, membership_id: int) -> Response:
        """End a membership."""
        project = access.get_managed_project(request.user, project_id)
        membership = find(project.memberships.select_related("user", "project"), membership_id)
        members.change_member(membership=membership, actor=self.actor, role="")
        return Response(status=204)
