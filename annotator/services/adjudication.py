"""Settling what reviewers differ in: a curator takes a side for each label; the result is the gold of the item."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.errors import bad_request, conflict
from annotator.models import Annotation, Candidate, Decision, Flag, Layer, Project, RejectReason, Review, User
from annotator.queries.adjudication import Sheet, Side, Unit, read_sheet
from annotator.services import review as review_service
from annotator.services.events import record_event
from annotator.services.review import Outcome, find_repeat, lock_actor, outcome_of
from annotator.services.review_acts import Act
from annotator.services.review_item import NOT_IN_TRANSLATION, ReviewedItem
from annotator.services.review_snapshots import take_snapshot

MAX_REASON = 1000
AGREED = "agreed"

Kind = Decision.Kind
State = Annotation.State


@dataclass(frozen=True, slots=True)
class Choice:
    """Which column is right about a label, and why.

    Attributes:
        side: key of the column; "M" for the machine.
        reason: in the curator's words; may be empty.
        is_guideline_gap: whether the guidelines do not say it.
    """

    side: str
    reason: str = ""
    is_guideline_gap: bool = False

    def cause(self, sheet: Sheet) -> dict[str, Any]:
        """What the decision keeps of it; columns change their order, so the review is named."""
        column = next(column for column in sheet.columns if column.key == self.side)
        found: dict[str, Any] = {"side": column.review.pk if column.review else self.side}
        if self.reason:
            found["reason"] = self.reason
        if self.is_guideline_gap:
            found["is_guideline_gap"] = True
        return found


def settle(
    *,
    project: Project,
    actor: User,
    item_id: int,
    choices: Mapping[str, Choice],
    step: uuid.UUID,
    seen: str | None = None,
) -> Outcome:
    """Take a side for each label of an item, in one step; what all reviewers agree on needs no choice.

    Args:
        choices: by the reference of the unit.
        seen: the versions of the reviews that the curator saw; refused when one has changed since.

    Raises:
        BadRequestError: a choice is missing or names what is not there, or labels that were taken overlap.
        ConflictError: a review has changed since, or another curator is at it.
    """
    with transaction.atomic():
        lock_actor(project, actor)
        repeat = find_repeat(project, actor, step)
        if repeat is not None:
            return repeat
        settled = SettledItem(project=project, actor=actor, item_id=item_id, kind=Review.Kind.ADJUDICATION)
        sheet = read_sheet(project, item_id)
        if sheet is None:
            raise bad_request("no-such-item", _("There is no such item."), _("Reload the page."), place="item")
        if seen is not None and seen != sheet.seen:
            raise conflict(
                "changed-since", _("A review of this item has changed since."), _("Look at it again."), place="item"
            )
        settled.take_sides(sheet, choices)
        settled.close_flags()
        settled.save(step=step, keeps_claim=False)
        record_event(project=project, actor=actor, kind="item-settled", subject_id=item_id, data={"step": str(step)})
    return outcome_of(settled, step)


def undo(*, project: Project, actor: User, step: uuid.UUID) -> Outcome:
    """Reverse the newest step of this curator; flags that it closed are open again."""
    with transaction.atomic():
        outcome = review_service.undo(project=project, actor=actor, step=step)
        if outcome.reversed_step and not outcome.is_repeat:
            reopen_flags(outcome.reversed_step)
    return outcome


def reopen_flags(step: uuid.UUID) -> None:
    """Open the flags again that a step of settling had closed."""
    for cause in Decision.objects.filter(step=step).values_list("cause", flat=True):
        Flag.objects.filter(pk__in=cause.get("flags", ())).update(closed_by=None, closed_at=None)


class SettledItem(ReviewedItem):
    """A locked item whose labels are taken over from reviews, or from the machine."""

    def take_sides(self, sheet: Sheet, choices: Mapping[str, Choice], *, rule: Mapping[str, Any] | None = None) -> None:
        """Decide on every label, relations last, since they connect what was decided before.

        Raises:
            BadRequestError: see `settle`.
        """
        self._check_known(sheet, choices)
        self._own: dict[object, Annotation] = {}
        taken: list[Annotation] = []
        for unit in sorted(sheet.units, key=lambda unit: unit.layer.kind == Layer.Kind.RELATION):
            choice = choices.get(unit.ref) or Choice(unit.chosen)
            side = unit.find(choice.side)
            if side is None or side.state == State.UNDECIDED:
                name = unit.source_span.surface if unit.source_span else unit.sides[0].name
                raise bad_request(
                    "undecided", _("Nobody was given right about %(name)r.") % {"name": name}, _("Take a side."),
                    place=unit.ref,
                )  # fmt: skip
            cause = dict(rule or {})
            if unit.ref in choices:
                cause |= choice.cause(sheet)
            elif not rule:
                cause["side"] = AGREED
            annotation = self._take(unit, side, cause=cause)
            if annotation is not None and annotation.state == State.ACCEPTED:
                taken.append(annotation)
        for annotation in taken:
            if annotation.layer.kind == Layer.Kind.RELATION:
                self.check_ends(annotation)
            self.check_clashes(annotation, [State.ACCEPTED])
        if not self.source_spans:
            self.record(Kind.NOTHING, cause=dict(rule or {}))

    @staticmethod
    def _check_known(sheet: Sheet, choices: Mapping[str, Choice]) -> None:
        refs = {unit.ref for unit in sheet.units}
        keys = {column.key for column in sheet.columns}
        for ref, choice in choices.items():
            if ref not in refs or choice.side not in keys:
                raise bad_request("no-such-side", _("There is no such label or column."), _("Reload."), place=ref)
            if len(choice.reason) > MAX_REASON:
                raise bad_request("reason-too-long", _("The reason is too long."), _("Shorten it."), place=ref)

    def _take(self, unit: Unit, side: Side, *, cause: dict[str, Any]) -> Annotation | None:
        annotation, is_new = self._find_own(unit)
        if side.row is not None and isinstance(side.row, Annotation):
            self._own[side.row.pk] = annotation
        for other in unit.sides:
            if isinstance(other.row, Annotation):
                self._own.setdefault(other.row.pk, annotation)
        is_added = is_new and unit.source_span is None
        if side.mark is None and is_added:
            return None
        before = take_snapshot(annotation)
        if is_added:
            before["state"] = State.WITHDRAWN.value
            self._new.add(annotation.pk)
            self.annotations.append(annotation)
        if side.mark is None:
            annotation.state, annotation.reason = State.REJECTED, self._reason_of(side)
            self.record(Kind.REJECT, annotation=annotation, before=before, cause=cause)
            return annotation
        self._copy(annotation, side)
        self.record(Kind.ADD if is_added else Kind.ACCEPT, annotation=annotation, before=before, cause=cause)
        return annotation

    def _find_own(self, unit: Unit) -> tuple[Annotation, bool]:
        """The label of the adjudication that a unit is about, and whether it is new."""
        if unit.source_span is not None:
            known = {row.source_span_id for row in self.annotations}
            act = Act(kind=Kind.ACCEPT, source_span_id=unit.source_span.pk)
            return self.find(act), unit.source_span.pk not in known
        if unit.settled is not None and isinstance(unit.settled.row, Annotation):
            pk = unit.settled.row.pk
            return next(row for row in self.annotations if row.pk == pk), False
        rows = [side.row for side in unit.sides if isinstance(side.row, Annotation)]
        made = Annotation(review=self.review, item=self.item, layer=unit.layer, label=rows[0].label)
        self.place(made, rows[0].segment_id, rows[0].intervals)
        return made, True

    def _copy(self, annotation: Annotation, side: Side) -> None:
        row = side.row
        if row is None or row.segment_id is None:
            raise bad_request("undecided", _("The machine found nothing here."), _("Take another side."))
        annotation.state, annotation.reason = State.ACCEPTED, None
        annotation.label = self.labels[row.label_id]
        annotation.concept_id = row.concept_id
        self.place(annotation, row.segment_id, row.intervals)
        if annotation.layer.kind == Layer.Kind.RELATION:
            annotation.head, annotation.tail = self._own_ends(annotation, row)

    def _own_ends(self, annotation: Annotation, row: Annotation | Candidate) -> tuple[Annotation, Annotation]:
        if isinstance(row, Annotation):
            ends = [self._own.get(row.head_id), self._own.get(row.tail_id)]
        else:
            span = annotation.source_span
            keys = (span.head_id, span.tail_id) if span else (None, None)
            ends = [next((each for each in self.annotations if each.source_span_id == key), None) for key in keys]
        if ends[0] is None or ends[1] is None:
            raise bad_request("ends-missing", _("An end of a relation is not there."), _("Take another side."))
        return ends[0], ends[1]

    def _reason_of(self, side: Side) -> RejectReason:
        if isinstance(side.row, Annotation) and side.row.reason is not None:
            return side.row.reason
        return self._find_reason(NOT_IN_TRANSLATION)

    def close_flags(self) -> None:
        """What was flagged is settled; noted with the first decision, so that undo opens the flags again."""
        flags = Flag.objects.filter(item=self.item, closed_at=None)
        ids = [str(pk) for pk in flags.values_list("pk", flat=True)]
        if ids and self._decisions:
            flags.update(closed_by=self.actor, closed_at=timezone.now())
            self._decisions[0].cause["flags"] = ids
