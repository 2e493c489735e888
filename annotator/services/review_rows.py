"""An item locked for writing, with its annotations, candidates and labels, and the rules that acts on it must keep."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import NoReturn

from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.errors import BadRequestError, bad_request, conflict
from annotator.models import (
    Annotation,
    Candidate,
    Item,
    Label,
    Layer,
    Project,
    RejectReason,
    Review,
    Segment,
    User,
)
from annotator.queries.proposed_tags import Proposals, list_proposed_tags
from annotator.queries.review_spans import is_untouched
from annotator.queries.text_versions import TextVersions
from annotator.services.claims import hold_review
from annotator.services.locked_rows import ItemRows, lock_items
from annotator.services.review_acts import Act, SpanRef
from projection.errors import OffsetError
from projection.text import check_span, trim_interval

State = Annotation.State


class LockedItem:
    """One item, locked for the rest of the transaction, with what belongs to it; says what is not allowed."""

    def __init__(
        self,
        *,
        project: Project,
        actor: User,
        item_id: int,
        kind: Review.Kind = Review.Kind.REVIEW,
        rows: ItemRows | None = None,
    ) -> None:
        """Lock the item, unless `lock_items` has done so and gave its rows."""
        self.project = project
        self.actor = actor
        self.now = timezone.now()
        self.rows = rows or lock_items(project, [item_id], actor=actor).get(item_id) or _refuse_unknown()
        self.item = self.rows.item
        self.item.project = project
        self._check_projected()
        self.review = self._hold(kind)
        self.segments = {segment.pk: segment for segment in self.rows.segments}
        self.targets = [row for row in self.segments.values() if row.side == Segment.Side.TARGET]
        self.source_spans = {span.pk: span for span in self.rows.source_spans}
        self.labels = self.rows.project.labels
        self.annotations = self._load_annotations()
        self.candidates, tags = self._load_candidates()
        self.tags = {name: candidates[0] for name, candidates in tags.items()}
        self._new: set[uuid.UUID] = set()

    def _check_projected(self) -> None:
        if self.item.state == Item.State.NEW:
            raise conflict(
                "not-projected", _("The item has not been projected yet."), _("Start a run first."), place="item"
            )

    def _hold(self, kind: Review.Kind) -> Review:
        assigned = [row.reviewer_id for row in self.rows.assignments]
        return hold_review(
            item=self.item, actor=self.actor, now=self.now, rows=self.rows.reviews, assigned=assigned, kind=kind
        )

    def _load_annotations(self) -> list[Annotation]:
        rows = {row.pk: row for row in self.rows.annotations if row.review_id == self.review.pk}
        for row in rows.values():
            row.label = self.labels[row.label_id]
            # One object a span, so that a relation sees what the same step does to its ends.
            row.head = rows[row.head_id] if row.head_id else None
            row.tail = rows[row.tail_id] if row.tail_id else None
        return list(rows.values())

    def _load_candidates(self) -> tuple[dict[int, Candidate], Proposals]:
        found = self.rows.candidates
        proposed = [row.candidate for row in self.annotations if row.candidate]
        TextVersions(self.segments.values()).update([*found, *proposed])
        for row in found:
            row.label = self.labels[row.label_id]
        tags = list_proposed_tags(
            self.item,
            found,
            actor_id=self.actor.pk,
            review=self.review,
            annotations=self.annotations,
            attempt=self.review.attempt.number if self.review.attempt else 0,
        )
        return {row.source_span_id: row for row in found if row.source_span_id}, tags

    # ------------------------------------------------------------------------------------------------------ spans

    def find(self, act: Act) -> Annotation:
        """The annotation that an act is about; see `find_span`."""
        return self.find_span(*act.target)

    def find_span(self, source_span_id: int | None, annotation_id: uuid.UUID | None) -> Annotation:
        """The annotation of a span; made, not yet saved, from the candidate when there is none."""
        for annotation in self.annotations:
            if annotation_id and annotation.pk == annotation_id:
                return annotation
            if source_span_id and annotation.source_span_id == source_span_id:
                return self.renew(annotation)
        if annotation_id in self.tags:
            return self.begin_tag(annotation_id)
        if source_span_id not in self.source_spans:
            raise bad_request("no-such-span", _("The span is not in this item."), _("Reload the item."), place="span")
        return self._begin(source_span_id)

    def _begin(self, source_span_id: int) -> Annotation:
        span = self.source_spans[source_span_id]
        annotation = Annotation(review=self.review, item=self.item, layer=span.layer, source_span=span)
        self._fill(annotation, self.candidates.get(source_span_id))
        self._new.add(annotation.pk)
        self.annotations.append(annotation)
        return annotation

    def begin_tag(self, name: uuid.UUID) -> Annotation:
        """Make the annotation of a proposed tag that has no source span."""
        candidate = self.tags.pop(name)
        label = self.labels[candidate.label_id]
        annotation = Annotation(pk=name, review=self.review, item=self.item, layer=label.layer, label=label)
        annotation.candidate = candidate
        self.place(annotation, candidate.segment_id or 0, candidate.intervals)
        self._new.add(name)
        self.annotations.append(annotation)
        return annotation

    def _fill(self, annotation: Annotation, candidate: Candidate | None) -> None:
        span = self.source_spans[annotation.source_span_id or 0]
        annotation.candidate = candidate
        annotation.label = self.labels[candidate.label_id if candidate else span.label_id]
        annotation.concept_id = candidate.concept_id if candidate else span.concept_id
        annotation.head = self.find_span(span.head_id, None) if span.head_id else None
        annotation.tail = self.find_span(span.tail_id, None) if span.tail_id else None
        placed = candidate is not None and candidate.segment_id is not None
        segment_id = candidate.segment_id if candidate and candidate.segment_id else self.targets[0].pk
        self.place(annotation, segment_id, candidate.intervals if candidate and placed else ())

    def renew(self, annotation: Annotation) -> Annotation:
        """Begin again from the run that is shown now, when everything decided before was undone."""
        candidate = self.candidates.get(annotation.source_span_id or 0)
        if annotation.candidate_id != (candidate.pk if candidate else None) and is_untouched(annotation):
            self._fill(annotation, candidate)
        return annotation

    def place(self, annotation: Annotation, segment_id: int, intervals: Iterable[Sequence[int]]) -> None:
        """Put an annotation somewhere, or nowhere when there are no intervals."""
        segment = self.segments[segment_id]
        annotation.segment_id = segment_id
        annotation.intervals = [list(pair) for pair in intervals]
        if not annotation.intervals:
            annotation.start_char = annotation.end_char = None
            annotation.surface = ""
            return
        annotation.start_char, annotation.end_char = annotation.intervals[0][0], annotation.intervals[-1][1]
        annotation.surface = " ".join(segment.text[start:end] for start, end in annotation.intervals)

    # ----------------------------------------------------------------------------------------------------- checks

    def _check_seen(self, annotation: Annotation, act: Act) -> None:
        label_differs = act.label_id not in (None, annotation.label_id)
        seen = None if act.intervals is None else [list(pair) for pair in act.intervals]
        ends = ((act.head, annotation.head), (act.tail, annotation.tail))
        if label_differs or seen not in (None, annotation.intervals) or any(_is_other(*each) for each in ends):
            raise conflict(
                "span-differs",
                _("The span %(surface)r is not as you saw it.") % {"surface": annotation.surface},
                _("Look at it again and decide anew."),
                place=self.item.external_id,
            )

    def _read_place(self, annotation: Annotation, act: Act) -> tuple[int, list[list[int]]]:
        segment_id = act.segment_id or annotation.segment_id or self.targets[0].pk
        if segment_id not in {row.pk for row in self.targets}:
            raise bad_request(
                "no-such-segment", _("This is no target segment of the item."), _("Reload."), place="segment"
            )
        role = annotation.layer.role
        if role and self.segments[segment_id].role != role:
            fault = _("The layer %(layer)s is about texts of the role %(role)r.") % {
                "layer": annotation.layer,
                "role": role,
            }
            raise bad_request("wrong-role", fault, _("Choose such a text."), place="segment")
        intervals = [list(pair) for pair in act.intervals or ()]
        self._check_place(annotation, segment_id, intervals, act.surface)
        text = self.segments[segment_id].text
        trimmed = [list(trim_interval(text, start, end)) for start, end in intervals]
        if any(start >= end for start, end in trimmed):
            raise bad_request(
                "only-white-space", _("The span holds only white space."), _("Mark a word."), place="intervals"
            )
        return segment_id, trimmed

    def _check_place(
        self, annotation: Annotation, segment_id: int, intervals: Sequence[Sequence[int]], surface: str | None
    ) -> None:
        if surface is None:
            raise bad_request(
                "surface-missing", _("The covered text was not sent."), _("Send surface."), place="surface"
            )
        if len(intervals) > 1 and not annotation.layer.allows_discontinuous:
            raise bad_request(
                "discontinuous",
                _("The layer %(layer)s takes spans in one piece.") % {"layer": annotation.layer},
                _("Mark one piece."),
            )
        try:
            check_span(self.segments[segment_id].text, [(pair[0], pair[1]) for pair in intervals], surface=surface)
        except OffsetError as err:
            raise BadRequestError(err.problem) from err

    def _find_label(self, act: Act, layer: Layer) -> Label:
        label = self.labels.get(act.label_id or 0)
        if label is None or label.layer_id != layer.pk:
            raise bad_request(
                "no-such-label",
                _("The layer %(layer)s has no such label.") % {"layer": layer},
                _("Choose another."),
                place="label",
            )
        return label

    def _find_layer(self, act: Act) -> Layer:
        if act.layer_id:
            layer = self.project.layers.filter(pk=act.layer_id).first()
        elif act.label_id in self.labels:
            layer = self.labels[act.label_id].layer
        else:
            layer = self.project.layers.filter(kind=Layer.Kind.SPAN).first()
        if layer is None:
            raise bad_request(
                "no-such-layer", _("The project has no such layer."), _("Reload the page."), place="layer"
            )
        return layer

    def _find_reason(self, code: str) -> RejectReason:
        reason = self.rows.project.reasons.get(code)
        if reason is None:
            raise bad_request(
                "no-such-reason",
                _("The project has no reject reason %(code)r.") % {"code": code},
                _("Choose one of its list."),
                place="reason",
            )
        return reason

    def check_unseen(self, acts: Sequence[Act], *, seen_version: int | None) -> None:
        """Refuse when another person has changed one of these spans since; one's own later edits are no conflict."""
        if seen_version is None or seen_version >= self.review.version:
            return
        later = self.review.decisions.order_by("id").select_related("annotation", "actor")[max(0, seen_version) :]
        targets = {act.source_span_id for act in acts} | {act.annotation_id for act in acts}
        for decision in later:
            about = decision.annotation
            if decision.actor_id == self.actor.pk or about is None:
                continue
            if about.pk in targets or (about.source_span_id and about.source_span_id in targets):
                raise conflict(
                    "changed-elsewhere",
                    _("%(actor)s has changed %(surface)r in the meantime.")
                    % {"actor": decision.actor, "surface": about.surface},
                    _("It is shown as it is now; decide anew if you differ."),
                    place=self.item.external_id,
                )


def _refuse_unknown() -> NoReturn:
    raise bad_request("no-such-item", _("The item is not in this project."), _("Reload the page."), place="item")


def _is_other(seen: SpanRef | None, end: Annotation | None) -> bool:
    if seen is None:
        return False
    return end is None or (seen != SpanRef(end.source_span_id) and seen != SpanRef(annotation_id=end.pk))
