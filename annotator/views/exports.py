"""Pages of exports: ask for one, watch it, read what it lacks, fetch the file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.forms.exports import ExportForm
from annotator.models import Export, Project
from annotator.queries.gold import count_gold, list_documents
from annotator.services import exports
from annotator.services.export_formats import FORMATS
from annotator.views._context import initial_language, project_context

PAGE_EXPORTS = 25


def _get_export(request: HttpRequest, project: Project, export_id: int) -> Export:
    rows = access.list_exports(request.user, project).select_related("job", "project", "created_by")
    return get_object_or_404(rows, pk=export_id)


def _render_list(
    request: HttpRequest, project: Project, form: ExportForm, *, status: int = 200, **extra: Any
) -> HttpResponse:
    rows = access.list_exports(request.user, project).select_related("job", "created_by")
    page = Paginator(rows, PAGE_EXPORTS).get_page(request.GET.get("page"))
    for export in page:
        export.format_title = FORMATS[export.format].title  # type: ignore[attr-defined]
    context = project_context(
        request, project, area="exports", form=form, page=page, documents=list_documents(project), **extra
    )
    return render(request, "exports/list.html", context, status=status)


@login_required
@require_GET
def list_exports(request: HttpRequest, project_id: int) -> HttpResponse:
    """The exports of a project, and the form for a new one."""
    project = access.get_readable_project(request.user, project_id)
    return _render_list(request, project, ExportForm(project=project, initial=initial_language(request)))


@login_required
@require_POST
def create_export(request: HttpRequest, project_id: int) -> HttpResponse:
    """Start an export, or only count what it would hold."""
    project = access.get_curatable_project(request.user, project_id)
    form = ExportForm(request.POST, project=project)
    if request.POST.get("action") == "count":
        return _show_count(request, project, form)
    if not form.is_valid():
        return _render_list(request, project, form, status=400)
    try:
        export = exports.start_export(
            project=project,
            actor=access.get_account(request.user),
            format=form.cleaned_data["format"],
            filters=form.filters,
        )
    except ServiceError as err:
        return _render_list(request, project, form, status=400, problem=err.problem)
    return redirect("export-detail", project.pk, export.pk)


def _show_count(request: HttpRequest, project: Project, form: ExportForm) -> HttpResponse:
    found: dict[str, Any] = {}
    if form.is_valid():
        try:
            found["counts"] = count_gold(project, exports.read_filters(project, form.filters))
        except ServiceError as err:
            found["count_problem"] = err.problem
    if request.headers.get("HX-Request"):
        return render(request, "exports/_count.html", found)
    return _render_list(request, project, form, **found)


@login_required
@require_GET
def show_export(request: HttpRequest, project_id: int, export_id: int) -> HttpResponse:
    """One export: progress, counts, loss report, download."""
    project = access.get_readable_project(request.user, project_id)
    export = _get_export(request, project, export_id)
    context = project_context(
        request,
        project,
        area="exports",
        export=export,
        job=export.job,
        format=FORMATS[export.format],
        needs_confirmation=exports.needs_confirmation(export),
        file_name=exports.get_file_name(export),
    )
    return render(request, "exports/detail.html", context)


@login_required
@require_POST
def confirm_export(request: HttpRequest, project_id: int, export_id: int) -> HttpResponse:
    """Take a file although it lacks something."""
    project = access.get_curatable_project(request.user, project_id)
    export = _get_export(request, project, export_id)
    try:
        exports.confirm_loss(export=export, actor=access.get_account(request.user))
    except ServiceError as err:
        messages.error(request, str(err))
    return redirect("export-detail", project.pk, export.pk)


@login_required
@require_GET
def download_export(request: HttpRequest, project_id: int, export_id: int) -> HttpResponse | FileResponse:
    """The file itself."""
    project = access.get_readable_project(request.user, project_id)
    export = _get_export(request, project, export_id)
    try:
        file = exports.get_file(export)
    except ServiceError as err:
        messages.error(request, str(err))
        return redirect("export-detail", project.pk, export.pk)
    return FileResponse(
        file.open("rb"),
        as_attachment=True,
        filename=exports.get_file_name(export),
        content_type=FORMATS[export.format].content_type,
    )
