"""What the tests of the API share: clients, and work done as a worker does it."""

from __future__ import annotations

from rest_framework.authtoken.models import Token
from rest_framework.response import Response
from rest_framework.test import APIClient

from annotator import jobs
from annotator.models import Job, Project, User
from annotator.services.exports import execute_export
from annotator.services.imports import execute_import
from annotator.services.runs import execute_run
from annotator.services.runs import start_run as start

EXECUTE = {"import": execute_import, "run": execute_run, "export": execute_export}


def client_of(user: User | None) -> APIClient:
    """A program with the key of an account, or without any."""
    client = APIClient(raise_request_exception=True)
    if user is not None:
        key = Token.objects.get_or_create(user=user)[0].key
        client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


def work(job_id: int) -> Job:
    """Do a job here and now."""
    job = jobs.claim(job_id)
    assert job is not None
    EXECUTE[job.kind](jobs.JobControl(job))
    job.refresh_from_db()
    return job


def project_run(project: Project, actor: User, *, engine: str = "hmm", token: str = "t", tgt_lang: str = "de") -> int:
    """A finished run; the id of it."""
    run = start(project=project, actor=actor, tgt_lang=tgt_lang, engine=engine, settings={}, token=token)
    work(run.job_id)
    return run.pk


def address(project: Project | int, rest: str = "") -> str:
    return f"/api/v1/projects/{project if isinstance(project, int) else project.pk}/{rest}"


def sent(response: Response, status: int = 200) -> dict:
    """The JSON of an answer, after checking its status."""
    assert response.status_code == status, getattr(response, "content", b"")[:2000]
    return response.json() if response.content else {}
