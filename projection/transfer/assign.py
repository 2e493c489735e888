"""One target range for each span of a sentence, best first, without overlap that the source does not have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


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
    """Give each span its best range that is still free, the surest spans first.

    Args:
        choices: for each span number its ranges.
        claims: for each span number its claim.

    Returns:
        The range of each span that got one. Ties go to the lower span number, then to the earlier, shorter range.
    """
    ranked = sorted(
        (-choice.score, number, choice.start, choice.end) for number in choices for choice in choices[number]
    )
    taken: dict[int, Choice] = {}
    for negative_score, number, start, end in ranked:
        if number not in taken and _is_free(start, end, claims[number], taken, claims):
            taken[number] = Choice(-negative_score, start, end)
    return taken


def _is_free(start: int, end: int, claim: Claim, taken: Mapping[int, Choice], claims: Mapping[int, Claim]) -> bool:
    return all(
        end <= other.start or other.end <= start or claim.may_overlap(claims[number]) for number, other in taken.items()
    )
