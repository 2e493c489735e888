"""The segment pairs of an item: what is aligned, and where a source span's candidates are looked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from projection.projectors.base import Projection
from projection.text import tokenize
from projection.transfer.decoder import SpanPair, span_key, unprojected
from projection.types import SOURCE, TARGET, Alignment, Candidate, Item, Link, Segment, Side, Span


class PairView(NamedTuple):
    """A source and a target segment of an item that translate each other, tokenised, with their indices."""

    src_index: int
    tgt_index: int
    source: Segment
    target: Segment

    @property
    def langs(self) -> tuple[str, str]:
        return self.source.lang, self.target.lang

    @property
    def span_pair(self) -> SpanPair:
        return SpanPair(self.source, self.target, self.tgt_index)


PairTransfer = Callable[[PairView, Mapping[str, Span]], tuple[Sequence[Candidate], tuple[Link, ...] | None]]
"""Candidates for the source spans of a segment pair, and its links where there are any."""


def pair_segments(item: Item) -> list[PairView]:
    """Segments of an item that translate each other: the n-th source of a role with the n-th target of that role.

    Where no role fits, the n-th source goes with the n-th target. Where a role has more sources than targets and the
    sources are in several languages, the n-th source of each language goes with the n-th target.
    """
    sources, targets = _indices_by_role(item, SOURCE), _indices_by_role(item, TARGET)
    if sources.keys().isdisjoint(targets):
        sources, targets = {"": _flatten(sources)}, {"": _flatten(targets)}
    return [
        PairView(src, tgt, _tokenised(item.segments[src]), _tokenised(item.segments[tgt]))
        for role in sources
        for src, tgt in _pair_indices(item, sources[role], targets.get(role, []))
    ]


def _pair_indices(item: Item, sources: Sequence[int], targets: Sequence[int]) -> list[tuple[int, int]]:
    languages: dict[str, list[int]] = {}
    for index in sources:
        languages.setdefault(item.segments[index].lang, []).append(index)
    groups = languages.values() if len(sources) > len(targets) else [list(sources)]
    return sorted(pair for group in groups for pair in zip(group, targets, strict=False))


def _indices_by_role(item: Item, side: Side) -> dict[str, list[int]]:
    indices: dict[str, list[int]] = {}
    for index, segment in enumerate(item.segments):
        if segment.side == side:
            indices.setdefault(segment.role, []).append(index)
    return indices


def _flatten(indices: Mapping[str, list[int]]) -> list[int]:
    return sorted(index for group in indices.values() for index in group)


def _tokenised(segment: Segment) -> Segment:
    if segment.tokens:
        return segment
    return replace(segment, tokens=tokenize(segment.text, lang=segment.lang))


def source_spans(item: Item, segment: int | None = None) -> dict[str, Span]:
    """Source spans of an item (of one segment) by key, in stored order."""
    return {
        span_key(span, number): span
        for number, span in enumerate(item.spans)
        if item.segments[span.segment].side == SOURCE and segment in (None, span.segment)
    }


def project_pairs(item: Item, views: Sequence[PairView], transfer: PairTransfer) -> Projection:
    """Run a transfer over all segment pairs; source spans of segments without a target come back as unprojected."""
    found: dict[str, list[Candidate]] = {}
    alignments = []
    for view in views:
        candidates, links = transfer(view, source_spans(item, view.src_index))
        for candidate in candidates:
            found.setdefault(candidate.source_id, []).append(candidate)
        if links is not None:
            alignments.append(Alignment(links, view.src_index, view.tgt_index))
    ordered = [
        candidate
        for key in source_spans(item)
        for candidate in found.get(key) or [unprojected(key, "no-target-segment")]
    ]
    return Projection(item.id, alignments[0] if alignments else None, tuple(ordered), tuple(alignments))
