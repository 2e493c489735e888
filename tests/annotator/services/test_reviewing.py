"""How items are reviewed: the overlap share, blindness, and what neither touches."""

from __future__ import annotations

import pytest

from annotator.errors import BadRequestError
from annotator.models import Event, Item
from annotator.services.review import claim_items
from annotator.services.reviewing import change_plan, count_plan, get_plan, set_reviewing
from tests.annotator.factories import make_member
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk(n=40)


def change(desk: Desk, **changes: object):
    plan = change_plan(desk.project, **changes)
    return set_reviewing(project=desk.project, actor=desk.project.created_by, plan=plan)


def test_a_share_of_the_items_is_reviewed_by_several_and_the_same_share_each_time(desk: Desk) -> None:
    counts = change(desk, n_reviews=3, overlap_percent=25)
    chosen = set(Item.objects.filter(n_reviews=3).values_list("pk", flat=True))
    assert 5 <= len(chosen) == counts.n_overlap <= 15
    assert (counts.n_free, counts.n_kept, counts.n_passes) == (40, 0, 40 + 2 * len(chosen))
    assert Item.objects.filter(n_reviews=1).count() == 40 - len(chosen)
    change(desk, n_reviews=1)
    assert not Item.objects.exclude(n_reviews=1).exists()
    change(desk, n_reviews=2, overlap_percent=25)
    assert set(Item.objects.filter(n_reviews=2).values_list("pk", flat=True)) == chosen
    change(desk, overlap_percent=50)
    assert chosen < set(Item.objects.filter(n_reviews=2).values_list("pk", flat=True))
    assert Event.objects.filter(kind="reviewing-changed").count() == 4


def test_the_overlap_is_no_part_of_the_random_share(desk: Desk) -> None:
    change(desk, n_reviews=2, overlap_percent=50)
    first = Item.objects.order_by("shuffle_key")[:20]
    assert {item.n_reviews for item in first} == {1, 2}


def test_what_somebody_has_stays_as_it_is(desk: Desk) -> None:
    desk.decide(0, desk.accept(0))
    claim_items(project=desk.project, actor=make_member(desk.project, "reviewer"), n=1, wanted=desk.items[7].pk)
    assert count_plan(desk.project, change_plan(desk.project, n_reviews=2)).n_kept == 2
    counts = change(desk, n_reviews=2, blind="all")
    assert (counts.n_free, counts.n_kept, counts.n_blind) == (38, 2, 38)
    kept = Item.objects.filter(n_reviews=1, is_blind=False).values_list("pk", flat=True)
    assert set(kept) == {desk.items[0].pk, desk.items[7].pk}


@pytest.mark.parametrize(("blind", "n_blind"), [("none", 0), ("overlap", 40), ("all", 40)])
def test_blindness_follows_the_choice(desk: Desk, blind: str, n_blind: int) -> None:
    change(desk, n_reviews=2, overlap_percent=100, blind="all")
    assert change(desk, blind=blind).n_blind == n_blind
    assert Item.objects.filter(is_blind=True).count() == n_blind
    change(desk, overlap_percent=0)
    assert Item.objects.filter(is_blind=True).count() == (40 if blind == "all" else 0)


def test_looking_changes_nothing(desk: Desk) -> None:
    before = get_plan(desk.project)
    count_plan(desk.project, change_plan(desk.project, n_reviews=5))
    desk.project.refresh_from_db()
    assert get_plan(desk.project) == before
    assert not Item.objects.exclude(n_reviews=1).exists()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [({"n_reviews": 0}, "n_reviews"), ({"overlap_percent": 101}, "overlap_percent"), ({"blind": "some"}, "blind")],
)
def test_what_cannot_be_is_refused(desk: Desk, wrong: dict[str, object], place: str) -> None:
    with pytest.raises(BadRequestError) as error:
        change(desk, **wrong)
    assert error.value.problem.place == place
