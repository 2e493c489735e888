from __future__ import annotations

from projection.transfer.assign import Choice, Claim, assign_ranges


def _claims(*tokens: set[int], layer: str = "spans") -> dict[int, Claim]:
    return {number: Claim(layer, frozenset(ids)) for number, ids in enumerate(tokens)}


def test_the_surest_span_goes_first_and_the_other_takes_its_next_best() -> None:
    choices = {0: [Choice(0.8, 0, 2), Choice(0.4, 3, 4)], 1: [Choice(0.9, 1, 3)]}
    assert assign_ranges(choices, _claims({0}, {1})) == {1: Choice(0.9, 1, 3), 0: Choice(0.4, 3, 4)}


def test_touching_ranges_do_not_collide() -> None:
    choices = {0: [Choice(0.8, 0, 2)], 1: [Choice(0.9, 2, 3)]}
    assert set(assign_ranges(choices, _claims({0}, {1}))) == {0, 1}


def test_a_span_without_a_free_range_gets_none() -> None:
    choices = {0: [Choice(0.9, 0, 2)], 1: [Choice(0.8, 1, 3)], 2: []}
    assert set(assign_ranges(choices, _claims({0}, {1}, {2}))) == {0}


def test_nested_spans_and_other_layers_may_overlap() -> None:
    choices = {0: [Choice(0.9, 0, 3)], 1: [Choice(0.8, 1, 2)]}
    assert set(assign_ranges(choices, _claims({0, 1}, {1}))) == {0, 1}
    claims = {0: Claim("names", frozenset({0})), 1: Claim("roles", frozenset({1}))}
    assert set(assign_ranges(choices, claims)) == {0, 1}


def test_ties_go_to_the_earlier_span_and_the_earlier_shorter_range() -> None:
    choices = {1: [Choice(0.5, 0, 1)], 0: [Choice(0.5, 1, 2), Choice(0.5, 0, 2), Choice(0.5, 0, 1)]}
    assert assign_ranges(choices, _claims({0}, {1})) == {0: Choice(0.5, 0, 1)}
