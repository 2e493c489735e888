"""Voters who know the answer or guess (Hovy, Berg-Kirkpatrick, Vaswani and Hovy 2013, NAACL, pp. 1120 to 1130)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from projection.vote.aggregate.answers import Answers, Floats
from projection.vote.aggregate.estimate import Estimate

_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class MaceSettings:
    """How the model is fitted; the values are those of the authors' program.

    Attributes:
        n_restarts: random starts, of which the likeliest counts.
        n_rounds: of expectation maximisation for each start.
        is_variational: variational Bayes with the priors below (section 4.2); else maximum likelihood, smoothed.
        knowing_prior: of the Beta distribution of guessing and knowing.
        strategy_prior: of the Dirichlet distribution of a guesser's answers.
        noise: starts are drawn evenly between 1 and 1 plus this, then normalised.
        seed: of the random starts.
    """

    n_restarts: int = 10
    n_rounds: int = 50
    is_variational: bool = True
    knowing_prior: float = 0.5
    strategy_prior: float = 10.0
    noise: float = 0.5
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Voters:
    """Attributes: guessing and knowing, shape (n_voters, 2); a guesser's answers, shape (n_voters, n_classes)."""

    knowing: Floats
    strategy: Floats


def estimate_mace(answers: Answers, settings: MaceSettings | None = None) -> Estimate:
    """Classes, and how often each voter knows the answer (section 3 of the paper: all classes equally frequent).

    Args:
        answers: any number of answers to each question.
        settings: see there; the same seed gives the same estimate.

    Returns:
        `reliability` is the chance that a voter knows or guesses the right class. In `confusion` a voter who does not
        know answers by its strategy whatever is true.
    """
    chosen = settings or MaceSettings()
    random = np.random.default_rng(chosen.seed)
    best: tuple[float, _Voters, Floats] | None = None
    for _ in range(chosen.n_restarts):
        voters = _start(answers, random, chosen)
        total, shares, guessing, knowing = _expect(answers, voters)
        for _ in range(chosen.n_rounds):
            voters = _maximise(guessing, knowing, chosen)
            total, shares, guessing, knowing = _expect(answers, voters)
        if best is None or total > best[0]:
            best = (total, voters, shares)
    if best is None:
        raise ValueError("n_restarts must be at least 1")
    total, voters, shares = best
    n_classes = answers.n_classes
    knows = (voters.knowing / voters.knowing.sum(axis=1, keepdims=True))[:, 1]
    strategy = voters.strategy / voters.strategy.sum(axis=1, keepdims=True)
    confusion = (1.0 - knows)[:, None, None] * strategy[:, None, :] + knows[:, None, None] * np.eye(n_classes)
    prior = shares.mean(axis=0) if len(shares) else np.full(n_classes, 1.0 / max(1, n_classes))
    right = np.einsum("c,vcc->v", prior, confusion)
    return Estimate(shares, right, prior, total, chosen.n_rounds, confusion=confusion)


def _start(answers: Answers, random: np.random.Generator, settings: MaceSettings) -> _Voters:
    knowing = 1.0 + settings.noise * random.random((answers.n_voters, 2))
    strategy = 1.0 + settings.noise * random.random((answers.n_voters, answers.n_classes))
    return _Voters(knowing / knowing.sum(axis=1, keepdims=True), strategy / strategy.sum(axis=1, keepdims=True))


def _expect(answers: Answers, voters: _Voters) -> tuple[float, Floats, Floats, Floats]:
    """Log-likelihood, shares of the classes, and expected guesses (by answer) and knowledge of each voter."""
    rows = np.arange(len(answers))
    guess = (voters.knowing[:, 0, None] * voters.strategy)[answers.voter, answers.answer]
    know = voters.knowing[answers.voter, 1]
    each = np.repeat(guess[:, None], answers.n_classes, axis=1)
    each[rows, answers.answer] += know
    logs = answers.sum_by_question(np.log(np.maximum(each, _LEAST)))
    top = logs.max(axis=1, keepdims=True)
    weights = np.exp(logs - top)
    totals = weights.sum(axis=1, keepdims=True)
    shares = weights / totals
    total = float((np.log(totals) + top - np.log(answers.n_classes)).sum())
    right = shares[answers.question, answers.answer]
    knew = right * know / np.maximum(guess + know, _LEAST)
    places = answers.voter * answers.n_classes + answers.answer
    size = answers.n_voters * answers.n_classes
    guessed: Floats = np.bincount(places, 1.0 - knew, minlength=size).astype(np.float64)
    by_voter = guessed.reshape(answers.n_voters, answers.n_classes)
    known: Floats = np.bincount(answers.voter, knew, minlength=answers.n_voters).astype(np.float64)
    return total, shares, by_voter, known


def _maximise(guessed: Floats, knew: Floats, settings: MaceSettings) -> _Voters:
    counts = np.stack([guessed.sum(axis=1), knew], axis=1)
    if not settings.is_variational:
        smoothing = 0.01 / max(1, guessed.shape[1])
        return _Voters(_normalised(counts + smoothing), _normalised(guessed + smoothing))
    return _Voters(_variational(counts + settings.knowing_prior), _variational(guessed + settings.strategy_prior))


def _normalised(counts: Floats) -> Floats:
    shares: Floats = counts / counts.sum(axis=1, keepdims=True)
    return shares


def _variational(counts: Floats) -> Floats:
    """Geometric means of Dirichlet distributions; they add up to less than 1."""
    means: Floats = np.exp(digamma(counts) - digamma(counts.sum(axis=1, keepdims=True)))
    return means


def digamma(values: Floats) -> Floats:
    """Derivative of the logarithm of the gamma function for values above 0 (Abramowitz and Stegun 6.3.5, 6.3.18)."""
    shifted = np.array(values, dtype=np.float64)
    result = np.zeros_like(shifted)
    for _ in range(6):
        is_small = shifted < 6.0
        result -= np.where(is_small, 1.0 / shifted, 0.0)
        shifted += is_small
    square = 1.0 / shifted**2
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
    return result + np.log(shifted) - 0.5 / shifted - series
