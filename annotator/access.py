"""Who may read, review, curate and manage; the pages and the API ask only here.

A stranger gets 404, so that nobody learns which projects exist; a member whose role does not suffice gets 403.
"""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from annotator.models import Job, Membership, Project, User

Role = Membership.Role

READERS = frozenset({Role.MANAGER, Role.CURATOR, Role.REVIEWER, Role.VIEWER})
REVIEWERS = frozenset({Role.MANAGER, Role.CURATOR, Role.REVIEWER})
CURATORS = frozenset({Role.MANAGER, Role.CURATOR})
MANAGERS = frozenset({Role.MANAGER})


def get_account(user: User | AnonymousUser) -> User:
    """The account behind a request that is known to be logged in, as services want it."""
    if not isinstance(user, User):
        raise PermissionDenied("Log in first.")
    return user


def list_projects(user: User | AnonymousUser) -> QuerySet[Project]:
    """The projects that a person may see."""
    if not user.is_authenticated:
        return Project.objects.none()
    return Project.objects.filter(memberships__user=user)


def _get_project(user: User | AnonymousUser, project_id: int, *, roles: frozenset[Role]) -> Project:
    membership = (
        Membership.objects.select_related("project").filter(project__pk=project_id, user_id=user.pk).first()
        if user.is_authenticated
        else None
    )
    if membership is None:
        raise Http404("No such project, or you are not a member of it.")
    if membership.role not in roles:
        needed = " or ".join(sorted(roles))
        raise PermissionDenied(
            f"Your role here is {membership.role}; this needs {needed}. Ask a manager of the project."
        )
    return membership.project


def get_readable_project(user: User | AnonymousUser, project_id: int) -> Project:
    """The project, for any member."""
    return _get_project(user, project_id, roles=READERS)


def get_reviewable_project(user: User | AnonymousUser, project_id: int) -> Project:
    """The project, for those who decide on labels."""
    return _get_project(user, project_id, roles=REVIEWERS)


def get_curatable_project(user: User | AnonymousUser, project_id: int) -> Project:
    """The project, for those who settle disagreement."""
    return _get_project(user, project_id, roles=CURATORS)


def get_managed_project(user: User | AnonymousUser, project_id: int) -> Project:
    """The project, for those who set it up."""
    return _get_project(user, project_id, roles=MANAGERS)


def get_role(user: User | AnonymousUser, project: Project) -> Role | None:
    """Role of a person in a project, None for strangers."""
    if not user.is_authenticated:
        return None
    role = Membership.objects.filter(project=project, user_id=user.pk).values_list("role", flat=True).first()
    return Role(role) if role else None


def check_may_change_job(user: User | AnonymousUser, job: Job) -> None:
    """Refuse those who may neither cancel nor resume a job: only managers and whoever started it may."""
    if job.created_by_id != user.pk and get_role(user, job.project) not in MANAGERS:
        raise PermissionDenied("Only managers and whoever started it may do this. Ask a manager of the project.")
