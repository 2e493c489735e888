from __future__ import annotations

from projection.bench.alternatives import count_found, count_projectable
from projection.types import Candidate, Interval, Item, Segment, Span


def _span(start: int, label: str = "PER") -> Span:
    return Span(label, (Interval(start, start + 2),), segment=1)


def _candidate(source_id: str, start: int, rank: int) -> Candidate:
    return Candidate(source_id, _span(start), 0.5, rank=rank)


def test_a_span_is_projectable_where_both_sides_have_its_label() -> None:
    segments = (Segment("", "en", "source"), Segment("", "de", "target"))
    spans = tuple(Span(label, (Interval(0, 1),)) for label in ("PER", "PER", "LOC"))
    item = Item("1", segments, spans)
    assert count_projectable(item, [_span(0), _span(3, "LOC"), _span(6, "LOC")]) == 2
    assert count_projectable(item, []) == 0


def test_each_gold_span_counts_for_one_source_span() -> None:
    gold = [_span(0), _span(3)]
    # Both have the first one as their best; a has the second as its second.
    candidates = [_candidate("a", 0, 0), _candidate("a", 3, 1), _candidate("b", 0, 0), _candidate("b", 9, 1)]
    assert count_found(candidates, gold, 1) == 1
    assert count_found(candidates, gold, 2) == 2
    assert count_found([_candidate("a", 0, 0)], [_span(0, "LOC")], 5) == 0
