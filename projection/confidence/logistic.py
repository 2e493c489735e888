"""Logistic regression by Newton's method (iteratively reweighted least squares), with a Gaussian prior."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_MAX_ROUNDS = 100
_TOLERANCE = 1e-10


def fit_logistic(
    features: Floats, is_right: Floats, *, penalty: Floats, prior: Floats | None = None, weights: Floats | None = None
) -> Floats:
    """The weights that minimise the summed log loss + half of sum(penalty * (weights - prior)^2).

    Args:
        features: shape (n, k); a column of ones makes an intercept.
        is_right: shape (n,): 0 or 1, or shares between.
        penalty: shape (k,): pull of each weight towards its prior; 0 for none.
        prior: shape (k,): zeros when None.
        weights: shape (n,): how often each row counts; ones when None.

    Returns:
        Shape (k,). With a penalty above 0 everywhere the minimum is unique; without, separable data end at large
        finite weights.
    """
    centre = np.zeros(features.shape[1]) if prior is None else prior
    counts = np.ones(len(features)) if weights is None else weights
    found = centre.copy()
    loss = _loss(found, features, is_right, counts, penalty, centre)
    for _ in range(_MAX_ROUNDS):
        stated = sigmoid(features @ found)
        gradient = features.T @ (counts * (stated - is_right)) + penalty * (found - centre)
        curvature = (features * (counts * stated * (1.0 - stated))[:, None]).T @ features + np.diag(penalty + 1e-9)
        step = np.asarray(np.linalg.solve(curvature, gradient), dtype=np.float64)
        found, loss, is_done = _search(found, step, loss, features, is_right, counts, penalty, centre)
        if is_done:
            break
    return found


def sigmoid(values: Floats) -> Floats:
    """1 / (1 + exp(-values)), without overflow."""
    result: Floats = np.exp(-np.logaddexp(0.0, -values))
    return result


def logit(probabilities: Floats, *, least: float = 1e-4) -> Floats:
    """Logarithm of the odds; probabilities are kept `least` away from 0 and 1."""
    kept = np.clip(probabilities, least, 1.0 - least)
    result: Floats = np.log(kept) - np.log1p(-kept)
    return result


def _loss(found: Floats, features: Floats, is_right: Floats, counts: Floats, penalty: Floats, centre: Floats) -> float:
    values = features @ found
    fit = counts @ (np.logaddexp(0.0, values) - is_right * values)
    return float(fit + 0.5 * penalty @ (found - centre) ** 2)


def _search(found: Floats, step: Floats, loss: float, *data: Floats) -> tuple[Floats, float, bool]:
    """Take the step, or as much of it as lowers the loss; whether that changes anything any more."""
    share = 1.0
    while share > _TOLERANCE:
        tried = found - share * step
        new_loss = _loss(tried, *data)
        if new_loss <= loss:
            return tried, new_loss, loss - new_loss <= _TOLERANCE * (1.0 + abs(loss))
        share /= 2
    return found, loss, True
