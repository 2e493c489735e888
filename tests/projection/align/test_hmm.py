"""Emissions that give way to twins."""

from __future__ import annotations

import numpy as np
import pytest

from projection.align.hmm import RIVAL_COST, rival_factor


def test_links_of_twins_to_other_words_cost_what_is_missing_to_the_twin() -> None:
    # The first source word has a full twin in the second target word; the second one is half alike to the third.
    likeness = np.array([[[0.0, 1.0, 0.25], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]]], dtype=np.float32)
    missing = [[1.0, 0.0, 0.75], [0.5, 1.0, 0.0], [0.0, 1.0, 0.5]]
    assert rival_factor(likeness)[0] == pytest.approx(np.exp(-float(RIVAL_COST) * np.array(missing)), rel=1e-5)


def test_words_without_twins_and_repeated_twins_cost_nothing() -> None:
    assert (rival_factor(np.zeros((2, 3, 4), dtype=np.float32)) == 1).all()
    repeated = np.array([[[1.0, 1.0], [1.0, 1.0]]], dtype=np.float32)
    assert (rival_factor(repeated) == 1).all()
