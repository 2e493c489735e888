"""How often the right target span is among the first candidates of a source span.

A source span is projectable where the gold data has a counterpart for it: in items whose source and gold target spans
have the same labels equally often, the n-th source span of a label (in text order) goes with the n-th gold span of that
label; gold spans with a `source_id` go with that source span whatever their order. Where a translation turns the order
of two spans of one label round, order pairs them wrongly, so the figures are a lower bound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from projection.transfer.decoder import span_key
from projection.types import SOURCE, TARGET, Candidate, Item, Span

RANKS = (1, 2, 3, 5)


@dataclass(frozen=True, slots=True)
class AlternativesScore:
    """Recall of candidates.

    Attributes:
        n_spans: source spans.
        n_projectable: source spans with a gold counterpart.
        recall: for each number k of candidates: percent of the projectable source spans whose gold span (same segment
            and intervals) is among the first k candidates.
    """

    n_spans: int
    n_projectable: int
    recall: Mapping[int, float]

    def to_json(self) -> dict[str, Any]:
        """Plain values, percent rounded to 2 decimals."""
        recall = {str(rank): round(value, 2) for rank, value in self.recall.items()}
        return {"n_spans": self.n_spans, "n_projectable": self.n_projectable, "recall": recall}


def measure_alternatives(
    projected: Iterable[tuple[Item, Sequence[Candidate]]], *, ranks: Sequence[int] = RANKS
) -> AlternativesScore:
    """Compare candidates with the gold target spans of items.

    Args:
        projected: items with source spans and gold target spans, and the candidates of each.
        ranks: numbers of candidates to look at.
    """
    n_spans, n_projectable = 0, 0
    hits: Counter[int] = Counter()
    for item, candidates in projected:
        n_spans += len(item.spans_of(SOURCE))
        places = _ranked_places(candidates)
        for key, gold in match_gold(item).items():
            n_projectable += 1
            listed = places.get(key, [])
            hits.update(rank for rank in ranks if _place(gold) in listed[:rank])
    return AlternativesScore(
        n_spans, n_projectable, {rank: 100.0 * hits[rank] / n_projectable if n_projectable else 0.0 for rank in ranks}
    )


def match_gold(item: Item) -> dict[str, Span]:
    """The gold target span of each projectable source span, by the source span's key."""
    sources = {
        span_key(span, n): span for n, span in enumerate(item.spans) if item.segments[span.segment].side == SOURCE
    }
    targets = item.spans_of(TARGET)
    matched = {span.source_id: span for span in targets if span.source_id in sources}
    open_sources = {key: span for key, span in sources.items() if key not in matched}
    open_targets = [span for span in targets if span.source_id not in sources]
    if Counter(span.label for span in open_sources.values()) != Counter(span.label for span in open_targets):
        return matched
    keys = sorted(open_sources, key=lambda key: _order(open_sources[key]))
    return matched | dict(zip(keys, sorted(open_targets, key=_order), strict=True))


def _order(span: Span) -> tuple[str, int, tuple[tuple[int, int], ...]]:
    return span.label, span.segment, tuple(span.intervals)


def _place(span: Span) -> tuple[int, tuple[tuple[int, int], ...]]:
    return span.segment, tuple(span.intervals)


def _ranked_places(candidates: Iterable[Candidate]) -> dict[str, list[tuple[int, tuple[tuple[int, int], ...]]]]:
    places: dict[str, list[tuple[int, tuple[tuple[int, int], ...]]]] = {}
    for candidate in sorted(candidates, key=lambda found: found.rank):
        if candidate.span is not None:
            places.setdefault(candidate.source_id, []).append(_place(candidate.span))
    return places
