from __future__ import annotations

import numpy as np
import pytest

from projection.align.similarity import pair_similarity, word_prior


def test_pair_similarity_by_hand() -> None:
    # Two letters of nine differ (one taken out): 1 - 1 / (5 + 4).
    assert pair_similarity(["obama", "x"], ["obam", "y"]).tolist() == pytest.approx([8 / 9, 0.0])
    assert pair_similarity([], []).shape == (0,)


def test_word_prior() -> None:
    src, tgt = ["obama", "1984", ",", "of"], ["obam", "1984", "1985", ",", "off", "xyz"]
    src_index = np.array([0, 1, 1, 2, 3, 0])
    tgt_index = np.array([0, 1, 2, 3, 4, 5])
    # Likeness 8/9 lies at (8/9 - 1/2) / (1/2) = 7/9; numbers and short words count only when identical.
    assert word_prior(src, tgt, src_index, tgt_index).tolist() == pytest.approx([7 / 9, 1, 0, 1, 0, 0])
