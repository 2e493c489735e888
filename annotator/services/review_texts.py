"""Correcting the target text of an item under review: versions are kept, and labels move along."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from annotator import mapping
from annotator.errors import bad_request, conflict
from annotator.models import Annotation, Decision, Layer, Segment, SegmentVersion
from annotator.queries.text_versions import read_edit
from annotator.services.review_acts import Act
from annotator.services.review_kinds import LockedKinds
from projection.edits import TextEdit
from projection.text import tokenize
from projection.types import Interval

MAX_TEXT = 100_000

State = Annotation.State


class LockedTexts(LockedKinds):
    """A locked item whose target texts can be changed."""

    def edit_text(self, act: Act) -> tuple[Segment, TextEdit]:
        """Give a target text another wording; writes the new version, moves nothing yet.

        Raises:
            BadRequestError: no target text, or an empty, overlong or unchanged one.
            ConflictError: the text was edited since, or other people have decided on it.
        """
        segment = self.segments.get(act.segment_id or 0)
        if segment is None or segment.side != Segment.Side.TARGET:
            fault = _("This is no target segment of the item.")
            raise bad_request("no-such-segment", fault, _("Reload the page."), place="segment")
        self._check_editable(segment)
        if act.text_version != segment.version:
            fault = _("The text was edited in the meantime.")
            raise conflict("text-changed", fault, _("Read it again."), place=self.item.external_id)
        text = (act.text or "").strip()
        self._check_text(segment, text)
        return segment, self._write_text(segment, text)

    def _check_editable(self, segment: Segment) -> None:
        others = Annotation.objects.filter(item=self.item, segment=segment).exclude(review=self.review)
        if others.exists():
            fault = _("Other people have decided on this text too.")
            remedy = _("Mark the translation instead; it can be corrected in the adjudication of a new import.")
            raise conflict("others-have-decided", fault, remedy, place=self.item.external_id)

    @staticmethod
    def _check_text(segment: Segment, text: str) -> None:
        if not text:
            fault = _("The text is empty.")
            raise bad_request("empty-text", fault, _("Write the translation, or reject its labels."), place="text")
        if len(text) > MAX_TEXT:
            fault = _("The text is longer than %(n)s characters.") % {"n": MAX_TEXT}
            raise bad_request("text-too-long", fault, _("Shorten it."), place="text")
        if any("\ud800" <= char <= "\udfff" or char == "\0" for char in text):
            fault = _("The text holds half a character or a null character.")
            raise bad_request("bad-text", fault, _("Type it anew."), place="text")
        if text == segment.text:
            raise bad_request("unchanged", _("The text is as it was."), _("Change it, or go on."), place="text")

    def _write_text(self, segment: Segment, text: str) -> TextEdit:
        before = SegmentVersion(segment=segment, number=segment.version, text=segment.text, tokens=segment.tokens)
        if segment.version == 1:
            SegmentVersion.objects.get_or_create(
                segment=segment, number=1, defaults={"text": segment.text, "tokens": segment.tokens}
            )
        segment.text, segment.version, segment.flags = text, segment.version + 1, []
        segment.tokens = mapping.from_intervals(tokenize(text, lang=segment.lang))
        segment.save(update_fields=["text", "tokens", "version", "flags"])
        SegmentVersion.objects.create(
            segment=segment, number=segment.version, text=text, tokens=segment.tokens, edited_by=self.actor
        )
        return read_edit(before, segment)

    def move_along(self, annotation: Annotation, edit: TextEdit) -> bool:
        """Put an annotation where the edit left it.

        Returns:
            Whether the edit touched it, so that a person has to look again.
        """
        segment = self.segments[annotation.segment_id]
        if annotation.layer.kind == Layer.Kind.CLASS:
            self.place(annotation, segment.pk, [[0, len(segment.text)]])
            return False
        moved = edit.move(mapping.to_intervals(annotation.intervals))
        intervals: Collection[Interval] = moved.intervals
        if annotation.layer.kind == Layer.Kind.TOKEN and [list(each) for each in intervals] != self._one_token(
            segment, intervals
        ):
            intervals = ()
        self.place(annotation, segment.pk, intervals)
        return moved.is_hit

    @staticmethod
    def _one_token(segment: Segment, intervals: Collection[Interval]) -> list[list[int]]:
        return [token for token in segment.tokens if tuple(token) in set(intervals)][:1]

    def restore_text(self, decision: Decision) -> dict[str, Any]:
        """Bring the text back that an edit (or its undo) replaced, as a new version.

        Returns:
            What the reversing decision says about itself.

        Raises:
            ConflictError: the text or a label on it was changed since.
        """
        segment = self.segments[decision.after["segment"]]
        if segment.version != decision.after["text_version"]:
            raise self._text_changed_since()
        before = segment.version
        kept = SegmentVersion.objects.get(segment=segment, number=decision.before["text_version"])
        edit = self._write_text(segment, kept.text)
        self._check_rest(decision.step, segment, edit)
        for annotation in self.annotations:
            if annotation.segment_id == segment.pk and annotation.intervals:
                self.place(annotation, segment.pk, annotation.intervals)
        return {"segment": segment.pk, "text_version": before, "now": segment.version}

    def _check_rest(self, step: UUID, segment: Segment, edit: TextEdit) -> None:
        """Labels that the edit's own decisions do not bring back must lie where they lay."""
        own = set(Decision.objects.filter(step=step).values_list("annotation_id", flat=True))
        for annotation in self.annotations:
            if annotation.pk in own or annotation.segment_id != segment.pk or not annotation.intervals:
                continue
            if annotation.layer.kind == Layer.Kind.CLASS:
                self.place(annotation, segment.pk, [[0, len(segment.text)]])
                continue
            moved = edit.move(mapping.to_intervals(annotation.intervals))
            if moved.is_hit or mapping.from_intervals(moved.intervals) != annotation.intervals:
                raise self._text_changed_since()

    def _text_changed_since(self) -> Exception:
        fault = _("The text, or a label on it, was changed after the edit.")
        remedy = _("Edit the text again instead of undoing.")
        return conflict("changed-since", fault, remedy, place=self.item.external_id)
