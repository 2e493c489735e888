"""String similarity of words and names across languages: evidence for the aligner and for the decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import Indel

from projection.align.words import has_digit

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_CHUNK_PAIRS = 500_000


def pair_similarity(left: Sequence[str], right: Sequence[str], *, least: float = 0.0) -> Floats:
    """Normalised indel similarity (0 to 1) of left[k] and right[k], 0 below `least`; shape (n,)."""
    if not left:
        return np.zeros(0, dtype=np.float32)
    return process.cpdist(left, right, scorer=Indel.normalized_similarity, score_cutoff=least, dtype=np.float32)


def is_comparable(word: str) -> bool:
    """Whether likeness to this word says more than chance: three letters or more and no digit."""
    return len(word) >= 3 and not has_digit(word)


class _Letters(NamedTuple):
    """Which letters words have, by their last six bits, and how many; shape (n_words,)."""

    seen: npt.NDArray[np.uint64]
    length: npt.NDArray[np.int32]

    @classmethod
    def of(cls, words: Sequence[str]) -> _Letters:
        length = np.array([len(word) for word in words], dtype=np.int32)
        codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        seen = np.zeros(len(words), dtype=np.uint64)
        np.bitwise_or.at(seen, np.repeat(np.arange(len(words)), length), np.uint64(1) << (codes & 63).astype(np.uint64))
        return cls(seen, length)


def _may_be_alike(left: _Letters, right: _Letters, src: Ints, tgt: Ints, least: float) -> npt.NDArray[np.bool_]:
    """False where two words have too few letters in common to be alike, which is most pairs; shape (n,).

    What they share in order is at most either word without one letter for each kind that the other word lacks.
    """
    src_seen, tgt_seen, n_src, n_tgt = left.seen[src], right.seen[tgt], left.length[src], right.length[tgt]
    of_src, of_tgt = n_src - np.bitwise_count(src_seen & ~tgt_seen), n_tgt - np.bitwise_count(tgt_seen & ~src_seen)
    found: npt.NDArray[np.bool_] = 2 * np.minimum(of_src, of_tgt) >= least * (n_src + n_tgt)
    return found


def word_prior(
    src_words: Sequence[str], tgt_words: Sequence[str], src: Ints, tgt: Ints, *, threshold: float = 0.5
) -> Floats:
    """How strongly the spelling of two words says that they translate each other.

    Args:
        src_words: source words as they are compared.
        tgt_words: target words as they are compared.
        src: shape (n,): index of the source word of each pair.
        tgt: shape (n,): index of the target word of each pair.
        threshold: likeness from which on pairs count.

    Returns:
        Shape (n,), 0 to 1: 1 for identical forms; for words of three letters or more rising linearly from 0 at
        `threshold`; 0 for other pairs.
    """
    numbers: dict[str, int] = {}
    src_number = np.array([numbers.setdefault(word, len(numbers)) for word in src_words], dtype=np.int64)
    tgt_number = np.array([numbers.setdefault(word, len(numbers)) for word in tgt_words], dtype=np.int64)
    src_comparable = np.array([is_comparable(word) for word in src_words], dtype=bool)
    tgt_comparable = np.array([is_comparable(word) for word in tgt_words], dtype=bool)
    prior: Floats = (src_number[src] == tgt_number[tgt]).astype(np.float32)
    chosen = np.flatnonzero(src_comparable[src] & tgt_comparable[tgt] & (prior == 0))
    chosen = chosen[_may_be_alike(_Letters.of(src_words), _Letters.of(tgt_words), src[chosen], tgt[chosen], threshold)]
    for start in range(0, len(chosen), _CHUNK_PAIRS):
        part = chosen[start : start + _CHUNK_PAIRS]
        left = [src_words[index] for index in src[part].tolist()]
        right = [tgt_words[index] for index in tgt[part].tolist()]
        prior[part] = np.maximum((pair_similarity(left, right, least=threshold) - threshold) / (1.0 - threshold), 0.0)
    return prior
