"""Markers around spans that a translation carries along, and reading them back with a reason for each that is lost."""

from __future__ import annotations

from projection.markers.base import MARKERS, Marked, Reading, Reject, Scheme
from projection.markers.schemes import insert_markers, marker_hint, read_markers

__all__ = ["MARKERS", "Marked", "Reading", "Reject", "Scheme", "insert_markers", "marker_hint", "read_markers"]
