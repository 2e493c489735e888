"""A sentence pair, one span in it and the target ranges that the span may take, as the features see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from projection.align.words import is_sign, main_script, spelling
from projection.transfer.letters import compare_words

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SPELLING_WORDS = 8
"""Longer spans are not compared by their letters, nor looked up in other sentences."""

_SHORT_LETTERS = 3
_MIN_MASS_PER_WORD = 0.5
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
    """

    mass: Floats
    alike: Floats
    src: Floats
    tgt: Floats
    src_words: list[str]
    tgt_words: list[str]

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
        src = [spelling(word, own_script=src_script, other_script=tgt_script) for word in src_words]
        tgt = [spelling(word, own_script=tgt_script, other_script=src_script) for word in tgt_words]
        short = [range(len(src))] if spans is None else [span for span in spans if len(span) <= SPELLING_WORDS]
        compared = sorted({token for span in short for token in span}) if tgt else []
        alike = np.zeros(mass.shape)
        if compared:
            alike[compared] = compare_words([src[token] for token in compared], tgt)
        return cls(mass.astype(np.float64), alike, _traits(src_words), _traits(tgt_words), src, tgt)


def _traits(words: Sequence[str]) -> Floats:
    traits = np.array([_traits_of(word) for word in words], dtype=np.float64).reshape(-1, len(Trait)).T
    traits[Trait.CAPITAL, :1] = 0.0
    return traits


@lru_cache(maxsize=100_000)
def _traits_of(word: str) -> tuple[bool, bool, bool, bool, bool, int]:
    sign, small = is_sign(word), word[:1] != word[:1].upper()
    short = small and not sign and len(word) <= _SHORT_LETTERS
    bracket = int(word in _OPENING) - int(word in _CLOSING) if len(word) == 1 else 0
    return sign, word[:1] != word[:1].lower(), small, short, any(char.isdigit() for char in word), bracket


@dataclass(frozen=True, slots=True)
class SpanView:
    """One source span in its sentence pair, with the target ranges that it may take.

    Attributes:
        pair: the sentence pair.
        tokens: the source tokens of the span, at least one.
        start: shape (n_ranges,): first target token of each range.
        end: shape (n_ranges,): last target token + 1.
        inside: shape (n_tgt,): probability that the target word is linked to the span.
        outside: shape (n_tgt,): that it is linked to other words.
        unlinked: shape (n_tgt,): that it is linked to nothing.
    """

    pair: PairView
    tokens: list[int]
    start: Ints
    end: Ints
    inside: Floats
    outside: Floats
    unlinked: Floats

    @classmethod
    def make(cls, pair: PairView, tokens: Sequence[int], start: Ints, end: Ints) -> SpanView:
        inside, outside, unlinked = split_mass(pair, tokens)
        return cls(pair, list(tokens), start, end, inside, outside, unlinked)

    @property
    def whole(self) -> float:
        """Link probability of the span in the sentence, at least half a word's for each of its words."""
        return max(float(self.inside.sum()), _MIN_MASS_PER_WORD * len(self.tokens))


def split_mass(pair: PairView, tokens: Sequence[int]) -> tuple[Floats, Floats, Floats]:
    """For each target word: probability of a link to the span, of one to other words, and of none."""
    span = pair.mass[list(tokens)].sum(axis=0)
    inside = np.minimum(span, 1.0)
    outside = np.minimum(np.maximum(pair.mass.sum(axis=0) - span, 0.0), 1.0)
    return inside, outside, np.maximum(1.0 - inside - outside, 0.0)
