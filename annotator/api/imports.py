"""Imports: upload, look at the preview, confirm or give up."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, find, operation, paged
from annotator.api.serializers import PageQuery
from annotator.api.serializers.imports import ImportConfirm, ImportCreate, ImportDetailSerializer, ImportSerializer
from annotator.errors import bad_request
from annotator.models import Import, Layer, Project
from annotator.services import imports


def _imports(project: Project) -> QuerySet[Import]:
    rows = Import.objects.filter(project=project).prefetch_related("files")
    return rows.select_related("project", "job__created_by", "created_by")


def _answer(project: Project, import_id: int, *, status: int = 200) -> Response:
    return Response(ImportDetailSerializer(find(_imports(project), import_id)).data, status=status)


class ImportList(ApiView):
    parser_classes = [JSONParser, MultiPartParser]

    @operation("import_list", response=paged(ImportSerializer), query=PageQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """Imports, latest first."""
        project = access.get_readable_project(request.user, project_id)
        self.read_query()
        return self.list_page(_imports(project).defer("report"), ImportSerializer, ordering="-id")

    @operation("import_create", request=ImportCreate, response=ImportDetailSerializer, status=201, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Upload labelled source and target; the answer is a draft with a preview, nothing is imported yet."""
        project = access.get_managed_project(request.user, project_id)
        given = self.read(ImportCreate)
        drafts = _imports(project).exclude(state=Import.State.DONE)
        replaces = find(drafts, given["replaces"]) if "replaces" in given else None
        _check_layer(project, given.get("layer", ""))
        record = imports.start_import(
            project=project,
            actor=self.actor,
            tgt_lang=given["tgt_lang"],
            files=ImportCreate.uploads_of(given),
            spec=ImportCreate.spec_of(given, replaces=replaces),
            replaces=replaces,
        )
        return _answer(project, record.pk, status=201)


def _check_layer(project: Project, name: str) -> None:
    layer = project.layers.filter(name=name, kind__in=(Layer.Kind.CLASS, Layer.Kind.RELATION)).first()
    if layer is not None:
        fault = f"The layer {name} holds {layer.get_kind_display()}, not spans or token tags."
        raise bad_request("not-a-span-layer", fault, "Give another layer, or a new name.", place="layer")


class ImportDetail(ApiView):
    @operation("import_get", response=ImportDetailSerializer)
    def get(self, request: Request, project_id: int, import_id: int) -> Response:
        """One import with its preview and, once confirmed, its job."""
        return _answer(access.get_readable_project(request.user, project_id), import_id)


class ImportConfirmation(ApiView):
    @operation("import_confirm", request=ImportConfirm, response=ImportDetailSerializer, is_write=True)
    def post(self, request: Request, project_id: int, import_id: int) -> Response:
        """Import what the preview showed; a job does it, all or nothing."""
        project = access.get_managed_project(request.user, project_id)
        choice = ImportConfirm.choice_of(self.read(ImportConfirm))
        imports.confirm_import(import_record=find(_imports(project), import_id), actor=self.actor, choice=choice)
        return _answer(project, import_id)


class ImportCancel(ApiView):
    @operation("import_cancel", response=ImportDetailSerializer, is_write=True)
    def post(self, request: Request, project_id: int, import_id: int) -> Response:
        """Give an import up."""
        project = access.get_managed_project(request.user, project_id)
        imports.cancel_import(import_record=find(_imports(project), import_id), actor=self.actor)
        return _answer(project, import_id)
