"""Likeness of letters between source and target words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel

Floats = npt.NDArray[np.float64]

_THRESHOLD = 0.5
_PART_THRESHOLD = 0.7
_PART_WEIGHT = 0.7
_PART_LETTERS = 5
_PART_LONGER = 3
_NUMBER_WEIGHT = 0.8


def compare_words(src: Sequence[str], tgt: Sequence[str]) -> Floats:
    """Likeness of each source word to each target word; shape (n_src, n_tgt).

    Normalised indel similarity, scaled so that 0.5 and less is 0, for words of three letters or more. Words with the
    same digits (`5pm`, `5`) are 0.8 alike, a word of five letters or more that is (nearly) a part of a longer one
    (`Algerien` in `Nordalgerien`) at most 0.7.
    """
    found = process.cdist(src, tgt, scorer=Indel.normalized_similarity, score_cutoff=_THRESHOLD, dtype=np.float64)
    alike = _above(found, _THRESHOLD)
    src_numbers, tgt_numbers = _digits(src), _digits(tgt)
    alike[~_comparable(src, src_numbers)] = 0.0
    alike[:, ~_comparable(tgt, tgt_numbers)] = 0.0
    for row, number in enumerate(src_numbers):
        if number:
            same = [column for column, other in enumerate(tgt_numbers) if other == number]
            alike[row, same] = np.maximum(alike[row, same], _NUMBER_WEIGHT)
    return _add_parts(alike, src, tgt)


def _digits(words: Sequence[str]) -> list[str]:
    return ["" if word.isalpha() else "".join(char for char in word if char.isdigit()) for word in words]


def _comparable(words: Sequence[str], numbers: Sequence[str]) -> npt.NDArray[np.bool_]:
    return np.array([len(word) > 2 or bool(number) for word, number in zip(words, numbers, strict=True)], dtype=bool)


def _add_parts(alike: Floats, src: Sequence[str], tgt: Sequence[str]) -> Floats:
    src_length, tgt_length = np.array([len(word) for word in src])[:, None], np.array([len(word) for word in tgt])
    rows, columns = np.nonzero((src_length >= _PART_LETTERS) & (tgt_length >= src_length + _PART_LONGER))
    if len(rows):
        words, others = [src[row] for row in rows.tolist()], [tgt[column] for column in columns.tolist()]
        found = process.cpdist(words, others, scorer=fuzz.partial_ratio, score_cutoff=100.0 * _PART_THRESHOLD)
        parts = _PART_WEIGHT * _above(found / 100.0, _PART_THRESHOLD)
        alike[rows, columns] = np.maximum(alike[rows, columns], parts)
    return alike


def compare_texts(texts: Sequence[str], others: Sequence[str]) -> Floats:
    """Likeness of each text to the other at its place, scaled so that 0.5 and less is 0; shape (n_texts,)."""
    if not texts:
        return np.zeros(0)
    scorer = Indel.normalized_similarity
    return _above(process.cpdist(texts, others, scorer=scorer, score_cutoff=_THRESHOLD, dtype=np.float64), _THRESHOLD)


def _above(values: npt.NDArray[np.floating], threshold: float) -> Floats:
    scaled = (values.astype(np.float64) - threshold) / (1.0 - threshold)
    return np.minimum(np.maximum(scaled, 0.0), 1.0)
