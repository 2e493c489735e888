"""An item held for writing: how each act changes its annotations, and how it is undone."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from annotator.errors import ConflictError, bad_request, conflict
from annotator.models import (
    Annotation,
    Candidate,
    Decision,
    Layer,
    Review,
)
from annotator.queries.blindness import chosen_labels
from annotator.services.review_acts import Act
from annotator.services.review_clashes import LIVE
from annotator.services.review_kinds import name_of
from annotator.services.review_saving import RecordedItem
from annotator.services.review_snapshots import LATER_KEYS, Snapshot, take_snapshot

NOT_IN_TRANSLATION = "not-in-translation"

Kind = Decision.Kind
State = Annotation.State


class ReviewedItem(RecordedItem):
    """A locked item that takes acts."""

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
        if act.kind == Kind.EDIT:
            self._edit(act)
            return
        annotation = self.find(act)
        if annotation.state == State.WITHDRAWN:
            raise conflict("withdrawn", _("The span was taken back."), _("Reload the item."), place=annotation.surface)
        before, cause = take_snapshot(annotation), self._find_cause(annotation, act)
        kind = {
            Kind.ACCEPT: self._accept,
            Kind.RELABEL: self._relabel,
            Kind.MOVE: self._move,
            Kind.REJECT: self._reject,
            Kind.LINK: self._link,
        }[act.kind](annotation, act)
        self.record(kind, annotation=annotation, before=before, cause=cause)
        if annotation.state == State.REJECTED:
            self._reopen_relations(annotation)

    def _find_cause(self, annotation: Annotation, act: Act) -> dict[str, Any]:
        if act.candidate_id is None:
            return {}
        proposed = Candidate.objects.filter(pk=act.candidate_id, item=self.item, source_span=annotation.source_span_id)
        if annotation.source_span_id is None:
            # Of a tag without a source: what was proposed for the same token.
            begun_as = annotation.candidate
            place = (begun_as.segment_id, begun_as.start_char) if begun_as else (None, None)
            proposed = proposed.filter(segment=place[0], start_char=place[1], label__layer=annotation.layer_id)
        run_id = proposed.values_list("run", flat=True).first()
        if run_id is None:
            fault = _("No machine proposed this for the span.")
            raise bad_request("no-such-candidate", fault, _("Leave the candidate out."), place="candidate")
        return {"candidate": act.candidate_id, "run": run_id}

    def _apply_nothing(self) -> None:
        if self._undecided_spans():
            raise bad_request("still-undecided", _("Some spans are undecided."), _("Accept or reject them first."))
        self.record(Kind.NOTHING)

    def _accept(self, annotation: Annotation, act: Act) -> Decision.Kind:
        self._check_label_set(annotation)
        self._check_seen(annotation, act)
        if annotation.layer.kind == Layer.Kind.RELATION:
            self.check_ends(annotation)
        elif not annotation.intervals:
            annotation.state = State.REJECTED
            annotation.reason = self._find_reason(NOT_IN_TRANSLATION)
            return Kind.REJECT
        else:
            self._check_place(annotation, annotation.segment_id, annotation.intervals, act.surface)
        self.check_clashes(annotation, [State.ACCEPTED])
        annotation.state, annotation.reason = State.ACCEPTED, None
        return Kind.ACCEPT

    def _check_label_set(self, annotation: Annotation) -> None:
        """Refuse to accept the label of a machine that is kept from the person."""
        is_added = annotation.source_span_id is None and annotation.candidate_id is None
        if not self.item.is_blind or annotation.state != State.UNDECIDED or is_added:
            return
        is_placed = annotation.intervals or annotation.layer.kind == Layer.Kind.RELATION
        is_new = any(row.annotation_id == annotation.pk and row.kind == Kind.RELABEL for row in self._decisions)
        if is_placed and not is_new and not chosen_labels([annotation]):
            raise bad_request(
                "label-missing",
                _("This item is reviewed blind: the label is yours to set."),
                _("Set the label, then accept."),
                place=self.item.external_id,
            )

    def _relabel(self, annotation: Annotation, act: Act) -> Decision.Kind:
        already = self.find_clashes(annotation, LIVE)
        annotation.label = self._find_label(act, annotation.layer)
        self._reopen(annotation)
        self.check_clashes(annotation, LIVE, but=already)
        return Kind.RELABEL

    def _move(self, annotation: Annotation, act: Act) -> Decision.Kind:
        self.check_movable(annotation)
        already = self.find_clashes(annotation, LIVE)
        segment, intervals = self._read_place(annotation, act)
        self._reopen(annotation)
        self.place(annotation, segment, intervals)
        self.check_clashes(annotation, LIVE, but=already)
        return Kind.MOVE

    def _link(self, annotation: Annotation, act: Act) -> Decision.Kind:
        already = self.find_clashes(annotation, LIVE)
        if annotation.layer.kind == Layer.Kind.RELATION:
            if act.head is None and act.tail is None:
                raise bad_request(
                    "ends-missing", _("No end was named."), _("Name a head, a tail or both."), place="head"
                )
            self.set_ends(annotation, act)
        elif act.is_about_concept:
            self.set_concept(annotation, act)
        else:
            raise bad_request(
                "concept-missing", _("No concept was named."), _("Name one, or null for none."), place="concept"
            )
        self._reopen(annotation)
        self.check_clashes(annotation, LIVE, but=already)
        return Kind.LINK

    def _reject(self, annotation: Annotation, act: Act) -> Decision.Kind:
        annotation.reason = self._find_reason(act.reason)
        annotation.state = State.REJECTED
        return Kind.REJECT

    def _add(self, act: Act) -> None:
        if act.annotation_id is None:
            raise bad_request(
                "id-missing", _("The added span has no id."), _("Make a UUID for it."), place="annotation"
            )
        if act.annotation_id in self._new or Annotation.objects.filter(pk=act.annotation_id).exists():
            raise conflict(
                "id-taken", _("A span with this id exists already."), _("Reload the item."), place="annotation"
            )
        layer = self._find_layer(act)
        annotation = Annotation(pk=act.annotation_id, review=self.review, item=self.item, layer=layer)
        annotation.label = self._find_label(act, layer)
        self.place_added(annotation, act)
        if act.is_about_concept:
            self.set_concept(annotation, act)
        self.check_clashes(annotation, LIVE)
        self._new.add(annotation.pk)
        self.annotations.append(annotation)
        annotation.state = State.ACCEPTED
        before = {**take_snapshot(annotation), "state": State.WITHDRAWN.value}
        self.record(Kind.ADD, annotation=annotation, before=before)

    def _edit(self, act: Act) -> None:
        """Change the text; labels move along, and accepted ones that the edit touches are to be decided again."""
        if self.review.kind == Review.Kind.QUALIFICATION:
            fault = _("The text of a qualification item is not edited: its gold rests on it.")
            raise bad_request("qualification-item", fault, _("Mark the translation instead."), place="text")
        segment, edit = self.edit_text(act)
        cause = {"edit": {"segment": segment.pk, "version": segment.version}}
        for annotation in self.annotations:
            if annotation.segment_id != segment.pk or not annotation.intervals:
                continue
            before = take_snapshot(annotation)
            is_hit = self.move_along(annotation, edit)
            if annotation.state == State.ACCEPTED and (is_hit or not annotation.intervals):
                annotation.state = State.UNDECIDED
                self.record(Kind.REOPEN, annotation=annotation, before=before, cause=cause)
            elif before != take_snapshot(annotation):
                self.record(Kind.MOVE, annotation=annotation, before=before, cause=cause)
        self.record(
            Kind.EDIT,
            before={"segment": segment.pk, "text_version": segment.version - 1},
            after={"segment": segment.pk, "text_version": segment.version},
        )

    @staticmethod
    def _reopen(annotation: Annotation) -> None:
        if annotation.state == State.REJECTED:
            annotation.state, annotation.reason = State.UNDECIDED, None

    def _reopen_relations(self, end: Annotation) -> None:
        """A relation that loses an end is undecided again, in the same step."""
        for relation in self.relations_on(end):
            before = take_snapshot(relation)
            relation.state = State.UNDECIDED
            self.record(Kind.REOPEN, annotation=relation, before=before, cause={"end": str(end.pk)})

    # ---------------------------------------------------------------------------------------------------- undoing

    def reverse(self, decision: Decision, *, kind: Decision.Kind) -> None:
        """Bring back what was before a decision.

        Raises:
            ConflictError: when somebody has changed the span since.
        """
        if "text_version" in decision.after:
            done = self.restore_text(decision)
            after = {"segment": done["segment"], "text_version": done["now"]}
            self.record(kind, before={**after, "text_version": done["text_version"]}, after=after, reverses=decision)
            return
        if decision.annotation_id is None:
            self.record(kind, reverses=decision)
            return
        annotation = next(row for row in self.annotations if row.pk == decision.annotation_id)
        before = take_snapshot(annotation)
        if before != {**LATER_KEYS, **decision.after}:
            raise self._changed_since(annotation)
        self._restore(annotation, {**LATER_KEYS, **decision.before})
        self._restored.append(annotation)
        self.record(kind, annotation=annotation, before=before, reverses=decision)

    def _restore(self, annotation: Annotation, snapshot: Snapshot) -> None:
        by_id = {str(row.pk): row for row in self.annotations}
        annotation.state = snapshot["state"]
        annotation.label = self.labels[snapshot["label"]]
        annotation.reason_id = snapshot["reason"]
        annotation.concept_id = snapshot["concept"]
        annotation.head, annotation.tail = by_id.get(snapshot["head"]), by_id.get(snapshot["tail"])
        self.place(annotation, snapshot["segment"], snapshot["intervals"])

    def _changed_since(self, annotation: Annotation) -> ConflictError:
        last = annotation.decisions.select_related("actor").last()
        who = last.actor if last else "Somebody"
        return conflict(
            "changed-since",
            _("%(who)s has changed %(annotation)r after your decision.")
            % {"who": who, "annotation": name_of(annotation)},
            _("Open the item and decide anew instead of undoing."),
            place=self.item.external_id,
        )
