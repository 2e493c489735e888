"""The default aligner: IBM model 1 and an HMM in both directions, with spelling and lexicon as prior knowledge.

It learns from the given sentence pairs alone, needs no downloaded weights and is deterministic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from projection.align import hmm
from projection.align.base import LexiconEntry, Posterior, WordPair
from projection.align.corpus import Corpus, PairIndex, WordVocabulary, batch_pairs
from projection.align.model import Model, twins
from projection.align.similarity import word_prior
from projection.align.stored import open_model, save_model
from projection.align.units import Units
from projection.align.words import bare
from projection.errors import EngineError, Problem

Floats = npt.NDArray[np.float32]

_FORMAT = 5


@dataclass(frozen=True, slots=True)
class AlignerSettings:
    """How the statistical aligner learns.

    Attributes:
        stem_letters: words are cut to their first letters; 0 keeps them whole.
        prior_weight: pseudo-counts of a pair of identical spellings; 0 switches the spelling prior off.
        ibm1_rounds: rounds of IBM model 1.
        hmm_rounds: rounds of the HMM.
        agree: whether the directions count only what both hold.
    """

    stem_letters: int = 4
    prior_weight: float = 2.0
    ibm1_rounds: int = 5
    hmm_rounds: int = 4
    agree: bool = True


class StatisticalAligner:
    """Learns from sentence pairs, then gives link probabilities for these and for new ones.

    Time and memory grow linearly with the number of word pairs inside sentence pairs: about 2 CPU s per 1,000 pairs
    of 20 words.
    """

    def __init__(self, settings: AlignerSettings | None = None, *, lexicon: Sequence[LexiconEntry] = ()) -> None:
        self.settings = settings or AlignerSettings()
        self._lexicon = tuple(lexicon)
        self._model: Model | None = None

    def use_lexicon(self, entries: Sequence[LexiconEntry]) -> None:
        """Known word translations, for the next `learn`."""
        self._lexicon = tuple(entries)

    def fit(self, pairs: Iterable[WordPair], *, progress: Callable[[float], None]) -> None:
        """Learn from (source words, target words); read once, only numbers are kept.

        Pairs with an empty side are skipped. `progress` gets the share done, 0 to 1.
        """
        corpus = self.new_corpus()
        for src_words, tgt_words in pairs:
            corpus.add(src_words, tgt_words)
        self.learn(corpus, progress=progress)

    def new_corpus(self) -> Corpus:
        """An empty corpus to fill pair by pair for `learn`."""
        return Corpus(WordVocabulary(self.settings.stem_letters), WordVocabulary(self.settings.stem_letters))

    def learn(self, corpus: Corpus, *, progress: Callable[[float], None]) -> None:
        """Learn from a filled corpus."""
        index, batches = batch_pairs(corpus)
        units = Units.of(corpus, index)
        spelled = self._word_prior(corpus, index)
        forward, reverse, likeness = hmm.train(
            batches,
            units,
            self._prior(spelled, corpus, index),
            np.append(_likeness(spelled, units), np.float32(0)),
            schedule=hmm.Schedule(self.settings.ibm1_rounds, self.settings.hmm_rounds, agree=self.settings.agree),
            progress=progress,
        )
        self._model = Model.of(corpus, units, (forward, reverse, likeness), prior_weight=self.settings.prior_weight)
        progress(1.0)

    def align_many(self, pairs: Sequence[WordPair]) -> list[Posterior]:
        """Link probabilities of sentence pairs; they need not be among those learned from.

        Pairs are worked through in batches of like length. What one pair gets does not depend on the others, but for
        the last binary digits.

        Raises:
            EngineError: before `fit` or `load`.
        """
        return self._fitted().align_many(pairs)

    def align(self, src_words: Sequence[str], tgt_words: Sequence[str]) -> Posterior:
        """Link probabilities of one pair, see `align_many`."""
        return self.align_many([(src_words, tgt_words)])[0]

    def _word_prior(self, corpus: Corpus, index: PairIndex) -> Floats:
        """How strongly the spelling speaks for each stem pair, 0 to 1; shape (n_pairs,)."""
        if not self.settings.prior_weight:
            return np.zeros(len(index), dtype=np.float32)
        src, tgt = corpus.spellings()
        spelled = np.zeros(len(index), dtype=np.float32)
        for place, part in index.parts():
            spelled[place] = word_prior(src, tgt, part.src, part.tgt)
        return spelled

    def _prior(self, spelled: Floats, corpus: Corpus, index: PairIndex) -> Floats:
        """Pseudo-counts of all stem pairs; shape (n_pairs,)."""
        prior = spelled * np.float32(self.settings.prior_weight)
        self._add_lexicon(prior, corpus, index)
        return prior

    def _add_lexicon(self, prior: Floats, corpus: Corpus, index: PairIndex) -> None:
        src_words, tgt_words = corpus.src_vocabulary.words, corpus.tgt_vocabulary.words
        for entry in self._lexicon:
            src, tgt = src_words.get(bare(entry.src_word)), tgt_words.get(bare(entry.tgt_word))
            if src is None or tgt is None:
                continue
            position = int(index.find(np.array([src * index.n_tgt + tgt]))[0])
            if position < len(index):
                prior[position] += entry.count

    def _fitted(self) -> Model:
        if self._model is None:
            raise EngineError(Problem("not-fitted", "The aligner has not learned yet.", "Call fit or load first."))
        return self._model

    def save(self, path: Path) -> None:
        """Write what was learned to one .npz file.

        Raises:
            EngineError: before `learn` or `load`.
        """
        save_model(path, self.to_arrays())

    def load(self, path: Path) -> None:
        """Read what `save` wrote.

        Raises:
            EngineError: when the file is missing, damaged, or was written with other settings.
        """
        with open_model(path) as arrays:
            self.from_arrays(arrays)

    def to_arrays(self) -> dict[str, Any]:
        """What was learned, as named arrays.

        Raises:
            EngineError: before `fit` or `load`.
        """
        settings = np.array([float(value) for value in asdict(self.settings).values()])
        return {"format": np.array(_FORMAT), "settings": settings, **self._fitted().to_arrays()}

    def from_arrays(self, arrays: Mapping[str, Any]) -> None:
        """Take over what `to_arrays` gave.

        Raises:
            EngineError: `other-settings`.
            ValueError: it was made by another version.
            KeyError: an array is missing.
        """
        if int(arrays["format"]) != _FORMAT:
            raise ValueError("it was written by another version")
        for (name, mine), learned in zip(asdict(self.settings).items(), arrays["settings"].tolist(), strict=True):
            if float(mine) != learned:
                fault = f"The model was learned with {name} {learned:g}, not {float(mine):g}."
                remedy = "Set what it was learned with, or learn again."
                raise EngineError(Problem("other-settings", fault, remedy))
        self._model = Model.from_arrays(arrays)


def _likeness(spelled: Floats, units: Units) -> Floats:
    """How surely each pair of words are twins, 0 to 1; shape (n_word_pairs,)."""
    likeness = np.zeros(len(units.words), dtype=np.float32)
    for place, part in units.words.parts():
        src_count = units.src.stem_count[units.src.stem_of[part.src]]
        tgt_count = units.tgt.stem_count[units.tgt.stem_of[part.tgt]]
        likeness[place] = twins(spelled[place], np.maximum(src_count, tgt_count))
    return likeness
