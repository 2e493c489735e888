from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from projection.confidence import (
    Calibrator,
    Example,
    by_source,
    cross_fit,
    default_calibrator,
    describe,
    fit_calibrator,
    fit_from_reviews,
    judge,
    make_examples,
    with_probabilities,
)
from projection.confidence.calibrator import Curve
from projection.confidence.fit import assign_folds
from projection.confidence.isotonic import fit_isotonic
from projection.confidence.logistic import fit_logistic, logit, sigmoid
from projection.engines import get_engine
from projection.engines.calibrated import build_calibrated
from projection.errors import EngineError
from projection.measure.calibration import measure_calibration
from projection.projectors import Projection
from projection.projectors.calibrated import CalibratedProjector
from projection.types import Candidate, Interval, Item, Segment, Span


def _candidate(score: float, *, rank: int = 0, start: int = 0, end: int = 4, source: str = "s1") -> Candidate:
    span = Span("PER", (Interval(start, end),), segment=1, source_id=source)
    return Candidate(source, span, score, parts={"aligned": score / 2}, rank=rank)


def _examples(n_documents: int, *, bias: float = 0.0, seed: int = 1, per_document: int = 20) -> list[Example]:
    """Candidates that are right as often as the logistic function of their score says."""
    random = np.random.default_rng(seed)
    found = []
    for document in range(n_documents):
        for score in random.uniform(0.0, 1.0, per_document):
            chance = float(sigmoid(np.array(6.0 * score - 2.0 + bias)))
            found.append(Example({"score": float(score)}, bool(random.uniform() < chance), f"d{document}"))
    return found


# ------------------------------------------------------------------------------------------------------- regressions


def test_logistic_regression_of_shares_is_exact() -> None:
    # With an intercept and one flag, the fit gives each group its share: 1 of 4, and 3 of 4.
    flags = np.array([0.0] * 4 + [1.0] * 4)
    right = np.array([1, 0, 0, 0, 1, 1, 1, 0], dtype=float)
    found = fit_logistic(np.column_stack([np.ones(8), flags]), right, penalty=np.zeros(2))
    assert found == pytest.approx([-np.log(3), 2 * np.log(3)])


def test_logistic_regression_finds_the_minimum_of_its_loss() -> None:
    random = np.random.default_rng(3)
    features = np.column_stack([np.ones(60), random.normal(size=(60, 2))])
    right = (random.uniform(size=60) < 0.4).astype(float)
    penalty, prior = np.array([0.5, 2.0, 3.0]), np.array([0.1, -1.0, 0.5])
    weights = random.uniform(0.5, 2.0, 60)

    def loss(point: np.ndarray) -> float:
        values = features @ point
        fit = weights @ (np.log1p(np.exp(values)) - right * values)
        return float(fit + 0.5 * penalty @ (point - prior) ** 2)

    found = fit_logistic(features, right, penalty=penalty, prior=prior, weights=weights)
    steps = itertools.product((-1e-3, 0.0, 1e-3), repeat=3)
    assert all(loss(found) <= loss(found + np.array(step)) for step in steps)


def test_separable_data_and_large_values_stay_finite() -> None:
    features = np.column_stack([np.ones(4), [-1e3, -1.0, 1.0, 1e3]])
    found = fit_logistic(features, np.array([0.0, 0.0, 1.0, 1.0]), penalty=np.zeros(2))
    assert np.isfinite(found).all()
    assert sigmoid(np.array([-1e6, 0.0, 1e6])).tolist() == [0.0, 0.5, 1.0]
    assert sigmoid(logit(np.array([0.2, 0.9]))) == pytest.approx([0.2, 0.9])


def test_isotonic_regression_is_the_best_rising_fit() -> None:
    random = np.random.default_rng(7)
    grid = np.linspace(0.0, 1.0, 13)
    for _ in range(20):
        outcomes = random.integers(0, 2, 4).astype(float)
        knots, fit = fit_isotonic(np.array([0.1, 0.2, 0.3, 0.4]), outcomes)
        rising = (np.array(levels) for levels in itertools.combinations_with_replacement(grid, 4))
        assert knots.tolist() == [0.1, 0.2, 0.3, 0.4]
        assert (np.diff(fit) >= 0).all()
        assert ((fit - outcomes) ** 2).sum() <= min(((levels - outcomes) ** 2).sum() for levels in rising) + 1e-12


def test_isotonic_regression_pools_by_hand() -> None:
    knots, fit = fit_isotonic(np.array([3.0, 1.0, 2.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0]))
    # 1 has 0 and 1, half; 2 has 1; 3 has 0: 2 and 3 are pooled to a half, as much as 1.
    assert (knots.tolist(), fit.tolist()) == ([1.0, 2.0, 3.0], [0.5, 0.5, 0.5])
    _, weighted = fit_isotonic(np.array([1.0, 2.0]), np.array([1.0, 0.0]), np.array([3.0, 1.0]))
    assert weighted.tolist() == [0.75, 0.75]


# ---------------------------------------------------------------------------------------------------------- features


def test_features_of_the_candidates_of_a_span() -> None:
    group = [_candidate(0.9), _candidate(0.6, rank=1, end=9), Candidate("s1", None, 0.0, reason="no-link")]
    first, second, third = describe(group)
    assert first == pytest.approx(
        {
            "aligned": 0.45,
            "score": 0.9,
            "chars": np.log(5),
            "margin": 0.3,
            "log_odds": np.log(9),
            "lead": np.log(9) - np.log(1.5),
        }
    )
    assert second["margin"] == pytest.approx(-0.3)
    assert second["lead"] == pytest.approx(np.log(1.5) - np.log(9))
    assert second["chars"] == pytest.approx(np.log(10))
    assert third == {}
    assert {"margin", "lead"}.isdisjoint(describe([_candidate(0.9)])[0])
    sure, impossible = describe([_candidate(1.0), _candidate(0.0, rank=1, end=9)])
    assert [sure["log_odds"], impossible["log_odds"]] == pytest.approx([np.log(199), -np.log(199)])


def test_examples_are_right_where_place_and_label_are_those_of_gold() -> None:
    group = [_candidate(0.9), _candidate(0.6, rank=1, end=9), Candidate("s1", None, 0.0, rank=2, reason="no-link")]
    right = Span("PER", (Interval(0, 9),), segment=1, id="t1")
    found = make_examples(group, [right], group="d1")
    assert [(each.is_right, each.is_best) for each in found] == [(False, True), (True, False)]
    assert not any(each.is_right for each in make_examples(group, [replace(right, label="LOC")], group="d1"))


# --------------------------------------------------------------------------------------------------------- calibrators


@pytest.mark.parametrize("method", ["logistic", "isotonic"])
def test_a_calibrator_says_how_often_new_candidates_are_right(method: str) -> None:
    calibrator = fit_calibrator(_examples(60), method=method)
    fresh = _examples(100, seed=2)
    score = measure_calibration(judge(calibrator, fresh), [each.is_right for each in fresh])
    assert score.ece < 0.03
    raw = measure_calibration([each.features["score"] for each in fresh], [each.is_right for each in fresh])
    assert raw.ece > 0.1


def test_isotonic_regression_is_added_where_there_is_much_to_learn_from() -> None:
    assert fit_calibrator(_examples(10)).curve is None
    curve = fit_calibrator(_examples(60)).curve
    assert curve is not None
    assert list(curve.y) == sorted(curve.y)
    assert 0.0 < curve.y[0] < curve.y[-1] < 1.0


def test_cross_fitting_does_not_look_at_the_judged_document() -> None:
    # What is right is known from the document alone: nothing to be learned from the others.
    random = np.random.default_rng(5)
    examples = [
        Example({"score": document + float(random.uniform())}, document % 2 == 0, f"d{document}")
        for document in range(10)
        for _ in range(20)
    ]
    stated = cross_fit(examples, n_folds=10)
    for document in range(10):
        own = [index for index, each in enumerate(examples) if each.group == f"d{document}"]
        others = [each for each in examples if each.group != f"d{document}"]
        expected = judge(fit_calibrator(others), [examples[index] for index in own])
        assert stated[own] == pytest.approx(expected)


def test_folds_keep_documents_together() -> None:
    folds = assign_folds(["a"] * 5 + ["b"] * 3 + ["c"] * 2 + ["d"], 2)
    # a fills the first fold, b and c the second, d goes where there is less: 5 and 5, so the first.
    assert folds.tolist() == [0] * 5 + [1] * 5 + [0]
    assert sorted(set(assign_folds(["a"] * 7, 3).tolist())) == [0, 1, 2]


def test_candidates_of_a_span_share_what_is_probable() -> None:
    weights = {"fill": (0.5,), "means": (0.0,), "scales": (1.0,)}
    calibrator = Calibrator(("score",), **weights, best=(np.log(4.0), 0), other=(0.0,) * 2)
    group = [_candidate(0.9), _candidate(0.6, rank=1), _candidate(0.5, rank=2), Candidate("s1", None, 0.0, rank=3)]
    # The best one has 4 / 5; the others would have a half each and share the fifth that is left.
    assert calibrator.probabilities(group) == [0.8, 0.1, 0.1, None]
    assert calibrator.probabilities(group[:1]) == [0.8]
    assert replace(calibrator, other=()).probabilities(group) == [0.8, 0.0, 0.0, None]
    curved = replace(calibrator, curve=Curve((0.0, 0.8, 1.0), (0.0, 0.4, 1.0)))
    assert curved.probabilities(group) == [0.4, 0.3, 0.3, None]


def test_a_missing_feature_counts_as_its_mean() -> None:
    examples = [replace(each, features={**each.features, "margin": 0.5}) for each in _examples(10)]
    calibrator = fit_calibrator(examples)
    with_mean, without = judge(
        calibrator, [Example({"score": 0.7, "margin": 0.5}, True), Example({"score": 0.7}, True)]
    )
    assert with_mean == pytest.approx(without)


def test_json_brings_the_same_calibrator_back() -> None:
    calibrator = fit_calibrator(_examples(60))
    again = Calibrator.from_json(json.loads(calibrator.dumps()))
    assert again == calibrator
    assert again.dumps() == calibrator.dumps()
    assert fit_calibrator(_examples(60)).dumps() == calibrator.dumps()


@pytest.mark.parametrize("change", [{"format": 9}, {"best": ["x"]}, {"best": [1.0]}, {"features": None}])
def test_something_else_is_no_calibrator(change: dict[str, object]) -> None:
    record = fit_calibrator(_examples(5)).to_json()
    with pytest.raises(EngineError, match="not a calibrator"):
        Calibrator.from_json(record | change)


def test_nothing_to_learn_from() -> None:
    with pytest.raises(EngineError, match="nothing to calibrate on"):
        fit_calibrator([Example({"score": 0.5}, True, is_best=False)])


# -------------------------------------------------------------------------------------------------------------- reviews


def test_reviews_correct_the_default() -> None:
    default = fit_calibrator(_examples(60))
    reviews = _examples(20, bias=-2.0, seed=4)
    fit = fit_from_reviews(reviews, default=default)
    assert (fit.is_learned, fit.n_reviewed, fit.n_documents) == (True, 400, 20)
    assert fit.learned is not None
    assert fit.default is not None
    assert fit.learned.ece < 0.06 < 0.15 < fit.default.ece
    fresh = _examples(100, bias=-2.0, seed=6)
    after = measure_calibration(judge(fit.calibrator, fresh), [each.is_right for each in fresh])
    assert after.ece < 0.05
    record = json.loads(json.dumps(fit.to_json()))
    assert Calibrator.from_json(record["calibrator"]) == fit.calibrator
    assert record["learned"]["curve"]


def test_with_few_reviews_the_default_stays() -> None:
    default = fit_calibrator(_examples(60))
    fit = fit_from_reviews(_examples(4, bias=-2.0), default=default)
    assert (fit.calibrator, fit.is_learned, fit.n_reviewed, fit.learned) == (default, False, 80, None)
    assert fit_from_reviews([], default=None).calibrator is None


def test_the_default_stays_where_it_is_better() -> None:
    default = fit_calibrator(_examples(500), method="logistic")
    # One document of noise: what is learned from the others says nothing about it.
    reviews = [replace(each, group="d1") for each in _examples(6, seed=11)]
    fit = fit_from_reviews(reviews, default=default)
    assert fit.learned is not None
    assert fit.default is not None
    assert fit.is_learned == (fit.learned.brier <= fit.default.brier)
    assert fit.is_learned == (fit.calibrator != default)


# ----------------------------------------------------------------------------------------------------------- projection


def _item() -> Item:
    segments = (
        Segment("Ada met Bob .", "en", "source"),
        Segment("Ada traf Bob .", "de", "target"),
    )
    spans = (Span("PER", (Interval(0, 3),), id="s1"), Span("PER", (Interval(8, 11),), id="s2"))
    return Item("1", segments, spans)


def test_projections_carry_probabilities() -> None:
    engine = get_engine("hmm")
    projector = build_calibrated(engine, engine.read_settings({}))
    assert isinstance(projector, CalibratedProjector)
    projector.fit([_item()], progress=lambda _: None)
    projection = projector.project(_item())
    for group in by_source(projection.candidates):
        stated = [candidate.probability for candidate in group]
        assert all(value is not None and 0.0 <= value <= 1.0 for value in stated)
        assert sum(stated) <= 1.0 + 1e-3
    plain = projector.inner.project(_item())
    assert [replace(each, probability=None) for each in projection.candidates] == list(plain.candidates)
    assert projector.project_many([_item()] * 2)[1] == projection
    assert projector.use_lexicon == projector.inner.use_lexicon
    assert getattr(projector, "nothing_of_the_kind", None) is None


def test_unprojected_candidates_have_no_probability() -> None:
    projection = Projection("1", None, (Candidate("s1", None, 0.0, reason="no-link"), _candidate(0.9, source="s2")))
    stated = with_probabilities(projection, fit_calibrator(_examples(20)))
    assert [candidate.probability is None for candidate in stated.candidates] == [True, False]


@pytest.mark.parametrize(
    ("engine", "settings"),
    [
        ("hmm", {}),
        ("similarity", {}),
        *(("links", {"method": method}) for method in ("corrected", "published", "scored")),
    ],
)
def test_defaults_say_more_for_better_candidates(engine: str, settings: dict[str, str]) -> None:
    calibrator = default_calibrator(engine, settings)
    assert calibrator is not None
    assert calibrator.engine == engine
    good, bad = (_candidate(score, end=8) for score in (0.98, 0.5))
    sure = [replace(good, parts={"length": 1.0, "similarity": 1.0}), _candidate(0.5, rank=1, end=7)]
    unsure = [replace(bad, parts={"length": 0.5, "similarity": 0.3}), _candidate(0.48, rank=1, end=7)]
    (best, second), (doubtful, _) = (calibrator.probabilities(group) for group in (sure, unsure))
    assert best > 0.7
    assert best > second
    assert best > doubtful + 0.1


def test_the_default_of_the_default_engine_rises_with_the_lead() -> None:
    calibrator = default_calibrator("hmm")
    assert calibrator is not None
    parts = {"length": 1.0, "similarity": 0.5}
    stated = [
        calibrator.probabilities(
            [replace(_candidate(0.9), parts=parts), replace(_candidate(other, rank=1), parts=parts)]
        )
        for other in (0.88, 0.8, 0.7, 0.5)
    ]
    best = [probability for probability, _ in stated]
    assert best == sorted(best)
    assert best[-1] > best[0] + 0.05


def test_an_engine_without_a_default_stays_plain() -> None:
    assert default_calibrator("somebody-elses") is None
    engine = replace(get_engine("similarity"), name="somebody-elses")
    assert not isinstance(build_calibrated(engine, engine.read_settings({})), CalibratedProjector)
    given = fit_calibrator(_examples(20))
    assert isinstance(build_calibrated(engine, engine.read_settings({}), calibrator=given), CalibratedProjector)
