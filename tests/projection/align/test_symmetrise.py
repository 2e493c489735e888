from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from projection.align.symmetrise import Pair, grow_diag_final_and, intersection, union

FORWARD = {(0, 0), (1, 1), (2, 1), (4, 4)}
REVERSE = {(0, 0), (1, 1), (1, 2), (5, 6)}

pairs = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)))


def test_intersection_and_union() -> None:
    assert intersection(FORWARD, REVERSE) == {(0, 0), (1, 1)}
    assert union(FORWARD, REVERSE) == {(0, 0), (1, 1), (2, 1), (1, 2), (4, 4), (5, 6)}


def test_grow_diag_final_and_by_hand() -> None:
    # (2,1) and (1,2) touch (1,1) and each brings a free word; (4,4) and (5,6) touch nothing but join two free words.
    assert grow_diag_final_and(FORWARD, REVERSE) == {(0, 0), (1, 1), (2, 1), (1, 2), (4, 4), (5, 6)}


def test_final_leaves_out_links_to_words_that_are_taken() -> None:
    assert grow_diag_final_and({(0, 0), (0, 3)}, {(0, 0), (5, 0)}) == {(0, 0)}


def test_grow_needs_a_free_word() -> None:
    forward = {(0, 0), (1, 1), (0, 1)}
    assert grow_diag_final_and(forward, {(0, 0), (1, 1)}) == {(0, 0), (1, 1)}


@given(pairs, pairs)
def test_grown_links_lie_between_intersection_and_union(
    forward: set[tuple[int, int]], reverse: set[tuple[int, int]]
) -> None:
    grown = grow_diag_final_and(forward, reverse)
    assert intersection(forward, reverse) <= grown <= union(forward, reverse)
    assert grown == grow_diag_final_and(sorted(forward, reverse=True), sorted(reverse))


def _grown_by_definition(forward: set[Pair], reverse: set[Pair]) -> set[Pair]:
    """Koehn et al. (2005), link by link, round by round."""
    links, candidates = set(forward & reverse), forward | reverse
    pending = sorted(links)
    while pending:
        added = []
        for src, tgt in pending:
            for step in NEIGHBOURS:
                pair = (src + step[0], tgt + step[1])
                is_free = pair[0] not in {s for s, _ in links} or pair[1] not in {t for _, t in links}
                if pair in candidates and pair not in links and is_free:
                    links.add(pair)
                    added.append(pair)
        pending = sorted(added)
    for some in (forward, reverse):
        for pair in sorted(some):
            if pair[0] not in {s for s, _ in links} and pair[1] not in {t for _, t in links}:
                links.add(pair)
    return links


NEIGHBOURS = [(-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)]


@given(pairs, pairs)
def test_growing_by_its_definition(forward: set[Pair], reverse: set[Pair]) -> None:
    assert grow_diag_final_and(forward, reverse) == _grown_by_definition(forward, reverse)
