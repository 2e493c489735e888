"""The progress of background work, with cancelling and resuming."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api._base import ApiView, find, operation, paged
from annotator.api.serializers.jobs import JobQuery, JobSerializer
from annotator.models import Job, Project
from annotator.services import jobs


def _jobs(project: Project) -> QuerySet[Job]:
    return Job.objects.filter(project=project).select_related("project", "created_by")


class JobList(ApiView):
    @operation("job_list", response=paged(JobSerializer), query=JobQuery)
    def get(self, request: Request, project_id: int) -> Response:
        """Background work of a project, latest first."""
        project = access.get_readable_project(request.user, project_id)
        asked = self.read_query(JobQuery)
        wanted = {name: asked[name] for name in ("kind", "state") if name in asked}
        return self.list_page(_jobs(project).filter(**wanted), JobSerializer, ordering="-id")


class JobDetail(ApiView):
    @operation("job_get", response=JobSerializer)
    def get(self, request: Request, project_id: int, job_id: int) -> Response:
        """How far one piece of background work is."""
        project = access.get_readable_project(request.user, project_id)
        return Response(JobSerializer(find(_jobs(project), job_id)).data)


class JobCancel(ApiView):
    @operation("job_cancel", response=JobSerializer, is_write=True)
    def post(self, request: Request, project_id: int, job_id: int) -> Response:
        """Cancel a job that waits, or ask a running one to stop; what it has done stays."""
        return _change(self, request, project_id, job_id, jobs.cancel_job)


class JobResume(ApiView):
    @operation("job_resume", response=JobSerializer, is_write=True)
    def post(self, request: Request, project_id: int, job_id: int) -> Response:
        """Let a failed or cancelled job go on from where it stopped."""
        return _change(self, request, project_id, job_id, jobs.resume_job)


def _change(view: ApiView, request: Request, project_id: int, job_id: int, change: Callable[..., None]) -> Response:
    project = access.get_readable_project(request.user, project_id)
    job = find(_jobs(project), job_id)
    access.check_may_change_job(request.user, job)
    change(job=job, actor=view.actor)
    return Response(JobSerializer(find(_jobs(project), job_id)).data)
