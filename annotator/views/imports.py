"""Upload, preview, confirm: bringing labelled sources and their translations into a project."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.forms.imports import ConfirmForm, ImportForm
from annotator.models import Import, Project
from annotator.queries import imports as queries
from annotator.services import imports
from annotator.views._context import initial_language, project_context
from projection.errors import Problem

PAGE_SIZE = 50


def _get_import(project: Project, import_id: int) -> Import:
    return get_object_or_404(
        Import.objects.select_related("job", "created_by", "project"), pk=import_id, project=project
    )


@login_required
@require_GET
def list_imports(request: HttpRequest, project_id: int) -> HttpResponse:
    """What was imported, and what waits for a choice."""
    project = access.get_readable_project(request.user, project_id)
    page = Paginator(queries.list_imports(project), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "imports/list.html", project_context(request, project, area="imports", page=page))


@login_required
@require_http_methods(["GET", "POST"])
def create_import(request: HttpRequest, project_id: int) -> HttpResponse:
    """Upload or paste; `?from=` starts from an earlier draft, whose files are kept where none is given anew."""
    project = access.get_managed_project(request.user, project_id)
    replaces = _find_draft(project, request.GET.get("from", ""))
    form = ImportForm(
        request.POST or None,
        request.FILES or None,
        project=project,
        replaces=replaces,
        initial=initial_language(request),
    )
    problem = None
    if form.is_valid():
        try:
            record = imports.start_import(
                project=project,
                actor=access.get_account(request.user),
                tgt_lang=form.chosen_language,
                files=form.uploads(),
                spec=form.spec(),
                replaces=replaces,
            )
        except ServiceError as err:
            problem = err.problem
        else:
            return redirect("import-detail", project.pk, record.pk)
    layers = project.layers.filter(kind__in=("span", "token"))
    context = project_context(
        request, project, area="imports", form=form, problem=problem, replaces=replaces, layers=layers
    )
    return render(request, "imports/create.html", context, status=400 if problem or form.errors else 200)


def _find_draft(project: Project, import_id: str) -> Import | None:
    if not import_id.isascii() or not import_id.isdigit():
        return None
    return project.imports.filter(pk=int(import_id)).exclude(state=Import.State.DONE).first()


@login_required
@require_GET
def show_import(request: HttpRequest, project_id: int, import_id: int) -> HttpResponseBase:
    """The preview, then the progress, then the result; `?problems=all` downloads the whole list."""
    project = access.get_readable_project(request.user, project_id)
    record = _get_import(project, import_id)
    if request.GET.get("problems") == "all":
        lines = queries.iter_problem_lines(record.report)
        headers = {"Content-Disposition": f'attachment; filename="import-{record.pk}-problems.tsv"'}
        return StreamingHttpResponse(lines, content_type="text/tab-separated-values; charset=utf-8", headers=headers)
    template = "imports/_status.html" if request.headers.get("HX-Request") else "imports/detail.html"
    return render(request, template, _detail_context(request, project, record))


def _detail_context(
    request: HttpRequest, project: Project, record: Import, *, problem: Problem | None = None
) -> dict[str, Any]:
    report, job = record.report, record.job
    choices = (
        {name: imports.count_choice(report, imports.ImportChoice(name)) for name in ("skip", "keep")} if report else {}
    )
    return project_context(
        request,
        project,
        area="imports",
        record=record,
        report=report,
        n_sound=queries.count_sound(report),
        n_unusable=queries.count_unusable(report),
        job=job,
        files=record.files.all(),
        file_reports=queries.list_files(report),
        is_working=job is not None and not job.is_finished,
        is_stopped=job is not None and job.state in ("failed", "cancelled"),
        groups=queries.list_problem_groups(report),
        earlier=imports.earlier_import(record) if record.state != Import.State.DONE else None,
        choices=choices,
        problem=problem,
    )


@login_required
@require_POST
def confirm_import(request: HttpRequest, project_id: int, import_id: int) -> HttpResponse:
    """Start the job that imports."""
    project = access.get_managed_project(request.user, project_id)
    record = _get_import(project, import_id)
    form = ConfirmForm(request.POST)
    choice = form.choice() if form.is_valid() else imports.ImportChoice()
    try:
        imports.confirm_import(import_record=record, actor=access.get_account(request.user), choice=choice)
    except ServiceError as err:
        context = _detail_context(request, project, record, problem=err.problem)
        return render(request, "imports/detail.html", context, status=400)
    return redirect("import-detail", project.pk, record.pk)


@login_required
@require_POST
def cancel_import(request: HttpRequest, project_id: int, import_id: int) -> HttpResponse:
    """Give a draft up, or stop the job of a confirmed import."""
    project = access.get_managed_project(request.user, project_id)
    record = _get_import(project, import_id)
    try:
        imports.cancel_import(import_record=record, actor=access.get_account(request.user))
    except ServiceError as err:
        messages.error(request, str(err))
    else:
        messages.success(request, _("Cancelled: nothing was imported."))
    return redirect("import-detail", project.pk, record.pk)
