"""Flags, skips and comments: what the review screen sends, and the project's lists of flags and of threads."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.errors import bad_request
from annotator.models import Flag, Project, Thread, User
from annotator.queries import notes as note_queries
from annotator.services import notes as note_service
from annotator.services.notes import Target
from annotator.services.review_acts import read_uuid
from annotator.views._context import project_context
from annotator.views._json import answers_json, read_json

PAGE_SIZE = 50


# --------------------------------------------------------------------------------------------------- review screen


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for a change, where, and with what."""

    request: HttpRequest
    project: Project
    actor: User

    @property
    def given(self) -> dict[str, Any]:
        return read_json(self.request)


def _changes_notes(change: Callable[..., int]) -> Callable[..., HttpResponse]:
    """A view that does one change, which gives the id of its item, and answers with that item's notes afterwards."""

    @require_POST
    @answers_json
    @wraps(change)
    def view(request: HttpRequest, *, project_id: int, **ids: Any) -> HttpResponse:
        project = access.get_reviewable_project(request.user, project_id)
        actor = access.get_account(request.user)
        item_id = change(_Asked(request, project, actor), **ids)
        notes = note_queries.list_item_notes(project, actor, [item_id])[item_id]
        return JsonResponse({"item_id": item_id, **notes, **note_queries.count_own(project, actor)})

    return view


@_changes_notes
def create_flag(asked: _Asked) -> int:
    """Flag a span for the adjudicator."""
    given = asked.given
    flag = note_service.raise_flag(
        project=asked.project,
        actor=asked.actor,
        flag_id=read_uuid(given.get("flag"), place="flag"),
        target=read_target(given),
        reason=str(given.get("reason") or ""),
    )
    return flag.item_id


@_changes_notes
def close_flag(asked: _Asked, *, flag_id: uuid.UUID) -> int:
    """Take a flag back, or resolve it."""
    flag = _find_flag(asked.project, asked.actor, flag_id)
    return note_service.close_flag(flag=flag, actor=asked.actor).item_id


@_changes_notes
def skip_item(asked: _Asked) -> int:
    """Put an item to the end of the own queue, or take that back."""
    given = asked.given
    item_id = read_target(given).item_id
    if given.get("is_back"):
        note_service.take_back_skip(project=asked.project, actor=asked.actor, item_id=item_id)
    else:
        skip_id = read_uuid(given.get("skip"), place="skip")
        note_service.skip_item(project=asked.project, actor=asked.actor, skip_id=skip_id, item_id=item_id)
    return item_id


@_changes_notes
def create_comment(asked: _Asked) -> int:
    """Write into a thread, which is begun where there is none yet."""
    given = asked.given
    thread = note_service.post_comment(
        project=asked.project,
        actor=asked.actor,
        comment_id=read_uuid(given.get("comment"), place="comment"),
        thread_id=read_uuid(given.get("thread"), place="thread"),
        target=read_target(given),
        text=str(given.get("text") or ""),
    )
    return thread.item_id


@_changes_notes
def change_thread(asked: _Asked, *, thread_id: uuid.UUID) -> int:
    """Resolve a thread, or open it again."""
    thread = _find_thread(asked.project, asked.actor, thread_id)
    note_service.set_thread_open(thread=thread, actor=asked.actor, is_open=asked.given.get("is_open") is True)
    return thread.item_id


def _find_flag(project: Project, actor: User, flag_id: uuid.UUID) -> Flag:
    flag = note_queries.visible_flags(project, actor).filter(pk=flag_id).select_related("project").first()
    if flag is None:
        raise Http404("There is no such flag here.")
    access.check_may_close_flag(actor, flag)
    return flag


def _find_thread(project: Project, actor: User, thread_id: uuid.UUID) -> Thread:
    thread = note_queries.visible_threads(project, actor).filter(pk=thread_id).select_related("project").first()
    if thread is None:
        raise Http404("There is no such thread here.")
    return thread


def read_target(given: Mapping[str, Any]) -> Target:
    """The item or span that a request is about."""
    item_id, source_span_id = (_whole(given.get(name), name) for name in ("item", "source_span"))
    annotation = given.get("annotation")
    return Target(
        item_id=item_id or 0,
        source_span_id=source_span_id,
        annotation_id=read_uuid(annotation, place="annotation") if annotation else None,
    )


def _whole(given: object, place: str) -> int | None:
    if given is None or (type(given) is int and 0 < given < 2**63):
        return given
    fault = _("%(field)s is no id.") % {"field": place}
    raise bad_request("bad-id", fault, _("Give the id of the row."), place=place)


@require_GET
@answers_json
def show_own(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """The own open flags and skipped items."""
    project = access.get_reviewable_project(request.user, project_id)
    return JsonResponse(note_queries.list_own(project, access.get_account(request.user)))


@require_GET
@answers_json
def show_next_thread(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """Where the next open thread after `after` is."""
    project = access.get_readable_project(request.user, project_id)
    after = request.GET.get("after")
    last = read_uuid(after, place="after") if after else None
    thread = note_queries.find_next_thread(project, access.get_account(request.user), after=last)
    if thread is None:
        return JsonResponse({"item": None})
    ref = note_queries.name_span(thread.source_span_id, thread.annotation_id)
    return JsonResponse({"item": thread.item_id, "thread": str(thread.pk), "ref": ref})


# ----------------------------------------------------------------------------------------------------------- pages


@require_GET
@login_required
def list_flags(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """The open flags of a project, for those who settle them."""
    project = access.get_curatable_project(request.user, project_id)
    reader = access.get_account(request.user)
    reason, lang = request.GET.get("reason", ""), request.GET.get("lang", "")
    flags = note_queries.list_open_flags(project, reader, reason=reason, tgt_lang=lang)
    page = Paginator(flags, PAGE_SIZE).get_page(request.GET.get("page"))
    context = project_context(
        request,
        project,
        area="flags",
        page=page,
        reasons=note_queries.count_flag_reasons(project, reader),
        chosen={"reason": reason, "lang": lang},
        codes=project.target_languages.values_list("code", flat=True),
    )
    return render(request, "notes/flags.html", context)


@require_POST
@login_required
def resolve_flag(request: HttpRequest, *, project_id: int, flag_id: uuid.UUID) -> HttpResponse:
    """Resolve a flag from the list."""
    project = access.get_curatable_project(request.user, project_id)
    actor = access.get_account(request.user)
    note_service.close_flag(flag=_find_flag(project, actor, flag_id), actor=actor)
    messages.success(request, _("The flag is resolved."))
    return _back(request, "flag-list", project)


@require_GET
@login_required
def list_threads(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """The conversations of a project."""
    project = access.get_readable_project(request.user, project_id)
    state = request.GET.get("state", "open")
    is_open = {"open": True, "resolved": False}.get(state)
    threads = note_queries.list_threads(project, access.get_account(request.user), is_open=is_open)
    page = Paginator(threads, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request, "notes/threads.html", project_context(request, project, area="comments", page=page, state=state)
    )


@require_POST
@login_required
def resolve_thread(request: HttpRequest, *, project_id: int, thread_id: uuid.UUID) -> HttpResponse:
    """Resolve a thread from the list, or open it again."""
    project = access.get_reviewable_project(request.user, project_id)
    is_open = request.POST.get("is_open") == "1"
    actor = access.get_account(request.user)
    note_service.set_thread_open(thread=_find_thread(project, actor, thread_id), actor=actor, is_open=is_open)
    messages.success(request, _("The thread is open again.") if is_open else _("The thread is resolved."))
    return _back(request, "thread-list", project)


def _back(request: HttpRequest, name: str, project: Project) -> HttpResponse:
    came_from = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(came_from, allowed_hosts=None):
        return redirect(came_from)
    return redirect(name, project.pk)
