"""Precision, recall and error rate of word alignments (Och and Ney 2003).

Gold links are sure (S) or possible (P, which includes S); A are the links to be judged, summed over all sentences:
precision = |A and P| / |A|, recall = |A and S| / |S|, AER = 1 - (|A and S| + |A and P|) / (|A| + |S|).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from projection.errors import Problem, ProjectionError

Links = Iterable[tuple[int, int] | tuple[int, int, float]]


@dataclass(frozen=True, slots=True)
class AlignmentScore:
    """Figures in percent; a lower `aer` is better.

    A quotient of zero by zero is 0, so `aer` is 0 where nothing was to be found and nothing was.
    """

    precision: float
    recall: float
    f1: float
    aer: float
    n_sure: int
    n_possible: int
    n_predicted: int
    n_sentences: int

    def to_json(self) -> dict[str, Any]:
        """Plain values; figures rounded to 2 decimals."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


def measure_alignment(
    predicted: Sequence[Links], sure: Sequence[Links], possible: Sequence[Links] | None = None
) -> AlignmentScore:
    """Compare links of sentence pairs that stand in the same order.

    Args:
        predicted: links to be judged, one collection for each pair; probabilities are not looked at.
        sure: sure gold links.
        possible: gold links that are only possible; none when None.

    Raises:
        ProjectionError: `different-counts` when the numbers of pairs differ.
    """
    also = possible if possible is not None else [()] * len(sure)
    if not len(predicted) == len(sure) == len(also):
        raise ProjectionError(_different_counts(len(predicted), len(sure), len(also)))
    n_predicted = n_sure = n_possible = n_hits_sure = n_hits_possible = 0
    for judged, certain, maybe in zip(map(_pairs, predicted), map(_pairs, sure), map(_pairs, also), strict=True):
        allowed = certain | maybe
        n_predicted += len(judged)
        n_sure += len(certain)
        n_possible += len(allowed)
        n_hits_sure += len(judged & certain)
        n_hits_possible += len(judged & allowed)
    precision = _percent(n_hits_possible, n_predicted)
    recall = _percent(n_hits_sure, n_sure)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    found = _percent(n_hits_sure + n_hits_possible, n_predicted + n_sure)
    aer = 100.0 - found if n_predicted + n_sure else 0.0
    return AlignmentScore(precision, recall, f1, aer, n_sure, n_possible, n_predicted, len(sure))


def _pairs(links: Links) -> set[tuple[int, int]]:
    return {(link[0], link[1]) for link in links}


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 0.0


def _different_counts(n_predicted: int, n_sure: int, n_possible: int) -> Problem:
    fault = f"There are links for {n_predicted} pairs, sure gold for {n_sure}, possible gold for {n_possible}."
    return Problem("different-counts", fault, "Compare files with the same pairs in the same order.")
