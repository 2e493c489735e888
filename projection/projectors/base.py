"""What every projector does, whatever is inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from projection.errors import EngineError, Problem
from projection.types import Alignment, Candidate, Item


@dataclass(frozen=True, slots=True)
class Projection:
    """What an engine found for one item.

    Attributes:
        item_id: the item.
        alignment: links of the first segment pair, or None where the engine makes none.
        candidates: for each source span in stored order one candidate or more.
        alignments: links of all segment pairs; token positions refer to the segment's tokens, or to those of
            `projection.text.tokenize` where it has none.
    """

    item_id: str
    alignment: Alignment | None
    candidates: tuple[Candidate, ...]
    alignments: tuple[Alignment, ...] = ()


class Projector(Protocol):
    """An engine that was built with settings.

    `fit` learns from all items of a run (labels are never looked at) and may take long; `save`/`load` carry what was
    learned over a restart; `project` handles one item and is independent of the others; `project_many` gives the same
    for several, faster where the engine works in batches.
    """

    def fit(self, items: Iterator[Item] | Sequence[Item], *, progress: Callable[[float], None]) -> None: ...

    def save(self, path: Path) -> None: ...

    def load(self, path: Path) -> None: ...

    def project(self, item: Item) -> Projection: ...

    def project_many(self, items: Sequence[Item]) -> list[Projection]: ...


class OneByOne:
    """For projectors that gain nothing from batches."""

    def project(self, item: Item) -> Projection:
        raise NotImplementedError

    def project_many(self, items: Sequence[Item]) -> list[Projection]:
        """The same as `project` for each item."""
        return [self.project(item) for item in items]


class Stateless:
    """For projectors with nothing to learn and nothing to keep; a saved state is an empty file."""

    def fit(self, items: Iterator[Item] | Sequence[Item], *, progress: Callable[[float], None]) -> None:
        """Nothing to learn: the items are not even read."""
        del items
        progress(1.0)

    def save(self, path: Path) -> None:
        path.write_bytes(b"")

    def load(self, path: Path) -> None:
        """Raises `EngineError` when the file is missing."""
        if not path.exists():
            raise EngineError(
                Problem("bad-model", f"{path.name} does not exist.", "Check the path, or learn and save again.")
            )
