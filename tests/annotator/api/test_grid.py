"""Who may do what: every operation of the API, tried by everybody."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from annotator.models import Annotation, Bulk, Candidate, Job, Label, Membership, Review, SourceSpan
from annotator.queries.item_filter import ItemFilter
from annotator.services.bulk_decisions import start_bulk
from annotator.services.invitations import create_invitation
from annotator.services.notes import Target, post_comment, raise_flag, skip_item
from annotator.services.review import decide
from annotator.services.review_acts import read_acts
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
    Case("get", "concepts/", READ),
    Case("get", "concepts/search/?q=a", READ),
    Case("post", "concepts/", MANAGE, body={"terminology": "code\tname\nC1\tfever\n", "is_preview": True}),
    Case("get", "layers/", READ),
    Case("post", "layers/", MANAGE, 201, lambda _: {"name": uuid.uuid4().hex, "kind": "class"}),
    Case("get", "layers/{layer_id}/", READ),
    Case("patch", "layers/{layer_id}/", MANAGE, body={"is_open": False}),
    Case("delete", "layers/{layer_id}/", MANAGE, 409),
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
    Case("get", "bulks/", CURATE),
    Case("post", "bulks/", CURATE, 201, body=lambda _: {"step": str(uuid.uuid4()), "kind": "accept"}),
    Case("get", "bulks/{bulk_id}/", CURATE),
    Case("post", "bulks/{bulk_id}/undo/", CURATE),
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
    Case("get", "reviewing/", MANAGE),
    Case("patch", "reviewing/", MANAGE, body={"n_reviews": 2, "blind": "overlap"}),
    Case("get", "invitations/", MANAGE),
    Case("post", "invitations/", MANAGE, 201, {"role": "reviewer"}),
    Case("post", "invitations/{invitation_id}/revoke/", MANAGE),
    Case("get", "qualification/", READ),
    Case("patch", "qualification/", MANAGE, body={"pass_percent": 80}),
    Case("post", "qualification/{membership_id}/", MANAGE, 409, {"lang": "de", "act": "let-pass"}),
    Case("get", "assignments/", MANAGE),
    Case("post", "assignments/", MANAGE, body={"shares": [{"user": "reviewer", "percent": 40}]}),
    Case("delete", "assignments/{membership_id}/", MANAGE, 204),
    Case("get", "queue/", READ),
    Case("post", "queue/claim/", REVIEW, body={"n": 1}),
    Case("get", "decisions/", READ),
    Case("post", "decisions/", REVIEW, body=lambda world: reject_first(world)),
    Case("post", "undo/", REVIEW, body=lambda _: {"step": str(uuid.uuid4())}),
    Case("post", "redo/", REVIEW, body=lambda _: {"step": str(uuid.uuid4())}),
    Case("get", "repeats/?item={decided_item_id}&source_span={decided_span_id}", REVIEW),
    Case("post", "repeats/", REVIEW, body=lambda world: repeat_first(world)),
    Case("get", "adjudication/", CURATE),
    Case("get", "adjudication/{item_id}/", CURATE),
    Case("post", "adjudication/{item_id}/", CURATE, 400, lambda _: {"step": new_id()}),
    Case("post", "adjudication/undo/", CURATE, 409, lambda _: {"step": new_id()}),
    Case("get", "flags/", READ),
    Case("post", "flags/", REVIEW, 201, lambda world: {"flag": new_id(), "item": world.items[0].pk}),
    Case("post", "flags/{flag_id}/close/", CURATE),
    Case("get", "skips/", REVIEW),
    Case("post", "skips/", REVIEW, 201, lambda world: {"skip": new_id(), "item": world.items[0].pk}),
    Case("delete", "skips/{skipped_item_id}/", REVIEW, 204),
    Case("get", "threads/", READ),
    Case("patch", "threads/{thread_id}/", REVIEW, body={"is_open": False}),
    Case("post", "comments/", REVIEW, 201, lambda world: comment_on_first(world)),
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


def new_id() -> str:
    return str(uuid.uuid4())


def comment_on_first(world: World) -> dict[str, Any]:
    return {"comment": new_id(), "thread": new_id(), "item": world.items[0].pk, "text": "Is this one name?"}


def decide_first(world: World) -> SourceSpan:
    """The first span of the first item, rejected in its place by the owner."""
    span = world.items[0].source_spans.first()
    if not Annotation.objects.filter(source_span=span, state="rejected").exists():
        acts = read_acts(reject_first(world)["acts"])
        decide(project=world.project, actor=world.people["owner"], step=uuid.uuid4(), item_id=span.item_id, acts=acts)
        Review.objects.filter(item=span.item_id).update(claimed_by=None, claim_expires_at=None)
    return span


def repeat_first(world: World) -> dict[str, Any]:
    """An equal proposal elsewhere, to be rejected like the first one."""
    span = decide_first(world)
    twin = world.items[2].source_spans.first()
    proposed = Candidate.objects.get(source_span=span, run__is_active=True, rank=0)
    Annotation.objects.filter(source_span=twin).delete()
    Candidate.objects.filter(source_span=twin).delete()
    segment = world.items[2].segments.get(side="target")
    segment.text = f"{proposed.surface} x"
    segment.save()
    Candidate.objects.create(
        run=proposed.run,
        item=world.items[2],
        source_span=twin,
        rank=0,
        label=proposed.label,
        segment=segment,
        intervals=[[0, len(proposed.surface)]],
        start_char=0,
        end_char=len(proposed.surface),
        surface=proposed.surface,
        score=0.5,
    )
    return {"step": new_id(), "item": span.item_id, "source_span": span.pk, "spans": [twin.pk]}


def make_flag(world: World) -> uuid.UUID:
    target = Target(item_id=world.items[0].pk)
    return raise_flag(project=world.project, actor=world.people["owner"], flag_id=uuid.uuid4(), target=target).pk


def make_thread(world: World) -> uuid.UUID:
    given = {"comment_id": uuid.uuid4(), "thread_id": uuid.uuid4(), "text": "Is this one name?"}
    target = Target(item_id=world.items[0].pk)
    return post_comment(project=world.project, actor=world.people["owner"], target=target, **given).pk


def skip_second(world: World) -> int:
    for role in ROLES[1:]:
        given = {"project": world.project, "actor": world.people[role], "skip_id": uuid.uuid4()}
        skip_item(item_id=world.items[1].pk, **given)
    return world.items[1].pk


def fill(path: str, world: World) -> str:
    ids = {
        "layer_id": world.project.layers.first().pk,
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
    made = {
        "bulk_id": make_bulk,
        "flag_id": make_flag,
        "invitation_id": make_invitation,
        "thread_id": make_thread,
        "skipped_item_id": skip_second,
        "decided_item_id": lambda world: decide_first(world).item_id,
        "decided_span_id": lambda world: decide_first(world).pk,
    }
    ids |= {name: make(world) for name, make in made.items() if f"{{{name}}}" in path}
    return world.at(path.format(**ids))


def make_invitation(world: World) -> int:
    return create_invitation(project=world.project, actor=world.people["owner"], role="viewer")[0].pk


def make_bulk(world: World) -> int:
    known = Bulk.objects.filter(project=world.project).first()
    if known is not None:
        return known.pk
    curator = world.people["curator"]
    bulk = start_bulk(project=world.project, actor=curator, kind="accept", wanted=ItemFilter(), step=uuid.uuid4())
    return bulk.pk


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
    known = {(method, re.sub(r"{(stopped|skipped)_", "{", path)) for method, path in known}
    elsewhere = {("get", "/api/v1/projects/"), ("post", "/api/v1/projects/"), ("get", "/api/v1/engines/")}
    operations = {(method, path) for path, methods in schema["paths"].items() for method in methods}
    assert operations == known | elsewhere
