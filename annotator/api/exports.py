"""Exports: ask for one, read what it lacks, fetch the file."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, find, operation, paged
from annotator.api.serializers import PageQuery
from annotator.api.serializers.exports import ExportCreate, ExportSerializer
from annotator.models import Export, Project
from annotator.services import exports
from annotator.services.export_formats import FORMATS

FILE = OpenApiResponse(OpenApiTypes.BINARY, description="The file, streamed.")


def _exports(request: Request, project: Project) -> QuerySet[Export]:
    return access.list_exports(request.user, project).select_related("project", "job__created_by", "created_by")


class ExportList(ApiView):
    @operation("export_list", response=paged(ExportSerializer), query=PageQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """Exports, latest first."""
        project = access.get_readable_project(request.user, project_id)
        self.read_query()
        return self.list_page(_exports(request, project), ExportSerializer, ordering="-id")

    @operation("export_create", request=ExportCreate, response=ExportSerializer, status=201, is_write=True)
    def post(self, request: Request, project_id: int) -> Response:
        """Ask for gold labels as a file; a job writes it."""
        project = access.get_curatable_project(request.user, project_id)
        export = exports.start_export(project=project, actor=self.actor, **{"filters": {}, **self.read(ExportCreate)})
        return Response(ExportSerializer(export).data, status=201)


class ExportDetail(ApiView):
    @operation("export_get", response=ExportSerializer)
    def get(self, request: Request, project_id: int, export_id: int) -> Response:
        """One export with its job and its loss report."""
        project = access.get_readable_project(request.user, project_id)
        return Response(ExportSerializer(find(_exports(request, project), export_id)).data)


class ExportConfirm(ApiView):
    @operation("export_confirm", response=ExportSerializer, is_write=True)
    def post(self, request: Request, project_id: int, export_id: int) -> Response:
        """Take the file although it lacks something."""
        project = access.get_curatable_project(request.user, project_id)
        export = exports.confirm_loss(export=find(_exports(request, project), export_id), actor=self.actor)
        return Response(ExportSerializer(export).data)


class ExportFile(ApiView):
    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: ARG002
        """The file has the type that it has; what the caller accepts decides on errors only, which are JSON."""
        return super().perform_content_negotiation(request, force=True)

    @operation("export_file", response=FILE, is_write=True)
    def get(self, request: Request, project_id: int, export_id: int) -> FileResponse:
        """The file itself; refused while there is none or its losses are not confirmed."""
        project = access.get_readable_project(request.user, project_id)
        export = find(_exports(request, project), export_id)
        return FileResponse(
            exports.get_file(export).open("rb"),
            as_attachment=True,
            filename=exports.get_file_name(export),
            content_type=FORMATS[export.format].content_type,
        )
