"""The review screen: the page, its items as fragments, and the decisions that its script sends."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.models import Project, User
from annotator.queries import queue as queue_queries
from annotator.queries import review as review_queries
from annotator.queries.queue import Place, Progress, QueueFilter
from annotator.queries.review import ReviewItem
from annotator.services import review as review_service
from annotator.services.review import Outcome
from annotator.services.review_acts import read_acts, read_ids, read_uuid
from annotator.views._context import project_context
from annotator.views._json import answers_json, read_json

N_BROWSED = 500


@require_GET
@login_required
@ensure_csrf_cookie
def show_review(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """The page with its first item as text; looking at it claims nothing."""
    project = access.get_readable_project(request.user, project_id)
    user = _user(request)
    tgt_langs = list(project.target_languages.values_list("code", flat=True))
    queue = queue_queries.read_filter(request.GET, tgt_langs=tgt_langs)
    place = _asked_place(request) or _first_place(project, user, queue)
    item = review_queries.get_item(project, place.item_id) if place else None
    if item and place and "item" in request.GET:
        place = _place_of(item, queue)
    if item is None and "item" in request.GET:
        raise Http404("No such item in this project.")
    context = project_context(request, project, area="review")
    progress = queue_queries.count_progress(project, tgt_lang=queue.tgt_lang)
    context |= {
        "tgt_langs": tgt_langs,
        "queue": queue,
        "progress": progress,
        "item": item,
        "place_reason": review_queries.describe_place(item, place.drawn_by) if item and place else "",
        "shown_lang": item.row.tgt_lang if item else "",
        "config": json.dumps(
            _config(request, project, queue, progress, can_review=bool(context["can_review"])), ensure_ascii=False
        ),
        "end": None if item else _describe_end(project, user, queue),
    }
    return render(request, "review/page.html", context)


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404("Log in first.")
    return request.user


def _asked_place(request: HttpRequest) -> Place | None:
    asked = request.GET.get("item", "")
    if not asked:
        return None
    if not asked.isascii() or not asked.isdigit():
        raise Http404("No such item in this project.")
    return Place(int(asked), "unsure")


def _place_of(item: ReviewItem, queue: QueueFilter | None = None) -> Place:
    order = queue.order if queue else "unsure"
    return Place(item.row.pk, queue_queries.read_draw(item.row.drawn_by, order=order))


def _first_place(project: Project, user: User, queue: QueueFilter) -> Place | None:
    if queue.state == "open":
        own = queue_queries.list_claimed(project, user, queue=queue, now=timezone.now())
        if own:
            return own[0]
    places = _list_places(project, user, queue, n=1)
    return places[0] if places else None


def _list_places(project: Project, user: User, queue: QueueFilter, *, n: int) -> list[Place]:
    n_done = queue_queries.count_progress(project, tgt_lang=queue.tgt_lang).n_done
    return queue_queries.list_places(project, user, queue=queue, n=n, first_place=n_done, now=timezone.now())


def _config(
    request: HttpRequest, project: Project, queue: QueueFilter, progress: Progress, *, can_review: bool
) -> dict[str, Any]:
    user = _user(request)
    history = review_queries.list_history(project, user) if can_review else []
    places = [] if can_review else _list_places(project, user, queue, n=N_BROWSED)
    return {
        "user": user.pk,
        "project": project.pk,
        "can_review": can_review,
        "is_asked": "item" in request.GET,
        # Who only looks is handed nothing out, and goes through the queue as it stands.
        "browsed": [place.item_id for place in places],
        "queue": {"lang": queue.tgt_lang, "order": queue.order, "state": queue.state},
        "preferences": user.preferences.get("review", {}),
        "progress": {"n_done": progress.n_done, "n_total": progress.n_total},
        "scheme": review_queries.get_scheme(project),
        "history": [
            {
                "step": past.step,
                "item": past.item_id,
                "external_id": past.external_id,
                "words": past.words,
                "is_undone": past.is_undone,
            }
            for past in history
        ],
        "urls": _urls(project),
    }


def _urls(project: Project) -> dict[str, str]:
    return {
        "page": reverse("review-show", args=[project.pk]),
        "claim": reverse("review-claim", args=[project.pk]),
        "item": reverse("review-item", args=[project.pk, 0]),
        "decide": reverse("decision-create", args=[project.pk]),
        "undo": reverse("decision-undo", args=[project.pk]),
        "redo": reverse("decision-redo", args=[project.pk]),
        "preferences": reverse("review-preferences", args=[project.pk]),
        "login": reverse("account-login"),
    }


def _describe_end(project: Project, user: User, queue: QueueFilter) -> dict[str, Any]:
    progress = queue_queries.count_progress(project, tgt_lang=queue.tgt_lang)
    now = timezone.now()
    return {
        "has_run": queue_queries.has_active_run(project, tgt_lang=queue.tgt_lang),
        "progress": progress,
        "n_elsewhere": queue_queries.count_claimed_by_others(project, user, tgt_lang=queue.tgt_lang, now=now),
    }


@require_GET
@answers_json
def show_item(request: HttpRequest, *, project_id: int, item_id: int) -> HttpResponse:
    """One item as a fragment."""
    project = access.get_readable_project(request.user, project_id)
    item = review_queries.get_item(project, item_id)
    if item is None:
        raise Http404("No such item in this project.")
    return HttpResponse(_fragment(item, _place_of(item)))


def _fragment(item: ReviewItem, place: Place) -> str:
    reason = review_queries.describe_place(item, place.drawn_by)
    return render_to_string("review/_item.html", {"item": item, "place_reason": reason})


@require_POST
@answers_json
def claim_items(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """Hand out the next items, as fragments, and say how far the project is."""
    project = access.get_reviewable_project(request.user, project_id)
    user = _user(request)
    given = read_json(request)
    tgt_langs = list(project.target_languages.values_list("code", flat=True))
    queue = queue_queries.read_filter(given, tgt_langs=tgt_langs)
    exclude = read_ids(given.get("exclude", []), place="exclude")
    places = review_service.claim_items(
        project=project,
        actor=user,
        n=_whole(given.get("n")) or 1,
        queue=queue,
        exclude=exclude,
        wanted=_whole(given.get("wanted")),
    )
    drawn_by = {place.item_id: place for place in places}
    items = review_queries.list_items(project, [place.item_id for place in places])
    answer: dict[str, Any] = {
        "items": [{"id": item.row.pk, "html": _fragment(item, drawn_by[item.row.pk])} for item in items],
        "progress": _progress(project, queue.tgt_lang),
    }
    if not items:
        context = project_context(request, project, area="review", queue=queue, end=_describe_end(project, user, queue))
        answer["end_html"] = render_to_string("review/_end.html", context)
    return JsonResponse(answer)


def _progress(project: Project, tgt_lang: str) -> dict[str, int]:
    progress = queue_queries.count_progress(project, tgt_lang=tgt_lang)
    return {"n_done": progress.n_done, "n_total": progress.n_total}


@require_POST
@answers_json
def create_decision(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """Do the acts of one keystroke."""
    project = access.get_reviewable_project(request.user, project_id)
    given = read_json(request)
    outcome = review_service.decide(
        project=project,
        actor=_user(request),
        step=read_uuid(given.get("step"), place="step"),
        item_id=_whole(given.get("item")) or 0,
        acts=read_acts(given.get("acts")),
        seen_version=_whole(given.get("seen_version")),
        active_ms=_whole(given.get("active_ms")) or 0,
    )
    return _answer(project, outcome)


def _whole(given: object) -> int | None:
    return given if isinstance(given, int) and not isinstance(given, bool) else None


@require_POST
@answers_json
def undo_decision(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """Reverse the last step."""
    return _reverse(request, project_id, review_service.undo)


@require_POST
@answers_json
def redo_decision(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """Do the step again that was undone last."""
    return _reverse(request, project_id, review_service.redo)


def _reverse(request: HttpRequest, project_id: int, service: Any) -> HttpResponse:
    project = access.get_reviewable_project(request.user, project_id)
    given = read_json(request)
    expected = given.get("expected")
    outcome: Outcome = service(
        project=project,
        actor=_user(request),
        step=read_uuid(given.get("step"), place="step"),
        expected=read_uuid(expected, place="expected") if expected else None,
    )
    return _answer(project, outcome, has_html=True)


def _answer(project: Project, outcome: Outcome, *, has_html: bool = False) -> JsonResponse:
    item = review_queries.get_item(project, outcome.item_id)
    answer: dict[str, Any] = {
        "step": str(outcome.step),
        "reversed_step": str(outcome.reversed_step) if outcome.reversed_step else None,
        "item_id": outcome.item_id,
        "state": outcome.item_state,
        "version": outcome.version,
        "spans": item.data["spans"] if item else [],
    }
    if has_html and item:
        answer["html"] = _fragment(item, _place_of(item))
    return JsonResponse(answer)


@require_POST
@answers_json
def save_preferences(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """Remember how this person likes the screen."""
    access.get_readable_project(request.user, project_id)
    return JsonResponse(review_service.save_preferences(actor=_user(request), given=read_json(request)))
