"""What the statistical aligner has learned, and link probabilities by it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from projection.align import hmm
from projection.align.base import Posterior, WordPair
from projection.align.corpus import Batch, Cells, PairIndex, group_by_length, make_batch, split_pair
from projection.align.forward_backward import posteriors
from projection.align.similarity import word_prior
from projection.align.words import spelling, stem

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Range = tuple[int, int]

_RARE_COUNT = 10.0


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned.

    Attributes:
        stem_letters: words were cut to so many letters.
        prior_weight: pseudo-counts of a pair of identical spellings, for pairs that were not learned.
        src_stems: ids of the source stems.
        tgt_stems: ids of the target stems.
        scripts: main script of each side.
        index: the pairs of stems.
        likeness: shape (n_pairs + 1,): how surely each pair are twins, see `hmm.rival_factor`.
        forward: source generates target.
        reverse: target generates source.
    """

    stem_letters: int
    prior_weight: float
    src_stems: dict[str, int]
    tgt_stems: dict[str, int]
    scripts: tuple[str, str]
    index: PairIndex
    likeness: Floats
    forward: hmm.Direction
    reverse: hmm.Direction

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
        for numbers in group_by_length(n_src, n_tgt):
            group = [pieces[number] for number in numbers]
            forward, reverse = self._align_batch([piece.words(pairs) for piece in group])
            for row, (number, src, tgt) in enumerate(group):
                shape = slice(src[1] - src[0]), slice(tgt[1] - tgt[0])
                found[number].forward[slice(*src), slice(*tgt)] = forward[row][shape]
                found[number].reverse[slice(*src), slice(*tgt)] = reverse[row][shape]
        return found

    def _align_batch(self, pairs: Sequence[WordPair]) -> tuple[Floats, Floats]:
        """Posteriors of both directions; shape (n_batch, n_src, n_tgt)."""
        batch = make_batch(
            [_find(self.src_stems, src_words, letters=self.stem_letters) for src_words, _ in pairs],
            [_find(self.tgt_stems, tgt_words, letters=self.stem_letters) for _, tgt_words in pairs],
            self.index,
        )
        forward, reverse = self.forward.table[batch.cells], self.reverse.table[batch.cells]
        likeness = self.likeness[batch.cells]
        if self.prior_weight:
            unknown = (batch.cells == len(self.index)) & batch.is_word()
            if unknown.any():
                self._add_unknown(pairs, batch, unknown, (forward, reverse, likeness))
        factor = hmm.rival_factor(likeness)
        forward *= factor
        reverse *= factor
        gamma_forward, _ = posteriors(hmm.forward_lattice(batch, self.forward, forward), self.forward.moves())
        gamma_reverse, _ = posteriors(hmm.reverse_lattice(batch, self.reverse, reverse), self.reverse.moves())
        return gamma_forward.transpose(1, 2, 0), gamma_reverse.transpose(1, 0, 2)

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
            "src_stems": _pack(self.src_stems),
            "tgt_stems": _pack(self.tgt_stems),
            "scripts": np.array(self.scripts),
            "keys": self.index.keys,
            "likeness": self.likeness,
            "n_tgt": np.array(self.index.n_tgt),
        }
        for name, direction in (("forward", self.forward), ("reverse", self.reverse)):
            arrays |= {f"{name}_{part}": value for part, value in asdict(direction).items()}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Model:
        """What `to_arrays` gave.

        Raises:
            KeyError: an array is missing.
        """
        forward, reverse = (
            hmm.Direction(*(arrays[f"{name}_{part}"] for part in ("table", "empty", "mass", "jumps")))
            for name in ("forward", "reverse")
        )
        return cls(
            stem_letters=int(arrays["stem_letters"]),
            prior_weight=float(arrays["prior_weight"]),
            src_stems=_unpack(arrays["src_stems"]),
            tgt_stems=_unpack(arrays["tgt_stems"]),
            scripts=(str(arrays["scripts"][0]), str(arrays["scripts"][1])),
            index=PairIndex(keys=arrays["keys"], n_tgt=int(arrays["n_tgt"])),
            likeness=arrays["likeness"],
            forward=forward,
            reverse=reverse,
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
    src = [spelling(word, own_script=scripts[0], other_script=scripts[1]) for words, _ in pairs for word in words]
    tgt = [spelling(word, own_script=scripts[1], other_script=scripts[0]) for _, words in pairs for word in words]
    src_start = np.array([0, *accumulate(len(words) for words, _ in pairs)])
    tgt_start = np.array([0, *accumulate(len(words) for _, words in pairs)])
    return word_prior(src, tgt, src_start[row] + src_place, tgt_start[row] + tgt_place)


def _nothing(n_src: int, n_tgt: int) -> Posterior:
    shape = (n_src, n_tgt)
    return Posterior(forward=np.zeros(shape, dtype=np.float32), reverse=np.zeros(shape, dtype=np.float32))


def _find(stems: dict[str, int], words: Sequence[str], *, letters: int) -> Cells:
    """Stem ids, -1 where unknown; shape (n_words,)."""
    return np.array([stems.get(stem(word, n_letters=letters), -1) for word in words], dtype=np.int32)


def _pack(stems: dict[str, int]) -> npt.NDArray[np.uint8]:
    """The stems in order of their ids as bytes; an array of strings would be as wide as the longest of them."""
    return np.frombuffer(json.dumps(list(stems)).encode("ascii"), dtype=np.uint8)


def _unpack(packed: npt.NDArray[np.uint8]) -> dict[str, int]:
    return {text: number for number, text in enumerate(json.loads(packed.tobytes()))}
