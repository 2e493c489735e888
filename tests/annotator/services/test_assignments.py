"""Who reviews what: shares, languages, several people an item, and what is handed out in the end."""

from __future__ import annotations

import pytest

from annotator.errors import BadRequestError, ConflictError
from annotator.models import Assignment, Item, Membership, User
from annotator.queries.assignments import list_loads
from annotator.services.assignments import AssignmentPlan, assign_items, preview_assignment, withdraw_assignments
from annotator.services.review import claim_items
from tests.annotator.factories import make_items, make_member
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk(n=20)


@pytest.fixture
def ada(desk: Desk) -> User:
    return make_member(desk.project, "reviewer", username="ada")


@pytest.fixture
def bo(desk: Desk) -> User:
    return make_member(desk.project, "reviewer", username="bo")


def assign(desk: Desk, shares: dict[User, int], **more: object):
    plan = AssignmentPlan(shares={user.pk: share for user, share in shares.items()}, **more)  # type: ignore[arg-type]
    return assign_items(project=desk.project, actor=desk.project.created_by, plan=plan)


def of(user: User) -> set[int]:
    return set(Assignment.objects.filter(reviewer=user).values_list("item", flat=True))


def claimed(desk: Desk, actor: User) -> set[int]:
    return {place.item_id for place in claim_items(project=desk.project, actor=actor, n=20)}


def test_each_gets_the_own_share_and_the_rest_is_open_to_all(desk: Desk, ada: User, bo: User) -> None:
    preview = assign(desk, {ada: 50, bo: 25})
    assert dict(preview.n_by_person) == {ada.pk: 10, bo.pk: 5}
    assert (preview.n_items, preview.n_open_to_all, preview.n_short) == (20, 5, 0)
    assert (len(of(ada)), len(of(bo)), of(ada) & of(bo)) == (10, 5, set())
    # Others get what is left, and those with a share what is left too.
    third = make_member(desk.project, "reviewer")
    left = {item.pk for item in desk.items} - of(ada) - of(bo)
    assert claimed(desk, third) == left
    assert claimed(desk, ada) == of(ada)


def test_the_same_shares_deal_the_same_items_again(desk: Desk, ada: User, bo: User) -> None:
    assign(desk, {ada: 50, bo: 50})
    first = of(ada)
    assign(desk, {ada: 50, bo: 50}, is_anew=True)
    assert of(ada) == first
    assert Assignment.objects.count() == 20


def test_people_get_their_languages_only(desk: Desk, ada: User, bo: User) -> None:
    swedish = make_items(desk.project, tgt_lang="sv", n=6)
    Item.objects.update(state="open")
    Membership.objects.filter(user=ada).update(tgt_langs=["sv"])
    preview = assign(desk, {ada: 50, bo: 50})
    assert len(of(ada)) == 3
    assert of(ada) < {item.pk for item in swedish}
    assert preview.n_open_to_all == 0
    # Without assignments too, nobody is handed out another language.
    Assignment.objects.all().delete()
    assert claimed(desk, ada) == {item.pk for item in swedish}


def test_where_several_review_an_item_each_of_them_is_another_person(desk: Desk, ada: User, bo: User) -> None:
    Item.objects.update(n_reviews=2)
    carl = make_member(desk.project, "reviewer", username="carl")
    preview = assign(desk, {ada: 50, bo: 25, carl: 25})
    assert (preview.n_short, Assignment.objects.count()) == (0, 40)
    counts = [Assignment.objects.filter(item=item).values("reviewer").distinct().count() for item in desk.items]
    assert counts == [2] * 20
    assert len(of(ada)) == 20
    assert preview_assignment(desk.project, AssignmentPlan(shares={ada.pk: 100}, is_anew=True)).n_short == 20


def test_what_is_assigned_to_others_is_neither_handed_out_nor_decided(desk: Desk, ada: User) -> None:
    assign(desk, {ada: 100})
    assert claimed(desk, desk.reviewer) == set()
    with pytest.raises(ConflictError) as error:
        desk.decide(0, desk.accept(0))
    assert error.value.problem.code == "assigned"
    desk.decide(0, desk.accept(0), actor=ada)
    assert desk.annotation(0).state == "accepted"


def test_what_is_not_begun_is_taken_back_and_given_to_another(desk: Desk, ada: User, bo: User) -> None:
    assign(desk, {ada: 100})
    claimed(desk, ada)
    desk.decide(0, desk.accept(0), actor=ada)
    load = next(load for load in list_loads(desk.project) if load.member.user == ada)
    assert (load.n_assigned, load.n_begun, load.n_waiting) == (20, 1, 19)
    assert withdraw_assignments(project=desk.project, actor=desk.project.created_by, reviewer=ada) == 19
    assert of(ada) == {desk.items[0].pk}
    assert len(claimed(desk, bo)) == 19
    desk.release()
    assert assign(desk, {bo: 100}).n_items == 19


@pytest.mark.parametrize(("shares", "code"), [((0, 0), "nobody"), ((60, 50), "bad-share"), ((-5, 50), "bad-share")])
def test_wrong_shares_are_refused(desk: Desk, ada: User, bo: User, shares: tuple[int, int], code: str) -> None:
    with pytest.raises(BadRequestError) as error:
        assign(desk, dict(zip((ada, bo), shares, strict=True)))
    assert error.value.problem.code == code


def test_only_reviewers_are_assigned(desk: Desk) -> None:
    viewer = make_member(desk.project, "viewer")
    with pytest.raises(BadRequestError) as error:
        assign(desk, {viewer: 100})
    assert error.value.problem.code == "not-a-reviewer"
