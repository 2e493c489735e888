"""An item locked for writing, with its annotations, candidates and labels, and the rules that acts on it must keep."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

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
from annotator.queries.review import is_untouched
from annotator.services.review_acts import Act
from projection.errors import OffsetError
from projection.text import check_span, trim_interval

CLAIM_S = 15 * 60
# The pass of reviewing that people decide in; items that several people review apart will have more.
REVIEW_NUMBER = 1

State = Annotation.State
LIVE = (State.ACCEPTED, State.UNDECIDED)


def claim_end(now: datetime) -> datetime:
    """When a claim made now runs out."""
    return now + timedelta(seconds=CLAIM_S)


class LockedItem:
    """One item, locked for the rest of the transaction, with what belongs to it; says what is not allowed."""

    def __init__(self, *, project: Project, actor: User, item_id: int) -> None:
        self.project = project
        self.actor = actor
        self.now = timezone.now()
        self.item = self._lock(item_id)
        self.review, _ = Review.objects.get_or_create(
            item=self.item, number=REVIEW_NUMBER, defaults={"reviewer": actor}
        )
        self.segments = {segment.pk: segment for segment in self.item.segments.all()}
        self.targets = [row for row in self.segments.values() if row.side == Segment.Side.TARGET]
        self.source_spans = {span.pk: span for span in self.item.source_spans.select_related("layer")}
        self.annotations = list(self.review.annotations.select_related("layer", "source_span").order_by("start_char"))
        self.candidates = self._load_candidates()
        self.labels = {row.pk: row for row in Label.objects.filter(layer__project=project)}
        self._new: set[uuid.UUID] = set()

    def _lock(self, item_id: int) -> Item:
        item = Item.objects.select_for_update().filter(project=self.project, pk=item_id).first()
        if item is None:
            raise bad_request("no-such-item", "The item is not in this project.", "Reload the page.", place="item")
        if item.state == Item.State.NEW:
            raise conflict("not-projected", "The item has not been projected yet.", "Start a run first.", place="item")
        held_until = item.claim_expires_at
        if item.claimed_by_id not in (None, self.actor.pk) and held_until and held_until > self.now:
            raise conflict(
                "claimed",
                f"{item.claimed_by} is reviewing this item until {held_until:%H:%M} UTC.",
                "Go on with the next item.",
                place=item.external_id,
            )
        return item

    def _load_candidates(self) -> dict[int, Candidate]:
        shown = Candidate.objects.filter(
            item=self.item, rank=0, run__project=self.project, run__tgt_lang=self.item.tgt_lang, run__is_active=True
        )
        return {row.source_span_id: row for row in shown}

    # ------------------------------------------------------------------------------------------------------ spans

    def find(self, act: Act) -> Annotation:
        """The annotation that an act is about; made, not yet saved, from the candidate when there is none."""
        source_span_id, annotation_id = act.target
        for annotation in self.annotations:
            if annotation_id and annotation.pk == annotation_id:
                return annotation
            if source_span_id and annotation.source_span_id == source_span_id:
                return self._renew(annotation)
        if source_span_id not in self.source_spans:
            raise bad_request("no-such-span", "The span is not in this item.", "Reload the item.", place="span")
        return self._begin(source_span_id)

    def _begin(self, source_span_id: int) -> Annotation:
        span = self.source_spans[source_span_id]
        annotation = Annotation(review=self.review, item=self.item, layer=span.layer, source_span=span)
        self._fill(annotation, self.candidates.get(source_span_id))
        self._new.add(annotation.pk)
        self.annotations.append(annotation)
        return annotation

    def _fill(self, annotation: Annotation, candidate: Candidate | None) -> None:
        span = self.source_spans[annotation.source_span_id or 0]
        annotation.candidate = candidate
        annotation.label_id = candidate.label_id if candidate else span.label_id
        placed = candidate is not None and candidate.segment_id is not None
        segment_id = candidate.segment_id if candidate and candidate.segment_id else self.targets[0].pk
        self.place(annotation, segment_id, candidate.intervals if candidate and placed else ())

    def _renew(self, annotation: Annotation) -> Annotation:
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
        if label_differs or seen not in (None, annotation.intervals):
            raise conflict(
                "span-differs",
                f"The span {annotation.surface!r} is not as you saw it.",
                "Look at it again and decide anew.",
                place=self.item.external_id,
            )

    def _read_place(self, annotation: Annotation, act: Act) -> tuple[int, list[list[int]]]:
        segment_id = act.segment_id or annotation.segment_id or self.targets[0].pk
        if segment_id not in {row.pk for row in self.targets}:
            raise bad_request("no-such-segment", "This is no target segment of the item.", "Reload.", place="segment")
        intervals = [list(pair) for pair in act.intervals or ()]
        self._check_place(annotation, segment_id, intervals, act.surface)
        text = self.segments[segment_id].text
        trimmed = [list(trim_interval(text, start, end)) for start, end in intervals]
        if any(start >= end for start, end in trimmed):
            raise bad_request("only-white-space", "The span holds only white space.", "Mark a word.", place="intervals")
        return segment_id, trimmed

    def _check_place(
        self, annotation: Annotation, segment_id: int, intervals: Sequence[Sequence[int]], surface: str | None
    ) -> None:
        if surface is None:
            raise bad_request("surface-missing", "The covered text was not sent.", "Send surface.", place="surface")
        if len(intervals) > 1 and not annotation.layer.allows_discontinuous:
            raise bad_request(
                "discontinuous", f"The layer {annotation.layer} takes spans in one piece.", "Mark one piece."
            )
        try:
            check_span(self.segments[segment_id].text, [(pair[0], pair[1]) for pair in intervals], surface=surface)
        except OffsetError as err:
            raise BadRequestError(err.problem) from err

    def _overlapping(self, annotation: Annotation, states: Iterable[str]) -> list[Annotation | Candidate]:
        if annotation.layer.allows_overlap or not annotation.intervals:
            return []
        decided = {row.source_span_id for row in self.annotations if row.source_span_id}
        others: list[Annotation | Candidate] = [
            row for row in self.annotations if row.pk != annotation.pk and row.state in states
        ]
        if State.UNDECIDED in states:
            others += [row for key, row in self.candidates.items() if key not in decided]
        return [row for row in others if self._do_overlap(annotation, row)]

    def _do_overlap(self, annotation: Annotation, other: Annotation | Candidate) -> bool:
        layer_id = other.layer_id if isinstance(other, Annotation) else self.source_spans[other.source_span_id].layer_id
        if layer_id != annotation.layer_id or other.segment_id != annotation.segment_id:
            return False
        return any(
            start < end2 and start2 < end for start, end in annotation.intervals for start2, end2 in other.intervals
        )

    def _check_overlap(
        self, annotation: Annotation, states: Iterable[str], *, but: Iterable[object] = frozenset()
    ) -> None:
        known = set(but)
        for other in self._overlapping(annotation, states):
            if other.pk not in known:
                raise bad_request(
                    "overlap",
                    f"{annotation.surface!r} would overlap {other.surface!r}.",
                    "Move or reject that one first, or allow overlap in the layer.",
                    place=self.item.external_id,
                )

    def _find_label(self, act: Act, layer: Layer) -> Label:
        label = self.labels.get(act.label_id or 0)
        if label is None or label.layer_id != layer.pk:
            raise bad_request(
                "no-such-label", f"The layer {layer} has no such label.", "Choose another.", place="label"
            )
        return label

    def _find_layer(self, act: Act) -> Layer:
        layers = self.project.layers.filter(kind=Layer.Kind.SPAN)
        layer = layers.filter(pk=act.layer_id).first() if act.layer_id else layers.first()
        if layer is None:
            raise bad_request("no-such-layer", "The project has no such span layer.", "Reload the page.", place="layer")
        return layer

    def _find_reason(self, code: str) -> RejectReason:
        reasons = RejectReason.objects.filter(project=self.project)
        newest = reasons.aggregate(newest=Max("version"))["newest"]
        reason = next((row for row in reasons.filter(version=newest) if row.code == code), None)
        if reason is None:
            raise bad_request(
                "no-such-reason",
                f"The project has no reject reason {code!r}.",
                "Choose one of its list.",
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
                    f"{decision.actor} has changed {about.surface!r} in the meantime.",
                    "It is shown as it is now; decide anew if you differ.",
                    place=self.item.external_id,
                )
