from __future__ import annotations

import numpy as np
import pytest

from projection.errors import ProjectionError
from projection.measure.calibration import Bin, ece_interval, measure_calibration, wilson_interval

STATED = [0.1, 0.1, 0.9, 0.9, 0.9]
RIGHT = [False, True, True, True, False]


def test_figures_worked_by_hand() -> None:
    score = measure_calibration(STATED, RIGHT)
    # Two bins: 2 predictions with 0.1 of which half are right, 3 with 0.9 of which two thirds are.
    assert score.ece == pytest.approx(2 / 5 * 0.4 + 3 / 5 * (0.9 - 2 / 3))
    assert score.ece_mass == pytest.approx(score.ece)
    assert score.brier == pytest.approx((0.01 + 0.81 + 0.01 + 0.01 + 0.81) / 5)
    assert (score.n, score.accuracy, score.mean) == (5, 0.6, pytest.approx(0.58))
    assert [(each.mean, each.accuracy, each.n) for each in score.curve] == [
        (pytest.approx(0.1), 0.5, 2),
        (pytest.approx(0.9), pytest.approx(2 / 3), 3),
    ]


def test_bins_of_equal_width_and_of_equal_mass_differ() -> None:
    score = measure_calibration([0.05, 0.15, 0.25, 0.35], [False, False, False, True], n_bins=2)
    # One bin of equal width (mean 0.2, a quarter right); two of equal mass: 0.1 against 0 and 0.3 against a half.
    assert score.ece == pytest.approx(0.05)
    assert score.ece_mass == pytest.approx((0.1 + 0.2) / 2)


def test_equal_probabilities_stay_in_one_bin_of_equal_mass() -> None:
    # Divided in file order, the bins would say 0 and 1 right where half is said.
    assert measure_calibration([0.5] * 4, [False, False, True, True], n_bins=2).ece_mass == 0.0


def test_edges_of_bins() -> None:
    curve = measure_calibration([0.0, 0.1, 0.2, 1.0], [False, False, True, True]).curve
    assert [each.mean for each in curve] == [0.0, 0.1, 0.2, 1.0]


@pytest.mark.parametrize(
    ("n_right", "n", "low", "high"),
    # Worked by hand: with z = 1.96, 9 of 10 give (0.9 + 0.19208 ∓ 1.96 · sqrt(0.009 + 0.009604)) / 1.38416.
    [(9, 10, 0.5959, 0.9821), (8, 10, 0.4902, 0.9433), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0), (20, 20, 0.8389, 1.0)],
)
def test_wilson_interval(n_right: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(n_right, n) == pytest.approx((low, high), abs=1e-4)


def test_nothing_to_judge() -> None:
    score = measure_calibration([], [])
    assert (score.n, score.ece, score.curve) == (0, 0.0, ())


@pytest.mark.parametrize(
    ("stated", "right", "message"),
    [([0.5], [True, False], "1 probabilities and 2 outcomes"), ([1.5], [True], "1.5 is no probability")],
)
def test_wrong_input(stated: list[float], right: list[bool], message: str) -> None:
    with pytest.raises(ProjectionError, match=message):
        measure_calibration(stated, right)


def test_json_is_rounded() -> None:
    record = measure_calibration([1 / 3], [True]).to_json()
    assert record["ece"] == 0.6667
    assert record["curve"] == [{"mean": 0.3333, "accuracy": 1.0, "n": 1, "low": 0.2065, "high": 1.0}]
    assert isinstance(measure_calibration([0.5], [True]).curve[0], Bin)


def test_interval_of_the_error_by_hand() -> None:
    # One group: every sample is the same.
    assert ece_interval([0.5, 0.5], [True, False], ["a", "a"]) == (0.0, 0.0)
    # One right and one wrong at 0.5: no error where each is drawn once, 0.5 where one of them is drawn twice.
    assert ece_interval([0.5, 0.5], [True, False], ["a", "b"]) == (0.0, 0.5)
    assert ece_interval([], [], []) == (0.0, 0.0)


def test_interval_widens_with_predictions_that_go_together() -> None:
    random = np.random.default_rng(1)
    stated = np.repeat(random.random(100), 10)
    right = np.repeat(random.random(100), 10) < stated
    error = measure_calibration(stated, right).ece
    alone = ece_interval(stated, right, [str(number) for number in range(1000)])
    together = ece_interval(stated, right, [str(number // 10) for number in range(1000)])
    assert together[1] - together[0] > 2 * (alone[1] - alone[0])
    assert alone[0] < error < alone[1] + 0.02
    assert ece_interval(stated, right, ["x"] * 1000) == pytest.approx((error, error))
