"""What every word aligner does, whatever is inside: counts, embeddings, an outside program or an imported file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from projection.align import symmetrise
from projection.types import Link

Floats = npt.NDArray[np.float32]
WordPair = tuple[Sequence[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Posterior:
    """Link probabilities of one sentence pair.

    Attributes:
        forward: shape (n_src, n_tgt): probability that the target word (column) comes from the source word; the
            columns sum to at most 1, the rest being the probability of no source word.
        reverse: shape (n_src, n_tgt): probability that the source word (row) goes to the target word; rows sum to at
            most 1.
        links: the hard links, where the aligner finds them in a way of its own; None where they are made from the
            two directions.
    """

    forward: Floats
    reverse: Floats
    links: tuple[Link, ...] | None = None

    @property
    def mean(self) -> Floats:
        """Arithmetic mean of the two directions; shape (n_src, n_tgt)."""
        return (self.forward + self.reverse) / np.float32(2)

    @classmethod
    def from_links(cls, links: Iterable[Link], *, n_src: int, n_tgt: int) -> Posterior:
        """Hard links as probabilities: each cell holds the link's own probability, 0 without a link."""
        cells = np.zeros((n_src, n_tgt), dtype=np.float32)
        for link in links:
            cells[link.src, link.tgt] = max(cells[link.src, link.tgt], link.probability)
        return cls(forward=cells, reverse=cells)

    def hard_links(self, method: str = "grow-diag-final-and") -> tuple[Link, ...]:
        """Links by `intersection`, `union` or `grow-diag-final-and` of the best word of each direction.

        A word is linked where its best partner is likelier than no partner. Ordered by source, then target. Links
        that the aligner found in a way of its own are given as they are.
        """
        if self.links is not None:
            return self.links
        forward = zip(*_best_of_columns(self.forward), strict=True)
        reverse = zip(*reversed(_best_of_columns(self.reverse.T)), strict=True)
        pairs = sorted(_SYMMETRISE[method](forward, reverse))
        places = np.array([src * self.forward.shape[1] + tgt for src, tgt in pairs], dtype=np.intp)
        shares = np.round(self.mean.take(places).astype(np.float64), 4)
        return tuple(Link(*pair, share) for pair, share in zip(pairs, shares.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """A known word translation (termbase, confirmed projection) with its weight in pseudo-counts."""

    src_word: str
    tgt_word: str
    count: float = 1.0


class PairSink(Protocol):
    """Takes sentence pairs one by one; an aligner keeps of them what it needs."""

    def add(self, src_words: Sequence[str], tgt_words: Sequence[str]) -> None: ...


class Aligner(Protocol):
    """Finds link probabilities between the words of sentence pairs of one pair of languages.

    Use: fill `new_corpus()` pair by pair, `learn` from it, then `align_many`. `to_arrays`/`from_arrays` carry what was
    learned over a restart.
    """

    def use_lexicon(self, entries: Sequence[LexiconEntry]) -> None: ...

    def new_corpus(self) -> PairSink: ...

    def learn(self, corpus: Any, *, progress: Callable[[float], None]) -> None: ...

    def align_many(self, pairs: Sequence[WordPair]) -> list[Posterior]: ...

    def to_arrays(self) -> dict[str, Any]: ...

    def from_arrays(self, arrays: Mapping[str, Any]) -> None: ...


class Pretrained:
    """For aligners that learn nothing from the sentence pairs."""

    def use_lexicon(self, entries: Sequence[LexiconEntry]) -> None:
        """Cannot be used."""

    def new_corpus(self) -> PairSink:
        """Takes pairs and keeps nothing."""
        return self

    def add(self, src_words: Sequence[str], tgt_words: Sequence[str]) -> None:
        """Nothing to keep."""

    def learn(self, corpus: Any, *, progress: Callable[[float], None]) -> None:
        """Nothing to learn."""
        del corpus
        progress(1.0)

    def to_arrays(self) -> dict[str, Any]:
        """Nothing to store."""
        return {}

    def from_arrays(self, arrays: Mapping[str, Any]) -> None:
        """Nothing to take over."""


SYMMETRISATIONS = ("intersection", "union", "grow-diag-final-and")
_SYMMETRISE = {
    "intersection": symmetrise.intersection,
    "union": symmetrise.union,
    "grow-diag-final-and": symmetrise.grow_diag_final_and,
}


def _best_of_columns(cells: Floats) -> tuple[list[int], list[int]]:
    """Rows and columns of the best cells of the columns in which they are likelier than none."""
    if not cells.size:
        return [], []
    best = cells.argmax(axis=0)
    linked = np.flatnonzero(cells[best, np.arange(cells.shape[1])] > 1.0 - cells.sum(axis=0))
    return best[linked].tolist(), linked.tolist()
