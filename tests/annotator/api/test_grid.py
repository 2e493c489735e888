"""Who may do what: every operation of the API, tried by everybody."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from annotator.models import Annotation, Job, Label, Membership
from tests.annotator.api.clients import sent
from tests.annotator.api.conftest import ROLES, World

READ, REVIEW, CURATE, MANAGE = (ROLES[index:] for index in range(4))


@dataclass(frozen=True)
class Case:
    """An operation, who may do it, and what the answer to those is."""

    method: str
    path: str
    allowed: tuple[str, ...]
    status: int = 200
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


CASES = [
    Case("get", "", READ),
    Case("patch", "", MANAGE, body={"description": "All about harbours."}),
    Case("get", "layers/", READ),
    Case("get", "labels/", READ),
    Case("post", "labels/", MANAGE, 201, lambda _: {"name": uuid.uuid4().hex}),
    Case("get", "labels/{label_id}/", READ),
    Case("patch", "labels/{label_id}/", MANAGE, body={"description": "A person."}),
    Case("get", "reject-reasons/", READ),
    Case("get", "members/", READ),
    Case("post", "members/", MANAGE, 201, {"username": "stranger", "role": "viewer"}),
    Case("patch", "members/{membership_id}/", MANAGE, body={"role": "curator"}),
    Case("delete", "members/{membership_id}/", MANAGE, 204),
    Case("get", "items/", READ),
    Case("get", "items/{item_id}/", READ),
    Case("get", "imports/", READ),
    Case("post", "imports/", MANAGE, 201, {"tgt_lang": "de", "source": "Bremen\tB-LOC\n", "target": "Bremen\n"}),
    Case("get", "imports/{import_id}/", READ),
    Case("post", "imports/{import_id}/confirm/", MANAGE, body={}),
    Case("post", "imports/{import_id}/cancel/", MANAGE),
    Case("get", "runs/", READ),
    Case("post", "runs/", MANAGE, 201, {"tgt_lang": "de", "engine": "hmm"}),
    Case("get", "runs/estimate/?tgt_lang=de&engine=hmm", READ),
    Case("get", "runs/compare/?a={run_id}&b={other_run_id}", READ),
    Case("get", "runs/compare/items/?a={run_id}&b={other_run_id}", READ),
    Case("get", "runs/{run_id}/", READ),
    Case("get", "runs/{run_id}/candidates/", READ),
    Case("get", "runs/{run_id}/failures/", READ),
    Case("post", "runs/{run_id}/activate/", MANAGE),
    Case("get", "jobs/", READ),
    Case("get", "jobs/{job_id}/", READ),
    Case("post", "jobs/{job_id}/cancel/", MANAGE),
    Case("post", "jobs/{stopped_job_id}/resume/", MANAGE),
    Case("get", "queue/", READ),
    Case("post", "queue/claim/", REVIEW, body={"n": 1}),
    Case("get", "decisions/", READ),
    Case("post", "decisions/", REVIEW, body=lambda world: reject_first(world)),
    Case("post", "undo/", REVIEW, body=lambda _: {"step": str(uuid.uuid4())}),
    Case("post", "redo/", REVIEW, body=lambda _: {"step": str(uuid.uuid4())}),
    Case("get", "exports/", READ),
    Case("post", "exports/", CURATE, 201, {"format": "conll", "filters": {"state": "all"}}),
    Case("get", "exports/{export_id}/", READ),
    Case("post", "exports/{export_id}/confirm/", CURATE),
    Case("get", "exports/{export_id}/file/", READ),
]


def reject_first(world: World) -> dict[str, Any]:
    span = world.items[0].source_spans.first()
    act = {"kind": "reject", "source_span": span.pk, "reason": "wrong-words"}
    return {"step": str(uuid.uuid4()), "item": world.items[0].pk, "acts": [act]}


def fill(path: str, world: World) -> str:
    ids = {
        "label_id": Label.objects.filter(layer__project=world.project).first().pk,
        "membership_id": Membership.objects.get(project=world.project, user=world.people["viewer"]).pk,
        "item_id": world.items[0].pk,
        "import_id": world.draft.pk,
        "run_id": world.runs[0].pk,
        "other_run_id": world.runs[1].pk,
        "export_id": world.export.pk,
        "job_id": make_job(world, state="queued"),
        "stopped_job_id": make_job(world, state="cancelled"),
    }
    return world.at(path.format(**ids))


def make_job(world: World, *, state: str) -> int:
    finished_at = world.project.created_at if state == "cancelled" else None
    job = Job.objects.create(
        kind="run",
        project=world.project,
        state=state,
        created_by=world.people["owner"],
        finished_at=finished_at,
        idempotency_key=uuid.uuid4().hex,
    )
    return job.pk


def attempt(case: Case, world: World, persona: str):
    body = case.body(world) if callable(case.body) else case.body
    client = world.client(persona)
    if case.path in ("undo/", "redo/") and persona in case.allowed:
        sent(client.post(world.at("decisions/"), reject_first(world), format="json"))
        if case.path == "redo/":
            sent(client.post(world.at("undo/"), {"step": str(uuid.uuid4())}, format="json"))
    return getattr(client, case.method)(fill(case.path, world), body, format=None if body is None else "json")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_everybody_gets_what_their_role_opens(case: Case, world: World) -> None:
    outsiders = {"anonymous": (401, "not-authenticated"), "stranger": (404, "not-found")}
    for persona, (status, code) in outsiders.items():
        assert sent(attempt(case, world, persona), status)["code"] == code
    for role in ROLES:
        if role not in case.allowed:
            refused = sent(attempt(case, world, role), 403)
            assert (refused["code"], set(refused)) == ("permission-denied", {"code", "message", "remedy", "place"})
    # What changes something can often be done only once: there, the least of those who may.
    for role in case.allowed if case.method == "get" else case.allowed[:1]:
        answer = attempt(case, world, role)
        assert answer.status_code == case.status, getattr(answer, "content", b"")


@pytest.mark.parametrize("case", [case for case in CASES if "_id}" in case.path], ids=str)
def test_another_project_does_not_open_what_is_here(case: Case, world: World) -> None:
    stranger = world.people["stranger"]
    theirs = stranger.memberships.get(role="manager").project
    own = world.at("")
    body = case.body(world) if callable(case.body) else case.body
    path = fill(case.path, world).replace(own, f"/api/v1/projects/{theirs.pk}/")
    answer = getattr(world.client("stranger"), case.method)(path, body, format=None if body is None else "json")
    assert sent(answer, 404)["code"] == "not-found"


def test_decisions_about_items_of_another_project_are_refused(world: World) -> None:
    theirs = world.people["stranger"].memberships.get(role="manager").project
    answer = world.client("stranger").post(
        f"/api/v1/projects/{theirs.pk}/decisions/", reject_first(world), format="json"
    )
    assert sent(answer, 400)["code"] == "no-such-item"
    assert not Annotation.objects.exists()


def test_whoever_started_a_job_may_cancel_it_whatever_their_role(world: World) -> None:
    job_id = make_job(world, state="queued")
    Job.objects.filter(pk=job_id).update(created_by=world.people["reviewer"])
    assert sent(world.client("reviewer").post(world.at(f"jobs/{job_id}/cancel/")))["state"] == "cancelled"


def test_lists_hold_only_projects_of_the_member(world: World) -> None:
    mine = sent(world.client("viewer").get("/api/v1/projects/"))["results"]
    assert [(row["id"], row["role"]) for row in mine] == [(world.project.pk, "viewer")]
    theirs = sent(world.client("stranger").get("/api/v1/projects/"))["results"]
    assert [row["role"] for row in theirs] == ["manager"]
    assert world.project.pk not in {row["id"] for row in theirs}
    for path in ("/api/v1/projects/", "/api/v1/engines/"):
        assert sent(world.client("anonymous").get(path), 401)["code"] == "not-authenticated"


def test_the_grid_holds_every_operation_of_the_schema() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    prefix = "/api/v1/projects/{project_id}/"
    known = {(case.method, prefix + case.path.partition("?")[0]) for case in CASES}
    known = {(method, path.replace("stopped_job_id", "job_id")) for method, path in known}
    elsewhere = {("get", "/api/v1/projects/"), ("post", "/api/v1/projects/"), ("get", "/api/v1/engines/")}
    operations = {(method, path) for path, methods in schema["paths"].items() for method in methods}
    assert operations == known | elsewhere
