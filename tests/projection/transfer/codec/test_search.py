"""Both searches against an exhaustive one, with scores that depend on where the brackets stand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from projection.transfer.codec.positions import find_starts
from projection.transfer.codec.ranking import Bracket, rank_brackets, string_likeness
from projection.transfer.codec.search import Bracketed, Opened, Plain, search_by_depth, search_exactly

Floats = npt.NDArray[np.float64]


class RandomScores:
    """Log-probabilities drawn anew for every beginning; counts what it is asked for."""

    def __init__(self, n_tokens: int, seed: int, *, spread: float = 3.0) -> None:
        self.n_tokens, self.seed, self.spread = n_tokens, seed, spread
        self.n_closed = 0

    def _draw(self, *key: int, size: int) -> Floats:
        return -self.spread * np.random.default_rng([self.seed, *key]).random(size)

    def plain(self) -> Plain:
        return Plain(self._draw(0, size=self.n_tokens), self._draw(1, size=self.n_tokens))

    def opened(self, starts: Sequence[int]) -> list[Opened]:
        return [
            Opened(self._draw(2, start, size=self.n_tokens - start), self._draw(3, start, size=self.n_tokens - start))
            for start in starts
        ]

    def closed(self, ranges: Sequence[tuple[int, int]]) -> list[Floats]:
        self.n_closed += len(ranges)
        return [self._draw(4, start, end, size=self.n_tokens - end) for start, end in ranges]


def search_everything(scores: RandomScores, starts: Sequence[int]) -> list[Bracketed]:
    """The score of every text, token by token."""
    plain, found = scores.plain(), []
    for start, end in combinations(range(scores.n_tokens), 2):
        if start not in starts:
            continue
        (opened,) = scores.opened([start])
        (closed,) = scores.closed([(start, end)])
        score = sum(plain.tokens[:start]) + plain.opening[start] + sum(opened.tokens[: end - start])
        found.append(Bracketed(score + opened.closing[end - start] + sum(closed), start, end))
    return sorted(found, key=lambda each: (-each.score, each.start, each.end))


@pytest.mark.parametrize("seed", range(40))
def test_exact_searches_find_what_an_exhaustive_one_finds(seed: int) -> None:
    n_tokens, n_best = 2 + seed % 9, 1 + seed % 6
    starts = [start for start in range(n_tokens) if (seed + start) % 3] or [0]
    expected = search_everything(RandomScores(n_tokens, seed), starts)[:n_best]
    for found in (
        search_exactly(RandomScores(n_tokens, seed), starts, n_best=n_best, batch_size=1 + seed % 4),
        search_by_depth(RandomScores(n_tokens, seed), starts, n_best=n_best, future_steps=-1),
        # A bound further ahead than the text is long is that of the whole text.
        search_by_depth(RandomScores(n_tokens, seed), starts, n_best=n_best, future_steps=99),
    ):
        assert [(each.start, each.end) for each in found] == [(each.start, each.end) for each in expected]
        assert [each.score for each in found] == pytest.approx([each.score for each in expected])


def test_what_cannot_be_among_the_best_is_not_completed() -> None:
    scores = RandomScores(30, 7, spread=8.0)
    search_exactly(scores, range(29), n_best=3, batch_size=4)
    # Of 435 places.
    assert scores.n_closed < 300


def test_the_published_bound_looks_at_less_and_may_lose_texts() -> None:
    lost = 0
    for seed in range(20):
        exact, near = RandomScores(12, seed), RandomScores(12, seed)
        best = search_by_depth(exact, range(11), n_best=2, future_steps=-1)
        found = search_by_depth(near, range(11), n_best=2, future_steps=0)
        assert near.n_closed <= exact.n_closed
        assert found[0].score <= best[0].score + 1e-9
        lost += found[0] != best[0]
    assert lost > 0


def test_nothing_where_nothing_may_begin() -> None:
    assert search_exactly(RandomScores(5, 1), [], n_best=3) == []
    assert search_by_depth(RandomScores(5, 1), [], n_best=3, future_steps=-1) == []
    # Before the end token there is no room.
    assert search_exactly(RandomScores(5, 1), [4], n_best=3) == []


def test_a_span_begins_near_tokens_that_change_much() -> None:
    plain = np.array([-1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0])
    marked = np.array([-1.2, -1.0, -1.15, -1.7, -1.0, -1.3, -2.0])
    # Token 3 changes by 0.7; the last one ends the text.
    assert find_starts(plain, marked, window=1) == [2, 3, 5]
    assert find_starts(plain, marked, window=2) == [2, 3, 5]
    assert find_starts(plain[:5], marked[:5], window=1) == [2, 3]
    assert find_starts(plain[:5], marked[:5], window=3) == [0, 2, 3]
    # Without a token that changes much, all that change at all.
    assert find_starts(plain[:3], marked[:3]) == [0]
    assert find_starts(plain, plain) == []


def bracket(start: int, end: int, forward: float, back: float, likeness: float) -> Bracket:
    return Bracket(start, end, forward, back, likeness)


def test_a_nearly_equal_string_is_taken() -> None:
    likely, equal = bracket(0, 3, -1.0, 1.0, 0.6), bracket(4, 5, -9.0, 4.0, 1.0)
    assert rank_brackets([likely, equal], rule="lexical") == [equal, likely]
    assert rank_brackets([likely, equal], rule="forward") == [likely, equal]


def test_of_the_likeliest_range_the_part_is_taken_that_translates_back() -> None:
    whole, part, apart = bracket(0, 3, -1.0, 8.0, 0.6), bracket(1, 3, -2.0, 1.0, 0.7), bracket(5, 6, -3.0, 0.5, 0.6)
    assert rank_brackets([whole, part], rule="lexical") == [part, whole]
    # The one that translates back best is no part of the likeliest.
    assert rank_brackets([whole, part, apart], rule="lexical") == [whole, part, apart]


def test_ranges_neither_alike_nor_likely_back_are_left_out() -> None:
    unlike, alike, likely = bracket(0, 1, -1.0, 5.0, 0.5), bracket(1, 2, -2.0, 9.0, 0.51), bracket(2, 3, -3.0, 4.9, 0.0)
    assert rank_brackets([unlike, alike, likely], rule="lexical") == [alike, likely]
    assert rank_brackets([unlike], rule="lexical") == []
    assert rank_brackets([unlike], rule="forward") == [unlike]


def test_likeness_takes_the_better_reference() -> None:
    # 2 * 6 matching characters of 6 + 8.
    assert string_likeness("Berlin", "in Paris", "BERLINER") == pytest.approx(12 / 14)
    assert string_likeness("Berlin", "") == 0.0
