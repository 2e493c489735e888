from __future__ import annotations

import pytest

from projection.transfer.multisource import Merged, merge_sources
from projection.types import Candidate, Interval, Span

WEIGHTS = {0: 1.0, 1: 1.0, 2: 1.0}


def _spans(**given: tuple[int, str]) -> dict[str, Span]:
    return {key: Span(label, (Interval(0, 3),), segment) for key, (segment, label) in given.items()}


def _found(spans: dict[str, Span], **given: list[tuple[int, int, float]]) -> list[Candidate]:
    return [
        Candidate(key, Span(spans[key].label, (Interval(start, end),), 3, source_id=key), score, {"aligned": 1.0}, rank)
        for key, places in given.items()
        for rank, (start, end, score) in enumerate(places)
    ]


def _places(merged: Merged) -> list[tuple[str, int, int, float]]:
    return [
        (c.span.label, *c.span.intervals[0], c.score) for group in merged.groups for c in group.candidates if c.span
    ]


def test_places_are_scored_by_all_languages() -> None:
    spans = _spans(en=(0, "PER"), de=(1, "PER"), sv=(2, "PER"))
    found = _found(spans, en=[(0, 5, 0.9), (0, 9, 0.6)], de=[(0, 9, 0.8)], sv=[(0, 9, 0.5), (2, 9, 0.3)])
    merged = merge_sources(spans, found, weights=WEIGHTS)
    # (0.6 + 0.8 + 0.5) / 3, 0.9 / 3 and 0.3 / 3.
    assert _places(merged) == [("PER", 0, 9, 0.6333), ("PER", 0, 5, 0.3), ("PER", 2, 9, 0.1)]
    (group,) = merged.groups
    assert group.source_ids == ("en", "de", "sv")
    assert [c.rank for c in group.candidates] == [0, 1, 2]
    assert {c.source_id for c in group.candidates} == {"en"}
    assert group.candidates[0].parts == {"aligned": 1.0, "support": 1.0}
    assert merged.left_out == {}


def test_weights_decide_what_has_support() -> None:
    spans = _spans(en=(0, "PER"), de=(1, "PER"))
    found = _found(spans, en=[(0, 5, 0.9)], de=[(20, 25, 0.9)])
    assert merge_sources(spans, found, weights=WEIGHTS).groups == ()
    merged = merge_sources(spans, found, weights={0: 2.0, 1: 1.0, 2: 1.0})
    assert _places(merged) == [("PER", 0, 5, 0.45)]
    assert merged.left_out == {"de": "no-support"}


def test_other_labels_and_spans_of_one_language_stay_apart() -> None:
    spans = _spans(a=(0, "PER"), b=(0, "PER"), c=(1, "ORG"), d=(1, "PER"))
    found = _found(spans, a=[(0, 5, 0.9)], b=[(2, 7, 0.8)], c=[(0, 5, 0.95)], d=[(0, 5, 0.9)])
    merged = merge_sources(spans, found, weights={0: 1.0, 1: 1.0}, min_support=0.0)
    assert [group.source_ids for group in merged.groups] == [("a", "d")]
    assert merged.left_out == {"b": "conflict", "c": "conflict"}


def test_reasons_are_passed_on() -> None:
    spans = _spans(en=(0, "PER"), de=(1, "PER"))
    found = [*_found(spans, en=[(0, 5, 0.9)]), Candidate("de", None, 0.0, reason="no-link")]
    merged = merge_sources(spans, found, weights={0: 1.0, 1: 1.0})
    assert merged.left_out == {"de": "no-link"}
    assert merged.groups[0].candidates[0].score == pytest.approx(0.45)
