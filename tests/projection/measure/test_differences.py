"""Differences between two labels, worked by hand.

The text is "Ada Brandt sails home": its tokens are [0, 3], [4, 10], [11, 16], [17, 21].
"""

from __future__ import annotations

import pytest

from projection.measure.differences import Difference, Mark, find_differences

TOKENS = [[0, 3], [4, 10], [11, 16], [17, 21]]


def mark(*intervals: tuple[int, int], label: str = "PER", segment: int = 0) -> Mark:
    return Mark(label, segment, tuple(intervals))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (mark((0, 10)), mark((0, 10)), []),
        (None, None, []),
        (mark((0, 3)), None, [Difference("only-first")]),
        (None, mark((0, 3)), [Difference("only-second")]),
        (mark((0, 3)), mark((0, 3), label="ORG"), [Difference("label", values=("PER", "ORG"))]),
        # "Ada Brandt" against "Brandt", and the other way round.
        (mark((0, 10)), mark((4, 10)), [Difference("starts-later", n=1)]),
        (mark((4, 10)), mark((0, 10)), [Difference("starts-earlier", n=1)]),
        (mark((0, 10)), mark((0, 3)), [Difference("ends-earlier", n=1)]),
        (mark((0, 3)), mark((0, 16)), [Difference("ends-later", n=2)]),
        # "Ada Brandt" against "Brandt sails home": both boundaries.
        (mark((0, 10)), mark((4, 21)), [Difference("starts-later", n=1), Difference("ends-later", n=2)]),
        # "Brandt" against "randt": inside of a token.
        (mark((4, 10)), mark((5, 10)), [Difference("starts-later", n=1, is_characters=True)]),
        (mark((5, 10)), mark((7, 10)), [Difference("starts-later", n=2, is_characters=True)]),
        (mark((4, 10)), mark((4, 8)), [Difference("ends-earlier", n=2, is_characters=True)]),
        (mark((4, 8)), mark((4, 9)), [Difference("ends-later", n=1, is_characters=True)]),
        (mark((0, 3)), mark((11, 16)), [Difference("elsewhere")]),
        (mark((0, 3)), mark((3, 10)), [Difference("elsewhere")]),
        (mark((0, 3)), mark((0, 3), segment=1), [Difference("segment")]),
        (mark((0, 3), (11, 16)), mark((0, 16)), [Difference("pieces")]),
        (mark((0, 3)), mark((0, 10), label="ORG"),
         [Difference("label", values=("PER", "ORG")), Difference("ends-later", n=1)]),
    ],
)  # fmt: skip
def test_what_differs(first: Mark | None, second: Mark | None, expected: list[Difference]) -> None:
    assert find_differences(first, second, tokens=TOKENS) == expected


def test_without_tokens_boundaries_are_counted_in_characters() -> None:
    assert find_differences(mark((0, 10)), mark((4, 10))) == [Difference("starts-later", n=4, is_characters=True)]


def test_relations_and_concepts() -> None:
    first = Mark("works-for", ends=("s1", "s2"))
    assert find_differences(first, Mark("works-for", ends=("s1", "s3"))) == [Difference("ends-of-relation")]
    assert find_differences(Mark("LOC", concept="Q1"), Mark("LOC")) == [Difference("concept", values=("Q1", ""))]
