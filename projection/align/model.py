"""What the statistical aligner has learned, and link probabilities by it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from projection.align import hmm
from projection.align.base import Posterior, WordPair
from projection.align.corpus import Batch, Cells, Corpus, PairIndex, group_by_length, make_batch, pad, split_pair
from projection.align.forward_backward import state_posteriors
from projection.align.similarity import word_prior
from projection.align.units import SideUnits, Units
from projection.align.words import bare, main_script, spellings, stem

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Range = tuple[int, int]

_LENGTH_BUCKET = 12
"""Of few pairs at once, calls cost more than padding."""
_RARE_COUNT = 10.0
_PARTS = ("table", "empty", "mass", "jumps")
_NOTHING = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class SideModel:
    """Known words and stems of one side.

    Attributes:
        words: ids of words.
        stems: ids of stems.
        stem_of: shape (n_words,): stem of each word.
    """

    words: dict[str, int]
    stems: dict[str, int]
    stem_of: Cells

    def find(self, sentences: Sequence[Sequence[str]], *, letters: int) -> tuple[Cells, Cells, Cells]:
        """Ids of words, of their stems, and of units; shape (n_sentences, longest) each, -1 for unknown and padding.

        The unit of a known word is the word, that of another one its stem, numbered on after the words.
        """
        words = list(chain.from_iterable(sentences))
        word_ids = np.array([self.words.get(bare(word), -1) for word in words], dtype=np.int32)
        known = word_ids >= 0
        stem_ids = np.full(len(words), -1, dtype=np.int32)
        stem_ids[known] = self.stem_of[word_ids[known]]
        for place in np.flatnonzero(~known).tolist():
            stem_ids[place] = self.stems.get(stem(words[place], n_letters=letters), -1)
        unit_ids = np.where(known | (stem_ids < 0), word_ids, len(self.words) + stem_ids).astype(np.int32)
        lengths = np.array([len(sentence) for sentence in sentences])
        return pad(word_ids, lengths), pad(stem_ids, lengths), pad(unit_ids, lengths)


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned.

    Tables have one value for each pair of words, then one for each pair of stems, then one for none. `empty` and
    `mass` of the directions are by unit: words, then stems, then none.

    Attributes:
        stem_letters: words were cut to so many letters.
        prior_weight: pseudo-counts of a pair of identical spellings, for pairs that were not learned.
        src: known words and stems of the source.
        tgt: the same of the target.
        scripts: main script of each side.
        word_pairs: the pairs of words that were seen.
        stem_pairs: their stems.
        likeness: how surely each pair are twins, see `hmm.rival_factor`.
        forward: source generates target.
        reverse: target generates source.
    """

    stem_letters: int
    prior_weight: float
    src: SideModel
    tgt: SideModel
    scripts: tuple[str, str]
    word_pairs: PairIndex
    stem_pairs: PairIndex
    likeness: Floats
    forward: hmm.Direction
    reverse: hmm.Direction

    @classmethod
    def of(
        cls,
        corpus: Corpus,
        units: Units,
        learned: tuple[hmm.Direction, hmm.Direction, Floats],
        *,
        prior_weight: float,
    ) -> Model:
        """The model of what training gave."""
        forward, reverse, likeness = learned
        stem_likeness = hmm.association(forward, reverse, units)
        src, tgt = corpus.src_vocabulary, corpus.tgt_vocabulary
        return cls(
            stem_letters=src.stem_letters,
            prior_weight=prior_weight,
            src=SideModel(src.words, src.stems, units.src.stem_of),
            tgt=SideModel(tgt.words, tgt.stems, units.tgt.stem_of),
            scripts=(main_script(src.words), main_script(tgt.words)),
            word_pairs=units.words,
            stem_pairs=units.stems,
            likeness=np.concatenate([likeness[:-1], stem_likeness]),
            forward=_with_stems(forward, units.src, units.tgt),
            reverse=_with_stems(reverse, units.tgt, units.src),
        )

    def align_many(self, pairs: Sequence[WordPair]) -> list[Posterior]:
        """Link probabilities of sentence pairs, which need not be among those learned from."""
        found = [_nothing(len(src_words), len(tgt_words)) for src_words, tgt_words in pairs]
        pieces = [
            _Piece(number, *ranges)
            for number, (src_words, tgt_words) in enumerate(pairs)
            for ranges in split_pair(len(src_words), len(tgt_words))
        ]
        n_src = np.array([piece.src[1] - piece.src[0] for piece in pieces], dtype=np.int64)
        n_tgt = np.array([piece.tgt[1] - piece.tgt[0] for piece in pieces], dtype=np.int64)
        for numbers in group_by_length(n_src, n_tgt, bucket=_LENGTH_BUCKET):
            group = [pieces[number] for number in numbers]
            forward, reverse = self._align_batch([piece.words(pairs) for piece in group])
            for row, (number, src, tgt) in enumerate(group):
                shape = slice(src[1] - src[0]), slice(tgt[1] - tgt[0])
                found[number].forward[slice(*src), slice(*tgt)] = forward[row][shape]
                found[number].reverse[slice(*src), slice(*tgt)] = reverse[row][shape]
        return found

    def _align_batch(self, pairs: Sequence[WordPair]) -> tuple[Floats, Floats]:
        """Posteriors of both directions; shape (n_batch, n_src, n_tgt)."""
        batch = self._make_batch(pairs)
        tables = (self.forward.table, self.reverse.table, self.likeness)
        forward, reverse, likeness = (table.take(batch.cells) for table in tables)
        if self.prior_weight:
            unknown = (batch.cells >= len(self.word_pairs)) & batch.is_word()
            if unknown.any():
                self._add_unknown(pairs, batch, unknown, (forward, reverse, likeness))
        factor = hmm.rival_factor(likeness)
        forward *= factor
        reverse *= factor
        gamma_forward = state_posteriors(hmm.forward_lattice(batch, self.forward, forward), self.forward.moves())
        gamma_reverse = state_posteriors(hmm.reverse_lattice(batch, self.reverse, reverse), self.reverse.moves())
        return gamma_forward.transpose(1, 2, 0), gamma_reverse.transpose(1, 0, 2)

    def _make_batch(self, pairs: Sequence[WordPair]) -> Batch:
        """Pairs of words that were not seen together count as pairs of their stems."""
        src, src_stems, src_units = self.src.find([words for words, _ in pairs], letters=self.stem_letters)
        tgt, tgt_stems, tgt_units = self.tgt.find([words for _, words in pairs], letters=self.stem_letters)
        lengths = np.array([(len(src_words), len(tgt_words)) for src_words, tgt_words in pairs])
        batch = make_batch(src, tgt, lengths, self.word_pairs)
        row, src_place, tgt_place = np.nonzero((batch.cells == len(self.word_pairs)) & batch.is_word())
        src_stem, tgt_stem = src_stems[row, src_place].astype(np.int64), tgt_stems[row, tgt_place]
        keys = np.where((src_stem < 0) | (tgt_stem < 0), -1, src_stem * self.stem_pairs.n_tgt + tgt_stem)
        batch.cells[batch.cells == len(self.word_pairs)] = len(self.word_pairs) + len(self.stem_pairs)
        batch.cells[row, src_place, tgt_place] = len(self.word_pairs) + self.stem_pairs.find(keys)
        batch.src, batch.tgt = src_units, tgt_units
        return batch.widened()

    def _add_unknown(
        self, pairs: Sequence[WordPair], batch: Batch, unknown: Flags, values: tuple[Floats, Floats, Floats]
    ) -> None:
        """Add what the spelling says of pairs that were not learned to both tables and to the likeness."""
        forward, reverse, likeness = values
        row, src, tgt = np.nonzero(unknown)
        spelled = _compare_words(pairs, (row, src, tgt), self.scripts)
        alike = np.flatnonzero(spelled)
        place = row[alike], src[alike], tgt[alike]
        src_mass = self.forward.mass[batch.src[place[0], place[1]]]
        tgt_mass = self.reverse.mass[batch.tgt[place[0], place[2]]]
        prior = spelled[alike] * np.float32(self.prior_weight)
        forward[place] += prior / (prior + src_mass + 1)
        reverse[place] += prior / (prior + tgt_mass + 1)
        likeness[place] += twins(spelled[alike], np.maximum(src_mass, tgt_mass))

    def to_arrays(self) -> dict[str, Any]:
        """Everything as named arrays."""
        arrays: dict[str, Any] = {
            "stem_letters": np.array(self.stem_letters),
            "prior_weight": np.array(self.prior_weight),
            "scripts": np.array(self.scripts),
            "word_pairs": self.word_pairs.keys,
            "stem_pairs": self.stem_pairs.keys,
            "likeness": self.likeness,
        }
        for name, side in (("src", self.src), ("tgt", self.tgt)):
            arrays[f"{name}_words"], arrays[f"{name}_stems"] = _pack(side.words), _pack(side.stems)
            arrays[f"{name}_stem_of"] = side.stem_of
        for name, direction in (("forward", self.forward), ("reverse", self.reverse)):
            arrays |= {f"{name}_{part}": getattr(direction, part) for part in _PARTS}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Model:
        """What `to_arrays` gave.

        Raises:
            KeyError: an array is missing.
        """
        forward, reverse = (
            hmm.Direction(**{part: arrays[f"{name}_{part}"] for part in _PARTS}, stem_table=_NOTHING)
            for name in ("forward", "reverse")
        )
        src, tgt = (
            SideModel(_unpack(arrays[f"{name}_words"]), _unpack(arrays[f"{name}_stems"]), arrays[f"{name}_stem_of"])
            for name in ("src", "tgt")
        )
        return cls(
            stem_letters=int(arrays["stem_letters"]),
            prior_weight=float(arrays["prior_weight"]),
            src=src,
            tgt=tgt,
            scripts=(str(arrays["scripts"][0]), str(arrays["scripts"][1])),
            word_pairs=PairIndex(arrays["word_pairs"], max(1, len(tgt.words))),
            stem_pairs=PairIndex(arrays["stem_pairs"], max(1, len(tgt.stems))),
            likeness=arrays["likeness"],
            forward=forward,
            reverse=reverse,
        )


def _with_stems(direction: hmm.Direction, generating: SideUnits, generated: SideUnits) -> hmm.Direction:
    """A direction whose tables go on with stems."""
    empty = np.zeros(len(generated.stem_count), dtype=np.float32)
    empty[generated.stem_of] = direction.empty[:-1]
    return hmm.Direction(
        table=np.concatenate([direction.table[:-1], direction.stem_table]),
        stem_table=_NOTHING,
        empty=np.concatenate([direction.empty[:-1], empty, direction.empty[-1:]]),
        mass=np.concatenate([direction.mass[:-1], generating.stem_count, direction.mass[-1:]]),
        jumps=direction.jumps,
    )


class _Piece(NamedTuple):
    """A part of a sentence pair that is aligned on its own: number of the pair, word ranges of both sides."""

    number: int
    src: Range
    tgt: Range

    def words(self, pairs: Sequence[WordPair]) -> WordPair:
        src_words, tgt_words = pairs[self.number]
        return src_words[slice(*self.src)], tgt_words[slice(*self.tgt)]


def twins(spelled: Floats, count: Floats) -> Floats:
    """How surely pairs of words are twins; all arrays of the same shape.

    Only nearly identical spellings say so (the fourth power), and the less the commoner the commoner word of the two
    is: of common words the counts know more, and their likeness may be an accident (English and German "will").
    """
    rarity = np.float32(_RARE_COUNT) / (np.float32(_RARE_COUNT) + count)
    return spelled**4 * rarity


def _compare_words(
    pairs: Sequence[WordPair], cells: tuple[npt.NDArray[np.intp], ...], scripts: tuple[str, str]
) -> Floats:
    """How strongly the spelling speaks for each cell (pair, source word, target word), 0 to 1; shape (n,)."""
    row, src_place, tgt_place = cells
    src_words, tgt_words = (chain.from_iterable(sentences) for sentences in zip(*pairs, strict=True))
    src = spellings(src_words, own_script=scripts[0], other_script=scripts[1])
    tgt = spellings(tgt_words, own_script=scripts[1], other_script=scripts[0])
    src_start = np.array([0, *accumulate(len(words) for words, _ in pairs)])
    tgt_start = np.array([0, *accumulate(len(words) for _, words in pairs)])
    return word_prior(src, tgt, src_start[row] + src_place, tgt_start[row] + tgt_place)


def _nothing(n_src: int, n_tgt: int) -> Posterior:
    shape = (n_src, n_tgt)
    return Posterior(forward=np.zeros(shape, dtype=np.float32), reverse=np.zeros(shape, dtype=np.float32))


def _pack(stems: dict[str, int]) -> npt.NDArray[np.uint8]:
    """The strings in order of their ids as bytes; an array of strings would be as wide as the longest of them."""
    return np.frombuffer(json.dumps(list(stems)).encode("ascii"), dtype=np.uint8)


def _unpack(packed: npt.NDArray[np.uint8]) -> dict[str, int]:
    return {text: number for number, text in enumerate(json.loads(packed.tobytes()))}
