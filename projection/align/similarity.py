"""String similarity of words and names across languages: evidence for the aligner and for the decoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import Indel

Floats = npt.NDArray[np.float32]


def pair_similarity(left: Sequence[str], right: Sequence[str]) -> Floats:
    """Normalised indel similarity (0 to 1) of left[k] and right[k]; shape (n,)."""
    if not left:
        return np.zeros(0, dtype=np.float32)
    return process.cpdist(left, right, scorer=Indel.normalized_similarity, dtype=np.float32)


def is_comparable(word: str) -> bool:
    """Whether likeness to this word says more than chance: three letters or more and no digit."""
    return len(word) >= 3 and not any(char.isdigit() for char in word)


def word_prior(left: Sequence[str], right: Sequence[str], *, threshold: float = 0.5) -> Floats:
    """How strongly the spelling of two words says that they translate each other, 0 to 1; shape (n,).

    Identical forms give 1; words of three letters or more rise linearly from 0 at `threshold`; other pairs give 0.
    """
    likeness = pair_similarity(left, right)
    scaled = np.clip((likeness - threshold) / (1.0 - threshold), 0.0, 1.0).astype(np.float32)
    comparable = np.fromiter(
        (a == b or (is_comparable(a) and is_comparable(b)) for a, b in zip(left, right, strict=True)),
        dtype=bool,
        count=len(left),
    )
    return np.where(comparable, scaled, np.float32(0.0))
