"""Several people on one item: each has a review of the own, and what follows for the item when all are in."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotator.errors import ConflictError
from annotator.models import Event, Item, Project, Review, User
from annotator.queries.claims import count_held_by_others
from annotator.queries.gold import GoldFilters, count_gold, list_gold
from annotator.queries.queue import QueueFilter, count_progress, list_places
from annotator.queries.review import get_item
from annotator.services import review
from annotator.services.claims import claim_reviews
from annotator.services.review import claim_items
from tests.annotator.factories import make_member
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


def make_shared(*, n: int = 3, n_reviews: int = 2) -> Desk:
    desk = make_desk(n=n)
    Item.objects.filter(project=desk.project).update(n_reviews=n_reviews)
    Project.objects.filter(pk=desk.project.pk).update(n_reviews=n_reviews)
    desk.project.refresh_from_db()
    return desk


@pytest.fixture
def desk() -> Desk:
    """Three items that two people review, with three reviewers."""
    return make_shared()


@pytest.fixture
def other(desk: Desk) -> User:
    return make_member(desk.project, "reviewer", username="mira")


@pytest.fixture
def third(desk: Desk) -> User:
    return make_member(desk.project, "reviewer", username="noor")


def claim(desk: Desk, actor: User, n: int = 20, **more: Any) -> list[int]:
    ids = [item.pk for item in desk.items]
    return [ids.index(place.item_id) for place in claim_items(project=desk.project, actor=actor, n=n, **more)]


def finish(desk: Desk, n: int, actor: User, *, label: str = "") -> None:
    """Accept what the machine proposed, in one step; with another label for the first span where one is given."""
    acts = [desk.act("relabel", n, label=desk.label(label))] if label else []
    spans = range(desk.items[n].source_spans.count())
    desk.decide(n, *acts, *(desk.accept(n, position) for position in spans), actor=actor)


def refused(error: pytest.ExceptionInfo[ConflictError]) -> str:
    return error.value.problem.code


def test_two_people_get_the_same_items_in_reviews_of_their_own_and_a_third_gets_none(desk, other, third):
    assert sorted(claim(desk, desk.reviewer)) == sorted(claim(desk, other)) == [0, 1, 2]
    assert claim(desk, third) == []
    rows = Review.objects.filter(item=desk.items[0]).order_by("number")
    assert list(rows.values_list("number", "reviewer__username", "claimed_by__username")) == [
        (1, desk.reviewer.username, desk.reviewer.username),
        (2, "mira", "mira"),
    ]
    assert count_held_by_others(desk.project, third, tgt_lang="", now=timezone.now()) == 3


def test_an_item_never_goes_to_the_same_person_twice(desk, other):
    finish(desk, 1, desk.reviewer)
    assert claim(desk, desk.reviewer, wanted=desk.items[1].pk) == [2, 0]
    desk.release()
    assert 1 not in claim(desk, desk.reviewer)
    assert Review.objects.filter(item=desk.items[1]).count() == 1
    assert 1 in claim(desk, other)


def test_an_empty_claim_that_ran_out_is_taken_over_and_a_begun_review_is_not(desk, other, third):
    claim(desk, desk.reviewer)
    claim(desk, other)
    desk.decide(0, desk.accept(0))
    Review.objects.update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    assert sorted(claim(desk, third)) == [0, 1, 2]
    owners = set(Review.objects.filter(item=desk.items[0]).values_list("reviewer__username", flat=True))
    assert owners == {desk.reviewer.username, "noor"}
    # Who began it comes back to it; the other one finds no slot in it.
    assert 0 in claim(desk, desk.reviewer)
    assert 0 not in claim(desk, other)


def test_deciding_on_an_item_that_is_full_is_refused(desk, other, third):
    claim(desk, desk.reviewer)
    claim(desk, other)
    with pytest.raises(ConflictError) as error:
        finish(desk, 0, third)
    assert refused(error) == "no-slot"
    assert not Review.objects.filter(reviewer=third).exists()


def test_what_one_person_began_another_may_go_on_with_where_one_reviews():
    desk = make_desk()
    other = make_member(desk.project, "reviewer")
    desk.decide(0, desk.accept(0))
    with pytest.raises(ConflictError) as error:
        desk.decide(0, desk.accept(0, 1), actor=other)
    assert refused(error) == "claimed"
    desk.release()
    assert desk.decide(0, desk.accept(0, 1), actor=other).item_state == "done"
    review = Review.objects.get(item=desk.items[0])
    assert (review.reviewer, review.state, review.claimed_by) == (desk.reviewer, "done", None)
    assert Item.objects.get(pk=desk.items[0].pk).gold_review == review


def test_an_empty_review_belongs_to_who_holds_it_at_last():
    desk = make_desk()
    other = make_member(desk.project, "reviewer")
    claim(desk, desk.reviewer)
    Review.objects.update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    claim(desk, other)
    assert set(Review.objects.values_list("reviewer", "claimed_by")) == {(other.pk, other.pk)}


def test_who_is_always_late_is_still_handed_what_is_left(monkeypatch):
    # Seven others ask at the same moment, and each is quicker once.
    desk = make_desk(n=9)
    others = [make_member(desk.project, "reviewer") for _person in range(7)]

    def draw_late(*args, **kwargs):
        places = list_places(*args, **kwargs)
        if others:
            claim_reviews(actor=others.pop(), item_ids=[place.item_id for place in places], now=timezone.now())
        return places

    monkeypatch.setattr(review, "list_places", draw_late)
    places = review.claim_items(project=desk.project, actor=desk.reviewer, n=1)
    assert len(places) == 1
    assert Review.objects.filter(claimed_by=desk.reviewer).count() == 1


# ----------------------------------------------------------------------------------------------------------- states


def test_reviews_that_are_identical_are_gold_at_once(desk, other):
    finish(desk, 0, desk.reviewer)
    assert desk.state(0) == "open"
    assert Item.objects.get(pk=desk.items[0].pk).gold_review is None
    finish(desk, 0, other)
    item = Item.objects.get(pk=desk.items[0].pk)
    assert (item.state, item.gold_review) == ("done", Review.objects.get(item=item, number=1))
    event = Event.objects.get(kind="item-agreed")
    assert (event.subject_id, event.data, event.actor) == (str(item.pk), {"n": 2}, other)


def test_reviews_that_differ_wait_for_a_curator(desk, other):
    finish(desk, 0, desk.reviewer)
    finish(desk, 0, other, label="ORG")
    assert desk.state(0) == "reviewed"
    assert Item.objects.get(pk=desk.items[0].pk).gold_review is None
    assert not Event.objects.filter(kind="item-agreed").exists()
    progress = count_progress(desk.project)
    assert (progress.n_done, progress.n_reviewed, progress.n_open) == (1, 1, 2)


def test_another_place_and_an_addition_are_differences_and_another_reason_is_none(desk, other):
    item = desk.items[2]
    tomas, missing = desk.accept(2), desk.act("reject", 2, 1, reason="not-in-translation")
    desk.decide(2, tomas, missing)
    desk.decide(2, tomas, {**missing, "reason": "wrong-words"}, actor=other)
    assert desk.state(2) == "done"
    added = {
        "kind": "add",
        "annotation": str(uuid.uuid4()),
        "label": desk.label("PER"),
        **desk.place(2, "Nordlys"),
    }
    desk.decide(2, added, actor=other)
    assert Item.objects.get(pk=item.pk).state == "reviewed"
    assert Item.objects.get(pk=item.pk).gold_review is None
    desk.undo(actor=other)
    assert desk.state(2) == "done"
    desk.decide(2, desk.act("move", 2, **desk.place(2, "Tomas")), desk.accept(2, surface="Tomas"), actor=other)
    assert desk.state(2) == "reviewed"


def test_undo_opens_the_item_again_and_takes_back_what_was_gold(desk, other):
    finish(desk, 1, desk.reviewer)
    finish(desk, 1, other)
    assert desk.state(1) == "done"
    outcome = desk.undo(actor=other)
    assert (outcome.item_state, outcome.review_state) == ("open", "open")
    assert Item.objects.get(pk=desk.items[1].pk).gold_review is None
    assert Review.objects.get(item=desk.items[1], reviewer=desk.reviewer).state == "done"
    assert desk.redo(actor=other).item_state == "done"


def test_what_a_curator_has_settled_reviewers_no_longer_change(desk, other):
    finish(desk, 1, desk.reviewer)
    finish(desk, 1, other, label="PER")
    Review.objects.create(item=desk.items[1], kind="adjudication", number=0, reviewer=other, version=1, state="done")
    with pytest.raises(ConflictError) as error:
        desk.undo()
    assert refused(error) == "settled"


# ------------------------------------------------------------------------------------------------------ what one sees


def test_each_person_sees_the_own_work_only(desk, other, third):
    finish(desk, 0, desk.reviewer)
    desk.decide(0, desk.act("relabel", 0, label=desk.label("ORG")), actor=other)

    def seen(person: User) -> list[tuple[str, int]]:
        item = get_item(desk.project, desk.items[0].pk, reviewer=person)
        return [(span["state"], span["label"]) for span in item.data["spans"]]

    per, org, loc = (desk.label(name) for name in ("PER", "ORG", "LOC"))
    assert seen(desk.reviewer) == [("accepted", per), ("accepted", loc)]
    assert seen(other) == [("undecided", org), ("undecided", loc)]
    assert seen(third) == [("undecided", per), ("undecided", loc)]
    own = get_item(desk.project, desk.items[0].pk, reviewer=desk.reviewer)
    assert (own.data["state"], own.data["version"]) == ("done", 2)


def test_the_done_queue_of_a_person_holds_what_that_person_finished(desk, other):
    finish(desk, 0, desk.reviewer)
    done = QueueFilter(state="done")
    places = {
        person: list_places(desk.project, person, queue=done, n=5, first_place=0, now=timezone.now())
        for person in (desk.reviewer, other)
    }
    assert [place.item_id for place in places[desk.reviewer]] == [desk.items[0].pk]
    assert places[other] == []


def test_the_random_share_goes_on_where_the_person_stands():
    desk = make_shared(n=9)
    Review.objects.bulk_create(
        Review(item=item, reviewer=desk.reviewer, state="done", version=1) for item in desk.items[:4]
    )
    drawn = claim_items(project=desk.project, actor=desk.reviewer, n=2)
    assert [place.drawn_by for place in drawn] == ["random", "unsure"]


def test_only_settled_reviews_are_exported(desk, other):
    filters = GoldFilters(tgt_lang="de", state="all")
    finish(desk, 0, desk.reviewer)
    assert (count_gold(desk.project, filters).n_labels, count_gold(desk.project, filters).n_undecided) == (0, 5)
    finish(desk, 0, other)
    finish(desk, 1, desk.reviewer)
    finish(desk, 1, other, label="PER")
    counts = count_gold(desk.project, filters)
    assert (counts.n_labels, counts.n_undecided) == (2, 3)
    first, second, _ = next(iter(list_gold(desk.project, filters)))
    assert [span.label for span in first.item.spans if span.source_id] == ["PER", "LOC"]
    assert first.item.meta["review"]["reviewer"] == desk.reviewer.username
    assert [span for span in second.item.spans if span.source_id] == []
    assert "review" not in second.item.meta
