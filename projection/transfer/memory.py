"""What the sentence pairs of a run say about word sequences: which target words come with a source phrase elsewhere.

Word links know single words. That "today" is "hari ini" shows in the other sentences that have "today": there "hari"
is always followed by "ini". Labels are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from projection.align.words import stem

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

_STEM_LETTERS = 4
_MOST_SENTENCES = 60
_SEPARATOR = np.array([-1], dtype=np.int32)
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
        self._src_ids: dict[str, int] = {}
        self._tgt_ids: dict[str, int] = {}
        self._src: list[Ints] = []
        self._tgt: list[Ints] = []
        self._index: _Index | None = None

    def __len__(self) -> int:
        return len(self._src)

    def add(self, src_words: Sequence[str], tgt_words: Sequence[str]) -> None:
        """Remember one sentence pair."""
        self._src.append(_number(self._src_ids, src_words))
        self._tgt.append(_number(self._tgt_ids, tgt_words))
        self._index = None

    def look_up(self, src_words: Sequence[str], tgt_words: Sequence[str]) -> PairMemory:
        """What is remembered about one sentence pair, which need not be among those added."""
        return PairMemory(self, _find(self._src_ids, src_words), _find(self._tgt_ids, tgt_words))

    def sight(self, pair: PairMemory, tokens: Sequence[int], longest: int) -> Sightings | None:
        """See `PairMemory.sight`."""
        index = self._built()
        others = [
            number
            for number in index.sentences(pair.src[list(tokens)].tolist())
            if not (_equal(self._tgt[number], pair.tgt) and _equal(self._src[number], pair.src))
        ]
        if not others or not len(pair.tgt):
            return None
        text = np.concatenate([row for number in others for row in (self._tgt[number], _SEPARATOR)])
        totals = np.where(pair.tgt >= 0, index.totals[pair.tgt], 0.0)
        common = np.minimum(totals / len(self), 1.0)
        return Sightings(len(others), common, _count_sequences(pair.tgt, text, longest), np.maximum(totals - 1.0, 0.0))

    def _built(self) -> _Index:
        if self._index is None:
            self._index = _Index.build(self._src, self._tgt, n_src=len(self._src_ids), n_tgt=len(self._tgt_ids))
        return self._index

    def to_arrays(self) -> dict[str, Any]:
        """What was remembered, for `from_arrays`."""
        return {
            "src_stems": np.array(list(self._src_ids), dtype=np.str_),
            "tgt_stems": np.array(list(self._tgt_ids), dtype=np.str_),
            "src": _concatenate(self._src),
            "tgt": _concatenate(self._tgt),
            "src_lengths": np.array([len(row) for row in self._src], dtype=np.int32),
            "tgt_lengths": np.array([len(row) for row in self._tgt], dtype=np.int32),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> CorpusMemory:
        """Take over what `to_arrays` gave."""
        memory = cls()
        memory._src_ids = {name: number for number, name in enumerate(arrays["src_stems"].tolist())}
        memory._tgt_ids = {name: number for number, name in enumerate(arrays["tgt_stems"].tolist())}
        memory._src = _split(arrays["src"], arrays["src_lengths"])
        memory._tgt = _split(arrays["tgt"], arrays["tgt_lengths"])
        return memory


class _Index:
    """Sentences of each source stem, and how often each target stem occurs."""

    def __init__(self, starts: Ints, places: Ints, totals: Floats) -> None:
        self._starts, self._places = starts, places
        self.totals = totals
        self._known: dict[tuple[int, ...], list[int]] = {}

    @classmethod
    def build(cls, src: Sequence[Ints], tgt: Sequence[Ints], *, n_src: int, n_tgt: int) -> _Index:
        n_rows = max(len(src), 1)
        rows = np.repeat(np.arange(len(src), dtype=np.int64), [len(row) for row in src])
        keys = np.unique(_concatenate(src).astype(np.int64) * n_rows + rows)
        starts = np.searchsorted(keys // n_rows, np.arange(n_src + 1))
        totals = np.bincount(_concatenate(tgt), minlength=n_tgt + 1).astype(np.float64)
        return cls(starts.astype(np.int32), (keys % n_rows).astype(np.int32), totals)

    def sentences(self, stems: Sequence[int]) -> list[int]:
        """Sentences that have all stems, evenly thinned out to `_MOST_SENTENCES`."""
        key = tuple(sorted(set(stems)))
        if key not in self._known:
            self._known[key] = self._find(key).tolist()
        return self._known[key]

    def _find(self, stems: Sequence[int]) -> Ints:
        if not stems or stems[0] < 0:
            return np.zeros(0, dtype=np.int32)
        lists = sorted((self._places[self._starts[one] : self._starts[one + 1]] for one in stems), key=len)
        found = lists[0]
        for other in lists[1:]:
            at = np.minimum(np.searchsorted(other, found), len(other) - 1)
            found = found[other[at] == found]
        if len(found) > _MOST_SENTENCES:
            found = found[np.linspace(0, len(found) - 1, _MOST_SENTENCES).astype(np.int64)]
        return found


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return stem(word, n_letters=_STEM_LETTERS)


def _number(ids: dict[str, int], words: Sequence[str]) -> Ints:
    return np.array([ids.setdefault(_stem(word), len(ids)) for word in words], dtype=np.int32)


def _find(ids: Mapping[str, int], words: Sequence[str]) -> Ints:
    return np.array([ids.get(_stem(word), _UNKNOWN) for word in words], dtype=np.int32)


def _equal(one: Ints, other: Ints) -> bool:
    return len(one) == len(other) and bool((one == other).all())


def _concatenate(rows: Sequence[Ints]) -> Ints:
    return np.concatenate(rows) if rows else np.zeros(0, dtype=np.int32)


def _split(values: Ints, lengths: Ints) -> list[Ints]:
    return np.split(values, np.cumsum(lengths)[:-1]) if len(lengths) else []


def _count_sequences(words: Ints, text: Ints, longest: int) -> Floats:
    """How often words [start, start + length) follow each other in the text; shape (n_words + 1, longest + 1)."""
    n_words, n_text = len(words), len(text)
    equal = np.zeros((n_words + longest, n_text + longest), dtype=bool)
    np.equal(words[:, None], text[None, :], out=equal[:n_words, :n_text])
    counts = np.zeros((n_words + 1, longest + 1))
    running: Flags = np.ones((n_words, n_text), dtype=bool)
    for length in range(1, longest + 1):
        running &= equal[length - 1 : length - 1 + n_words, length - 1 : length - 1 + n_text]
        found = np.count_nonzero(running, axis=1)
        counts[:n_words, length] = found
        if not found.any():
            break
    return counts
