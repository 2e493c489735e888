"""What a projection did, counted: for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from projection.errors import Problem
from projection.projectors import Projection
from projection.types import Item


def with_candidates(item: Item, projection: Projection) -> Item:
    """The item with all candidates and links."""
    alignments = projection.alignments or item.alignments
    return replace(item, candidates=projection.candidates, alignments=alignments)


def with_best_spans(item: Item, projection: Projection) -> Item:
    """The item with the best candidate of each source span as a target span."""
    best = [
        replace(candidate.span, id=f"t{number}", meta={"score": candidate.score})
        for number, candidate in enumerate(projection.candidates, start=1)
        if candidate.rank == 0 and candidate.span is not None
    ]
    return replace(item, spans=(*item.spans, *sorted(best, key=lambda span: span.intervals)))


def count_projections(projections: Iterable[Projection]) -> dict[str, Any]:
    """Counts of source spans, of those with a target, and of the reasons of the others."""
    first = [candidate for found in projections for candidate in found.candidates if candidate.rank == 0]
    reasons = Counter(candidate.reason for candidate in first if candidate.is_unprojected)
    n_unprojected = sum(reasons.values())
    return {
        "n_spans": len(first),
        "n_projected": len(first) - n_unprojected,
        "n_unprojected": n_unprojected,
        "reasons": dict(sorted(reasons.items())),
    }


def describe(counts: Mapping[str, Any]) -> list[str]:
    """The counts as lines for people."""
    reasons = ", ".join(f"{name} {n_spans}" for name, n_spans in counts["reasons"].items())
    lines = [f"{counts['n_items']} sentence pairs, {counts['n_spans']} source spans"]
    lines.append(f"{counts['n_projected']} projected, {counts['n_unprojected']} unprojected")
    if reasons:
        lines[-1] += f" ({reasons})"
    lines += [f"wrote {path}" for path in counts["outputs"]]
    return lines


def outputs(paths: Sequence[Path | None]) -> list[str]:
    return [str(path) for path in paths if path is not None]


def problem_records(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [asdict(problem) for problem in problems]
