"""Words as the subwords of a tokenizer, and long sentences as overlapping windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Subwords:
    """A sentence as a model reads it.

    Attributes:
        ids: subword ids without special tokens.
        words: number of the word of each subword, never falling; a word that the tokenizer drops does not occur.
    """

    ids: tuple[int, ...]
    words: tuple[int, ...]


class Window(NamedTuple):
    """Subwords `start` to `end` that a model reads at once; it answers for `keep_start` to `keep_end`."""

    start: int
    end: int
    keep_start: int
    keep_end: int


class WordTokenizer:
    """Splits sentences that come as words."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._pieces: dict[str, list[int]] = {}
        self.prefix, self.suffix = _special_ids(tokenizer)

    def split_many(self, sentences: Sequence[Sequence[str]]) -> list[Subwords]:
        """The subwords of each sentence."""
        if not self._tokenizer.is_fast:
            return [self._split_words(words) for words in sentences]
        texts = [" ".join(words) for words in sentences]
        if not texts:
            return []
        found = self._tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True, truncation=False)
        return [
            _by_offsets(words, ids, offsets)
            for words, ids, offsets in zip(sentences, found["input_ids"], found["offset_mapping"], strict=True)
        ]

    def _split_words(self, words: Sequence[str]) -> Subwords:
        """Word by word, for tokenizers that do not say where a subword stands in the text."""
        pieces = [self._split_word(word) for word in words]
        return Subwords(
            tuple(piece for word in pieces for piece in word),
            tuple(number for number, word in enumerate(pieces) for _ in word),
        )

    def _split_word(self, word: str) -> list[int]:
        if word not in self._pieces:
            self._pieces[word] = self._tokenizer(word, add_special_tokens=False, truncation=False)["input_ids"]
        return self._pieces[word]


def _special_ids(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The ids that the tokenizer puts before and after a text."""
    plain = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a")["input_ids"]
    for start in range(len(whole) - len(plain) + 1):
        if whole[start : start + len(plain)] == plain:
            return whole[:start], whole[start + len(plain) :]
    return [], []


def _by_offsets(words: Sequence[str], ids: Sequence[int], offsets: Sequence[tuple[int, int]]) -> Subwords:
    """A subword belongs to the word that its last character stands in, or that follows if that is a blank.

    Words are joined by one blank, so that tokenizers that mark the beginnings of words see them as in running text.
    """
    ends = list(accumulate((len(word) + 1 for word in words), initial=-1))[1:]
    kept, numbers, word = [], [], 0
    for piece, (_, end) in zip(ids, offsets, strict=True):
        while word < len(words) and end > ends[word]:
            word += 1
        if word < len(words):
            kept.append(piece)
            numbers.append(word)
    return Subwords(tuple(kept), tuple(numbers))


def make_windows(n_subwords: int, *, capacity: int, overlap: int) -> list[Window]:
    """Cover a sentence with windows of at most `capacity` subwords; none for an empty one.

    Neighbours share at least `overlap` subwords, and each answers up to the middle of what they share, so that no
    subword is read at the very edge of its window.
    """
    if n_subwords <= capacity:
        return [Window(0, n_subwords, 0, n_subwords)] if n_subwords else []
    starts = [*range(0, n_subwords - capacity, capacity - overlap), n_subwords - capacity]
    cuts = [0, *((later + earlier + capacity) // 2 for earlier, later in pairwise(starts)), n_subwords]
    return [Window(start, start + capacity, *kept) for start, kept in zip(starts, pairwise(cuts), strict=True)]
