"""One target range for each span of a sentence, without overlap that the source does not have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

_MOST_STEPS = 20_000


class Choice(NamedTuple):
    """A target range that a span could take: half-open token range and score."""

    score: float
    start: int
    end: int


class Claim(NamedTuple):
    """The layer and source tokens of a span: what decides whether two spans may share target words."""

    layer: str
    src_tokens: frozenset[int]

    def may_overlap(self, other: Claim) -> bool:
        """Spans of other layers, and spans that already overlap in the source (nested labels), may overlap."""
        return self.layer != other.layer or bool(self.src_tokens & other.src_tokens)


def assign_ranges(choices: Mapping[int, Sequence[Choice]], claims: Mapping[int, Claim]) -> dict[int, Choice]:
    """Give the spans ranges such that the sum of their scores is as large as possible.

    Args:
        choices: for each span number its ranges.
        claims: for each span number its claim.

    Returns:
        The range of each span that got one. The maximum is exact (branch and bound over spans that are in each other's
        way), except that a search of more than 20,000 steps keeps the best found by then, which is at least as good as
        letting the surest spans choose first. Ties go to the lower span number, then to the earlier, shorter range.
    """
    ordered = {number: sorted(choices[number], key=_by_score) for number in sorted(choices)}
    taken = {number: ranked[0] for number, ranked in ordered.items() if ranked}
    for group in _groups(taken, ordered, claims):
        if len(group) > 1:
            for number in group:
                taken.pop(number, None)
            taken |= _Search({number: ordered[number] for number in group}, claims).run()
    return dict(sorted(taken.items()))


def _by_score(choice: Choice) -> tuple[float, int, int]:
    return -choice.score, choice.start, choice.end


def _groups(
    first: Mapping[int, Choice], ordered: Mapping[int, Sequence[Choice]], claims: Mapping[int, Claim]
) -> list[list[int]]:
    """Spans that have to be decided together: linked by best ranges that collide, with all that they could push on."""
    if not collide_anywhere(first, claims):
        return []
    numbers = [number for number in ordered if ordered[number]]
    groups: list[list[int]] = []
    for number in numbers:
        near = [group for group in groups if any(_could_collide(number, other, ordered, claims) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append(sorted([number, *(member for group in near for member in group)]))
    return groups


def collide_anywhere(first: Mapping[int, Choice], claims: Mapping[int, Claim]) -> bool:
    """Whether any two of these ranges, one for each span number, share words that they may not share."""
    numbers = list(first)
    return any(
        _collide(first[one], first[other], claims[one], claims[other])
        for place, one in enumerate(numbers)
        for other in numbers[place + 1 :]
    )


def _could_collide(one: int, other: int, ordered: Mapping[int, Sequence[Choice]], claims: Mapping[int, Claim]) -> bool:
    if claims[one].may_overlap(claims[other]):
        return False
    return any(mine.start < its.end and its.start < mine.end for mine in ordered[one] for its in ordered[other])


def _collide(mine: Choice, its: Choice, claim: Claim, other: Claim) -> bool:
    return mine.start < its.end and its.start < mine.end and not claim.may_overlap(other)


class _Search:
    """Depth-first search with the sum of the best remaining scores as the bound."""

    def __init__(self, choices: Mapping[int, Sequence[Choice]], claims: Mapping[int, Claim]) -> None:
        self._choices, self._claims = choices, claims
        self._order = sorted(choices, key=lambda number: (-choices[number][0].score, number))
        tops = [choices[number][0].score for number in self._order]
        self._rest = [sum(tops[place:]) for place in range(len(tops) + 1)]
        self._steps = 0
        self._best: dict[int, Choice] = {}
        self._best_sum = -1.0

    def run(self) -> dict[int, Choice]:
        self._go(0, {}, 0.0)
        return self._best

    def _go(self, place: int, taken: dict[int, Choice], score: float) -> None:
        self._steps += 1
        if place == len(self._order):
            if score > self._best_sum + 1e-12:
                self._best, self._best_sum = dict(taken), score
            return
        number = self._order[place]
        for choice in self._choices[number]:
            if not self._promises(score + choice.score + self._rest[place + 1]):
                break
            if self._is_free(number, choice, taken):
                self._go(place + 1, {**taken, number: choice}, score + choice.score)
        if self._promises(score + self._rest[place + 1]):
            self._go(place + 1, taken, score)

    def _promises(self, most: float) -> bool:
        """Whether a branch can still beat the best, and there is time left; the first dive is never cut."""
        return self._best_sum < 0 or (most > self._best_sum + 1e-12 and self._steps < _MOST_STEPS)

    def _is_free(self, number: int, choice: Choice, taken: Mapping[int, Choice]) -> bool:
        claim = self._claims[number]
        return not any(_collide(choice, its, claim, self._claims[other]) for other, its in taken.items())
