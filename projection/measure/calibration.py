"""How well probabilities of being right agree with what turned out right.

Expected calibration error (Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017): predictions are put into bins by their
probability; the error is the mean over all predictions of |accuracy of its bin - mean probability of its bin|. Bins of
equal width divide 0 to 1; bins of equal mass hold the same number of predictions (equal probabilities are never
divided, so that bins can be fewer and uneven). The Brier score is the mean squared difference of probability and
outcome. Intervals are for 95 %: Wilson's (1927) for shares, the bootstrap (Efron 1979) for the expected calibration
error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from projection.errors import Problem, ProjectionError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

N_BINS = 10
N_SAMPLES = 2000
_Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Bin:
    """One point of a reliability curve.

    Attributes:
        mean: mean probability of its predictions.
        accuracy: share of them that is right.
        n: their number.
        low: lower end of the interval of the accuracy.
        high: upper end.
    """

    mean: float
    accuracy: float
    n: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CalibrationScore:
    """Figures from 0 to 1.

    Attributes:
        ece: expected calibration error with bins of equal width.
        ece_mass: the same with bins of equal mass.
        brier: Brier score.
        mean: mean probability.
        accuracy: share of predictions that are right.
        n: predictions.
        curve: reliability curve: the bins of equal width that hold something, in order.
    """

    ece: float
    ece_mass: float
    brier: float
    mean: float
    accuracy: float
    n: int
    curve: tuple[Bin, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values; figures rounded to 4 decimals."""
        figures = {name: round(getattr(self, name), 4) for name in ("ece", "ece_mass", "brier", "mean", "accuracy")}
        curve = [
            {"mean": round(each.mean, 4), "accuracy": round(each.accuracy, 4), "n": each.n}
            | {"low": round(each.low, 4), "high": round(each.high, 4)}
            for each in self.curve
        ]
        return {**figures, "n": self.n, "curve": curve}


def measure_calibration(
    probabilities: Sequence[float] | Floats, is_right: Sequence[bool] | npt.NDArray[np.bool_], *, n_bins: int = N_BINS
) -> CalibrationScore:
    """Compare probabilities with outcomes.

    Args:
        probabilities: of being right, 0 to 1.
        is_right: what turned out, in the same order.
        n_bins: bins of either kind.

    Raises:
        ProjectionError: `different-counts`, or `bad-probability` for one outside 0 to 1.
    """
    stated = np.asarray(probabilities, dtype=np.float64)
    right = np.asarray(is_right, dtype=np.float64)
    _check(stated, right)
    if not len(stated):
        return CalibrationScore(0.0, 0.0, 0.0, 0.0, 0.0, 0, ())
    curve = tuple(_bins(stated, right, _width_bins(stated, n_bins)))
    mass = tuple(_bins(stated, right, _mass_bins(stated, n_bins)))
    return CalibrationScore(
        ece=_expected_error(curve),
        ece_mass=_expected_error(mass),
        brier=float(np.mean((stated - right) ** 2)),
        mean=float(stated.mean()),
        accuracy=float(right.mean()),
        n=len(stated),
        curve=curve,
    )


def ece_interval(
    probabilities: Sequence[float] | Floats,
    is_right: Sequence[bool] | npt.NDArray[np.bool_],
    groups: Sequence[str],
    *,
    n_bins: int = N_BINS,
    n_samples: int = N_SAMPLES,
) -> tuple[float, float]:
    """95 % interval of the expected calibration error with bins of equal width.

    Groups (sentences, documents) are drawn with replacement, because what stands in one is right or wrong together; of
    the errors of the samples, the middle 95 % are taken. The error of few predictions is above 0 even where all
    probabilities hold, and so are both ends. The same input gives the same interval.

    Args:
        probabilities: of being right, 0 to 1.
        is_right: what turned out, in the same order.
        groups: what each prediction belongs to.
        n_bins: bins.
        n_samples: samples that are drawn.

    Raises:
        ProjectionError: as `measure_calibration`.
    """
    stated = np.asarray(probabilities, dtype=np.float64)
    right = np.asarray(is_right, dtype=np.float64)
    _check(stated, right)
    names, numbers = np.unique(np.asarray(groups, dtype=np.str_), return_inverse=True)
    if not len(names):
        return 0.0, 0.0
    excess = np.zeros((len(names), n_bins))
    np.add.at(excess, (numbers, _width_bins(stated, n_bins)), right - stated)
    sizes = np.bincount(numbers)
    drawn = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1.0 / len(names)), n_samples)
    errors = np.abs(drawn @ excess).sum(axis=1) / (drawn @ sizes)
    low, high = np.percentile(errors, (2.5, 97.5)).tolist()
    return low, high


def wilson_interval(n_right: int, n_all: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); (0, 1) for nothing out of nothing."""
    if not n_all:
        return 0.0, 1.0
    share, z2 = n_right / n_all, _Z_95**2
    middle = (share + z2 / (2 * n_all)) / (1 + z2 / n_all)
    half = _Z_95 * math.sqrt(share * (1 - share) / n_all + z2 / (4 * n_all**2)) / (1 + z2 / n_all)
    return max(0.0, middle - half), min(1.0, middle + half)


def _check(stated: Floats, right: Floats) -> None:
    if stated.shape != right.shape:
        fault = f"There are {len(stated)} probabilities and {len(right)} outcomes."
        raise ProjectionError(Problem("different-counts", fault, "Give one outcome for each probability."))
    wrong = ~((stated >= 0.0) & (stated <= 1.0))
    if wrong.any():
        fault = f"{stated[wrong][0]} is no probability."
        raise ProjectionError(Problem("bad-probability", fault, "Give numbers from 0 to 1."))


def _width_bins(stated: Floats, n_bins: int) -> Ints:
    return np.minimum((stated * n_bins).astype(np.int64), n_bins - 1)


def _mass_bins(stated: Floats, n_bins: int) -> Ints:
    """Bin of each prediction: its rank among the distinct values' first positions, in equal shares."""
    ordered = np.sort(stated)
    first = np.searchsorted(ordered, stated, side="left")
    return (first * n_bins) // len(stated)


def _bins(stated: Floats, right: Floats, numbers: Ints) -> Iterable[Bin]:
    for number in np.unique(numbers):
        chosen = numbers == number
        n_all, n_right = int(chosen.sum()), int(right[chosen].sum())
        yield Bin(float(stated[chosen].mean()), n_right / n_all, n_all, *wilson_interval(n_right, n_all))


def _expected_error(bins: Sequence[Bin]) -> float:
    n_all = sum(each.n for each in bins)
    return sum(each.n * abs(each.accuracy - each.mean) for each in bins) / n_all
