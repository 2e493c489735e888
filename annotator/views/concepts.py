"""The terminology of a project: list, search, upload with a look before."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.forms.concepts import TerminologyForm
from annotator.queries.concepts import find_concepts, search_concepts
from annotator.services import concepts
from annotator.views._context import project_context

PAGE_SIZE = 50


@login_required
@require_GET
def list_concepts(request: HttpRequest, project_id: int) -> HttpResponse:
    """The concepts; the search lives in the URL."""
    project = access.get_readable_project(request.user, project_id)
    text = request.GET.get("q", "")
    page = Paginator(find_concepts(project, text), PAGE_SIZE).get_page(request.GET.get("page"))
    context = project_context(request, project, area="labels", page=page, text=text, form=TerminologyForm())
    return render(request, "concepts/list.html", context)


@login_required
@require_GET
def search(request: HttpRequest, project_id: int) -> JsonResponse:
    """The first concepts for what is typed, for the review screen."""
    project = access.get_readable_project(request.user, project_id)
    return JsonResponse({"results": search_concepts(project, request.GET.get("q", ""))})


@login_required
@require_POST
def check_terminology(request: HttpRequest, project_id: int) -> HttpResponse:
    """What a file would bring."""
    project = access.get_managed_project(request.user, project_id)
    form = TerminologyForm(request.POST, request.FILES)
    found, problem = None, None
    if form.is_valid():
        try:
            found = concepts.check_terminology(project=project, data=form.data_of_file())
        except ServiceError as err:
            problem = err.problem
    context = project_context(request, project, area="labels", form=form, found=found, problem=problem)
    return render(request, "concepts/preview.html", context, status=200 if found else 400)


@login_required
@require_POST
def take_terminology(request: HttpRequest, project_id: int) -> HttpResponse:
    """Take what was looked at."""
    project = access.get_managed_project(request.user, project_id)
    try:
        found = concepts.take_terminology(
            project=project, actor=access.get_account(request.user), key=request.POST.get("key", "")
        )
    except ServiceError as err:
        messages.error(request, str(err))
    else:
        messages.success(
            request,
            _("%(new)s concepts are new, %(changed)s were changed.") % {"new": found.n_new, "changed": found.n_changed},
        )
    return redirect("concept-list", project.pk)
