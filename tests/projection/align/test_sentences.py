from __future__ import annotations

from itertools import pairwise
from math import log
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection.align.sentences import LONG_WORDS, add_pair, align_pairs, find_beads, length_score, sentence_ends
from projection.align.statistical import StatisticalAligner


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("One here . Two there . Three", [3, 6, 7]),
        ("One here. Two there.", [2, 4]),
        ("« One ! » Two ?", [4, 6]),
        ("by e.g. this . And that", [4, 6]),
        ("first . . . Then", [4, 5]),
        ("यह है । वह था ।", [3, 6]),
        ("no end", [2]),
    ],
)
def test_sentence_ends(text: str, ends: list[int]) -> None:
    assert sentence_ends(text.split()) == ends


def test_length_score_is_the_normal_tail() -> None:
    # 20 letters expected, 30 found: 10 / sqrt(6.8 * 25) = 0.767 standard deviations.
    expected = log(2 * (1 - NormalDist().cdf(10 / (6.8 * 25) ** 0.5)))
    assert length_score(10, 30, ratio=2.0) == pytest.approx(expected)
    assert length_score(10, 20, ratio=2.0) == 0.0


def _sentence(n_words: int, letter: str) -> list[str]:
    return [letter * 3 for _ in range(n_words - 1)] + ["."]


def test_a_sentence_that_became_two_is_found_by_its_length() -> None:
    src = [word for length in (20, 40, 20) for word in ["S", *_sentence(length - 1, "s")]]
    tgt = [word for length in (20, 22, 18, 20) for word in ["T", *_sentence(length - 1, "t")]]
    assert find_beads(src, tgt) == [((0, 20), (0, 20)), ((20, 60), (20, 60)), ((60, 80), (60, 80))]


@pytest.mark.parametrize(("joined", "boundary"), [("first", 50), ("last", 25)])
def test_names_decide_where_lengths_leave_it_open(joined: str, boundary: int) -> None:
    """Two of three sentences of the same length became one."""
    names = ["Ada", "Bob", "Cem"]
    src = [word for name in names for word in ["S", name, name, *_sentence(22, "s")]]
    first, last = (names[:2], names[2:]) if joined == "first" else (names[:1], names[1:])
    tgt = [word for group in (first, last) for word in ["T", *group, *group, *_sentence(38 - 2 * len(group), "t")]]
    assert find_beads(src, tgt)[0][0] == (0, boundary)


def test_a_text_without_sentence_signs_is_cut_where_lengths_agree() -> None:
    src = [word for length in (30, 60, 30) for word in ["S", *_sentence(length - 1, "s")]]
    beads = find_beads(src, ["ก" * 3] * 240)
    assert [src_range for src_range, _ in beads] == [(0, 30), (30, 90), (90, 120)]
    assert [tgt_range[1] for _, tgt_range in beads] == pytest.approx([60, 180, 240], abs=8)


def test_short_pairs_and_pairs_without_signs_are_one_bead() -> None:
    words = ["A", ".", "B", "."]
    assert find_beads(words, words) == [((0, 4), (0, 4))]
    unsigned = ["a"] * (LONG_WORDS + 1)
    assert find_beads(unsigned, unsigned) == [((0, 61), (0, 61))]
    assert find_beads([], unsigned) == [((0, 0), (0, 61))]


@given(st.lists(st.sampled_from(["a", "B", ".", "?", "7", "»"]), max_size=150), st.data())
def test_every_word_lies_in_exactly_one_bead(src: list[str], data: st.DataObject) -> None:
    tgt = data.draw(st.lists(st.sampled_from(["a", "C", ".", "!", "7"]), max_size=150))
    beads = find_beads(src, tgt)
    for side, words in ((0, src), (1, tgt)):
        ranges = [bead[side] for bead in beads]
        assert ranges[0][0] == 0
        assert ranges[-1][1] == len(words)
        assert all(before[1] == after[0] for before, after in pairwise(ranges))


def test_passages_are_aligned_inside_their_beads() -> None:
    pairs = [(["S", *_sentence(length - 1, "s")], ["T", *_sentence(length - 1, "t")]) for length in (20, 40, 20)]
    src, tgt = [word for pair in pairs for word in pair[0]], [word for pair in pairs for word in pair[1]]
    aligner = StatisticalAligner()
    corpus = aligner.new_corpus()
    add_pair(src, tgt, corpus)
    assert len(corpus) == 3
    aligner.learn(corpus, progress=lambda _: None)
    whole, short = align_pairs(aligner, [(src, tgt), pairs[0]])
    assert whole.forward.shape == (80, 80)
    assert whole.mean[:20, 20:].sum() == whole.mean[20:60, :20].sum() == 0
    np.testing.assert_allclose(whole.forward[:20, :20], short.forward, atol=1e-5)
    assert whole.forward[20:60, 20:60].sum() > 30
