"""Coefficients as functions of sums over items, so that drawing items again is one product of matrices.

Each kernel turns the ratings of an item into a row of numbers. The coefficient is a function of the sum of these rows:
of all items, or of any draw of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from projection.measure.agreement.ratings import Floats, Ints, Ratings

Level = Literal["nominal", "ordinal", "interval", "ratio"]
Weights = Literal["identity", "linear", "quadratic", "ordinal"]


@dataclass(frozen=True, slots=True)
class Values:
    """Coefficients of several draws. Shapes: (draws,).

    Attributes:
        value: NaN where it is not defined.
        observed: agreement, 1 less the mean distance.
        expected: the same by chance.
    """

    value: Floats
    observed: Floats
    expected: Floats


@dataclass(frozen=True, slots=True)
class Kernel:
    """Attributes:
    width: numbers of each item.
    rows: makes them, from counts (items, values); (items, width).
    finish: makes coefficients from sums (draws, width).
    """

    width: int
    rows: Callable[[Floats], Floats]
    finish: Callable[[Floats], Values]


def _quotient(top: Floats, bottom: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)
    return found


def _above_chance(observed: Floats, expected: Floats) -> Values:
    rest = 1.0 - expected
    value = np.where(rest > 1e-12, (observed - expected) / np.where(rest > 1e-12, rest, 1.0), np.nan)
    return Values(np.where(np.isnan(observed), np.nan, value), observed, expected)


# --------------------------------------------------------------------------------------------------------------- alpha


def alpha_kernel(ratings: Ratings, level: Level) -> Kernel:
    """Krippendorff's alpha (2011, Computing Krippendorff's alpha-reliability, parts A to D).

    Raises:
        ProjectionError: `not-a-number` where the level needs numbers.
    """
    if level == "nominal":
        return _nominal_alpha(len(ratings.values))
    if level == "interval":
        return _interval_alpha(ratings.numbers())
    distance = None if level == "ordinal" else ratio_distance(ratings.numbers())
    return _coincidence_alpha(len(ratings.values), distance)


def _nominal_alpha(n_values: int) -> Kernel:
    def rows(counts: Floats) -> Floats:
        n = counts.sum(1)
        paired = n > 1
        same = (counts * (counts - 1)).sum(1) / np.maximum(n - 1, 1)
        found: Floats = np.column_stack([same, counts]) * paired[:, None]
        return found

    def finish(sums: Floats) -> Values:
        totals = sums[:, 1:]
        n = totals.sum(1)
        observed = _quotient(sums[:, 0], n)
        expected = _quotient((totals * (totals - 1)).sum(1), n * (n - 1))
        return _above_chance(observed, expected)

    return Kernel(n_values + 1, rows, finish)


def _interval_alpha(numbers: Floats) -> Kernel:
    """Squared differences need sums and sums of squares only."""
    centred = numbers - numbers.mean() if len(numbers) else numbers

    def rows(counts: Floats) -> Floats:
        n = counts.sum(1)
        paired = n > 1
        sums, squares = counts @ centred, counts @ centred**2
        apart = 2 * (n * squares - sums**2) / np.maximum(n - 1, 1)
        found: Floats = np.column_stack([apart, n, sums, squares]) * paired[:, None]
        return found

    def finish(sums: Floats) -> Values:
        apart, n, total, squares = sums.T
        observed = _quotient(apart, n)
        expected = _quotient(2 * (n * squares - total**2), n * (n - 1))
        return _by_distance(observed, expected)

    return Kernel(4, rows, finish)


def _coincidence_alpha(n_values: int, distance: Floats | None) -> Kernel:
    def rows(counts: Floats) -> Floats:
        n = counts.sum(1)
        weight = np.where(n > 1, 1 / np.maximum(n - 1, 1), 0.0)
        found = np.einsum("ij,ik->ijk", counts, counts)
        diagonal = np.arange(n_values)
        found[:, diagonal, diagonal] -= counts
        flat: Floats = (found * weight[:, None, None]).reshape(len(counts), -1)
        return flat

    def finish(sums: Floats) -> Values:
        table = sums.reshape(-1, n_values, n_values)
        totals = table.sum(2)
        n = totals.sum(1)
        apart = np.broadcast_to(distance, table.shape) if distance is not None else ordinal_distance(totals)
        observed = _quotient((table * apart).sum((1, 2)), n)
        expected = _quotient(np.einsum("bj,bk,bjk->b", totals, totals, apart), n * (n - 1))
        return _by_distance(observed, expected)

    return Kernel(n_values * n_values, rows, finish)


def _by_distance(observed: Floats, expected: Floats) -> Values:
    value = np.where(expected > 0, 1 - _quotient(observed, expected), np.nan)
    return Values(value, 1 - observed, 1 - expected)


def ordinal_distance(totals: Floats) -> Floats:
    """Squared distances of ranks for each draw: of the ratings between two values, half of those at the ends."""
    below = np.cumsum(totals, 1) - totals / 2
    apart: Floats = (below[:, :, None] - below[:, None, :]) ** 2
    return apart


def ratio_distance(numbers: Floats) -> Floats:
    """Squared differences by the squared sums; 0 between equal values."""
    sums = numbers[:, None] + numbers[None, :]
    apart = numbers[:, None] - numbers[None, :]
    found: Floats = np.where(sums != 0, apart / np.where(sums != 0, sums, 1.0), 0.0) ** 2
    return found


# --------------------------------------------------------------------------------------------------------- fleiss, gwet


def fleiss_kernel(n_values: int) -> Kernel:
    """Fleiss' kappa (1971); with two annotators Scott's pi (1955). Items with fewer than two ratings do not count."""

    def rows(counts: Floats) -> Floats:
        n = counts.sum(1)
        paired = n > 1
        same = (counts * (counts - 1)).sum(1) / np.maximum(n * (n - 1), 1)
        found: Floats = np.column_stack([same, np.ones(len(n)), counts]) * paired[:, None]
        return found

    def finish(sums: Floats) -> Values:
        shares = _quotient(sums[:, 2:], sums[:, 2:].sum(1, keepdims=True))
        return _above_chance(_quotient(sums[:, 0], sums[:, 1]), (shares**2).sum(1))

    return Kernel(n_values + 2, rows, finish)


def gwet_kernel(weights: Floats) -> Kernel:
    """AC1 with identity weights, else AC2 (Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed., chapter 3)."""
    n_values = len(weights)

    def rows(counts: Floats) -> Floats:
        n = counts.sum(1)
        paired = n > 1
        alike = (counts * (counts @ weights - 1)).sum(1) / np.maximum(n * (n - 1), 1)
        shares = counts / np.maximum(n, 1)[:, None]
        return np.column_stack([alike * paired, paired, n > 0, shares])

    def finish(sums: Floats) -> Values:
        shares = _quotient(sums[:, 3:], sums[:, 2:3])
        chance = weights.sum() / max(1, n_values * (n_values - 1)) * (shares * (1 - shares)).sum(1)
        return _above_chance(_quotient(sums[:, 0], sums[:, 1]), chance)

    return Kernel(n_values + 3, rows, finish)


def make_weights(kind: Weights, ratings: Ratings) -> Floats:
    """Weights of pairs of values, 1 for equal ones. Linear and quadratic ones are by distance of the numbers, or of the
    places of values that are no numbers; ordinal ones by the number of values between (Gwet 2014, chapter 3)."""
    n = len(ratings.values)
    if kind == "identity" or n < 2:
        return np.eye(n)
    if kind == "ordinal":
        between = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) + 1.0
        found: Floats = 1 - between * (between - 1) / (n * (n - 1))
        return found
    is_numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in ratings.values)
    places = ratings.numbers() if is_numeric else np.arange(n, dtype=np.float64)
    apart = np.abs(np.subtract.outer(places, places)) / (places.max() - places.min())
    spread: Floats = 1 - (apart if kind == "linear" else apart**2)
    return spread


# --------------------------------------------------------------------------------------------------------------- cohen


def cohen_kernel(weights: Floats) -> Kernel:
    """Cohen's kappa (1960), weighted (1968); rows are made from the joint table of each item, see `pair_rows`."""
    n_values = len(weights)

    def finish(sums: Floats) -> Values:
        table = sums.reshape(-1, n_values, n_values)
        n = table.sum((1, 2))
        observed = _quotient((table * weights).sum((1, 2)), n)
        expected = _quotient(np.einsum("bj,bk,jk->b", table.sum(2), table.sum(1), weights), n**2)
        return _above_chance(observed, expected)

    return Kernel(n_values * n_values, lambda counts: counts, finish)


def pair_rows(first: Ints, second: Ints, n_values: int) -> Floats:
    """The joint table of each item: one 1 in a row of zeros. Shape: (items, values * values)."""
    found = np.zeros((len(first), n_values * n_values))
    found[np.arange(len(first)), first * n_values + second] = 1.0
    return found
