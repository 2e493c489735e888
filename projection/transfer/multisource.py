"""Spans projected from several source languages onto one target, brought together.

Each source language has labels of its own: spans of the same label whose targets overlap are taken for one thing. Its
target ranges are scored by all languages that know it; a thing that few languages know is left out, so that slips and
disagreement of one annotation do not reach the target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from projection.types import Candidate, Interval, Span

Place = tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """What one thing in the target is called by several source languages.

    Attributes:
        source_ids: the source spans, the surest first.
        candidates: target spans by fused score; `source_id` is the surest source span. Part `support` is the weighted
            share of the languages that have a span for it.
    """

    source_ids: tuple[str, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """Groups in text order, and for each source span in none of them the reason."""

    groups: tuple[SourceGroup, ...]
    left_out: Mapping[str, str]


def merge_sources(
    spans: Mapping[str, Span],
    candidates: Sequence[Candidate],
    *,
    weights: Mapping[int, float],
    min_support: float = 0.5,
    n_alternatives: int = 5,
) -> Merged:
    """Bring the candidates of several source segments together.

    Args:
        spans: source spans by key; `Span.segment` tells the languages apart.
        candidates: of one target segment, for all these spans.
        weights: what each source segment counts; every source segment that could have had spans is in it.
        min_support: least weighted share of the source segments that know a thing.
        n_alternatives: candidates kept for each group.

    Returns:
        Groups that do not overlap within a layer, and the source spans left out: `no-support` (too few languages know
        the thing), `conflict` (a surer group holds the words), or the reason that the span had no target.
    """
    options: dict[str, list[Candidate]] = {}
    left_out: dict[str, str] = {}
    for candidate in candidates:
        if candidate.span is None:
            left_out[candidate.source_id] = candidate.reason
        else:
            options.setdefault(candidate.source_id, []).append(candidate)
    total = sum(weights.values())
    groups: list[SourceGroup] = []
    for keys in _group_keys(spans, options):
        support = sum(weights[segment] for segment in {spans[key].segment for key in keys}) / total
        if support < min_support:
            left_out |= dict.fromkeys(keys, "no-support")
        else:
            groups.append(_merge(keys, spans, options, weights, support, n_alternatives))
    kept = _without_overlaps(groups)
    for group in groups:
        if group not in kept:
            left_out |= dict.fromkeys(group.source_ids, "conflict")
    return Merged(tuple(sorted(kept, key=lambda group: _place(group.candidates[0]))), left_out)


def _group_keys(spans: Mapping[str, Span], options: Mapping[str, Sequence[Candidate]]) -> list[list[str]]:
    """Source spans of one label and layer whose best targets overlap, one of each segment; the surest start groups."""
    groups: list[list[str]] = []
    for key in sorted(options, key=lambda key: (-options[key][0].score, key)):
        for group in groups:
            if all(_fit(spans[key], spans[other], options[key][0], options[other][0]) for other in group):
                group.append(key)
                break
        else:
            groups.append([key])
    return groups


def _fit(one: Span, other: Span, first: Candidate, second: Candidate) -> bool:
    is_same_kind = (one.label, one.layer) == (other.label, other.layer) and one.segment != other.segment
    return is_same_kind and _overlap(_place(first), _place(second))


def _place(candidate: Candidate) -> Place:
    return candidate.span.intervals if candidate.span else ()


def _overlap(one: Place, other: Place) -> bool:
    return any(a < d and c < b for a, b in one for c, d in other)


def _merge(
    keys: Sequence[str],
    spans: Mapping[str, Span],
    options: Mapping[str, Sequence[Candidate]],
    weights: Mapping[int, float],
    support: float,
    n_alternatives: int,
) -> SourceGroup:
    """Candidates of a group: each place scores the weighted mean over the languages, 0 for those that lack it."""
    total = sum(weights.values())
    scores: dict[Place, float] = {}
    first: dict[Place, Candidate] = {}
    for key in keys:
        for candidate in options[key]:
            place = _place(candidate)
            scores[place] = scores.get(place, 0.0) + weights[spans[key].segment] * candidate.score / total
            first.setdefault(place, candidate)
    ranked = sorted(scores, key=lambda place: (-scores[place], place))[:n_alternatives]
    return SourceGroup(
        tuple(keys),
        tuple(
            replace(
                first[place],
                source_id=keys[0],
                score=round(scores[place], 4),
                parts={**first[place].parts, "support": round(support, 4)},
                rank=rank,
            )
            for rank, place in enumerate(ranked)
        ),
    )


def _without_overlaps(groups: Sequence[SourceGroup]) -> list[SourceGroup]:
    """The groups that are left when the surest take their place first."""
    kept: list[SourceGroup] = []
    for group in sorted(groups, key=lambda group: (-group.candidates[0].score, group.source_ids)):
        best = group.candidates[0]
        if not any(_collide(best, other.candidates[0]) for other in kept):
            kept.append(group)
    return kept


def _collide(one: Candidate, other: Candidate) -> bool:
    if one.span is None or other.span is None:
        return False
    return one.span.layer == other.span.layer and _overlap(one.span.intervals, other.span.intervals)
