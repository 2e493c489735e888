"""How the items of a project are reviewed: by how many people, and whether blind."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotator import access
from annotator.forms.projects import ReviewingForm
from annotator.services import reviewing
from annotator.services.reviewing import ReviewingPlan
from annotator.views._context import project_context


@login_required
@require_http_methods(["GET", "POST"])
def edit_reviewing(request: HttpRequest, project_id: int) -> HttpResponse:
    """Choose, see what it does to how many items, then confirm."""
    project = access.get_managed_project(request.user, project_id)
    form = ReviewingForm(request.POST or None, initial=asdict(reviewing.get_plan(project)))
    counts = None
    if form.is_valid():
        plan = ReviewingPlan(**form.cleaned_data)
        if "confirm" in request.POST:
            reviewing.set_reviewing(project=project, actor=access.get_account(request.user), plan=plan)
            messages.success(request, _("Saved."))
            return redirect("reviewing-edit", project.pk)
        counts = reviewing.count_plan(project, plan)
    context = project_context(request, project, area="settings", form=form, counts=counts)
    return render(request, "projects/reviewing.html", context, status=400 if form.errors else 200)
