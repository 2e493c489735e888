from __future__ import annotations

import pytest

from projection.errors import ProjectionError
from projection.measure import measure_tokens


def test_figures_worked_by_hand() -> None:
    gold = [["N", "V", "N", None], ["N"]]
    predicted = [["N", "N", None, "V"], ["V"]]
    score = measure_tokens(gold, predicted)
    # Four gold tags, three predicted there, one right.
    assert score.accuracy == 25.0
    assert score.precision == pytest.approx(100 / 3)
    assert score.coverage == 75.0
    noun, verb = score.labels["N"], score.labels["V"]
    assert (noun.precision, noun.recall, noun.f1) == (50.0, pytest.approx(100 / 3), pytest.approx(40.0))
    assert (verb.f1, verb.n_gold, verb.n_predicted) == (0.0, 1, 1)
    assert score.macro_f1 == pytest.approx(20.0)
    assert (score.n_tokens, score.n_sentences) == (4, 2)
    assert score.to_json()["labels"]["N"]["f1"] == 40.0


def test_a_corpus_without_tags() -> None:
    assert measure_tokens([], []).accuracy == 0.0
    assert measure_tokens([[None]], [["N"]]).macro_f1 == 0.0


@pytest.mark.parametrize(("gold", "predicted"), [([["N"]], []), ([["N"]], [["N", "V"]])])
def test_different_tokens_are_refused(gold: list, predicted: list) -> None:
    with pytest.raises(ProjectionError) as caught:
        measure_tokens(gold, predicted)
    assert caught.value.problem.code == "different-counts"
