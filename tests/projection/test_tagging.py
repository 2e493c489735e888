from __future__ import annotations

import pytest

from projection.errors import Problem
from projection.tagging import TokenSpan, detect_scheme, read_tags, write_tags

PER_LOC = [TokenSpan("PER", 0, 2), TokenSpan("PER", 2, 3), TokenSpan("LOC", 4, 5)]


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("iob1", "I-PER I-PER B-PER O I-LOC"),
        ("iob2", "B-PER I-PER B-PER O B-LOC"),
        ("bioes", "B-PER E-PER S-PER O S-LOC"),
        ("bilou", "B-PER L-PER U-PER O U-LOC"),
    ],
)
def test_schemes_say_the_same(scheme: str, tags: str) -> None:
    assert read_tags(tags.split(), scheme=scheme) == (PER_LOC, [])
    assert write_tags(PER_LOC, 5, scheme=scheme) == (tags.split(), [])


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        (["B-PER I-PER", "O"], "iob2"),
        (["I-PER I-PER", "O I-LOC"], "iob1"),
        (["I-PER B-PER"], "iob1"),
        (["I-PER O B-PER"], "iob2"),
        (["I-PER B-LOC"], "iob2"),
        (["O", "S-PER"], "bioes"),
        (["O", "U-PER"], "bioes"),
        (["B-PER L-PER"], "bioes"),
        (["O O"], "iob2"),
        ([], "iob2"),
    ],
)
def test_the_scheme_is_seen_from_all_tags(tags: list[str], scheme: str) -> None:
    assert detect_scheme(line.split() for line in tags) == scheme


@pytest.mark.parametrize(
    ("scheme", "tags", "spans", "problem"),
    [
        (
            "iob2",
            "O I-PER I-PER",
            [("PER", 1, 3)],
            ("inside-without-start", "I-PER has no start before it.", "Read as the start of a PER span.", 12),
        ),
        (
            "iob2",
            "B-PER I-LOC",
            [("PER", 0, 1), ("LOC", 1, 2)],
            ("label-changes-inside", "I-LOC follows a span of PER.", "Read as the start of a new LOC span.", 12),
        ),
        (
            "iob2",
            "B-PER X-PER I-PER",
            [("PER", 0, 1), ("PER", 2, 3)],
            ("unknown-tag", "'X-PER' is not a tag of B-, I-, E-, S- or O.", "Read as O.", 12),
        ),
        (
            "bioes",
            "B-PER I-PER O",
            [("PER", 0, 2)],
            (
                "span-without-end",
                "The PER span that starts here has no E- or S- tag at its end.",
                "Read as a span of 2 token(s).",
                11,
            ),
        ),
        (
            "bioes",
            "O E-PER",
            [("PER", 1, 2)],
            ("inside-without-start", "E-PER has no start before it.", "Read as the start of a PER span.", 12),
        ),
    ],
)
def test_broken_tags_are_repaired_and_reported(
    scheme: str, tags: str, spans: list[tuple[str, int, int]], problem: tuple[str, str, str, int]
) -> None:
    found, problems = read_tags(tags.split(), scheme=scheme, lines=[11, 12, 13], row=4)
    assert found == spans
    code, message, remedy, line = problem
    assert problems[0] == Problem(code, message, remedy, place=f"line {line}", line=line, row=4)


def test_every_broken_tag_is_reported() -> None:
    spans, problems = read_tags(["B-PER", "PER", "B-", "i-PER", "I-PER"], scheme="iob2")
    assert spans == [("PER", 0, 1), ("PER", 4, 5)]
    assert [problem.code for problem in problems] == ["unknown-tag"] * 3 + ["inside-without-start"]
    assert problems[0].place == "token 2"


def test_labels_may_hold_hyphens_and_slashes() -> None:
    spans, problems = read_tags(["B-weather/attribute-x", "I-weather/attribute-x"])
    assert spans == [("weather/attribute-x", 0, 2)]
    assert problems == []


def test_spans_that_tags_cannot_hold_are_reported() -> None:
    spans = [
        TokenSpan("ORG", 0, 3),
        TokenSpan("LOC", 1, 2),
        TokenSpan("PER", 2, 5),
        TokenSpan("LOC", 3, 4),
        TokenSpan("LOC", 4, 9),
        TokenSpan("", 4, 5),
    ]
    tags, problems = write_tags(spans, 5)
    assert tags == ["B-ORG", "I-ORG", "I-ORG", "B-LOC", "O"]
    assert [(problem.code, problem.message) for problem in problems] == [
        ("nested-span", "The LOC span over tokens 2 to 2 lies inside the ORG span over tokens 1 to 3."),
        ("overlapping-span", "The PER span over tokens 3 to 5 overlaps the ORG span over tokens 1 to 3."),
        ("span-out-of-range", "The LOC span over tokens 5 to 9 does not fit into 5 tokens."),
        ("no-label", "The span over tokens 5 to 5 has no label that a tag can hold."),
    ]


def test_of_spans_with_one_start_the_longest_is_kept() -> None:
    tags, problems = write_tags([TokenSpan("LOC", 0, 1), TokenSpan("ORG", 0, 2)], 2)
    assert tags == ["B-ORG", "I-ORG"]
    assert [problem.code for problem in problems] == ["nested-span"]


def test_unknown_schemes_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown scheme 'bio'"):
        read_tags(["O"], scheme="bio")
    with pytest.raises(ValueError, match="cannot write scheme 'auto'"):
        write_tags([], 1, scheme="auto")
