"""Rules on matrices of answers: worked by hand, against crowd-kit, and unmoved by names and order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from projection.errors import ProjectionError
from projection.vote.aggregate import (
    Answers,
    DawidSkeneSettings,
    Estimate,
    MaceSettings,
    choose,
    code_answers,
    count_votes,
    digamma,
    estimate_auto,
    estimate_dawid_skene,
    estimate_glad,
    estimate_mace,
)

REFERENCE = json.loads((Path(__file__).parent / "aggregation_reference.json").read_text(encoding="utf-8"))

MODELS: dict[str, Callable[[Answers], Estimate]] = {
    "dawid-skene": estimate_dawid_skene,
    "one-coin": lambda answers: estimate_dawid_skene(answers, DawidSkeneSettings(is_one_coin=True)),
    "mace": estimate_mace,
    "glad": estimate_glad,
    "auto": lambda answers: estimate_auto(answers).estimate,
}


def simulate(seed: int, *, n_questions: int = 300, skills: tuple[float, ...] = (0.9, 0.8, 0.7, 0.6, 0.4)) -> np.ndarray:
    """The right classes (first column) and answers of voters with these chances of being right, of three classes."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, n_questions)
    is_right = random.random((n_questions, len(skills))) < np.array(skills)
    wrong = (truth[:, None] + random.integers(1, 3, is_right.shape)) % 3
    return np.column_stack([truth, np.where(is_right, truth[:, None], wrong)])


def accuracy(truth: np.ndarray, estimate: Estimate) -> float:
    return float((estimate.probabilities.argmax(axis=1) == truth).mean())


# ------------------------------------------------------------------------------------------------------------- counting


def test_majority_is_of_the_panel_not_of_those_who_answered() -> None:
    #                             3 of 5   2 of 2    2:2:1     nobody    5 of 5    2 of 4 answers
    answers = Answers.of_matrix(
        [
            [0, 0, 0, 1, -1],
            [1, 1, -1, -1, -1],
            [0, 0, 1, 1, 2],
            [-1, -1, -1, -1, -1],
            [2, 2, 2, 2, 2],
            [1, 0, 1, 2, -1],
        ]
    )
    majority = count_votes(answers, "majority")
    assert majority.is_agreed.tolist() == [True, False, False, False, True, False]
    assert majority.is_tie.tolist() == [False, False, True, True, False, False]
    assert majority.best.tolist()[:3] == [0, 1, 0]
    assert majority.best[4:].tolist() == [2, 1]
    assert count_votes(answers, "plurality").is_agreed.tolist() == [True, True, False, False, True, True]
    assert count_votes(answers, "unanimity").is_agreed.tolist() == [False, False, False, False, True, False]


def test_half_of_an_even_panel_is_no_majority() -> None:
    answers = Answers.of_matrix([[0, 0, -1, -1], [0, 0, 0, -1]])
    assert count_votes(answers).is_agreed.tolist() == [False, True]


def test_weights_replace_heads() -> None:
    answers = Answers.of_matrix([[0, 1, 1], [0, 1, 2]])
    count = count_votes(answers, weights=[5.0, 2.0, 2.0])
    assert count.weights.tolist() == [[5.0, 4.0, 0.0], [5.0, 2.0, 2.0]]
    assert count.is_agreed.tolist() == [True, True]
    tie = count_votes(answers, weights=[4.0, 2.0, 2.0])
    # 4 against 4; and 4 of 8 is not more than half.
    assert tie.is_tie.tolist() == [True, False]
    assert tie.is_agreed.tolist() == [False, False]


@pytest.mark.parametrize("weights", [[1.0, 1.0], [1.0, -1.0, 1.0], [1.0, float("nan"), 1.0]])
def test_weights_must_fit(weights: list[float]) -> None:
    with pytest.raises(ProjectionError) as error:
        count_votes(Answers.of_matrix([[0, 1, 1]]), weights=weights)
    assert error.value.problem.code == "bad-weights"


def test_unknown_threshold() -> None:
    with pytest.raises(ProjectionError) as error:
        count_votes(Answers.of_matrix([[0, 1, 1]]), "most")  # type: ignore[arg-type]
    assert error.value.problem.code == "bad-rule"


@pytest.mark.parametrize(
    "matrix, place", [([[0, -2]], "row 0, voter 1"), ([[0, 1], [2, 3]], "row 1, voter 1"), ([0, 1], ""), ([[0.5]], "")]
)
def test_answers_that_are_none(matrix: list[object], place: str) -> None:
    with pytest.raises(ProjectionError) as error:
        Answers.of_matrix(matrix, n_classes=3)
    assert error.value.problem.code == "bad-answers"
    assert error.value.problem.place == place


@pytest.mark.parametrize("model", MODELS)
def test_no_questions_no_answers_and_one_class(model: str) -> None:
    for matrix, n_classes in ((np.zeros((0, 3), dtype=int), 2), ([[-1, -1]], 2), ([[0, 0], [0, -1]], 1)):
        found = MODELS[model](Answers.of_matrix(matrix, n_classes=n_classes))
        assert found.probabilities.shape == (len(matrix), n_classes)
        assert np.allclose(found.probabilities.sum(axis=1), 1.0)
        assert np.isfinite(found.probabilities).all()


# ----------------------------------------------------------------------------------------------------- repeated answers


ROWS = [("q1", "a", "x"), ("q1", "a", "x"), ("q1", "b", "y"), ("q2", "a", "x"), ("q2", "a", "y"), ("q2", "b", "y")]


def test_repeated_answers_count_once_and_contradictions_not_at_all() -> None:
    coded = code_answers(ROWS)
    assert (coded.questions, coded.voters, coded.classes) == (["q1", "q2"], ["a", "b"], ["x", "y"])
    assert coded.answers.to_matrix().tolist() == [[0, 1], [-1, 1]]
    assert code_answers(ROWS, repeats="first").answers.to_matrix().tolist() == [[0, 1], [0, 1]]
    assert code_answers(ROWS, repeats="each").answers.counts().tolist() == [[2.0, 1.0], [1.0, 2.0]]
    with pytest.raises(ProjectionError) as error:
        code_answers(ROWS, repeats="error")
    assert error.value.problem.code == "repeated-answer"


def test_the_panel_may_be_larger_than_those_who_answered() -> None:
    coded = code_answers([("q2", "b", "y")], questions=["q1", "q2"], voters=["a", "b", "c"], classes=["x", "y"])
    assert coded.answers.to_matrix().tolist() == [[-1, -1, -1], [-1, 1, -1]]


# --------------------------------------------------------------------------------------------------------------- models


def test_dawid_skene_of_two_perfect_voters_and_one_who_always_swaps() -> None:
    answers = Answers.of_matrix([[0, 0, 1], [1, 1, 0]] * 20)
    found = estimate_dawid_skene(answers)
    assert found.probabilities.argmax(axis=1).tolist() == [0, 1] * 20
    assert found.confusion is not None
    # 20 questions of each class, smoothed by 0.01 a cell: 20.01 / 20.02.
    assert found.confusion[0] == pytest.approx(np.array([[20.01, 0.01], [0.01, 20.01]]) / 20.02)
    assert found.confusion[2] == pytest.approx(np.array([[0.01, 20.01], [20.01, 0.01]]) / 20.02)
    assert found.reliability == pytest.approx([20.01 / 20.02, 20.01 / 20.02, 0.01 / 20.02])


def test_a_round_of_one_coin_worked_by_hand() -> None:
    # Shares of q1: 2/3, 1/3, of q2: 1, 0. Hits of voter 1: (2/3 + 1) / 2 = 5/6, 2 the same, 3: (1/3 + 1) / 2 = 2/3.
    # Prior (5/6, 1/6). Odds of q1 for class 0: 5/1 * 5/1 * 5/1 * 1/2 = 62.5.
    answers = Answers.of_matrix([[0, 0, 1], [0, 0, 0]], n_classes=2)
    found = estimate_dawid_skene(answers, DawidSkeneSettings(is_one_coin=True, n_rounds=1))
    assert found.probabilities[0, 0] == pytest.approx(62.5 / 63.5)


def test_mace_finds_who_guesses() -> None:
    table = simulate(3, skills=(0.95, 0.9, 0.85, 0.34, 0.34))
    found = estimate_mace(Answers.of_matrix(table[:, 1:]))
    assert min(found.reliability[:3]) > 0.8 > 0.5 > max(found.reliability[3:])
    assert accuracy(table[:, 0], found) > 0.93


def test_mace_is_seeded() -> None:
    answers = Answers.of_matrix(simulate(4)[:, 1:])
    first, second = (estimate_mace(answers, MaceSettings(seed=7, n_restarts=2)) for _ in range(2))
    assert np.array_equal(first.probabilities, second.probabilities)


def test_glad_finds_abilities_and_hard_questions() -> None:
    table = simulate(5, skills=(0.9, 0.9, 0.9, 0.9, 0.9, 0.5))
    hard = np.random.default_rng(0).integers(0, 3, (60, 6))
    found = estimate_glad(Answers.of_matrix(np.vstack([table[:, 1:], hard])))
    assert found.reliability.argmin() == 5
    assert found.ease is not None
    assert found.ease[:300].mean() > 1.5 * found.ease[300:].mean()


def test_digamma() -> None:
    # Abramowitz and Stegun, table 6.1: minus Euler's constant, and -gamma - 2 log 2.
    assert digamma(np.array([1.0, 0.5, 2.0, 10.0])) == pytest.approx(
        [-0.5772156649, -1.9635100260, 0.4227843351, 2.2517525891], abs=1e-9
    )


# ---------------------------------------------------------------------------------------------------- against crowd-kit


@pytest.mark.parametrize("rule, tolerance", [("dawid-skene", 1e-5), ("one-coin", 1e-5), ("mace", 5e-3), ("glad", 5e-2)])
def test_probabilities_are_those_of_crowd_kit(rule: str, tolerance: float) -> None:
    reference = REFERENCE["random"]
    known = reference["rules"][rule]
    answers = Answers.of_matrix(reference["answers"])
    if rule in ("dawid-skene", "one-coin"):
        # crowd-kit ends early, see tests/reference/make_aggregation.py; the same number of rounds is the same estimate.
        rounds = {"n_rounds": known["n_rounds"], "tolerance": -1.0, "smoothing": 0.0}
        found = estimate_dawid_skene(answers, DawidSkeneSettings(is_one_coin=rule == "one-coin", **rounds))
    else:
        found = MODELS[rule](answers)
    assert np.abs(found.probabilities - np.array(known["probabilities"])).max() < tolerance


# ---------------------------------------------------------------------------------------------------------- metamorphic


@pytest.mark.parametrize("model", MODELS)
def test_order_and_names_change_nothing(model: str) -> None:
    matrix = simulate(6, n_questions=120)[:, 1:]
    matrix[np.random.default_rng(1).random(matrix.shape) < 0.2] = -1
    random = np.random.default_rng(2)
    rows, voters, classes = random.permutation(120), random.permutation(5), random.permutation(3)
    renamed = np.where(matrix >= 0, classes[matrix], -1)
    before = MODELS[model](Answers.of_matrix(matrix, n_classes=3))
    after = MODELS[model](Answers.of_matrix(renamed[rows][:, voters], n_classes=3))
    # MACE starts at random, so its numbers move by what is left of the start.
    tolerance = 1e-3 if model == "mace" else 1e-7
    assert np.abs(after.probabilities[:, classes] - before.probabilities[rows]).max() < tolerance
    assert np.abs(after.reliability - before.reliability[voters]).max() < tolerance


@pytest.mark.parametrize("model", MODELS)
def test_a_voter_who_answers_nothing_changes_nothing(model: str) -> None:
    matrix = simulate(7, n_questions=100)[:, 1:]
    silent = np.column_stack([matrix, np.full(100, -1)])
    before, after = (MODELS[model](Answers.of_matrix(each, n_classes=3)) for each in (matrix, silent))
    assert np.abs(after.probabilities - before.probabilities).max() < (1e-3 if model == "mace" else 1e-7)


@pytest.mark.parametrize("model", ["dawid-skene", "one-coin", "auto"])
def test_questions_given_twice_get_the_same_answers(model: str) -> None:
    matrix = simulate(8, n_questions=150)[:, 1:]
    found = MODELS[model](Answers.of_matrix(np.vstack([matrix, matrix]), n_classes=3))
    assert np.allclose(found.probabilities[:150], found.probabilities[150:])


# ----------------------------------------------------------------------------------------------------------------- auto


def test_auto_says_which_strength_foretells_best() -> None:
    found = estimate_auto(Answers.of_matrix(simulate(9)[:, 1:]))
    assert found.strength == max(found.foretold, key=lambda strength: found.foretold[strength])


@pytest.mark.parametrize("seed", range(4))
def test_auto_is_as_good_as_the_better_rule_where_errors_are_even(seed: int) -> None:
    table = simulate(20 + seed, skills=(0.9, 0.75, 0.6, 0.5, 0.4, 0.34))
    answers = Answers.of_matrix(table[:, 1:])
    count = count_votes(answers, "plurality")
    others = (float((count.best == table[:, 0]).mean()), accuracy(table[:, 0], estimate_dawid_skene(answers)))
    assert accuracy(table[:, 0], estimate_auto(answers).estimate) >= max(others) - 0.01


def test_auto_learns_who_leans_where_the_panel_as_a_whole_does_not() -> None:
    random = np.random.default_rng(11)
    truth = random.integers(0, 3, 400)
    answers = np.where(random.random((400, 30)) < 0.85, truth[:, None], random.integers(0, 3, (400, 30)))
    # Of 30 voters every third answers; the others say their own favourite half of the time, of each class as many.
    leans = (random.random((400, 30)) < 0.5) & (np.arange(30) % 3 > 0)
    answers = np.where(leans, np.arange(30) // 3 % 3, answers)
    # Five voters answer a question.
    asked = random.permuted(np.tile(np.arange(30), (400, 1)), axis=1)[:, :5]
    matrix = np.full((400, 30), -1)
    np.put_along_axis(matrix, asked, np.take_along_axis(answers, asked, axis=1), axis=1)
    panel = Answers.of_matrix(matrix)
    auto = accuracy(truth, estimate_auto(panel).estimate)
    assert auto > float((count_votes(panel, "plurality").best == truth).mean()) + 0.02


def test_a_leaning_that_all_share_is_not_learned() -> None:
    # Seven voters take two in five of class 1 for 0, but hardly a 0 for 1.
    random = np.random.default_rng(12)
    truth = (random.random(2000) < 0.3).astype(int)
    chance = np.where(truth == 1, 0.6, 0.05)[:, None]
    answers = Answers.of_matrix((random.random((2000, 7)) < chance).astype(int))
    for found, is_learned in ((estimate_auto(answers).estimate, False), (estimate_dawid_skene(answers), True)):
        assert found.confusion is not None
        missed, invented = found.confusion.mean(axis=0)[1, 0], found.confusion.mean(axis=0)[0, 1]
        assert (missed > invented + 0.25) == is_learned
        assert (abs(missed - invented) < 0.05) != is_learned


def test_ties_are_named() -> None:
    chosen = choose(np.array([[0.5, 0.5], [0.6, 0.4], [0.5, 0.5 - 1e-12]]))
    assert chosen.best.tolist() == [0, 0, 0]
    assert chosen.is_tie.tolist() == [True, False, True]
