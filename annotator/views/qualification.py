"""Qualification: the set, the pass mark, how each reviewer stands, and what a manager decides about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.forms.qualification import QualificationForm
from annotator.models import Attempt, Project
from annotator.queries.qualification import count_set, list_stands
from annotator.queries.qualification_scores import list_faults
from annotator.services import qualification
from annotator.views._context import project_context


@login_required
@require_GET
def show_qualification(request: HttpRequest, project_id: int) -> HttpResponse:
    """The set by language and label, the mark, and the reviewers."""
    project = access.get_curatable_project(request.user, project_id)
    initial = {"pass_percent": project.pass_percent, "shows_gold": project.shows_gold}
    return _show(request, project, QualificationForm(initial=initial))


def _show(request: HttpRequest, project: Project, form: QualificationForm, *, status: int = 200) -> HttpResponse:
    stands = [(stand, list_faults(stand.attempt) if stand.attempt else []) for stand in list_stands(project)]
    context = project_context(request, project, area="members", form=form, languages=count_set(project), stands=stands)
    return render(request, "members/qualification.html", context, status=status)


@login_required
@require_POST
def save_qualification(request: HttpRequest, project_id: int) -> HttpResponse:
    """Set the mark, and whether the gold is shown."""
    project = access.get_managed_project(request.user, project_id)
    form = QualificationForm(request.POST)
    if not form.is_valid():
        return _show(request, project, form, status=400)
    actor = access.get_account(request.user)
    qualification.set_qualification(project=project, actor=actor, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("qualification-show", project.pk)


@login_required
@require_POST
def let_pass(request: HttpRequest, project_id: int, membership_id: int, tgt_lang: str) -> HttpResponse:
    """Let a person do real work whatever the score."""
    words = _("%(person)s may do real work now.")
    return _decide(request, project_id, membership_id, tgt_lang, do=qualification.let_pass, words=words)


@login_required
@require_POST
def let_try_again(request: HttpRequest, project_id: int, membership_id: int, tgt_lang: str) -> HttpResponse:
    """Give a person another attempt."""
    words = _("%(person)s may try again.")
    return _decide(request, project_id, membership_id, tgt_lang, do=qualification.let_try_again, words=words)


def _decide(
    request: HttpRequest, project_id: int, membership_id: int, tgt_lang: str, *, do: Callable[..., Attempt], words: str
) -> HttpResponse:
    project = access.get_managed_project(request.user, project_id)
    member = get_object_or_404(project.memberships.select_related("user"), pk=membership_id)
    given: dict[str, Any] = {"actor": access.get_account(request.user), "reviewer": member.user, "tgt_lang": tgt_lang}
    try:
        do(project=project, **given)
    except ServiceError as err:
        messages.error(request, str(err))
    else:
        messages.success(request, words % {"person": member.user})
    return redirect("qualification-show", project.pk)
