"""From the similarity of words to links: the matching methods of the embedding aligners.

Mutual argmax and itermax: Jalili Sabet, Dufter, Yvon and Schütze 2020 (SimAlign), sections 2.2 and 2.3. Softmax with a
threshold: Dou and Neubig 2021 (AWESOME), section 2.1. Similarities have the shape (n_src, n_tgt).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


_BLOCK_ROWS = 16
_BLOCK_PRODUCTS = 260_000
"""OpenBLAS multiplies matrices of this size (up to 4 * 65536 products) in one thread; with more, at the sizes of
sentences, most of its time would go into waiting for the others."""


def dot_products(src: Floats, tgt: Floats) -> Floats:
    """Of all vectors of shapes (n_src, size) and (n_tgt, size)."""
    found = np.empty((len(src), len(tgt)), dtype=np.float32)
    n_columns = max(1, _BLOCK_PRODUCTS // (_BLOCK_ROWS * max(1, src.shape[1])))
    for row in range(0, len(src), _BLOCK_ROWS):
        for column in range(0, len(tgt), n_columns):
            block = src[row : row + _BLOCK_ROWS] @ tgt[column : column + n_columns].T
            found[row : row + _BLOCK_ROWS, column : column + n_columns] = block
    return found


def cosine_similarity(src: Floats, tgt: Floats) -> Floats:
    """Cosines moved to 0 to 1, as SimAlign has them; vectors of shapes (n_src, size) and (n_tgt, size)."""
    return (dot_products(_unit(src), _unit(tgt)) + np.float32(1)) / np.float32(2)


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = vectors / np.maximum(length, np.float32(1e-12))
    return unit


def match_argmax(similarity: Floats) -> Flags:
    """Pairs that are each other's best partner; of equally good partners the first counts."""
    links = np.zeros(similarity.shape, dtype=bool)
    if similarity.size:
        best_tgt, best_src = similarity.argmax(axis=1), similarity.argmax(axis=0)
        rows = np.arange(len(best_tgt))
        mutual = best_src[best_tgt] == rows
        links[rows[mutual], best_tgt[mutual]] = True
    return links


def match_itermax(similarity: Floats, *, n_rounds: int = 2, decay: float = 0.9) -> Flags:
    """Mutual argmax, repeated over what is free.

    In each further round pairs of two linked words are out, and pairs with one linked word count `decay` times their
    similarity. Like the published code, sentences of one or two words get the first round only.

    Args:
        similarity: not negative.
        n_rounds: rounds, the first included.
        decay: weight of pairs with one linked word.
    """
    links = match_argmax(similarity)
    if min(similarity.shape) <= 2:
        return links
    for _ in range(n_rounds - 1):
        free_src, free_tgt = ~np.any(links, axis=1, keepdims=True), ~np.any(links, axis=0, keepdims=True)
        if not (free_src.any() and free_tgt.any()):
            break
        n_free = free_src.astype(np.float32) + free_tgt.astype(np.float32)
        weight = np.minimum(np.float32(decay) * n_free, np.float32(1))
        found = match_argmax(similarity * weight) & (n_free > 0)
        if not found.any():
            break
        links |= found
    return links


def match_softmax(similarity: Floats, *, threshold: float = 1e-3) -> Flags:
    """Pairs whose softmax over the source words and softmax over the target words both exceed the threshold.

    Args:
        similarity: dot products of the vectors as they are.
        threshold: 0 to 1.
    """
    forward, reverse = softmax_both(similarity)
    return (forward > threshold) & (reverse > threshold)


def softmax_both(similarity: Floats) -> tuple[Floats, Floats]:
    """Softmax over the source words (columns sum to 1) and over the target words (rows sum to 1)."""
    return _softmax(similarity, axis=0), _softmax(similarity, axis=1)


def _softmax(values: Floats, *, axis: int) -> Floats:
    if not values.size:
        return values
    raised = np.exp(values - values.max(axis=axis, keepdims=True))
    shares: Floats = raised / raised.sum(axis=axis, keepdims=True)
    return shares


def link_probabilities(similarity: Floats, *, temperature: float = 0.25) -> Floats:
    """How likely each pair is a link: what both directions hold.

    The similarities are standardised over the sentence pair (models differ much in mean and spread), then the smaller
    of the two softmaxes counts, so that rows and columns sum to at most 1 and words that nothing answers keep little.

    Args:
        similarity: any scale.
        temperature: of the softmax, in standard deviations; a lower one makes surer links.
    """
    if not similarity.size:
        return similarity
    centred = similarity - similarity.mean()
    spread = max(float(centred.std()), 1e-6)
    forward, reverse = softmax_both(centred / np.float32(spread * temperature))
    return np.minimum(forward, reverse)


def words_of_links(links: Flags, src_words: Sequence[int], tgt_words: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of words of which any pair of subwords is linked, sorted.

    Args:
        links: shape (n_src_subwords, n_tgt_subwords).
        src_words: word of each source subword.
        tgt_words: word of each target subword.
    """
    return sorted({(src_words[row], tgt_words[column]) for row, column in np.argwhere(links).tolist()})


def mean_of_words(vectors: Floats, words: Sequence[int]) -> tuple[Floats, Ints]:
    """Mean vectors of the words that have subwords, shape (n_found, size), and the numbers of these words."""
    numbers, first = np.unique(np.asarray(words, dtype=np.int64), return_index=True)
    if not len(numbers):
        return vectors[:0], numbers
    counts = np.diff(np.append(first, len(words)))
    sums = np.add.reduceat(vectors, first, axis=0)
    return (sums / counts[:, None]).astype(np.float32), numbers
