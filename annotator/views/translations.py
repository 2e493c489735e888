"""Translations under review: the panel of the review screen, and what is known of a project's translations."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.models import Segment
from annotator.queries import translations as queries
from annotator.services import translations
from annotator.views._context import project_context
from annotator.views._json import answers_json, read_json


@login_required
@require_GET
def list_translations(request: HttpRequest, project_id: int) -> HttpResponse:
    """Marks, error categories and automatic flags by language."""
    project = access.get_readable_project(request.user, project_id)
    categories = queries.list_error_categories(project)
    context = project_context(request, project, area="translations", scores=queries.list_scores(project))
    context["categories"] = categories
    context["categories_text"] = "\n".join(f"{each['code']}: {each['text']}" for each in categories)
    return render(request, "translations/list.html", context)


@login_required
@require_POST
def set_categories(request: HttpRequest, project_id: int) -> HttpResponse:
    """Give the project its own error categories."""
    project = access.get_managed_project(request.user, project_id)
    texts = request.POST.get("categories", "").splitlines()
    try:
        translations.set_error_categories(project=project, actor=access.get_account(request.user), texts=texts)
    except ServiceError as err:
        messages.error(request, str(err))
    else:
        messages.success(request, _("The list is saved."))
    return redirect("translation-list", project.pk)


@require_GET
@answers_json
def show_translation(request: HttpRequest, *, project_id: int, segment_id: int) -> HttpResponse:
    """A target text with the own mark, the categories and its earlier versions."""
    project = access.get_readable_project(request.user, project_id)
    targets = Segment.objects.filter(item__project=project, side=Segment.Side.TARGET).prefetch_related("versions")
    segment = targets.filter(pk=segment_id).first()
    if segment is None:
        raise Http404(_("This is no target text of the project."))
    versions = segment.versions.select_related("edited_by").order_by("-number")
    answer: dict[str, Any] = {
        "text": segment.text,
        "version": segment.version,
        "flags": [{"code": code, "text": str(queries.FLAG_NAMES.get(code, code))} for code in segment.flags],
        "mark": queries.list_own_marks(access.get_account(request.user), [segment]).get(segment.pk),
        "categories": queries.list_error_categories(project),
        "versions": [
            {"number": row.number, "text": row.text, "by": str(row.edited_by or ""), "at": row.created_at.isoformat()}
            for row in versions
        ],
    }
    return JsonResponse(answer)


@require_POST
@answers_json
def mark_translation(request: HttpRequest, *, project_id: int, segment_id: int) -> HttpResponse:
    """Keep what a person thinks of a target text."""
    project = access.get_reviewable_project(request.user, project_id)
    given = read_json(request)
    errors = given.get("errors")
    mark = translations.mark_translation(
        project=project,
        actor=access.get_account(request.user),
        segment_id=segment_id,
        version=given["version"] if isinstance(given.get("version"), int) else 0,
        meaning=_score(given.get("meaning")),
        fluency=_score(given.get("fluency")),
        errors=[str(each) for each in errors] if isinstance(errors, list) else [],
        note=str(given.get("note") or ""),
    )
    return JsonResponse({"mark": queries.read_mark(mark)})


def _score(given: object) -> float | None:
    if given is None or given == "":
        return None
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else -1.0
