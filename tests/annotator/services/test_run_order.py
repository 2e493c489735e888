"""Showing another run: at once in small projects; in large ones a worker sets the order of the queue."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator import jobs
from annotator.models import Item, Job, Run, RunItem
from annotator.services import priorities, run_order
from tests.annotator.factories import make_candidate, make_run
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk()


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three items are many, and are dealt with one at a time."""
    monkeypatch.setattr(run_order, "MAX_AT_ONCE", 2)
    monkeypatch.setattr(priorities, "CHUNK_ITEMS", 1)


def other_run(desk: Desk, confidence: float) -> Run:
    """A finished run that differs from the one shown on the first item."""
    run = make_run(desk.project, is_active=False)
    Run.objects.filter(pk=run.pk).update(engine=f"other {confidence}")
    make_candidate(run, desk.span(0, 1), "Bremen", label="ORG")
    for item in desk.items:
        RunItem.objects.create(run=run, item=item, state="done", confidence=confidence, link_probability=0.5)
    return run


def seen(desk: Desk) -> list[tuple[str, float, float, float]]:
    rows = Item.objects.filter(project=desk.project).order_by("position")
    return [(row.state, row.confidence, row.disagreement, row.priority) for row in rows]


def claim(run: Run) -> jobs.JobControl:
    run.refresh_from_db()
    assert run.order_job is not None
    job = jobs.claim(run.order_job.pk)
    assert job is not None
    return jobs.JobControl(job)


def test_few_items_are_ordered_at_once(desk: Desk) -> None:
    run = other_run(desk, 0.25)
    Item.objects.filter(pk=desk.items[2].pk).update(state="new")
    run_order.activate_run(run=run, actor=desk.project.created_by)
    assert not Job.objects.filter(kind="order").exists()
    # Thousandths of agreement times 11, tenths of the links, the confidence: 0 * 11 + 5 + 0.25 * 0.999, of 1001 * 11.
    rest = (5 + 0.25 * 0.999) / 11011
    assert [(state, confidence, disagreement) for state, confidence, disagreement, _ in seen(desk)] == [
        ("open", 0.25, 1.0),
        ("open", 0.25, 0.0),
        ("open", 0.25, 0.0),
    ]
    assert [row[3] for row in seen(desk)] == pytest.approx([rest, rest + 11000 / 11011, rest + 11000 / 11011])


def test_many_items_are_ordered_by_a_worker_as_they_would_be_at_once(desk: Desk, large: None) -> None:
    run = other_run(desk, 0.25)
    Item.objects.filter(pk=desk.items[2].pk).update(state="new")
    before = seen(desk)
    run_order.activate_run(run=run, actor=desk.project.created_by)
    run.refresh_from_db()
    # Reviewers see its candidates already, in the old order.
    assert (run.is_active, seen(desk)) == (True, before)
    control = claim(run)
    run_order.execute_order(control)
    control.job.refresh_from_db()
    assert (control.job.kind, control.job.state) == ("order", "done")
    assert (control.job.n_done, control.job.n_total) == (3, 3)
    by_worker = seen(desk)
    run_order.order_items(run)
    assert by_worker == seen(desk) != before
    assert by_worker[2][0] == "open"


def test_a_run_that_is_not_shown_any_more_orders_nothing(desk: Desk, large: None) -> None:
    first, second = other_run(desk, 0.25), other_run(desk, 0.75)
    run_order.activate_run(run=first, actor=desk.project.created_by)
    run_order.activate_run(run=second, actor=desk.project.created_by)
    late = claim(first)
    run_order.execute_order(claim(second))
    run_order.execute_order(late)
    assert {row[1] for row in seen(desk)} == {0.75}
    late.job.refresh_from_db()
    assert (late.job.state, late.job.n_done) == ("done", 0)


def test_a_run_may_be_shown_again(desk: Desk, large: None) -> None:
    shown = desk.run
    for item in desk.items:
        RunItem.objects.create(run=shown, item=item, state="done", confidence=0.5)
    run = other_run(desk, 0.25)
    for each in (run, shown, run):
        run_order.activate_run(run=each, actor=desk.project.created_by)
        run_order.execute_order(claim(each))
    assert Job.objects.filter(kind="order", state="done").count() == 3
    assert {row[1] for row in seen(desk)} == {0.25}


def test_what_stays_as_it_was_is_not_written(desk: Desk) -> None:
    other_run(desk, 0.25)
    priorities.weigh_items(desk.project, tgt_lang="de")
    was = seen(desk)
    with CaptureQueriesContext(connection) as queries:
        priorities.weigh_items(desk.project, tgt_lang="de")
    updates = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert (seen(desk), len(updates)) == (was, 3)
    for sql in updates:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            assert cursor.rowcount == 0
