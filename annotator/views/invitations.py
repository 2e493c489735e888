"""Invitations: made and withdrawn by managers, followed by whoever has the link."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.forms.people import InvitationForm, JoinForm
from annotator.models import Membership
from annotator.services import invitations
from annotator.views._context import project_context, show_form_faults

PASSWORD_BACKEND = "django.contrib.auth.backends.ModelBackend"


@login_required
@require_POST
def create_invitation(request: HttpRequest, project_id: int) -> HttpResponse:
    """Make a link and show it, this once."""
    project = access.get_managed_project(request.user, project_id)
    form = InvitationForm(project, request.POST)
    if not form.is_valid():
        show_form_faults(request, form)
        return redirect("member-list", project.pk)
    try:
        invitation, link = invitations.create_invitation(
            project=project, actor=access.get_account(request.user), **form.cleaned_data
        )
    except ServiceError as err:
        messages.error(request, str(err))
        return redirect("member-list", project.pk)
    context = project_context(request, project, area="members", invitation=invitation, link=link)
    return render(request, "invitations/created.html", context)


@login_required
@require_POST
def revoke_invitation(request: HttpRequest, project_id: int, invitation_id: int) -> HttpResponse:
    """Withdraw a link."""
    project = access.get_managed_project(request.user, project_id)
    invitation = get_object_or_404(project.invitations.select_related("project"), pk=invitation_id)
    invitations.revoke_invitation(invitation=invitation, actor=access.get_account(request.user))
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("member-list", project.pk)


@never_cache
def open_invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """What the link offers; joining takes a press of the button, so that no link preview uses it up."""
    try:
        invitation = invitations.find_invitation(secret)
    except ServiceError as err:
        return render(request, "invitations/refused.html", {"problem": err.problem}, status=410)
    form = JoinForm(request.POST or None)
    if request.method == "POST":
        answer = _join(request, secret, form)
        if answer is not None:
            return answer
    context = {"invitation": invitation, "form": form, "role": Membership.Role(invitation.role).label}
    return render(request, "invitations/open.html", context, status=400 if form.errors else 200)


def _join(request: HttpRequest, secret: str, form: JoinForm) -> HttpResponse | None:
    try:
        if request.user.is_authenticated:
            actor = access.get_account(request.user)
            membership = invitations.accept_invitation(secret=secret, actor=actor)
        elif form.is_valid():
            membership = invitations.join_with_new_account(secret=secret, **form.cleaned_data)
            login(request, membership.user, backend=PASSWORD_BACKEND)
        else:
            return None
    except ServiceError as err:
        form.add_error(None if request.user.is_authenticated else "username", str(err))
        return None
    messages.success(request, _("Welcome to %(project)s.") % {"project": membership.project})
    return redirect("project-detail", membership.project_id)
