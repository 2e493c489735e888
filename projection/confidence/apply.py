"""Probabilities for the candidates of projections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby

from projection.confidence.calibrator import Calibrator
from projection.projectors.base import Projection
from projection.types import Candidate


def with_probabilities(projection: Projection, calibrator: Calibrator) -> Projection:
    """The projection with a probability for each candidate that has a span."""
    return with_probabilities_many([projection], calibrator)[0]


def with_probabilities_many(projections: Sequence[Projection], calibrator: Calibrator) -> list[Projection]:
    """The same for many."""
    groups = [by_source(projection.candidates) for projection in projections]
    stated = iter(calibrator.probabilities_of_many([*chain.from_iterable(groups)]))
    return [
        replace(projection, candidates=tuple(_judge(group, stated)))
        for projection, group in zip(projections, groups, strict=True)
    ]


def by_source(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Candidates of each source span, in the order given."""
    return [list(group) for _, group in groupby(candidates, key=lambda candidate: candidate.source_id)]


def _judge(groups: Sequence[Sequence[Candidate]], stated: Iterator[Sequence[float | None]]) -> Iterator[Candidate]:
    for group in groups:
        for candidate, probability in zip(group, next(stated), strict=True):
            yield replace(candidate, probability=probability)
