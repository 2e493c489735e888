"""Two levels of units, words and their stems, and translation probabilities estimated on both.

What is known of a pair of words backs off to what is known of their stems: the probabilities of stems are the prior of
those of words (a hierarchical Dirichlet prior, MacKay and Peto 1995), so rare words behave like their stem and common
words (`Lund` and `lundi`, `the` and `then`) like themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from projection.align.corpus import Cells, Corpus, PairIndex, WordVocabulary, distinct

Floats = npt.NDArray[np.float32]
Side = Literal["src", "tgt"]

WORD_WEIGHT = 4.0
"""Occurrences of a word at which its own counts weigh as much as those of its stem."""


@dataclass(frozen=True, slots=True)
class SideUnits:
    """Words and stems of one side.

    Attributes:
        stem_of: shape (n_words,): stem of each word.
        word_count: shape (n_words,): occurrences of each word.
        stem_count: shape (n_stems,): occurrences of each stem.
    """

    stem_of: Cells
    word_count: Floats
    stem_count: Floats

    @classmethod
    def of(cls, vocabulary: WordVocabulary) -> SideUnits:
        stem_of = np.asarray(vocabulary.stem_of, dtype=np.int32)
        word_count = np.asarray(vocabulary.counts, dtype=np.float32)
        n_stems = len(vocabulary.stems)
        return cls(stem_of, word_count, np.bincount(stem_of, word_count, minlength=n_stems).astype(np.float32))

    @property
    def share(self) -> Floats:
        """Share of each word in its stem; shape (n_words,)."""
        return (self.word_count / np.maximum(self.stem_count[self.stem_of], 1)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Units:
    """Pairs of words and of stems that occur in one sentence pair.

    Attributes:
        words: the pairs of words.
        stems: the pairs of stems.
        stem_pair: shape (n_word_pairs,): position in `stems` of the stems of each pair of words.
        src: units of the source.
        tgt: units of the target.
    """

    words: PairIndex
    stems: PairIndex
    stem_pair: Cells
    src: SideUnits
    tgt: SideUnits

    @classmethod
    def of(cls, corpus: Corpus, words: PairIndex) -> Units:
        src, tgt = SideUnits.of(corpus.src_vocabulary), SideUnits.of(corpus.tgt_vocabulary)
        n_tgt = max(1, len(tgt.stem_count))
        keys = np.zeros(len(words), dtype=np.int64)
        for place, part in words.parts():
            keys[place] = src.stem_of[part.src].astype(np.int64) * n_tgt + tgt.stem_of[part.tgt]
        stem_keys, stem_pair = distinct(keys)
        return cls(words, PairIndex(stem_keys, n_tgt), stem_pair, src, tgt)

    def side(self, side: Side) -> SideUnits:
        return self.src if side == "src" else self.tgt

    def stem_maximum(self, values: Floats) -> Floats:
        """The greatest value of the pairs of words of each pair of stems; shape (n_stem_pairs,)."""
        greatest = np.zeros(len(self.stems), dtype=np.float32)
        for place, _ in self.words.parts():
            np.maximum.at(greatest, self.stem_pair[place].astype(np.intp), values[place])
        return greatest


def estimate_stems(counts: Floats, prior: Floats, units: Units, generating: Side) -> Floats:
    """Probabilities of stems.

    Args:
        counts: shape (n_word_pairs + 1,): expected links, those of padding at the end.
        prior: shape (n_stem_pairs,): pseudo-counts.
        units: the pairs.
        generating: which side the probabilities are conditional on.

    Returns:
        Shape (n_stem_pairs + 1,): p(generated stem | generating stem); 0 at the end.
    """
    weight = prior + np.bincount(units.stem_pair, counts[:-1], minlength=len(units.stems))
    total = np.zeros(len(units.side(generating).stem_count))
    for place, part in units.stems.parts():
        total += np.bincount(getattr(part, generating), weight[place], minlength=len(total))
    np.maximum(total, 1e-30, out=total)
    table = np.zeros(len(units.stems) + 1, dtype=np.float32)
    for place, part in units.stems.parts():
        table[place] = weight[place] / total.take(getattr(part, generating))
    return table


def spread(stem_table: Floats, units: Units) -> Floats:
    """Values of pairs of stems for each pair of words; shape (n_word_pairs + 1,), 0 at the end."""
    values = np.zeros(len(units.words) + 1, dtype=np.float32)
    for place, _ in units.words.parts():
        values[place] = stem_table.take(units.stem_pair[place])
    return values


def estimate_words(counts: Floats, prior: Floats, stem_table: Floats, units: Units, generating: Side) -> Floats:
    """Probabilities of words, in the scale of those of stems: over the share of the generated word in its stem.

    Args:
        counts: shape (n_word_pairs + 1,): expected links.
        prior: shape (n_word_pairs,): pseudo-counts.
        stem_table: shape (n_stem_pairs + 1,): what `estimate_stems` gave.
        units: the pairs.
        generating: which side the probabilities are conditional on.

    Returns:
        Shape (n_word_pairs + 1,); 0 at the end.
    """
    generated: Side = "tgt" if generating == "src" else "src"
    share = units.side(generated).share
    total = np.zeros(len(units.side(generating).word_count))
    for place, part in units.words.parts():
        total += np.bincount(getattr(part, generating), counts[place] + prior[place], minlength=len(total))
    total += WORD_WEIGHT
    table = np.zeros(len(units.words) + 1, dtype=np.float32)
    for place, part in units.words.parts():
        of_stems = stem_table.take(units.stem_pair[place]) * np.float32(WORD_WEIGHT)
        of_words = (counts[place] + prior[place]) / share.take(getattr(part, generated))
        table[place] = (of_words + of_stems) / total.take(getattr(part, generating))
    return table
