"""Ratings as arrays: which annotator gave which value to which item, and which items belong to one document."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from projection.errors import Problem, ProjectionError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Cells of a table of counts that are held at once.
_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Ratings:
    """Attributes:
    item: index of the item of each rating.
    rater: index of its annotator.
    value: index of its value.
    values: the values in their order; numbers or texts.
    clusters: for each item the index of what it was drawn with (its document); items of one cluster stay together
        when items are drawn again.
    raters: names of the annotators.
    """

    item: Ints
    rater: Ints
    value: Ints
    values: tuple[Any, ...]
    clusters: Ints
    raters: tuple[str, ...]

    @classmethod
    def of_table(
        cls,
        items: Sequence[Sequence[Hashable | None]],
        *,
        clusters: Sequence[Hashable] | None = None,
        values: Sequence[Any] | None = None,
    ) -> Ratings:
        """From one row an item with one column an annotator, None where it gave nothing.

        Args:
            items: the rows.
            clusters: document of each item; every item stands for itself by default.
            values: all values in their order; by default those that occur, numbers by size and texts by alphabet.

        Raises:
            ProjectionError: `different-counts` where clusters are not as many as items, `unknown-value`.
        """
        triples = [
            (row, column, value)
            for row, labels in enumerate(items)
            for column, value in enumerate(labels)
            if value is not None
        ]
        n_raters = max((len(labels) for labels in items), default=0)
        return cls.of_triples(
            triples,
            n_items=len(items),
            raters=[str(number) for number in range(n_raters)],
            clusters=clusters,
            values=values,
        )

    @classmethod
    def of_triples(
        cls,
        triples: Sequence[tuple[int, int, Hashable]],
        *,
        n_items: int,
        raters: Sequence[str],
        clusters: Sequence[Hashable] | None = None,
        values: Sequence[Any] | None = None,
    ) -> Ratings:
        """From (item, annotator, value) with items and annotators numbered from 0; arguments as in `of_table`."""
        known = _sorted_values({value for _, _, value in triples}) if values is None else list(values)
        codes = {value: code for code, value in enumerate(known)}
        if clusters is not None and len(clusters) != n_items:
            fault = f"There are {n_items} items, and clusters of {len(clusters)}."
            raise ProjectionError(Problem("different-counts", fault, "Name the cluster of each item."))
        try:
            coded = np.array([(item, rater, codes[value]) for item, rater, value in triples], dtype=np.int64)
        except KeyError as err:
            fault = f"The value {err.args[0]!r} is not among the values given."
            raise ProjectionError(Problem("unknown-value", fault, "Add it to the values, or leave it out.")) from err
        coded = coded.reshape(-1, 3)
        numbers: dict[Hashable, int] = {}
        of_item = range(n_items) if clusters is None else clusters
        cluster = np.array([numbers.setdefault(each, len(numbers)) for each in of_item], dtype=np.int64)
        return cls(coded[:, 0], coded[:, 1], coded[:, 2], tuple(known), cluster, tuple(raters))

    @property
    def n_items(self) -> int:
        return len(self.clusters)

    def numbers(self) -> Floats:
        """The values as numbers.

        Raises:
            ProjectionError: `not-a-number`: distances need numbers.
        """
        for value in self.values:
            if isinstance(value, bool) or not isinstance(value, int | float):
                fault = f"The value {value!r} is not a number."
                raise ProjectionError(Problem("not-a-number", fault, "Take the nominal or the ordinal level."))
        return np.array(self.values, dtype=np.float64)

    def iter_counts(self, *, width: int = 0) -> Iterator[tuple[Ints, Floats]]:
        """How often each value was given to each item, some items at a time, those of a cluster together.

        Args:
            width: numbers that the caller makes of each item, where these are more than its counts.

        Yields:
            Clusters and counts (items by values) of a part of the items.
        """
        n_values = max(1, len(self.values))
        order = np.argsort(self.clusters, kind="stable")
        place = np.empty(self.n_items, dtype=np.int64)
        place[order] = np.arange(self.n_items)
        by_place = np.argsort(place[self.item], kind="stable")
        item, value = place[self.item][by_place], self.value[by_place]
        step = max(1, _CELLS // max(n_values, width))
        for start in range(0, self.n_items, step):
            end = min(self.n_items, start + step)
            low, high = np.searchsorted(item, [start, end])
            cells = (item[low:high] - start) * n_values + value[low:high]
            counts = np.bincount(cells, minlength=(end - start) * n_values).reshape(end - start, n_values)
            yield self.clusters[order[start:end]], counts.astype(np.float64)

    def pairs(self, first: int, second: int) -> tuple[Ints, Ints, Ints]:
        """The values of two annotators on the items that both rated once, and the clusters of these items."""
        known = []
        for rater in (first, second):
            column = np.full(self.n_items, -1, dtype=np.int64)
            own = self.rater == rater
            column[self.item[own]] = self.value[own]
            known.append(column)
        both = (known[0] >= 0) & (known[1] >= 0)
        return known[0][both], known[1][both], self.clusters[both]


def _sorted_values(values: set[Any]) -> list[Any]:
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return sorted(values)
    return sorted(values, key=lambda value: (type(value).__name__, str(value)))
