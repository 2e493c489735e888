"""Figures: span F1, alignment error, calibration of probabilities."""

from __future__ import annotations

from projection.measure.alignment import AlignmentScore, measure_alignment
from projection.measure.answers import Answer, AnswerScore, measure_answers
from projection.measure.calibration import CalibrationScore, ece_interval, measure_calibration
from projection.measure.spans import SpanScore, SpanScores, measure_sentences, measure_spans
from projection.measure.tokens import TokenScore, measure_tokens

__all__ = [
    "AlignmentScore",
    "Answer",
    "AnswerScore",
    "CalibrationScore",
    "SpanScore",
    "SpanScores",
    "TokenScore",
    "ece_interval",
    "measure_alignment",
    "measure_answers",
    "measure_calibration",
    "measure_sentences",
    "measure_spans",
    "measure_tokens",
]
