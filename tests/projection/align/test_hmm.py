"""Emissions that give way to twins."""

from __future__ import annotations

import numpy as np
import pytest

from projection.align.corpus import PairIndex
from projection.align.hmm import RIVAL_COST, Direction, association, rival_factor
from projection.align.units import SideUnits, Units


def test_links_of_twins_to_other_words_cost_what_is_missing_to_the_twin() -> None:
    # The first source word has a full twin in the second target word; the second one is half alike to the third.
    likeness = np.array([[[0.0, 1.0, 0.25], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]]], dtype=np.float32)
    missing = [[1.0, 0.0, 0.75], [0.5, 1.0, 0.0], [0.0, 1.0, 0.5]]
    assert rival_factor(likeness)[0] == pytest.approx(np.exp(-float(RIVAL_COST) * np.array(missing)), rel=1e-5)


def test_words_without_twins_and_repeated_twins_cost_nothing() -> None:
    assert (rival_factor(np.zeros((2, 3, 4), dtype=np.float32)) == 1).all()
    repeated = np.array([[[1.0, 1.0], [1.0, 1.0]]], dtype=np.float32)
    assert (rival_factor(repeated) == 1).all()


def test_association_is_the_smaller_probability_and_less_for_rare_stems() -> None:
    # Pairs (0, 0), (0, 1), (1, 1); source stems occur 9 and 1 times, target stems 3 and 9 times.
    pairs = PairIndex(keys=np.array([0, 1, 3]), n_tgt=2)
    src, tgt = _side([9.0, 1.0]), _side([3.0, 9.0])
    units = Units(words=pairs, stems=pairs, stem_pair=np.array([0, 1, 2], dtype=np.int32), src=src, tgt=tgt)
    forward, reverse = _direction([0.8, 0.2, 1.0, 0.0]), _direction([0.6, 0.4, 0.6, 0.0])
    # Rarer stem of each pair: 3, 9 and 1 times, so 2/3 of 3 / 13, 9 / 19 and 1 / 11 of the smaller probability.
    assert association(forward, reverse, units) == pytest.approx([6 / 65, 6 / 95, 2 / 55, 0.0])


def _side(counts: list[float]) -> SideUnits:
    count = np.array(counts, dtype=np.float32)
    return SideUnits(stem_of=np.array([0, 1], dtype=np.int32), word_count=count, stem_count=count)


def _direction(stem_table: list[float]) -> Direction:
    nothing = np.zeros(0, dtype=np.float32)
    return Direction(nothing, np.array(stem_table, dtype=np.float32), nothing, nothing, nothing)
