"""Voters of different ability and questions of different ease (Whitehill et al. 2009, NIPS 22, pp. 2035 to 2043)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from projection.vote.aggregate.answers import Answers, Floats
from projection.vote.aggregate.estimate import Estimate, normalise

_MOST = 30.0
_MAX_STEP = 1.0


@dataclass(frozen=True, slots=True)
class GladSettings:
    """How far expectation maximisation goes.

    Attributes:
        n_rounds: at most so many.
        n_steps: Newton steps in abilities and ease within a round.
        tolerance: it ends where the posterior of an answer grows by less, in nats.
    """

    n_rounds: int = 100
    n_steps: int = 5
    tolerance: float = 1e-6


def estimate_glad(answers: Answers, settings: GladSettings | None = None) -> Estimate:
    """Classes, abilities and ease, all classes being equally frequent (sections 2 and 3 of the paper).

    A voter of ability a (any number) is right about a question of ease b (above 0) with the probability
    1 / (1 + exp(-a b)); errors are spread evenly. Normal priors of mean 1 and variance 1 hold the abilities and the
    logarithms of the ease. Each round maximises first in the abilities, then in the ease: each of them alone is a
    problem of one variable, so that all are solved at once.

    Args:
        answers: any number of answers to each question.
        settings: see there.

    Returns:
        `ease` is b; `reliability` is the probability of being right about a question of mean ease.
    """
    chosen = settings or GladSettings()
    ability = np.ones(answers.n_voters)
    log_ease = np.ones(answers.n_questions)
    last, n_rounds = -np.inf, 0
    shares, total = _expect(answers, ability, log_ease)
    for n_rounds in range(1, chosen.n_rounds + 1):  # noqa: B007 (the number of rounds is a result)
        right = shares[answers.question, answers.answer]
        for _ in range(chosen.n_steps):
            ability = _step_ability(answers, right, ability, log_ease)
            log_ease = _step_ease(answers, right, ability, log_ease)
        shares, total = _expect(answers, ability, log_ease)
        reached = total - 0.5 * float(((ability - 1) ** 2).sum() + ((log_ease - 1) ** 2).sum())
        if reached - last < chosen.tolerance * max(1, len(answers)):
            break
        last = reached
    ease = np.exp(log_ease)
    mean = float(np.exp(log_ease.mean())) if answers.n_questions else 1.0
    prior = np.full(answers.n_classes, 1.0 / max(1, answers.n_classes))
    return Estimate(shares, _sigmoid(ability * mean), prior, total, n_rounds, ease=ease)


def _sigmoid(values: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.clip(values, -_MOST, _MOST)))


def _expect(answers: Answers, ability: Floats, log_ease: Floats) -> tuple[Floats, float]:
    chance = _sigmoid(ability[answers.voter] * np.exp(log_ease[answers.question]))
    n_classes = answers.n_classes
    logs = np.repeat(np.log((1.0 - chance) / max(1, n_classes - 1))[:, None], n_classes, axis=1)
    logs[np.arange(len(answers)), answers.answer] = np.log(chance)
    shares, totals = normalise(answers.sum_by_question(logs) - np.log(max(1, n_classes)))
    return shares, float(totals.sum())


def _step_ability(answers: Answers, right: Floats, ability: Floats, log_ease: Floats) -> Floats:
    ease = np.exp(log_ease)[answers.question]
    chance = _sigmoid(ability[answers.voter] * ease)
    sums = answers.sum_by_voter(np.stack([(right - chance) * ease, chance * (1 - chance) * ease**2], axis=1))
    return ability + np.clip((sums[:, 0] - (ability - 1.0)) / (sums[:, 1] + 1.0), -_MAX_STEP, _MAX_STEP)


def _step_ease(answers: Answers, right: Floats, ability: Floats, log_ease: Floats) -> Floats:
    """Fisher scoring: the expected curvature in place of the curvature, which need not be positive."""
    slope = ability[answers.voter] * np.exp(log_ease)[answers.question]
    chance = _sigmoid(slope)
    sums = answers.sum_by_question(np.stack([(right - chance) * slope, chance * (1 - chance) * slope**2], axis=1))
    return log_ease + np.clip((sums[:, 0] - (log_ease - 1.0)) / (sums[:, 1] + 1.0), -_MAX_STEP, _MAX_STEP)
