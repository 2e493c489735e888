from __future__ import annotations

import pytest

from projection.measure import Answer, measure_answers
from projection.measure.answers import bag_f1, char_f1


def test_figures_worked_by_hand() -> None:
    gold = {
        "a": [Answer("the red car", 10)],
        "b": [Answer("1990", 0)],
        "c": [Answer("Bonn", 5)],
        "d": [Answer("x", 0), Answer("Ada", 3)],
        "none": [],
    }
    predicted = {"a": Answer("red car", 14), "b": Answer("1990", 50), "d": Answer("Ada", 3)}
    score = measure_answers(gold, predicted)
    # Characters: 2*7/18, 0 (another place), 0 (no answer), 1. Words: 2*2/5, 1, 0, 1. SQuAD drops "the".
    assert score.exact == pytest.approx(100 * 1 / 4)
    assert score.char_f1 == pytest.approx(100 * (14 / 18 + 1) / 4)
    assert score.token_f1 == pytest.approx(100 * (0.8 + 1 + 1) / 4)
    assert score.squad_exact == score.squad_f1 == pytest.approx(75.0)
    assert (score.n_questions, score.n_answered) == (4, 3)


def test_words_are_compared_without_case_and_signs() -> None:
    score = measure_answers({"a": [Answer("¿El “Niño”?")]}, {"a": Answer("el niño")})
    assert (score.token_f1, score.exact, score.char_f1) == (100.0, 0.0, 0.0)
    # The script of SQuAD knows ASCII punctuation only.
    assert score.squad_f1 == 0.0


def test_words_of_languages_without_blanks() -> None:
    score = measure_answers({"a": [Answer("ฉันรักคุณ")]}, {"a": Answer("รักคุณ")}, lang="th")
    assert score.token_f1 == pytest.approx(80.0)


def test_empty_answers() -> None:
    assert bag_f1([], []) == 1.0
    assert bag_f1(["a"], []) == 0.0
    assert bag_f1(["a", "a"], ["a"]) == pytest.approx(2 / 3)
    assert char_f1(Answer("", 0), Answer("", 0)) == 0.0
    assert measure_answers({}, {}).to_json()["exact"] == 0.0
