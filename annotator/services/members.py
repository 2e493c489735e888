"""Who belongs to a project, in which role."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.errors import bad_request, conflict
from annotator.models import Membership, Project, User
from annotator.services.events import record_event


@transaction.atomic
def add_member(*, project: Project, actor: User, username: str, role: str) -> Membership:
    """Give a person a role in a project."""
    user = User.objects.filter(username=username.strip()).first()
    if user is None:
        raise bad_request(
            "unknown-user",
            _("There is no account %(username)r.") % {"username": username.strip()},
            _("Check the name, or have the account made first."),
            place="user name",
        )
    if role not in Membership.Role.values:
        raise bad_request(
            "unknown-role", _("%(role)r is not a role.") % {"role": role}, _("Choose one from the list."), place="role"
        )
    membership, is_new = Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
    if not is_new:
        raise conflict(
            "already-member", _("%(user)s is a member already.") % {"user": user}, _("Change the role in the list.")
        )
    record_event(project=project, actor=actor, kind="member-added", subject_id=str(user.pk), data={"role": role})
    return membership


@transaction.atomic
def change_member(*, membership: Membership, actor: User, role: str) -> None:
    """Give a member another role, or none ("": no longer a member). A project always keeps a manager."""
    if role and role not in Membership.Role.values:
        raise bad_request(
            "unknown-role", _("%(role)r is not a role.") % {"role": role}, _("Choose one from the list."), place="role"
        )
    managers = Membership.objects.select_for_update(of=("self",)).filter(
        project_id=membership.project_id, role=Membership.Role.MANAGER
    )
    others = [row for row in managers if row.pk != membership.pk]
    if membership.role == Membership.Role.MANAGER and role != Membership.Role.MANAGER and not others:
        raise conflict("last-manager", _("A project needs a manager."), _("Make someone else a manager first."))
    if role:
        membership.role = role
        membership.save(update_fields=["role"])
    else:
        membership.delete()
    record_event(
        project=membership.project,
        actor=actor,
        kind="member-changed" if role else "member-removed",
        subject_id=str(membership.user_id),
        data={"role": role},
    )
