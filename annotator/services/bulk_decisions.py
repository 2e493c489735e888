"""Acts on many items at once: accept, reject, `bulk_rules`, `gold_rules`; in chunks, by a worker where there are many.

All decisions of an act share one step with running ordinals, so that it can be undone as a whole. What a filter found
is decided on as if somebody had opened each item; items that the act may not touch are counted with the reason.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from annotator import jobs
from annotator.errors import ServiceError, bad_request, conflict
from annotator.jobs import JobControl
from annotator.models import Annotation, Bulk, Decision, Job, Project, Review, User
from annotator.queries.item_filter import ItemFilter, read_item_filter
from annotator.services.bulk_rules import ROW_RULES, Result, Rule, check_assignee, count_filtered_out, list_filtered
from annotator.services.events import record_event
from annotator.services.review import lock_actor
from annotator.services.review_acts import Act
from annotator.services.review_item import ReviewedItem

# More items than these are done by a worker.
MAX_AT_ONCE = 200
CHUNK_ITEMS = 20

Kind = Bulk.Kind
State = Bulk.State


def start_bulk(
    *,
    project: Project,
    actor: User,
    kind: str,
    wanted: ItemFilter,
    step: uuid.UUID,
    n_seen: int | None = None,
    reason: str = "",
    assignee: User | None = None,
) -> Bulk:
    """Do an act on all items that fit a filter: at once where they are few, else by a worker.

    Args:
        step: made by the caller; the same one again gives the same act.
        n_seen: for how many items the person has seen it; refused when it is another number now.
        reason: code of the reject reason.
        assignee: who the items are assigned to.

    Raises:
        BadRequestError: the reason or the assignee is missing or wrong.
        ConflictError: nothing is to be done, or other items fit than were seen.
    """
    settings: dict[str, Any] = {"filter": wanted.params}
    if kind == Kind.REJECT:
        settings["reason"] = _check_reason(project, reason)
    if kind == Kind.ASSIGN:
        settings["assignee"] = check_assignee(project, assignee)
    if kind not in RULES:
        fault = _("%(kind)r is no act on many items.") % {"kind": kind}
        known = ", ".join(RULES)
        raise bad_request("bad-act", fault, _("Choose one of %(known)s.") % {"known": known})
    rule = RULES[kind]
    return begin(project=project, actor=actor, kind=kind, settings=settings, step=step, n_seen=n_seen, rule=rule)


def begin(
    *,
    project: Project,
    actor: User,
    kind: str,
    settings: Mapping[str, Any],
    step: uuid.UUID,
    n_seen: int | None,
    rule: Rule,
) -> Bulk:
    """Write an act down, and do it or give it to a worker; see `start_bulk`."""
    with transaction.atomic():
        lock_actor(project, actor)
        known = Bulk.objects.filter(step=step).first()
        if known is not None:
            return known
        bulk = Bulk(project=project, kind=kind, settings=dict(settings), step=step, created_by=actor)
        item_ids = _list_item_ids(bulk, rule)
        _check_seen(len(item_ids), n_seen)
        bulk.n_meant, bulk.refused = len(item_ids), rule.count_refused(bulk)
        bulk.save()
        data = {"kind": kind, "n_items": len(item_ids), "by": sorted(settings.get("filter", {}))}
        record_event(project=project, actor=actor, kind="bulk-started", subject_id=bulk.pk, data=data)
        if len(item_ids) <= MAX_AT_ONCE:
            _do_chunk(bulk, item_ids, rule)
            _end(bulk)
            return bulk
        bulk.job = _make_job(bulk, key=f"bulk:{bulk.pk}", actor=actor, n_items=len(item_ids))
        bulk.save(update_fields=["job"])
    return bulk


def _check_seen(n_items: int, n_seen: int | None) -> None:
    if not n_items:
        raise conflict("nothing-to-do", _("There is no item that this could be done on."), _("Choose another filter."))
    if n_seen is not None and n_seen != n_items:
        fault = _("It would be done on %(now)d items now, not on %(seen)d.") % {"now": n_items, "seen": n_seen}
        raise conflict("changed-since", fault, _("Look at the preview again."))


def _make_job(bulk: Bulk, *, key: str, actor: User, n_items: int) -> Job:
    job, _is_new = jobs.create_job(kind=Job.Kind.BULK, project=bulk.project, actor=actor, idempotency_key=key)
    Job.objects.filter(pk=job.pk).update(n_total=n_items)
    return job


def _check_reason(project: Project, code: str) -> str:
    if not project.reject_reasons.filter(code=code).exists():
        raise bad_request(
            "no-such-reason", _("No reason was chosen."), _("Choose one of the project's."), place="reason"
        )
    return code


def _list_item_ids(bulk: Bulk, rule: Rule) -> list[int]:
    """The items that are still to be dealt with."""
    found = rule.list_items(bulk)
    return list(found.filter(pk__gt=bulk.last_item_id).order_by("pk").values_list("pk", flat=True))


# Doing


def execute(control: JobControl, *, rules: Mapping[str, Rule]) -> None:
    """Do the job of an act, or of undoing one, or what is left of it."""
    rows = Bulk.objects.select_related("project", "created_by")
    bulk = rows.get(Q(job_id=control.job.pk) | Q(undo_job_id=control.job.pk))
    is_undo = bulk.undo_job_id == control.job.pk
    rule = rules[bulk.kind]
    item_ids = _list_undoable(bulk) if is_undo else _list_item_ids(bulk, rule)
    control.job.n_total = max(control.job.n_total, control.job.n_done + len(item_ids))
    for chunk in _chunks(item_ids):
        with transaction.atomic():
            control.check_lease()
            if is_undo:
                _undo_chunk(bulk, chunk, actor=control.job.created_by)
            else:
                _do_chunk(bulk, chunk, rule)
        control.tick(n_done=control.job.n_done + len(chunk))
    with transaction.atomic():
        control.check_lease()
        _end(bulk, is_undo=is_undo)
        control.finish()


def _chunks(item_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(item_ids), CHUNK_ITEMS):
        yield item_ids[start : start + CHUNK_ITEMS]


def _do_chunk(bulk: Bulk, item_ids: Sequence[int], rule: Rule) -> None:
    """Do the act on some items, in ascending order of their ids, and note how far it is."""
    lock_actor(bulk.project, bulk.created_by)
    # Another attempt may have changed the row that was read when this one began.
    bulk.refresh_from_db(fields=["n_items", "n_decisions", "n_left", "refused", "last_item_id", "before"])
    for item_id in item_ids:
        result = _do_item(bulk, item_id, rule)
        bulk.last_item_id = item_id
        if result.refusal:
            bulk.refused[result.refusal] = bulk.refused.get(result.refusal, 0) + 1
            continue
        bulk.n_items += 1
        bulk.n_decisions += result.n_decisions
        bulk.n_left += result.n_left
    bulk.save(update_fields=["n_items", "n_decisions", "n_left", "refused", "last_item_id", "before"])


def _do_item(bulk: Bulk, item_id: int, rule: Rule) -> Result:
    try:
        with transaction.atomic():
            return rule.do(bulk, item_id)
    except ServiceError as err:
        return Result(refusal=err.problem.code)


def _end(bulk: Bulk, *, is_undo: bool = False) -> None:
    bulk.state = State.UNDONE if is_undo else State.DONE
    bulk.save(update_fields=["state"])
    counts = {"n_items": bulk.n_items, "n_decisions": bulk.n_decisions, "refused": bulk.refused}
    if is_undo:
        counts = {"n_undone": bulk.n_undone, "n_kept": bulk.n_kept}
    kind = "bulk-undone" if is_undo else "bulk-finished"
    record_event(project=bulk.project, actor=None, kind=kind, subject_id=bulk.pk, data=counts)


def _decide(
    bulk: Bulk,
    item_id: int,
    *,
    make_act: Callable[[Annotation], Act | None],
    cause: Mapping[str, Any] | None = None,
) -> Result:
    """Decide on what is undecided and meant in one item."""
    wanted, _problems = read_item_filter(bulk.settings.get("filter", {}))
    reviewed = ReviewedItem(project=bulk.project, actor=bulk.created_by, item_id=item_id)
    n_left = 0
    for annotation in reviewed.list_undecided():
        if not _is_meant(annotation, wanted):
            continue
        act = make_act(annotation)
        try:
            if act is None:
                n_left += 1
            else:
                reviewed.apply(act)
        except ServiceError:
            n_left += 1
    if not reviewed.n_decisions:
        return Result(refusal="nothing-to-do", n_left=n_left)
    cause = dict(cause or {"bulk": bulk.pk})
    reviewed.save(step=bulk.step, first_ordinal=bulk.n_decisions, cause=cause, keeps_claim=False)
    return Result(n_decisions=reviewed.n_decisions, n_left=n_left)


def _is_meant(annotation: Annotation, wanted: ItemFilter) -> bool:
    source = annotation.source_span
    if wanted.form and wanted.form not in (annotation.surface, source.surface if source else ""):
        return False
    return not wanted.label or annotation.label.name == wanted.label


def accept_item(bulk: Bulk, item_id: int, *, cause: Mapping[str, Any] | None = None) -> Result:
    """Accept what was found and is undecided in one item."""
    return _decide(bulk, item_id, make_act=_acceptance, cause=cause)


def _acceptance(annotation: Annotation) -> Act | None:
    """What was found, as it stands; what was not found is left to people."""
    if not annotation.intervals and annotation.head_id is None and annotation.head is None:
        return None
    return _about(annotation, kind=Decision.Kind.ACCEPT, surface=annotation.surface)


def _about(annotation: Annotation, **more: Any) -> Act:
    source_span_id = annotation.source_span_id
    return Act(source_span_id=source_span_id, annotation_id=None if source_span_id else annotation.pk, **more)


def _reject(bulk: Bulk, item_id: int) -> Result:
    def rejection(annotation: Annotation) -> Act:
        return _about(annotation, kind=Decision.Kind.REJECT, reason=bulk.settings["reason"])

    return _decide(bulk, item_id, make_act=rejection)


# Undoing


def undo_bulk(*, bulk: Bulk, actor: User) -> Bulk:
    """Reverse all decisions of an act in one step; items that somebody has changed since keep what they have.

    Raises:
        ConflictError: it is still under way, or undone already.
    """
    with transaction.atomic():
        lock_actor(bulk.project, actor)
        n_won = Bulk.objects.filter(pk=bulk.pk, state=State.DONE).update(state=State.UNDOING, undo_step=uuid.uuid4())
        if not n_won:
            raise conflict("not-done", _("Only an act that is done can be undone."), _("Reload the page."))
        bulk.refresh_from_db()
        item_ids = _list_undoable(bulk)
        if len(item_ids) <= MAX_AT_ONCE:
            _undo_chunk(bulk, item_ids, actor=actor)
            _end(bulk, is_undo=True)
            return bulk
        bulk.undo_job = _make_job(bulk, key=f"bulk-undo:{bulk.pk}", actor=actor, n_items=len(item_ids))
        bulk.save(update_fields=["undo_job"])
    return bulk


def _list_undoable(bulk: Bulk) -> list[int]:
    if not bulk.changes_labels:
        return sorted(int(item_id) for item_id in bulk.before)
    standing = Decision.objects.filter(step=bulk.step, reversed_by__isnull=True)
    return sorted(set(standing.values_list("item_id", flat=True)))


def _undo_chunk(bulk: Bulk, item_ids: Sequence[int], *, actor: User) -> None:
    lock_actor(bulk.project, actor)
    bulk.refresh_from_db(fields=["n_undone", "n_kept", "before"])
    for item_id in item_ids:
        try:
            with transaction.atomic():
                _undo_item(bulk, item_id, actor=actor)
            bulk.n_undone += 1
        except ServiceError:
            bulk.n_kept += 1
    bulk.save(update_fields=["n_undone", "n_kept", "before"])


def _undo_item(bulk: Bulk, item_id: int, *, actor: User) -> None:
    rule = RULES.get(bulk.kind)
    if rule is not None and rule.undo is not None:
        rule.undo(bulk, item_id, actor)
        return
    if bulk.undo_step is None:
        raise conflict("not-done", _("The act is not being undone."), _("Undo it first."))
    last = Decision.objects.filter(step=bulk.undo_step).order_by("-ordinal").values_list("ordinal", flat=True).first()
    n_before = 0 if last is None else last + 1
    rows = Decision.objects.filter(step=bulk.step, item=item_id, reversed_by__isnull=True).select_related("review")
    decisions = list(rows.order_by("-ordinal"))
    kind = Review.Kind(decisions[0].review.kind)
    reviewed = ReviewedItem(project=bulk.project, actor=actor, item_id=item_id, kind=kind)
    for decision in decisions:
        reviewed.reverse(decision, kind=Decision.Kind.UNDO)
    reviewed.save(step=bulk.undo_step, first_ordinal=n_before, cause={"bulk": bulk.pk}, keeps_claim=False)


RULES: dict[str, Rule] = {
    Kind.ACCEPT: Rule(list_filtered, count_filtered_out, accept_item),
    Kind.REJECT: Rule(list_filtered, count_filtered_out, _reject),
    **ROW_RULES,
}
