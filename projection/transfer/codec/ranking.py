"""Which of the bracketed translations it is (CODEC, section 3.3, and the published rules)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Rule = Literal["lexical", "forward"]
RULES: tuple[Rule, ...] = ("lexical", "forward")

LEAST_LIKENESS = 0.5
SURE_LIKENESS = 0.9
MOST_BACK_COST = 5.0


@dataclass(frozen=True, slots=True)
class Bracket:
    """A target range in brackets.

    Attributes:
        start: first target word.
        end: last target word + 1.
        forward: log-probability of the whole translation with the brackets there.
        back_cost: minus the log-probability of the source span as a translation of the range.
        likeness: 0 to 1, of the strings, see `string_likeness`.
    """

    start: int
    end: int
    forward: float
    back_cost: float
    likeness: float

    def is_part_of(self, other: Bracket) -> bool:
        return other.start <= self.start and self.end <= other.end


def string_likeness(candidate: str, *references: str) -> float:
    """The greatest ratio of matching characters with any reference (the source span, its own translation), 0 to 1."""
    return max(
        (SequenceMatcher(None, candidate.lower(), text.lower(), autojunk=False).ratio() for text in references if text),
        default=0.0,
    )


def rank_brackets(found: Sequence[Bracket], *, rule: Rule) -> list[Bracket]:
    """Ranges in the order in which they should be taken; may be fewer than given.

    `lexical` (published for labelling translated training data): ranges neither alike nor likely when translated back
    are left out; one that is nearly equal to a reference is taken. Otherwise, and with `forward` (published for
    labels on translated test data), the likeliest range is taken, or that part of it which is likeliest when
    translated back. The others follow by their forward score.
    """
    kept = [
        each for each in found if rule == "forward" or each.likeness > LEAST_LIKENESS or each.back_cost < MOST_BACK_COST
    ]
    if not kept:
        return []
    ordered = sorted(kept, key=lambda each: (-each.forward, each.start, each.end))
    best = _choose(ordered, rule)
    return [best, *(each for each in ordered if each != best)]


def _choose(ordered: Sequence[Bracket], rule: Rule) -> Bracket:
    alike = max(ordered, key=lambda each: (each.likeness, -each.back_cost))
    if rule == "lexical" and alike.likeness >= SURE_LIKENESS:
        return alike
    likeliest_back = min(ordered, key=lambda each: each.back_cost)
    return likeliest_back if likeliest_back.is_part_of(ordered[0]) else ordered[0]
