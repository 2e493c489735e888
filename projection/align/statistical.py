"""The default aligner: IBM model 1 and an HMM in both directions, with spelling and lexicon as prior knowledge.

It learns from the given sentence pairs alone, needs no downloaded weights and is deterministic.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from projection.align import hmm
from projection.align.base import LexiconEntry, Posterior, WordPair
from projection.align.corpus import (
    Cells,
    Corpus,
    PairIndex,
    Vocabulary,
    index_pairs,
    make_batch,
    make_batches,
    split_pair,
)
from projection.align.forward_backward import posteriors
from projection.align.similarity import word_prior
from projection.align.stored import open_model, save_model
from projection.align.words import main_script, spelling, stem
from projection.errors import EngineError, Problem

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_FORMAT = 3
_RARE_COUNT = 10.0


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
    hmm_rounds: int = 5
    agree: bool = True


@dataclass(frozen=True, slots=True)
class _Model:
    src_stems: dict[str, int]
    tgt_stems: dict[str, int]
    scripts: tuple[str, str]
    index: PairIndex
    likeness: Floats
    forward: hmm.Direction
    reverse: hmm.Direction


class StatisticalAligner:
    """Learns from sentence pairs, then gives link probabilities for these and for new ones.

    Time and memory grow linearly with the number of word pairs inside sentence pairs: about 2 CPU s per 1,000 pairs
    of 20 words.
    """

    def __init__(self, settings: AlignerSettings | None = None, *, lexicon: Sequence[LexiconEntry] = ()) -> None:
        self.settings = settings or AlignerSettings()
        self._lexicon = tuple(lexicon)
        self._model: _Model | None = None

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
        return Corpus(Vocabulary(self.settings.stem_letters), Vocabulary(self.settings.stem_letters))

    def learn(self, corpus: Corpus, *, progress: Callable[[float], None]) -> None:
        """Learn from a filled corpus."""
        index = index_pairs(corpus)
        spelled = self._word_prior(corpus, index)
        likeness = np.append(_likeness(spelled, corpus, index), np.float32(0))
        forward, reverse, likeness = hmm.train(
            make_batches(corpus, index),
            index,
            self._prior(spelled, corpus, index),
            likeness,
            sizes=(len(corpus.src_vocabulary), len(corpus.tgt_vocabulary)),
            schedule=hmm.Schedule(self.settings.ibm1_rounds, self.settings.hmm_rounds, agree=self.settings.agree),
            progress=progress,
        )
        self._model = _Model(
            src_stems=corpus.src_vocabulary.stems,
            tgt_stems=corpus.tgt_vocabulary.stems,
            scripts=(main_script(corpus.src_vocabulary.stems), main_script(corpus.tgt_vocabulary.stems)),
            index=index,
            likeness=likeness,
            forward=forward,
            reverse=reverse,
        )
        progress(1.0)

    def align_many(self, pairs: Sequence[WordPair]) -> list[Posterior]:
        """The same as `align` for each pair."""
        return [self.align(src_words, tgt_words) for src_words, tgt_words in pairs]

    def align(self, src_words: Sequence[str], tgt_words: Sequence[str]) -> Posterior:
        """Link probabilities of one pair; it need not be among the pairs learned from.

        Raises:
            EngineError: before `fit` or `load`.
        """
        model = self._fitted()
        shape = (len(src_words), len(tgt_words))
        forward, reverse = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
        for (src_start, src_end), (tgt_start, tgt_end) in split_pair(*shape):
            piece = self._align_piece(model, src_words[src_start:src_end], tgt_words[tgt_start:tgt_end])
            forward[src_start:src_end, tgt_start:tgt_end] = piece[0]
            reverse[src_start:src_end, tgt_start:tgt_end] = piece[1]
        return Posterior(forward=forward, reverse=reverse)

    def _align_piece(self, model: _Model, src_words: Sequence[str], tgt_words: Sequence[str]) -> tuple[Floats, Floats]:
        letters = self.settings.stem_letters
        batch = make_batch(
            _find(model.src_stems, src_words, letters=letters),
            _find(model.tgt_stems, tgt_words, letters=letters),
            model.index,
        )
        forward, reverse = model.forward.table[batch.cells], model.reverse.table[batch.cells]
        likeness = model.likeness[batch.cells]
        unknown = batch.cells[0] == len(model.index)
        if unknown.any() and self.settings.prior_weight:
            src_mass, tgt_mass = model.forward.mass[batch.src[0]][:, None], model.reverse.mass[batch.tgt[0]][None, :]
            spelled = np.zeros(unknown.shape, dtype=np.float32)
            spelled[unknown] = _compare_words(src_words, tgt_words, np.argwhere(unknown), model.scripts)
            prior = spelled * np.float32(self.settings.prior_weight)
            forward += prior / (prior + src_mass + 1.0)
            reverse += prior / (prior + tgt_mass + 1.0)
            likeness += _twins(spelled, np.maximum(src_mass, tgt_mass))
        factor = hmm.rival_factor(likeness)
        forward *= factor
        reverse *= factor
        gamma_forward, _ = posteriors(hmm.forward_lattice(batch, model.forward, forward), model.forward.moves())
        gamma_reverse, _ = posteriors(hmm.reverse_lattice(batch, model.reverse, reverse), model.reverse.moves())
        return gamma_forward[:, 0, :].T, gamma_reverse[:, 0, :]

    def _word_prior(self, corpus: Corpus, index: PairIndex) -> Floats:
        """How strongly the spelling speaks for each stem pair, 0 to 1; shape (n_pairs,)."""
        if not self.settings.prior_weight:
            return np.zeros(len(index), dtype=np.float32)
        src, tgt = corpus.spellings()
        return word_prior(src, tgt, index.src, index.tgt)

    def _prior(self, spelled: Floats, corpus: Corpus, index: PairIndex) -> Floats:
        """Pseudo-counts of all stem pairs; shape (n_pairs,)."""
        prior = spelled * np.float32(self.settings.prior_weight)
        self._add_lexicon(prior, corpus, index)
        return prior

    def _add_lexicon(self, prior: Floats, corpus: Corpus, index: PairIndex) -> None:
        letters = self.settings.stem_letters
        for entry in self._lexicon:
            src = corpus.src_vocabulary.stems.get(stem(entry.src_word, n_letters=letters))
            tgt = corpus.tgt_vocabulary.stems.get(stem(entry.tgt_word, n_letters=letters))
            if src is None or tgt is None:
                continue
            position = int(index.find(np.array([src * index.n_tgt + tgt]))[0])
            if position < len(index):
                prior[position] += entry.count

    def _fitted(self) -> _Model:
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
        model = self._fitted()
        arrays: dict[str, Any] = {
            "format": np.array(_FORMAT),
            "src_stems": _pack(model.src_stems),
            "tgt_stems": _pack(model.tgt_stems),
            "scripts": np.array(model.scripts),
            "keys": model.index.keys,
            "likeness": model.likeness,
            "n_tgt": np.array(model.index.n_tgt),
            "settings": np.array([float(value) for value in asdict(self.settings).values()]),
        }
        for name, direction in (("forward", model.forward), ("reverse", model.reverse)):
            arrays |= {f"{name}_{part}": value for part, value in asdict(direction).items()}
        return arrays

    def from_arrays(self, arrays: Mapping[str, Any]) -> None:
        """Take over what `to_arrays` gave.

        Raises:
            ValueError: it was made with other settings or by another version.
            KeyError: an array is missing.
        """
        expected = [float(value) for value in asdict(self.settings).values()]
        if int(arrays["format"]) != _FORMAT or list(arrays["settings"]) != expected:
            raise ValueError("it was written with other settings or by another version")
        forward, reverse = (
            hmm.Direction(*(arrays[f"{name}_{part}"] for part in ("table", "empty", "mass", "jumps")))
            for name in ("forward", "reverse")
        )
        self._model = _Model(
            src_stems=_unpack(arrays["src_stems"]),
            tgt_stems=_unpack(arrays["tgt_stems"]),
            scripts=(str(arrays["scripts"][0]), str(arrays["scripts"][1])),
            index=PairIndex(keys=arrays["keys"], n_tgt=int(arrays["n_tgt"])),
            likeness=arrays["likeness"],
            forward=forward,
            reverse=reverse,
        )


def _compare_words(src_words: Sequence[str], tgt_words: Sequence[str], pairs: Ints, scripts: tuple[str, str]) -> Floats:
    """How strongly the spelling speaks for each pair of positions, shape (n, 2); 0 to 1, shape (n,)."""
    src = [spelling(word, own_script=scripts[0], other_script=scripts[1]) for word in src_words]
    tgt = [spelling(word, own_script=scripts[1], other_script=scripts[0]) for word in tgt_words]
    return word_prior(src, tgt, pairs[:, 0], pairs[:, 1])


def _likeness(spelled: Floats, corpus: Corpus, index: PairIndex) -> Floats:
    """How surely each stem pair are twins, 0 to 1; shape (n_pairs,)."""
    src_count = np.bincount(corpus.src, minlength=len(corpus.src_vocabulary))
    tgt_count = np.bincount(corpus.tgt, minlength=len(corpus.tgt_vocabulary))
    return _twins(spelled, np.maximum(src_count[index.src], tgt_count[index.tgt]).astype(np.float32))


def _twins(spelled: Floats, count: Floats) -> Floats:
    """How surely pairs of words are twins; all arrays of the same shape.

    Only nearly identical spellings say so (the fourth power), and the less the commoner the commoner word of the two
    is: of common words the counts know more, and their likeness may be an accident (English and German "will").
    """
    rarity = np.float32(_RARE_COUNT) / (np.float32(_RARE_COUNT) + count)
    return spelled**4 * rarity


def _find(stems: dict[str, int], words: Sequence[str], *, letters: int) -> Cells:
    """Stem ids as a batch of one sentence, -1 where unknown; shape (1, n_words)."""
    return np.array([[stems.get(stem(word, n_letters=letters), -1) for word in words]], dtype=np.int32)


def _pack(stems: dict[str, int]) -> npt.NDArray[np.uint8]:
    """The stems in order of their ids as bytes; an array of strings would be as wide as the longest of them."""
    return np.frombuffer(json.dumps(list(stems)).encode("ascii"), dtype=np.uint8)


def _unpack(packed: npt.NDArray[np.uint8]) -> dict[str, int]:
    return {text: number for number, text in enumerate(json.loads(packed.tobytes()))}
