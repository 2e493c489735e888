from __future__ import annotations

import pytest

from projection.errors import ProjectionError
from projection.measure import measure_alignment
from projection.types import Link


def test_figures_worked_by_hand() -> None:
    # A = {00, 11, 12, 30}, S = {00, 11, 22}, P adds {12}: A and S = 2, A and P = 3.
    score = measure_alignment([[(0, 0), (1, 1), (1, 2), (3, 0)]], [[(0, 0), (1, 1), (2, 2)]], [[(1, 2)]])
    assert score.precision == pytest.approx(75)
    assert score.recall == pytest.approx(200 / 3)
    assert score.f1 == pytest.approx(2 * 75 * (200 / 3) / (75 + 200 / 3))
    assert score.aer == pytest.approx(100 * (1 - 5 / 7))
    assert (score.n_predicted, score.n_sure, score.n_possible, score.n_sentences) == (4, 3, 4, 1)
    assert score.to_json()["aer"] == 28.57


def test_sentences_are_summed_and_possible_links_are_optional() -> None:
    score = measure_alignment([[Link(0, 0, 0.4), Link(0, 0)], []], [[(0, 0)], [(1, 1)]])
    assert (score.precision, score.recall, score.aer) == (100, 50, pytest.approx(100 / 3))


def test_nothing_to_find() -> None:
    score = measure_alignment([[]], [[]])
    assert (score.precision, score.recall, score.f1, score.aer) == (0, 0, 0, 0)


def test_different_counts_are_refused() -> None:
    with pytest.raises(ProjectionError) as caught:
        measure_alignment([[]], [[], []])
    assert str(caught.value) == (
        "There are links for 1 pairs, sure gold for 2, possible gold for 2. "
        "Compare files with the same pairs in the same order."
    )
