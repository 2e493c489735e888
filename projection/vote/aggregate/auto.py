"""Weighting that is chosen without gold: how much of a voter's confusion is believed, by how well answers are foretold.

Dawid-Skene loses to the majority for two reasons. Voters with few answers get confusions of chance: here every voter
starts from one accuracy for all classes, with the weight of some answers (`strength`); the weight is the one under
which each answer is foretold best from the others, so that where nothing is known of single voters they are all but
equal. And a leaning that all voters share (towards the commoner answer, say) cannot be told from classes that mean
something else, so that the answers may be explained better by wrong classes: here leanings count only relative to the
panel. What all voters together do is held to the similarity choice model (Luce 1963, Handbook of Mathematical
Psychology I, section 3.2) without its biases: taking t for a is then as likely as taking a for t. This is what
counting votes assumes as well; a panel whose voters nearly all lean the same way needs gold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from projection.vote.aggregate.answers import Answers, Floats
from projection.vote.aggregate.estimate import Estimate, normalise, vote_shares

STRENGTHS = (0.5, 2.0, 8.0, 32.0, 128.0, np.inf)
"""Answers that one accuracy for all classes counts; infinite: one accuracy is all that a voter has."""

_COIN_STRENGTH = 4.0
_FEW = 1e-6
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class AutoSettings:
    """Attributes:
    strengths: to choose from, see `STRENGTHS`.
    n_rounds: of the estimate, at most.
    tolerance: it ends where the probabilities change by less on average.
    """

    strengths: tuple[float, ...] = STRENGTHS
    n_rounds: int = 100
    tolerance: float = 1e-5


class Auto(NamedTuple):
    """Attributes:
    estimate: with the strength that was chosen.
    strength: see `STRENGTHS`.
    foretold: for each strength the mean logarithm of the probability of an answer given all others, in nats.
    """

    estimate: Estimate
    strength: float
    foretold: dict[float, float]


class _Model(NamedTuple):
    """Counts, shape (n_voters, n_classes, n_classes), what was added to them, and the confusions made of both."""

    prior: Floats
    counts: Floats
    added: Floats
    confusion: Floats


def estimate_auto(answers: Answers, settings: AutoSettings | None = None) -> Auto:
    """Classes, with voters weighted as far as the answers themselves bear it out.

    Nothing is drawn at random, and neither the order of questions, voters nor classes matters.

    Args:
        answers: any number of answers to each question.
        settings: see there.
    """
    chosen = settings or AutoSettings()
    found = {strength: _fit(answers, strength, chosen) for strength in chosen.strengths}
    foretold = {strength: _foretell(answers, *each[:2], strength) for strength, each in found.items()}
    # Of equally good ones the strongest: it assumes least about single voters.
    best = max(foretold, key=lambda strength: (round(foretold[strength], 9), strength))
    shares, model, n_rounds, total = found[best]
    right = np.einsum("c,vcc->v", model.prior, model.confusion)
    estimate = Estimate(shares, right, model.prior, total, n_rounds, confusion=model.confusion)
    return Auto(estimate, best, foretold)


def _fit(answers: Answers, strength: float, settings: AutoSettings) -> tuple[Floats, _Model, int, float]:
    shares = vote_shares(answers)
    model, total, n_rounds = _maximise(answers, shares, strength), 0.0, 0
    for n_rounds in range(1, settings.n_rounds + 1):  # noqa: B007 (the number of rounds is a result)
        logs = np.log(np.maximum(model.confusion, _LEAST))[answers.voter, :, answers.answer]
        before, (shares, totals) = shares, normalise(answers.sum_by_question(logs) + np.log(model.prior))
        total = float(totals.sum())
        model = _maximise(answers, shares, strength)
        if not len(shares) or np.abs(shares - before).mean() < settings.tolerance:
            break
    return shares, model, n_rounds, total


def _maximise(answers: Answers, shares: Floats, strength: float) -> _Model:
    n_classes = answers.n_classes
    prior = (shares.sum(axis=0) + 1.0) / (len(shares) + n_classes)
    counts = _count(answers, shares)
    coin = _coins(counts)
    if np.isinf(strength):
        return _Model(prior, counts, coin, coin)
    added = strength * coin + _FEW
    confusion = _rows(counts + added) * _without_leaning(counts)
    return _Model(prior, counts, added, _rows(confusion))


def _count(answers: Answers, shares: Floats) -> Floats:
    n_classes = answers.n_classes
    places = answers.voter * n_classes + answers.answer
    size = answers.n_voters * n_classes
    columns = [np.bincount(places, column, minlength=size) for column in shares[answers.question].T]
    return np.array(columns, dtype=np.float64).reshape(n_classes, answers.n_voters, n_classes).transpose(1, 0, 2)


def _coins(counts: Floats) -> Floats:
    """One accuracy for each voter, with some answers of the accuracy of all."""
    n_classes = counts.shape[1]
    right, all_ = np.einsum("vcc->v", counts), counts.sum(axis=(1, 2))
    pooled = (right.sum() + 1.0) / (all_.sum() + n_classes)
    return _coin_tables((right + _COIN_STRENGTH * pooled) / (all_ + _COIN_STRENGTH), n_classes)


def _coin_tables(skill: Floats, n_classes: int) -> Floats:
    tables = np.repeat((1.0 - skill) / max(1, n_classes - 1), n_classes**2).reshape(-1, n_classes, n_classes)
    diagonal = np.arange(n_classes)
    tables[:, diagonal, diagonal] = skill[:, None]
    return tables


def _without_leaning(counts: Floats) -> Floats:
    """Factors that make what all voters together do even in both directions; shape (n_classes, n_classes)."""
    pooled = _rows(counts.sum(axis=0) + 1.0)
    diagonal = np.diag(pooled)
    alike = np.sqrt(pooled * pooled.T / np.outer(diagonal, diagonal))
    return _rows(alike) / pooled


def _rows(table: Floats) -> Floats:
    shares: Floats = table / table.sum(axis=-1, keepdims=True)
    return shares


def _foretell(answers: Answers, shares: Floats, model: _Model, strength: float) -> float:
    """Mean log-probability of each answer, itself left out of the classes of its question and of its voter's counts."""
    if not len(answers):
        return 0.0
    each = shares[answers.question]
    given = np.maximum(model.confusion[answers.voter, :, answers.answer], _LEAST)
    rest = each / given
    rest = np.where(rest.sum(axis=1, keepdims=True) > 0, rest, model.prior)
    rest = rest / rest.sum(axis=1, keepdims=True)
    if np.isinf(strength):
        chances = _coin_without(answers, each, model.counts)
    else:
        cells = (model.counts + model.added)[answers.voter, :, answers.answer]
        rows = (model.counts + model.added).sum(axis=2)[answers.voter]
        chances = given * np.maximum(cells - each, _LEAST) / cells * rows / np.maximum(rows - each, _LEAST)
    return float(np.log(np.clip((rest * chances).sum(axis=1), _LEAST, 1.0)).mean())


def _coin_without(answers: Answers, each: Floats, counts: Floats) -> Floats:
    """Chances of each answer by true class, from the accuracy of its voter without it; shape (n_answers, n_classes)."""
    n_classes = answers.n_classes
    right, all_ = np.einsum("vcc->v", counts), counts.sum(axis=(1, 2))
    pooled = (right.sum() + 1.0) / (all_.sum() + n_classes)
    rows = np.arange(len(answers))
    hits = right[answers.voter] - each[rows, answers.answer]
    skill = (hits + _COIN_STRENGTH * pooled) / (all_[answers.voter] - 1.0 + _COIN_STRENGTH)
    chances = np.repeat(((1.0 - skill) / max(1, n_classes - 1))[:, None], n_classes, axis=1)
    chances[rows, answers.answer] = skill
    return chances
