"""The hidden Markov alignment model (Vogel, Ney and Tillmann 1996) with empty words (Och and Ney 2003), in batches.

States are the words of one side, steps the words of the other. Each state has an empty twin that keeps its position,
so the two share what follows. Padded states have emission 0; padded steps have emission 1 everywhere, which leaves the
steps before them untouched.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_TINY = np.float32(1e-30)


@dataclass(frozen=True, slots=True)
class Lattice:
    """One batch in one direction.

    Attributes:
        emission: shape (n_steps, n_batch, n_states): p(step word | state word).
        empty: shape (n_steps, n_batch): p(step word | empty word).
        n_states: shape (n_batch,): real states of each sentence.
        n_steps: shape (n_batch,): real steps of each sentence.
    """

    emission: Floats
    empty: Floats
    n_states: Ints
    n_steps: Ints


@dataclass(frozen=True, slots=True)
class Jumps:
    """Jump probabilities, not normalised: `weights[distance + reach]` for distances -reach..reach, clipped beyond."""

    weights: Floats
    p_empty: float

    @property
    def reach(self) -> int:
        return len(self.weights) // 2

    def matrix(self, n_states: int) -> Floats:
        """Weight of moving from state (row) to state (column); shape (n_states, n_states)."""
        return self.weights.take(jump_index(n_states, reach=self.reach))

    def start(self, n_states: int) -> Floats:
        """Weight of beginning in each state: a jump from before the first; shape (n_states,)."""
        distance = np.minimum(np.arange(n_states) + 1, self.reach)
        weights: Floats = self.weights[distance + self.reach]
        return weights


@lru_cache(maxsize=256)
def jump_index(n_states: int, *, reach: int) -> Ints:
    """Index into `Jumps.weights` of each move; shape (n_states, n_states)."""
    states = np.arange(n_states)
    index: Ints = np.clip(states[None, :] - states[:, None], -reach, reach) + reach
    return index


def posteriors(lattice: Lattice, jumps: Jumps) -> tuple[Floats, Floats]:
    """Posterior of each state at each step, and expected jump counts.

    Returns:
        shape (n_steps, n_batch, n_states), 0 at padded steps; and shape (n_states, n_states).
    """
    gamma, left, arriving = _posteriors(lattice, jumps)
    left[_is_padding(lattice)] = 0.0
    counts = np.add.reduce(np.matmul(left[1:].transpose(0, 2, 1), arriving[1:]), axis=0)
    return gamma, counts * jumps.matrix(lattice.emission.shape[2])


def state_posteriors(lattice: Lattice, jumps: Jumps) -> Floats:
    """The first of the two."""
    return _posteriors(lattice, jumps)[0]


def _posteriors(lattice: Lattice, jumps: Jumps) -> tuple[Floats, Floats, Floats]:
    """Posteriors, mass of leaving the step before, and mass of arriving; see below."""
    n_states = lattice.emission.shape[2]
    real = np.arange(n_states)[None, :] < lattice.n_states[:, None]
    moves = jumps.matrix(n_states)
    leaving = 1.0 / np.maximum(real.astype(np.float32) @ moves.T, _TINY)
    linking = lattice.emission * np.float32(1.0 - jumps.p_empty)
    empty = lattice.empty[:, :, None] * np.float32(jumps.p_empty)
    start = jumps.start(n_states)[None, :] * real
    gamma, left, scale = _forward(linking, empty, start, moves, leaving)
    linking *= scale
    arriving, after = _backward(linking, empty * scale, moves, leaving)
    gamma *= after
    gamma[_is_padding(lattice)] = 0.0
    return gamma, left, arriving


def _is_padding(lattice: Lattice) -> npt.NDArray[np.bool_]:
    """Which steps are padded; shape (n_steps, n_batch)."""
    found: npt.NDArray[np.bool_] = np.arange(len(lattice.emission))[:, None] >= lattice.n_steps[None, :]
    return found


def _forward(
    linking: Floats, empty: Floats, start: Floats, moves: Floats, leaving: Floats
) -> tuple[Floats, Floats, Floats]:
    """Scaled forward mass that is linked, forward mass that leaves the step before, and the scale of each step.

    Args:
        linking: shape (n_steps, n_batch, n_states): probability of a link and the step word.
        empty: shape (n_steps, n_batch, 1): probability of no link and the step word.
        start: shape (n_batch, n_states): weight of beginning in each state.
        moves: shape (n_states, n_states): weight of each move.
        leaving: shape (n_batch, n_states): what the weights of a state's moves are multiplied by.
    """
    left, linked = np.zeros_like(linking), np.empty_like(linking)
    scale = np.empty((*linking.shape[:2], 1), dtype=np.float32)
    waiting = start / np.maximum(start.sum(axis=1, keepdims=True), _TINY)
    reached, now = waiting.copy(), np.empty_like(waiting)
    for step in range(len(linking)):
        if step:
            np.matmul(np.multiply(waiting, leaving, out=left[step]), moves, out=reached)
        np.multiply(reached, linking[step], out=linked[step])
        np.multiply(waiting, empty[step], out=now)
        now += linked[step]
        total = np.add.reduce(now, axis=1, keepdims=True)
        np.divide(np.float32(1.0), np.maximum(total, _TINY, out=total), out=scale[step])
        np.multiply(now, scale[step], out=waiting)
    linked *= scale
    return linked, left, scale


def _backward(linking: Floats, empty: Floats, moves: Floats, leaving: Floats) -> tuple[Floats, Floats]:
    """Scaled mass of arriving linked at each state, and backward mass after each step; for scaled arguments."""
    arriving = linking
    after = np.ones_like(linking)
    back = np.ascontiguousarray(moves.T)
    before = np.empty_like(leaving)
    for step in range(len(linking) - 1, 0, -1):
        now, earlier = after[step], after[step - 1]
        np.matmul(np.multiply(arriving[step], now, out=arriving[step]), back, out=before)
        np.multiply(before, leaving, out=before)
        np.multiply(now, empty[step], out=earlier)
        earlier += before
    return arriving, after
