"""How far and how fast people are: each sees the own figures, managers see all."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotator import access
from annotator.queries.people import list_paces
from annotator.views._context import project_context


@login_required
@require_GET
def show_progress(request: HttpRequest, project_id: int) -> HttpResponse:
    """Items, labels and time of each reviewer."""
    project = access.get_reviewable_project(request.user, project_id)
    context = project_context(request, project, area="members")
    of = None if context["can_manage"] else access.get_account(request.user)
    context["paces"] = list_paces(project, of=of)
    return render(request, "members/progress.html", context)
