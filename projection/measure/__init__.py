"""Figures: span F1 and alignment error."""

from __future__ import annotations

from projection.measure.alignment import AlignmentScore, measure_alignment
from projection.measure.spans import SpanScore, SpanScores, measure_sentences, measure_spans

__all__ = [
    "AlignmentScore",
    "SpanScore",
    "SpanScores",
    "measure_alignment",
    "measure_sentences",
    "measure_spans",
]
