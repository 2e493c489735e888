"""Intervals by drawing documents again: sentences of one document are alike, so that single items would flatter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from projection.measure.agreement.kernels import Kernel, Values
from projection.measure.agreement.ratings import Floats, Ints

N_SAMPLES = 1_000
LEVEL = 0.95
# Documents below which an interval is not to be trusted.
FEW_CLUSTERS = 20
_CELLS = 8_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """Attributes:
    low: lower end; NaN where no draw has a value.
    high: upper end.
    n_clusters: documents that were drawn from.
    n_undefined: draws without a value, which are left out.
    """

    low: float
    high: float
    n_clusters: int
    n_undefined: int = 0


class ClusterSums:
    """Sums of the rows of a kernel by cluster, filled part by part."""

    def __init__(self, kernel: Kernel, n_clusters: int) -> None:
        self.kernel = kernel
        self.sums = np.zeros((n_clusters, kernel.width))

    def add(self, clusters: Ints, rows: Floats) -> None:
        """Rows of some items; `clusters` must not fall."""
        if len(clusters):
            starts = np.flatnonzero(np.diff(clusters, prepend=clusters[0] - 1))
            self.sums[clusters[starts]] += np.add.reduceat(rows, starts, axis=0)

    def total(self) -> Values:
        """The coefficient of everything."""
        return self.kernel.finish(self.sums.sum(0, keepdims=True))

    def draw(self, *, n_samples: int = N_SAMPLES, level: float = LEVEL, seed: int = 0) -> Interval:
        """Percentile interval over draws of clusters with replacement, the percentiles widened for few clusters
        (Hesterberg 2015, The American Statistician 69(4), section 5.3).

        Args:
            n_samples: draws.
            level: of the interval.
            seed: the same seed gives the same interval.
        """
        filled = self.sums[self.sums.any(1)]
        n = len(filled)
        if n < 2:
            return Interval(float("nan"), float("nan"), n)
        random = np.random.default_rng(seed)
        found = np.concatenate([self.kernel.finish(each).value for each in _draws(filled, n_samples, random)])
        known = found[np.isfinite(found)]
        if not len(known):
            return Interval(float("nan"), float("nan"), n, n_samples)
        tail = widened_tail(n, level)
        low, high = np.quantile(known, [tail, 1 - tail])
        return Interval(float(low), float(high), n, n_samples - len(known))


def _draws(filled: Floats, n_samples: int, random: np.random.Generator) -> Iterable[Floats]:
    """Sums of draws, some at a time. Equal clusters are drawn as one kind, which is far fewer numbers."""
    kinds, counts = np.unique(filled, axis=0, return_counts=True) if filled.shape[1] <= 64 else (filled, None)
    n = len(filled)
    shares = (np.ones(n) if counts is None else counts) / n
    step = max(1, _CELLS // max(1, len(kinds)))
    for start in range(0, n_samples, step):
        size = min(step, n_samples - start)
        yield random.multinomial(n, shares, size=size).astype(np.float64) @ kinds


def widened_tail(n: int, level: float) -> float:
    """The share to cut off on each side so that an interval from n clusters is as wide as Student's t wants it."""
    normal = NormalDist()
    tail = (1 - level) / 2
    t = student_quantile(1 - tail, n - 1)
    return normal.cdf(-((n / (n - 1)) ** 0.5) * t)


def student_quantile(p: float, df: int) -> float:
    """Quantile of Student's t (Hill 1970, Communications of the ACM 13(10), algorithm 396), p above 0.5."""
    if df == 1:
        return float(np.tan(np.pi * (p - 0.5)))
    two = 2 * (1 - p)
    if df == 2:
        return float(np.sqrt(2 / (two * (2 - two)) - 2))
    a = 1 / (df - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * np.sqrt(a * np.pi / 2) * df
    y = (d * two) ** (2 / df)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(two / 2)
        y = x**2
        if df < 5:
            c += 0.3 * (df - 4.5) * (x + 0.6)
        c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = np.expm1(a * y**2)
    else:
        y = ((1 / (((df + 6) / (df * y) - 0.089 * d - 0.822) * (df + 2) * 3) + 0.5 / (df + 4)) * y - 1) * (df + 1) / (
            df + 2
        ) + 1 / y
    return float(np.sqrt(df * y))
