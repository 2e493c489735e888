"""Aligners on the hidden states of a pretrained encoder: nothing is learned, sentence pairs stand on their own.

SimAlign (Jalili Sabet et al. 2020) and AWESOME (Dou and Neubig 2021) in one: subword vectors of one layer, a matching
method for the links, and link probabilities for scored transfer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from projection.align.base import Posterior, Pretrained, WordPair
from projection.align.encoder import Encoder
from projection.align.matching import (
    cosine_similarity,
    dot_products,
    link_probabilities,
    match_argmax,
    match_itermax,
    match_softmax,
    mean_of_words,
    words_of_links,
)
from projection.align.subwords import Subwords, Window, WordTokenizer, make_windows
from projection.types import Link

Floats = npt.NDArray[np.float32]
Matching = Literal["itermax", "argmax", "softmax"]
Unit = Literal["subword", "word"]

MATCHINGS: tuple[Matching, ...] = ("itermax", "argmax", "softmax")
UNITS: tuple[Unit, ...] = ("subword", "word")

_OVERLAP = 0.25
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """How vectors become links.

    Attributes:
        matching: `argmax` (fewest and surest links), `itermax` or `softmax`.
        unit: what is matched; words are linked where any of their subwords are, or match by their mean vectors.
        threshold: for `softmax`, 0 to 1.
        temperature: of the link probabilities, in standard deviations of the similarities.
        n_rounds: for `itermax`.
        decay: for `itermax`: weight of pairs with one linked word.
    """

    matching: Matching = "itermax"
    unit: Unit = "subword"
    threshold: float = 1e-3
    temperature: float = 0.25
    n_rounds: int = 2
    decay: float = 0.9


@dataclass(frozen=True, slots=True)
class SentenceVectors:
    """Hidden states of one sentence.

    Attributes:
        vectors: shape (n_subwords, size).
        words: word of each subword.
        n_words: words of the sentence, those without subwords included.
    """

    vectors: Floats
    words: tuple[int, ...]
    n_words: int


class _Piece(NamedTuple):
    """A window of one of the sentences."""

    sentence: int
    window: Window


class WordEncoder:
    """A model that is loaded when it is first used, at work on sentences given as words."""

    def __init__(self, load: Callable[[], Encoder], *, batch_size: int = 32) -> None:
        self._load = load
        self._batch_size = batch_size
        self._loaded: tuple[Encoder, WordTokenizer] | None = None

    def load(self) -> tuple[Encoder, WordTokenizer]:
        """The model and its tokenizer.

        Raises:
            EngineError: when the model cannot be loaded.
        """
        if self._loaded is None:
            encoder = self._load()
            self._loaded = encoder, WordTokenizer(encoder.tokenizer)
        return self._loaded

    def encode(self, sentences: Sequence[Sequence[str]]) -> list[SentenceVectors]:
        """Vectors of all subwords of each sentence, in the order given.

        Sentences longer than the model reads at once are read in overlapping windows; nothing is cut off. Inputs of
        like length go together.
        """
        encoder, tokenizer = self.load()
        split = tokenizer.split_many(sentences)
        pieces = list(self._list_pieces(split, encoder, tokenizer))
        order = sorted(range(len(pieces)), key=lambda number: _length(pieces[number]))
        parts: dict[int, Floats] = {}
        for start in range(0, len(order), self._batch_size):
            numbers = order[start : start + self._batch_size]
            batch = [_input(split, pieces[number], tokenizer) for number in numbers]
            states = encoder.encode(*_pad(batch, pad_id=encoder.tokenizer.pad_token_id or 0))
            for number, state in zip(numbers, states, strict=True):
                parts[number] = _kept(state, pieces[number].window, len(tokenizer.prefix))
        found: list[list[Floats]] = [[] for _ in sentences]
        for number, piece in enumerate(pieces):
            found[piece.sentence].append(parts[number])
        return [
            SentenceVectors(_joined(vectors), subwords.words, len(words))
            for vectors, subwords, words in zip(found, split, sentences, strict=True)
        ]

    @staticmethod
    def _list_pieces(split: Sequence[Subwords], encoder: Encoder, tokenizer: WordTokenizer) -> Iterator[_Piece]:
        capacity = max(1, encoder.capacity - len(tokenizer.prefix) - len(tokenizer.suffix))
        for number, subwords in enumerate(split):
            windows = make_windows(len(subwords.ids), capacity=capacity, overlap=int(capacity * _OVERLAP))
            yield from (_Piece(number, window) for window in windows)


def _length(piece: _Piece) -> int:
    return piece.window.end - piece.window.start


def _input(split: Sequence[Subwords], piece: _Piece, tokenizer: WordTokenizer) -> list[int]:
    ids = split[piece.sentence].ids[piece.window.start : piece.window.end]
    return [*tokenizer.prefix, *ids, *tokenizer.suffix]


def _pad(inputs: Sequence[Sequence[int]], *, pad_id: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Ids and mask of shape (n_inputs, longest)."""
    shape = (len(inputs), max(map(len, inputs)))
    ids, mask = np.full(shape, pad_id, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, given in enumerate(inputs):
        ids[row, : len(given)] = given
        mask[row, : len(given)] = 1
    return ids, mask


def _kept(state: Floats, window: Window, n_before: int) -> Floats:
    """The vectors that a window answers for, of all those of its input."""
    first = n_before - window.start
    return state[first + window.keep_start : first + window.keep_end].copy()


def _joined(parts: Sequence[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)


class EmbeddingAligner(Pretrained):
    """Links words whose vectors are alike."""

    def __init__(self, encoder: WordEncoder, settings: MatchSettings | None = None) -> None:
        self._encoder = encoder
        self.settings = settings or MatchSettings()

    def learn(self, corpus: Any, *, progress: Callable[[float], None]) -> None:
        """Nothing to learn; the model is loaded, so that a wrong one is found at once.

        Raises:
            EngineError: when the model cannot be loaded.
        """
        self._encoder.load()
        super().learn(corpus, progress=progress)

    def align_many(self, pairs: Sequence[WordPair]) -> list[Posterior]:
        """Links and link probabilities of each pair; words that the tokenizer drops have none."""
        encoded = self._encoder.encode([words for pair in pairs for words in pair])
        return [align_vectors(src, tgt, self.settings) for src, tgt in zip(encoded[0::2], encoded[1::2], strict=True)]


def align_vectors(src: SentenceVectors, tgt: SentenceVectors, settings: MatchSettings) -> Posterior:
    """Links and link probabilities from the vectors of two sentences.

    The probabilities are the mean of what the similarities say and of the links, so that a link keeps its weight in
    long texts, where many words have a share in the softmax.
    """
    cells = np.zeros((src.n_words, tgt.n_words), dtype=np.float32)
    (src_means, src_numbers), (tgt_means, tgt_numbers) = (
        mean_of_words(side.vectors, side.words) for side in (src, tgt)
    )
    if not (len(src_numbers) and len(tgt_numbers)):
        return Posterior(forward=cells, reverse=cells, links=())
    similarity = cosine_similarity(src_means, tgt_means)
    cells[np.ix_(src_numbers, tgt_numbers)] = link_probabilities(similarity, temperature=settings.temperature)
    if settings.unit == "word":
        pairs = _match(src_means, tgt_means, src_numbers.tolist(), tgt_numbers.tolist(), settings)
    else:
        pairs = _match(src.vectors, tgt.vectors, src.words, tgt.words, settings)
    cells = (cells + _share_links(pairs, cells.shape)) / np.float32(2)
    links = tuple(Link(row, column, round(float(cells[row, column]), _DIGITS)) for row, column in pairs)
    return Posterior(forward=cells, reverse=cells, links=links)


def _share_links(pairs: Sequence[tuple[int, int]], shape: tuple[int, ...]) -> Floats:
    """1 for a link; less where a word has several, so that no row and no column exceeds 1."""
    cells = np.zeros(shape, dtype=np.float32)
    for row, column in pairs:
        cells[row, column] = 1
    n_links = np.maximum(cells.sum(axis=0, keepdims=True), cells.sum(axis=1, keepdims=True))
    shares: Floats = cells / np.maximum(n_links, np.float32(1))
    return shares


def _match(
    src: Floats, tgt: Floats, src_words: Sequence[int], tgt_words: Sequence[int], settings: MatchSettings
) -> list[tuple[int, int]]:
    if settings.matching == "softmax":
        links = match_softmax(dot_products(src, tgt), threshold=settings.threshold)
    elif settings.matching == "argmax":
        links = match_argmax(cosine_similarity(src, tgt))
    else:
        links = match_itermax(cosine_similarity(src, tgt), n_rounds=settings.n_rounds, decay=settings.decay)
    return words_of_links(links, src_words, tgt_words)
