"""Projection runs: start one, execute it in small steps that survive a crash, make it the one that reviewers see."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils.translation import gettext as _

from annotator import jobs, mapping
from annotator.errors import bad_request
from annotator.jobs import JobControl
from annotator.models import Alignment, Item, Job, Layer, Project, Run, RunItem, SourceSpan, User
from annotator.queries.pretrained import hide_folder
from annotator.queries.runs import get_engine
from annotator.services.events import record_event
from annotator.services.priorities import weigh_items
from annotator.services.run_calibration import calibrate, stored_calibrator
from annotator.services.run_engines import (
    build_projector,
    check_links,
    check_model,
    check_unchanged,
    get_learned_file,
    read_engine,
    versions_of,
)
from annotator.services.run_items import ENGINE_KINDS, ItemProjector, Outcome, write_outcomes
from annotator.services.run_kinds import list_kinds, needs_engine
from annotator.services.run_order import order_items, show_run
from annotator.services.run_tokens import tag_items
from projection import engines
from projection.errors import EngineError

CHUNK_ITEMS = 200
CHUNK_S = 3.0
FIT_CHUNK_ITEMS = 1000


@transaction.atomic
def start_run(
    *,
    project: Project,
    actor: User,
    tgt_lang: str,
    engine: str,
    settings: Mapping[str, object],
    token: str,
    is_activated_at_end: bool = False,
    links_runs: Collection[Run] = (),
    model_run: Run | None = None,
) -> Run:
    """Queue a run of an engine over all items of a target language; the same token again gives the same run.

    Engines that align nothing themselves work on the links of `links_runs`. With `model_run` the engine learns nothing
    anew but uses what it learned in that run.

    Raises:
        BadRequestError: for an unknown engine, wrong settings, or a language without anything to project.
    """
    chosen, complete = read_engine(engine, settings)
    _check_has_work(project, tgt_lang)
    check_links(chosen, project=project, tgt_lang=tgt_lang, links_runs=links_runs)
    check_model(chosen, complete, tgt_lang=tgt_lang, model_run=model_run)
    job, is_new = jobs.create_job(
        kind=Job.Kind.RUN,
        project=project,
        actor=actor,
        idempotency_key=f"run:{project.pk}:{actor.pk}:{token}",
        queue=chosen.resource,
    )
    if not is_new:
        return Run.objects.get(job=job)
    run = Run.objects.create(
        project=project,
        job=job,
        tgt_lang=tgt_lang,
        engine=chosen.name,
        settings=complete,
        versions=versions_of(chosen, complete),
        is_activated_at_end=is_activated_at_end,
        model_run=model_run,
        created_by=actor,
    )
    run.links_runs.set(links_runs)
    data = {"engine": chosen.name, "tgt_lang": tgt_lang, "settings": complete}
    record_event(project=project, actor=actor, kind="run-started", subject_id=run.pk, data=data)
    return run


def _check_has_work(project: Project, tgt_lang: str) -> None:
    items = Item.objects.filter(project=project, tgt_lang=tgt_lang)
    if not items.exists():
        raise bad_request(
            "no-items",
            _("There are no items in the target language %(chosen)s.") % {"chosen": tgt_lang or _("(none chosen)")},
            _("Import a labelled source with its target texts first."),
            place="target language",
        )
    if not SourceSpan.objects.filter(item__in=items).exists():
        raise bad_request(
            "no-source-spans",
            _("The items of this language have no source spans, so there is nothing to project."),
            _("Import a source with labels."),
            place="target language",
        )


def execute_run(control: JobControl) -> None:
    """Do the work of a run's job, or what is left of it: learn once, then project item by item.

    What a chunk found is written in one short transaction together with the record of its items, so that a worker
    may die at any moment: whoever goes on finds each item either done or untouched.
    """
    run = Run.objects.select_related("project", "model_run").get(job_id=control.job.pk)
    try:
        _execute(run, control=control)
    except Exception as err:
        # However the attempt ends, its job says what is stored, not what was begun.
        _count_stored(run, control=control)
        if isinstance(err, EngineError):
            raise EngineError(replace(err.problem, message=hide_folder(err.problem.message))) from err
        raise


def _count_stored(run: Run, *, control: JobControl) -> None:
    finished = RunItem.objects.filter(run=run)
    control.job.n_total = _items_of(run).count()
    control.job.n_done = finished.count()
    control.job.n_failed = finished.filter(state=RunItem.State.FAILED).count()


def _execute(run: Run, *, control: JobControl) -> None:
    kinds = list_kinds(run)
    projector = _prepare_projector(run, control=control) if needs_engine(kinds) else None
    _count_stored(run, control=control)
    control.tick(stage=Job.PROJECTING)
    batches = _project_pending(run, project=ItemProjector(run, projector), control=control)
    while chunk := list(_take_chunk(batches, control=control)):
        with transaction.atomic():
            control.check_lease()
            write_outcomes(chunk)
    if Layer.Kind.TOKEN in kinds:
        tag_items(run, control=control)
    with transaction.atomic():
        control.check_lease()
        _end(run)
        control.finish()


def _items_of(run: Run) -> QuerySet[Item]:
    return Item.objects.filter(project=run.project, tgt_lang=run.tgt_lang)


def _project_pending(run: Run, *, project: ItemProjector, control: JobControl) -> Iterator[list[Outcome]]:
    """What is found, in batches: the numbers of a model depend a little on what it reads at once.

    As batches are written whole, whoever goes on after a crash makes the same ones.
    """
    done = RunItem.objects.filter(run=run, item=OuterRef("pk"))
    pending = _items_of(run).exclude(Exists(done))
    # As many at once as a fast engine does between two writes; a slow one answers more often.
    seconds_per_item = max(get_engine(run.engine).estimate_seconds(1, run.settings), CHUNK_S / CHUNK_ITEMS)
    n_at_once = max(1, int(CHUNK_S / seconds_per_item))
    last_id = 0
    links_runs = list(run.links_runs.order_by("pk"))
    while rows := list(_load(pending.filter(pk__gt=last_id), n_items=n_at_once, links_runs=links_runs)):
        with control.keep_lease():
            outcomes = project(rows)
        yield outcomes
        last_id = rows[-1].pk


def _take_chunk(batches: Iterator[list[Outcome]], *, control: JobControl) -> Iterator[Outcome]:
    """Whole batches, until there are enough for a write or a slow engine has taken long enough for one."""
    job, n_taken = control.job, 0
    end = time.monotonic() + CHUNK_S
    for batch in batches:
        yield from batch
        n_taken += len(batch)
        n_failed = sum(outcome.is_failed for outcome in batch)
        control.tick(n_done=job.n_done + len(batch), n_failed=job.n_failed + n_failed)
        if n_taken >= CHUNK_ITEMS or time.monotonic() >= end:
            return


def _end(run: Run) -> None:
    counts = {"n_items": RunItem.objects.filter(run=run).count()}
    record_event(project=run.project, actor=None, kind="run-finished", subject_id=run.pk, data=counts)
    others = Run.objects.filter(project=run.project, tgt_lang=run.tgt_lang, is_active=True)
    if run.is_activated_at_end or not others.exists():
        show_run(run)
        order_items(run)
    else:
        weigh_items(run.project, tgt_lang=run.tgt_lang)


# Learning


def _prepare_projector(run: Run, *, control: JobControl) -> engines.Projector:
    """The engine with what it has learned, always as loaded: a resumed run projects exactly like an unbroken one."""
    path = get_learned_file(run)
    engine, complete = read_engine(run.engine, run.settings)
    check_unchanged(run, engine)
    if not path.exists():
        _learn(run, projector=build_projector(engine, complete), path=path, control=control)
    if not run.calibration:
        run.calibration = calibrate(run)
        Run.objects.filter(pk=run.pk).update(calibration=run.calibration)
    projector = build_projector(engine, complete, calibrator=stored_calibrator(run))
    projector.load(path)
    return projector


def _learn(run: Run, *, projector: engines.Projector, path: Path, control: JobControl) -> None:
    n_items, links_runs = _items_of(run).count(), list(run.links_runs.order_by("pk"))
    stage = f"learning from {n_items:,} sentence pairs"
    # No item is done by this: the counts are parts of a hundred.
    control.tick(stage=f"reading {n_items:,} sentence pairs", n_total=100, n_done=0)
    rows = _stream(_items_of(run), n_items=n_items, links_runs=links_runs, control=control)
    # Programs outside the library report no progress while they learn.
    with control.keep_lease():
        projector.fit(
            (mapping.to_item(row, kinds=ENGINE_KINDS) for row in rows),
            progress=lambda share: control.tick(stage=stage, n_done=int(100 * min(1.0, max(0.0, share)))),
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.attempt{control.job.attempt}")
    projector.save(unfinished)
    control.beat()
    unfinished.replace(path)
    Run.objects.filter(pk=run.pk).update(model_file=f"models/{run.pk}")


def _stream(items: QuerySet[Item], *, n_items: int, links_runs: Collection[Run], control: JobControl) -> Iterator[Item]:
    last_id, n_read = 0, 0
    while rows := list(_load(items.filter(pk__gt=last_id), n_items=FIT_CHUNK_ITEMS, links_runs=links_runs)):
        yield from rows
        last_id, n_read = rows[-1].pk, n_read + len(rows)
        control.tick(n_done=min(100, 100 * n_read // n_items))


def _load(items: QuerySet[Item], *, n_items: int, links_runs: Collection[Run] = ()) -> QuerySet[Item]:
    links = Alignment.objects.filter(run__in=links_runs).order_by("run_id", "pk")
    prefetched = items.select_related("document").prefetch_related(
        "segments",
        "source_spans__label",
        "source_spans__layer",
        "source_spans__head",
        "source_spans__tail",
        "source_spans__concept",
        Prefetch("alignments", queryset=links, to_attr="given_links"),
    )
    return prefetched.order_by("pk")[:n_items]
