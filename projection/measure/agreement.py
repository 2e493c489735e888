"""Agreement of annotators on labels without an order: Cohen's and Fleiss' kappa, Krippendorff's alpha.

A quotient of zero by zero (everybody always gives one and the same label) has no value: None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from projection.errors import Problem, ProjectionError


class Agreement(NamedTuple):
    """Attributes:
    value: the coefficient, at most 1; None where it is not defined.
    observed: share of pairs of labels that agree.
    expected: share that would agree by chance.
    n_items: items that count.
    """

    value: float | None
    observed: float
    expected: float
    n_items: int


def cohen_kappa(first: Sequence[Hashable | None], second: Sequence[Hashable | None]) -> Agreement:
    """Kappa of two annotators (Cohen 1960, Educational and Psychological Measurement 20, p. 40).

    Args:
        first: labels of one annotator, None where it gave none.
        second: those of the other on the same items. Only items that both labelled count.

    Raises:
        ProjectionError: `different-counts`.
    """
    _check_counts([first, second])
    pairs = [(one, two) for one, two in zip(first, second, strict=True) if one is not None and two is not None]
    n = len(pairs)
    if not n:
        return Agreement(None, 0.0, 0.0, 0)
    left, right = Counter(one for one, _ in pairs), Counter(two for _, two in pairs)
    observed = sum(one == two for one, two in pairs) / n
    expected = sum(left[label] * right[label] for label in left) / n**2
    return _above_chance(observed, expected, n)


def fleiss_kappa(items: Sequence[Sequence[Hashable | None]]) -> Agreement:
    """Kappa of any annotators (Fleiss 1971, Psychological Bulletin 76(5), p. 379).

    Args:
        items: the labels of each item, None where an annotator gave none. All items need as many labels as each other.

    Raises:
        ProjectionError: `different-counts` where items have different numbers of labels; `krippendorff_alpha` takes
            these.
    """
    known = [[label for label in labels if label is not None] for labels in items]
    sizes = {len(labels) for labels in known}
    if len(sizes) > 1:
        fault = f"Items have from {min(sizes)} to {max(sizes)} labels."
        raise ProjectionError(Problem("different-counts", fault, "Fleiss' kappa needs as many for each: take alpha."))
    if not known or sizes <= {0, 1}:
        return Agreement(None, 0.0, 0.0, 0)
    size, n = sizes.pop(), len(known)
    counts = [Counter(labels) for labels in known]
    observed = sum(sum(each * (each - 1) for each in count.values()) for count in counts) / (n * size * (size - 1))
    totals = sum(counts, Counter())
    expected = sum(each**2 for each in totals.values()) / (n * size) ** 2
    return _above_chance(observed, expected, n)


def krippendorff_alpha(items: Sequence[Sequence[Hashable | None]]) -> Agreement:
    """Nominal alpha of any number of annotators with labels missing (Krippendorff 2004, Content Analysis, p. 222).

    Args:
        items: the labels of each item, None where an annotator gave none. Items with fewer than two do not
            count.
    """
    known = [[label for label in labels if label is not None] for labels in items]
    counts = [Counter(labels) for labels in known if len(labels) > 1]
    total = sum(count.total() for count in counts)
    if not total:
        return Agreement(None, 0.0, 0.0, 0)
    same = sum(sum(each * (each - 1) for each in count.values()) / (count.total() - 1) for count in counts)
    totals = sum(counts, Counter())
    expected = sum(each * (each - 1) for each in totals.values()) / (total * (total - 1))
    return _above_chance(same / total, expected, len(counts))


def _above_chance(observed: float, expected: float, n: int) -> Agreement:
    value = None if expected >= 1.0 else (observed - expected) / (1.0 - expected)
    return Agreement(value, observed, expected, n)


def _check_counts(lists: Sequence[Sequence[object]]) -> None:
    if len({len(each) for each in lists}) > 1:
        fault = f"The annotators have {' and '.join(str(len(each)) for each in lists)} labels."
        raise ProjectionError(Problem("different-counts", fault, "Give labels of the same items in the same order."))
