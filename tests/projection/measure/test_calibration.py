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


def test_wilson_interval() -> None:
    # 8 of 10: 0.4902 to 0.9433; nothing is known of nothing.
    assert wilson_interval(8, 10) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert wilson_interval(0, 0) == (0.0, 1.0)
    low, high = wilson_interval(10, 10)
    assert (low, high) == (pytest.approx(0.7225, abs=1e-4), pytest.approx(1.0))


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
