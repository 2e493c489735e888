"""Repeats of a decision: what the review screen lists, and the choice that it sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.errors import conflict
from annotator.queries.queue import count_progress
from annotator.queries.repeats import read_repeats
from annotator.services.repeats import gone, repeat_decision
from annotator.services.review_acts import SpanRef, read_ids, read_uuid
from annotator.views._json import answers_json, read_json
from annotator.views.notes import read_target


@require_GET
@answers_json
def list_repeats(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """Equal proposals that are undecided, in context."""
    project = access.get_reviewable_project(request.user, project_id)
    target = read_target(_numbers(request.GET))
    found = read_repeats(
        project,
        access.get_account(request.user),
        item_id=target.item_id,
        source_span_id=target.source_span_id,
        annotation_id=target.annotation_id,
    )
    if found is None:
        raise conflict("nothing-to-repeat", *gone())
    return JsonResponse(found)


def _numbers(given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of an address as JSON would have them."""
    is_number = re.compile(r"[0-9]{1,18}").fullmatch
    return {name: int(value) if is_number(value) else value for name, value in given.items()}


@require_POST
@answers_json
def create_repeats(request: HttpRequest, *, project_id: int) -> HttpResponse:
    """Decide on the chosen spans as on the one that was decided."""
    project = access.get_reviewable_project(request.user, project_id)
    given = read_json(request)
    target = read_target(given)
    done = repeat_decision(
        project=project,
        actor=access.get_account(request.user),
        step=read_uuid(given.get("step"), place="step"),
        item_id=target.item_id,
        origin=SpanRef(target.source_span_id, target.annotation_id),
        source_span_ids=read_ids(given.get("spans"), place="spans"),
    )
    progress = count_progress(project, tgt_lang=str(given.get("lang") or ""))
    return JsonResponse(
        {
            "item_id": done.item_ids[0] if done.item_ids else target.item_id,
            "item_ids": done.item_ids,
            "n_spans": done.n_spans,
            "left_out": [problem.message for problem in done.left_out],
            "progress": {"n_done": progress.n_done, "n_total": progress.n_total},
        }
    )
