"""The recursions against the sum over all paths."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np

from projection.align.forward_backward import Jumps, Lattice, jump_index, posteriors

P_EMPTY = 0.2
REACH = 2
WEIGHTS = np.array([0.1, 0.2, 0.3, 0.9, 0.4], dtype=np.float32)


def _enumerate(emission: np.ndarray, empty: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Posteriors and jump counts by listing every path: a state is (position, whether the word is linked)."""
    n_steps, n_states = emission.shape
    moves = WEIGHTS[np.clip(np.arange(n_states) - np.arange(n_states)[:, None], -REACH, REACH) + REACH]
    moves = moves / moves.sum(axis=1, keepdims=True)
    start = WEIGHTS[np.minimum(np.arange(n_states) + 1, REACH) + REACH]
    start = start / start.sum()
    gamma, counts, total = np.zeros((n_steps, n_states)), np.zeros((n_states, n_states)), 0.0
    for path in product(product(range(n_states), (True, False)), repeat=n_steps):
        weight = 1.0
        for step, (state, linked) in enumerate(path):
            if step == 0:
                arrive = start[state]
            elif linked:
                arrive = moves[path[step - 1][0], state]
            else:
                arrive = float(path[step - 1][0] == state)
            weight *= arrive * ((1 - P_EMPTY) * emission[step, state] if linked else P_EMPTY * empty[step])
        total += weight
        for step, (state, linked) in enumerate(path):
            gamma[step, state] += weight * linked
        for (before, _), (state, linked) in pairwise(path):
            counts[before, state] += weight * linked
    return gamma / total, counts / total


def _lattice(emissions: list[np.ndarray], empties: list[np.ndarray]) -> Lattice:
    n_steps, n_states = max(e.shape[0] for e in emissions), max(e.shape[1] for e in emissions)
    emission = np.zeros((n_steps, len(emissions), n_states), dtype=np.float32)
    empty = np.ones((n_steps, len(emissions)), dtype=np.float32)
    for number, (values, rest) in enumerate(zip(emissions, empties, strict=True)):
        emission[:, number, : values.shape[1]] = 1.0
        emission[: values.shape[0], number, : values.shape[1]] = values
        empty[: len(rest), number] = rest
    sizes = np.array([e.shape for e in emissions])
    return Lattice(emission, empty, n_states=sizes[:, 1], n_steps=sizes[:, 0])


def test_posteriors_equal_the_sum_over_all_paths_with_padding() -> None:
    random = np.random.default_rng(3)
    shapes = [(3, 3), (2, 4), (1, 2), (4, 1)]
    emissions = [random.random(shape) for shape in shapes]
    empties = [random.random(shape[0]) for shape in shapes]
    gamma, counts = posteriors(_lattice(emissions, empties), Jumps(WEIGHTS, P_EMPTY))
    expected_counts = np.zeros((4, 4))
    for number, (n_steps, n_states) in enumerate(shapes):
        expected, moved = _enumerate(emissions[number], empties[number])
        np.testing.assert_allclose(gamma[:n_steps, number, :n_states], expected, rtol=1e-4)
        assert not gamma[n_steps:, number].any()
        assert not gamma[:, number, n_states:].any()
        expected_counts[:n_states, :n_states] += moved
    np.testing.assert_allclose(counts, expected_counts, rtol=1e-4)


def test_jump_index_is_clipped() -> None:
    assert jump_index(4, reach=2).tolist() == [[2, 3, 4, 4], [1, 2, 3, 4], [0, 1, 2, 3], [0, 0, 1, 2]]
