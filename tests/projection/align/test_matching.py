from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from projection.align.matching import (
    cosine_similarity,
    dot_products,
    link_probabilities,
    match_argmax,
    match_itermax,
    match_softmax,
    mean_of_words,
    softmax_both,
    words_of_links,
)

REFERENCE = json.loads((Path(__file__).parent / "matching_reference.json").read_text("utf-8"))


def _cells(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def _links(cells: np.ndarray) -> list[tuple[int, int]]:
    return [(row, column) for row, column in np.argwhere(cells).tolist()]


# ----------------------------------------------------------------------------------------------------- worked by hand


def test_mutual_argmax() -> None:
    # Row 0 likes column 0, and so does row 1, but column 0 likes row 1 best; column 2 likes row 0, which does not.
    similarity = _cells((0.8, 0.1, 0.7), (0.9, 0.2, 0.3), (0.1, 0.6, 0.2))
    assert _links(match_argmax(similarity)) == [(1, 0), (2, 1)]


def test_of_equally_good_partners_the_first_counts() -> None:
    assert _links(match_argmax(_cells((0.5, 0.5), (0.5, 0.5)))) == [(0, 0)]


def test_itermax_gives_free_words_the_best_of_what_is_left() -> None:
    # Round 1 links (1, 0) and (2, 1). In round 2 row 0 and column 2 are free, so 0.7 counts in full; the other free
    # pairs count 0.9 times: (0, 0) 0.72, and so row 0 goes for column 0, where (1, 0) is out: (0, 0) is linked.
    similarity = _cells((0.8, 0.1, 0.7), (0.9, 0.2, 0.3), (0.1, 0.6, 0.2))
    assert _links(match_itermax(similarity)) == [(0, 0), (1, 0), (2, 1)]
    # With a decay of 0.8 it is 0.64 against 0.7.
    assert _links(match_itermax(similarity, decay=0.8)) == [(0, 2), (1, 0), (2, 1)]
    # Column 2 is still free, but no source word is.
    assert _links(match_itermax(similarity, n_rounds=3)) == [(0, 0), (1, 0), (2, 1)]
    assert _links(match_itermax(similarity, n_rounds=1)) == _links(match_argmax(similarity))


def test_itermax_leaves_short_sentences_after_the_first_round() -> None:
    # A second round would link row 1.
    assert _links(match_itermax(_cells((0.9, 0.8, 0.7), (0.85, 0.2, 0.3)))) == [(0, 0)]


def test_softmax_threshold() -> None:
    # Rows: e^0/(e^0+e^-ln3) = 3/4, 1/4; columns alike. Both directions of (0, 0) are 3/4, of (0, 1) 1/4.
    similarity = _cells((0, -np.log(3)), (-np.log(3), 0))
    forward, reverse = softmax_both(similarity)
    np.testing.assert_allclose(forward, [[0.75, 0.25], [0.25, 0.75]], rtol=1e-6)
    np.testing.assert_allclose(reverse, forward, rtol=1e-6)
    assert _links(match_softmax(similarity, threshold=0.5)) == [(0, 0), (1, 1)]
    assert _links(match_softmax(similarity, threshold=0.2)) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_softmax_asks_both_directions() -> None:
    # Column 1 has only row 0 to come from, but row 0 goes to column 0.
    similarity = _cells((9, 0), (9, -20))
    assert _links(match_softmax(similarity)) == [(0, 0), (1, 0)]


def test_huge_similarities_do_not_overflow() -> None:
    assert _links(match_softmax(_cells((500, 300), (200, 400)))) == [(0, 0), (1, 1)]


def test_cosines_are_moved_to_zero_to_one() -> None:
    found = cosine_similarity(_cells((2, 0), (0, 0)), _cells((3, 0), (-1, 0), (0, 5)))
    np.testing.assert_allclose(found, [[1, 0, 0.5], [0.5, 0.5, 0.5]], atol=1e-6)


def test_products_in_blocks_are_those_of_the_whole() -> None:
    src, tgt = (np.random.default_rng(n).normal(size=(n, 700)).astype(np.float32) for n in (37, 61))
    np.testing.assert_allclose(dot_products(src, tgt), src @ tgt.T, rtol=1e-3, atol=1e-3)


def test_link_probabilities_worked_by_hand() -> None:
    # Mean 0.75 and deviation 0.25, so +1 and -1; over a temperature of 1 a softmax of e / (e + 1/e) = 0.8808.
    found = link_probabilities(_cells((1.0, 0.5), (0.5, 1.0)), temperature=1.0)
    np.testing.assert_allclose(found, [[0.8808, 0.1192], [0.1192, 0.8808]], atol=1e-4)


def test_link_probabilities_do_not_depend_on_mean_and_spread_of_the_model() -> None:
    similarity = np.random.default_rng(1).random((6, 7)).astype(np.float32)
    np.testing.assert_allclose(link_probabilities(similarity), link_probabilities(similarity / 20 + 5), atol=1e-3)


def test_link_probabilities_leave_words_without_a_partner_alone() -> None:
    # Column 2 is like row 0 a little, but row 0 belongs to column 0.
    found = link_probabilities(_cells((0.9, 0.1, 0.5), (0.1, 0.9, 0.1)), temperature=1.0)
    # By hand: mean 13/30, deviation 0.359, so the cells are 1.300, -0.928, 0.186 and -0.928, 1.300, -0.928. Row 0
    # shares as e^1.300 : e^-0.928 : e^0.186 = 3.669 : 0.395 : 1.204, which is less than column 2 gives it.
    np.testing.assert_allclose(found[0], [0.696, 0.075, 0.229], atol=1e-3)
    assert (found.sum(axis=0) <= 1 + 1e-6).all()
    assert (found.sum(axis=1) <= 1 + 1e-6).all()


def test_like_similarities_say_nothing() -> None:
    np.testing.assert_allclose(link_probabilities(np.full((2, 4), 0.7, dtype=np.float32)), 0.25, atol=1e-3)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (2, 0)])
def test_empty_sides(shape: tuple[int, int]) -> None:
    nothing = np.zeros(shape, dtype=np.float32)
    for match in (match_argmax, match_itermax, match_softmax):
        assert match(nothing).shape == shape
    assert link_probabilities(nothing).shape == shape


def test_subwords_count_for_their_words() -> None:
    links = np.array([[True, True, False], [False, True, False], [False, False, True]])
    assert words_of_links(links, (0, 0, 2), (1, 1, 3)) == [(0, 1), (2, 3)]
    means, numbers = mean_of_words(_cells((1, 3), (3, 5), (7, 7)), (0, 0, 2))
    assert numbers.tolist() == [0, 2]
    np.testing.assert_allclose(means, [[2, 4], [7, 7]])
    assert mean_of_words(np.zeros((0, 1), dtype=np.float32), ())[1].tolist() == []


# ---------------------------------------------------------------------------------------- SimAlign 0.4, AWESOME 0.1.7


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=lambda case: f"{len(case['src'])}x{len(case['tgt'])}")
def test_links_are_those_of_the_published_programs(case: dict[str, Any]) -> None:
    src, tgt = np.array(case["src"], dtype=np.float32), np.array(case["tgt"], dtype=np.float32)
    similarity = cosine_similarity(src, tgt)
    assert _links(match_argmax(similarity)) == [tuple(link) for link in case["argmax"]]
    for n_rounds, links in case["itermax"].items():
        assert _links(match_itermax(similarity, n_rounds=int(n_rounds))) == [tuple(link) for link in links]
    assert _links(match_softmax(src @ tgt.T)) == [tuple(link) for link in case["softmax"]]


def test_the_reference_tells_the_methods_apart() -> None:
    cases = REFERENCE["cases"]
    assert any(case["argmax"] != case["itermax"]["2"] for case in cases)
    assert any(case["itermax"]["2"] != case["itermax"]["3"] for case in cases)
    assert any(case["itermax"]["2"] != case["softmax"] for case in cases)
