"""What the sentence pairs of a run say about word sequences: which target words come with a source phrase elsewhere.

Word links know single words. That "today" is "hari ini" shows in the other sentences that have "today": there "hari"
is always followed by "ini". Labels are not looked at.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from projection.align.words import stem

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]

_STEM_LETTERS = 4
_MOST_SENTENCES = 60
_MOST_CANDIDATES = 8_192
_KNOWN_PHRASES = 10_000
_SEPARATOR = -1
_UNKNOWN = -2


class Sightings(NamedTuple):
    """Where target words were seen in other sentence pairs that have the source phrase.

    Attributes:
        n_sentences: other sentence pairs that have the source phrase.
        common: shape (n_tgt,): share of all sentence pairs that have the target word, at most 1.
        counts: shape (n_tgt + 1, longest + 1): how often the words [start, start + length) stand together there.
        totals: shape (n_tgt,): how often each target word stands in other places of the whole corpus.
    """

    n_sentences: int
    common: Floats
    counts: Floats
    totals: Floats


@dataclass(frozen=True, slots=True)
class PairMemory:
    """One sentence pair seen from the memory; `src` and `tgt` are stem numbers, -2 for unknown ones."""

    memory: CorpusMemory
    src: Ints
    tgt: Ints

    def sight(self, tokens: Sequence[int], *, longest: int) -> Sightings | None:
        """Sightings of the pair's target words beside a source phrase; the pair itself does not count.

        Args:
            tokens: source tokens of the phrase.
            longest: words of the longest sequence to count.

        Returns:
            None when no other sentence pair has all words of the phrase. Of very many pairs 60 are looked at.
        """
        return self.memory.sight(self, tokens, longest)


class CorpusMemory:
    """The word stems of all sentence pairs, with the sentences of each source stem. Filled pair by pair."""

    def __init__(self) -> None:
        self._src, self._tgt = _Side(), _Side()
        self._index: _Index | None = None

    def __len__(self) -> int:
        return len(self._src)

    def add(self, src_words: Sequence[str], tgt_words: Sequence[str]) -> None:
        """Remember one sentence pair."""
        self._src.add(src_words)
        self._tgt.add(tgt_words)
        self._index = None

    def look_up(self, src_words: Sequence[str], tgt_words: Sequence[str]) -> PairMemory:
        """What is remembered about one sentence pair, which need not be among those added."""
        return PairMemory(self, self._src.find(src_words), self._tgt.find(tgt_words))

    def sight(self, pair: PairMemory, tokens: Sequence[int], longest: int) -> Sightings | None:
        """See `PairMemory.sight`."""
        index = self._built()
        others = index.without(pair, index.sentences(pair.src[list(tokens)].tolist()))
        if not len(others) or not len(pair.tgt):
            return None
        totals = np.where(pair.tgt >= 0, index.totals[pair.tgt], 0.0)
        common = np.minimum(totals / len(self), 1.0)
        counts = _count_sequences(pair.tgt, index.tgt.text(others), longest)
        return Sightings(len(others), common, counts, np.maximum(totals - 1.0, 0.0))

    def _built(self) -> _Index:
        if self._index is None:
            self._index = _Index(self._src.rows(), self._tgt.rows(), len(self._src.stems), len(self._tgt.stems))
        return self._index

    def to_arrays(self) -> dict[str, Any]:
        """What was remembered, for `from_arrays`."""
        return self._src.to_arrays("src") | self._tgt.to_arrays("tgt")

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> CorpusMemory:
        """Take over what `to_arrays` gave."""
        memory = cls()
        memory._src, memory._tgt = _Side.from_arrays(arrays, "src"), _Side.from_arrays(arrays, "tgt")
        return memory


class _Side:
    """The sentences of one side as stem numbers."""

    def __init__(self) -> None:
        self.stems: dict[str, int] = {}
        self._of_word: dict[str, int] = {}
        self._numbers = array("i")
        self._lengths = array("i")

    def __len__(self) -> int:
        return len(self._lengths)

    def add(self, words: Sequence[str]) -> None:
        """Add one sentence."""
        known = self._of_word
        self._numbers.extend([known[word] if word in known else self._enter(word) for word in words])
        self._lengths.append(len(words))

    def _enter(self, word: str) -> int:
        number = self._of_word[word] = self.stems.setdefault(_stem(word), len(self.stems))
        return number

    def find(self, words: Sequence[str]) -> Ints:
        """Stem numbers of a sentence that need not have been added."""
        known, stems = self._of_word, self.stems
        found = [known[word] if word in known else stems.get(_stem(word), _UNKNOWN) for word in words]
        return np.array(found, dtype=np.int32)

    def rows(self) -> _Rows:
        """All sentences."""
        return _Rows(np.array(self._numbers, dtype=np.int32), np.array(self._lengths, dtype=np.int64))

    def to_arrays(self, name: str) -> dict[str, Any]:
        return {
            f"{name}_stems": np.array(list(self.stems), dtype=np.str_),
            name: np.array(self._numbers, dtype=np.int32),
            f"{name}_lengths": np.array(self._lengths, dtype=np.int32),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any], name: str) -> _Side:
        side = cls()
        side.stems = {text: number for number, text in enumerate(arrays[f"{name}_stems"].tolist())}
        side._numbers = array("i", arrays[name].tolist())
        side._lengths = array("i", arrays[f"{name}_lengths"].tolist())
        return side


class _Rows:
    """Sentences of one side as they are read: stem numbers, with a separator behind each sentence.

    Attributes:
        numbers: shape (n_words,): all sentences, without separators.
        lengths: shape (n_sentences,): words of each sentence.
    """

    def __init__(self, numbers: Ints, lengths: Places) -> None:
        self.numbers, self.lengths = numbers, lengths
        ends = np.cumsum(lengths)
        self._text = np.insert(numbers, ends, _SEPARATOR)
        self._starts = ends - lengths + np.arange(len(lengths))

    def text(self, sentences: Places) -> Ints:
        """Some sentences one after the other, a separator behind each."""
        starts = self._starts[sentences].tolist()
        ends = (self._starts[sentences] + self.lengths[sentences] + 1).tolist()
        return np.concatenate([self._text[start:end] for start, end in zip(starts, ends, strict=True)])

    def __getitem__(self, sentence: int) -> Ints:
        start = self._starts[sentence]
        return self._text[start : start + self.lengths[sentence]]


class _Index:
    """All sentences, those of each source stem, and how often each target stem occurs."""

    def __init__(self, src: _Rows, tgt: _Rows, n_src_stems: int, n_tgt_stems: int) -> None:
        self.src, self.tgt = src, tgt
        self.totals = np.bincount(tgt.numbers, minlength=n_tgt_stems + 1).astype(np.float64)
        n_rows = max(len(src.lengths), 1)
        keys = np.unique(src.numbers.astype(np.int64) * n_rows + np.repeat(np.arange(len(src.lengths)), src.lengths))
        self._starts = np.searchsorted(keys // n_rows, np.arange(n_src_stems + 1))
        self._places = (keys % n_rows).astype(np.int32)
        self._find = lru_cache(_KNOWN_PHRASES)(self._find_all)

    def without(self, pair: PairMemory, sentences: Places) -> Places:
        """The sentences that are not the pair itself."""
        src, tgt = self.src, self.tgt
        is_same = (src.lengths[sentences] == len(pair.src)) & (tgt.lengths[sentences] == len(pair.tgt))
        for place in np.flatnonzero(is_same).tolist():
            number = sentences[place]
            is_same[place] = (tgt[number] == pair.tgt).all() and (src[number] == pair.src).all()
        others: Places = sentences[~is_same]
        return others

    def sentences(self, stems: Sequence[int]) -> Places:
        """Sentences that have all stems, evenly thinned out to `_MOST_SENTENCES`.

        Where even the rarest stem is in more than `_MOST_CANDIDATES` sentences, only so many of them are looked at.
        """
        return self._find(tuple(sorted(set(stems))))

    def _find_all(self, stems: Sequence[int]) -> Places:
        if not stems or stems[0] < 0:
            return np.zeros(0, dtype=np.int64)
        lists = sorted((self._places[self._starts[one] : self._starts[one + 1]] for one in stems), key=len)
        found = _thin_out(lists[0], _MOST_CANDIDATES)
        for other in lists[1:]:
            at = np.minimum(np.searchsorted(other, found), len(other) - 1)
            found = found[other[at] == found]
        return _thin_out(found, _MOST_SENTENCES).astype(np.int64)


def _thin_out(places: Ints, most: int) -> Ints:
    """At most so many of the places, evenly spread."""
    if len(places) <= most:
        return places
    return places[np.linspace(0, len(places) - 1, most).astype(np.int64)]


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return stem(word, n_letters=_STEM_LETTERS)


def _count_sequences(words: Ints, text: Ints, longest: int) -> Floats:
    """How often words [start, start + length) follow each other in the text; shape (n_words + 1, longest + 1)."""
    n_words, width = len(words), len(text) + longest
    equal = np.zeros((n_words + longest, width), dtype=bool)
    np.equal(words[:, None], text[None, :], out=equal[:n_words, : len(text)])
    flat = equal.ravel()
    counts = np.zeros((n_words + 1, longest + 1))
    places = np.flatnonzero(flat)
    starts = places // width
    for length in range(1, longest + 1):
        if length > 1:
            goes_on = flat.take(places + (length - 1) * (width + 1))
            places, starts = places[goes_on], starts[goes_on]
        if not len(places):
            break
        counts[:n_words, length] = np.bincount(starts, minlength=n_words)
    return counts
