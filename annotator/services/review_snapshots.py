"""Snapshots in `Decision.before` and `Decision.after`: {state, label, segment, intervals, reason, head, tail, concept}.

They hold ids of rows, so that a renamed label can still be restored.
"""

from __future__ import annotations

from typing import Any

from annotator.models import Annotation

Snapshot = dict[str, Any]
# What snapshots lack that were taken before there were relations and concepts.
LATER_KEYS: Snapshot = {"head": None, "tail": None, "concept": None}


def take_snapshot(annotation: Annotation) -> Snapshot:
    """What undo has to bring back."""
    return {
        "state": annotation.state,
        "label": annotation.label_id,
        "segment": annotation.segment_id,
        "intervals": [list(pair) for pair in annotation.intervals],
        "reason": annotation.reason_id,
        "head": str(annotation.head_id) if annotation.head_id else None,
        "tail": str(annotation.tail_id) if annotation.tail_id else None,
        "concept": annotation.concept_id,
    }
