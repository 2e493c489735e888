"""Agreement of annotators on values given to items: kappa, pi, alpha, AC1 and AC2, with intervals by document.

A quotient of zero by zero (everybody always gives one and the same value) has no value: None.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from projection.errors import Problem, ProjectionError
from projection.measure.agreement.intervals import FEW_CLUSTERS, LEVEL, ClusterSums, Interval
from projection.measure.agreement.kernels import (
    Kernel,
    Level,
    Weights,
    alpha_kernel,
    cohen_kernel,
    fleiss_kernel,
    gwet_kernel,
    make_weights,
    pair_rows,
)
from projection.measure.agreement.ratings import Ratings

Coefficient = Literal["alpha", "fleiss", "gwet"]
COEFFICIENTS: tuple[Coefficient, ...] = get_args(Coefficient)
FEW_ITEMS = 30
SKEWED = 0.9


class Draws(NamedTuple):
    """How an interval is made.

    Attributes:
        n_samples: draws; 0 for no interval.
        level: of the interval.
        seed: the same seed gives the same interval.
    """

    n_samples: int = 0
    level: float = LEVEL
    seed: int = 0


NO_DRAWS = Draws()


class Agreement(NamedTuple):
    """Attributes:
    value: the coefficient, at most 1; None where it is not defined.
    observed: share of pairs of values that agree; with weights or distances the mean of these.
    expected: the same by chance.
    n_items: items that count.
    interval: where one was asked for.
    warnings: codes: `few-items` (below 30), `few-clusters` (below 20; an interval of them says little), `no-variance`
        (one value only), `skewed` (one value has nine of ten ratings: kappa and alpha fall however well annotators
        agree on it, look at AC1 as well).
    """

    value: float | None
    observed: float
    expected: float
    n_items: int
    interval: Interval | None = None
    warnings: tuple[str, ...] = ()


# ----------------------------------------------------------------------------------------------------- two annotators


def cohen_kappa(
    first: Sequence[Hashable | None],
    second: Sequence[Hashable | None],
    *,
    weights: Weights = "identity",
    values: Sequence[Any] | None = None,
    clusters: Sequence[Hashable] | None = None,
    draws: Draws = NO_DRAWS,
) -> Agreement:
    """Kappa of two annotators (Cohen 1960, Educational and Psychological Measurement 20, p. 40; weighted: Cohen 1968,
    Psychological Bulletin 70(4)).

    Args:
        first: values of one annotator, None where it gave none.
        second: those of the other on the same items. Only items that both rated count.
        weights: what a pair of different values is worth.
        values: all of them in their order; by default those that occur.
        clusters: the document of each item, for the interval.
        draws: how the interval is made.

    Raises:
        ProjectionError: `different-counts`, `unknown-value`.
    """
    ratings = _of_pair(first, second, values, clusters)
    return rate_pair(ratings, 0, 1, weights=weights, draws=draws)


def rate_pair(
    ratings: Ratings, first: int, second: int, *, weights: Weights = "identity", draws: Draws = NO_DRAWS
) -> Agreement:
    """Cohen's kappa of two of several annotators, by their numbers; see `cohen_kappa`."""
    one, two, clusters = ratings.pairs(first, second)
    kernel = cohen_kernel(make_weights(weights, ratings))
    sums = ClusterSums(kernel, int(ratings.clusters.max(initial=-1)) + 1)
    order = np.argsort(clusters, kind="stable")
    step = max(1, 4_000_000 // max(1, kernel.width))
    for start in range(0, len(order), step):
        part = order[start : start + step]
        sums.add(clusters[part], pair_rows(one[part], two[part], len(ratings.values)))
    counts = np.bincount(np.concatenate([one, two]), minlength=len(ratings.values))
    return _finish(sums, len(one), counts, len(np.unique(clusters)), draws)


def scott_pi(
    first: Sequence[Hashable | None],
    second: Sequence[Hashable | None],
    *,
    clusters: Sequence[Hashable] | None = None,
    draws: Draws = NO_DRAWS,
) -> Agreement:
    """Pi of two annotators (Scott 1955, Public Opinion Quarterly 19(3), p. 323); arguments as in `cohen_kappa`."""
    return rate_all(_of_pair(first, second, None, clusters), "fleiss", draws=draws)


def _of_pair(
    first: Sequence[Hashable | None],
    second: Sequence[Hashable | None],
    values: Sequence[Any] | None,
    clusters: Sequence[Hashable] | None,
) -> Ratings:
    if len(first) != len(second):
        fault = f"The annotators have {len(first)} and {len(second)} labels."
        raise ProjectionError(Problem("different-counts", fault, "Give labels of the same items in the same order."))
    return Ratings.of_table(list(zip(first, second, strict=True)), clusters=clusters, values=values)


# ----------------------------------------------------------------------------------------------------- any annotators


def fleiss_kappa(
    items: Sequence[Sequence[Hashable | None]],
    *,
    clusters: Sequence[Hashable] | None = None,
    draws: Draws = NO_DRAWS,
) -> Agreement:
    """Kappa of any annotators (Fleiss 1971, Psychological Bulletin 76(5), p. 379).

    Args:
        items: the values of each item, None where an annotator gave none. All items need as many as each other.
        clusters: the document of each item, for the interval.
        draws: how the interval is made.

    Raises:
        ProjectionError: `different-counts` where items have different numbers of values; `krippendorff_alpha` takes
            these.
    """
    sizes = {sum(label is not None for label in labels) for labels in items}
    if len(sizes) > 1:
        fault = f"Items have from {min(sizes)} to {max(sizes)} labels."
        raise ProjectionError(Problem("different-counts", fault, "Fleiss' kappa needs as many for each: take alpha."))
    return rate_all(Ratings.of_table(items, clusters=clusters), "fleiss", draws=draws)


def krippendorff_alpha(
    items: Sequence[Sequence[Hashable | None]],
    level: Level = "nominal",
    *,
    values: Sequence[Any] | None = None,
    clusters: Sequence[Hashable] | None = None,
    draws: Draws = NO_DRAWS,
) -> Agreement:
    """Alpha of any number of annotators with values missing (Krippendorff 2004, Content Analysis, p. 222).

    Args:
        items: the values of each item, None where an annotator gave none. Items with fewer than two do not count.
        level: `nominal` (equal or not), `ordinal` (ranks), `interval` (differences), `ratio` (by size).
        values: all of them in their order; by default those that occur, numbers by size and texts by alphabet.
        clusters: the document of each item, for the interval.
        draws: how the interval is made.

    Raises:
        ProjectionError: `not-a-number` for texts where the level needs numbers.
    """
    return rate_all(Ratings.of_table(items, clusters=clusters, values=values), "alpha", level=level, draws=draws)


def gwet_coefficient(
    items: Sequence[Sequence[Hashable | None]],
    weights: Weights = "identity",
    *,
    values: Sequence[Any] | None = None,
    clusters: Sequence[Hashable] | None = None,
    draws: Draws = NO_DRAWS,
) -> Agreement:
    """AC1, with other weights AC2: steady where one value prevails (Gwet 2014, Handbook of Inter-Rater Reliability, 4th
    edition, chapter 3). Arguments as in `krippendorff_alpha`; items with one value count for chance only."""
    return rate_all(Ratings.of_table(items, clusters=clusters, values=values), "gwet", weights=weights, draws=draws)


def rate_all(
    ratings: Ratings,
    coefficient: Coefficient = "alpha",
    *,
    level: Level = "nominal",
    weights: Weights = "identity",
    draws: Draws = NO_DRAWS,
) -> Agreement:
    """A coefficient of all annotators.

    Args:
        ratings: any number of them; memory does not grow with the number of draws.
        coefficient: `alpha` looks at `level`, `gwet` at `weights`, `fleiss` at neither.
        level: see `krippendorff_alpha`.
        weights: see `gwet_coefficient`.
        draws: how the interval is made.

    Raises:
        ProjectionError: `not-a-number`.
    """
    kernel = _kernel(ratings, coefficient, level, weights)
    sums = ClusterSums(kernel, int(ratings.clusters.max(initial=-1)) + 1)
    n_items, totals, clusters = 0, np.zeros(max(1, len(ratings.values))), 0
    last = -1
    for cluster, counts in ratings.iter_counts(width=kernel.width):
        sums.add(cluster, kernel.rows(counts))
        paired = counts.sum(1) > 1
        n_items += int(paired.sum())
        totals += counts[paired].sum(0)
        seen = np.unique(cluster[paired])
        clusters += len(seen) - int(len(seen) > 0 and seen[0] == last)
        last = int(seen[-1]) if len(seen) else last
    return _finish(sums, n_items, totals, clusters, draws)


def _kernel(ratings: Ratings, coefficient: Coefficient, level: Level, weights: Weights) -> Kernel:
    if coefficient == "alpha":
        return alpha_kernel(ratings, level)
    n_values = max(1, len(ratings.values))
    return fleiss_kernel(n_values) if coefficient == "fleiss" else gwet_kernel(make_weights(weights, ratings))


def _finish(sums: ClusterSums, n_items: int, totals: Any, n_clusters: int, draws: Draws) -> Agreement:
    if not n_items:
        return Agreement(None, 0.0, 0.0, 0)
    found = sums.total()
    value = float(found.value[0])
    interval = None
    if draws.n_samples:
        interval = sums.draw(n_samples=draws.n_samples, level=draws.level, seed=draws.seed)
    share = float(totals.max() / totals.sum())
    tests = {
        "few-items": n_items < FEW_ITEMS,
        "few-clusters": interval is not None and n_clusters < FEW_CLUSTERS,
        "no-variance": share == 1.0,
        "skewed": SKEWED <= share < 1.0,
    }
    return Agreement(
        value if np.isfinite(value) else None,
        float(found.observed[0]),
        float(found.expected[0]),
        n_items,
        interval,
        tuple(code for code, holds in tests.items() if holds),
    )
