"""Confidence: scores of candidates turned into probabilities of being right.

`describe` gives the features of a source span's candidates, `fit_calibrator` learns from candidates of which is known
whether they are right, `with_probabilities` judges new ones; `default_calibrator` is what comes with the library, and
`fit_from_reviews` corrects it by what reviewers of a project decided.
"""

from __future__ import annotations

from projection.confidence.apply import by_source, with_probabilities, with_probabilities_many
from projection.confidence.calibrator import Calibrator
from projection.confidence.defaults import default_calibrator
from projection.confidence.features import describe
from projection.confidence.fit import Example, cross_fit, fit_calibrator, judge, make_examples
from projection.confidence.reviews import MIN_REVIEWED, ReviewFit, fit_from_reviews

__all__ = [
    "MIN_REVIEWED",
    "Calibrator",
    "Example",
    "ReviewFit",
    "by_source",
    "cross_fit",
    "default_calibrator",
    "describe",
    "fit_calibrator",
    "fit_from_reviews",
    "judge",
    "make_examples",
    "with_probabilities",
    "with_probabilities_many",
]
