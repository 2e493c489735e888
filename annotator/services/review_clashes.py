"""Which labels of an item cannot stand side by side: spans that overlap, two tags on a word, two classes where one is
asked for, the same relation twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotator.errors import BadRequestError, bad_request
from annotator.models import Annotation, Candidate, Layer
from annotator.services.review_rows import LockedItem

State = Annotation.State
Kind = Layer.Kind
LIVE = (State.ACCEPTED, State.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Placed:
    """A label and where it is, whoever put it there.

    Attributes:
        pk: of the annotation or candidate.
        ends: what names head and tail of a relation inside the item.
    """

    pk: object
    layer_id: int
    label_id: int
    label: str
    segment_id: int | None
    intervals: list[list[int]]
    surface: str
    ends: tuple[Any, Any]


class LockedClashes(LockedItem):
    """A locked item that says what stands in the way of a label."""

    def find_clashes(self, annotation: Annotation, states: Iterable[str]) -> list[Placed]:
        """Labels in these states, or proposed ones where undecided ones count, that a label cannot stand beside."""
        wanted = set(states)
        decided = {row.source_span_id for row in self.annotations if row.source_span_id}
        others = [_of_annotation(row) for row in self.annotations if row.pk != annotation.pk and row.state in wanted]
        if State.UNDECIDED in wanted:
            others += [self._of_candidate(row) for key, row in self.candidates.items() if key not in decided]
            others += [self._of_candidate(row) for row in self.tags.values()]
        own = _of_annotation(annotation)
        return [each for each in others if each.layer_id == own.layer_id and _do_clash(annotation.layer, own, each)]

    def check_clashes(
        self, annotation: Annotation, states: Iterable[str], *, but: Iterable[Placed] = frozenset()
    ) -> None:
        """Refuse what cannot stand beside another label.

        Args:
            but: what it clashed with before; no new fault.
        """
        known = {each.pk for each in but}
        for other in self.find_clashes(annotation, states):
            if other.pk not in known:
                raise self._clash(annotation, other)

    def _of_candidate(self, candidate: Candidate) -> Placed:
        source = self.source_spans.get(candidate.source_span_id or 0)
        label = self.labels[candidate.label_id]
        return Placed(
            pk=candidate.pk,
            layer_id=label.layer_id,
            label_id=label.pk,
            label=label.name,
            segment_id=candidate.segment_id,
            intervals=candidate.intervals,
            surface=candidate.surface,
            ends=(source.head_id, source.tail_id) if source else (None, None),
        )

    def _clash(self, annotation: Annotation, other: Placed) -> BadRequestError:
        place = self.item.external_id
        first = _("Relabel or reject that one first.")
        if annotation.layer.kind == Kind.RELATION:
            fault = _("The two spans are joined by %(label)r already.") % {"label": other.label}
            return bad_request("same-relation", fault, _("Decide on that one."), place=place)
        if annotation.layer.kind == Kind.TOKEN:
            return bad_request(
                "one-tag",
                _("%(surface)r has the tag %(label)r already.") % {"surface": other.surface, "label": other.label},
                first,
                place=place,
            )
        if annotation.layer.kind == Kind.CLASS:
            return bad_request(
                "one-class", _("The class %(label)r is set already.") % {"label": other.label}, first, place=place
            )
        return bad_request(
            "overlap",
            _("%(surface)r would overlap %(surface_2)r.") % {"surface": annotation.surface, "surface_2": other.surface},
            _("Move or reject that one first, or allow overlap in the layer."),
            place=place,
        )


def _of_annotation(row: Annotation) -> Placed:
    return Placed(
        pk=row.pk,
        layer_id=row.layer_id,
        label_id=row.label_id,
        label=row.label.name,
        segment_id=row.segment_id,
        intervals=row.intervals,
        surface=row.surface,
        ends=(_end_key(row.head), _end_key(row.tail)),
    )


def _end_key(end: Annotation | None) -> object:
    if end is None:
        return None
    return end.source_span_id or end.pk


def _do_clash(layer: Layer, one: Placed, two: Placed) -> bool:
    if layer.kind == Kind.RELATION:
        return None not in one.ends and (one.ends, one.label_id) == (two.ends, two.label_id)
    if not one.intervals or not two.intervals:
        return False
    is_same_text = one.segment_id == two.segment_id
    if layer.kind == Kind.CLASS:
        is_same_text = is_same_text or layer.scope == Layer.Scope.ITEM
        return is_same_text and (layer.choice != Layer.Choice.MULTIPLE or one.label_id == two.label_id)
    if layer.allows_overlap or not is_same_text:
        return False
    return any(start < end2 and start2 < end for start, end in one.intervals for start2, end2 in two.intervals)
