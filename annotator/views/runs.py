"""Pages of projection runs: start one, watch it, read what it found, compare two."""

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
from annotator.forms.runs import CompareForm, RunForm
from annotator.models import Project, Run
from annotator.queries import comparison
from annotator.queries import runs as run_queries
from annotator.queries.run_scores import score_runs
from annotator.services import run_order, runs
from annotator.views._context import initial_language, project_context, read_id
from projection.engines import Engine

PAGE_RUNS = 25
PAGE_ITEMS = 20
MAX_FAILED_SHOWN = 50


def _get_run(project: Project, run_id: int) -> Run:
    return get_object_or_404(run_queries.list_runs(project).select_related("project"), pk=run_id)


def _choose_engine(name: str | None) -> Engine:
    listed = run_queries.list_engines()
    return next((engine for engine in listed if engine.name == name), listed[0])


@login_required
@require_GET
def list_runs(request: HttpRequest, project_id: int) -> HttpResponse:
    """The runs of a project, the newest first."""
    project = access.get_readable_project(request.user, project_id)
    page = Paginator(run_queries.list_runs(project), PAGE_RUNS).get_page(request.GET.get("page"))
    return render(request, "runs/list.html", project_context(request, project, area="runs", page=page))


@login_required
def create_run(request: HttpRequest, project_id: int) -> HttpResponse:
    """Choose an engine, a language and settings, see what it costs, and start."""
    project = access.get_managed_project(request.user, project_id)
    engine = _choose_engine(request.POST.get("engine") or request.GET.get("engine"))
    form = RunForm(request.POST or None, project=project, engine=engine, initial=initial_language(request))
    if "estimate" in request.POST:
        return _show_estimate(request, project, form=form, engine=engine)
    if not form.is_valid():
        return _render_form(request, project, form=form, engine=engine)
    try:
        run = runs.start_run(
            project=project,
            actor=access.get_account(request.user),
            tgt_lang=form.cleaned_data["tgt_lang"],
            engine=engine.name,
            settings=form.settings,
            token=str(form.cleaned_data["token"]),
            is_activated_at_end=form.cleaned_data["is_activated_at_end"],
            links_runs=form.links_runs,
            model_run=form.cleaned_data.get("model_run"),
        )
    except ServiceError as err:
        return _render_form(request, project, form=form, engine=engine, problem=err.problem)
    return redirect("run-detail", project.pk, run.pk)


def _estimate(project: Project, *, form: RunForm, engine: Engine) -> run_queries.RunEstimate:
    codes = [str(code) for code, _name in form.fields["tgt_lang"].choices]  # type: ignore[attr-defined]
    wanted = str(form["tgt_lang"].value() or "")
    tgt_lang = wanted if wanted in codes else next(iter(codes), "")
    return run_queries.estimate_run(project, tgt_lang=tgt_lang, engine=engine, settings=form.read_given(engine))


def _show_estimate(request: HttpRequest, project: Project, *, form: RunForm, engine: Engine) -> HttpResponse:
    if request.headers.get("HX-Request"):
        estimate = _estimate(project, form=form, engine=engine)
        return render(request, "runs/_estimate.html", {"estimate": estimate, "project": project})
    return _render_form(request, project, form=form, engine=engine)


def _render_form(
    request: HttpRequest, project: Project, *, form: RunForm, engine: Engine, problem: object = None
) -> HttpResponse:
    context = project_context(
        request,
        project,
        area="runs",
        form=form,
        engine=engine,
        groups=run_queries.group_engines(),
        estimate=_estimate(project, form=form, engine=engine),
        problem=problem,
    )
    is_wrong = problem is not None or (form.is_bound and "estimate" not in request.POST)
    return render(request, "runs/create.html", context, status=400 if is_wrong else 200)


@login_required
@require_GET
def show_run(request: HttpRequest, project_id: int, run_id: int) -> HttpResponse:
    """The progress of a run and what it found; for htmx only what it found."""
    project = access.get_readable_project(request.user, project_id)
    run = _get_run(project, run_id)
    failed = run_queries.list_failed_items(run)[:MAX_FAILED_SHOWN]
    context = project_context(
        request,
        project,
        area="runs",
        run=run,
        job=run.job,
        engine=next((engine for engine in run_queries.list_engines() if engine.name == run.engine), None),
        summary=run_queries.summarise_run(run),
        failed=failed,
        links_runs=run.links_runs.order_by("pk"),
    )
    template = "runs/_summary.html" if request.headers.get("HX-Request") else "runs/detail.html"
    return render(request, template, context)


@login_required
@require_POST
def activate_run(request: HttpRequest, project_id: int, run_id: int) -> HttpResponse:
    """Show the candidates of a run to reviewers."""
    project = access.get_managed_project(request.user, project_id)
    run = _get_run(project, run_id)
    try:
        run_order.activate_run(run=run, actor=access.get_account(request.user))
    except ServiceError as err:
        messages.error(request, str(err.problem))
    else:
        messages.success(request, _("Reviewers see the candidates of this run now."))
    return redirect("run-detail", project.pk, run.pk)


def _make_compare_form(request: HttpRequest, project: Project) -> CompareForm:
    """The form as sent; with `?second=` alone, the run to compare it with is chosen where there is one."""
    if "first" in request.GET:
        return CompareForm(request.GET, project=project)
    asked = read_id(request.GET.get("second", ""))
    suggested = run_queries.suggest_comparison(project, second_id=asked)
    is_clear = suggested and suggested["second"].pk == asked and suggested["first"].pk != asked
    data = {name: run.pk for name, run in suggested.items()} if is_clear else None
    return CompareForm(data, project=project, initial=suggested)


@login_required
@require_GET
def compare_runs(request: HttpRequest, project_id: int) -> HttpResponse:
    """Two runs side by side."""
    project = access.get_readable_project(request.user, project_id)
    form = _make_compare_form(request, project)
    context = project_context(request, project, area="runs", form=form)
    if form.is_valid():
        context["scores"] = score_runs(project, tgt_lang=form.cleaned_data["first"].tgt_lang)
        first, second = form.cleaned_data["first"], form.cleaned_data["second"]
        rows = comparison.compare_runs(first, second)
        sees_all = access.get_sight(request.user, project).sees_all
        differing = comparison.list_differing_items(first, second, sees_all=sees_all)
        page = Paginator(differing, PAGE_ITEMS).get_page(request.GET.get("page"))
        pairs = comparison.list_span_pairs(first, second, item_ids=[item.pk for item in page])
        listed = [(item, pairs[item.pk]) for item in page]
        context |= {"first": first, "second": second, "rows": rows, "total": comparison.add_up(rows)}
        context |= {"page": page, "listed": listed}
    return render(request, "runs/compare.html", context)
