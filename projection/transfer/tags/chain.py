"""Neighbouring tags: a chain whose tag-to-tag association is learned from the corpus itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from projection.transfer.tags.corpus import Ints

Floats = npt.NDArray[np.float64]

_ROUNDS = 2
_PSEUDO_COUNTS = 5.0
_BATCH = 256
_FLOOR = 1e-4


def chain_posterior(lengths: Ints, local: Floats, *, weight: float) -> Floats:
    """Probability of each tag for each token, given the tokens around it; shape (n_tokens, n_tags).

    The probability of a sequence is proportional to the product of `local` over its tokens and of the association
    p(tag, next tag) / (p(tag) p(next tag)) over its neighbours, to the power of `weight`. The association begins at 1
    and is set twice from the expected pairs (expectation maximisation with few steps: more of them drift away from
    the projected tags).

    Args:
        lengths: shape (n_sentences,): tokens of each sentence.
        local: shape (n_tokens, n_tags): probability of each tag of each token alone.
        weight: exponent of the association.
    """
    n_tags = local.shape[1]
    if not weight or not len(local):
        return _normalise(local + _FLOOR)
    follows, begins = np.ones((n_tags, n_tags)), np.ones(n_tags)
    for _ in range(_ROUNDS):
        posterior, pairs, first = _expect(lengths, local, follows, begins)
        follows = _association(pairs, len(local)) ** weight
        begins = _initial(first, posterior.mean(axis=0), len(lengths)) ** weight
    return _expect(lengths, local, follows, begins)[0]


def _association(pairs: Floats, n_tokens: int) -> Floats:
    if not pairs.sum():
        return np.ones_like(pairs)
    share = pairs / pairs.sum()
    independent = np.outer(share.sum(axis=1), share.sum(axis=0))
    n_tags = len(pairs)
    joint = (share * n_tokens + _PSEUDO_COUNTS * n_tags * independent) / (n_tokens + _PSEUDO_COUNTS * n_tags)
    associated: Floats = (joint + 1e-12) / (independent + 1e-12)
    return associated


def _initial(first: Floats, share: Floats, n_sentences: int) -> Floats:
    smoothed: Floats = (first + _PSEUDO_COUNTS * share) / (n_sentences + _PSEUDO_COUNTS) / (share + 1e-9) + 1e-6
    return smoothed


def _expect(lengths: Ints, local: Floats, follows: Floats, begins: Floats) -> tuple[Floats, Floats, Floats]:
    """Posteriors of all tokens, expected pairs of neighbours, and expected first tags."""
    posterior = np.zeros_like(local)
    pairs, first = np.zeros_like(follows), np.zeros(len(begins))
    for rows, mask in _batches(lengths):
        emission = np.where(mask[:, :, None], local[rows] + _FLOOR, 1.0)
        found, moved = forward_backward(emission, mask, follows, begins)
        posterior[rows[mask]] = found[mask]
        pairs += moved
        first += found[:, 0].sum(axis=0)
    return posterior, pairs, first


def _batches(lengths: Ints) -> Iterator[tuple[Ints, npt.NDArray[np.bool_]]]:
    """Token numbers of sentences of like length, shape (n_batch, longest), and which of them are real."""
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    for begin in range(0, len(order), _BATCH):
        chosen = order[begin : begin + _BATCH]
        steps = np.arange(lengths[chosen].max())[None, :]
        mask = steps < lengths[chosen][:, None]
        yield np.where(mask, starts[chosen][:, None] + steps, 0), mask


def forward_backward(
    emission: Floats, mask: npt.NDArray[np.bool_], follows: Floats, begins: Floats
) -> tuple[Floats, Floats]:
    """Posteriors of sequences whose weight is the product of their emissions, first state and moves.

    Args:
        emission: shape (n_batch, n_steps, n_tags); anything at steps that are not real.
        mask: shape (n_batch, n_steps): which steps are real; each sequence has at least one.
        follows: shape (n_tags, n_tags): weight of moving from tag (row) to tag (column).
        begins: shape (n_tags,): weight of the first tag.

    Returns:
        Shape (n_batch, n_steps, n_tags), 0 at steps that are not real; and the expected number of moves over all
        sequences, shape (n_tags, n_tags).
    """
    n_steps = emission.shape[1]
    ahead, behind, scale = np.empty_like(emission), np.ones_like(emission), np.empty((*emission.shape[:2], 1))
    state = np.broadcast_to(begins, emission[:, 0].shape)
    for step in range(n_steps):
        reached = (state @ follows if step else state) * emission[:, step]
        scale[:, step] = reached.sum(axis=1, keepdims=True)
        state = ahead[:, step] = reached / scale[:, step]
    real = mask[:, :, None]
    for step in range(n_steps - 1, 0, -1):
        arriving = behind[:, step] * emission[:, step] / scale[:, step]
        behind[:, step - 1] = np.where(real[:, step], arriving @ follows.T, 1.0)
    n_tags = emission.shape[2]
    leaving = (ahead[:, :-1] * real[:, 1:]).reshape(-1, n_tags)
    entering = (emission * behind / scale * real)[:, 1:].reshape(-1, n_tags)
    return ahead * behind * real, follows * (leaving.T @ entering)


def _normalise(values: Floats) -> Floats:
    normal: Floats = values / values.sum(axis=1, keepdims=True)
    return normal
