from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection.transfer import assign
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
    choices = {1: [Choice(0.5, 0, 1)], 0: [Choice(0.5, 0, 2), Choice(0.5, 0, 1)]}
    assert assign_ranges(choices, _claims({0}, {1})) == {0: Choice(0.5, 0, 1)}


def test_a_span_makes_way_where_the_sum_gains() -> None:
    choices = {0: [Choice(0.5, 0, 1), Choice(0.45, 2, 3)], 1: [Choice(0.4, 0, 1)]}
    assert assign_ranges(choices, _claims({0}, {1})) == {0: Choice(0.45, 2, 3), 1: Choice(0.4, 0, 1)}


claims = st.builds(
    Claim, st.sampled_from(["one", "two"]), st.sets(st.integers(0, 4), min_size=1, max_size=2).map(frozenset)
)
ranges = st.builds(
    lambda score, start, length: Choice(score / 8, start, start + length),
    st.integers(1, 8),
    st.integers(0, 5),
    st.integers(1, 3),
)


@given(st.lists(st.tuples(claims, st.lists(ranges, max_size=4)), max_size=4))
def test_the_sum_of_scores_is_the_largest_of_all_assignments(spans: list[tuple[Claim, list[Choice]]]) -> None:
    choices = {number: options for number, (_, options) in enumerate(spans)}
    held = {number: claim for number, (claim, _) in enumerate(spans)}
    taken = assign_ranges(choices, held)
    assert all(taken[number] in choices[number] for number in taken)
    assert _fits(taken, held)
    best = 0.0
    for combination in product(*([None, *options] for options in choices.values())):
        found = {number: choice for number, choice in enumerate(combination) if choice is not None}
        if _fits(found, held):
            best = max(best, sum(choice.score for choice in found.values()))
    assert sum(choice.score for choice in taken.values()) == pytest.approx(best)


def _fits(taken: dict[int, Choice], claims: dict[int, Claim]) -> bool:
    return all(
        claims[one].may_overlap(claims[other])
        or taken[one].end <= taken[other].start
        or taken[other].end <= taken[one].start
        for one, other in combinations(taken, 2)
    )


def test_a_search_that_is_cut_short_is_still_free_of_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assign, "_MOST_STEPS", 5)
    choices = {number: [Choice(0.9 - place / 100, place, place + 2) for place in range(12)] for number in range(6)}
    held = {number: Claim("spans", frozenset({number})) for number in range(6)}
    taken = assign_ranges(choices, held)
    assert len(taken) == 6
    assert _fits(taken, held)
