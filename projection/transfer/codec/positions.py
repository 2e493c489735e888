"""Where an opening bracket may stand: where marking the source span changes what the model expects (CODEC)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def find_starts(
    plain: Floats, marked: Floats, *, seed: float = 0.5, threshold: float = 0.1, window: int = 5
) -> list[int]:
    """Tokens before which the span may begin.

    Tokens whose log-probability changes by `seed` and more are seeds; within `window` tokens of one, all tokens that
    change by `threshold` and more may begin the span. Without a seed, all tokens that change so much may.

    Args:
        plain: shape (n_tokens,): log-probabilities of the translation's tokens given the source.
        marked: shape (n_tokens,): the same given the source with the span in brackets.
        seed: in nats.
        threshold: in nats.
        window: tokens to either side.

    Returns:
        Positions in ascending order; never the last one, which ends the text.
    """
    change = np.abs(marked - plain)
    seeds = np.flatnonzero(change >= seed)
    near = np.zeros(len(change), dtype=bool)
    for position in seeds:
        near[max(0, position - window) : position + window + 1] = True
    if not len(seeds):
        near[:] = True
    near[-1:] = False
    return [int(position) for position in np.flatnonzero(near & (change >= threshold))]
