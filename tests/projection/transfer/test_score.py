from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from projection.transfer import score
from projection.transfer.features import FEATURES
from projection.transfer.memory import CorpusMemory
from projection.transfer.profiles import PROFILES, STRINGS_ONLY, Profile
from projection.transfer.score import PARTS, RangeScores, score_ranges
from projection.transfer.views import PairView

SRC, TGT = ["a", "b", "c"], ["w", "x", "y", "z"]
# "b" goes to x and half to y; "a" goes to w, "c" half to y; z has no link.
MASS = np.array([[1, 0, 0, 0], [0, 1, 0.5, 0], [0, 0, 0.5, 0]], dtype=np.float32)


def _profile(**weights: float) -> Profile:
    return Profile(np.array([weights.get(name, 0.0) for name in FEATURES]), null=0.0, words_per_word=0)


def _scores(mass: np.ndarray, tokens: list[int], profile: Profile, **words: list[str]) -> dict[tuple[int, int], float]:
    view = PairView.make(words.get("src", SRC), words.get("tgt", TGT), mass)
    found = score_ranges(view, tokens, profile)
    return {(int(a), int(b)): float(s) for a, b, s in zip(found.start, found.end, found.score, strict=True)}


def test_scores_are_shares_of_all_ranges_and_of_no_range() -> None:
    found = _scores(MASS, [1], _profile(outside=-1.0))
    # Words linked elsewhere inside the range: w 1, y 0.5. Ranges of z alone have no evidence.
    odds = {(0, 1): 0, (1, 2): 1, (2, 3): np.exp(-0.5), (3, 4): 0, (0, 2): np.exp(-1), (1, 3): np.exp(-0.5)}
    odds |= {(2, 4): np.exp(-0.5), (0, 3): np.exp(-1.5), (1, 4): np.exp(-0.5), (0, 4): np.exp(-1.5)}
    total = sum(odds.values()) + 1.0
    assert found == pytest.approx({place: value / total for place, value in odds.items()})


def test_the_weight_of_no_range_takes_from_all() -> None:
    sure = _scores(MASS, [1], replace(_profile(dice=4.0), null=-20.0))
    unsure = _scores(MASS, [1], replace(_profile(dice=4.0), null=4.0))
    assert sum(sure.values()) == pytest.approx(1.0)
    assert sum(unsure.values()) < 0.9
    ratios = {round(unsure[place] / sure[place], 6) for place in sure if sure[place]}
    assert len(ratios) == 1


@pytest.mark.parametrize("n_ranges", [10, 1000])
def test_the_best_ranges_come_first_and_of_equal_ones_the_earlier(n_ranges: int) -> None:
    score = np.random.default_rng(3).integers(0, 30, size=n_ranges) / 30
    places = np.arange(n_ranges)
    found = RangeScores(places, places + 1, score, np.zeros((len(PARTS), n_ranges)), 1.0).best(40)
    assert found.tolist() == sorted(range(n_ranges), key=lambda place: (-score[place], place))[:40]


def test_ranges_are_limited_by_the_profile() -> None:
    short = replace(PROFILES["name"], words_per_word=1, extra_words=1)
    assert max(end - start for start, end in _scores(MASS, [1], short)) == 2
    assert max(end - start for start, end in _scores(MASS, [1], PROFILES["clause"])) == 4


def test_nothing_speaks_for_a_range_without_links_or_letters() -> None:
    nothing = np.zeros((3, 4), dtype=np.float32)
    assert set(_scores(nothing, [0], PROFILES["name"]).values()) == {0.0}
    found = _scores(nothing, [0], STRINGS_ONLY, src=["Obama", "b", "c"], tgt=["w", "Obama", "y", "z"])
    assert found[1, 2] > 0.6
    assert found[0, 1] == found[2, 3] == 0.0


def test_other_sentences_complete_a_word() -> None:
    memory = CorpusMemory()
    for number in range(4):
        memory.add(["today", f"a{number}"], ["hari", "ini", f"b{number}"])
    for number in range(20):
        memory.add(["now", f"c{number}"], ["kini", f"d{number}"])
    src, tgt = "warm today", "panas hari ini"
    mass = np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float32)
    view = PairView.make(src.split(), tgt.split(), mass)
    alone = score_ranges(view, [1], PROFILES["phrase"])
    helped = score_ranges(view, [1], PROFILES["phrase"], memory.look_up(src.split(), tgt.split()))
    best = [int(found.best(1)[0]) for found in (alone, helped)]
    assert [(int(alone.start[index]), int(alone.end[index])) for index in best] == [(1, 2), (1, 3)]


def test_parts_by_hand() -> None:
    view = PairView.make(SRC, TGT, MASS)
    found = score_ranges(view, [1], PROFILES["phrase"])
    index = next(i for i, (a, b) in enumerate(zip(found.start, found.end, strict=True)) if (a, b) == (1, 3))
    parts = dict(zip(PARTS, found.parts[:, index].tolist(), strict=True))
    assert parts == pytest.approx(
        {
            "aligned": 1.0,
            "outside": 0.25,
            "unaligned": 0.0,
            "covered": 1.0,
            "similarity": 0.0,
            "length": 0.5,
            "position": 1.0,
            "seen": 0.0,
        }
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
