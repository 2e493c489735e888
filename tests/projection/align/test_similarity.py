from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@given(st.lists(st.text("abcdé字𝒳", min_size=3, max_size=9), min_size=2, max_size=8), st.sampled_from([0.3, 0.5, 0.8]))
def test_no_pair_of_words_above_the_threshold_is_passed_over(words: list[str], threshold: float) -> None:
    src, tgt = (places.ravel() for places in np.indices((len(words), len(words))))
    alike = pair_similarity([words[place] for place in src], [words[place] for place in tgt])
    expected = np.maximum((alike - threshold) / (1 - threshold), 0.0)
    assert word_prior(words, words, src, tgt, threshold=threshold) == pytest.approx(expected, abs=1e-6)
