"""A sentence pair, and one span in it with the target ranges that it may take, as the features see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from projection.align.words import has_digit, is_sign, main_script, spellings
from projection.transfer.letters import compare_words
from projection.transfer.memory import Sightings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SPELLING_WORDS = 8
"""Longer spans are not compared by their letters, nor looked up in other sentences."""

_SHORT_LETTERS = 3
_OPENING, _CLOSING = "([{«„“‘‹", ")]}»”’›"


class Trait(IntEnum):
    """Rows of `PairView.src` and `PairView.tgt`: what a word looks like, 1 or 0."""

    SIGN = 0
    """No letter and no digit."""
    CAPITAL = 1
    """Begins with a capital letter, and not the sentence."""
    SMALL = 2
    """Begins with a small letter of a script that has capitals."""
    SHORT = 3
    """A small word of at most three letters."""
    NUMBER = 4
    """Has a digit."""
    BRACKET = 5
    """1 for an opening bracket or quote, -1 for a closing one."""


@dataclass(frozen=True, slots=True)
class PairView:
    """One sentence pair as the features see it.

    Attributes:
        mass: shape (n_src, n_tgt): mean link probability of both directions.
        alike: shape (n_src, n_tgt): likeness of the letters, 0 to 1, for the source words of short spans.
        src: shape (len(Trait), n_src).
        tgt: shape (len(Trait), n_tgt).
        src_words: source words as they are compared with target words.
        tgt_words: target words as they are compared with source words.
        linked: shape (n_tgt,): link probability of each target word with all source words together.
    """

    mass: Floats
    alike: Floats
    src: Floats
    tgt: Floats
    src_words: list[str]
    tgt_words: list[str]
    linked: Floats

    @classmethod
    def make(
        cls,
        src_words: Sequence[str],
        tgt_words: Sequence[str],
        mass: npt.NDArray[np.float32],
        spans: Iterable[Sequence[int]] | None = None,
    ) -> PairView:
        """The view of a pair whose spans cover these source tokens (None: any)."""
        src_script, tgt_script = main_script(src_words), main_script(tgt_words)
        src = spellings(src_words, own_script=src_script, other_script=tgt_script)
        tgt = spellings(tgt_words, own_script=tgt_script, other_script=src_script)
        short = [range(len(src))] if spans is None else [span for span in spans if len(span) <= SPELLING_WORDS]
        compared = sorted({token for span in short for token in span}) if tgt else []
        alike = np.zeros(mass.shape)
        if compared:
            alike[compared] = compare_words([src[token] for token in compared], tgt)
        cells = mass.astype(np.float64)
        return cls(cells, alike, _traits(src_words), _traits(tgt_words), src, tgt, cells.sum(axis=0))

    def gain(self, tokens: list[int]) -> Floats:
        """For each target word: probability of a link to these source words less that of one to others."""
        span = self.mass[tokens].sum(axis=0)
        outside: Floats = np.minimum(np.maximum(self.linked - span, 0.0), 1.0)
        inside: Floats = np.minimum(span, 1.0)
        return inside - outside

    def with_mass(self, mass: npt.NDArray[np.float32]) -> PairView:
        """The same pair with other link probabilities."""
        cells = mass.astype(np.float64)
        return replace(self, mass=cells, linked=cells.sum(axis=0))


def _traits(words: Sequence[str]) -> Floats:
    table = np.frombuffer(b"".join(map(_traits_of, words)), dtype=np.int8)
    traits = table.reshape(-1, len(Trait)).T.astype(np.float64)
    traits[Trait.CAPITAL, :1] = 0.0
    return traits


@lru_cache(maxsize=100_000)
def _traits_of(word: str) -> bytes:
    """The traits of a word, one signed byte each."""
    sign, first = is_sign(word), word[:1]
    capital, small = first != first.lower(), first != first.upper()
    short = small and not sign and len(word) <= _SHORT_LETTERS
    bracket = int(word in _OPENING) - int(word in _CLOSING) if len(word) == 1 else 0
    return bytes((sign, capital, small, short, has_digit(word), bracket % 256))


class SpanView(NamedTuple):
    """One source span in its sentence pair, with the target ranges that it may take.

    Attributes:
        pair: the sentence pair.
        tokens: the source tokens of the span, at least one, ascending.
        start: shape (n_ranges,): first target token of each range.
        end: shape (n_ranges,): last target token + 1.
        sightings: what other sentence pairs say, where that is known.
    """

    pair: PairView
    tokens: list[int]
    start: Ints
    end: Ints
    sightings: Sightings | None = None
