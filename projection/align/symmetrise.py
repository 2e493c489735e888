"""Combining the links of two directions (Och and Ney 2003; Koehn et al. 2005)."""

from __future__ import annotations

from collections.abc import Iterable

Pair = tuple[int, int]
Pairs = frozenset[Pair]

_NEIGHBOURS = ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))


def intersection(forward: Iterable[Pair], reverse: Iterable[Pair]) -> Pairs:
    """Links found in both directions; pairs are (source token, target token) on both sides."""
    return frozenset(forward) & frozenset(reverse)


def union(forward: Iterable[Pair], reverse: Iterable[Pair]) -> Pairs:
    """Links found in either direction."""
    return frozenset(forward) | frozenset(reverse)


def grow_diag_final_and(forward: Iterable[Pair], reverse: Iterable[Pair]) -> Pairs:
    """The intersection, grown over neighbouring links of the union, then links between two free words.

    Links are visited in order of source and target position, so the result does not depend on the input's order.
    """
    first, second = frozenset(forward), frozenset(reverse)
    links = _grow_diag(set(first & second), first | second)
    for candidates in (first, second):
        _final_and(links, candidates)
    return frozenset(links)


def _grow_diag(links: set[Pair], candidates: Pairs) -> set[Pair]:
    used_src, used_tgt = {src for src, _ in links}, {tgt for _, tgt in links}
    free = {(src, tgt) for src, tgt in candidates - links if src not in used_src or tgt not in used_tgt}
    pending = sorted(links & _around(free))
    while pending and free:
        added = []
        for src, tgt in pending:
            for step_src, step_tgt in _NEIGHBOURS:
                pair = src + step_src, tgt + step_tgt
                if pair in free and not (pair[0] in used_src and pair[1] in used_tgt):
                    free.remove(pair)
                    used_src.add(pair[0])
                    used_tgt.add(pair[1])
                    added.append(pair)
        links.update(added)
        pending = sorted(added)
    return links


def _around(pairs: Iterable[Pair]) -> set[Pair]:
    return {(src + step_src, tgt + step_tgt) for src, tgt in pairs for step_src, step_tgt in _NEIGHBOURS}


def _final_and(links: set[Pair], candidates: Pairs) -> None:
    used_src, used_tgt = {src for src, _ in links}, {tgt for _, tgt in links}
    free = [(src, tgt) for src, tgt in candidates if src not in used_src and tgt not in used_tgt]
    for src, tgt in sorted(free):
        if src not in used_src and tgt not in used_tgt:
            links.add((src, tgt))
            used_src.add(src)
            used_tgt.add(tgt)
