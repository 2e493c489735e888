"""Acts on many items at once: preview, start, result, undo."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.models import Bulk, Membership, Project, User
from annotator.queries.bulk import REFUSALS, count_standing, list_bulks, preview_bulk
from annotator.queries.item_filter import read_item_filter
from annotator.services import bulk_decisions
from annotator.views._context import project_context, read_id
from annotator.views._find import list_chips, read_asked

PAGE_SIZE = 50
FILTERED = set(bulk_decisions.RULES)


def _get_project(request: HttpRequest, project_id: int, kind: str) -> Project:
    """The project, for those who may do this act."""
    if kind not in FILTERED:
        raise Http404("There is no such act.")
    if kind == Bulk.Kind.ASSIGN:
        return access.get_managed_project(request.user, project_id)
    return access.get_curatable_project(request.user, project_id)


def _list_reviewers(project: Project) -> list[User]:
    roles = [Membership.Role.MANAGER, Membership.Role.CURATOR, Membership.Role.REVIEWER]
    return [row.user for row in project.memberships.filter(role__in=roles).select_related("user")]


@login_required
@require_GET
def preview(request: HttpRequest, project_id: int, kind: str) -> HttpResponse:
    """What an act on the items of a filter would do."""
    project = _get_project(request, project_id, kind)
    user = access.get_account(request.user)
    asked = read_asked(request, project)
    found = preview_bulk(project, user, kind=kind, wanted=asked.wanted, now=timezone.now())
    context = project_context(
        request,
        project,
        area="items",
        kind=Bulk.Kind(kind),
        wanted=asked.wanted,
        chips=list_chips(project, asked.wanted),
        preview=found,
        refused=[(REFUSALS[code], n) for code, n in found.refused.items()],
        reasons=project.reject_reasons.order_by("-version", "key") if kind == Bulk.Kind.REJECT else [],
        reviewers=_list_reviewers(project) if kind == Bulk.Kind.ASSIGN else [],
        is_background=found.n_meant > bulk_decisions.MAX_AT_ONCE,
        step=uuid.uuid4(),
    )
    return render(request, "bulks/preview.html", context)


@login_required
@require_POST
def start(request: HttpRequest, project_id: int, kind: str) -> HttpResponse:
    """Do it."""
    project = _get_project(request, project_id, kind)
    asked = read_asked(request, project)
    assignee = User.objects.filter(pk=read_id(request.POST.get("assignee", ""))).first()
    try:
        bulk = bulk_decisions.start_bulk(
            project=project,
            actor=access.get_account(request.user),
            kind=kind,
            wanted=asked.wanted,
            step=_read_step(request),
            n_seen=read_id(request.POST.get("n_seen", "")),
            reason=request.POST.get("reason", ""),
            assignee=assignee,
        )
    except ServiceError as err:
        messages.error(request, str(err))
        response = redirect("bulk-preview", project.pk, kind)
        response["Location"] += f"?{asked.wanted.query}"
        return response
    return redirect("bulk-detail", project.pk, bulk.pk)


def _read_step(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("step", ""))
    except ValueError:
        return uuid.uuid4()


@login_required
@require_GET
def list_all(request: HttpRequest, project_id: int) -> HttpResponse:
    """The acts on many items, the newest first."""
    project = access.get_curatable_project(request.user, project_id)
    page = Paginator(list_bulks(project), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "bulks/list.html", project_context(request, project, area="items", page=page))


@login_required
@require_GET
def show(request: HttpRequest, project_id: int, bulk_id: int) -> HttpResponse:
    """How far an act is, what it did, and the way to undo it."""
    project = access.get_curatable_project(request.user, project_id)
    bulk = get_object_or_404(list_bulks(project), pk=bulk_id)
    wanted, _problems = read_item_filter(bulk.settings.get("filter", {}))
    job = bulk.undo_job or bulk.job
    context = project_context(
        request,
        project,
        area="items",
        bulk=bulk,
        wanted=wanted,
        chips=list_chips(project, wanted),
        refused=[(REFUSALS.get(code, code), n) for code, n in bulk.refused.items()],
        job=job,
        n_standing=count_standing(bulk),
        assignee=User.objects.filter(pk=bulk.settings.get("assignee")).first(),
        reason=project.reject_reasons.filter(code=bulk.settings.get("reason")).order_by("-version").first(),
        can_undo=access.may_undo_bulk(request.user, bulk),
    )
    return render(request, "bulks/detail.html", context)


@login_required
@require_POST
def undo(request: HttpRequest, project_id: int, bulk_id: int) -> HttpResponse:
    """Take back everything that an act did."""
    project = access.get_curatable_project(request.user, project_id)
    bulk = get_object_or_404(Bulk.objects.select_related("project"), project=project, pk=bulk_id)
    access.check_may_undo_bulk(request.user, bulk)
    try:
        bulk_decisions.undo_bulk(bulk=bulk, actor=access.get_account(request.user))
    except ServiceError as err:
        messages.error(request, str(err))
    return redirect("bulk-detail", project.pk, bulk.pk)
