"""What every word aligner does, whatever is inside: counts, embeddings, an outside program or an imported file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

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
    """

    forward: Floats
    reverse: Floats

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

        A word is linked where its best partner is likelier than no partner. Ordered by source, then target.
        """
        forward, reverse = _best_of_columns(self.forward), {(s, t) for t, s in _best_of_columns(self.reverse.T)}
        pairs = _SYMMETRISE[method](forward, reverse)
        mean = self.mean
        return tuple(Link(src, tgt, round(float(mean[src, tgt]), 4)) for src, tgt in sorted(pairs))


class Aligner(Protocol):
    """Finds link probabilities between the words of sentence pairs."""

    def fit(self, pairs: Iterable[WordPair], *, progress: Callable[[float], None]) -> None: ...

    def align(self, src_words: Sequence[str], tgt_words: Sequence[str]) -> Posterior: ...

    def save(self, path: Path) -> None: ...

    def load(self, path: Path) -> None: ...


SYMMETRISATIONS = ("intersection", "union", "grow-diag-final-and")
_SYMMETRISE = {
    "intersection": symmetrise.intersection,
    "union": symmetrise.union,
    "grow-diag-final-and": symmetrise.grow_diag_final_and,
}


def _best_of_columns(cells: Floats) -> set[tuple[int, int]]:
    if not cells.size:
        return set()
    best = cells.argmax(axis=0)
    columns = np.arange(cells.shape[1])
    linked = cells[best, columns] > 1.0 - cells.sum(axis=0)
    return {(int(best[column]), int(column)) for column in columns[linked]}
