"""Passages whose sentences are not lined up: sentence beads, so that words are aligned inside short pieces.

Gale and Church (1993): a bead is a group of source sentences and the target sentences that translate them. The best
sequence of beads is found by dynamic programming over how well their lengths agree and, as an addition, over words
that are spelled alike (names, numbers), romanised across scripts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from math import erfc, log, sqrt

import numpy as np
import numpy.typing as npt
import regex

from projection.align.base import Aligner, PairSink, Posterior, WordPair
from projection.align.similarity import word_prior
from projection.align.words import is_sign, main_script, spellings

Floats = npt.NDArray[np.float64]
Range = tuple[int, int]
Bead = tuple[Range, Range]
Shapes = Mapping[tuple[int, int], float]

LONG_WORDS = 60
"""Pairs with more words on a side are passages."""

_ENDING = regex.compile(r"[\p{STerm}…]\p{P}*$")
_CLOSING = regex.compile(r"[\p{Pe}\p{Pf}\"'’”»]+")
# Log probabilities of (source sentences, target sentences): those of Gale and Church, and 1-3 and 3-1 as rare ones.
_SHAPES: Shapes = {
    (1, 1): log(0.89),
    (1, 2): log(0.0445),
    (2, 1): log(0.0445),
    (2, 2): log(0.011),
    (1, 3): log(0.005),
    (3, 1): log(0.005),
    (1, 0): log(0.005),
    (0, 1): log(0.005),
}
_VARIANCE = 6.8
_LEAST = 1e-12
_ALIKE = 0.4
_MAX_CELLS = 1_000_000
# A side without sentence ends is cut into pieces, of which one sentence of the other side may take many.
_UNMARKED_WORDS = 80
_PIECE_WORDS = 8
_MAX_PIECES = 16


def find_beads(src_words: Sequence[str], tgt_words: Sequence[str]) -> list[Bead]:
    """The source and target ranges of a word-aligned pair that translate each other, in text order.

    Every word lies in exactly one bead; a side of a bead may be empty. A pair of at most `LONG_WORDS` words a side is
    one bead, and so is one where neither side has sentence ends.
    """
    n_src, n_tgt = len(src_words), len(tgt_words)
    whole: list[Bead] = [((0, n_src), (0, n_tgt))]
    if max(n_src, n_tgt) <= LONG_WORDS or not n_src or not n_tgt:
        return whole
    src_ends, tgt_ends = sentence_ends(src_words), sentence_ends(tgt_words)
    shapes = _SHAPES
    if (_longest(src_ends) > _UNMARKED_WORDS or _longest(tgt_ends) > _UNMARKED_WORDS) and len(src_ends) != len(
        tgt_ends
    ):
        src_ends, tgt_ends, shapes = _cut_unmarked(src_ends, tgt_ends)
    if len(src_ends) == len(tgt_ends) == 1:
        return whole
    sides = _Side.make(src_words, src_ends), _Side.make(tgt_words, tgt_ends)
    return _best_path(sides, _likeness(src_words, tgt_words), shapes) or whole


def sentence_ends(words: Sequence[str]) -> list[int]:
    """Positions after the last word of each sentence, the number of words being the last one.

    A sentence ends at a token that ends with a full stop, question mark or the like of any script, with the closing
    brackets and quotation marks after it, unless a small letter follows.
    """
    ends = []
    for number, word in enumerate(words[:-1]):
        if not _ENDING.search(word):
            continue
        end = number + 1
        while end < len(words) and _CLOSING.fullmatch(words[end]):
            end += 1
        if end < len(words) and not words[end][0].islower() and not _ENDING.search(words[end]):
            ends.append(end)
    return [*ends, len(words)]


def _longest(ends: Sequence[int]) -> int:
    return max(end - start for start, end in pairwise([0, *ends]))


def _cut_unmarked(src_ends: list[int], tgt_ends: list[int]) -> tuple[list[int], list[int], Shapes]:
    """Cut the side with fewer sentences into pieces; one sentence of the other side goes with one or more of them."""
    if len(tgt_ends) < len(src_ends):
        return src_ends, _cut(tgt_ends), {(1, n_pieces): 0.0 for n_pieces in range(1, _MAX_PIECES + 1)}
    return _cut(src_ends), tgt_ends, {(n_pieces, 1): 0.0 for n_pieces in range(1, _MAX_PIECES + 1)}


def _cut(ends: Sequence[int]) -> list[int]:
    found = []
    for start, end in pairwise([0, *ends]):
        n_pieces = -(-(end - start) // _PIECE_WORDS)
        found += [start + (end - start) * piece // n_pieces for piece in range(1, n_pieces + 1)]
    return found


class _Side:
    """Sentence boundaries of one side in words and in letters, both beginning with 0."""

    def __init__(self, words: list[int], letters: list[int]) -> None:
        self.words, self.letters = words, letters

    @classmethod
    def make(cls, words: Sequence[str], ends: Sequence[int]) -> _Side:
        letters = list(accumulate((len(word) + 1 for word in words), initial=0))
        return cls([0, *ends], [letters[end] for end in (0, *ends)])


def _likeness(src_words: Sequence[str], tgt_words: Sequence[str]) -> Floats:
    """Sums of the likeness of words over all blocks from the first words on; shape (n_src + 1, n_tgt + 1).

    Clearly alike words count, the less the more partners they have; signs count little.
    """
    sums = np.zeros((len(src_words) + 1, len(tgt_words) + 1))
    if sums.size > _MAX_CELLS:
        return _same_letters(src_words, tgt_words, sums)
    scripts = main_script(src_words), main_script(tgt_words)
    src = spellings(src_words, own_script=scripts[0], other_script=scripts[1])
    tgt = spellings(tgt_words, own_script=scripts[1], other_script=scripts[0])
    rows, columns = np.divmod(np.arange(len(src) * len(tgt)), len(tgt))
    alike = word_prior(src, tgt, rows, columns).reshape(len(src), len(tgt)).astype(np.float64)
    alike[alike <= _ALIKE] = 0.0
    partners = np.maximum((alike > 0).sum(axis=1, keepdims=True), (alike > 0).sum(axis=0, keepdims=True))
    alike /= np.maximum(partners, 1)
    alike[[is_sign(word) for word in src_words]] *= 0.2
    sums[1:, 1:] = alike.cumsum(axis=0).cumsum(axis=1)
    return sums


def _same_letters(src_words: Sequence[str], tgt_words: Sequence[str], sums: Floats) -> Floats:
    """For very long texts: only words that stand once on either side, with the same letters."""
    counts = Counter(src_words), Counter(tgt_words)
    place = {word: number for number, word in enumerate(tgt_words, start=1) if counts[1][word] == 1}
    for number, word in enumerate(src_words, start=1):
        if counts[0][word] == 1 and word in place:
            sums[number, place[word]] = 1.0
    summed: Floats = sums.cumsum(axis=0).cumsum(axis=1)
    return summed


def _best_path(sides: tuple[_Side, _Side], alike: Floats, shapes: Shapes) -> list[Bead]:
    """The best sequence of beads, or nothing where the shapes allow none."""
    n_src, n_tgt = len(sides[0].words) - 1, len(sides[1].words) - 1
    best = np.full((n_src + 1, n_tgt + 1), -np.inf)
    best[0, 0] = 0.0
    steps: dict[tuple[int, int], tuple[int, int]] = {}
    for src in range(n_src + 1):
        for tgt in range(n_tgt + 1):
            for score, step in _arrivals(best, sides, alike, shapes, (src, tgt)):
                if score > best[src, tgt]:
                    best[src, tgt], steps[src, tgt] = score, step
    if not np.isfinite(best[n_src, n_tgt]):
        return []
    beads: list[Bead] = []
    src, tgt = n_src, n_tgt
    while src or tgt:
        step = steps[src, tgt]
        words = sides[0].words, sides[1].words
        beads.append(((words[0][src - step[0]], words[0][src]), (words[1][tgt - step[1]], words[1][tgt])))
        src, tgt = src - step[0], tgt - step[1]
    return beads[::-1]


def _arrivals(
    best: Floats, sides: tuple[_Side, _Side], alike: Floats, shapes: Shapes, at: tuple[int, int]
) -> Iterator[tuple[float, tuple[int, int]]]:
    """Scores of all paths that arrive with one bead, and the bead's shape."""
    src, tgt = sides
    ratio = tgt.letters[-1] / src.letters[-1]
    for step, prior in shapes.items():
        before = at[0] - step[0], at[1] - step[1]
        if min(before) < 0 or not np.isfinite(best[before]):
            continue
        rows, columns = (src.words[before[0]], src.words[at[0]]), (tgt.words[before[1]], tgt.words[at[1]])
        shared = alike[rows[1], columns[1]] - alike[rows[0], columns[1]]
        shared += alike[rows[0], columns[0]] - alike[rows[1], columns[0]]
        n_letters = src.letters[at[0]] - src.letters[before[0]], tgt.letters[at[1]] - tgt.letters[before[1]]
        yield float(best[before] + prior + length_score(*n_letters, ratio=ratio) + shared), step


def length_score(n_src: int, n_tgt: int, *, ratio: float) -> float:
    """Log probability that texts of so many letters differ as much as they do, if they translate each other.

    Gale and Church (1993): the difference is normal with a variance of 6.8 a letter.

    Args:
        n_src: letters of the source.
        n_tgt: letters of the target.
        ratio: target letters per source letter of the whole text.
    """
    expected = n_src * ratio
    spread = sqrt(_VARIANCE * max((expected + n_tgt) / 2, 1.0))
    return log(max(erfc(abs(n_tgt - expected) / spread / sqrt(2)), _LEAST))


def add_pair(src_words: Sequence[str], tgt_words: Sequence[str], *sinks: PairSink) -> None:
    """Add a pair to each of what learns from pairs, such as an aligner's corpus; a passage bead by bead."""
    for (src_start, src_end), (tgt_start, tgt_end) in find_beads(src_words, tgt_words):
        if src_start < src_end and tgt_start < tgt_end:
            for sink in sinks:
                sink.add(src_words[src_start:src_end], tgt_words[tgt_start:tgt_end])


def align_pairs(aligner: Aligner, pairs: Sequence[WordPair]) -> list[Posterior]:
    """Link probabilities of pairs, with no links between the beads of a passage."""
    beads = [find_beads(src_words, tgt_words) for src_words, tgt_words in pairs]
    pieces = [
        (number, src, tgt)
        for number, found in enumerate(beads)
        for src, tgt in found
        if len(found) == 1 or (src[0] < src[1] and tgt[0] < tgt[1])
    ]
    aligned = aligner.align_many(
        [(pairs[number][0][slice(*src)], pairs[number][1][slice(*tgt)]) for number, src, tgt in pieces]
    )
    joined = [_nothing(pair) if len(found) > 1 else None for pair, found in zip(pairs, beads, strict=True)]
    for (number, src, tgt), posterior in zip(pieces, aligned, strict=True):
        whole = joined[number]
        if whole is None:
            joined[number] = posterior
        else:
            whole.forward[slice(*src), slice(*tgt)] = posterior.forward
            whole.reverse[slice(*src), slice(*tgt)] = posterior.reverse
    return [posterior for posterior in joined if posterior is not None]


def _nothing(pair: WordPair) -> Posterior:
    shape = len(pair[0]), len(pair[1])
    return Posterior(np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32))
