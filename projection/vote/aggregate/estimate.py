"""What a model of voters finds: the probability of each class, and how far each voter can be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from projection.vote.aggregate.answers import Answers, Floats, Ints

TIE = 1e-9
"""Weights or probabilities that differ by less are equal."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Attributes:
    probabilities: shape (n_questions, n_classes); rows add up to 1. A question without answers has the prior.
    reliability: shape (n_voters,): probability of a right answer to a question drawn from those that were asked.
    prior: shape (n_classes,): how frequent each class is.
    log_likelihood: of all answers, in nats.
    n_rounds: that were run.
    confusion: shape (n_voters, n_classes, n_classes): of true classes (rows) and answers, where the model has them.
    ease: shape (n_questions,): above 0, larger for easier questions, where the model has it.
    """

    probabilities: Floats
    reliability: Floats
    prior: Floats
    log_likelihood: float
    n_rounds: int
    confusion: Floats | None = None
    ease: Floats | None = None


class Choice(NamedTuple):
    """The best class of each question.

    Attributes:
        best: shape (n_questions,); of equal classes the one with the lowest number.
        is_tie: shape (n_questions,): whether another class is as good.
    """

    best: Ints
    is_tie: np.ndarray


def choose(scores: Floats) -> Choice:
    """The class with the highest score of each question; scores have the shape (n_questions, n_classes)."""
    if not scores.shape[1]:
        return Choice(np.zeros(len(scores), dtype=np.int64), np.zeros(len(scores), dtype=bool))
    best = scores.argmax(axis=1)
    top = scores[np.arange(len(scores)), best]
    return Choice(best, (scores > (top - TIE * np.maximum(np.abs(top), 1.0))[:, None]).sum(axis=1) > 1)


def normalise(logs: Floats) -> tuple[Floats, Floats]:
    """Probabilities from logarithms that lack a constant, by row, and the logarithm of the sum of each row."""
    top = logs.max(axis=1, keepdims=True)
    weights = np.exp(logs - top)
    totals = weights.sum(axis=1, keepdims=True)
    return weights / totals, (np.log(totals) + top)[:, 0]


def vote_shares(answers: Answers) -> Floats:
    """Share of the votes of each class, equal where there are none; shape (n_questions, n_classes)."""
    counts = answers.counts()
    totals = counts.sum(axis=1, keepdims=True)
    return np.where(totals > 0, counts / np.maximum(totals, 1.0), 1.0 / max(1, answers.n_classes))
