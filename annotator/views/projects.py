"""Projects: list, overview, settings, labels, items, log."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator import access
from annotator.errors import ServiceError
from annotator.forms.projects import LabelCreateForm, LabelEditForm, ProjectCreateForm, ProjectEditForm
from annotator.models import Event, Label
from annotator.queries import progress
from annotator.queries.qualification import count_failed
from annotator.services import projects
from annotator.views._context import project_context, read_id, show_form_faults

PAGE_SIZE = 50


@login_required
@require_GET
def list_projects(request: HttpRequest) -> HttpResponse:
    """The projects of this person, with how far they are."""
    rows = list(access.list_projects(request.user).prefetch_related("target_languages"))
    counts = progress.count_items_by_project([project.pk for project in rows])
    listed = [(project, counts.get(project.pk, {"n_items": 0, "n_done": 0})) for project in rows]
    return render(request, "projects/list.html", {"listed": listed})


@login_required
def create_project(request: HttpRequest) -> HttpResponse:
    """Make a project; whoever makes it manages it."""
    form = ProjectCreateForm(request.POST or None)
    if form.is_valid():
        try:
            project = projects.create_project(actor=access.get_account(request.user), **form.cleaned_data)
        except ServiceError as err:
            form.add_error(None, str(err))
        else:
            messages.success(request, _("%(project)s is ready. Import sentences next.") % {"project": project})
            return redirect("import-create", project.pk)
    return render(request, "projects/create.html", {"form": form})


@login_required
@require_GET
def show_project(request: HttpRequest, project_id: int) -> HttpResponse:
    """What there is and what comes next."""
    project = access.get_readable_project(request.user, project_id)
    languages = progress.list_language_progress(project)
    recent_jobs = project.jobs.select_related("run", "import_record", "export")
    recent_jobs = recent_jobs.defer("import_record__report", "export__report").order_by("-id")[:5]
    context = project_context(request, project, area="overview", languages=languages, recent_jobs=recent_jobs)
    context["n_failed"] = count_failed(project) if context["can_manage"] else 0
    return render(request, "projects/detail.html", context)


@login_required
def edit_project(request: HttpRequest, project_id: int) -> HttpResponse:
    """Name, description, guidelines and target languages."""
    project = access.get_managed_project(request.user, project_id)
    form = ProjectEditForm(request.POST or None, initial=ProjectEditForm.initial_of(project))
    if form.is_valid():
        try:
            projects.edit_project(project=project, actor=access.get_account(request.user), **form.cleaned_data)
        except ServiceError as err:
            form.add_error(None, str(err))
        else:
            messages.success(request, _("Saved."))
            return redirect("project-settings", project.pk)
    return render(request, "projects/settings.html", project_context(request, project, area="settings", form=form))


@login_required
@require_GET
def list_labels(request: HttpRequest, project_id: int) -> HttpResponse:
    """The layers with their tagsets."""
    project = access.get_readable_project(request.user, project_id)
    layers = project.layers.prefetch_related("labels")
    context = project_context(request, project, area="labels", layers=layers, form=LabelCreateForm())
    return render(request, "projects/labels.html", context)


@login_required
@require_POST
def create_label(request: HttpRequest, project_id: int) -> HttpResponse:
    """Add a label to a layer."""
    project = access.get_managed_project(request.user, project_id)
    layer = get_object_or_404(project.layers, pk=read_id(request.POST.get("layer", "")))
    form = LabelCreateForm(request.POST)
    if not form.is_valid():
        show_form_faults(request, form)
        return redirect("label-list", project.pk)
    try:
        projects.create_label(
            project=project,
            actor=access.get_account(request.user),
            layer=layer,
            name=form.cleaned_data["name"],
        )
    except ServiceError as err:
        messages.error(request, str(err))
    return redirect("label-list", project.pk)


@login_required
def edit_label(request: HttpRequest, project_id: int, label_id: int) -> HttpResponse:
    """Key, colour, description and translated names of a label."""
    project = access.get_managed_project(request.user, project_id)
    label = get_object_or_404(Label.objects.select_related("layer"), pk=label_id, layer__project=project)
    form = LabelEditForm(request.POST or None, initial=LabelEditForm.initial_of(label))
    if form.is_valid():
        try:
            projects.edit_label(
                project=project,
                actor=access.get_account(request.user),
                label=label,
                **form.cleaned_data,
            )
        except ServiceError as err:
            form.add_error(None, str(err))
        else:
            messages.success(request, _("%(label)s is saved.") % {"label": label})
            return redirect("label-list", project.pk)
    context = project_context(request, project, area="labels", label=label, form=form)
    return render(request, "projects/label.html", context)


@login_required
@require_GET
def list_events(request: HttpRequest, project_id: int) -> HttpResponse:
    """Who did what, latest first."""
    project = access.get_managed_project(request.user, project_id)
    events = Event.objects.filter(project=project).select_related("actor").order_by("-id")
    page = Paginator(events, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "projects/events.html", project_context(request, project, area="settings", page=page))
