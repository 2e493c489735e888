"""The progress of background work, with cancelling and resuming; used by imports, runs and exports alike."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from annotator import access
from annotator.errors import ServiceError
from annotator.models import Job, Project
from annotator.services import jobs
from annotator.views._context import project_context


def _get_job(project: Project, job_id: int) -> Job:
    rows = Job.objects.select_related("run", "import_record", "export", "project", "created_by")
    # Asked for every second while the job runs; reports may have many MB.
    rows = rows.defer("import_record__report", "export__report")
    return get_object_or_404(rows, pk=job_id, project=project)


def get_subject_url(job: Job) -> str:
    """The page of the run, import, export or act that a job carries; the job's own page when that is gone."""
    names = {"run": "run-detail", "import_record": "import-detail", "export": "export-detail"}
    names |= {"bulk": "bulk-detail", "bulk_undo": "bulk-detail", "ordered_run": "run-detail"}
    for attribute, name in names.items():
        subject = getattr(job, attribute, None)
        if subject is not None:
            return reverse(name, args=[job.project_id, subject.pk])
    return reverse("job-detail", args=[job.project_id, job.pk])


@login_required
@require_GET
def show_job(request: HttpRequest, project_id: int, job_id: int) -> HttpResponse:
    """The progress of a job: a page, or for htmx its progress alone, until it has ended."""
    project = access.get_readable_project(request.user, project_id)
    job = _get_job(project, job_id)
    context = project_context(request, project, area="", job=job, subject_url=get_subject_url(job))
    if not request.headers.get("HX-Request"):
        return render(request, "jobs/detail.html", context)
    if job.is_finished:
        # The page around the progress has more to show now.
        return HttpResponseClientRefresh()
    return render(request, "jobs/_progress.html", context)


@login_required
@require_POST
def cancel_job(request: HttpRequest, project_id: int, job_id: int) -> HttpResponse:
    """Ask for a job to be cancelled."""
    done = _("Cancelling. What a run has projected already stays; an import or an export leaves nothing behind.")
    return _change(request, project_id, job_id, change=jobs.cancel_job, done=done)


@login_required
@require_POST
def resume_job(request: HttpRequest, project_id: int, job_id: int) -> HttpResponse:
    """Let a failed or cancelled job go on."""
    return _change(request, project_id, job_id, change=jobs.resume_job, done=_("Going on from where it stopped."))


def _change(
    request: HttpRequest, project_id: int, job_id: int, *, change: Callable[..., None], done: str
) -> HttpResponse:
    project = access.get_readable_project(request.user, project_id)
    job = _get_job(project, job_id)
    actor = access.get_account(request.user)
    access.check_may_change_job(actor, job)
    try:
        change(job=job, actor=actor)
    except ServiceError as err:
        messages.error(request, str(err.problem))
    else:
        messages.success(request, done)
    return redirect(get_subject_url(job))
