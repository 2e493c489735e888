"""Probabilities of words that back off to those of stems, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from projection.align.corpus import Corpus, WordVocabulary, batch_pairs
from projection.align.units import WORD_WEIGHT, Units, estimate_stems, estimate_words, spread


def _units() -> Units:
    corpus = Corpus(WordVocabulary(4), WordVocabulary(4))
    for src, tgt in (("house houses", "Haus"), ("house", "Haus Dach"), ("house", "Hausen")):
        corpus.add(src.split(), tgt.split())
    return Units.of(corpus, batch_pairs(corpus)[0])


def test_words_and_stems_are_counted() -> None:
    units = _units()
    assert units.src.word_count.tolist() == [3, 1]
    assert units.src.stem_count.tolist() == [4]
    assert units.src.share.tolist() == [0.75, 0.25]
    # Targets: haus twice, dach once, hausen once; haus and hausen have one stem.
    assert units.tgt.stem_of.tolist() == [0, 1, 0]
    # Pairs of words: house-haus, house-dach, house-hausen, houses-haus.
    assert units.words.keys.tolist() == [0, 1, 2, 3]
    assert units.stem_pair.tolist() == [0, 1, 0, 0]
    assert units.stem_maximum(np.array([1, 2, 3, 0.5], dtype=np.float32)).tolist() == [3, 2]


def test_estimates_by_hand() -> None:
    units = _units()
    counts = np.array([1.5, 0.5, 1.0, 1.0, 9.0], dtype=np.float32)
    nothing = np.zeros(4, dtype=np.float32)
    stems = estimate_stems(counts, np.array([0.0, 0.5], dtype=np.float32), units, "src")
    # One source stem: 3.5 and 0.5 + 0.5 counts; those of padding do not count.
    assert stems.tolist() == pytest.approx([3.5 / 4.5, 1 / 4.5, 0])
    assert spread(stems, units).tolist() == pytest.approx([3.5 / 4.5, 1 / 4.5, 3.5 / 4.5, 3.5 / 4.5, 0])
    words = estimate_words(counts, nothing, stems, units, "src")
    # house has 3 counts, houses 1; haus is 2/3 of its stem, hausen 1/3, dach all of it.
    expected = [
        (1.5 / (2 / 3) + WORD_WEIGHT * 3.5 / 4.5) / (3 + WORD_WEIGHT),
        (0.5 + WORD_WEIGHT * 1 / 4.5) / (3 + WORD_WEIGHT),
        (1.0 / (1 / 3) + WORD_WEIGHT * 3.5 / 4.5) / (3 + WORD_WEIGHT),
        (1.0 / (2 / 3) + WORD_WEIGHT * 3.5 / 4.5) / (1 + WORD_WEIGHT),
    ]
    assert words.tolist() == pytest.approx([*expected, 0])


def test_a_word_never_linked_is_what_its_stem_is() -> None:
    units = _units()
    stems = np.array([0.75, 0.25, 0], dtype=np.float32)
    nothing = np.zeros(4, dtype=np.float32)
    for generating in ("src", "tgt"):
        words = estimate_words(np.zeros(5, dtype=np.float32), nothing, stems, units, generating)
        assert words.tolist() == pytest.approx(spread(stems, units).tolist())
