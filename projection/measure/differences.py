"""In what two labels of one thing differ: presence, label, place, boundaries; as facts that are easily put in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "only-first",
    "only-second",
    "label",
    "segment",
    "elsewhere",
    "starts-earlier",
    "starts-later",
    "ends-earlier",
    "ends-later",
    "pieces",
    "ends-of-relation",
    "concept",
]
Pairs = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Mark:
    """A label as it is compared.

    Attributes:
        label: its name.
        segment: number of the segment that it stands in.
        intervals: half-open character intervals in ascending order; none where it has no place of its own.
        ends: what a relation connects; empty for everything else.
        concept: what a span refers to; "" for none.
    """

    label: str
    segment: int = 0
    intervals: tuple[tuple[int, int], ...] = ()
    ends: tuple[object, ...] = ()
    concept: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which the second label differs from the first.

    Attributes:
        kind: what it is; boundaries are said of the second: `starts-later` is that the second one starts later.
        n: by how many tokens a boundary differs, or by how many characters where `is_characters`.
        is_characters: a boundary is inside of a token.
        values: the two labels, or the two concepts.
    """

    kind: Kind
    n: int = 0
    is_characters: bool = False
    values: tuple[str, str] = ("", "")


def find_differences(first: Mark | None, second: Mark | None, *, tokens: Pairs = ()) -> list[Difference]:
    """What the second label has otherwise than the first; nothing where both are the same.

    Args:
        first: None where it does not exist, or was rejected.
        second: likewise.
        tokens: token intervals of the segment, in ascending order; boundaries are counted in characters without them.
    """
    if first is None or second is None:
        if first is second:
            return []
        return [Difference("only-second" if first is None else "only-first")]
    found: list[Difference] = []
    if first.label != second.label:
        found.append(Difference("label", values=(first.label, second.label)))
    found += _differences_of_place(first, second, tokens)
    if first.ends != second.ends:
        found.append(Difference("ends-of-relation"))
    if first.concept != second.concept:
        found.append(Difference("concept", values=(first.concept, second.concept)))
    return found


def _differences_of_place(first: Mark, second: Mark, tokens: Pairs) -> list[Difference]:
    if first.segment != second.segment:
        return [Difference("segment")]
    if first.intervals == second.intervals:
        return []
    if not first.intervals or not second.intervals:
        return [Difference("elsewhere")]
    if not any(one[0] < two[1] and two[0] < one[1] for one in first.intervals for two in second.intervals):
        return [Difference("elsewhere")]
    start = _boundary(first.intervals[0][0], second.intervals[0][0], tokens, "starts-earlier", "starts-later", side=0)
    end = _boundary(first.intervals[-1][1], second.intervals[-1][1], tokens, "ends-earlier", "ends-later", side=1)
    found = [each for each in (start, end) if each]
    return found or [Difference("pieces")]


def _boundary(first: int, second: int, tokens: Pairs, earlier: Kind, later: Kind, *, side: int) -> Difference | None:
    if first == second:
        return None
    kind = earlier if second < first else later
    edges = [token[side] for token in tokens]
    if first in edges and second in edges:
        return Difference(kind, n=abs(edges.index(first) - edges.index(second)))
    return Difference(kind, n=abs(first - second), is_characters=True)
