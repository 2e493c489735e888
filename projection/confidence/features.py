"""What a calibrator looks at: figures of a candidate and of the others of its source span, never labels or words."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from projection.types import Candidate

Floats = npt.NDArray[np.float64]

_SQUARED = ("chars",)
_LEAST = 0.005


def describe(candidates: Sequence[Candidate]) -> list[dict[str, float]]:
    """Features of all candidates of one source span, in their order; empty for one without a span.

    - `score`, and each part of the score under its own name;
    - `log_odds`: of the score, kept within 0.005 and 0.995;
    - `margin`: how much the score lies above the best of the others (below 0 for those behind), and `lead`: the same of
      the log odds; both left out where there is no other;
    - `chars`: logarithm of 1 + the length in characters.
    """
    scores = [candidate.score if candidate.span is not None else None for candidate in candidates]
    found: list[dict[str, float]] = []
    for number, candidate in enumerate(candidates):
        if candidate.span is None:
            found.append({})
            continue
        others = [score for other, score in enumerate(scores) if other != number and score is not None]
        n_chars = sum(end - start for start, end in candidate.span.intervals)
        features = {**candidate.parts, "score": candidate.score, "chars": math.log1p(n_chars)}
        features["log_odds"] = _log_odds(candidate.score)
        if others:
            features["margin"] = candidate.score - max(others)
            features["lead"] = features["log_odds"] - _log_odds(max(others))
        found.append(features)
    return found


def _log_odds(score: float) -> float:
    kept = min(max(score, _LEAST), 1.0 - _LEAST)
    return math.log(kept) - math.log1p(-kept)


def expand(name: str, values: Floats) -> list[Floats]:
    """The columns that stand for a feature: itself, and for the length its square.

    All others stay straight lines, so that a better score never makes a candidate less probable where it is rare.
    """
    return [values, values**2] if name in _SQUARED else [values]
