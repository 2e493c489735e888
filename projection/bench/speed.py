"""Table of speed: CPU seconds for 1,000 pairs, in this run on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeVar

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.engine import learn, project_items
from projection.bench.sets.pairs import SPAN_SETS, PairSource

_SETS = ("uner", "europarl", "xsid")
Result = TypeVar("Result")


def _list_cases(bench: Workbench) -> Iterator[Case]:
    """The first language of the first part of each of some sets."""
    for name in _SETS:
        wanted = [each for each in SPAN_SETS[name](bench.options.folder) if bench.options.wants(each.lang)]
        for source in wanted[:1]:
            key = RowKey("speed", source.lang, source.part, name)
            yield Case(key, source.files, partial(_measure, bench, source))


def _measure(bench: Workbench, source: PairSource) -> Outcome:
    items = source.read().items
    bare = [replace(item, spans=()) for item in items]
    learning, (projector, _) = _timed(lambda: learn(bench.options, items, ()))
    project_items(projector, items[:1])
    aligning, _ = _timed(lambda: project_items(projector, bare))
    whole, _ = _timed(lambda: project_items(projector, items))
    n_spans = sum(len(item.spans) for item in items)
    figures = {
        "learn": 1000.0 * learning / len(items),
        "align": 1000.0 * aligning / len(items),
        "transfer": 1000.0 * max(0.0, whole - aligning) / len(items),
        "all": 1000.0 * (learning + whole) / len(items),
        "n_pairs": len(items),
        "n_spans": n_spans,
    }
    return Outcome(
        figures, "CPU seconds of this process for 1,000 pairs; align includes making the links that are shown"
    )


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


SPEED = Table(
    "speed",
    "CPU seconds for 1,000 pairs in this run",
    ("all", "learn", "align", "transfer", "n_pairs", "n_spans"),
    _list_cases,
)
