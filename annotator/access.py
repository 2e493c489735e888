"""Who may read, review, curate and manage; the pages and the API ask only here.

A stranger gets 404, so that nobody learns which projects exist; a member whose role does not suffice gets 403.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from annotator.models import Bulk, Export, Flag, Item, Job, Membership, Project, User
from annotator.prepared import Prepared, Slot

Role = Membership.Role

READERS = frozenset({Role.MANAGER, Role.CURATOR, Role.REVIEWER, Role.VIEWER})
REVIEWERS = frozenset({Role.MANAGER, Role.CURATOR, Role.REVIEWER})
CURATORS = frozenset({Role.MANAGER, Role.CURATOR})
MANAGERS = frozenset({Role.MANAGER})

_MEMBERSHIP = Prepared(
    lambda: Membership.objects.filter(project=Slot("project"), user=Slot("user")).select_related("project").order_by()
)
_ROLE = Prepared(
    lambda: (
        Membership.objects.filter(project=Slot("project"), user=Slot("user")).order_by().values_list("role", flat=True)
    )
)


def get_account(user: User | AnonymousUser) -> User:
    """The account behind a request that is known to be logged in, as services want it."""
    if not isinstance(user, User):
        raise PermissionDenied(_("Log in first."))
    return user


def list_projects(user: User | AnonymousUser) -> QuerySet[Project]:
    """The projects that a person may see."""
    if not user.is_authenticated:
        return Project.objects.none()
    return Project.objects.filter(memberships__user=user)


def _get_project(user: User | AnonymousUser, project_id: int, *, roles: frozenset[Role]) -> Project:
    membership = _MEMBERSHIP.first(project=project_id, user=user.pk) if user.is_authenticated else None
    if membership is None:
        raise Http404(_("No such project, or you are not a member of it."))
    if membership.role not in roles:
        needed = " or ".join(sorted(roles))
        raise PermissionDenied(
            _("Your role here is %(role)s; this needs %(needed)s. Ask a manager of the project.")
            % {"role": membership.get_role_display(), "needed": needed}
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
    role = _ROLE.first(project=project.pk, user=user.pk)
    return Role(role) if role else None


def check_may_change_job(user: User | AnonymousUser, job: Job) -> None:
    """Refuse those who may neither cancel nor resume a job: only managers and whoever started it may."""
    if job.created_by_id != user.pk and get_role(user, job.project) not in MANAGERS:
        raise PermissionDenied(_("Only managers and whoever started it may do this. Ask a manager of the project."))


@dataclass(frozen=True, slots=True)
class Sight:
    """What a member may find out about items by filtering them.

    Attributes:
        sees_all: whether the machine's figures of blind items that are not decided are among it.
        only_reviewer: the only user name whose reviews are; None for everybody's.
    """

    sees_all: bool
    only_reviewer: str | None


def get_sight(user: User | AnonymousUser, project: Project) -> Sight:
    """Curators see everything, but no names where the project hides them; others see their own work."""
    role = get_role(user, project)
    sees_names = role in MANAGERS or (role in CURATORS and not project.hides_names)
    return Sight(sees_all=role in CURATORS, only_reviewer=None if sees_names else user.get_username())


def list_exports(user: User | AnonymousUser, project: Project) -> QuerySet[Export]:
    """The exports that a member may see; where a language has qualification items, their gold may be in earlier files,
    so that only curators and managers get files of that language."""
    exports = Export.objects.filter(project=project)
    if get_role(user, project) in CURATORS:
        return exports
    langs = Item.objects.filter(project=project, is_qualification=True).order_by().values_list("tgt_lang", flat=True)
    return exports.exclude(filters__tgt_lang__in=list(langs.distinct()))


def check_may_close_flag(user: User | AnonymousUser, flag: Flag) -> None:
    """Refuse those who may neither take a flag back nor resolve it: only curators and whoever raised it may."""
    if flag.raised_by_id != user.pk and get_role(user, flag.project) not in CURATORS:
        raise PermissionDenied("Only curators and whoever raised it may close a flag. Ask a curator of the project.")


def may_undo_bulk(user: User | AnonymousUser, bulk: Bulk) -> bool:
    """Whether somebody may undo an act on many items: whoever did it, and managers."""
    return bulk.created_by_id == user.pk or get_role(user, bulk.project) in MANAGERS


def check_may_undo_bulk(user: User | AnonymousUser, bulk: Bulk) -> None:
    """Refuse those who may not undo an act on many items."""
    if not may_undo_bulk(user, bulk):
        raise PermissionDenied(_("Only managers and whoever did it may undo this."))
