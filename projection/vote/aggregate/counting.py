"""Rules that count votes, each with a weight, over the whole panel: who abstains is not with those who agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from projection.errors import Problem, ProjectionError
from projection.vote.aggregate.answers import Answers, Floats, Ints
from projection.vote.aggregate.estimate import TIE, choose

Threshold = Literal["majority", "plurality", "unanimity"]


@dataclass(frozen=True, slots=True)
class Count:
    """Attributes:
    weights: of each class, shape (n_questions, n_classes).
    best: the heaviest class, shape (n_questions,); of equal ones the one with the lowest number.
    is_tie: shape (n_questions,): whether another class weighs as much, or nobody answered.
    is_agreed: shape (n_questions,): whether the threshold is reached; a tie never reaches it.
    """

    weights: Floats
    best: Ints
    is_tie: npt.NDArray[np.bool_]
    is_agreed: npt.NDArray[np.bool_]


def count_votes(answers: Answers, threshold: Threshold = "majority", *, weights: npt.ArrayLike | None = None) -> Count:
    """The heaviest class of each question, and whether the panel agrees on it.

    Args:
        answers: at most one answer of each voter to a question.
        threshold: `majority`: more than half of the weight of the panel, of those too who did not answer;
            `plurality`: more than any other class; `unanimity`: the whole weight of the panel.
        weights: of the voters, shape (n_voters,), 0 or more; 1 for each by default.

    Raises:
        ProjectionError: `bad-weights`, `bad-rule`.
    """
    each = check_weights(weights, answers.n_voters)
    table = answers.counts(each)
    chosen = choose(table)
    top = table[np.arange(len(table)), chosen.best] if table.shape[1] else np.zeros(len(table))
    is_tie = chosen.is_tie | (top <= 0)
    return Count(table, chosen.best, is_tie, is_reached(top, float(each.sum()), threshold) & ~is_tie)


def is_reached(top: Floats, panel: float, threshold: str) -> npt.NDArray[np.bool_]:
    """Whether the heaviest weights, shape (n,), reach a threshold in a panel of some weight, ties aside.

    Raises:
        ProjectionError: `bad-rule` for an unknown threshold.
    """
    if threshold == "majority":
        return np.asarray(top > 0.5 * panel * (1 + TIE))
    if threshold == "plurality":
        return np.asarray(top > 0)
    if threshold == "unanimity":
        return np.asarray((top > 0) & (top >= panel * (1 - TIE)))
    fault = f"There is no threshold {threshold!r}."
    raise ProjectionError(Problem("bad-rule", fault, f"Known: {', '.join(get_args(Threshold))}."))


def check_weights(weights: npt.ArrayLike | None, n_voters: int) -> Floats:
    """The weights of voters as numbers, 1 for each by default.

    Raises:
        ProjectionError: `bad-weights` for another number of them, and for negative or infinite ones.
    """
    each = np.ones(n_voters) if weights is None else np.asarray(weights, dtype=np.float64)
    if each.shape != (n_voters,) or not np.all(np.isfinite(each)) or np.any(each < 0):
        fault = f"There are {each.size} weights for {n_voters} voters, or some are below 0 or no numbers."
        raise ProjectionError(Problem("bad-weights", fault, "Give each voter a weight of at least 0."))
    return each
