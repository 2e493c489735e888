from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from projection.transfer import score
from projection.transfer.profiles import PROFILES, Profile
from projection.transfer.score import PairView, score_ranges

PLAIN = Profile(outside=1.0, unaligned=0.5, similarity=0.0, position=0.0, sign_edge=1.0)
SRC, TGT = ["a", "b", "c"], ["w", "x", "y", "z"]
# "b" goes to x and half to y; "a" goes to w, "c" half to y; z has no link.
MASS = np.array([[1, 0, 0, 0], [0, 1, 0.5, 0], [0, 0, 0.5, 0]], dtype=np.float32)


def _scores(mass: np.ndarray, tokens: list[int], profile: Profile, **words: list[str]) -> dict[tuple[int, int], float]:
    view = PairView.make(words.get("src", SRC), words.get("tgt", TGT), mass)
    found = score_ranges(view, tokens, profile)
    return {(int(a), int(b)): float(s) for a, b, s in zip(found.start, found.end, found.score, strict=True)}


def test_soft_dice_by_hand() -> None:
    found = _scores(MASS, [1], PLAIN)
    assert found[1, 2] == pytest.approx(2 * 1 / (1.5 + 1))
    assert found[1, 3] == pytest.approx(2 * 1.5 / (1.5 + 1.5 + 0.5))
    assert found[0, 2] == pytest.approx(2 * 1 / (1.5 + 1 + 1))
    assert found[1, 4] == pytest.approx(2 * 1.5 / (1.5 + 1.5 + 0.5 + 0.5))
    assert found[3, 4] == 0
    assert max(found, key=found.__getitem__) == (1, 3)


def test_ranges_are_limited_by_the_profile() -> None:
    short = replace(PLAIN, words_per_word=1, extra_words=1)
    assert max(end - start for start, end in _scores(MASS, [1], short)) == 2
    assert max(end - start for start, end in _scores(MASS, [1], PROFILES["clause"])) == 4


def test_position_decides_between_equal_words() -> None:
    mass = np.array([[0.5, 0, 0.5], [0, 1, 0], [0.5, 0, 0.5]], dtype=np.float32)
    near = replace(PLAIN, position=0.1)
    for token, expected in ((0, (0, 1)), (2, (2, 3))):
        found = _scores(mass, [token], near, tgt=["p", "q", "p"])
        assert max(found, key=found.__getitem__) == expected


def test_string_match_restores_part_of_the_score() -> None:
    nothing = np.zeros((3, 4), dtype=np.float32)
    alike = replace(PLAIN, similarity=0.5)
    found = _scores(nothing, [0], alike, src=["Obama", "b", "c"], tgt=["w", "Obama", "y", "z"])
    assert found[1, 2] == pytest.approx(0.5)
    assert found[0, 1] == 0


def test_signs_and_small_letters_at_the_edges_cost() -> None:
    mass = np.array([[0, 0, 0], [1, 0, 0]], dtype=np.float32)
    strict = replace(PLAIN, unaligned=0.0, sign_edge=0.5, small_edge=0.5)
    found = _scores(mass, [1], strict, src=["in", "Rome"], tgt=["Rom", ",", "gern"])
    assert found[0, 1] == pytest.approx(1.0)
    assert found[0, 2] == pytest.approx(0.5)
    assert found[0, 3] == pytest.approx(0.5)


def test_the_capital_of_the_first_word_is_no_evidence() -> None:
    mass = np.array([[1, 0], [0, 1]], dtype=np.float32)
    strict = replace(PLAIN, small_edge=0.5)
    assert _scores(mass, [0], strict, src=["Food", "Is"], tgt=["comida", "es"])[0, 1] == pytest.approx(1.0)
    assert _scores(mass, [1], strict, src=["Food", "Is"], tgt=["comida", "es"])[1, 2] == pytest.approx(0.25)


def test_parts_by_hand() -> None:
    view = PairView.make(SRC, TGT, MASS)
    found = score_ranges(view, [1], PLAIN)
    index = next(i for i, (a, b) in enumerate(zip(found.start, found.end, strict=True)) if (a, b) == (1, 3))
    parts = {name: float(values[index]) for name, values in found.parts.items()}
    assert parts == pytest.approx(
        {"aligned": 1.0, "outside": 0.25, "unaligned": 0.0, "similarity": 0.0, "length": 0.5, "position": 1.0}
    )
    assert found.span_mass == pytest.approx(1.5)


def test_long_sentences_are_searched_from_likely_boundaries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "MAX_RANGE_WORDS", 10)
    monkeypatch.setattr(score, "_N_BOUNDARIES", 3)
    mass = np.zeros((20, 20), dtype=np.float32)
    mass[np.arange(20), np.arange(20)] = 1
    words = [f"w{number}" for number in range(20)]
    found = _scores(mass, list(range(4, 16)), PROFILES["clause"], src=words, tgt=words)
    assert len(found) <= 9
    assert max(found, key=found.__getitem__) == (4, 16)
