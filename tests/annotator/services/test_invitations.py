"""Invitations by link: who becomes what, and which links no longer hold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotator.errors import ServiceError
from annotator.models import Event, Invitation, Membership, Project, User
from annotator.services import invitations
from tests.annotator.factories import make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(tgt_langs=("ar", "de"))


def invite(project: Project, **more: object) -> tuple[Invitation, str]:
    invitation, link = invitations.create_invitation(
        project=project,
        actor=project.created_by,
        **{"role": "reviewer", **more},  # type: ignore[arg-type]
    )
    return invitation, link.rstrip("/").rsplit("/", 1)[1]


def test_a_link_makes_a_member_with_its_role_and_languages(project: Project) -> None:
    invitation, secret = invite(project, tgt_langs=["de"])
    person = make_user()
    membership = invitations.accept_invitation(secret=secret, actor=person)
    assert (membership.role, membership.tgt_langs) == ("reviewer", ["de"])
    invitation.refresh_from_db()
    assert invitation.n_used == 1
    joined = Event.objects.get(kind="member-joined")
    assert (joined.actor, joined.data) == (person, {"role": "reviewer", "invitation": invitation.pk})


def test_only_a_hash_of_the_secret_is_kept(project: Project) -> None:
    invitation, secret = invite(project)
    assert secret not in str(Invitation.objects.filter(pk=invitation.pk).values().get())
    assert not any(secret in str(event.data) for event in Event.objects.all())


def test_a_link_for_one_is_used_up_by_one(project: Project) -> None:
    _, secret = invite(project)
    invitations.accept_invitation(secret=secret, actor=make_user())
    with pytest.raises(ServiceError, match="This invitation was used already"):
        invitations.accept_invitation(secret=secret, actor=make_user())
    assert project.memberships.count() == 2


def test_who_is_a_member_keeps_the_role_and_uses_nothing_up(project: Project) -> None:
    invitation, secret = invite(project)
    assert invitations.accept_invitation(secret=secret, actor=project.created_by).role == "manager"
    invitation.refresh_from_db()
    assert invitation.n_used == 0


def test_links_that_no_longer_hold(project: Project) -> None:
    withdrawn, first = invite(project)
    invitations.revoke_invitation(invitation=withdrawn, actor=project.created_by)
    late, second = invite(project)
    Invitation.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    faults = []
    for secret in (first, second, "made-up"):
        with pytest.raises(ServiceError) as caught:
            invitations.accept_invitation(secret=secret, actor=make_user())
        faults.append(caught.value.problem.message)
    assert faults == [
        "This invitation was withdrawn.",
        "This invitation has run out.",
        "This invitation does not exist.",
    ]


def test_a_new_account_is_made_on_the_way(project: Project) -> None:
    _, secret = invite(project)
    membership = invitations.join_with_new_account(
        secret=secret, username="mira", name="Mira Sol", password="four plain words here"
    )
    assert str(membership.user) == "Mira Sol"
    assert User.objects.get(username="mira").check_password("four plain words here")


def test_a_taken_name_changes_nothing(project: Project) -> None:
    make_user("mira")
    invitation, secret = invite(project)
    with pytest.raises(ServiceError, match="The user name mira is taken"):
        invitations.join_with_new_account(secret=secret, username="mira", name="", password="four plain words")
    invitation.refresh_from_db()
    assert (invitation.n_used, project.memberships.count()) == (0, 1)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"role": "king"}, "role"),
        ({"max_uses": 0}, "max_uses"),
        ({"n_days": 400}, "n_days"),
        ({"tgt_langs": ["fr"]}, "tgt_langs"),
    ],
)
def test_wrong_invitations_are_refused(project: Project, given: dict[str, object], place: str) -> None:
    with pytest.raises(ServiceError) as caught:
        invite(project, **given)
    assert caught.value.problem.place == place
    assert not Invitation.objects.exists()


def test_removed_members_can_come_back_by_a_link(project: Project) -> None:
    person = make_user()
    Membership.objects.create(project=project, user=person, role="viewer").delete()
    _, secret = invite(project, role="viewer")
    assert invitations.accept_invitation(secret=secret, actor=person).role == "viewer"
