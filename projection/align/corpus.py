"""Sentence pairs as integer arrays: vocabularies of stems, co-occurring pairs, padded batches."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from projection.align.words import main_script, spelling, stem

Ints = npt.NDArray[np.int64]
Cells = npt.NDArray[np.int32]

MAX_PIECE_WORDS = 120
"""Longer sentences are cut into pieces of at most this length, both sides in proportion."""

_BATCH_CELLS = 300_000
_LENGTH_BUCKET = 6
_UNIQUE_CELLS = 4_000_000


@dataclass(slots=True)
class Vocabulary:
    """Stems of one side with their ids, and the commonest word of each stem."""

    stem_letters: int
    stems: dict[str, int] = field(default_factory=dict)
    _words: dict[str, int] = field(default_factory=dict)
    _counts: array[int] = field(default_factory=lambda: array("l"))
    _stem_of_word: array[int] = field(default_factory=lambda: array("i"))

    def __len__(self) -> int:
        return len(self.stems)

    def add(self, words: Iterable[str]) -> array[int]:
        """Stem ids of a sentence; unknown words are entered and counted."""
        return array("i", [self._add_word(word) for word in words])

    def _add_word(self, word: str) -> int:
        index = self._words.setdefault(word, len(self._words))
        if index == len(self._counts):
            key = stem(word, n_letters=self.stem_letters)
            self._counts.append(0)
            self._stem_of_word.append(self.stems.setdefault(key, len(self.stems)))
        self._counts[index] += 1
        return self._stem_of_word[index]

    def examples(self) -> list[str]:
        """The commonest word of each stem, in order of stem ids; the first one seen wins ties."""
        best = [""] * len(self.stems)
        best_count = [0] * len(self.stems)
        for word, index in self._words.items():
            stem_id, count = self._stem_of_word[index], self._counts[index]
            if count > best_count[stem_id]:
                best[stem_id], best_count[stem_id] = word, count
        return best


@dataclass(slots=True)
class Corpus:
    """Sentence pairs as stem ids; pairs with an empty side are left out, long ones are cut into pieces."""

    src_vocabulary: Vocabulary
    tgt_vocabulary: Vocabulary
    src: array[int] = field(default_factory=lambda: array("i"))
    tgt: array[int] = field(default_factory=lambda: array("i"))
    src_ends: array[int] = field(default_factory=lambda: array("l", [0]))
    tgt_ends: array[int] = field(default_factory=lambda: array("l", [0]))

    def add(self, src_words: Sequence[str], tgt_words: Sequence[str]) -> None:
        """Add one sentence pair; nothing is added where a side is empty."""
        src, tgt = self.src_vocabulary.add(src_words), self.tgt_vocabulary.add(tgt_words)
        for (src_start, src_end), (tgt_start, tgt_end) in split_pair(len(src), len(tgt)):
            self.src.extend(src[src_start:src_end])
            self.tgt.extend(tgt[tgt_start:tgt_end])
            self.src_ends.append(len(self.src))
            self.tgt_ends.append(len(self.tgt))

    def __len__(self) -> int:
        return len(self.src_ends) - 1

    def spellings(self) -> tuple[list[str], list[str]]:
        """For each stem of either side the form that is compared with the other side."""
        src, tgt = self.src_vocabulary.examples(), self.tgt_vocabulary.examples()
        src_script, tgt_script = main_script(src), main_script(tgt)
        return (
            [spelling(word, own_script=src_script, other_script=tgt_script) for word in src],
            [spelling(word, own_script=tgt_script, other_script=src_script) for word in tgt],
        )


def split_pair(n_src: int, n_tgt: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Cut a sentence pair into pieces of at most `MAX_PIECE_WORDS` a side: (source range, target range) of each.

    One piece for ordinary sentences, none where a side is empty. A side shorter than the number of pieces repeats
    its nearest word instead of leaving a piece empty.
    """
    if n_src == 0 or n_tgt == 0:
        return []
    n_pieces = -(-max(n_src, n_tgt) // MAX_PIECE_WORDS)
    return [(_piece(n_src, index, n_pieces), _piece(n_tgt, index, n_pieces)) for index in range(n_pieces)]


def _piece(n_words: int, index: int, n_pieces: int) -> tuple[int, int]:
    start, end = n_words * index // n_pieces, n_words * (index + 1) // n_pieces
    if start == end:
        start = min(start, n_words - 1)
        end = start + 1
    return start, end


@dataclass(frozen=True, slots=True)
class PairIndex:
    """All stem pairs that occur in one sentence pair, by sorted key `source * n_tgt + target`."""

    keys: Ints
    n_tgt: int

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def src(self) -> Ints:
        return self.keys // self.n_tgt

    @property
    def tgt(self) -> Ints:
        return self.keys % self.n_tgt

    def find(self, keys: Ints) -> Cells:
        """Position of each key, `len(self)` where it is unknown; same shape."""
        if not len(self.keys):
            return np.zeros(keys.shape, dtype=np.int32)
        position = np.searchsorted(self.keys, keys)
        known = self.keys[np.minimum(position, len(self.keys) - 1)] == keys
        return np.where(known, position, len(self.keys)).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Batch:
    """Sentence pairs of like length.

    Attributes:
        cells: shape (n_batch, n_src, n_tgt): position of each stem pair in the `PairIndex`, its length as padding.
        src: shape (n_batch, n_src): stem ids, -1 as padding.
        tgt: shape (n_batch, n_tgt): stem ids, -1 as padding.
        n_src: shape (n_batch,): source words.
        n_tgt: shape (n_batch,): target words.
    """

    cells: Cells
    src: Cells
    tgt: Cells
    n_src: Ints
    n_tgt: Ints


def index_pairs(corpus: Corpus) -> PairIndex:
    """The pairs of stems that occur together, found in passes of bounded memory."""
    n_tgt = max(1, len(corpus.tgt_vocabulary))
    src, tgt = np.asarray(corpus.src, dtype=np.int64), np.asarray(corpus.tgt, dtype=np.int64)
    found: list[Ints] = []
    pending: list[Ints] = []
    n_pending = 0
    for number in range(len(corpus)):
        src_ids = src[corpus.src_ends[number] : corpus.src_ends[number + 1]]
        tgt_ids = tgt[corpus.tgt_ends[number] : corpus.tgt_ends[number + 1]]
        pending.append((src_ids[:, None] * n_tgt + tgt_ids[None, :]).ravel())
        n_pending += pending[-1].size
        if n_pending >= _UNIQUE_CELLS:
            found.append(np.unique(np.concatenate(pending)))
            pending, n_pending = [], 0
    found.extend(pending)
    keys = np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)
    return PairIndex(keys=keys, n_tgt=n_tgt)


def make_batches(corpus: Corpus, index: PairIndex) -> list[Batch]:
    """All sentence pairs in batches of like length."""
    src, tgt = np.asarray(corpus.src, dtype=np.int32), np.asarray(corpus.tgt, dtype=np.int32)
    src_ends, tgt_ends = np.asarray(corpus.src_ends), np.asarray(corpus.tgt_ends)
    batches = []
    for numbers in group_by_length(np.diff(src_ends), np.diff(tgt_ends)):
        src_ids = _pad([src[src_ends[number] : src_ends[number + 1]] for number in numbers])
        tgt_ids = _pad([tgt[tgt_ends[number] : tgt_ends[number + 1]] for number in numbers])
        batches.append(make_batch(src_ids, tgt_ids, index))
    return batches


def group_by_length(n_src: Ints, n_tgt: Ints) -> Iterator[Ints]:
    """Numbers of sentence pairs, grouped so that padding and the size of each group stay small."""
    if not len(n_src):
        return
    order = np.lexsort((n_src, n_tgt, n_src // _LENGTH_BUCKET))
    start = 0
    for end in range(1, len(order) + 1):
        if end < len(order) and not _must_cut(n_src, n_tgt, order, start, end):
            continue
        yield order[start:end]
        start = end


def _must_cut(n_src: Ints, n_tgt: Ints, order: Ints, start: int, end: int) -> bool:
    first, new = order[start], order[end]
    if n_src[first] // _LENGTH_BUCKET != n_src[new] // _LENGTH_BUCKET:
        return True
    if n_tgt[new] > 1.5 * n_tgt[first] + 4:
        return True
    widest = (n_src[first] // _LENGTH_BUCKET + 1) * _LENGTH_BUCKET
    return bool((end - start + 1) * widest * n_tgt[new] > _BATCH_CELLS)


def _pad(rows: Sequence[Cells]) -> Cells:
    padded = np.full((len(rows), max(map(len, rows))), -1, dtype=np.int32)
    for number, row in enumerate(rows):
        padded[number, : len(row)] = row
    return padded


def make_batch(src: Cells, tgt: Cells, index: PairIndex) -> Batch:
    """A batch of stem ids, shapes (n_batch, n_src) and (n_batch, n_tgt).

    Ids of -1 inside a sentence (unknown stems) count as words only in a batch of one.
    """
    keys = src.astype(np.int64)[:, :, None] * index.n_tgt + tgt[:, None, :]
    unique, inverse = np.unique(keys, return_inverse=True)
    cells = index.find(unique)[inverse].reshape(keys.shape)
    cells[(src < 0)[:, :, None] | (tgt < 0)[:, None, :]] = len(index)
    if len(src) == 1:
        return Batch(cells=cells, src=src, tgt=tgt, n_src=np.array([src.shape[1]]), n_tgt=np.array([tgt.shape[1]]))
    return Batch(cells=cells, src=src, tgt=tgt, n_src=(src >= 0).sum(axis=1), n_tgt=(tgt >= 0).sum(axis=1))
