"""The best places for a pair of brackets in a fixed text (Le et al. 2024, CODEC, section 3).

A text of T tokens, the last of which ends it, gets an opening bracket before token `start` and a closing one before
token `end`, 0 <= start < end <= T - 1. Its score is the sum of the log-probabilities of all tokens and both brackets.
There are three kinds of beginnings: without bracket, opened at `start`, and closed at `end`; a model scores a whole
continuation of a kind at once, so that the number of calls grows with the number of kinds looked at, not of tokens.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Plain(NamedTuple):
    """Without bracket: log-probabilities of each token, and of the opening bracket in its place; both of shape (T,)."""

    tokens: Floats
    opening: Floats


class Opened(NamedTuple):
    """Opened before token `start`: log-probabilities of tokens start, start + 1, ... and of the closing bracket there.

    Both have shape (T - start,); the first closing one, right after the opening bracket, is not used.
    """

    tokens: Floats
    closing: Floats


class BracketScores(Protocol):
    """What a model says of a text with brackets; natural logarithms, none above 0."""

    def plain(self) -> Plain: ...

    def opened(self, starts: Sequence[int]) -> list[Opened]: ...

    def closed(self, ranges: Sequence[tuple[int, int]]) -> list[Floats]: ...


class Bracketed(NamedTuple):
    """Tokens start to end (half-open) in brackets, and the log-probability of the whole text with them."""

    score: float
    start: int
    end: int


def search_exactly(
    scores: BracketScores, starts: Sequence[int], *, n_best: int, batch_size: int = 16
) -> list[Bracketed]:
    """The `n_best` places of brackets, best first; ties keep the earlier, shorter one first.

    A beginning with both brackets is completed only if its own score is above that of the n-th best text so far. As
    no log-probability is above 0, nothing better is missed.

    Args:
        scores: of the model.
        starts: tokens before which the opening bracket may stand.
        n_best: how many.
        batch_size: texts completed at once.
    """
    begun = _begin(scores, starts)
    found: list[Bracketed] = []
    for first in range(0, len(begun), batch_size):
        batch = begun[first : first + batch_size]
        if len(found) >= n_best and batch[0].score < found[n_best - 1].score:
            break
        rests = scores.closed([(each.start, each.end) for each in batch])
        found += [each._replace(score=each.score + float(rest.sum())) for each, rest in zip(batch, rests, strict=True)]
        found.sort(key=_order)
    return found[:n_best]


def _order(bracketed: Bracketed) -> tuple[float, int, int]:
    return -bracketed.score, bracketed.start, bracketed.end


def _begin(scores: BracketScores, starts: Sequence[int]) -> list[Bracketed]:
    """All beginnings up to the closing bracket, best first."""
    plain = scores.plain()
    before = np.append(0.0, np.cumsum(plain.tokens))
    last = len(plain.tokens) - 1
    usable = [start for start in starts if start < last]
    begun = []
    for start, opened in zip(usable, scores.opened(usable), strict=True):
        inside = before[start] + plain.opening[start] + np.append(0.0, np.cumsum(opened.tokens))
        begun += [
            Bracketed(float(inside[length] + opened.closing[length]), start, start + length)
            for length in range(1, last - start + 1)
        ]
    return sorted(begun, key=_order)


def search_by_depth(scores: BracketScores, starts: Sequence[int], *, n_best: int, future_steps: int) -> list[Bracketed]:
    """Depth-first branch and bound as published, best first.

    A beginning is given up when its score is not above that of the n-th best text `future_steps` tokens further on.
    That bound may lose good texts, and fewer the more steps; -1 takes the score of the whole text and loses nothing.

    Args:
        scores: of the model.
        starts: tokens before which the opening bracket may stand.
        n_best: how many.
        future_steps: see above.
    """
    return _DepthSearch(scores, frozenset(starts), n_best, future_steps).run()


@dataclass(frozen=True, slots=True)
class _Node:
    """A beginning of a text: tokens written, where brackets stand (-1: not yet), and the score after each step."""

    n_tokens: int = 0
    start: int = -1
    end: int = -1
    path: tuple[float, ...] = (0.0,)

    def step(self, log_prob: float, **changes: int) -> _Node:
        after = {"n_tokens": self.n_tokens, "start": self.start, "end": self.end} | changes
        return _Node(**after, path=(*self.path, self.path[-1] + log_prob))


@dataclass(slots=True)
class _DepthSearch:
    scores: BracketScores
    starts: frozenset[int]
    n_best: int
    future_steps: int
    best: list[tuple[float, tuple[float, ...], int, int]] = field(default_factory=list)
    known_opened: dict[int, Opened] = field(default_factory=dict)
    known_closed: dict[tuple[int, int], Floats] = field(default_factory=dict)

    def run(self) -> list[Bracketed]:
        plain = self.scores.plain()
        stack = [_Node()]
        while stack:
            node = stack.pop()
            if node.n_tokens == len(plain.tokens):
                self._keep(node)
            elif not self._is_hopeless(node):
                # The likeliest continuation is looked at first.
                stack += sorted(self._continue(node, plain), key=lambda child: child.path[-1])
        found = [Bracketed(path[-1], start, end) for _, path, start, end in self.best]
        return sorted(found, key=_order)

    def _keep(self, node: _Node) -> None:
        heapq.heappush(self.best, (node.path[-1], node.path, node.start, node.end))
        if len(self.best) > self.n_best:
            heapq.heappop(self.best)

    def _is_hopeless(self, node: _Node) -> bool:
        if len(self.best) < self.n_best:
            return False
        path = self.best[0][1]
        step = len(path) - 1 if self.future_steps < 0 else len(node.path) - 1 + self.future_steps
        return node.path[-1] <= path[min(step, len(path) - 1)]

    def _continue(self, node: _Node, plain: Plain) -> Iterator[_Node]:
        at, last = node.n_tokens, len(plain.tokens) - 1
        if node.end >= 0:
            yield node.step(self._closed(node.start, node.end)[at - node.end], n_tokens=at + 1)
        elif node.start >= 0:
            opened = self._opened(node.start)
            if at < last:
                yield node.step(opened.tokens[at - node.start], n_tokens=at + 1)
            if at > node.start:
                yield node.step(opened.closing[at - node.start], end=at)
        elif at < last:
            if any(start > at for start in self.starts):
                yield node.step(plain.tokens[at], n_tokens=at + 1)
            if at in self.starts:
                yield node.step(plain.opening[at], start=at)

    def _opened(self, start: int) -> Opened:
        if start not in self.known_opened:
            self.known_opened[start] = self.scores.opened([start])[0]
        return self.known_opened[start]

    def _closed(self, start: int, end: int) -> Floats:
        if (start, end) not in self.known_closed:
            self.known_closed[start, end] = self.scores.closed([(start, end)])[0]
        return self.known_closed[start, end]
