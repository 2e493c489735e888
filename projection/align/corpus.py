"""Sentence pairs as integer arrays: vocabularies, co-occurring pairs, padded batches."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from projection.align.words import bare, main_script, spellings, stem

Ints = npt.NDArray[np.int64]
Cells = npt.NDArray[np.int32]
Ids = Cells | Ints
Key = TypeVar("Key", np.int32, np.int64)

MAX_PIECE_WORDS = 120
"""Longer sentences are cut into pieces of at most this length, both sides in proportion."""

_BATCH_CELLS = 260_000
"""Sentences times the square of the longer side. OpenBLAS multiplies matrices of this size (up to 4 * 65536 products)
in one thread; with more, most of its time would go into waiting for the others."""
_LENGTH_BUCKET = 6
_PENDING_KEYS = 4_000_000
_MOST_TICKS = 8_000_000
_PART_PAIRS = 1_000_000


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
class WordVocabulary:
    """Words of one side and their stems, with ids.

    Attributes:
        stem_letters: words are cut to so many letters.
        words: id of each bare word.
        stems: id of each stem.
        counts: occurrences of each word.
        stem_of: id of the stem of each word.
    """

    stem_letters: int
    words: dict[str, int] = field(default_factory=dict)
    stems: dict[str, int] = field(default_factory=dict)
    counts: array[int] = field(default_factory=lambda: array("l"))
    stem_of: array[int] = field(default_factory=lambda: array("i"))
    _ids: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.words)

    def add(self, words: Iterable[str]) -> array[int]:
        """Word ids of a sentence; unknown words are entered, all are counted."""
        ids, counts = self._ids, self.counts
        numbers = array("i", [ids[word] if word in ids else self._enter(word) for word in words])
        for number in numbers:
            counts[number] += 1
        return numbers

    def _enter(self, word: str) -> int:
        key = bare(word)
        number = self._ids[word] = self.words.setdefault(key, len(self.words))
        if number == len(self.counts):
            self.counts.append(0)
            self.stem_of.append(self.stems.setdefault(stem(key, n_letters=self.stem_letters), len(self.stems)))
        return number


@dataclass(slots=True)
class Corpus:
    """Sentence pairs as word ids; pairs with an empty side are left out, long ones are cut into pieces."""

    src_vocabulary: WordVocabulary
    tgt_vocabulary: WordVocabulary
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

    def lengths(self, side: Literal["src", "tgt"]) -> Ints:
        """Words of each sentence of a side; shape (n_pairs,)."""
        lengths: Ints = np.diff(np.asarray(self.src_ends if side == "src" else self.tgt_ends))
        return lengths

    def rows(self, side: Literal["src", "tgt"], numbers: Ints) -> Cells:
        """Word ids of some sentences of a side, -1 behind the shorter ones; shape (n_numbers, longest)."""
        ids, ends = (self.src, self.src_ends) if side == "src" else (self.tgt, self.tgt_ends)
        flat, places = np.asarray(ids, dtype=np.int32), np.asarray(ends)
        starts, stops = places[numbers], places[numbers + 1]
        rows = [flat[start:stop] for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]
        return pad(np.concatenate(rows), stops - starts)

    def spellings(self) -> tuple[list[str], list[str]]:
        """For each word of either side the form that is compared with the other side."""
        src, tgt = self.src_vocabulary.words, self.tgt_vocabulary.words
        src_script, tgt_script = main_script(src), main_script(tgt)
        return (
            spellings(src, own_script=src_script, other_script=tgt_script),
            spellings(tgt, own_script=tgt_script, other_script=src_script),
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


@dataclass(frozen=True)
class PairIndex:
    """Pairs of units that occur in one sentence pair, by sorted key `source * n_tgt + target`.

    The units of a pair are kept once they were asked for: of a large index, ask its `parts`.
    """

    keys: Ints
    n_tgt: int

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def src(self) -> Ints:
        return self.keys // self.n_tgt

    @cached_property
    def tgt(self) -> Ints:
        # Faster than the remainder.
        return self.keys - self.src * self.n_tgt

    def find(self, keys: Ints) -> Cells:
        """Position of each key, `len(self)` where it is unknown; same shape. Sorted keys are found fastest."""
        if not len(self.keys):
            return np.zeros(keys.shape, dtype=np.int32)
        position = np.searchsorted(self.keys, keys)
        known = self.keys[np.minimum(position, len(self.keys) - 1)] == keys
        return np.where(known, position, len(self.keys)).astype(np.int32)

    def parts(self) -> Iterator[tuple[slice, PairIndex]]:
        """The index in parts of bounded size, each with its place; itself where it is that small."""
        if len(self.keys) <= _PART_PAIRS:
            yield slice(0, len(self.keys)), self
            return
        for start in range(0, len(self.keys), _PART_PAIRS):
            part = slice(start, min(start + _PART_PAIRS, len(self.keys)))
            yield part, PairIndex(self.keys[part], self.n_tgt)


@dataclass(slots=True)
class Batch:
    """Sentence pairs of like length.

    Attributes:
        cells: shape (n_batch, n_src, n_tgt): position of each pair in the `PairIndex`; its length where it lacks
            the pair, for unknown words and as padding.
        src: shape (n_batch, n_src): word ids, -1 where unknown and as padding.
        tgt: shape (n_batch, n_tgt): the same of the target.
        n_src: shape (n_batch,): source words.
        n_tgt: shape (n_batch,): target words.
    """

    cells: Ids
    src: Ids
    tgt: Ids
    n_src: Ints
    n_tgt: Ints

    def widened(self) -> Batch:
        """The same with ids as wide as addresses: by narrower ones numpy takes more slowly, and adds ten times so."""
        cells, src, tgt = (ids.astype(np.int64) for ids in (self.cells, self.src, self.tgt))
        return replace(self, cells=cells, src=src, tgt=tgt)

    def is_word(self) -> npt.NDArray[np.bool_]:
        """Which cells are no padding; shape of `cells`."""
        in_src = np.arange(self.src.shape[1]) < self.n_src[:, None]
        in_tgt = np.arange(self.tgt.shape[1]) < self.n_tgt[:, None]
        return in_src[:, :, None] & in_tgt[:, None, :]


def batch_pairs(corpus: Corpus) -> tuple[PairIndex, list[Batch]]:
    """The pairs of words that occur together, and all sentence pairs in batches of like length."""
    n_tgt = max(1, len(corpus.tgt_vocabulary))
    batches: list[tuple[Batch, Ints]] = []
    merged, pending = np.zeros(0, dtype=np.int64), []
    lengths = np.column_stack((corpus.lengths("src"), corpus.lengths("tgt")))
    for numbers in group_by_length(*lengths.T):
        src, tgt = corpus.rows("src", numbers), corpus.rows("tgt", numbers)
        batch, keys = _batch_of_keys(src, tgt, lengths[numbers], n_tgt)
        batches.append((batch, keys))
        pending.append(keys[keys >= 0])
        if sum(map(len, pending)) > _PENDING_KEYS + len(merged):
            merged, pending = distinct(np.concatenate([merged, *pending]))[0], []
    index = PairIndex(distinct(np.concatenate([merged, *pending]))[0], n_tgt)
    del merged, pending
    finished = []
    while batches:
        batch, keys = batches.pop()
        finished.append(_with_positions(batch, keys, index))
    return index, finished[::-1]


def make_batch(src: Cells, tgt: Cells, lengths: Ints, index: PairIndex) -> Batch:
    """A batch of sentence pairs.

    Args:
        src: shape (n_batch, n_src): word ids of the source, -1 where unknown and as padding.
        tgt: shape (n_batch, n_tgt): the same of the target.
        lengths: shape (n_batch, 2): source and target words.
        index: pairs of words.
    """
    return _with_positions(*_batch_of_keys(src, tgt, lengths, index.n_tgt), index)


def _batch_of_keys(src: Cells, tgt: Cells, lengths: Ints, n_tgt: int) -> tuple[Batch, Ints]:
    """A batch whose cells are places in the keys that come with it: ascending, but for -1, which stands for no pair."""
    src_words, src_places = distinct(src.ravel())
    tgt_words, tgt_places = distinct(tgt.ravel())
    width = len(tgt_words)
    rows, columns = src_places.reshape(src.shape).astype(np.int64), tgt_places.reshape(tgt.shape)
    pairs = rows[:, :, None] * width + columns[:, None, :]
    different, cells = _distinct_below(pairs.ravel(), len(src_words) * width)
    src_word, tgt_word = src_words[different // width].astype(np.int64), tgt_words[different % width]
    keys = np.where((src_word < 0) | (tgt_word < 0), -1, src_word * n_tgt + tgt_word)
    return Batch(cells.reshape(pairs.shape), src, tgt, *lengths.T), keys


def _distinct_below(numbers: Ints, bound: int) -> tuple[Ints, Cells]:
    """As `distinct`, for numbers from 0 to `bound`: by ticking them off, which is faster than sorting, if they fit."""
    if bound > _MOST_TICKS:
        return distinct(numbers)
    is_there = np.zeros(bound, dtype=bool)
    is_there[numbers] = True
    different = np.flatnonzero(is_there)
    places = np.empty(bound, dtype=np.int32)
    places[different] = np.arange(len(different), dtype=np.int32)
    return different, places.take(numbers)


def _with_positions(batch: Batch, keys: Ints, index: PairIndex) -> Batch:
    batch.cells = index.find(keys).take(batch.cells)
    return batch


def distinct(keys: npt.NDArray[Key]) -> tuple[npt.NDArray[Key], Cells]:
    """Different keys in ascending order, and the place of each given key among them (`np.unique`, faster)."""
    order = np.argsort(keys)
    ordered = keys[order]
    is_new = np.ones(len(keys), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    places = np.empty(len(keys), dtype=np.int32)
    places[order] = np.cumsum(is_new, dtype=np.int32) - 1
    return ordered[is_new], places


def group_by_length(n_src: Ints, n_tgt: Ints, *, bucket: int = _LENGTH_BUCKET) -> Iterator[Ints]:
    """Numbers of sentence pairs, grouped so that padding and the size of each group stay small.

    Source lengths of a group differ by less than `bucket`: wider ones mean more padding in fewer groups.
    """
    if not len(n_src):
        return
    order = np.lexsort((n_src, n_tgt, n_src // bucket))
    lengths = list(zip((n_src[order] // bucket).tolist(), n_tgt[order].tolist(), strict=True))
    start = 0
    for end in range(1, len(order) + 1):
        if end < len(order) and not _must_cut(lengths[start], lengths[end], end - start + 1, bucket):
            continue
        yield order[start:end]
        start = end


def _must_cut(first: tuple[int, int], new: tuple[int, int], n_pairs: int, bucket: int) -> bool:
    """Whether a pair cannot join a group as its last; both with the bucket of their source and the target length."""
    if first[0] != new[0] or new[1] > 1.5 * first[1] + 4:
        return True
    return n_pairs * max((first[0] + 1) * bucket, new[1]) ** 2 > _BATCH_CELLS


def pad(ids: Cells, lengths: Ints) -> Cells:
    """Ids of rows of these lengths, one after the other, as one array with -1 behind the shorter rows."""
    padded = np.full((len(lengths), int(lengths.max())), -1, dtype=np.int32)
    padded[np.arange(padded.shape[1]) < lengths[:, None]] = ids
    return padded
