"""How far and how fast each person is."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotator.models import Review
from annotator.queries.people import list_paces
from tests.annotator.factories import WORKED_AT, make_annotation, make_items, make_member, make_project, make_review

pytestmark = pytest.mark.django_db


def test_figures_worked_by_hand(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    project = make_project()
    first, second, _ = make_items(project)
    mira = make_member(project, "reviewer", username="mira")
    done = make_review(first, mira)
    for span in first.source_spans.all():
        make_annotation(done, span=span, surface="Ada Brandt" if span.position == 0 else "Bremen")
    begun = make_review(second, mira, state="open")
    make_annotation(begun, span=second.source_spans.get(), surface="Uppsala")
    # Half an hour on one, a quarter on the other: three labels in three quarters of an hour.
    Review.objects.filter(pk=done.pk).update(active_ms=1_800_000)
    Review.objects.filter(pk=begun.pk).update(active_ms=900_000)
    with django_assert_num_queries(3):
        pace = next(each for each in list_paces(project, now=WORKED_AT) if each.user == mira)
    assert (pace.n_items, pace.n_labels, pace.n_undone, pace.n_recent) == (1, 3, 0, 1)
    assert pace.labels_per_hour == pytest.approx(4.0)


def test_too_little_time_gives_no_pace() -> None:
    project = make_project()
    assert [pace.labels_per_hour for pace in list_paces(project)] == [None]


def test_a_reviewer_sees_only_the_own_figures(client: Client) -> None:
    project = make_project()
    make_member(project, "reviewer", username="mira")
    client.force_login(make_member(project, "reviewer", username="jonas"))
    page = client.get(reverse("people-progress", args=[project.pk])).content.decode()
    assert "jonas" in page
    assert "mira" not in page
    client.force_login(project.created_by)
    page = client.get(reverse("people-progress", args=[project.pk])).content.decode()
    assert "jonas" in page
    assert "mira" in page
