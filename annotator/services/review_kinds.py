"""What the kinds of labels ask of acts on them: where tags and classes sit, what relations join, what clashes."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotator.errors import bad_request, conflict
from annotator.models import Annotation, Concept, Layer, Segment
from annotator.services.review_acts import Act, SpanRef
from annotator.services.review_clashes import LockedClashes

State = Annotation.State
Kind = Layer.Kind
# What a relation can join.
JOINED = (Kind.SPAN, Kind.TOKEN)
IMMOVABLE = {
    Kind.TOKEN: (gettext_lazy("A tag stays with its word."), gettext_lazy("Reject it, and add one to the other word.")),
    Kind.CLASS: (
        gettext_lazy("A class is about the whole text."),
        gettext_lazy("Reject it, and add one to the other text."),
    ),
    Kind.RELATION: (
        gettext_lazy("A relation has no place of its own."),
        gettext_lazy("Change its ends, or move the spans that it joins."),
    ),
}


def name_of(annotation: Annotation) -> str:
    """What messages call an annotation."""
    if annotation.layer.kind == Kind.RELATION:
        ends = [end.surface if end else "?" for end in (annotation.head, annotation.tail)]
        return f"{ends[0]} → {ends[1]}"
    return annotation.label.name if annotation.layer.kind == Kind.CLASS else annotation.surface


class LockedKinds(LockedClashes):
    """A locked item that knows the rules of each kind."""

    def check_movable(self, annotation: Annotation) -> None:
        """Refuse to move what follows from its kind."""
        if annotation.layer.kind in IMMOVABLE:
            fault, remedy = IMMOVABLE[Kind(annotation.layer.kind)]
            raise bad_request("cannot-move", str(fault), str(remedy), place=self.item.external_id)

    # --------------------------------------------------------------------------------------------- tags and classes

    def place_added(self, annotation: Annotation, act: Act) -> None:
        """Put an added label where its kind belongs."""
        if annotation.layer.kind == Kind.RELATION:
            self._place_relation(annotation, act)
            return
        if annotation.layer.kind == Kind.CLASS:
            segment = self._find_classified(annotation.layer, act)
            place = [[0, len(segment.text)]]
            self._check_place(annotation, segment.pk, place, act.surface)
            self.place(annotation, segment.pk, place)
            return
        segment_id, intervals = self._read_place(annotation, act)
        is_token = len(intervals) == 1 and intervals[0] in self.segments[segment_id].tokens
        if annotation.layer.kind == Kind.TOKEN and not is_token:
            raise bad_request("no-token", _("A tag covers exactly one word."), _("Mark one word."), place="intervals")
        self.place(annotation, segment_id, intervals)

    def _find_classified(self, layer: Layer, act: Act) -> Segment:
        """The text that a class is about."""
        segments = [row for row in self.targets if layer.role in ("", row.role)]
        if layer.scope == Layer.Scope.ITEM:
            segments = segments[:1]
        segment = next((row for row in segments if act.segment_id in (None, row.pk)), None)
        if segment is None:
            raise bad_request(
                "no-such-segment",
                _("The layer %(layer)s is not about this text.") % {"layer": layer},
                _("Choose another."),
                place="segment",
            )
        if not segment.text.strip():
            raise bad_request("empty-text", _("The text is empty."), _("Classify a text with words."), place="segment")
        return segment

    # -------------------------------------------------------------------------------------------------- relations

    def _place_relation(self, annotation: Annotation, act: Act) -> None:
        if act.head is None or act.tail is None:
            raise bad_request(
                "ends-missing", _("A relation joins two spans."), _("Name its head and its tail."), place="head"
            )
        self.set_ends(annotation, act)
        self.place(annotation, annotation.head.segment_id if annotation.head else self.targets[0].pk, ())

    def set_ends(self, annotation: Annotation, act: Act) -> None:
        """Give a relation the ends that an act names.

        Raises:
            BadRequestError: an end is missing, of a wrong kind, rejected or without a place.
        """
        if act.head:
            annotation.head = self._find_end(act.head, place="head")
        if act.tail:
            annotation.tail = self._find_end(act.tail, place="tail")
        if annotation.head == annotation.tail:
            raise bad_request(
                "same-ends", _("A relation joins two different spans."), _("Choose another end."), place="tail"
            )
        for end, is_given in ((annotation.head, act.head), (annotation.tail, act.tail)):
            if is_given and end:
                self._check_end(end)

    def _find_end(self, ref: SpanRef, *, place: str) -> Annotation:
        end = self.find_span(ref.source_span_id, ref.annotation_id)
        if end.layer.kind not in JOINED:
            raise bad_request(
                "bad-end",
                _("A relation cannot join %(end)r.") % {"end": name_of(end)},
                _("Choose a span or a tagged word."),
                place=place,
            )
        return end

    def check_ends(self, annotation: Annotation) -> None:
        """Refuse a relation of which an end is rejected, taken back or without a place."""
        for end in (annotation.head, annotation.tail):
            if end is None:
                fault = _("%(annotation)r has no ends.") % {"annotation": name_of(annotation)}
                raise bad_request("no-ends", fault, _("Name both, or reject it."), place=self.item.external_id)
            self._check_end(end)

    def _check_end(self, end: Annotation) -> None:
        if end.source_span_id:
            self.renew(end)
        code, fault = _fault_of(end)
        if fault:
            name = end.surface or (end.source_span.surface if end.source_span else "")
            raise bad_request(
                code,
                fault % {"name": name},
                _("Settle that span first, choose another end, or reject the relation."),
                place=self.item.external_id,
            )

    def relations_on(self, end: Annotation) -> list[Annotation]:
        """Accepted relations that a span is an end of."""
        accepted = [row for row in self.annotations if row.state == State.ACCEPTED]
        return [row for row in accepted if end.pk in (row.head_id, row.tail_id)]

    def check_ends_kept(self, annotation: Annotation) -> None:
        """Refuse to take a span away under an accepted relation."""
        relations = self.relations_on(annotation) if any(_fault_of(annotation)) else []
        if relations:
            raise conflict(
                "end-in-use",
                _("%(annotation)r is an end of %(relations)r, which is accepted.")
                % {"annotation": name_of(annotation), "relations": name_of(relations[0])},
                _("Open the item and reject that relation first."),
                place=self.item.external_id,
            )

    # --------------------------------------------------------------------------------------------------- concepts

    def set_concept(self, annotation: Annotation, act: Act) -> None:
        """Link a span to a concept of the terminology, or to none."""
        if not annotation.layer.has_concepts:
            raise bad_request(
                "no-concepts",
                _("The layer %(layer)s takes no concepts.") % {"layer": annotation.layer},
                _("Choose a label only."),
                place="concept",
            )
        concept = None
        if act.concept_id is not None:
            concept = Concept.objects.filter(project=self.project, pk=act.concept_id).first()
            if concept is None:
                raise bad_request(
                    "no-such-concept", _("The terminology has no such concept."), _("Search it again."), place="concept"
                )
        annotation.concept = concept
        annotation.concept_id = concept.pk if concept else None


def _fault_of(end: Annotation) -> tuple[str, str]:
    """What keeps a span from being an end of a relation, as code and words; empty for nothing."""
    if end.state == State.REJECTED:
        return "end-rejected", _("The end %(name)r of this relation is rejected.")
    if end.state == State.WITHDRAWN:
        return "end-withdrawn", _("The end %(name)r of this relation is taken back.")
    return (
        ("", "")
        if end.intervals
        else ("end-unplaced", _("The end %(name)r of this relation is not found in the translation."))
    )
