"""The run that reviewers see, and the order of the queue that follows from it: set at once, or by a worker.

Until a worker has set the order, items are handed out in the old one, with the candidates of the new run.
"""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.utils.translation import gettext as _

from annotator import jobs
from annotator.errors import conflict
from annotator.jobs import JobControl
from annotator.models import Item, Job, Run, RunItem, User
from annotator.services.events import record_event
from annotator.services.priorities import Weighing
from annotator.services.projects import lock_project

# More items are ordered by a worker.
MAX_AT_ONCE = 2_000


@transaction.atomic
def activate_run(*, run: Run, actor: User) -> None:
    """Make a finished run the one whose candidates reviewers see; decisions that were taken stay as they are.

    Raises:
        ConflictError: when the run has not finished.
    """
    if run.job.state != Job.State.DONE:
        remedy = _("Wait for it, or resume it.")
        raise conflict("run-not-finished", _("Only a finished run can be shown to reviewers."), remedy)
    show_run(run)
    if _items_of(run).count() <= MAX_AT_ONCE:
        order_items(run)
    else:
        key = f"order:{run.pk}:{uuid.uuid4()}"
        run.order_job, _is_new = jobs.create_job(
            kind=Job.Kind.ORDER, project=run.project, actor=actor, idempotency_key=key
        )
        run.save(update_fields=["order_job"])
    record_event(project=run.project, actor=actor, kind="run-activated", subject_id=run.pk)


def show_run(run: Run) -> None:
    """Let reviewers see the candidates of a run; the order of the queue is still to be set."""
    lock_project(run.project_id)
    Run.objects.filter(project=run.project, tgt_lang=run.tgt_lang, is_active=True).update(is_active=False)
    Run.objects.filter(pk=run.pk).update(is_active=True)


def order_items(run: Run) -> None:
    """Set states and order of all items of a run that is shown; for inside a transaction."""
    weighing = Weighing(run.project, tgt_lang=run.tgt_lang)
    for items in weighing.list_chunks():
        _order(run, items, weighing)


def execute_order(control: JobControl) -> None:
    """Do the job of ordering the items of a run, chunk by chunk; a run that is not shown any more needs none."""
    run = Run.objects.select_related("project").filter(order_job=control.job).first()
    if run is not None:
        control.tick(n_total=_items_of(run).count(), n_done=0)
        weighing = Weighing(run.project, tgt_lang=run.tgt_lang)
        for items in weighing.list_chunks():
            with transaction.atomic():
                control.check_lease()
                n_items = _lock(items)
                # Asked once the items are held: whoever shows another run orders them after this.
                if not Run.objects.filter(pk=run.pk, is_active=True).exists():
                    break
                _order(run, items, weighing)
            control.tick(n_done=control.job.n_done + n_items)
    with transaction.atomic():
        control.check_lease()
        control.finish()


def _items_of(run: Run) -> QuerySet[Item]:
    return Item.objects.filter(project=run.project_id, tgt_lang=run.tgt_lang)


def _lock(items: QuerySet[Item]) -> int:
    # In one order, as everybody locks items, so that no two wait for each other.
    return len(items.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _order(run: Run, items: QuerySet[Item], weighing: Weighing) -> None:
    of_item = RunItem.objects.filter(run=run, item=OuterRef("pk"))
    items.filter(Exists(of_item)).update(
        confidence=Subquery(of_item.values("confidence")),
        link_probability=Subquery(of_item.values("link_probability")),
        state=Case(When(state=Item.State.NEW, then=Value(Item.State.OPEN)), default=F("state")),
    )
    weighing.weigh(items)
