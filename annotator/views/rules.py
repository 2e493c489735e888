"""Gold by a rule: what each would take, and starting it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.models import Bulk, Project
from annotator.queries.adjudication import count_settling
from annotator.queries.gold_rules import preview_agreed, preview_unanimous
from annotator.services import gold_rules
from annotator.views._context import project_context, read_id


def _read_lang(project: Project, given: str) -> str:
    codes = list(project.target_languages.values_list("code", flat=True))
    return given if given in codes else (codes[0] if codes else "")


@login_required
@require_GET
def list_rules(request: HttpRequest, project_id: int) -> HttpResponse:
    """The rules, with what each would take now."""
    project = access.get_curatable_project(request.user, project_id)
    lang = _read_lang(project, request.GET.get("lang", ""))
    n_agreeing = min(max(read_id(request.GET.get("n", "")) or 2, 2), 20)
    percent = min(max(read_id(request.GET.get("percent", "")) or 95, 50), 100)
    context = project_context(
        request,
        project,
        area="adjudication",
        counts=count_settling(project),
        codes=project.target_languages.values_list("code", flat=True),
        lang=lang,
        n_agreeing=n_agreeing,
        percent=percent,
        agreed=preview_agreed(project, n_agreeing=n_agreeing, tgt_lang=lang),
        unanimous=preview_unanimous(project, tgt_lang=lang),
        steps=(uuid.uuid4(), uuid.uuid4()),
        min_audited=gold_rules.MIN_AUDITED,
    )
    return render(request, "adjudication/rules.html", context)


@login_required
@require_POST
def start_rule(request: HttpRequest, project_id: int, rule: str) -> HttpResponse:
    """Apply a rule."""
    project = access.get_curatable_project(request.user, project_id)
    actor = access.get_account(request.user)
    lang = _read_lang(project, request.POST.get("lang", ""))
    try:
        step = uuid.UUID(request.POST.get("step", ""))
    except ValueError:
        step = uuid.uuid4()
    try:
        if rule == Bulk.Kind.AGREED:
            n = read_id(request.POST.get("n", ""))
            bulk = gold_rules.settle_agreed(project=project, actor=actor, n_agreeing=n, tgt_lang=lang, step=step)
        elif rule == Bulk.Kind.UNANIMOUS:
            percent = read_id(request.POST.get("percent", ""))
            bulk = gold_rules.accept_unanimous(
                project=project, actor=actor, min_percent=percent, tgt_lang=lang, step=step
            )
        else:
            raise Http404("There is no such rule.")
    except ServiceError as err:
        messages.error(request, str(err))
        return redirect("rule-list", project.pk)
    return redirect("bulk-detail", project.pk, bulk.pk)
