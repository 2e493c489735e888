"""Acts on many items: what they change, what they leave alone and why, resuming, and one undo for all."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from annotator import jobs
from annotator.errors import BadRequestError, ConflictError
from annotator.models import Annotation, Assignment, Bulk, Decision, Event, Item, Review, User
from annotator.queries.bulk import preview_bulk
from annotator.queries.item_filter import ItemFilter
from annotator.services import bulk_decisions, gold_rules
from annotator.services.bulk_decisions import start_bulk, undo_bulk
from tests.annotator.factories import make_member
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db

EVERYTHING = ItemFilter()


@pytest.fixture
def desk() -> Desk:
    return make_desk(n=6)


@pytest.fixture
def curator(desk: Desk) -> User:
    return make_member(desk.project, "curator", username="nour")


def start(desk: Desk, curator: User, kind: str = "accept", wanted: ItemFilter = EVERYTHING, **more: object) -> Bulk:
    more = {"step": uuid.uuid4(), **more}
    return start_bulk(project=desk.project, actor=curator, kind=kind, wanted=wanted, **more)


def states(desk: Desk) -> list[str]:
    return [desk.state(n) for n in range(len(desk.items))]


def work(bulk: Bulk, *, is_undo: bool = False) -> Bulk:
    job = jobs.claim((bulk.undo_job if is_undo else bulk.job).pk)
    assert job is not None
    gold_rules.execute_bulk(jobs.JobControl(job))
    bulk.refresh_from_db()
    return bulk


def test_accepting_takes_what_was_found_and_leaves_the_rest_to_people(desk: Desk, curator: User) -> None:
    bulk = start(desk, curator)
    # The third and the sixth item have a label that was not found.
    assert states(desk) == ["done", "done", "open", "done", "done", "open"]
    assert (bulk.state, bulk.n_meant, bulk.n_items, bulk.n_decisions, bulk.n_left) == ("done", 6, 6, 8, 2)
    rows = Decision.objects.filter(step=bulk.step).order_by("ordinal")
    assert [row.ordinal for row in rows] == list(range(8))
    assert {(row.kind, row.actor, row.cause["bulk"]) for row in rows} == {("accept", curator, bulk.pk)}
    # Nobody keeps hold of what is left.
    assert not Review.objects.filter(claimed_by__isnull=False).exists()
    kinds = Event.objects.filter(kind__startswith="bulk", subject_id=str(bulk.pk)).order_by("id")
    assert [event.kind for event in kinds] == ["bulk-started", "bulk-finished"]


def test_only_what_the_filter_means_is_decided_on(desk: Desk, curator: User) -> None:
    bulk = start(desk, curator, wanted=ItemFilter(label="LOC"))
    assert bulk.n_decisions == 4
    labels = Annotation.objects.filter(state="accepted").values_list("label__name", flat=True)
    assert set(labels) == {"LOC"}
    assert states(desk) == ["open", "done", "open", "open", "done", "open"]
    bulk = start(desk, curator, "reject", ItemFilter(form="Ada Brandt"), reason="wrong-words")
    assert (bulk.n_items, states(desk)[0]) == (2, "done")
    rejected = Annotation.objects.filter(state="rejected")
    assert {(row.surface, row.reason.code) for row in rejected} == {("Ada Brandt", "wrong-words")}


def test_blind_several_claimed_and_closed_items_are_left_alone_and_counted(desk: Desk, curator: User) -> None:
    desk.decide(0, desk.accept(0, 0), desk.accept(0, 1))
    Item.objects.filter(pk=desk.items[1].pk).update(is_blind=True)
    Item.objects.filter(pk=desk.items[2].pk).update(n_reviews=2)
    Item.objects.filter(pk=desk.items[3].pk).update(is_qualification=True)
    Review.objects.create(
        item=desk.items[4],
        reviewer=desk.reviewer,
        claimed_by=desk.reviewer,
        claim_expires_at=timezone.now() + timedelta(minutes=5),
    )
    found = preview_bulk(desk.project, curator, kind="accept", wanted=ItemFilter(), now=timezone.now())
    refused = {"not-open": 1, "qualification": 1, "blind": 1, "several-reviews": 1, "claimed": 1}
    assert (found.n_items, found.n_meant, found.refused) == (6, 1, refused)
    assert [item.external_id for item, _ in found.sample] == ["h6"]
    bulk = start(desk, curator)
    assert (bulk.n_items, bulk.refused) == (1, refused)
    assert states(desk)[1:5] == ["open"] * 4
    assert not Annotation.objects.filter(item__in=desk.items[1:5]).exists()


def test_a_preview_shows_proposals_in_their_context(desk: Desk, curator: User) -> None:
    found = preview_bulk(desk.project, curator, kind="accept", wanted=ItemFilter(label="LOC"), now=timezone.now())
    shown = {
        (item.external_id, span.candidate.surface, span.before, span.after)
        for item, spans in found.sample
        for span in spans
    }
    assert ("h2", "Uppsala", "Der Rat tagte am Montag in ", " .") in shown
    assert {surface for _, surface, _, _ in shown} == {"Bremen", "Uppsala"}


def test_what_fits_now_has_to_be_what_was_seen(desk: Desk, curator: User) -> None:
    with pytest.raises(ConflictError) as raised:
        start(desk, curator, n_seen=5)
    assert raised.value.problem.code == "changed-since"
    with pytest.raises(ConflictError) as raised:
        start(desk, curator, wanted=ItemFilter(text="nowhere"))
    assert raised.value.problem.code == "nothing-to-do"
    assert not Bulk.objects.exists()


def test_the_same_act_sent_twice_is_done_once(desk: Desk, curator: User) -> None:
    step = uuid.uuid4()
    assert start(desk, curator, step=step) == start(desk, curator, step=step)
    assert Decision.objects.count() == 8


@pytest.mark.parametrize(
    ("kind", "code"), [("reject", "no-such-reason"), ("assign", "no-such-reviewer"), ("x", "bad-act")]
)
def test_an_act_without_what_it_needs_is_refused(desk: Desk, curator: User, kind: str, code: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        start(desk, curator, kind)
    assert raised.value.problem.code == code


def test_one_undo_takes_everything_back_but_what_somebody_changed_since(desk: Desk, curator: User) -> None:
    bulk = start(desk, curator)
    desk.decide(0, desk.act("reject", 0, 0, reason="wrong-words"))
    undo_bulk(bulk=bulk, actor=curator)
    assert (bulk.state, bulk.n_undone, bulk.n_kept) == ("undone", 5, 1)
    assert states(desk) == ["done", "open", "open", "open", "open", "open"]
    assert Annotation.objects.exclude(state="undecided").count() == 2
    with pytest.raises(ConflictError):
        undo_bulk(bulk=bulk, actor=curator)


def test_a_small_act_is_undone_like_any_other_step(desk: Desk, curator: User) -> None:
    start(desk, curator)
    outcome = desk.undo(actor=curator)
    assert outcome.item_id == desk.items[0].pk
    assert set(states(desk)) == {"open"}
    desk.redo(actor=curator)
    assert states(desk) == ["done", "done", "open", "done", "done", "open"]


def test_many_items_are_done_by_a_worker_that_may_die(
    desk: Desk, curator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_decisions, "MAX_AT_ONCE", 3)
    monkeypatch.setattr(bulk_decisions, "CHUNK_ITEMS", 2)
    bulk = start(desk, curator)
    assert (bulk.state, bulk.n_items, set(states(desk))) == ("doing", 0, {"open"})
    calls = []

    def die(*args: object, **more: object) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("killed")

    monkeypatch.setattr(jobs.JobControl, "tick", die)
    with pytest.raises(RuntimeError):
        work(bulk)
    monkeypatch.undo()
    bulk.refresh_from_db()
    assert (bulk.n_items, bulk.last_item_id) == (4, desk.items[3].pk)
    jobs.JobControl(jobs.Job.objects.get(pk=bulk.job_id)).release()
    monkeypatch.setattr(bulk_decisions, "MAX_AT_ONCE", 3)
    bulk = work(bulk)
    assert (bulk.state, bulk.n_items, bulk.n_decisions) == ("done", 6, 8)
    ordinals = Decision.objects.filter(step=bulk.step).order_by("ordinal").values_list("ordinal", flat=True)
    assert list(ordinals) == list(range(8))
    undo_bulk(bulk=bulk, actor=curator)
    bulk = work(bulk, is_undo=True)
    assert (bulk.state, bulk.n_undone, set(states(desk))) == ("undone", 6, {"open"})


def test_too_many_items_are_not_undone_by_a_key(desk: Desk, curator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    start(desk, curator)
    monkeypatch.setattr("annotator.services.review.MAX_STEP_ITEMS", 5)
    with pytest.raises(ConflictError) as raised:
        desk.undo(actor=curator)
    assert raised.value.problem.code == "many-items"


def test_items_are_assigned_and_get_back_whom_they_had(desk: Desk, curator: User) -> None:
    other = make_member(desk.project, "reviewer")
    Assignment.objects.create(item=desk.items[0], reviewer=desk.reviewer, created_by=curator)
    bulk = start(desk, curator, "assign", ItemFilter(label="PER"), assignee=other)
    assert bulk.n_items == 4
    assert set(Assignment.objects.values_list("item__external_id", "reviewer")) == {
        (name, other.pk) for name in ("h1", "h3", "h4", "h6")
    }
    undo_bulk(bulk=bulk, actor=curator)
    assert list(Assignment.objects.values_list("item__external_id", "reviewer")) == [("h1", desk.reviewer.pk)]
