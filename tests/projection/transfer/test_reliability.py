from __future__ import annotations

import random

import pytest

from projection.transfer.reliability import Ballot, estimate_accuracy, estimate_weights, measure_consistency


def _votes(rates: tuple[float, ...], n_spans: int = 2000) -> list[tuple[tuple[int, int] | None, ...]]:
    """Votes of independent voices that are right this often; the right range is always (0, 1)."""
    chance = random.Random(7)
    return [
        tuple((0, 1) if chance.random() < rate else (chance.randint(1, 6), 9) for rate in rates) for _ in range(n_spans)
    ]


def test_accuracy_of_independent_voices_is_found_without_gold() -> None:
    rates = (0.95, 0.8, 0.6)
    assert estimate_accuracy(_votes(rates), n_voices=3) == pytest.approx(rates, abs=0.03)


def test_a_voice_that_is_silent_counts_as_wrong() -> None:
    votes = [((0, 1), (0, 1), None)] * 90
    # Of ten spans more, 0.8 are taken for right.
    assert estimate_accuracy(votes, n_voices=3) == pytest.approx([0.98, 0.98, 0.08])


def test_consistency_looks_at_repeated_phrases_only() -> None:
    pairs = [("food", "comida")] * 28 + [("food", "la comida")] * 2 + [("once", "x"), ("gone", "")]
    # (28 + 0.8 * 10) / (30 + 10)
    assert measure_consistency(pairs) == pytest.approx(0.9)
    assert measure_consistency([]) == pytest.approx(0.8)
    # No target is no phrase that one could be consistent in.
    assert measure_consistency([("food", "")] * 30) == pytest.approx(0.2)


def test_voices_that_share_their_errors_are_seen_through() -> None:
    chance = random.Random(3)
    ballots = []
    for number in range(1500):
        word = f"w{number % 50}"
        wrong = chance.random() < 0.35
        noisy, noise = ((1, 3), f"{word} x{chance.randint(0, 3)}") if wrong else ((0, 1), word)
        good = ((0, 1), word) if chance.random() < 0.95 else ((4, 5), f"z{number}")
        ballots.append(Ballot(word, (noisy, noisy, good[0]), (noise, noise, good[1])))
    weights = estimate_weights(ballots, n_voices=3)
    # Two that always agree would win every vote; their inconsistency speaks against them.
    assert estimate_accuracy([ballot.ranges for ballot in ballots], n_voices=3)[0] > 0.9
    assert weights[0] == weights[1] < 0.25
    assert weights[2] == 1.0
    only_agreement = [Ballot(str(n), ballot.ranges, ballot.targets) for n, ballot in enumerate(ballots)]
    assert estimate_weights(only_agreement, n_voices=3)[2] < 0.5


def test_nothing_known_gives_equal_weights() -> None:
    assert estimate_weights([], n_voices=3) == (1.0, 1.0, 1.0)
