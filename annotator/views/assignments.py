"""Who reviews which items: shares, a preview, and what is taken back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.forms.people import AssignmentForm
from annotator.queries.assignments import list_loads
from annotator.services import assignments
from annotator.views._context import project_context


@login_required
@require_http_methods(["GET", "POST"])
def edit_assignments(request: HttpRequest, project_id: int) -> HttpResponse:
    """Give people shares of the items, see who would get how many, then confirm."""
    project = access.get_managed_project(request.user, project_id)
    loads = list_loads(project)
    form = AssignmentForm(request.POST or None, project=project, members=[load.member for load in loads])
    preview = problem = None
    if form.is_valid():
        try:
            if "confirm" in request.POST:
                actor = access.get_account(request.user)
                done = assignments.assign_items(project=project, actor=actor, plan=form.plan)
                n = sum(done.n_by_person.values())
                messages.success(
                    request, ngettext("%(n)s review is assigned.", "%(n)s reviews are assigned.", n) % {"n": n}
                )
                return redirect("assignment-edit", project.pk)
            preview = assignments.preview_assignment(project, form.plan)
        except ServiceError as err:
            problem = err.problem
    counts = preview.n_by_person if preview else {}
    rows = [(load, form[form.name_of(load.member)], counts.get(load.member.user_id)) for load in loads]
    context = project_context(request, project, area="members", form=form, rows=rows, preview=preview, problem=problem)
    return render(request, "members/assignments.html", context, status=400 if form.errors or problem else 200)


@login_required
@require_POST
def withdraw_assignments(request: HttpRequest, project_id: int, membership_id: int) -> HttpResponse:
    """Take back from a person what is not begun."""
    project = access.get_managed_project(request.user, project_id)
    member = get_object_or_404(project.memberships.select_related("user"), pk=membership_id)
    n = assignments.withdraw_assignments(project=project, actor=access.get_account(request.user), reviewer=member.user)
    words = ngettext("%(n)s item is taken back from %(person)s.", "%(n)s items are taken back from %(person)s.", n)
    messages.success(request, words % {"n": n, "person": member.user})
    return redirect("assignment-edit", project.pk)
