"""What the database itself refuses, whoever asks."""

from __future__ import annotations

import uuid

import pytest
from django.db import Error, IntegrityError, transaction
from django.utils import timezone

from annotator.models import (
    Alignment,
    Annotation,
    Candidate,
    Decision,
    Event,
    Item,
    Job,
    Label,
    Project,
    Review,
    Run,
    RunItem,
)
from annotator.services.events import record_event
from tests.annotator.factories import make_items, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def item(project: Project) -> Item:
    return make_items(project)[0]


@pytest.fixture
def run(project: Project) -> Run:
    job = Job.objects.create(
        kind="run", project=project, idempotency_key=uuid.uuid4().hex, created_by=project.created_by
    )
    return Run.objects.create(project=project, job=job, tgt_lang="de", engine="hmm", created_by=project.created_by)


def make_candidate(run: Run, item: Item, **changed: object) -> Candidate:
    span = item.source_spans.first()
    values: dict[str, object] = {
        "run": run,
        "item": item,
        "source_span": span,
        "rank": 0,
        "label": span.label,
        "segment": item.segments.get(side="target"),
        "intervals": [[0, 10]],
        "start_char": 0,
        "end_char": 10,
        "surface": "Ada Brandt",
        "score": 0.9,
    }
    return Candidate.objects.create(**{**values, **changed})


def refused() -> pytest.RaisesExc:
    return pytest.raises(IntegrityError)


def test_machine_layers_and_acts_are_never_changed(project: Project, run: Run, item: Item) -> None:
    candidate = make_candidate(run, item)
    event = record_event(project=project, actor=project.created_by, kind="test-made")
    review = Review.objects.create(item=item, reviewer=project.created_by)
    decision = Decision.objects.create(
        project=project, item=item, review=review, actor=project.created_by, step=uuid.uuid4(), kind="nothing"
    )
    segment = item.segments.earliest("pk")
    links = Alignment.objects.create(run=run, item=item, src_segment=segment, tgt_segment=segment, links=[])
    changes = ((links, {"links": [[0, 0]]}), (candidate, {"probability": 0.5}), (candidate, {"score": 0.1}))
    for row, change in (*changes, (event, {"kind": "other"}), (decision, {"kind": "undo"})):
        with pytest.raises(Error, match="never changed"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**change)
    candidate.refresh_from_db()
    assert candidate.score == 0.9
    assert Event.objects.get(pk=event.pk).kind == "test-made"


@pytest.mark.parametrize(
    "changed",
    [
        {"score": 1.5},
        {"start_char": 10},
        {"unprojected_reason": "no-link"},
        {"segment": None, "start_char": None, "end_char": None},
    ],
    ids=["score above 1", "empty span", "span with a reason for having none", "neither span nor reason"],
)
def test_a_candidate_is_a_span_or_a_reason(run: Run, item: Item, changed: dict[str, object]) -> None:
    with refused(), transaction.atomic():
        make_candidate(run, item, **changed)


def test_a_candidate_of_one_rank_exists_once(run: Run, item: Item) -> None:
    make_candidate(run, item)
    with refused(), transaction.atomic():
        make_candidate(run, item)


def test_a_run_is_through_with_an_item_once(run: Run, item: Item) -> None:
    RunItem.objects.create(run=run, item=item, state="done")
    with refused(), transaction.atomic():
        RunItem.objects.create(run=run, item=item, state="done")
    with refused(), transaction.atomic():
        RunItem.objects.create(run=run, item=make_items(run.project)[1], state="failed")


def test_one_run_is_active_for_a_language(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(is_active=True)
    job = Job.objects.create(kind="run", project=run.project, idempotency_key="second", created_by=run.created_by)
    with refused(), transaction.atomic():
        Run.objects.create(
            project=run.project, job=job, tgt_lang="de", engine="hmm", is_active=True, created_by=run.created_by
        )


def test_an_item_id_is_unique_in_its_language(item: Item) -> None:
    with refused(), transaction.atomic():
        Item.objects.create(
            project=item.project,
            document=item.document,
            imported_by=item.imported_by,
            external_id=item.external_id,
            tgt_lang="de",
            position=99,
            shuffle_key=0.5,
        )


def test_a_rejected_label_has_a_reason_and_an_accepted_one_a_place(item: Item) -> None:
    review = Review.objects.create(item=item, reviewer=item.project.created_by)
    span = item.source_spans.first()
    values = {
        "review": review,
        "item": item,
        "layer": span.layer,
        "source_span": span,
        "label": span.label,
        "segment": item.segments.get(side="target"),
    }
    for state in ("rejected", "accepted"):
        with refused(), transaction.atomic():
            Annotation.objects.create(**values, state=state)
    Annotation.objects.create(**values, state="undecided")
    with refused(), transaction.atomic():
        Annotation.objects.create(**values, state="undecided")


def test_a_decision_is_reversed_once(item: Item) -> None:
    review = Review.objects.create(item=item, reviewer=item.project.created_by)
    values = {"project": item.project, "item": item, "review": review, "actor": item.project.created_by}
    first = Decision.objects.create(**values, step=uuid.uuid4(), kind="nothing")
    Decision.objects.create(**values, step=uuid.uuid4(), kind="undo", reverses=first)
    with refused(), transaction.atomic():
        Decision.objects.create(**values, step=uuid.uuid4(), kind="undo", reverses=first)
    with refused(), transaction.atomic():
        Decision.objects.create(**values, step=first.step, kind="nothing")
    with refused(), transaction.atomic():
        Decision.objects.create(**values, step=uuid.uuid4(), kind="undo")


def test_label_keys_are_digits_and_unique(project: Project) -> None:
    layer = project.layers.get()
    Label.objects.create(layer=layer, name="PER", key="1", color="#000000")
    Label.objects.create(layer=layer, name="ORG", key="", color="#000000")
    Label.objects.create(layer=layer, name="LOC", key="", color="#000000")
    for key in ("1", "0", "x"):
        with refused(), transaction.atomic():
            Label.objects.create(layer=layer, name=f"N{key}", key=key, color="#000000")


def test_a_running_job_has_a_lease_and_an_ended_one_a_time(project: Project) -> None:
    values = {"kind": "run", "project": project, "created_by": project.created_by}
    for state in ("running", "done"):
        with refused(), transaction.atomic():
            Job.objects.create(**values, idempotency_key=state, state=state)
    Job.objects.create(**values, idempotency_key="ok", state="done", finished_at=timezone.now())
    with refused(), transaction.atomic():
        Job.objects.create(**values, idempotency_key="ok")
