"""Pages for managers: how items are reviewed, and by whom."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from annotator.models import Assignment, Item, Membership
from tests.annotator.factories import make_member
from tests.annotator.reviewing import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return make_desk(n=10)


@pytest.fixture
def manager(desk: Desk, client: Client) -> Client:
    client.force_login(desk.project.created_by)
    return client


def at(desk: Desk, name: str, *more: int) -> str:
    return reverse(name, args=[desk.project.pk, *more])


def words(response) -> str:
    return " ".join(unescape(response.content.decode()).split())


def test_the_setting_is_previewed_then_saved(desk: Desk, manager: Client) -> None:
    given = {"n_reviews": 2, "overlap_percent": 100, "blind": "overlap"}
    desk.decide(0, desk.accept(0))
    page = words(manager.post(at(desk, "reviewing-edit"), given))
    assert "It concerns 9 items that nobody has begun." in page
    assert "9 of them are reviewed by several people." in page
    assert "All together that is 18 reviews." in page
    assert "1 item that somebody has begun or holds stays as it is." in page
    assert not Item.objects.filter(n_reviews=2).exists()
    answer = manager.post(at(desk, "reviewing-edit"), {**given, "confirm": "yes"})
    assert answer.headers["Location"] == at(desk, "reviewing-edit")
    assert Item.objects.filter(n_reviews=2, is_blind=True).count() == 9
    assert 'name="n_reviews" value="2"' in words(manager.get(at(desk, "reviewing-edit")))


def test_a_wrong_number_is_told_beside_its_field(desk: Desk, manager: Client) -> None:
    answer = manager.post(at(desk, "reviewing-edit"), {"n_reviews": 99, "overlap_percent": 5, "blind": "none"})
    assert answer.status_code == 400
    assert "less than or equal to 20" in words(answer)


def test_shares_are_previewed_then_assigned_and_taken_back(desk: Desk, manager: Client) -> None:
    make_member(desk.project, "reviewer", username="bo")
    bo = Membership.objects.get(user__username="bo")
    given = {f"share-{bo.pk}": 40}
    page = words(manager.post(at(desk, "assignment-edit"), given))
    assert "10 items are not begun. 6 stay open to everybody." in page
    assert '<td data-label="Would get">4</td>' in page
    assert not Assignment.objects.exists()
    page = words(manager.post(at(desk, "assignment-edit"), {**given, "confirm": "yes"}, follow=True))
    assert "4 reviews are assigned." in page
    assert Assignment.objects.filter(reviewer=bo.user).count() == 4
    page = words(manager.post(at(desk, "assignment-withdraw", bo.pk), follow=True))
    assert "4 items are taken back from bo." in page
    assert not Assignment.objects.exists()


def test_too_large_shares_are_refused_with_a_word(desk: Desk, manager: Client) -> None:
    first, second = Membership.objects.filter(role__in=["manager", "reviewer"])[:2]
    answer = manager.post(at(desk, "assignment-edit"), {f"share-{first.pk}": 80, f"share-{second.pk}": 80})
    assert answer.status_code == 400
    assert "The shares are more than 100 percent." in words(answer)
    assert "Nobody gets a share." in words(manager.post(at(desk, "assignment-edit"), {"tgt_lang": "de"}))
