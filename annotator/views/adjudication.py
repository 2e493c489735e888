"""Settling what reviewers differ in: the list, one item side by side, gaps of the guidelines."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.models import Item, Project
from annotator.queries import adjudication as queries
from annotator.queries.adjudication import Sheet
from annotator.queries.items import with_texts
from annotator.services import adjudication
from annotator.services.adjudication import Choice
from annotator.views._context import project_context

PAGE_SIZE = 50


@login_required
@require_GET
def list_items(request: HttpRequest, project_id: int) -> HttpResponse:
    """What is to be settled, or what has been."""
    project = access.get_curatable_project(request.user, project_id)
    shows_settled = request.GET.get("state") == "settled"
    lang = _read_lang(request, project)
    rows = queries.list_settled(project) if shows_settled else queries.list_to_settle(project, tgt_lang=lang)
    page = Paginator(with_texts(rows), PAGE_SIZE).get_page(request.GET.get("page"))
    sheets = {sheet.item.pk: sheet for sheet in queries.read_sheets(project, [item.pk for item in page])}
    context = project_context(
        request,
        project,
        area="adjudication",
        page=page,
        rows=[(item, sheets[item.pk]) for item in page],
        shows_settled=shows_settled,
        lang=lang,
        codes=project.target_languages.values_list("code", flat=True),
        counts=queries.count_settling(project),
    )
    return render(request, "adjudication/list.html", context)


def _read_lang(request: HttpRequest, project: Project) -> str:
    lang = request.GET.get("lang", "")
    return lang if project.target_languages.filter(code=lang).exists() else ""


def _get_sheet(project: Project, item_id: int) -> Sheet:
    sheet = queries.read_sheet(project, item_id)
    if sheet is None:
        raise Http404("No such item in this project.")
    return sheet


@login_required
@require_GET
def show_item(request: HttpRequest, project_id: int, item_id: int) -> HttpResponse:
    """One item with the answers side by side."""
    project = access.get_curatable_project(request.user, project_id)
    sheet = _get_sheet(project, item_id)
    return render(request, "adjudication/item.html", _item_context(request, project, sheet))


def _item_context(request: HttpRequest, project: Project, sheet: Sheet, **more: object) -> dict[str, object]:
    following = queries.find_next(project, after=sheet.item)
    return project_context(
        request,
        project,
        area="adjudication",
        sheet=sheet,
        item=sheet.item,
        step=uuid.uuid4(),
        undo_step=uuid.uuid4(),
        following=following,
        n_left=queries.list_to_settle(project).count(),
        **more,
    )


@login_required
@require_POST
def settle_item(request: HttpRequest, project_id: int, item_id: int) -> HttpResponse:
    """Take the sides that were chosen, and go on to the next item."""
    project = access.get_curatable_project(request.user, project_id)
    sheet = _get_sheet(project, item_id)
    choices = _read_choices(request, sheet)
    try:
        adjudication.settle(
            project=project,
            actor=access.get_account(request.user),
            item_id=item_id,
            choices=choices,
            step=_read_step(request),
            seen=request.POST.get("seen"),
        )
    except ServiceError as err:
        context = _item_context(request, project, sheet, problem=err.problem, choices=choices)
        return render(request, "adjudication/item.html", context, status=400)
    messages.success(request, _("%(item)s is settled.") % {"item": sheet.item.external_id})
    if request.POST.get("then") == "edit":
        return HttpResponseRedirect(f"{reverse('review-show', args=[project.pk])}?item={item_id}")
    return _go_on(project, sheet.item)


def _go_on(project: Project, item: Item) -> HttpResponse:
    following = queries.find_next(project, after=item)
    if following is None:
        return redirect("adjudication-list", project.pk)
    return redirect("adjudication-item", project.pk, following.pk)


def _read_choices(request: HttpRequest, sheet: Sheet) -> dict[str, Choice]:
    choices = {}
    for unit in sheet.units:
        side = request.POST.get(f"side-{unit.ref}", "")
        reason = request.POST.get(f"reason-{unit.ref}", "").strip()
        is_gap = f"gap-{unit.ref}" in request.POST
        is_said = bool(reason or is_gap or side != unit.chosen)
        if side and (is_said or not unit.is_agreed):
            choices[unit.ref] = Choice(side, reason, is_gap)
    return choices


def _read_step(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("step", ""))
    except ValueError:
        return uuid.uuid4()


@login_required
@require_POST
def undo(request: HttpRequest, project_id: int) -> HttpResponse:
    """Take back the last step, and show its item."""
    project = access.get_curatable_project(request.user, project_id)
    try:
        outcome = adjudication.undo(project=project, actor=access.get_account(request.user), step=_read_step(request))
    except ServiceError as err:
        messages.error(request, str(err))
        return redirect("adjudication-list", project.pk)
    messages.success(request, _("Undone."))
    return redirect("adjudication-item", project.pk, outcome.item_id)


@login_required
@require_GET
def list_gaps(request: HttpRequest, project_id: int) -> HttpResponse:
    """Where curators found that the guidelines do not say it."""
    project = access.get_curatable_project(request.user, project_id)
    page = Paginator(queries.list_gaps(project), PAGE_SIZE).get_page(request.GET.get("page"))
    context = project_context(request, project, area="adjudication", page=page, counts=queries.count_settling(project))
    return render(request, "adjudication/gaps.html", context)
