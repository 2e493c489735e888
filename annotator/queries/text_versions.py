"""What machines proposed for an earlier text, told for the text as it is now.

Candidates and alignments are never changed; they say which version of the text they were made from. Where the text was
edited since, their places are moved in memory, and nothing here is ever saved.
"""

from __future__ import annotations

from collections.abc import Iterable

from annotator import mapping
from annotator.models import Alignment, Candidate, Segment, SegmentVersion
from projection.edits import TextEdit

# Why a candidate has no place any more.
TEXT_EDITED = "text-edited"


class TextVersions:
    """The edits of some segments; asks the database once, and only when one of them was edited."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        self._segments = {row.pk: row for row in segments if row.version > 1}
        versions = SegmentVersion.objects.filter(segment__in=self._segments) if self._segments else ()
        self._versions = {(row.segment_id, row.number): row for row in versions}
        self._edits: dict[tuple[int, int], TextEdit] = {}

    def update(self, candidates: Iterable[Candidate]) -> None:
        """Move candidates of earlier texts; one that has no place any more is unprojected."""
        for candidate in candidates:
            edit = self._edit_since(candidate.segment_id, candidate.version)
            if edit is not None and candidate.intervals:
                _move(candidate, edit)

    def update_links(self, alignments: Iterable[Alignment]) -> None:
        """Count target tokens in the text as it is now; links of tokens that were changed are left out."""
        for row in alignments:
            edit = self._edit_since(row.tgt_segment_id, row.tgt_version)
            if edit is not None:
                moved = edit.move_links(mapping.to_links(row))
                row.links = [[link.src, link.tgt, link.probability] for link in moved]

    def _edit_since(self, segment_id: int | None, version: int) -> TextEdit | None:
        segment = self._segments.get(segment_id or 0)
        if segment is None or version == segment.version:
            return None
        key = (segment.pk, version)
        if key not in self._edits:
            before = self._versions[key]
            self._edits[key] = read_edit(before, segment)
        return self._edits[key]


def read_edit(before: SegmentVersion | Segment, after: SegmentVersion | Segment) -> TextEdit:
    """The difference between two stored texts."""
    return TextEdit(
        before.text,
        after.text,
        old_tokens=mapping.to_intervals(before.tokens),
        new_tokens=mapping.to_intervals(after.tokens),
    )


def _move(candidate: Candidate, edit: TextEdit) -> None:
    moved = edit.move(mapping.to_intervals(candidate.intervals))
    candidate.intervals = mapping.from_intervals(moved.intervals)
    if moved.intervals:
        candidate.start_char, candidate.end_char = moved.intervals[0].start_char, moved.intervals[-1].end_char
        candidate.surface = " ".join(edit.new[start:end] for start, end in moved.intervals)
        return
    candidate.segment_id = candidate.start_char = candidate.end_char = None
    candidate.surface = ""
    candidate.unprojected_reason = TEXT_EDITED
