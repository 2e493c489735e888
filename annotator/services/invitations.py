"""Invitations: a link whose holder becomes a member, with an account made on the way where there is none."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.errors import ServiceError, bad_request, conflict
from annotator.models import Invitation, Membership, Project, User
from annotator.services.events import record_event

MAX_USES = 500
MAX_DAYS = 365


@transaction.atomic
def create_invitation(
    *, project: Project, actor: User, role: str, tgt_langs: Sequence[str] = (), max_uses: int = 1, n_days: int = 14
) -> tuple[Invitation, str]:
    """Make an invitation.

    Args:
        role: that those who follow it get.
        tgt_langs: languages that they review; empty for all.
        max_uses: how many people may follow it.
        n_days: after how many days it runs out.

    Returns:
        The invitation and its link. Only a hash of the secret in the link is kept, so it is shown once.
    """
    if role not in Membership.Role.values:
        raise bad_request("unknown-role", _("This is not a role."), _("Choose one from the list."), place="role")
    _check_range(max_uses, most=MAX_USES, place="max_uses")
    _check_range(n_days, most=MAX_DAYS, place="n_days")
    _check_languages(project, tgt_langs)
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        project=project,
        role=role,
        tgt_langs=sorted(set(tgt_langs)),
        token_sha256=_hash(secret),
        max_uses=max_uses,
        expires_at=timezone.now() + timedelta(days=n_days),
        created_by=actor,
    )
    data = {"role": role, "max_uses": max_uses, "n_days": n_days, "tgt_langs": invitation.tgt_langs}
    record_event(project=project, actor=actor, kind="invitation-created", subject_id=invitation.pk, data=data)
    return invitation, f"{settings.SITE_URL}{reverse('invitation-open', args=[secret])}"


def _check_range(given: int, *, most: int, place: str) -> None:
    if not 1 <= given <= most:
        fault = _("%(given)s is not between 1 and %(most)s.") % {"given": given, "most": most}
        raise bad_request("out-of-range", fault, _("Give another number."), place=place)


def _check_languages(project: Project, tgt_langs: Sequence[str]) -> None:
    unknown = sorted(set(tgt_langs) - set(project.target_languages.values_list("code", flat=True)))
    if unknown:
        fault = _("%(code)s is not a target language of the project.") % {"code": unknown[0]}
        raise bad_request("unknown-language", fault, _("Choose from its languages."), place="tgt_langs")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def find_invitation(secret: str) -> Invitation:
    """The invitation behind a link, if it still holds.

    Raises:
        BadRequestError: there is none, or it has run out, was withdrawn or used up.
    """
    invitation = Invitation.objects.select_related("project").filter(token_sha256=_hash(secret)).first()
    if invitation is None:
        raise _refusal(_("This invitation does not exist."))
    if invitation.revoked_at is not None:
        raise _refusal(_("This invitation was withdrawn."))
    if invitation.expires_at <= timezone.now():
        raise _refusal(_("This invitation has run out."))
    if invitation.n_used >= invitation.max_uses:
        raise _refusal(_("This invitation was used already."))
    return invitation


def _refusal(fault: str) -> ServiceError:
    return bad_request("bad-invitation", fault, _("Ask a manager of the project for a new link."), place="link")


@transaction.atomic
def accept_invitation(*, secret: str, actor: User) -> Membership:
    """Make a person a member; who is one already keeps the role, and the invitation is not used up.

    Raises:
        BadRequestError: see `find_invitation`.
    """
    invitation = find_invitation(secret)
    known = Membership.objects.filter(project=invitation.project, user=actor).first()
    if known is not None:
        return known
    n_left = Invitation.objects.filter(pk=invitation.pk, n_used__lt=F("max_uses"), revoked_at=None)
    if not n_left.update(n_used=F("n_used") + 1):
        raise _refusal(_("This invitation was used already."))
    membership = Membership.objects.create(
        project=invitation.project, user=actor, role=invitation.role, tgt_langs=invitation.tgt_langs
    )
    data = {"role": invitation.role, "invitation": invitation.pk}
    record_event(project=invitation.project, actor=actor, kind="member-joined", subject_id=actor.pk, data=data)
    return membership


@transaction.atomic
def join_with_new_account(*, secret: str, username: str, name: str, password: str) -> Membership:
    """Make an account for whoever holds the link, and make it a member.

    Raises:
        BadRequestError: see `find_invitation`.
        ConflictError: the user name is taken.
    """
    find_invitation(secret)
    user = User(username=username.strip(), first_name=name.strip()[:150])
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as err:
        fault = _("The user name %(name)s is taken.") % {"name": user.username}
        remedy = _("Choose another one, or log in if it is yours.")
        raise conflict("name-taken", fault, remedy, place="username") from err
    record_event(project=None, actor=user, kind="account-made", subject_id=user.pk)
    return accept_invitation(secret=secret, actor=user)


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, actor: User) -> None:
    """Withdraw an invitation; those who followed it stay members."""
    if Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=timezone.now()):
        project = invitation.project
        record_event(project=project, actor=actor, kind="invitation-revoked", subject_id=invitation.pk)
