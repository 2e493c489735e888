"""A calibrator from what reviewers decided, for the next items of the same project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from projection.confidence.calibrator import Calibrator
from projection.confidence.fit import Example, cross_fit, fit_calibrator, judge
from projection.measure.calibration import CalibrationScore, measure_calibration

MIN_REVIEWED = 100
"""Reviewed source spans below which the default is kept."""


@dataclass(frozen=True, slots=True)
class ReviewFit:
    """What reviews gave.

    Attributes:
        calibrator: to use from now on: learned, or the default; None where there is neither.
        is_learned: whether it was learned from the reviews.
        n_reviewed: source spans whose best candidate was judged.
        n_documents: that they come from.
        learned: how good a calibrator from these reviews is on documents that it has not seen; None where there are
            too few.
        default: how good the default is on the same; None where there is none.
    """

    calibrator: Calibrator | None
    is_learned: bool
    n_reviewed: int
    n_documents: int
    learned: CalibrationScore | None
    default: CalibrationScore | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "calibrator": self.calibrator.to_json() if self.calibrator else None,
            "is_learned": self.is_learned,
            "n_reviewed": self.n_reviewed,
            "n_documents": self.n_documents,
            "learned": self.learned.to_json() if self.learned else None,
            "default": self.default.to_json() if self.default else None,
        }


def fit_from_reviews(
    examples: Sequence[Example], *, default: Calibrator | None = None, least: int = MIN_REVIEWED
) -> ReviewFit:
    """Learn from reviewed candidates, as a correction of the default where there is one.

    The default is kept where it has the smaller Brier score on documents that the correction has not seen.

    Args:
        examples: of all candidates of reviewed source spans: `make_examples(candidates, accepted spans, group=...)`.
        default: the engine's calibrator.
        least: reviewed source spans below which the default is kept.
    """
    best = [example for example in examples if example.is_best]
    n_documents = len({example.group for example in best})
    is_right = np.array([example.is_right for example in best], dtype=bool)
    before = measure_calibration(judge(default, best), is_right) if default and best else None
    if len(best) < least:
        return ReviewFit(default, False, len(best), n_documents, None, before)
    stated = cross_fit(examples, prior=default)[[example.is_best for example in examples]]
    after = measure_calibration(stated, is_right)
    if before is not None and before.brier < after.brier:
        return ReviewFit(default, False, len(best), n_documents, after, before)
    learned = fit_calibrator(examples, prior=default)
    return ReviewFit(learned, True, len(best), n_documents, after, before)
