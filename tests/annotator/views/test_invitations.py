"""The pages around invitations."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from annotator.models import Invitation, Membership, Project
from tests.annotator.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(tgt_langs=("de",))


def make_link(client: Client, project: Project) -> str:
    client.force_login(project.created_by)
    given = {"role": "reviewer", "max_uses": "2", "n_days": "3"}
    page = client.post(reverse("invitation-create", args=[project.pk]), given).content.decode()
    found = re.search(r"<output>\S+?(/invitations/\S+/)</output>", page)
    assert found
    return found[1]


def test_a_stranger_joins_by_the_link_with_a_new_account(client: Client, project: Project) -> None:
    path = make_link(client, project)
    stranger = Client()
    assert "Make an account" in stranger.get(path).content.decode()
    assert Invitation.objects.get().n_used == 0
    given = {"username": "mira", "name": "Mira", "password": "four plain words"}
    answer = stranger.post(path, given)
    assert answer.headers["Location"] == reverse("project-detail", args=[project.pk])
    assert stranger.get(answer.headers["Location"]).status_code == 200
    assert Membership.objects.get(user__username="mira").role == "reviewer"


def test_who_is_logged_in_joins_with_one_press(client: Client, project: Project) -> None:
    path = make_link(client, project)
    person = make_user()
    client.force_login(person)
    assert '<button class="button-primary">Join</button>' in client.get(path).content.decode()
    client.post(path)
    assert Membership.objects.get(user=person).role == "reviewer"


@pytest.mark.parametrize("password", ["short", "mira-mira-mira"])
def test_a_weak_password_is_told_and_makes_no_account(client: Client, project: Project, password: str) -> None:
    path = make_link(client, project)
    answer = Client().post(path, {"username": "mira-mira-mira", "password": password})
    assert answer.status_code == 400
    assert project.memberships.count() == 1


def test_a_dead_link_says_so(client: Client, project: Project) -> None:
    path = make_link(client, project)
    client.post(reverse("invitation-revoke", args=[project.pk, Invitation.objects.get().pk]))
    answer = Client().get(path)
    assert answer.status_code == 410
    assert "This invitation was withdrawn." in answer.content.decode()


@pytest.mark.parametrize("role", ["viewer", "reviewer", "curator"])
def test_only_managers_invite(client: Client, project: Project, role: str) -> None:
    client.force_login(make_member(project, role))
    given = {"role": "manager", "max_uses": "1", "n_days": "1"}
    assert client.post(reverse("invitation-create", args=[project.pk]), given).status_code == 403
    assert "Invite by link" not in client.get(reverse("member-list", args=[project.pk])).content.decode()
