"""Terminologies: looked at, taken, searched."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotator.errors import BadRequestError, ConflictError
from annotator.models import Concept, Project
from annotator.queries.concepts import search_concepts
from annotator.services import concepts
from tests.annotator.factories import make_member, make_project

pytestmark = pytest.mark.django_db

FILE = (
    "code\tname\tsynonyms\tdescription\n"
    "C1\tFever\tFieber|pyrexia\thot\nC2\tHay fever\t\t\nC3\tCough\tHusten\t\n\tx\t\t\n"
)


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def take(project: Project, text: str) -> concepts.Terminology:
    found = concepts.check_terminology(project=project, data=text.encode())
    return concepts.take_terminology(project=project, actor=project.created_by, key=found.key)


def test_a_terminology_is_looked_at_before_it_is_taken() -> None:
    project = make_project()
    found = concepts.check_terminology(project=project, data=FILE.encode())
    assert (found.n_new, found.n_changed, found.n_unchanged, found.n_problems) == (3, 0, 0, 1)
    assert str(found.problems[0]) == "line 5: The row has no code. The row was left out."
    assert not Concept.objects.exists()
    concepts.take_terminology(project=project, actor=project.created_by, key=found.key)
    assert Concept.objects.get(code="C1").search_text == "fever\nfieber\npyrexia\nc1"
    assert project.events.latest("id").data == {"n_new": 3, "n_changed": 0, "n_left_out": 1}


def test_a_newer_state_replaces_names_and_takes_nothing_away() -> None:
    project = make_project()
    take(project, FILE)
    before = Concept.objects.get(code="C1").pk
    found = take(project, "code\tname\nC1\tfever\nC4\tsneeze\nC3\tCough\n")
    assert (found.n_new, found.n_changed, found.n_unchanged) == (1, 2, 0)
    assert Concept.objects.get(code="C1").pk == before
    assert Concept.objects.get(code="C1").synonyms == []
    assert set(Concept.objects.values_list("code", flat=True)) == {"C1", "C2", "C3", "C4"}


def test_what_cannot_be_read_or_is_no_longer_there_is_refused() -> None:
    project = make_project()
    with pytest.raises(BadRequestError, match="The table has no column 'code'"):
        concepts.check_terminology(project=project, data=b"a\tb\n")
    long = concepts.check_terminology(project=project, data=f"code\tname\nC1\t{'x' * 301}\n".encode())
    assert [problem.code for problem in long.problems] == ["text-too-long"]
    for key in ("0" * 64, "../../x"):
        with pytest.raises(ConflictError, match="no longer kept"):
            concepts.take_terminology(project=project, actor=project.created_by, key=key)
    other = make_project()
    found = concepts.check_terminology(project=project, data=FILE.encode())
    with pytest.raises(ConflictError, match="no longer kept"):
        concepts.take_terminology(project=other, actor=other.created_by, key=found.key)


def test_what_begins_with_the_text_comes_first() -> None:
    project = make_project()
    take(project, FILE)
    take(make_project(), FILE)
    assert [row["code"] for row in search_concepts(project, "FEV")] == ["C1", "C2"]
    assert [row["code"] for row in search_concepts(project, "hus")] == ["C3"]
    assert [row["code"] for row in search_concepts(project, "c2")] == ["C2"]
    assert search_concepts(project, "%") == []
    assert [row["code"] for row in search_concepts(project, "", limit=2)] == ["C3", "C1"]


def test_the_page_checks_a_file_and_takes_it(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, "viewer"))
    assert client.get(reverse("concept-list", args=[project.pk])).status_code == 200
    file = SimpleUploadedFile("t.tsv", FILE.encode())
    assert client.post(reverse("concept-check", args=[project.pk]), {"terminology": file}).status_code == 403
    client.force_login(project.created_by)
    file.seek(0)
    page = client.post(reverse("concept-check", args=[project.pk]), {"terminology": file})
    assert page.status_code == 200
    key = page.context["found"].key
    answer = client.post(reverse("concept-take", args=[project.pk]), {"key": key}, follow=True).content.decode()
    assert "3 concepts are new, 0 were changed." in answer
    assert "Hay fever" in client.get(reverse("concept-list", args=[project.pk]), {"q": "hay"}).content.decode()
    found = client.get(reverse("concept-search", args=[project.pk]), {"q": "fie"}).json()
    assert [row["name"] for row in found["results"]] == ["Fever"]
    bad = client.post(
        reverse("concept-check", args=[project.pk]), {"terminology": SimpleUploadedFile("t.tsv", b"a\tb\n")}
    )
    assert bad.status_code == 400
    assert "has no column" in bad.content.decode()


def test_the_review_screen_is_told_where_to_search(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, "reviewer"))
    page = client.get(reverse("review-show", args=[project.pk])).content.decode()
    assert reverse("concept-search", args=[project.pk]) in page
