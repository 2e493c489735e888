"""Repeating a decision on equal proposals: one step over several items, never without a look at each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.errors import ServiceError, bad_request, conflict
from annotator.models import Candidate, Decision, Project, Review, User
from annotator.queries.repeats import MAX_REPEATS, Pattern, find_origin, find_pattern, list_repeats
from annotator.services.locked_rows import ItemRows, lock_items
from annotator.services.review import find_repeat, lock_actor
from annotator.services.review_acts import Act, SpanRef
from annotator.services.review_item import ReviewedItem
from annotator.services.review_saving import Changes, save_all
from projection.errors import Problem

Kind = Decision.Kind
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Repeated:
    """What came of repeating a decision.

    Attributes:
        item_ids: the items that were decided on, in order.
        n_spans: how many spans were.
        left_out: why the others were not.
        is_repeat: the same step had been done before, and nothing was done now.
    """

    step: uuid.UUID
    item_ids: tuple[int, ...]
    n_spans: int
    left_out: tuple[Problem, ...] = ()
    is_repeat: bool = False


def repeat_decision(
    *, project: Project, actor: User, step: uuid.UUID, item_id: int, origin: SpanRef, source_span_ids: Sequence[int]
) -> Repeated:
    """Decide on other spans as on one that is decided; all of it is one step, which one undo takes back.

    Args:
        step: id of the step, made where it was asked for; the same one again is done once.
        item_id, origin: the decided span.
        source_span_ids: of the spans that were chosen; what cannot be decided so any more is left out, with the reason.

    Raises:
        BadRequestError: too many spans, or none.
        ConflictError: the decision does not stand, or none of the spans can be decided so.
    """
    if not 0 < len(source_span_ids) <= MAX_REPEATS:
        fault = _("Between 1 and %(limit)s spans can be chosen at once.") % {"limit": MAX_REPEATS}
        raise bad_request("bad-count", fault, _("Choose some, and the rest afterwards."), place="spans")
    with transaction.atomic():
        lock_actor(project, actor)
        if find_repeat(project, actor, step) is not None:
            return _read_done(step)
        annotation = find_origin(project, item_id, origin.source_span_id, origin.annotation_id)
        pattern = find_pattern(annotation) if annotation else None
        if annotation is None or pattern is None:
            raise conflict("nothing-to-repeat", *gone())
        chosen = list_repeats(project, actor, pattern, now=timezone.now()).filter(source_span__in=source_span_ids)
        work = _Repetition(project, actor, step, pattern, cause={"repeat_of": str(annotation.pk)})
        work.left_out += [_taken()] * (len(set(source_span_ids)) - len(chosen))
        work.decide_all(list(chosen))
    return Repeated(step, tuple(work.item_ids), work.n_spans, tuple(work.left_out))


def gone() -> tuple[str, str]:
    """Fault and remedy where there is nothing to repeat."""
    return _("There is no such decision to repeat, or it was taken back."), _("Decide again.")


def _taken() -> Problem:
    return Problem("changed-elsewhere", _("It was decided, moved or claimed by somebody meanwhile."))


def _read_done(step: uuid.UUID) -> Repeated:
    rows = Decision.objects.filter(step=step).order_by("ordinal").values_list("item_id", "annotation_id")
    return Repeated(
        step,
        item_ids=tuple(dict.fromkeys(item_id for item_id, _annotation in rows)),
        n_spans=len({annotation_id for _item, annotation_id in rows}),
        is_repeat=True,
    )


class _Repetition:
    """One step that grows from item to item."""

    def __init__(
        self, project: Project, actor: User, step: uuid.UUID, pattern: Pattern, *, cause: dict[str, str]
    ) -> None:
        self._project, self._actor, self._step = project, actor, step
        self._pattern, self._cause = pattern, cause
        self._n_decisions = 0
        self.n_spans = 0
        self.item_ids: list[int] = []
        self.left_out: list[Problem] = []

    def decide_all(self, chosen: Sequence[Candidate]) -> None:
        """Decide on each, item by item; none is worth a step without any."""
        by_item: dict[int, list[Candidate]] = {}
        for candidate in chosen:
            by_item.setdefault(candidate.item_id, []).append(candidate)
        found = lock_items(self._project, by_item, actor=self._actor, makes_reviews=True)
        changes = [self._decide(found[item_id], by_item[item_id]) for item_id in sorted(found)]
        save_all([each for each in changes if each])
        unused = [rows.made_review_id for item_id, rows in found.items() if item_id not in self.item_ids]
        Review.objects.filter(pk__in=[pk for pk in unused if pk], version=0, claimed_by=None).delete()
        if not self.item_ids:
            problem = self.left_out[0]
            raise conflict(problem.code, problem.message, problem.remedy or _("Look at them one by one."))

    def _decide(self, rows: ItemRows, candidates: Sequence[Candidate]) -> Changes | None:
        given: Json = {"step": self._step, "first_ordinal": self._n_decisions, "cause": self._cause}
        try:
            reviewed = ReviewedItem(project=self._project, actor=self._actor, item_id=rows.item.pk, rows=rows)
            was_held = reviewed.review.claimed_by_id == self._actor.pk
            for candidate in candidates:
                for act in self._acts(candidate):
                    reviewed.apply(act)
            changes = reviewed.check(**given, keeps_claim=was_held)
        except ServiceError as err:
            self.left_out += [err.problem] * len(candidates)
            return None
        self._n_decisions += reviewed.n_decisions
        self.n_spans += len(candidates)
        self.item_ids.append(rows.item.pk)
        return changes

    def _acts(self, candidate: Candidate) -> list[Act]:
        span_id, pattern = candidate.source_span_id, self._pattern
        if pattern.reason:
            return [Act(kind=Kind.REJECT, source_span_id=span_id, reason=pattern.reason)]
        label_id = pattern.new_label_id
        intervals = tuple((start, end) for start, end in candidate.intervals)
        accept = Act(
            kind=Kind.ACCEPT,
            source_span_id=span_id,
            label_id=label_id,
            intervals=intervals,
            surface=candidate.surface,
        )
        relabel = Act(kind=Kind.RELABEL, source_span_id=span_id, label_id=label_id)
        return [accept] if label_id == candidate.label_id else [relabel, accept]
