"""The hidden Markov alignment model (Vogel, Ney and Tillmann 1996) with empty words (Och and Ney 2003), in batches.

States are the words of one side, steps the words of the other. Each state has an empty twin that keeps its position,
so the two share what follows. Padded states have emission 0; padded steps have emission 1 everywhere, which leaves the
steps before them untouched.
"""

from __future__ import annotations

from dataclasses import dataclass

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
        return self.weights[jump_index(n_states, reach=self.reach)]

    def start(self, n_states: int) -> Floats:
        """Weight of beginning in each state: a jump from before the first; shape (n_states,)."""
        distance = np.minimum(np.arange(n_states) + 1, self.reach)
        weights: Floats = self.weights[distance + self.reach]
        return weights


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
    n_steps, _, n_states = lattice.emission.shape
    real = np.arange(n_states)[None, :] < lattice.n_states[:, None]
    moves = jumps.matrix(n_states)
    leaving = 1.0 / np.maximum(real.astype(np.float32) @ moves.T, _TINY)
    alive, linked, scale = _forward(lattice, jumps, moves, leaving, real)
    arriving, after = _backward(lattice, jumps, moves, leaving, scale)
    in_length = (np.arange(n_steps)[:, None] < lattice.n_steps[None, :]).astype(np.float32)[:, :, None]
    gamma = linked * after * in_length
    if n_steps == 1:
        return gamma, np.zeros((n_states, n_states), dtype=np.float32)
    left = alive[:-1] * leaving * in_length[1:]
    counts = np.zeros((n_states, n_states), dtype=np.float32)
    for step in range(n_steps - 1):
        counts += left[step].T @ arriving[step + 1]
    return gamma, counts * moves


def _forward(
    lattice: Lattice, jumps: Jumps, moves: Floats, leaving: Floats, real: npt.NDArray[np.bool_]
) -> tuple[Floats, Floats, Floats]:
    """Scaled forward mass per position, its part that is linked, and the scale of each step."""
    n_steps, n_batch, n_states = lattice.emission.shape
    keep = np.float32(1.0 - jumps.p_empty)
    empty = lattice.empty[:, :, None] * np.float32(jumps.p_empty)
    alive = np.empty_like(lattice.emission)
    linked = np.empty_like(lattice.emission)
    scale = np.empty((n_steps, n_batch, 1), dtype=np.float32)
    start = jumps.start(n_states)[None, :] * real
    start = start / np.maximum(start.sum(axis=1, keepdims=True), _TINY)
    reached, waiting = start, start
    for step in range(n_steps):
        if step:
            waiting = alive[step - 1]
            reached = (waiting * leaving) @ moves
        np.multiply(reached, lattice.emission[step], out=linked[step])
        linked[step] *= keep
        np.multiply(waiting, empty[step], out=alive[step])
        alive[step] += linked[step]
        scale[step] = 1.0 / np.maximum(alive[step].sum(axis=1, keepdims=True), _TINY)
        alive[step] *= scale[step]
        linked[step] *= scale[step]
    return alive, linked, scale


def _backward(lattice: Lattice, jumps: Jumps, moves: Floats, leaving: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """Scaled mass of arriving linked at each state, and backward mass after each step."""
    n_steps = lattice.emission.shape[0]
    keep = np.float32(1.0 - jumps.p_empty)
    empty = lattice.empty[:, :, None] * np.float32(jumps.p_empty) * scale
    arriving = lattice.emission * (scale * keep)
    after = np.ones_like(lattice.emission)
    for step in range(n_steps - 1, 0, -1):
        arriving[step] *= after[step]
        np.multiply(after[step], empty[step], out=after[step - 1])
        after[step - 1] += (arriving[step] @ moves.T) * leaving
    return arriving, after
