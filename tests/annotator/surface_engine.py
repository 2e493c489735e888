"""A small engine for tests whose every result can be worked by hand: it looks for the source surface in the target."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from projection.engines import Engine, Projection, Setting
from projection.errors import EngineError, Problem
from projection.types import Alignment, Candidate, Interval, Item, Link, Span


class SurfaceProjector:
    """Learns only how many items there are. Breaks on item ids that are listed in `broken`."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.score = settings["score"]
        self.broken = set(filter(None, str(settings["broken"]).split(",")))
        self.n_items = 0

    def fit(self, items: Iterable[Item], *, progress: Callable[[float], None]) -> None:
        self.n_items = len(list(items))
        progress(1.0)

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({"n_items": self.n_items}), encoding="utf-8")

    def load(self, path: Path) -> None:
        self.n_items = json.loads(path.read_text(encoding="utf-8"))["n_items"]

    def project(self, item: Item) -> Projection:
        if item.id in self.broken:
            raise EngineError(Problem(code="broken-item", message="This item is broken.", remedy="Mend it."))
        if f"!{item.id}" in self.broken:
            raise ZeroDivisionError
        found = tuple(self._find(item, span) for span in item.spans)
        links = Alignment(links=(Link(0, 0, 0.123456),))
        return Projection(item_id=item.id, alignment=links, candidates=found, alignments=(links,))

    def project_many(self, items: Sequence[Item]) -> list[Projection]:
        return [self.project(item) for item in items]

    def _find(self, item: Item, span: Span) -> Candidate:
        start = item.target.text.find(span.surface(item.source.text))
        if start < 0:
            return Candidate(source_id=span.id, span=None, score=0.0, reason="not-found")
        interval = Interval(start, start + span.end_char - span.start_char)
        target = Span(label=span.label, intervals=(interval,), segment=1, layer=span.layer, source_id=span.id)
        return Candidate(source_id=span.id, span=target, score=self.score, parts={"surface": self.score})


SURFACE_ENGINE = Engine(
    name="surface",
    title="Same surface",
    summary="Finds what is written alike.",
    settings=(
        Setting(name="score", kind="number", default=0.75, help="Score of what is found.", minimum=0, maximum=1),
        Setting(name="broken", kind="text", default="", help="Item ids to fail on."),
    ),
    build=SurfaceProjector,
    seconds_per_1000=2.0,
    versions=lambda: {"surface": "1"},
)
