"""Who gets in: strangers see nothing, roles open what they should."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from annotator import access
from tests.annotator.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db

GETTERS = {
    "read": access.get_readable_project,
    "review": access.get_reviewable_project,
    "curate": access.get_curatable_project,
    "manage": access.get_managed_project,
}
ALLOWED = {
    "viewer": {"read"},
    "reviewer": {"read", "review"},
    "curator": {"read", "review", "curate"},
    "manager": {"read", "review", "curate", "manage"},
}


@pytest.mark.parametrize("act", GETTERS)
@pytest.mark.parametrize("role", ALLOWED)
def test_each_role_opens_what_it_should(role: str, act: str) -> None:
    project = make_project()
    member = make_member(project, role)
    if act in ALLOWED[role]:
        assert GETTERS[act](member, project.pk) == project
        return
    with pytest.raises(PermissionDenied, match=f"Your role here is {role}"):
        GETTERS[act](member, project.pk)


@pytest.mark.parametrize("act", GETTERS)
def test_strangers_learn_nothing(act: str) -> None:
    project = make_project()
    for stranger in (make_user(), AnonymousUser()):
        with pytest.raises(Http404):
            GETTERS[act](stranger, project.pk)
        with pytest.raises(Http404):
            GETTERS[act](stranger, project.pk + 1000)


def test_lists_hold_only_projects_of_the_member() -> None:
    member = make_user()
    mine, _other = make_project(manager=member), make_project()
    assert list(access.list_projects(member)) == [mine]
    assert list(access.list_projects(AnonymousUser())) == []
