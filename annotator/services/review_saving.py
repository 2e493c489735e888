"""Writing down what acts did to items: annotations and decisions, and the states that follow from them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from annotator.errors import conflict
from annotator.models import Annotation, Decision, Layer, Project, Review, User
from annotator.services.claims import claim_end
from annotator.services.locked_rows import ItemRows
from annotator.services.qualification import conclude
from annotator.services.review_acts import Act
from annotator.services.review_snapshots import Snapshot, take_snapshot
from annotator.services.review_states import save_review, settle_item
from annotator.services.review_texts import LockedTexts

MAX_STEP_MS = 10 * 60 * 1000

Kind = Decision.Kind
State = Annotation.State
DECIDED = (State.ACCEPTED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Changes:
    """What acts have changed on an item.

    Attributes:
        made, changed: annotations.
        save_states: saves the state of the review, and what follows for the item.
    """

    made: list[Annotation]
    changed: list[Annotation]
    decisions: list[Decision]
    save_states: Callable[[], None]


def save_all(changes: Sequence[Changes]) -> None:
    """Write what has changed on items that are locked.

    Raises:
        ConflictError: when a review has moved on since it was read.
    """
    # Relations come after the spans that they join.
    for is_relation in (False, True):
        made = [row for each in changes for row in each.made if _is_relation(row) == is_relation]
        Annotation.objects.bulk_create(made)
        for annotation in (row for each in changes for row in each.changed if _is_relation(row) == is_relation):
            annotation.save(force_update=True)
    Decision.objects.bulk_create([decision for each in changes for decision in each.decisions])
    for each in changes:
        each.save_states()


def _is_relation(annotation: Annotation) -> bool:
    return annotation.layer.kind == Layer.Kind.RELATION


class RecordedItem(LockedTexts):
    """A locked item that notes decisions, and writes them down on `save`."""

    def __init__(
        self,
        *,
        project: Project,
        actor: User,
        item_id: int,
        kind: Review.Kind = Review.Kind.REVIEW,
        rows: ItemRows | None = None,
    ) -> None:
        super().__init__(project=project, actor=actor, item_id=item_id, kind=kind, rows=rows)
        self._decisions: list[Decision] = []
        self._restored: list[Annotation] = []

    def record(
        self,
        kind: Decision.Kind,
        *,
        annotation: Annotation | None = None,
        before: Snapshot | None = None,
        after: Snapshot | None = None,
        reverses: Decision | None = None,
        cause: dict[str, Any] | None = None,
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
                after=take_snapshot(annotation) if annotation else after or {},
                reverses=reverses,
                cause=cause or {},
            )
        )

    def has_done_only(self, acts: Sequence[Act]) -> bool:
        """Whether the acts led to their own decisions alone, and what machines say was not hidden before."""
        return (
            not self.item.is_blind
            and len(self._decisions) == len(acts)
            and all(act.kind not in (Kind.EDIT, Kind.LINK) for act in acts)
        )

    @property
    def n_decisions(self) -> int:
        """How many decisions are noted."""
        return len(self._decisions)

    def list_undecided(self) -> list[Annotation]:
        """What is to be decided, as it would be written; relations last, since they need their ends."""
        keys = self._undecided_spans()
        found = [self.find(Act(kind=Kind.ACCEPT, source_span_id=key)) for key in self.source_spans if key in keys]
        for name in list(self.tags):
            self.begin_tag(name)
        found += [row for row in self.annotations if row.pk in keys]
        return sorted(found, key=lambda row: row.layer.kind == Layer.Kind.RELATION)

    def save(
        self,
        *,
        step: uuid.UUID,
        active_ms: int = 0,
        first_ordinal: int = 0,
        cause: dict[str, Any] | None = None,
        keeps_claim: bool = True,
    ) -> None:
        """Write annotations, decisions and the states that follow from them; see `check`.

        Raises:
            ConflictError: when the review has moved on since it was read, or a relation would lose an end.
        """
        changes = self.check(
            step=step, active_ms=active_ms, first_ordinal=first_ordinal, cause=cause, keeps_claim=keeps_claim
        )
        save_all([changes])

    def check(
        self,
        *,
        step: uuid.UUID,
        active_ms: int = 0,
        first_ordinal: int = 0,
        cause: Mapping[str, Any] | None = None,
        keeps_claim: bool = True,
    ) -> Changes:
        """What `save_all` is to write.

        Args:
            first_ordinal: number of decisions that the step has already, in other items.
            cause: goes into every decision.
            keeps_claim: whether the person goes on with the item.

        Raises:
            ConflictError: a relation would lose an end.
        """
        # Labels of one step come back together: on the way, one may lie where another one still is.
        for annotation in self._restored:
            if annotation.state == State.ACCEPTED:
                self.check_clashes(annotation, [State.ACCEPTED])
        touched = {row.annotation_id for row in self._decisions}
        rows = [row for row in self.annotations if row.pk in touched]
        for annotation in rows:
            self.check_ends_kept(annotation)
        ends = {row.head_id for row in rows} | {row.tail_id for row in rows}
        rows += [row for row in self.annotations if row.pk in ends - touched and row.pk in self._new]
        for decision in self._decisions:
            decision.step = step
            decision.ordinal += first_ordinal
            decision.cause = {**(cause or {}), **decision.cause}
        return Changes(
            made=[row for row in rows if row.pk in self._new],
            changed=[row for row in rows if row.pk not in self._new],
            decisions=self._decisions,
            save_states=partial(self._save_states, active_ms=active_ms, keeps_claim=keeps_claim),
        )

    def _save_states(self, *, active_ms: int, keeps_claim: bool) -> None:
        is_done = self._is_done()
        is_held = keeps_claim and not is_done
        version = self.review.version
        self.review.state = Review.State.DONE if is_done else Review.State.OPEN
        self.review.finished_at = self.now if is_done else None
        self.review.version = version + len(self._decisions)
        self.review.active_ms += min(max(active_ms, 0), MAX_STEP_MS)
        is_saved = save_review(
            self.review,
            seen_version=version,
            claimed_by=self.actor if is_held else None,
            until=claim_end(self.now) if is_held else None,
        )
        if not is_saved:
            raise conflict("changed-elsewhere", _("The item was changed at the same moment."), _("Decide again."))
        if self.review.attempt is not None:
            conclude(self.review.attempt)
            return
        others = [row for row in self.rows.reviews if row.pk != self.review.pk]
        settle_item(item=self.item, actor=self.actor, reviews=[self.review, *others])

    def _undecided_spans(self) -> set[object]:
        decided = {row.source_span_id for row in self.annotations if row.state in DECIDED}
        added = {row.pk for row in self.annotations if row.state == State.UNDECIDED and not row.source_span_id}
        return {key for key in self.source_spans if key not in decided} | added | set(self.tags)

    def _is_done(self) -> bool:
        if self._undecided_spans():
            return False
        return bool(self.source_spans) or self._has_nothing_here()

    def _has_nothing_here(self) -> bool:
        # An edit of the text, and its redo, are about no label either.
        redone = Q(kind=Kind.REDO, annotation__isnull=True, after={})
        about_item = self.review.decisions.filter(Q(kind=Kind.NOTHING) | redone)
        return about_item.filter(reversed_by__isnull=True).exists()
