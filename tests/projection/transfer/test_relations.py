from __future__ import annotations

import pytest

from projection.transfer.relations import ProjectedRelation, Relation, check_relation, transfer_relations
from projection.types import Candidate, Interval, Span


def _span(start: int, end: int, segment: int = 1) -> Span:
    return Span("X", (Interval(start, end),), segment)


SPANS = {"h": _span(0, 4, 0), "t": _span(5, 9, 0), "u": _span(10, 14, 0), "in": _span(6, 8, 0)}
LIKES = Relation("likes", "h", "t")


def _options(**found: list[tuple[int, int, float]]) -> list[Candidate]:
    return [
        Candidate(key, _span(start, end), score, rank=rank)
        for key, places in found.items()
        for rank, (start, end, score) in enumerate(places)
    ]


def _places(result: ProjectedRelation) -> list[tuple[int, int] | None]:
    return [tuple(end.span.intervals[0]) if end and end.span else None for end in (result.head, result.tail)]


def test_the_ends_are_chosen_together() -> None:
    # The best head and the best tail want the same word: 0.9 * 0.5 loses against 0.8 * 0.9.
    found = _options(h=[(0, 3, 0.9), (4, 7, 0.8)], t=[(0, 3, 0.9), (8, 9, 0.5)])
    (result,) = transfer_relations([LIKES], SPANS, found)
    assert _places(result) == [(4, 7), (0, 3)]
    assert result.reason == ""
    assert result.score == pytest.approx((0.8 * 0.9) ** 0.5, abs=1e-4)


def test_ends_that_share_words_in_the_source_may_do_so_in_the_target() -> None:
    found = _options(t=[(0, 5, 0.9)], **{"in": [(1, 3, 0.7)]})
    (result,) = transfer_relations([Relation("has", "t", "in")], SPANS, found)
    assert (_places(result), result.reason) == ([(0, 5), (1, 3)], "")
    (itself,) = transfer_relations([Relation("is", "t", "t")], SPANS, found)
    assert _places(itself) == [(0, 5), (0, 5)]


def test_a_lost_relation_says_why_and_keeps_what_is_left() -> None:
    lost = Candidate("t", None, 0.0, reason="no-link")
    (one,) = transfer_relations([LIKES], SPANS, [*_options(h=[(0, 3, 0.9)]), lost])
    assert (_places(one), one.score, one.reason) == ([(0, 3), None], 0.0, "partner-unprojected")
    (none,) = transfer_relations([LIKES], SPANS, [lost])
    assert (_places(none), none.reason) == ([None, None], "ends-unprojected")
    (same,) = transfer_relations([LIKES], SPANS, _options(h=[(0, 3, 0.9)], t=[(2, 4, 0.9), (0, 2, 0.3)]))
    assert (_places(same), same.reason) == ([(0, 3), (2, 4)], "ends-overlap")


def test_relations_that_share_a_span_agree_on_its_target() -> None:
    found = _options(h=[(0, 3, 0.9), (20, 23, 0.8)], t=[(0, 3, 0.95), (4, 6, 0.2)], u=[(10, 12, 0.6)])
    first, second = transfer_relations([Relation("a", "h", "u"), LIKES], SPANS, found)
    # `likes` is surer (0.8 * 0.95), so its head stays at 20 for the other relation too.
    assert _places(second) == [(20, 23), (0, 3)]
    assert _places(first) == [(20, 23), (10, 12)]


@pytest.mark.parametrize(
    ("heads", "tails", "faults"),
    [
        ([(0, 3)], [(4, 6)], []),
        ([], [(4, 6), (7, 9)], ["missing-head", "duplicate-tail"]),
        ([(3, 3)], [(8, 99)], ["empty-head", "outside-tail"]),
        ([(3, 4)], [(4, 6)], ["empty-head"]),
        ([(0, 5)], [(4, 6)], ["ends-overlap"]),
    ],
)
def test_structure(heads: list[tuple[int, int]], tails: list[tuple[int, int]], faults: list[str]) -> None:
    text = "Ana ve Zoe hoy"
    assert check_relation(text, [_span(*place) for place in heads], [_span(*place) for place in tails]) == faults
