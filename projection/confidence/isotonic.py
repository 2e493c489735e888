"""Isotonic regression: the rising function that fits outcomes best (pool adjacent violators, Ayer et al. 1955)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def fit_isotonic(values: Floats, outcomes: Floats, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """Least-squares rising fit.

    Args:
        values: shape (n,), n > 0: what the function rises with.
        outcomes: shape (n,).
        weights: shape (n,), above 0: how often each counts; ones when None.

    Returns:
        Distinct values in order, and the fit at each. Equal values get one fit.
    """
    knots, where = np.unique(values, return_inverse=True)
    each = np.ones(len(values)) if weights is None else weights
    counts = np.bincount(where, weights=each)
    sums = np.bincount(where, weights=each * outcomes)
    blocks: list[tuple[float, float, int]] = []
    for total, count in zip(sums.tolist(), counts.tolist(), strict=True):
        blocks.append((total, count, 1))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            last = blocks.pop()
            before = blocks.pop()
            blocks.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    fit = np.repeat([total / count for total, count, _ in blocks], [n for _, _, n in blocks])
    return knots, fit
