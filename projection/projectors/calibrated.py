"""A projector whose candidates carry probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from projection.confidence import Calibrator, with_probabilities_many
from projection.projectors.base import Projection, Projector
from projection.types import Item


class CalibratedProjector:
    """Does what another projector does, and says how probable each of its candidates is.

    What only some projectors have (`use_lexicon`, ...) is that of the inner one.
    """

    def __init__(self, inner: Projector, calibrator: Calibrator) -> None:
        self.inner = inner
        self.calibrator = calibrator

    def __getattr__(self, name: str) -> Any:
        if name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

    def fit(self, items: Iterator[Item] | Sequence[Item], *, progress: Callable[[float], None]) -> None:
        self.inner.fit(items, progress=progress)

    def save(self, path: Path) -> None:
        self.inner.save(path)

    def load(self, path: Path) -> None:
        self.inner.load(path)

    def project(self, item: Item) -> Projection:
        """The inner projection with probabilities."""
        return self.project_many([item])[0]

    def project_many(self, items: Sequence[Item]) -> list[Projection]:
        """The inner projections with probabilities."""
        return with_probabilities_many(self.inner.project_many(items), self.calibrator)
