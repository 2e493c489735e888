"""The review screen: the page, its items as fragments, and the decisions that its script sends."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.models import Project, User
from annotator.queries import claims
from annotator.queries import notes as note_queries
from annotator.queries import queue as queue_queries
from annotator.queries import repeats as repeat_queries
from annotator.queries import review as review_queries
from annotator.queries.history import list_history
from annotator.queries.queue import Place, QueueFilter
from annotator.queries.queue_words import describe_place
from annotator.queries.review import ReviewItem
from annotator.services import preferences as preferences_service
from annotator.services import review as review_service
from annotator.services.review import Outcome
from annotator.services.review_acts import Act, read_acts, read_ids, read_uuid
from annotator.views._context import project_context
from annotator.views._find import list_chips
from annotator.views._json import answers_json, read_json
from annotator.views._qualification import count_asked, describe_answer, describe_closed, list_gated

N_BROWSED = 500
# Stands in an address for the id that the script puts in.
NO_ID = uuid.UUID(int=0)


@require_GET
@login_required
@ensure_csrf_cookie
def show_review(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """The page with its first item as text; looking at it claims nothing."""
    project = access.get_readable_project(request.user, project_id)
    user = _user(request)
    tgt_langs = list(project.target_languages.values_list("code", flat=True))
    queue = queue_queries.read_filter(request.GET, tgt_langs=tgt_langs, sight=access.get_sight(user, project))
    place = _asked_place(request) or _first_place(project, user, queue)
    item = review_queries.get_item(project, place.item_id, reviewer=user) if place else None
    note_queries.add_notes([item] if item else [], project=project, reader=user)
    if item and place and "item" in request.GET:
        place = _place_of(item, queue)
    if item is None and "item" in request.GET:
        raise Http404(_("No such item in this project."))
    context = project_context(request, project, area="review")
    progress = queue_queries.count_progress(project, tgt_lang=queue.tgt_lang)
    asked = count_asked(list_gated(project, user, tgt_lang=queue.tgt_lang)) if queue.state == "open" else None
    shown_progress = asked or {"n_done": progress.n_done, "n_total": progress.n_total}
    context |= {
        "asked": asked,
        "tgt_langs": tgt_langs,
        "queue": queue,
        "chips": list_chips(project, queue.items),
        "progress": shown_progress,
        "item": item,
        "place_reason": describe_place(item, place.drawn_by) if item and place else "",
        "shown_lang": item.row.tgt_lang if item else "",
        "config": json.dumps(
            _config(request, project, queue, shown_progress, can_review=bool(context["can_review"])), ensure_ascii=False
        ),
        "end": None if item else _describe_end(project, user, queue),
    }
    return render(request, "review/page.html", context)


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404(_("Log in first."))
    return request.user


def _asked_place(request: HttpRequest) -> Place | None:
    asked = request.GET.get("item", "")
    if not asked:
        return None
    if not asked.isascii() or not asked.isdigit():
        raise Http404(_("No such item in this project."))
    return Place(int(asked), "unsure")


def _place_of(item: ReviewItem, queue: QueueFilter | None = None) -> Place:
    order = queue.order if queue else "unsure"
    if item.data["is_qualification"]:
        return Place(item.row.pk, queue_queries.QUALIFICATION)
    return Place(item.row.pk, queue_queries.read_draw(item.row.drawn_by, order=order))


def _first_place(project: Project, user: User, queue: QueueFilter) -> Place | None:
    if queue.state == "open":
        own = queue_queries.list_claimed(project, user, queue=queue, now=timezone.now())
        if own:
            return own[0]
    places = _list_places(project, user, queue, n=1)
    return places[0] if places else None


def _list_places(project: Project, user: User, queue: QueueFilter, *, n: int) -> list[Place]:
    first_place = queue_queries.count_drawn(project, user, tgt_lang=queue.tgt_lang)
    return queue_queries.list_places(project, user, queue=queue, n=n, first_place=first_place, now=timezone.now())


def _config(
    request: HttpRequest, project: Project, queue: QueueFilter, progress: Mapping[str, int], *, can_review: bool
) -> dict[str, Any]:
    user = _user(request)
    history = list_history(project, user) if can_review else []
    places = [] if can_review else _list_places(project, user, queue, n=N_BROWSED)
    return {
        "user": user.pk,
        "project": project.pk,
        "can_review": can_review,
        "is_asked": "item" in request.GET,
        # Who only looks is handed nothing out, and goes through the queue as it stands.
        "browsed": [place.item_id for place in places],
        "queue": queue.params,
        "preferences": user.preferences.get("review", {}),
        "own": note_queries.count_own(project, user) if can_review else {"n_flags": 0, "n_skips": 0},
        "progress": progress,
        "has_qualification": project.pass_percent is not None,
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
        "tag_counts": reverse("review-tags", args=[project.pk]),
        "concepts": reverse("concept-search", args=[project.pk]),
        "flag": reverse("flag-create", args=[project.pk]),
        "closeFlag": reverse("flag-close", args=[project.pk, NO_ID]),
        "skip": reverse("item-skip", args=[project.pk]),
        "comment": reverse("comment-create", args=[project.pk]),
        "thread": reverse("thread-change", args=[project.pk, NO_ID]),
        "nextThread": reverse("thread-next", args=[project.pk]),
        "own": reverse("review-own", args=[project.pk]),
        "repeats": reverse("repeat-list", args=[project.pk]),
        "repeat": reverse("repeat-create", args=[project.pk]),
        "characters": reverse("character-names"),
        "translation": reverse("translation-detail", args=[project.pk, 0]),
        "login": reverse("account-login"),
    }


def _describe_end(project: Project, user: User, queue: QueueFilter) -> dict[str, Any]:
    progress = queue_queries.count_progress(project, tgt_lang=queue.tgt_lang)
    now = timezone.now()
    return {
        "closed": describe_closed(list_gated(project, user, tgt_lang=queue.tgt_lang)),
        "has_run": queue_queries.has_active_run(project, tgt_lang=queue.tgt_lang),
        "progress": progress,
        "own": note_queries.count_own(project, user),
        "n_elsewhere": claims.count_held_by_others(project, user, tgt_lang=queue.tgt_lang, now=now),
    }


@require_GET
@answers_json
def show_item(request: HttpRequest, *, project_id: int, item_id: int) -> HttpResponse:
    """One item as a fragment."""
    project = access.get_readable_project(request.user, project_id)
    item = review_queries.get_item(project, item_id, reviewer=_user(request))
    if item is None:
        raise Http404(_("No such item in this project."))
    note_queries.add_notes([item], project=project, reader=_user(request))
    return HttpResponse(_fragment(item, _place_of(item)))


def _fragment(item: ReviewItem, place: Place) -> str:
    reason = describe_place(item, place.drawn_by)
    return render_to_string("review/_item.html", {"item": item, "place_reason": reason})


@require_POST
@answers_json
def claim_items(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """Hand out the next items, as fragments, and say how far the project is."""
    project = access.get_reviewable_project(request.user, project_id)
    user = _user(request)
    given = read_json(request)
    tgt_langs = list(project.target_languages.values_list("code", flat=True))
    queue = queue_queries.read_filter(given, tgt_langs=tgt_langs, sight=access.get_sight(user, project))
    exclude = read_ids(given.get("exclude", []), place="exclude")
    places = review_service.claim_items(
        project=project,
        actor=user,
        n=1 if (n := _whole(given.get("n"))) is None else n,
        queue=queue,
        exclude=exclude,
        wanted=_whole(given.get("wanted")),
        tab=read_uuid(given["tab"], place="tab") if given.get("tab") else None,
        takes_over=given.get("takes_over") is True,
    )
    drawn_by = {place.item_id: place for place in places}
    items = review_queries.list_items(project, [place.item_id for place in places], reviewer=user)
    note_queries.add_notes(items, project=project, reader=user)
    answer: dict[str, Any] = {
        "items": [{"id": item.row.pk, "html": _fragment(item, drawn_by[item.row.pk])} for item in items],
        "progress": _progress(project, user, queue.tgt_lang),
    }
    if not items:
        context = project_context(request, project, area="review", queue=queue, end=_describe_end(project, user, queue))
        answer["end_html"] = render_to_string("review/_end.html", context)
    return JsonResponse(answer)


def _progress(project: Project, user: User, tgt_lang: str) -> dict[str, int]:
    asked = count_asked(list_gated(project, user, tgt_lang=tgt_lang))
    if asked:
        return asked
    progress = queue_queries.count_progress(project, tgt_lang=tgt_lang)
    return {"n_done": progress.n_done, "n_total": progress.n_total}


@require_POST
@answers_json
def create_decision(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """Do the acts of one keystroke."""
    project = access.get_reviewable_project(request.user, project_id)
    given = read_json(request)
    acts = read_acts(given.get("acts"))
    outcome = review_service.decide(
        project=project,
        actor=_user(request),
        step=read_uuid(given.get("step"), place="step"),
        item_id=_whole(given.get("item")) or 0,
        acts=acts,
        seen_version=_whole(given.get("seen_version")),
        active_ms=_whole(given.get("active_ms")) or 0,
    )
    return _answer(request, project, outcome, repeats=_offer_repeats(request, project, outcome, acts))


def _offer_repeats(request: HttpRequest, project: Project, outcome: Outcome, acts: Sequence[Act]) -> dict[str, Any]:
    """How many equal proposals are undecided after a decision on one span."""
    targets = {act.target for act in acts}
    if len(targets) != 1 or targets == {(None, None)}:
        return {}
    source_span_id, annotation_id = targets.pop()
    offer = repeat_queries.offer_repeats(
        project,
        _user(request),
        item_id=outcome.item_id,
        source_span_id=source_span_id,
        annotation_id=annotation_id,
    )
    return {"repeats": offer}


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
    return _answer(request, project, outcome, is_jump=True)


def _answer(
    request: HttpRequest,
    project: Project,
    outcome: Outcome,
    *,
    is_jump: bool = False,
    repeats: Mapping[str, Any] | None = None,
) -> JsonResponse:
    """What a step did, with the labels as they are now where the screen does not know them itself (else null)."""
    user = _user(request)
    is_known = outcome.is_as_seen and not is_jump
    item = None if is_known else review_queries.get_item(project, outcome.item_id, reviewer=user)
    answer: dict[str, Any] = {
        "step": str(outcome.step),
        "reversed_step": str(outcome.reversed_step) if outcome.reversed_step else None,
        "item_id": outcome.item_id,
        "state": outcome.review_state,
        "version": outcome.version,
        "spans": item.data["spans"] if item else None if is_known else [],
        **(repeats or {}),
    }
    if (qualification := describe_answer(project, outcome)) is not None:
        answer["qualification"] = qualification
    if len(outcome.item_ids) > 1:
        answer |= {"item_ids": outcome.item_ids, "progress": _progress(project, user, str(request.GET.get("lang", "")))}
    if is_jump and item:
        note_queries.add_notes([item], project=project, reader=user)
        answer["html"] = _fragment(item, _place_of(item))
    return JsonResponse(answer)


@require_POST
@answers_json
def save_preferences(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """Remember how this person likes the screen."""
    access.get_readable_project(request.user, project_id)
    return JsonResponse(preferences_service.save_preferences(actor=_user(request), given=read_json(request)))
