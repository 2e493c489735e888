"""An item held for writing: its annotations, how each act changes them, and what its state is afterwards.

Snapshots in `Decision.before` and `Decision.after` are {state, label, segment, intervals, reason}: ids of label,
segment and reject reason, so that a renamed label can still be restored.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q

from annotator.errors import ConflictError, bad_request, conflict
from annotator.models import (
    Annotation,
    Decision,
    Item,
    Project,
    Review,
    User,
)
from annotator.services.review_acts import Act
from annotator.services.review_rows import LIVE, LockedItem, claim_end

NOT_IN_TRANSLATION = "not-in-translation"
MAX_STEP_MS = 10 * 60 * 1000

Kind = Decision.Kind
State = Annotation.State
Snapshot = dict[str, Any]
DECIDED = (State.ACCEPTED, State.REJECTED)


def take_snapshot(annotation: Annotation) -> Snapshot:
    """What undo has to bring back."""
    return {
        "state": annotation.state,
        "label": annotation.label_id,
        "segment": annotation.segment_id,
        "intervals": [list(pair) for pair in annotation.intervals],
        "reason": annotation.reason_id,
    }


class ReviewedItem(LockedItem):
    """A locked item that takes acts, and writes them down on `save`."""

    def __init__(self, *, project: Project, actor: User, item_id: int) -> None:
        super().__init__(project=project, actor=actor, item_id=item_id)
        self._decisions: list[Decision] = []

    # ------------------------------------------------------------------------------------------------------- acts

    def apply(self, act: Act) -> None:
        """Do one act, in memory.

        Raises:
            BadRequestError: the act is wrong in itself.
            ConflictError: the span is no longer what the person saw.
        """
        if act.kind == Kind.NOTHING:
            self._apply_nothing()
            return
        if act.kind == Kind.ADD:
            self._add(act)
            return
        annotation = self.find(act)
        if annotation.state == State.WITHDRAWN:
            raise conflict("withdrawn", "The span was taken back.", "Reload the item.", place=annotation.surface)
        before = take_snapshot(annotation)
        kind = {
            Kind.ACCEPT: self._accept,
            Kind.RELABEL: self._relabel,
            Kind.MOVE: self._move,
            Kind.REJECT: self._reject,
        }[act.kind](annotation, act)
        self.record(kind, annotation=annotation, before=before)

    def _apply_nothing(self) -> None:
        if self._undecided_spans():
            raise bad_request("still-undecided", "Some spans are undecided.", "Accept or reject them first.")
        self.record(Kind.NOTHING)

    def _accept(self, annotation: Annotation, act: Act) -> Decision.Kind:
        self._check_seen(annotation, act)
        if not annotation.intervals:
            annotation.state = State.REJECTED
            annotation.reason = self._find_reason(NOT_IN_TRANSLATION)
            return Kind.REJECT
        self._check_place(annotation, annotation.segment_id, annotation.intervals, act.surface)
        self._check_overlap(annotation, [State.ACCEPTED])
        annotation.state, annotation.reason = State.ACCEPTED, None
        return Kind.ACCEPT

    def _relabel(self, annotation: Annotation, act: Act) -> Decision.Kind:
        annotation.label = self._find_label(act, annotation.layer)
        self._reopen(annotation)
        return Kind.RELABEL

    def _move(self, annotation: Annotation, act: Act) -> Decision.Kind:
        already = {each.pk for each in self._overlapping(annotation, LIVE)}
        segment, intervals = self._read_place(annotation, act)
        self._reopen(annotation)
        self.place(annotation, segment, intervals)
        self._check_overlap(annotation, LIVE, but=already)
        return Kind.MOVE

    def _reject(self, annotation: Annotation, act: Act) -> Decision.Kind:
        annotation.reason = self._find_reason(act.reason)
        annotation.state = State.REJECTED
        return Kind.REJECT

    def _add(self, act: Act) -> None:
        if act.annotation_id is None:
            raise bad_request("id-missing", "The added span has no id.", "Make a UUID for it.", place="annotation")
        if act.annotation_id in self._new or Annotation.objects.filter(pk=act.annotation_id).exists():
            raise conflict("id-taken", "A span with this id exists already.", "Reload the item.", place="annotation")
        layer = self._find_layer(act)
        annotation = Annotation(pk=act.annotation_id, review=self.review, item=self.item, layer=layer)
        annotation.label = self._find_label(act, layer)
        segment, intervals = self._read_place(annotation, act)
        self.place(annotation, segment, intervals)
        self._check_overlap(annotation, LIVE)
        self._new.add(annotation.pk)
        self.annotations.append(annotation)
        annotation.state = State.ACCEPTED
        before = {**take_snapshot(annotation), "state": State.WITHDRAWN.value}
        self.record(Kind.ADD, annotation=annotation, before=before)

    @staticmethod
    def _reopen(annotation: Annotation) -> None:
        if annotation.state == State.REJECTED:
            annotation.state, annotation.reason = State.UNDECIDED, None

    # ---------------------------------------------------------------------------------------------------- undoing

    def reverse(self, decision: Decision, *, kind: Decision.Kind) -> None:
        """Bring back what was before a decision.

        Raises:
            ConflictError: when somebody has changed the span since.
        """
        if decision.annotation_id is None:
            self.record(kind, reverses=decision)
            return
        annotation = next(row for row in self.annotations if row.pk == decision.annotation_id)
        before = take_snapshot(annotation)
        if before != decision.after:
            raise self._changed_since(annotation)
        annotation.state = decision.before["state"]
        annotation.label = self.labels[decision.before["label"]]
        annotation.reason_id = decision.before["reason"]
        self.place(annotation, decision.before["segment"], decision.before["intervals"])
        if annotation.state == State.ACCEPTED:
            self._check_overlap(annotation, [State.ACCEPTED])
        self.record(kind, annotation=annotation, before=before, reverses=decision)

    def _changed_since(self, annotation: Annotation) -> ConflictError:
        last = annotation.decisions.select_related("actor").last()
        who = last.actor if last else "Somebody"
        return conflict(
            "changed-since",
            f"{who} has changed {annotation.surface!r} after your decision.",
            "Open the item and decide anew instead of undoing.",
            place=self.item.external_id,
        )

    # ----------------------------------------------------------------------------------------------------- saving

    def record(
        self,
        kind: Decision.Kind,
        *,
        annotation: Annotation | None = None,
        before: Snapshot | None = None,
        reverses: Decision | None = None,
    ) -> None:
        """Note a decision; written by `save`."""
        self._decisions.append(
            Decision(
                project=self.project,
                item=self.item,
                review=self.review,
                annotation=annotation,
                actor=self.actor,
                ordinal=len(self._decisions),
                kind=kind,
                before=before or {},
                after=take_snapshot(annotation) if annotation else {},
                reverses=reverses,
            )
        )

    def save(self, *, step: uuid.UUID, active_ms: int = 0) -> None:
        """Write annotations, decisions and the states that follow from them.

        Raises:
            ConflictError: when the review has moved on since it was read.
        """
        touched = {row.annotation_id for row in self._decisions}
        for annotation in self.annotations:
            if annotation.pk in touched:
                annotation.save(force_insert=annotation.pk in self._new)
        for decision in self._decisions:
            decision.step = step
        Decision.objects.bulk_create(self._decisions)
        self._save_states(active_ms=active_ms)

    def _save_states(self, *, active_ms: int) -> None:
        is_done = self._is_done()
        version = self.review.version
        self.review.state = Review.State.DONE if is_done else Review.State.OPEN
        self.review.finished_at = self.now if is_done else None
        self.review.version = version + len(self._decisions)
        self.review.active_ms += min(max(active_ms, 0), MAX_STEP_MS)
        n_updated = Review.objects.filter(pk=self.review.pk, version=version).update(
            state=self.review.state,
            finished_at=self.review.finished_at,
            version=self.review.version,
            active_ms=self.review.active_ms,
        )
        if not n_updated:
            raise conflict("changed-elsewhere", "The item was changed at the same moment.", "Decide again.")
        self.item.state = Item.State.DONE if is_done else Item.State.OPEN
        Item.objects.filter(pk=self.item.pk).update(
            state=self.item.state,
            claimed_by=None if is_done else self.actor,
            claim_expires_at=None if is_done else claim_end(self.now),
        )

    def _undecided_spans(self) -> set[object]:
        decided = {row.source_span_id for row in self.annotations if row.state in DECIDED}
        added = {row.pk for row in self.annotations if row.state == State.UNDECIDED and not row.source_span_id}
        return {key for key in self.source_spans if key not in decided} | added

    def _is_done(self) -> bool:
        if self._undecided_spans():
            return False
        return bool(self.source_spans) or self._has_nothing_here()

    def _has_nothing_here(self) -> bool:
        about_item = self.review.decisions.filter(Q(kind=Kind.NOTHING) | Q(kind=Kind.REDO, annotation__isnull=True))
        return about_item.filter(reversed_by__isnull=True).exists()
