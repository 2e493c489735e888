"""Members of a project and their roles."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.forms.people import InvitationForm
from annotator.forms.projects import MemberAddForm
from annotator.models import Membership, Project
from annotator.queries.people import list_open_invitations
from annotator.services import members
from annotator.views._context import project_context, show_form_faults
from projection.errors import Problem


@login_required
@require_GET
def list_members(request: HttpRequest, project_id: int) -> HttpResponse:
    """Who belongs to the project."""
    project = access.get_readable_project(request.user, project_id)
    return _member_page(request, project, form=MemberAddForm())


def _member_page(
    request: HttpRequest, project: Project, *, form: MemberAddForm, problem: Problem | None = None
) -> HttpResponse:
    rows = project.memberships.select_related("user")
    context = project_context(request, project, area="members", rows=rows, form=form, problem=problem)
    context["roles"] = Membership.Role.choices
    if context["can_manage"]:
        context["invitation_form"] = InvitationForm(project)
        context["invitations"] = list_open_invitations(project)
    return render(request, "members/list.html", context, status=400 if problem else 200)


@login_required
@require_POST
def add_member(request: HttpRequest, project_id: int) -> HttpResponse:
    """Give a person a role."""
    project = access.get_managed_project(request.user, project_id)
    form = MemberAddForm(request.POST)
    if not form.is_valid():
        show_form_faults(request, form)
        return redirect("member-list", project.pk)
    try:
        membership = members.add_member(project=project, actor=access.get_account(request.user), **form.cleaned_data)
    except ServiceError as err:
        return _member_page(request, project, problem=err.problem, form=MemberAddForm(request.POST))
    messages.success(
        request, _("%(person)s is now: %(role)s.") % {"person": membership.user, "role": membership.get_role_display()}
    )
    return redirect("member-list", project.pk)


@login_required
@require_POST
def change_member(request: HttpRequest, project_id: int, membership_id: int) -> HttpResponse:
    """Change or end a membership."""
    project = access.get_managed_project(request.user, project_id)
    membership = get_object_or_404(project.memberships.select_related("user", "project"), pk=membership_id)
    try:
        members.change_member(
            membership=membership, actor=access.get_account(request.user), role=request.POST.get("role", "")
        )
    except ServiceError as err:
        messages.error(request, str(err))
    else:
        messages.success(request, _("The role of %(person)s is changed.") % {"person": membership.user})
    return redirect("member-list", project.pk)
