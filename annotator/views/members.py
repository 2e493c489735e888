"""Members of a project and their roles."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.forms.projects import MemberAddForm
from annotator.models import Membership
from annotator.services import members
from annotator.views._context import project_context


@login_required
@require_GET
def list_members(request: HttpRequest, project_id: int) -> HttpResponse:
    """Who belongs to the project."""
    project = access.get_readable_project(request.user, project_id)
    rows = project.memberships.select_related("user")
    context = project_context(
        request, project, area="members", rows=rows, form=MemberAddForm(), roles=Membership.Role.choices
    )
    return render(request, "members/list.html", context)


@login_required
@require_POST
def add_member(request: HttpRequest, project_id: int) -> HttpResponse:
    """Give a person a role."""
    project = access.get_managed_project(request.user, project_id)
    try:
        membership = members.add_member(
            project=project,
            actor=access.get_account(request.user),
            username=request.POST.get("username", ""),
            role=request.POST.get("role", ""),
        )
    except ServiceError as err:
        messages.error(request, str(err))
    else:
        messages.success(request, f"{membership.user} is now a {membership.role}.")
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
        messages.success(request, f"The role of {membership.user} is changed.")
    return redirect("member-list", project.pk)
