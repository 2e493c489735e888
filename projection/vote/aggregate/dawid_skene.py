"""Voters with confusions of their own (Dawid and Skene 1979, Applied Statistics 28(1), pp. 20 to 28)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from projection.vote.aggregate.answers import Answers, Floats
from projection.vote.aggregate.estimate import Estimate, normalise, vote_shares

_LEAST = 1e-10


@dataclass(frozen=True, slots=True)
class DawidSkeneSettings:
    """How far expectation maximisation goes.

    Attributes:
        n_rounds: at most so many.
        tolerance: it ends where the likelihood of an answer grows by less, in nats.
        is_one_coin: one accuracy for each voter, whose errors are spread evenly, in place of a confusion.
        smoothing: added to each cell of the counts of answers.
        strength: answers for each true class that a voter is taken to have given like all voters together; 0 is the
            published model. A voter with few answers is then judged by what is known of the others.
    """

    n_rounds: int = 100
    tolerance: float = 1e-5
    is_one_coin: bool = False
    smoothing: float = 0.01
    strength: float = 0.0


def estimate_dawid_skene(answers: Answers, settings: DawidSkeneSettings | None = None) -> Estimate:
    """Classes and confusions that make the answers likely, by expectation maximisation (section 3 of the paper).

    Starts from the shares of the votes. What nobody answered is not imputed: a missing answer says nothing.

    Args:
        answers: any number of answers to each question.
        settings: see there.

    Returns:
        `confusion[v, t, a]` is the probability that voter v answers a where t is true.
    """
    chosen = settings or DawidSkeneSettings()
    shares = vote_shares(answers)
    n_rounds, total, last = 0, -np.inf, -np.inf
    prior, confusion = _maximise(answers, shares, chosen)
    for n_rounds in range(1, chosen.n_rounds + 1):  # noqa: B007 (the number of rounds is a result)
        shares, total = _expect(answers, prior, confusion)
        prior, confusion = _maximise(answers, shares, chosen)
        if total - last < chosen.tolerance * max(1, len(answers)):
            break
        last = total
    right = np.einsum("c,vcc->v", prior, confusion)
    return Estimate(shares, right, prior, total, n_rounds, confusion=confusion)


def _expect(answers: Answers, prior: Floats, confusion: Floats) -> tuple[Floats, float]:
    logs = np.log(confusion[answers.voter, :, answers.answer])
    shares, totals = normalise(answers.sum_by_question(logs) + np.log(np.maximum(prior, _LEAST)))
    return shares, float(totals.sum())


def _maximise(answers: Answers, shares: Floats, settings: DawidSkeneSettings) -> tuple[Floats, Floats]:
    n_classes = answers.n_classes
    prior = shares.mean(axis=0) if len(shares) else np.full(n_classes, 1.0 / max(1, n_classes))
    each = shares[answers.question]
    if settings.is_one_coin:
        return prior, _one_coin(answers, each, settings.strength)
    places = answers.voter * n_classes + answers.answer
    size = answers.n_voters * n_classes
    columns = np.array([np.bincount(places, column, minlength=size) for column in each.T], dtype=np.float64)
    counts: Floats = columns.reshape(n_classes, answers.n_voters, n_classes).transpose(1, 0, 2)
    if settings.strength:
        pooled = counts.sum(axis=0) + 1.0 / n_classes
        counts = counts + settings.strength * pooled / pooled.sum(axis=1, keepdims=True)
    counts = counts + settings.smoothing
    # What a voter never answered stays at 0: for a class that it met with no answer, its own answers are even.
    is_given = np.bincount(places, minlength=size).reshape(answers.n_voters, 1, n_classes) > 0
    counts = np.maximum(counts, np.where(is_given | ~is_given.any(axis=2, keepdims=True), _LEAST, 0.0))
    return prior, counts / counts.sum(axis=2, keepdims=True)


def _one_coin(answers: Answers, each: Floats, strength: float) -> Floats:
    hits = answers.sum_by_voter(each[np.arange(len(answers)), answers.answer][:, None])[:, 0]
    totals = np.bincount(answers.voter, minlength=answers.n_voters).astype(np.float64)
    pooled = hits.sum() / max(1.0, totals.sum())
    skill = (hits + strength * pooled) / np.maximum(totals + strength, _LEAST)
    skill = np.clip(np.where(totals + strength > 0, skill, pooled), _LEAST, 1 - _LEAST)
    n_classes = answers.n_classes
    wrong = (1.0 - skill) / max(1, n_classes - 1)
    confusion = np.repeat(wrong, n_classes * n_classes).reshape(-1, n_classes, n_classes)
    diagonal = np.arange(n_classes)
    confusion[:, diagonal, diagonal] = skill[:, None]
    return confusion
