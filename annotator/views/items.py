"""Items: the list with its filter, and forms that are labelled in several ways."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from annotator import access
from annotator.queries.competing import Side, list_competing
from annotator.queries.item_filter import filter_items
from annotator.queries.items import with_texts
from annotator.views._context import project_context
from annotator.views._find import count_asked, list_chips, list_parts, read_asked

PAGE_SIZE = 50
MAX_DOCUMENTS = 200


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; not when it restores a page of the history."""
    headers = request.headers
    return bool(headers.get("HX-Request")) and not headers.get("HX-History-Restore-Request")


@login_required
@require_GET
def list_items(request: HttpRequest, project_id: int) -> HttpResponse:
    """Items in file order, filtered; the filter lives in the URL."""
    project = access.get_readable_project(request.user, project_id)
    asked = read_asked(request, project)
    found = count_asked(project, asked)
    items = filter_items(project, asked.wanted, sees_all=asked.sight.sees_all)
    paginator = Paginator(with_texts(items).order_by("tgt_lang", "position", "pk"), PAGE_SIZE)
    paginator.count = found.n_items
    context = project_context(
        request,
        project,
        area="items",
        page=paginator.get_page(request.GET.get("page")),
        wanted=asked.wanted,
        problems=asked.problems,
        sight=asked.sight,
        n_items=found.n_items,
        parts=list_parts(project, found),
        chips=list_chips(project, asked.wanted),
    )
    if is_partial(request):
        response = render(request, "projects/_find.html", context)
    else:
        context["documents"] = project.documents.order_by("name").values_list("name", flat=True)[:MAX_DOCUMENTS]
        response = render(request, "projects/items.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@login_required
@require_GET
def list_forms(request: HttpRequest, project_id: int) -> HttpResponse:
    """Forms that are labelled in several ways."""
    project = access.get_curatable_project(request.user, project_id)
    codes = list(project.target_languages.values_list("code", flat=True))
    side: Side = "source" if request.GET.get("side") == "source" else "target"
    lang = request.GET.get("lang", "")
    lang = lang if lang in codes else ""
    forms = list_competing(project, side=side, tgt_lang=lang)
    context = project_context(request, project, area="items", forms=forms, side=side, lang=lang, codes=codes)
    return render(request, "projects/competing.html", context)
