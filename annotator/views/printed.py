"""An item on a page of its own, for paper."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotator import access
from annotator.queries import notes, printed
from annotator.queries import review as review_queries
from annotator.views._context import project_context


@require_GET
@login_required
def print_item(request: HttpRequest, *, project_id: int, item_id: int) -> HttpResponse:
    """Texts with numbered spans, the spans with source and state, and the comments that this person may see."""
    project = access.get_readable_project(request.user, project_id)
    reader = access.get_account(request.user)
    item = review_queries.get_item(project, item_id, reviewer=reader)
    if item is None:
        raise Http404(_("No such item in this project."))
    notes.add_notes([item], project=project, reader=reader)
    texts, rows = printed.lay_out(item, review_queries.get_scheme(project))
    context = project_context(request, project, area="review", item=item, texts=texts, rows=rows)
    return render(request, "review/print.html", {**context, "threads": item.data["threads"]})
