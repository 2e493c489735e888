"""Figures: span F1, alignment error, calibration of probabilities."""

from __future__ import annotations

from projection.measure.alignment import AlignmentScore, measure_alignment
from projection.measure.calibration import CalibrationScore, measure_calibration
from projection.measure.spans import SpanScore, SpanScores, measure_sentences, measure_spans

__all__ = [
    "AlignmentScore",
    "CalibrationScore",
    "SpanScore",
    "SpanScores",
    "measure_alignment",
    "measure_calibration",
    "measure_sentences",
    "measure_spans",
]
